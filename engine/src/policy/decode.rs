//! From a tree to typed values, each on its own, so that one mistake does not
//! hide the next.
//!
//! A decoder that returns `None` has said why.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::control::{PortRange, PrincipalEntry};
use super::entry::{Instead, space};
use super::scope::Scope;
use super::source::{Entry, Located, Source, Span};
use super::spec::{Absent, FieldSpec, Item, Shape};
use super::tree::{Meaning, Node, Pair, Scalar, Value};
use super::visible::Unseen;
use super::{CONTROLS, ListFormat, Platform, PolicyKind, number};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, alternatives, quoted};

/// A type that can stand in a field.
pub(crate) trait Decode: Sized {
    /// Reads a value. Fields of one type differ by shape.
    fn decode(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self>;

    /// What [`Absent::Unset`] gives.
    fn unset() -> Option<Self> {
        None
    }
}

/// A type that can stand in a list.
pub(crate) trait DecodeItem: Sized {
    fn decode_item(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self>;

    /// Equal entries draw a warning.
    fn compare(&self, other: &Self) -> Ordering;

    fn span(&self) -> Span;
}

/// What is known while decoding.
pub(crate) struct Decoder<'a> {
    pub(crate) source: &'a Source,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// Known before the rest is decoded; `None` if it was not understood.
    pub(crate) kind: Option<PolicyKind>,
    pub(crate) platform: Option<Platform>,
    /// The declared lists, with their formats as far as they are understood.
    pub(crate) lists: BTreeMap<String, Option<ListFormat>>,
    /// The lists that controls name.
    pub(crate) used_lists: BTreeSet<String>,
    /// The field that is being decoded: `controls.file_block.paths[0]`.
    field: String,
}

/// The pairs of a mapping that are wanted.
pub(crate) struct Fields<'n> {
    pub(crate) span: Span,
    pub(crate) by_key: BTreeMap<&'n str, &'n Pair>,
}

