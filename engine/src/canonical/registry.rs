//! Canonical registry keys: one hive for all its names, upper case.
//!
//! A key is a sequence of components below `HKLM`, `HKU` and a user, or
//! `\REGISTRY` and a root that is no hive. `HKCU` is some user's hive, so its
//! user is [`SOME_USER`]; `HKCR` is two keys at once, and which of them is meant
//! is not known. A value is one more component below its key.
//!
//! As with paths there is a strict form, and a loose one for rules that deny: it
//! leaves out `WOW6432Node`, the other view of a key.

use super::path_linux::MAX_LENGTH;
use super::room::{Room, is_wtf8};
use crate::decision::Invalid;

/// The user of `HKCU`: one of them, but not known which.
pub(crate) const SOME_USER: &[u8] = b"HKCU";
/// The name of a key's default value.
pub(crate) const DEFAULT: &[u8] = b"(DEFAULT)";
/// Where names of values stand in tables, apart from keys: hives have no NUL.
pub(crate) const VALUE: &[u8] = b"\0VALUE";
/// `HKCC`.
pub(crate) const CURRENT: [&[u8]; 5] =
    [b"HKLM", b"SYSTEM", b"CURRENTCONTROLSET", b"HARDWARE PROFILES", b"CURRENT"];

/// What a key begins with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hive {
    Machine,
    Users,
    CurrentUser,
    Classes,
    Config,
}

impl Hive {
    /// By its name in upper case.
    pub(crate) fn named(name: &[u8]) -> Option<Hive> {
        Some(match name {
            b"HKLM" | b"HKEY_LOCAL_MACHINE" => Hive::Machine,
            b"HKU" | b"HKEY_USERS" => Hive::Users,
            b"HKCU" | b"HKEY_CURRENT_USER" => Hive::CurrentUser,
            b"HKCR" | b"HKEY_CLASSES_ROOT" => Hive::Classes,
            b"HKCC" | b"HKEY_CURRENT_CONFIG" => Hive::Config,
            _ => return None,
        })
    }

    /// By its name below `\REGISTRY`, in upper case.
    pub(crate) fn rooted(name: &[u8]) -> Option<Hive> {
        match name {
            b"MACHINE" => Some(Hive::Machine),
            b"USER" => Some(Hive::Users),
            _ => None,
        }
    }
}

/// Whether this is the name of a control set with a number.
pub(crate) fn is_control_set(name: &[u8]) -> bool {
    matches!(name.strip_prefix(b"CONTROLSET"), Some([b'0'..=b'9', b'0'..=b'9', b'0'..=b'9']))
}

/// A key, and the value if one is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegistryKey<'r> {
    /// It has two names, of which either may be the real one.
    names: [Option<Name<'r>>; 2],
    value: Option<&'r [u8]>,
}

/// One name of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'r> {
    lead: [&'r [u8]; 5],
    /// How many of these there are.
    count: usize,
    below: &'r [u8],
}

