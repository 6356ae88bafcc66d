//! Writes what deciding never reads: strings, policies, and the entries that
//! `explain` replays. Layouts: `policies.rs`, `explain/mod.rs`,
//! `explain/pattern.rs`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decide::rule::NEVER;
use crate::event::Kind;
use crate::explain::{Key, List};
use crate::policies::{FLAG_ARGUMENTS, FLAG_DEFAULT, FLAG_FUNCTION, Severity};
use crate::policy::glob::{Component, Glob, Token};
use crate::policy::{Control, Entry, Policy, PolicyKind};

/// Collects the cold sections.
#[derive(Debug, Default)]
pub(crate) struct Cold {
    pub(crate) strings: Strings,
    pub(crate) policies: Vec<u8>,
    pub(crate) entries: Vec<u8>,
    pub(crate) patterns: Vec<u8>,
}

/// What an entry is compared by.
#[derive(Debug)]
pub(crate) enum EntryKey<'a> {
    Globs(&'a [Glob]),
    Bytes(Key, &'a [u8]),
}

impl Cold {
    pub(crate) fn policy(&mut self, policy: &Policy, scope: u16) {
        let mut tags = String::new();
        for tag in &policy.tags {
            tags.push_str(&tag.text);
            tags.push('\n');
        }
        let description = policy.description.as_ref().map_or("", |entry| entry.text.as_str());
        for text in [policy.name.text.as_str(), description, &tags] {
            self.policies.extend(self.strings.add(text));
        }
        let keeps_arguments = policy.controls.iter().any(|control| {
            matches!(&control.value, Control::Forensics(forensics) if forensics.full_command_arguments)
        });
        let mut flags = if policy.default { FLAG_DEFAULT } else { 0 };
        flags |= if keeps_arguments { FLAG_ARGUMENTS } else { 0 };
        flags |= if policy.kind == PolicyKind::Function { FLAG_FUNCTION } else { 0 };
        let severity = policy.severity.unwrap_or(Severity::Medium);
        self.policies.extend([policy.mode as u8, severity as u8, flags, 0]);
        self.policies.extend(scope.to_le_bytes());
        self.policies.extend([0; 2]);
        self.policies.extend(policy.enforce_after.unwrap_or(NEVER).to_le_bytes());
    }

    pub(crate) fn entry(
        &mut self,
        kind: Kind,
        rule: u32,
        list: List,
        key: EntryKey<'_>,
        source: &str,
        entry: &Entry,
    ) {
        let tag = match key {
            EntryKey::Globs(_) => Key::Globs,
            EntryKey::Bytes(key, _) => key,
        };
        self.entries.extend([kind as u8, list as u8, tag as u8, 0]);
        self.entries.extend(rule.to_le_bytes());
        self.entries.extend(self.strings.add(&entry.text));
        self.entries.extend(self.strings.add(source));
        self.entries.extend(entry.span.line.to_le_bytes());
        self.entries.extend(entry.span.column.to_le_bytes());
        let start = self.patterns.len() as u32;
        match key {
            EntryKey::Globs(globs) => {
                globs.iter().for_each(|glob| encode(glob, &mut self.patterns))
            }
            EntryKey::Bytes(_, bytes) => self.patterns.extend_from_slice(bytes),
        }
        self.entries.extend(start.to_le_bytes());
        self.entries.extend((self.patterns.len() as u32 - start).to_le_bytes());
    }
}

/// Text, each kept once.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    pub(crate) bytes: Vec<u8>,
    known: BTreeMap<String, [u8; 8]>,
}

impl Strings {
    /// Offset and length, as both are written.
    pub(crate) fn add(&mut self, text: &str) -> [u8; 8] {
        if let Some(place) = self.known.get(text) {
            return *place;
        }
        let mut place = [0; 8];
        place[..4].copy_from_slice(&(self.bytes.len() as u32).to_le_bytes());
        place[4..].copy_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.known.insert(text.into(), place);
        place
    }
}

fn encode(glob: &Glob, out: &mut Vec<u8>) {
    for component in &glob.components {
        match component {
            Component::AnyDepth => out.push(b'D'),
            Component::Literal(literal) => {
                out.push(b'/');
                encode_literal(literal, out);
            }
            Component::Wild(tokens) => {
                out.push(b'/');
                tokens.iter().for_each(|token| encode_token(token, out));
            }
        }
    }
    out.push(b'|');
}

fn encode_token(token: &Token, out: &mut Vec<u8>) {
    match token {
        Token::Char(character) => {
            encode_literal(character.encode_utf8(&mut [0; 4]).as_bytes(), out);
        }
        Token::AnyChar => out.push(b'?'),
        Token::AnyRun => out.push(b'*'),
        Token::Class { negated, ranges } => {
            out.extend([b'[', u8::from(*negated)]);
            out.extend((ranges.len() as u16).to_le_bytes());
            for (first, last) in ranges {
                out.extend(u32::from(*first).to_le_bytes());
                out.extend(u32::from(*last).to_le_bytes());
            }
        }
    }
}

fn encode_literal(literal: &[u8], out: &mut Vec<u8>) {
    out.push(b'L');
    out.extend((literal.len() as u16).to_le_bytes());
    out.extend_from_slice(literal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::pattern::any_matches;
    use crate::policy::glob::{Dialect, parse};

    fn matches(pattern: &str, path: &str, bare: bool) -> bool {
        let mut program = Vec::new();
        for glob in &parse(pattern, Dialect::Linux).unwrap().globs {
            encode(glob, &mut program);
        }
        let components = path.split('/').filter(|component| !component.is_empty());
        any_matches(&program, components.map(str::as_bytes), bare)
    }

    macro_rules! t {
        ($name:ident, $pattern:expr, $path:expr => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(matches($pattern, $path, false), $want);
            }
        };
    }

    t!(literal, "/etc/shadow", "/etc/shadow" => true);
    t!(literal_prefix, "/etc/shadow", "/etc/shadow/x" => false);
    t!(below, "/etc/**", "/etc/a/b" => true);
    t!(below_is_not_itself, "/etc/**", "/etc" => false);
    t!(inner_any_depth_may_be_none, "/a/**/b", "/a/b" => true);
    t!(inner_any_depth_takes_more, "/a/**/b/*.c", "/a/b/b/x.c" => true);
    t!(inner_and_trailing, "/a/**/b/**", "/a/x/b/b" => true);
    t!(star_backtracks, "/x*y*z", "/xayazbz" => true);
    t!(star_needs_end, "/x*y", "/xyz" => false);
    t!(character_not_byte, "/?", "/é" => true);
    t!(class, "/[!a-c]x", "/dx" => true);
    t!(class_excludes, "/[!a-c]x", "/bx" => false);
    t!(alternative, "/{a,b}/c", "/b/c" => true);

    #[test]
    fn bare_names_only() {
        assert!(matches("id_*", "/x/id_rsa", true));
        assert!(!matches("/x/id_*", "/x/id_rsa", true));
        assert!(!matches("**/x/id_*", "/x/id_rsa", true));
    }
}