impl<'n> Fields<'n> {
    pub(crate) fn get(&self, key: &str) -> Option<&'n Pair> {
        self.by_key.get(key).copied()
    }

    /// The text of a scalar, whatever it means.
    pub(crate) fn word(&self, key: &str) -> Option<&'n str> {
        match &self.get(key)?.value.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// Those of some fields.
    pub(crate) fn only(&self, known: &[FieldSpec]) -> Fields<'n> {
        let is_known = |key: &str| known.iter().any(|field| field.name == key);
        let by_key = self.by_key.iter().filter(|(key, _)| is_known(key));
        Fields { span: self.span, by_key: by_key.map(|(key, pair)| (*key, *pair)).collect() }
    }

    /// No fields at all.
    pub(crate) fn none(span: Span) -> Fields<'n> {
        Fields { span, by_key: BTreeMap::new() }
    }
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(source: &'a Source, diagnostics: &'a mut Diagnostics) -> Decoder<'a> {
        Decoder {
            source,
            diagnostics,
            kind: None,
            platform: None,
            lists: BTreeMap::new(),
            used_lists: BTreeSet::new(),
            field: String::new(),
        }
    }

    /// A diagnostic about the field that is being decoded.
    pub(crate) fn about(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.source, span, message).in_field(self.field.clone())
    }

    pub(crate) fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        let diagnostic = self.about(code, span, message);
        self.diagnostics.push(diagnostic);
    }

    /// Does something about a field further in.
    pub(crate) fn within<T>(&mut self, key: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.field.len();
        if outer > 0 {
            self.field.push('.');
        }
        self.field.extend(key.chars().take(LONGEST_KEY_SHOWN));
        let result = work(self);
        self.field.truncate(outer);
        result
    }

    pub(crate) fn within_item<T>(&mut self, index: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.field.len();
        self.field.push_str(&format!("[{index}]"));
        let result = work(self);
        self.field.truncate(outer);
        result
    }

    /// A value of another type than wanted.
    pub(crate) fn mismatch(&mut self, node: &Node, expected: &str) {
        if let Some(diagnostic) = self.mismatched(node, expected) {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(crate) fn mismatched(&self, node: &Node, expected: &str) -> Option<Diagnostic> {
        let found = match &node.value {
            Value::Refused => return None,
            Value::Sequence(_) => "a list".to_string(),
            Value::Mapping(_) => "a mapping".to_string(),
            Value::Scalar(scalar) => match scalar.meaning() {
                Meaning::Text => format!("the text {}", quoted(&scalar.text)),
                Meaning::Nothing => "nothing".to_string(),
                Meaning::Boolean(_) => format!("the boolean {}", quoted(&scalar.text)),
                Meaning::Integer => format!("the number {}", quoted(&scalar.text)),
                Meaning::Doubtful => {
                    format!("{}, which is no text without quotes", quoted(&scalar.text))
                }
            },
        };
        let message = format!("expected {expected}, found {found}");
        Some(self.about(Code::WrongType, node.span, message).expecting(expected))
    }

    /// A mapping with these fields; others are reported.
    pub(crate) fn mapping<'n>(
        &mut self,
        node: &'n Node,
        known: &[FieldSpec],
        more: &[FieldSpec],
    ) -> Option<Fields<'n>> {
        let Value::Mapping(pairs) = &node.value else {
            self.mismatch(node, "a mapping");
            return None;
        };
        let names = || known.iter().chain(more).map(|field| field.name);
        let mut by_key = BTreeMap::new();
        for pair in pairs {
            if names().any(|name| name == pair.key) {
                by_key.insert(pair.key.as_str(), pair);
            } else {
                self.unknown_key(pair, pairs, names());
            }
        }
        Some(Fields { span: node.span, by_key })
    }

    /// A key that is none of `known`, among others.
    pub(crate) fn unknown_key<'k>(
        &mut self,
        pair: &Pair,
        all: &[Pair],
        known: impl Iterator<Item = &'k str>,
    ) {
        // A document of nothing else must not cost a comparison with every name.
        if self.diagnostics.is_full() {
            return;
        }
        self.within(&pair.key, |decoder| {
            let known: Vec<&str> = known.collect();
            let expected = alternatives(&known);
            let few = known.len() <= FEW_KEYS;
            let message = format!("unknown key {}", quoted(&pair.key));
            let diagnostic = decoder
                .about(Code::UnknownKey, pair.key_span, message)
                .expecting(expected.as_str())
                // What is there already was not meant.
                .suggesting(
                    &pair.key,
                    known.into_iter().filter(|name| !all.iter().any(|other| other.key == *name)),
                );
            let misplaced = CONTROLS.iter().any(|control| control.name == pair.key);
            decoder.diagnostics.push(match diagnostic.help {
                None if misplaced => diagnostic.with_help("controls stand under `controls`"),
                None if few && expected.is_empty() => diagnostic.with_help("leave it out"),
                None if few => diagnostic.with_help(format!("known here: {expected}")),
                _ => diagnostic,
            });
        });
    }

    /// The value of one field, or what its absence means.
    pub(crate) fn field<T: Decode>(
        &mut self,
        fields: &Fields<'_>,
        spec: &'static FieldSpec,
    ) -> Option<T> {
        self.within(spec.name, |decoder| {
            if let Some(pair) = fields.get(spec.name) {
                return T::decode(decoder, &pair.value, spec.shape);
            }
            let plain = |text: &str, quoted| {
                let text = text.to_string();
                let scalar = Scalar { text, quoted, verbatim: None, joined: false };
                Node { span: fields.span, value: Value::Scalar(scalar) }
            };
            let value = match spec.absent {
                Absent::Refused => {
                    let message = format!("`{}` is required", spec.name);
                    let diagnostic = decoder.about(Code::MissingField, fields.span, message);
                    decoder.diagnostics.push(match spec.shape {
                        Shape::Choice(words) => {
                            diagnostic.with_help(format!("write {}", alternatives(words)))
                        }
                        Shape::Integer { min, max } if min == max => {
                            diagnostic.with_help(format!("write {min}"))
                        }
                        _ => diagnostic,
                    });
                    return None;
                }
                Absent::Unset => return T::unset(),
                Absent::Scalar(text) => return T::decode(decoder, &plain(text, false), spec.shape),
                Absent::List(texts) => {
                    Value::Sequence(texts.iter().map(|text| plain(text, true)).collect())
                }
                Absent::Mapping => Value::Mapping(Vec::new()),
            };
            T::decode(decoder, &Node { span: fields.span, value }, spec.shape)
        })
    }

    /// A text that is not empty.
    ///
    /// * `instead` - what to write for what is none.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, instead: Instead) -> Option<&'n Scalar> {
        let scalar = self.any_text(node, instead)?;
        if scalar.text.is_empty() {
            self.report(Code::EmptyEntry, node.span, "an empty text");
            return None;
        }
        Some(scalar)
    }

    /// An entry of a list, or a name.
    pub(crate) fn entry<'n>(&mut self, node: &'n Node, instead: Instead) -> Option<&'n Scalar> {
        let scalar = self.text(node, instead)?;
        self.one_line(node, scalar)
    }

    fn one_line<'n>(&mut self, node: &Node, scalar: &'n Scalar) -> Option<&'n Scalar> {
        if scalar.joined {
            let message =
                format!("{} goes over several lines, which YAML joins", quoted(&scalar.text));
            let diagnostic = self.about(Code::EntryLines, node.span, message);
            let help = "write it on one line; several entries each begin with `- `";
            self.diagnostics.push(diagnostic.with_help(help));
            return None;
        }
        self.visible(node.span, &scalar.text).then_some(scalar)
    }

    /// Whether a text is one line of what can be seen.
    pub(crate) fn visible(&mut self, span: Span, text: &str) -> bool {
        let Some(unseen) = Unseen::of(text) else {
            return true;
        };
        let help = match unseen {
            Unseen::LineBreak => {
                "write each entry on a line of its own; in double quotes `\\n` is a line break, `\\\\n` is not"
            }
            Unseen::Control => {
                "leave it out; in double quotes `\\t` is such a character, `\\\\t` is not"
            }
            Unseen::Ends | Unseen::Inside => "leave it out",
        };
        let message = format!("{} {}", quoted(text), unseen.problem());
        let diagnostic = self.about(Code::EntryLines, span, message);
        self.diagnostics.push(diagnostic.with_help(help));
        false
    }

    fn any_text<'n>(&mut self, node: &'n Node, instead: Instead) -> Option<&'n Scalar> {
        let Value::Scalar(scalar) = &node.value else {
            self.mismatch(node, "a text");
            return None;
        };
        match scalar.meaning() {
            Meaning::Text => Some(scalar),
            Meaning::Nothing => {
                self.mismatch(node, "a text");
                None
            }
            _ => {
                let diagnostic = self.mismatched(node, "a text")?;
                self.diagnostics.push(match instead.advice(scalar) {
                    Some((help, better)) => diagnostic.with_help(help).replacing(better),
                    None => diagnostic,
                });
                None
            }
        }
    }

    /// A word out of a vocabulary, of which the shape allows some.
    fn word<T>(
        &mut self,
        node: &Node,
        shape: Shape,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let (Shape::Choice(words) | Shape::Choices(words)) = shape else {
            return None;
        };
        let text = &self.text(node, Instead::Nothing)?.text;
        if words.contains(&text.as_str()) {
            return parse(text.as_bytes());
        }
        let expected = alternatives(words);
        let message = format!("unknown value {}, expected {expected}", quoted(text));
        let diagnostic = self
            .about(Code::UnknownValue, node.span, message)
            .expecting(expected)
            .suggesting(text, words.iter().copied());
        self.diagnostics.push(diagnostic);
        None
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
        T::decode(decoder, node, shape).map(Some)
    }

    fn unset() -> Option<Self> {
        Some(None)
    }
}