impl<'r> RegistryKey<'r> {
    /// Reads a key and the name of a value.
    pub(crate) fn read(
        key: &[u8],
        value: Option<&[u8]>,
        room: &'r mut Room<'_>,
    ) -> Result<Self, Invalid> {
        let value_length = value.map_or(0, <[u8]>::len);
        if key.len().saturating_add(value_length) > MAX_LENGTH {
            return Err(Invalid::PathTooLong);
        }
        if ![Some(key), value].into_iter().flatten().all(is_wtf8) {
            return Err(Invalid::PathCharacter);
        }
        room.push_folded(key);
        let end = room.len();
        room.push_folded(value.unwrap_or(&[]));
        let text = room.get().ok_or(Invalid::PathTooLong)?;
        let (key, name) = text.split_at_checked(end).ok_or(Invalid::PathTooLong)?;
        let value = value.map(|_| if name.is_empty() { DEFAULT } else { name });
        let from_root = key.first() == Some(&b'\\');
        let (first, below) = first_component(key);
        let (hive, below) = if from_root {
            let (root, rest) = first_component(below);
            if first != b"REGISTRY" || root.is_empty() {
                return Err(Invalid::RegistryHive);
            }
            match Hive::rooted(root) {
                Some(hive) => (hive, rest),
                None => {
                    let name = Name::new(&[br"\REGISTRY"], below);
                    return Ok(RegistryKey { names: [Some(name), None], value });
                }
            }
        } else {
            (Hive::named(first).ok_or(Invalid::RegistryHive)?, below)
        };
        let names = match hive {
            Hive::Machine => [Some(machine(below)), None],
            Hive::Users => [Some(user(below)), None],
            Hive::CurrentUser => [Some(Name::new(&[b"HKU", SOME_USER], below)), None],
            Hive::Classes => [
                Some(Name::new(&[b"HKLM", b"SOFTWARE", b"CLASSES"], below)),
                Some(Name::new(&[b"HKU", SOME_USER, b"SOFTWARE", b"CLASSES"], below)),
            ],
            Hive::Config => [Some(Name::new(&CURRENT, below)), None],
        };
        Ok(RegistryKey { names, value })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = Name<'r>> + use<'r> {
        self.names.into_iter().flatten()
    }

    pub(crate) fn value(&self) -> Option<&'r [u8]> {
        self.value
    }
}

impl<'r> Name<'r> {
    fn new(names: &[&'r [u8]], below: &'r [u8]) -> Self {
        let mut lead = [&[][..]; 5];
        for (place, name) in lead.iter_mut().zip(names) {
            *place = name;
        }
        Name { lead, count: names.len(), below }
    }

    /// The components of the strict form.
    pub(crate) fn strict(&self) -> impl Iterator<Item = &'r [u8]> + Clone + use<'r> {
        self.lead.into_iter().take(self.count).chain(components(self.below))
    }

    /// The components of the loose form, if it is another.
    pub(crate) fn loose(&self) -> Option<impl Iterator<Item = &'r [u8]> + Clone + use<'r>> {
        let is_view = |component: &&[u8]| *component == b"WOW6432NODE";
        if self.strict().any(|component| is_view(&component)) {
            Some(self.strict().filter(move |component| !is_view(component)))
        } else {
            None
        }
    }
}

/// A key of the machine, whose control sets are the current one.
fn machine(below: &[u8]) -> Name<'_> {
    let (first, rest) = first_component(below);
    let (second, deeper) = first_component(rest);
    if first == b"SYSTEM" && is_control_set(second) {
        Name::new(&[b"HKLM", b"SYSTEM", b"CURRENTCONTROLSET"], deeper)
    } else {
        Name::new(&[b"HKLM"], below)
    }
}

/// A key of a user, whose classes are in a hive of their own.
fn user(below: &[u8]) -> Name<'_> {
    let (first, rest) = first_component(below);
    match first.strip_suffix(b"_CLASSES") {
        Some(user) => Name::new(&[b"HKU", user, b"SOFTWARE", b"CLASSES"], rest),
        None => Name::new(&[b"HKU"], below),
    }
}

/// The first component that is not empty, and what follows.
fn first_component(key: &[u8]) -> (&[u8], &[u8]) {
    let start = key.iter().position(|&byte| byte != b'\\').unwrap_or(key.len());
    let key = key.get(start..).unwrap_or(&[]);
    let end = key.iter().position(|&byte| byte == b'\\').unwrap_or(key.len());
    key.split_at_checked(end).unwrap_or((key, &[]))
}

