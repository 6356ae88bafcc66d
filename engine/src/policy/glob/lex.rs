//! A pattern's text as items, escapes and classes resolved.

use alloc::vec::Vec;

use super::class;
use super::error::{GlobError, GlobErrorKind};
use super::{Dialect, Token};

/// One item of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Item {
    Token(Token),
    Separator,
    Open,
    Comma,
    Close,
}

/// An item and where it stands, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) item: Item,
    pub(super) offset: usize,
    pub(super) length: usize,
}

/// A brace that is not yet closed.
struct Brace {
    offset: usize,
    /// It begins alternatives; otherwise it is a character.
    groups: bool,
    /// It has a comma of its own.
    comma: bool,
}

impl Brace {
    /// A comma stands in it; whether that divides alternatives.
    fn divided(&mut self) -> bool {
        self.comma |= self.groups;
        self.groups
    }
}

/// Reads the text from `start` on.
pub(super) fn lex(text: &str, start: usize, dialect: Dialect) -> Result<Vec<Located>, GlobError> {
    let mut items = Vec::new();
    let mut open: Vec<Brace> = Vec::new();
    let mut offset = start;
    while let Some(first) = text[offset..].chars().next() {
        let rest = &text[offset..];
        let fail = |kind, length| Err(GlobError { kind, offset, length });
        if "@?*+!".contains(first) && rest[1..].starts_with('(') {
            return fail(GlobErrorKind::ExtGlob, 2);
        }
        let (item, length) = match first {
            separator if dialect.separators().contains(&separator) => (Item::Separator, 1),
            '\\' if dialect == Dialect::Linux => match rest[1..].chars().next() {
                // No name has a separator in it, so that it cannot be meant.
                Some('/') => (Item::Separator, 2),
                Some(escaped) if is_idle(escaped) => {
                    return fail(GlobErrorKind::IdleEscape, 1 + escaped.len_utf8());
                }
                Some(escaped) => (Item::Token(Token::Char(escaped)), 1 + escaped.len_utf8()),
                None => return fail(GlobErrorKind::TrailingEscape, 1),
            },
            '?' => (Item::Token(Token::AnyChar), 1),
            '*' => (Item::Token(Token::AnyRun), 1),
            '[' => {
                let (token, length) = class::parse(rest, dialect)
                    .map_err(|error| GlobError { offset: offset + error.offset, ..error })?;
                (Item::Token(token), length)
            }
            '{' => {
                let groups = dialect == Dialect::Linux || has_alternatives(rest);
                open.push(Brace { offset, groups, comma: false });
                if open.iter().filter(|brace| brace.groups).count() > super::MAX_NESTING {
                    return fail(GlobErrorKind::TooDeep, 1);
                }
                (if groups { Item::Open } else { Item::Token(Token::Char('{')) }, 1)
            }
            '}' => match open.pop() {
                Some(Brace { groups: false, .. }) => (Item::Token(Token::Char('}')), 1),
                Some(Brace { comma: true, .. }) => (Item::Close, 1),
                Some(Brace { offset: start, .. }) => {
                    let length = offset + 1 - start;
                    return Err(GlobError {
                        kind: GlobErrorKind::LoneBrace,
                        offset: start,
                        length,
                    });
                }
                None => return fail(GlobErrorKind::UnopenedBrace, 1),
            },
            ',' if open.last_mut().is_some_and(Brace::divided) => (Item::Comma, 1),
            '$' if dialect == Dialect::Linux => match variable(rest) {
                0 => (Item::Token(Token::Char('$')), 1),
                length => return fail(GlobErrorKind::Variable, length),
            },
            other => (Item::Token(Token::Char(other)), other.len_utf8()),
        };
        items.push(Located { item, offset, length });
        offset += length;
    }
    if let Some(Brace { offset, .. }) = open.pop() {
        return Err(GlobError { kind: GlobErrorKind::UnclosedBrace, offset, length: 1 });
    }
    Ok(items)
}

/// Whether a character means nothing else with a `\` before it: whoever writes one
/// means a Windows path or a regular expression.
pub(super) fn is_idle(escaped: char) -> bool {
    escaped.is_alphanumeric() || escaped == '_'
}

/// Whether the brace that `text` begins with has a comma of its own; one without
/// end counts, to be refused. Names on Windows have braces around a GUID.
fn has_alternatives(text: &str) -> bool {
    let mut depth = 0usize;
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return false,
            '}' => depth -= 1,
            ',' if depth == 1 => return true,
            _ => {}
        }
    }
    true
}

/// The length of a variable as shells write it, 0 if this is none.
fn variable(text: &str) -> usize {
    let rest = &text[1..];
    let name = |text: &str| {
        text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
    };
    if let Some(braced) = rest.strip_prefix('{') {
        let length = name(braced);
        if length > 0 && braced[length..].starts_with('}') {
            return length + 3;
        }
    } else if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return name(rest) + 1;
    }
    0
}