impl<T: DecodeItem> Decode for Vec<T> {
    fn decode(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
        let Value::Sequence(nodes) = &node.value else {
            if let Some(diagnostic) = decoder.mismatched(node, "a list") {
                decoder.diagnostics.push(match &node.value {
                    Value::Scalar(scalar) => match scalar.meaning() {
                        Meaning::Nothing => diagnostic.with_help("write `[]` for an empty list"),
                        Meaning::Text if scalar.verbatim.is_some() && is_tame(&scalar.text) => {
                            let list = format!("[\"{}\"]", scalar.text);
                            diagnostic.with_help(format!("write {list}")).replacing(list)
                        }
                        _ => diagnostic.with_help("write it in brackets"),
                    },
                    _ => diagnostic,
                });
            }
            return None;
        };
        let mut items = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let item = decoder.within_item(index, |decoder| T::decode_item(decoder, node, shape));
            items.extend(item);
        }
        warn_of_duplicates(decoder, &items);
        (items.len() == nodes.len()).then_some(items)
    }
}

fn warn_of_duplicates<T: DecodeItem>(decoder: &mut Decoder<'_>, items: &[T]) {
    let mut sorted: Vec<(usize, &T)> = items.iter().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| a.compare(b));
    for pair in sorted.windows(2) {
        if let [(_, first), (index, second)] = pair
            && first.compare(second) == Ordering::Equal
        {
            let message = format!("the same entry as in line {}", first.span().line);
            decoder.within_item(*index, |decoder| {
                decoder.report(Code::DuplicateEntry, second.span(), message);
            });
        }
    }
}

