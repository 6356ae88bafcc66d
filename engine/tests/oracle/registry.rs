//! Registry keys, the slow way: every name of a key as a list of components.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use wardline::policy::{Control, Entry as Text};
use wardline::{Invalid, Kind, Registry, RegistryOperation};

use super::glob::{Entry, Reach};
use super::path::Components;
use super::windows::{fold, is_text};
use super::{Truth, and, not};

pub(super) fn acts_on(control: &Control, kind: Kind) -> bool {
    let registry = matches!(
        control,
        Control::WindowsRegistryMonitoring(_) | Control::WindowsRegistryProtection(_)
    );
    registry && kind == Kind::Registry
}

/// The names a key may have in their strict form.
fn names(key: &[u8]) -> Result<Vec<Components>, Invalid> {
    let parts = key.split(|&byte| byte == b'\\').filter(|part| !part.is_empty());
    let parts: Components = parts.map(fold).collect();
    let text: Vec<String> =
        parts.iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    let rooted = key.starts_with(b"\\");
    let with = |lead: &[&str], dropped: usize| -> Components {
        let lead = lead.iter().map(|name| name.as_bytes().to_vec());
        lead.chain(parts[dropped..].iter().cloned()).collect()
    };
    let machine = |dropped| {
        let mut name = with(&["HKLM"], dropped);
        let number = name.get(2).and_then(|set| set.strip_prefix(b"CONTROLSET"));
        let numbered =
            number.is_some_and(|number| number.len() == 3 && number.iter().all(u8::is_ascii_digit));
        if name.get(1).is_some_and(|first| first == b"SYSTEM") && numbered {
            name[2] = b"CURRENTCONTROLSET".to_vec();
        }
        name
    };
    let users =
        |dropped: usize| match parts.get(dropped).and_then(|user| user.strip_suffix(b"_CLASSES")) {
            Some(user) => {
                let mut name = with(&["HKU", "", "SOFTWARE", "CLASSES"], dropped + 1);
                name[1] = user.to_vec();
                name
            }
            None => with(&["HKU"], dropped),
        };
    Ok(match (rooted, text.as_slice()) {
        (true, ["REGISTRY", "MACHINE", ..]) => vec![machine(2)],
        (true, ["REGISTRY", "USER", ..]) => vec![users(2)],
        (true, ["REGISTRY", _, ..]) => vec![with(&["\\REGISTRY"], 1)],
        (true, _) => return Err(Invalid::RegistryHive),
        (false, ["HKLM" | "HKEY_LOCAL_MACHINE", ..]) => vec![machine(1)],
        (false, ["HKU" | "HKEY_USERS", ..]) => vec![users(1)],
        (false, ["HKCU" | "HKEY_CURRENT_USER", ..]) => vec![with(&["HKU", "HKCU"], 1)],
        (false, ["HKCR" | "HKEY_CLASSES_ROOT", ..]) => vec![
            with(&["HKLM", "SOFTWARE", "CLASSES"], 1),
            with(&["HKU", "HKCU", "SOFTWARE", "CLASSES"], 1),
        ],
        (false, ["HKCC" | "HKEY_CURRENT_CONFIG", ..]) => {
            vec![with(&["HKLM", "SYSTEM", "CURRENTCONTROLSET", "HARDWARE PROFILES", "CURRENT"], 1)]
        }
        (false, _) => return Err(Invalid::RegistryHive),
    })
}

pub(super) fn required(registry: &Registry<'_>) -> Option<Invalid> {
    if registry.key.len() + registry.value.map_or(0, <[u8]>::len) > 65_536 {
        return Some(Invalid::PathTooLong);
    }
    if !is_text(registry.key) || !is_text(registry.value.unwrap_or_default()) {
        return Some(Invalid::PathCharacter);
    }
    names(registry.key).err()
}

/// Patterns read once: there are many events for a policy.
fn parsed(texts: Vec<String>, denies: bool) -> Rc<Vec<Entry>> {
    type Read = HashMap<(Vec<String>, bool), Rc<Vec<Entry>>>;
    thread_local! {
        static READ: RefCell<Read> = RefCell::default();
    }
    READ.with(|read| {
        let mut read = read.borrow_mut();
        // Fuzzers bring ever new ones.
        if read.len() > 4_096 {
            read.clear();
        }
        let entries = read.entry((texts, denies)).or_insert_with_key(|(texts, denies)| {
            Rc::new(texts.iter().flat_map(|key| Entry::key(key, *denies)).collect())
        });
        entries.clone()
    })
}

/// Whether key and value satisfy a control.
pub(super) fn registry(control: &Control, event: &Registry<'_>) -> Truth {
    macro_rules! lists {
        ($own:expr) => {
            (&$own.operations, &$own.keys, &$own.values, &$own.presets, &$own.except_keys)
        };
    }
    let (operations, keys, values, presets, except) = match control {
        Control::WindowsRegistryMonitoring(own) => lists!(own),
        Control::WindowsRegistryProtection(own) => lists!(own),
        _ => return Some(false),
    };
    let acts = operations.iter().any(|operation| operation.value == event.operation);
    let texts = |entries: &[Text]| entries.iter().map(|key| key.text.clone()).collect();
    let mut listed: Vec<String> = texts(keys);
    for name in presets {
        let known = wardline::policy::preset::REGISTRY;
        let preset = wardline::policy::preset::find(known, &name.text).expect("a known preset");
        listed.extend(preset.paths.iter().map(|key| (*key).to_owned()));
    }
    let listed = parsed(listed, true);
    let excepted = parsed(texts(except), false);
    let value =
        event.value.map(|value| if value.is_empty() { b"(DEFAULT)".to_vec() } else { fold(value) });
    // The key, and for a value the key with it.
    let objects = |name: &Components| {
        let mut objects = vec![name.clone()];
        objects.extend(value.iter().map(|value| [&name[..], std::slice::from_ref(value)].concat()));
        objects
    };
    let covers = |entries: &[Entry], name: &Components| {
        let objects = objects(name);
        entries.iter().any(|entry| objects.iter().any(|one| entry.covers(one, Reach::Exact)))
    };
    let removes = event.operation == RegistryOperation::Delete && event.value.is_none();
    let concerns = |name: &Components| {
        covers(&listed, name) || removes && listed.iter().any(|entry| entry.is_above_key(name))
    };
    let names = if required(event).is_none() { names(event.key).ok() } else { None };
    let found = match &names {
        None if listed.is_empty() => Some(false),
        None => None,
        Some(names) => Some(names.iter().any(|name| {
            let mut loose = name.clone();
            loose.retain(|part| part != b"WOW6432NODE");
            concerns(name) || concerns(&loose)
        })),
    };
    let excepts = match &names {
        None if excepted.is_empty() => Some(false),
        None => None,
        Some(names) => Some(names.iter().all(|name| covers(&excepted, name))),
    };
    let named = match (&names, &value) {
        _ if values.is_empty() || removes => Some(true),
        (None, _) => None,
        (Some(_), None) => Some(false),
        (Some(_), Some(value)) => Some(values.iter().any(|entry| {
            Entry::value(&entry.text).covers(std::slice::from_ref(value), Reach::Exact)
        })),
    };
    and([Some(acts), found, named, not(excepts)])
}
