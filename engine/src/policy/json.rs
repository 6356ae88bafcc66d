//! JSON to a tree, by RFC 8259 and nothing beyond.
//!
//! The parser underneath knows comments, trailing commas and more; all of it is
//! switched off, and what cannot be switched off – raw control characters in
//! strings, white space of other alphabets – is refused in a pass before it,
//! which also bounds depth and size.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::source::{Source, Span};
use super::tree::{Cursor, MAX_DEPTH, MAX_VALUES, Node, Pairs, Scalar, Value, check_scalar};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Reads one document. `None` if there is none or it is not JSON; what is wrong
/// is in `diagnostics` then.
pub(crate) fn read(text: &str, source: &Source, diagnostics: &mut Diagnostics) -> Option<Node> {
    let at = |start: usize, end: usize| Cursor::new(text).span(start, end);
    if let Err((offset, code, message)) = survey(text) {
        diagnostics.push(Diagnostic::new(code, source, at(offset, offset), message));
        return None;
    }
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match parse_to_ast(text, &CollectOptions::default(), &options) {
        Ok(parsed) => {
            let mut reader = Reader { cursor: Cursor::new(text), text, source, diagnostics };
            parsed.value.map(|value| reader.node(value))
        }
        Err(error) => {
            let range = error.range();
            let message = error.kind().to_string();
            let mut message: String = message.chars().take(200).collect();
            if let Some(first) = message.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            let span = Span { length: 1, ..at(range.start, range.start) };
            let diagnostic = Diagnostic::new(Code::JsonSyntax, source, span, message);
            diagnostics.push(match text.trim_start().starts_with(['{', '[']) {
                true => diagnostic,
                false => diagnostic.with_help("JSON begins with `{`; is this YAML?"),
            });
            None
        }
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    text: &'a str,
    source: &'a Source,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    /// Recursive, no deeper than `survey` let pass.
    fn node(&mut self, value: ast::Value<'_>) -> Node {
        let range = value.range();
        let collection = matches!(value, ast::Value::Object(_) | ast::Value::Array(_));
        let end = if collection { range.start + 1 } else { range.end };
        let span = self.cursor.span(range.start, end);
        let plain = |text: &str| Scalar {
            text: text.to_string(),
            quoted: false,
            verbatim: Some(0),
            joined: false,
        };
        let value = match value {
            ast::Value::Array(array) => Value::Sequence(
                array.elements.into_iter().map(|element| self.node(element)).collect(),
            ),
            ast::Value::Object(object) => Value::Mapping(self.pairs(object.properties)),
            ast::Value::StringLit(text) => self.scalar(self.string(text), span),
            ast::Value::NumberLit(number) => self.scalar(plain(number.value), span),
            ast::Value::BooleanLit(boolean) => {
                Value::Scalar(plain(if boolean.value { "true" } else { "false" }))
            }
            ast::Value::NullKeyword(_) => Value::Scalar(plain("null")),
        };
        Node { span, value }
    }

    fn pairs(&mut self, properties: Vec<ast::ObjectProp<'_>>) -> Vec<super::tree::Pair> {
        let mut pairs = Pairs::default();
        for property in properties {
            let range = property.name.range();
            let key_span = self.cursor.span(range.start, range.end);
            let key = match property.name {
                ast::ObjectPropName::String(text) => self.string(text),
                ast::ObjectPropName::Word(word) => Scalar {
                    text: word.value.to_string(),
                    quoted: true,
                    verbatim: Some(0),
                    joined: false,
                },
            };
            let value = self.node(property.value);
            match check_scalar(&key, key_span, self.source) {
                Ok(()) => pairs.add(key, key_span, value, self.source, self.diagnostics),
                Err(diagnostic) => self.diagnostics.push(diagnostic),
            }
        }
        pairs.finish()
    }

    fn string(&self, string: ast::StringLit<'_>) -> Scalar {
        let text = string.value.into_owned();
        let inner = self.text.get(string.range.start + 1..string.range.end.saturating_sub(1));
        let verbatim = (inner == Some(text.as_str())).then_some(1);
        Scalar { text, quoted: true, verbatim, joined: false }
    }

    fn scalar(&mut self, scalar: Scalar, span: Span) -> Value {
        match check_scalar(&scalar, span, self.source) {
            Ok(()) => Value::Scalar(scalar),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                Value::Refused
            }
        }
    }
}

/// Refuses what the parser would let pass or would take too much room for.
/// Every RFC 8259 document within the limits gets through.
fn survey(text: &str) -> Result<(), (usize, Code, String)> {
    let (mut in_string, mut escaped) = (false, false);
    let (mut depth, mut values) = (0usize, 0usize);
    for (offset, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                0..=0x1f => {
                    let message = "a control character in a string, write it as an escape";
                    return Err((offset, Code::JsonSyntax, message.to_string()));
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                values += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            0..=0x08 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f.. => {
                let message = "a character that JSON has in strings only";
                return Err((offset, Code::JsonSyntax, message.to_string()));
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err((offset, Code::TooDeep, format!("nested more than {MAX_DEPTH} deep")));
        }
        if values > MAX_VALUES {
            return Err((offset, Code::TooLarge, format!("more than {MAX_VALUES} values")));
        }
    }
    Ok(())
}