impl Decode for bool {
    fn decode(decoder: &mut Decoder<'_>, node: &Node, _: Shape) -> Option<Self> {
        let Value::Scalar(scalar) = &node.value else {
            decoder.mismatch(node, "`true` or `false`");
            return None;
        };
        if let Meaning::Boolean(value) = scalar.meaning() {
            return Some(value);
        }
        let meant = match scalar.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true"),
            "false" | "no" | "off" => Some("false"),
            _ => None,
        };
        let diagnostic = decoder.mismatched(node, "`true` or `false`")?;
        decoder.diagnostics.push(match meant {
            Some(meant) => {
                let help = format!("write {meant}, without quotes");
                diagnostic.with_help(help).replacing(meant)
            }
            None => diagnostic,
        });
        None
    }
}

impl Decode for u64 {
    fn decode(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
        match shape {
            Shape::Duration => number::duration(decoder, node),
            Shape::Timestamp => number::timestamp(decoder, node),
            Shape::Integer { min, max } => number::integer(decoder, node, min, max),
            _ => None,
        }
    }
}

impl Decode for Entry {
    fn decode(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
        let scalar = match shape {
            Shape::Line => decoder.entry(node, Instead::Quotes)?,
            _ => decoder.text(node, Instead::Quotes)?,
        };
        Some(Entry { text: scalar.text.clone(), span: node.span })
    }
}

impl DecodeItem for Entry {
    fn decode_item(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
        let item = match shape {
            Shape::List(item) => item,
            _ => return None,
        };
        let instead = Instead::of(item, decoder.platform);
        // The default value of a registry key has the empty name.
        let scalar = match item {
            Item::RegistryValue => {
                let scalar = decoder.any_text(node, instead)?;
                decoder.one_line(node, scalar)?
            }
            _ => decoder.entry(node, instead)?,
        };
        if !space(decoder, item, node.span, &scalar.text) {
            return None;
        }
        let hash =
            scalar.text.len() == 64 && scalar.text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if item == Item::Sha256 && !hash {
            let message = format!("{} is not a SHA-256 hash", quoted(&scalar.text));
            let diagnostic = decoder
                .about(Code::HashSyntax, node.span, message)
                .expecting("64 hexadecimal digits")
                .with_help("write 64 hexadecimal digits");
            decoder.diagnostics.push(diagnostic);
            return None;
        }
        if item == Item::ListName && !decoder.lists.contains_key(&scalar.text) {
            let message = format!("no list {} is declared under `lists`", quoted(&scalar.text));
            let names = decoder.lists.keys().map(String::as_str);
            let diagnostic = decoder.about(Code::UnknownList, node.span, message);
            let diagnostic = diagnostic.suggesting(&scalar.text, names);
            decoder.diagnostics.push(diagnostic);
            return None;
        }
        if item == Item::ListName {
            decoder.used_lists.insert(scalar.text.clone());
        }
        Some(Entry { text: scalar.text.clone(), span: node.span })
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }

