//! A pattern's text as items, escapes and classes resolved.

use alloc::vec::Vec;

use super::Token;
use super::class;
use super::error::{GlobError, GlobErrorKind};

/// One item of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Item {
    Token(Token),
    Separator,
    Open,
    Comma,
    Close,
}

impl Item {
    pub(super) fn is_wildcard(&self) -> bool {
        matches!(self, Item::Token(Token::AnyChar | Token::AnyRun | Token::Class { .. }))
    }
}

/// An item and where it stands, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) item: Item,
    pub(super) offset: usize,
    pub(super) length: usize,
}

pub(super) fn lex(text: &str) -> Result<Vec<Located>, GlobError> {
    let mut items = Vec::new();
    let mut depth = 0usize;
    let mut offset = 0;
    while let Some(first) = text[offset..].chars().next() {
        let rest = &text[offset..];
        let fail = |kind, length| Err(GlobError { kind, offset, length });
        if "@?*+!".contains(first) && rest[1..].starts_with('(') {
            return fail(GlobErrorKind::ExtGlob, 2);
        }
        let (item, length) = match first {
            '\\' => match rest[1..].chars().next() {
                Some(escaped) => (Item::Token(Token::Char(escaped)), 1 + escaped.len_utf8()),
                None => return fail(GlobErrorKind::TrailingEscape, 1),
            },
            '/' => (Item::Separator, 1),
            '?' => (Item::Token(Token::AnyChar), 1),
            '*' => (Item::Token(Token::AnyRun), 1),
            '[' => {
                let (token, length) = class::parse(rest)
                    .map_err(|error| GlobError { offset: offset + error.offset, ..error })?;
                (Item::Token(token), length)
            }
            '{' => {
                depth += 1;
                if depth > super::MAX_NESTING {
                    return fail(GlobErrorKind::TooDeep, 1);
                }
                (Item::Open, 1)
            }
            '}' => {
                let Some(outer) = depth.checked_sub(1) else {
                    return fail(GlobErrorKind::UnopenedBrace, 1);
                };
                depth = outer;
                (Item::Close, 1)
            }
            ',' if depth > 0 => (Item::Comma, 1),
            '$' => match variable(rest) {
                0 => (Item::Token(Token::Char('$')), 1),
                length => return fail(GlobErrorKind::Variable, length),
            },
            other => (Item::Token(Token::Char(other)), other.len_utf8()),
        };
        items.push(Located { item, offset, length });
        offset += length;
    }
    if depth > 0 {
        let last_open = items.iter().rfind(|item| item.item == Item::Open);
        let offset = last_open.map_or(0, |item| item.offset);
        return Err(GlobError { kind: GlobErrorKind::UnclosedBrace, offset, length: 1 });
    }
    Ok(items)
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