fn components(below: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    below.split(|&byte| byte == b'\\').filter(|component| !component.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::room::with_room;
    use std::string::String;
    use std::vec::Vec;

    fn canonical(key: &[u8], value: Option<&[u8]>) -> Result<String, Invalid> {
        with_room(key.len(), |room| {
            let key = RegistryKey::read(key, value, room)?;
            let text = |parts: Vec<&[u8]>| String::from_utf8(parts.join(&b'|')).unwrap();
            let mut shown = Vec::new();
            for name in key.names() {
                shown.push(text(name.strict().collect()));
                shown.extend(name.loose().map(|loose| text(loose.collect())));
            }
            shown.extend(key.value().map(|value| text(Vec::from([value]))));
            Ok(shown.join(" "))
        })
    }

    macro_rules! t {
        ($name:ident, $key:expr $(, $value:expr)? => $want:expr) => {
            #[test]
            fn $name() {
                let values: &[&[u8]] = &[$($value)?];
                let want: Result<&str, Invalid> = $want;
                assert_eq!(canonical($key, values.first().copied()), want.map(String::from));
            }
        };
    }

    t!(machine_hive, br"HKLM\Software\x" => Ok("HKLM|SOFTWARE|X"));
    t!(long_name, br"hkey_local_machine\Software" => Ok("HKLM|SOFTWARE"));
    t!(native_name, br"\REGISTRY\Machine\Software" => Ok("HKLM|SOFTWARE"));
    t!(hive_alone, br"HKLM" => Ok("HKLM"));
    t!(doubled_separators, br"HKLM\\Software\\x\" => Ok("HKLM|SOFTWARE|X"));
    t!(other_root, br"\REGISTRY\A\{1}\Root" => Ok(r"\REGISTRY|A|{1}|ROOT"));
    t!(no_hive, br"\SOFTWARE\x" => Err(Invalid::RegistryHive));
    t!(no_hive_without_separator, br"Computer\HKEY_LOCAL_MACHINE" => Err(Invalid::RegistryHive));
    t!(root_alone, br"\REGISTRY" => Err(Invalid::RegistryHive));
    t!(no_text, b"HKLM\\\xff" => Err(Invalid::PathCharacter));
    t!(value_that_is_no_text, br"HKLM\x", b"\xff" => Err(Invalid::PathCharacter));
    t!(empty, b"" => Err(Invalid::RegistryHive));
    t!(some_user, br"HKCU\Environment" => Ok("HKU|HKCU|ENVIRONMENT"));
    t!(one_user, br"HKU\S-1-5-21-1\x" => Ok("HKU|S-1-5-21-1|X"));
    t!(classes_of_a_user, br"\Registry\User\S-1-5-21-1_Classes\x" => Ok("HKU|S-1-5-21-1|SOFTWARE|CLASSES|X"));
    t!(classes, br"HKCR\.exe" => Ok("HKLM|SOFTWARE|CLASSES|.EXE HKU|HKCU|SOFTWARE|CLASSES|.EXE"));
    t!(config, br"HKCC\x" => Ok("HKLM|SYSTEM|CURRENTCONTROLSET|HARDWARE PROFILES|CURRENT|X"));
    t!(control_set, br"HKLM\SYSTEM\ControlSet001\Services" => Ok("HKLM|SYSTEM|CURRENTCONTROLSET|SERVICES"));
    t!(no_control_set, br"HKLM\SYSTEM\ControlSet1\Services" => Ok("HKLM|SYSTEM|CONTROLSET1|SERVICES"));
    t!(view, br"HKLM\SOFTWARE\Wow6432Node\x" => Ok("HKLM|SOFTWARE|WOW6432NODE|X HKLM|SOFTWARE|X"));
    t!(dots_and_slashes_are_names, br"HKLM\a/b\..\." => Ok("HKLM|A/B|..|."));
    t!(nul_is_data, b"HKLM\\a\0b", b"\0evil" => Ok("HKLM|A\0B \0EVIL"));
    t!(default_value, br"HKLM\x", b"" => Ok("HKLM|X (DEFAULT)"));
    t!(value_is_one_component, br"HKLM\x", br"a\b" => Ok(r"HKLM|X A\B"));
}