    fn span(&self) -> Span {
        self.span
    }
}

impl DecodeItem for PrincipalEntry {
    fn decode_item(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
        let item = match shape {
            Shape::List(item) => item,
            _ => return None,
        };
        PrincipalEntry::decode(decoder, node, item)
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }

    fn span(&self) -> Span {
        self.entry.span
    }
}

impl DecodeItem for PortRange {
    fn decode_item(decoder: &mut Decoder<'_>, node: &Node, _: Shape) -> Option<Self> {
        number::ports(decoder, node)
    }

    fn compare(&self, other: &Self) -> Ordering {
        (self.first, self.last).cmp(&(other.first, other.last))
    }

    fn span(&self) -> Span {
        self.span
    }
}

impl Decode for Scope {
    fn decode(decoder: &mut Decoder<'_>, node: &Node, _: Shape) -> Option<Self> {
        let scalar = decoder.text(node, Instead::Nothing)?;
        let inner = node.span.column + scalar.verbatim.unwrap_or(0);
        let start = Span { column: inner, ..node.span };
        match Scope::new(decoder.source, &scalar.text, start) {
            // YAML joins lines with spaces: one of a text may be of a line's end.
            Ok(scope) if scalar.joined && scope.expression.any_glob(&|glob| glob.contains(' ')) => {
                let message = "a text with a space in a scope of lines that YAML joins";
                let diagnostic = decoder.about(Code::EntryLines, node.span, message);
                let help = "write the scope on one line, or its lines behind `|`, which joins none";
                decoder.diagnostics.push(diagnostic.with_help(help));
                None
            }
            Ok(scope) => Some(Scope { span: node.span, ..scope }),
            Err(diagnostic) => {
                let mut diagnostic = diagnostic.in_field(decoder.field.clone());
                if scalar.verbatim.is_none() {
                    // Escapes come between: only the whole can be pointed at.
                    diagnostic.column = node.span.column;
                    diagnostic.length = node.span.length;
                    diagnostic.replacement = None;
                }
                decoder.diagnostics.push(diagnostic);
                None
            }
        }
    }
}

/// Lets words of a vocabulary stand in fields and lists.
macro_rules! words {
    ($($name:ty),+ $(,)?) => {
        $(
            impl Decode for $name {
                fn decode(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
                    decoder.word(node, shape, <$name>::parse)
                }
            }

            impl DecodeItem for Located<$name> {
                fn decode_item(decoder: &mut Decoder<'_>, node: &Node, shape: Shape) -> Option<Self> {
                    let value = <$name as Decode>::decode(decoder, node, shape)?;
                    Some(Located { value, span: node.span })
                }

                fn compare(&self, other: &Self) -> Ordering {
                    self.value.cmp(&other.value)
                }

                fn span(&self) -> Span {
                    self.span
                }
            }
        )+
    };
}

words! {
    crate::event::Direction, crate::event::FileOperation, crate::event::Kind, crate::event::Protocol,
    crate::event::RegistryOperation, super::control::DecoyPlace, super::control::LoginKey,
    super::control::MalwareResponse, super::control::QuarantineActor, ListFormat,
    super::ListMatch, super::Mode, Platform, PolicyKind, super::Severity,
}

/// Whether a text may stand in double quotes as it is, in YAML and in JSON.
fn is_tame(text: &str) -> bool {
    text.len() <= 80 && !text.chars().any(|one| one == '"' || one == '\\' || one.is_control())
}

const LONGEST_KEY_SHOWN: usize = 80;
/// A mapping with more keys is better read about than listed.
const FEW_KEYS: usize = 12;
