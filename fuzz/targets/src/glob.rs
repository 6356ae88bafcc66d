//! Path patterns.

use serde_json::{Value, json};
use wardline::policy::glob::{Component, Dialect, Glob, MAX_ALTERNATIVES, Token, parse};
use wardline::{Activity, Event, Exec, File, FileOperation, Platform};

use crate::agree::{Both, compile, fields, policy};

/// The fields are a pattern and paths, the first begins with `w` for Windows.
///
/// An error has its place in the pattern; an accepted one has bounded many
/// alternatives, and, written out again, means itself. Every control that lists
/// it, and excepts it, decides about the paths as the oracle does.
pub fn glob(data: &[u8]) {
    let [platform, pattern, paths @ ..] = fields::<6>(data);
    let platform = if platform == b"w" { Platform::Windows } else { Platform::Linux };
    let Ok(pattern) = core::str::from_utf8(pattern) else { return };
    for dialect in [Dialect::Linux, Dialect::Windows, Dialect::Registry, Dialect::RegistryValue] {
        understood(pattern, dialect);
    }
    if platform == Platform::Windows && !is_simple(pattern) {
        return;
    }
    let elsewhere = if platform == Platform::Windows { r"C:\zz" } else { "/zz" };
    let mut controls: Vec<Value> = vec![
        json!({ "file_block": { "paths": [pattern, elsewhere] } }),
        json!({ "executables_blocked": { "executables": [pattern] } }),
        json!({ "executables_allowed": { "executables": [pattern] } }),
        json!({ "file_integrity_monitoring": {
            "operations": ["read", "delete"], "paths": [pattern] } }),
    ];
    let everything = if platform == Platform::Windows { r"**\*" } else { "/**" };
    controls.push(json!({
        "read_only_files": { "paths": [everything], "except_paths": [pattern] } }));
    for control in controls {
        let Ok(compiled) = compile(platform, &[policy(platform, control)]) else { continue };
        let both = Both::new(&compiled);
        for path in paths.iter().filter(|path| !path.is_empty()) {
            for operation in [FileOperation::Read, FileOperation::Delete] {
                both.decide(&Event::new(Activity::File(File::new(operation, path))));
            }
            both.decide(&Event::new(Activity::Exec(Exec::new(path))));
        }
    }
}

/// Whether the oracle reads a pattern of Windows as the engine does: it looks for
/// braces and separators inside classes too.
pub(crate) fn is_simple(pattern: &str) -> bool {
    let Some(class) = pattern.find('[') else { return true };
    let inner = &pattern[class + 1..];
    !pattern.contains(['{', '}']) && !inner.contains(['\\', '/', '[', ':']) && !inner.contains("[:")
}

fn understood(pattern: &str, dialect: Dialect) {
    let parsed = match parse(pattern, dialect) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let end = error.offset + error.length;
            assert!(end <= pattern.len().max(1), "{error:?} in {pattern:?}");
            assert!(pattern.is_char_boundary(error.offset), "{error:?} in {pattern:?}");
            return;
        }
    };
    assert!(!parsed.globs.is_empty() && parsed.globs.len() <= 2 * MAX_ALTERNATIVES);
    for glob in &parsed.globs {
        let twice = glob.components.windows(2).any(|two| two == [const { Component::AnyDepth }; 2]);
        assert!(!twice, "{pattern:?} {glob:?}");
        // Only this dialect can quote everything.
        if dialect != Dialect::Linux || glob.components.is_empty() {
            continue;
        }
        let text = written(glob);
        match parse(&text, dialect) {
            Ok(again) => {
                assert_eq!(again.globs, core::slice::from_ref(glob), "{pattern:?} is {text:?}");
                assert!(again.warnings.is_empty(), "{pattern:?} is {text:?}");
            }
            // Quoting makes a long pattern longer.
            Err(error) => assert!(text.len() > 4_096, "{pattern:?} is {text:?}: {error}"),
        }
    }
}

/// A pattern's canonical text.
fn written(glob: &Glob) -> String {
    let mut text = String::new();
    let floats = glob.components.first() == Some(&Component::AnyDepth);
    for (index, component) in glob.components.iter().enumerate() {
        if index > 0 || !floats {
            text.push('/');
        }
        match component {
            Component::AnyDepth => text.push_str("**"),
            Component::Literal(name) => {
                let name = core::str::from_utf8(name).expect("patterns are text");
                name.chars().for_each(|character| quote(&mut text, character));
            }
            Component::Wild(tokens) => tokens.iter().for_each(|token| write(&mut text, token)),
        }
    }
    text
}

fn write(text: &mut String, token: &Token) {
    match token {
        Token::Char(character) => quote(text, *character),
        Token::AnyChar => text.push('?'),
        Token::AnyRun => text.push('*'),
        Token::Class { negated, ranges } => {
            text.push_str(if *negated { "[!" } else { "[" });
            // A class must not be empty, and never matches a separator anyway.
            if ranges.is_empty() {
                text.push('/');
            }
            for (first, last) in ranges {
                quote(text, *first);
                text.push('-');
                quote(text, *last);
            }
            text.push(']');
        }
    }
}

/// Adds a character that stands for itself.
pub(crate) fn quote(text: &mut String, character: char) {
    if !(character.is_alphanumeric() || character == '_') {
        text.push('\\');
    }
    text.push(character);
}
