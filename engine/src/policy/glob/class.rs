//! Character classes: `[a-z]`, `[!…]`, `[^…]`, `[[:digit:]]`.

use alloc::vec::Vec;

use super::error::{GlobError, GlobErrorKind};
use super::lex::is_idle;
use super::{Dialect, Token};

/// Reads the class that `text` begins with; returns its length too.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<(Token, usize), GlobError> {
    let mut offset = 1;
    let negated = text[offset..].starts_with(['!', '^']);
    offset += usize::from(negated);
    let mut ranges: Vec<(char, char)> = Vec::new();
    let start = offset;
    if let Some(length) = bare_name(&text[start..]) {
        return Err(GlobError {
            kind: GlobErrorKind::SingleBrackets,
            offset: 0,
            length: start + length + 1,
        });
    }
    loop {
        let rest = &text[offset..];
        if rest.starts_with(']') && offset > start {
            offset += 1;
            break;
        }
        if rest.starts_with("[:")
            && let Some(end) = rest.find(":]")
        {
            match posix(&rest[2..end]) {
                Some(named) => ranges.extend_from_slice(named),
                None => {
                    return Err(GlobError {
                        kind: GlobErrorKind::UnknownClass,
                        offset,
                        length: end + 2,
                    });
                }
            }
            offset += end + 2;
            continue;
        }
        if let Some(length) = collating(rest) {
            return Err(GlobError { kind: GlobErrorKind::Collating, offset, length });
        }
        let (first, length) = character(text, offset, dialect)?;
        let mut end = offset + length;
        let mut last = first;
        if text[end..].starts_with('-') && !text[end + 1..].starts_with(']') {
            let (upper, length) = character(text, end + 1, dialect)?;
            last = upper;
            end += 1 + length;
        }
        if first > last {
            return Err(GlobError {
                kind: GlobErrorKind::ReversedRange,
                offset,
                length: end - offset,
            });
        }
        ranges.push((first, last));
        offset = end;
    }
    let ranges = merged(ranges);
    let ranges =
        dialect.separators().iter().fold(ranges, |ranges, &separator| without(ranges, separator));
    if ranges.is_empty() && !negated {
        return Err(GlobError { kind: GlobErrorKind::SeparatorClass, offset: 0, length: offset });
    }
    let token = match ranges[..] {
        // A character that is quoted so is no wildcard.
        [(first, last)] if first == last && !negated => Token::Char(first),
        _ => Token::Class { negated, ranges },
    };
    Ok((token, offset))
}

/// The length of a class name that a class consists of, as in `[:digit:]`: without
/// brackets of its own it would be its letters.
fn bare_name(inner: &str) -> Option<usize> {
    let end = inner.find(']')?;
    let name = inner[..end].strip_prefix(':')?.strip_suffix(':')?;
    posix(name).map(|_| end)
}

/// The length of a collating symbol or an equivalence class that `text` begins with.
fn collating(text: &str) -> Option<usize> {
    let (mark, end) = match text.as_bytes() {
        [b'[', b'.', ..] => (2, ".]"),
        [b'[', b'=', ..] => (2, "=]"),
        _ => return None,
    };
    let length = text[mark..].find(end)?;
    let named = &text[mark..mark + length];
    let one = named.chars().count() == 1;
    (one || !named.is_empty() && !named.contains(']')).then_some(mark + length + end.len())
}

/// One character of a class, escaped or not.
fn character(text: &str, offset: usize, dialect: Dialect) -> Result<(char, usize), GlobError> {
    let unclosed = GlobError { kind: GlobErrorKind::UnclosedClass, offset: 0, length: text.len() };
    let mut characters = text[offset..].chars();
    match characters.next() {
        Some('\\') if dialect == Dialect::Linux => match characters.next() {
            Some(escaped) if is_idle(escaped) => Err(GlobError {
                kind: GlobErrorKind::IdleEscape,
                offset,
                length: 1 + escaped.len_utf8(),
            }),
            Some(escaped) => Ok((escaped, 1 + escaped.len_utf8())),
            None => Err(unclosed),
        },
        Some(plain) => Ok((plain, plain.len_utf8())),
        None => Err(unclosed),
    }
}

/// Sorted, disjoint, and neighbours joined.
pub(super) fn merged(mut ranges: Vec<(char, char)>) -> Vec<(char, char)> {
    ranges.sort_unstable();
    let mut merged: Vec<(char, char)> = Vec::new();
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(before) if u32::from(first) <= u32::from(before.1) + 1 => {
                before.1 = before.1.max(last);
            }
            _ => merged.push((first, last)),
        }
    }
    merged
}

/// A class never matches a separator.
fn without(ranges: Vec<(char, char)>, separator: char) -> Vec<(char, char)> {
    let code = u32::from(separator);
    let (before, after) = (char::from_u32(code - 1), char::from_u32(code + 1));
    let mut kept = Vec::new();
    for (first, last) in ranges {
        if (first..=last).contains(&separator) {
            kept.extend(before.filter(|&before| first <= before).map(|before| (first, before)));
            kept.extend(after.filter(|&after| after <= last).map(|after| (after, last)));
        } else {
            kept.push((first, last));
        }
    }
    kept
}

/// The POSIX classes, over ASCII. Source: POSIX.1-2017, XBD 7.3.1.
fn posix(name: &str) -> Option<&'static [(char, char)]> {
    Some(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    })
}
