//! What YAML and JSON have in common: a tree of scalars, lists and mappings in
//! which everything knows its position.
//!
//! The readers build it in bounded depth, size and time. What they refuse but
//! can step over, such as an alias, stands in the tree as [`Value::Refused`],
//! so that decoding goes on and does not complain a second time.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::source::{MAX_ENTRY, Source, Span};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};

/// A value and its position.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Pair>),
    /// Already complained about.
    Refused,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

/// A scalar as written.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// In quotes or a YAML block: a string whatever it looks like.
    pub(crate) quoted: bool,
    /// The text stands in the document exactly like this, this many characters
    /// after the start of the span. `None` if escapes or line breaks come
    /// between.
    pub(crate) verbatim: Option<u32>,
    /// YAML put it together from several lines.
    pub(crate) joined: bool,
}

/// What a scalar is, by the YAML 1.2 core schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Meaning {
    Text,
    Nothing,
    Boolean(bool),
    /// Plain decimal digits without leading zero, perhaps with a minus sign.
    Integer,
    /// Something that YAML takes for a number or a boolean, but that policies do
    /// not spell that way: `0x1f`, `1e3`, `007`, `+1`, `True`.
    Doubtful,
}

impl Scalar {
    pub(crate) fn meaning(&self) -> Meaning {
        if self.quoted {
            return Meaning::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Meaning::Nothing,
            "true" => Meaning::Boolean(true),
            "false" => Meaning::Boolean(false),
            "True" | "TRUE" | "False" | "FALSE" => Meaning::Doubtful,
            text if is_plain_integer(text) => Meaning::Integer,
            text if is_like_a_number(text) => Meaning::Doubtful,
            _ => Meaning::Text,
        }
    }
}

