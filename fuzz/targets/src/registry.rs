//! Registry keys, seen through decisions.

use serde_json::json;
use wardline::{Activity, Event, Platform, Registry, RegistryOperation};

use crate::agree::{Both, compile, fields, given, policy};
use crate::glob::is_simple;

/// The fields are a pattern of keys, one of values, a key and a value. The
/// engine decides as the oracle, and alike however the key's separators are
/// doubled, its letters' case turned, and its hive abbreviated.
pub fn registry(data: &[u8]) {
    let [pattern, values, key, value] = fields::<4>(data);
    let mut control = json!({
        "keys": [r"HKLM\Software\Run\**", r"HKCU\Software\x", r"HKCR\CLSID"],
        "except_keys": [r"HKLM\Software\Run\good"],
        "operations": ["create", "modify"],
    });
    let patterns = (core::str::from_utf8(pattern), core::str::from_utf8(values));
    let mut controls = vec![control.clone()];
    if let (Ok(pattern), Ok(values)) = patterns
        && is_simple(pattern)
        && is_simple(values)
    {
        control["keys"] = json!([pattern, r"HKLM\zz"]);
        controls.push(control.clone());
        control["values"] = json!([values]);
        controls.push(control.clone());
        control["keys"] = json!([r"HK*\**"]);
        control["except_keys"] = json!([pattern]);
        controls.push(control);
    }
    for control in controls {
        let text = policy(Platform::Windows, json!({ "windows_registry_protection": control }));
        let Ok(compiled) = compile(Platform::Windows, &[text]) else { continue };
        let both = Both::new(&compiled);
        for value in [None, given(value)] {
            let answer = both.decide(&event(key, value));
            for same in spellings(key) {
                let found = both.decide(&event(&same, value));
                assert_eq!(found, answer, "{} for {}", same.escape_ascii(), key.escape_ascii());
            }
        }
    }
}

fn event<'a>(key: &'a [u8], value: Option<&'a [u8]>) -> Event<'a> {
    Event::new(Activity::Registry(Registry { operation: RegistryOperation::Modify, key, value }))
}

/// Other spellings of a key, none longer than keys may be.
fn spellings(key: &[u8]) -> Vec<Vec<u8>> {
    if key.len() > 30_000 {
        return Vec::new();
    }
    let turned = key.iter().map(|byte| {
        if byte.is_ascii_lowercase() {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        }
    });
    let doubled = key.iter().flat_map(|&byte| vec![byte; 1 + usize::from(byte == b'\\')]);
    let mut all = vec![turned.collect(), doubled.collect(), [key, b"\\"].concat()];
    for (short, long) in [("HKLM", "HKEY_LOCAL_MACHINE"), ("HKU", r"\REGISTRY\USER")] {
        if let Some(rest) = key.strip_prefix(short.as_bytes())
            && rest.first().is_none_or(|&byte| byte == b'\\')
        {
            all.push([long.as_bytes(), rest].concat());
        }
    }
    all
}