/// `0`, or digits without leading zero, perhaps after a minus sign.
fn is_plain_integer(text: &str) -> bool {
    match text.strip_prefix('-').unwrap_or(text).as_bytes() {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// YAML 1.2.2 §10.3.2: the core schema's integers and floats.
fn is_like_a_number(text: &str) -> bool {
    let hex = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let octal =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if text.strip_prefix("0x").is_some_and(hex) || text.strip_prefix("0o").is_some_and(octal) {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    digits(whole)
        && digits(fraction)
        && (!whole.is_empty() || !fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// The pairs of one mapping while it is read: finds duplicate keys.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pairs: Vec<Pair>,
    seen: BTreeMap<String, u32>,
}

impl Pairs {
    /// Adds a pair unless its key is there already or is no text.
    pub(crate) fn add(
        &mut self,
        key: Scalar,
        key_span: Span,
        value: Node,
        source: &Source,
        diagnostics: &mut Diagnostics,
    ) {
        if key.meaning() != Meaning::Text {
            let message = format!("a key is a text, not {}", quoted(&key.text));
            diagnostics.push(
                Diagnostic::new(Code::WrongType, source, key_span, message)
                    .expecting("a text")
                    .with_help("put it in quotes")
                    .replacing(format!("\"{}\"", key.text)),
            );
            return;
        }
        if let Some(line) = self.seen.get(&key.text) {
            let message = format!("key {} is already given in line {line}", quoted(&key.text));
            let diagnostic = Diagnostic::new(Code::DuplicateKey, source, key_span, message);
            diagnostics.push(diagnostic.with_help("keep one of them"));
            return;
        }
        self.seen.insert(key.text.clone(), key_span.line);
        self.pairs.push(Pair { key: key.text, key_span, value });
    }

    pub(crate) fn finish(self) -> Vec<Pair> {
        self.pairs
    }
}

/// Checks the limits that hold for every scalar.
pub(crate) fn check_scalar(scalar: &Scalar, span: Span, source: &Source) -> Result<(), Diagnostic> {
    if scalar.text.len() > MAX_ENTRY {
        let message =
            format!("an entry of {} bytes, at most {MAX_ENTRY} are accepted", scalar.text.len());
        return Err(Diagnostic::new(Code::TooLarge, source, span, message));
    }
    if scalar.text.contains('\0') {
        return Err(Diagnostic::new(Code::Nul, source, span, "an entry with a NUL character"));
    }
    Ok(())
}

/// Where a byte of the text stands. Moves forward only, so that a whole
/// document costs one pass.
#[derive(Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, offset: 0, line: 1, column: 1 }
    }

    /// The span from one offset to another, both on character boundaries.
    pub(crate) fn span(&mut self, start: usize, end: usize) -> Span {
        self.advance(start);
        let length = self.text.get(start..end).map_or(0, |text| text.chars().count());
        Span { line: self.line, column: self.column, length: length.max(1) as u32 }
    }

    fn advance(&mut self, offset: usize) {
        let passed = self.text.get(self.offset..offset).unwrap_or("");
        let mut characters = passed.chars().peekable();
        while let Some(character) = characters.next() {
            let next = || self.text.as_bytes().get(offset).map(|&byte| char::from(byte));
            let ends_line = match character {
                '\n' => true,
                '\r' => characters.peek().copied().or_else(next) != Some('\n'),
                _ => false,
            };
            if ends_line {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.offset = self.offset.max(offset);
    }
}

/// Lists and mappings inside one another, at most.
pub(crate) const MAX_DEPTH: usize = 64;
/// Bytes of a document, at most.
pub(crate) const MAX_DOCUMENT: usize = 16 << 20;
/// Values of a document, at most. A 16 MiB document of ordinary entries stays
/// below; one of empty lists would take a gigabyte.
pub(crate) const MAX_VALUES: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    macro_rules! meaning {
        ($name:ident, $($text:literal),+ => $want:expr) => {
            #[test]
            fn $name() {
                $(
                    let scalar = Scalar { text: $text.to_string(), quoted: false, verbatim: None, joined: false };
                    assert_eq!(scalar.meaning(), $want, "{}", $text);
                )+
            }
        };
    }

    meaning!(only_plain_decimals_are_integers, "0", "7", "1000", "-5", "-0" => Meaning::Integer);
    meaning!(other_numbers_are_neither_number_nor_text,
        "007", "00", "0o7", "0x1f", "+1", "1.5", "1.", ".5", "1e3", "-1E-3", ".inf", "-.INF", ".nan"
        => Meaning::Doubtful);
    meaning!(words_of_yaml_1_1_are_text,
        "yes", "no", "on", "off", "y", "1_000", "1:30", "0b1", "10.0.0.1", "1e", "e3", ".", "-", "+", "0x", "0o8", "2026-12-01", "7z"
        => Meaning::Text);
    meaning!(nothing_is_what_yaml_says, "", "~", "null", "Null", "NULL" => Meaning::Nothing);
    meaning!(booleans_are_lower_case, "True", "FALSE" => Meaning::Doubtful);

    #[test]
    fn quotes_make_a_text() {
        let scalar = Scalar { text: "1".to_string(), quoted: true, verbatim: None, joined: false };
        assert_eq!(scalar.meaning(), Meaning::Text);
    }

    #[test]
    fn columns_count_characters_and_lines_end_three_ways() {
        let text = "ä\r\nb\rc\nxyz";
        let mut cursor = Cursor::new(text);
        let at = |cursor: &mut Cursor<'_>, what: &str| {
            let start = text.find(what).unwrap();
            let span = cursor.span(start, start + what.len());
            (span.line, span.column, span.length)
        };
        assert_eq!(at(&mut cursor, "ä"), (1, 1, 1));
        assert_eq!(at(&mut cursor, "b"), (2, 1, 1));
        assert_eq!(at(&mut cursor, "c"), (3, 1, 1));
        assert_eq!(at(&mut cursor, "yz"), (4, 2, 2));
    }
}
