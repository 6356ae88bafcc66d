//! YAML 1.2 to a tree: the plain part of it, without anchors, aliases, tags,
//! merge keys, directives and further documents.
//!
//! Built from parser events without recursion, so that depth costs no stack.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError};

use super::source::{Source, Span};
use super::tree::{MAX_DEPTH, MAX_VALUES, Node, Pairs, Scalar, Value, check_scalar};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Reads one document. `None` if there is none, or if it had to be left in the
/// middle; what is wrong is in `diagnostics` then.
pub(crate) fn read(text: &str, source: &Source, diagnostics: &mut Diagnostics) -> Option<Node> {
    if let Some(place) = unprintable(text) {
        diagnostics.push(
            Diagnostic::new(Code::YamlSyntax, source, place, "a control character")
                .with_help("write it as an escape in double quotes"),
        );
        return None;
    }
    let options = granit_parser::options! {
        strict_indentation: true,
        disallow_directives: true,
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        // It reads ahead of its events, and may find depth before we do.
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder =
        Builder { text, source, diagnostics, open: Vec::new(), root: None, values: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        let went_on = match event {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => Err(syntax(&error, text, source)),
        };
        if let Err(diagnostic) = went_on {
            builder.diagnostics.push(diagnostic);
            return None;
        }
    }
    builder.root
}

/// What is being read: the collections that are open, outermost first.
struct Builder<'a> {
    text: &'a str,
    source: &'a Source,
    diagnostics: &'a mut Diagnostics,
    open: Vec<Open>,
    root: Option<Node>,
    values: usize,
}

enum Open {
    Sequence { span: Span, items: Vec<Node> },
    Mapping { span: Span, pairs: Pairs, key: Key },
}

/// What a mapping waits for.
enum Key {
    /// A key.
    Awaited,
    /// The value of this key.
    Given(Scalar, Span),
    /// The value of a key that was refused.
    Refused,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: granit_parser::Span) -> Result<(), Diagnostic> {
        let tag = match &event {
            Event::Scalar(_, _, _, tag)
            | Event::SequenceStart(_, _, tag)
            | Event::MappingStart(_, _, tag) => tag.is_some(),
            _ => false,
        };
        if tag {
            let place = at.tag_span().map_or(opening(&at), |tag| extent(&tag));
            let help = "leave it out, or quote a text that begins with `!`";
            self.refuse(Code::YamlTag, place, "tags are not accepted", help);
        }
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let message = "a second document, a file holds one policy";
                Err(Diagnostic::new(Code::SecondDocument, self.source, opening(&at), message))
            }
            Event::Scalar(text, style, ..) => {
                let (scalar, span) = self.scalar(text.into_owned(), style, &at);
                self.scalar_node(scalar, span)
            }
            Event::SequenceStart(..) => {
                self.enter(Open::Sequence { span: opening(&at), items: Vec::new() })
            }
            Event::MappingStart(..) => self.enter(Open::Mapping {
                span: opening(&at),
                pairs: Pairs::default(),
                key: Key::Awaited,
            }),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::Sequence { span, items }) => {
                    self.node(Node { span, value: Value::Sequence(items) })
                }
                Some(Open::Mapping { span, pairs, .. }) => {
                    self.node(Node { span, value: Value::Mapping(pairs.finish()) })
                }
                None => Ok(()),
            },
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(
                    Code::YamlAlias,
                    extent(&at),
                    "aliases are not accepted",
                    "repeat the value, or quote a pattern that begins with `*`",
                );
                self.node(Node { span: extent(&at), value: Value::Refused })
            }
            Event::Anchor(..) => {
                self.refuse(
                    Code::YamlAnchor,
                    extent(&at),
                    "anchors are not accepted",
                    "leave it out",
                );
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn refuse(&mut self, code: Code, span: Span, message: &str, help: &str) {
        self.diagnostics.push(Diagnostic::new(code, self.source, span, message).with_help(help));
    }

    fn scalar(&self, text: String, style: ScalarStyle, at: &granit_parser::Span) -> (Scalar, Span) {
        let written = at.slice(self.text).unwrap_or("");
        let (quoted, indent) = match style {
            // The parser says `~` where nothing is written.
            ScalarStyle::Plain if written.is_empty() => {
                return (
                    Scalar { text: String::new(), quoted: false, verbatim: None, joined: false },
                    opening(at),
                );
            }
            ScalarStyle::Plain => (false, 0),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => (true, 1),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let joined = style == ScalarStyle::Folded && written.trim().lines().count() > 1;
                return (Scalar { text, quoted: true, verbatim: None, joined }, opening(at));
            }
        };
        let inner = written.get(indent..written.len().saturating_sub(indent));
        let verbatim = (inner == Some(text.as_str())).then_some(indent as u32);
        let joined = written.contains(['\n', '\r']);
        (Scalar { text, quoted, verbatim, joined }, extent(at))
    }

    fn scalar_node(&mut self, scalar: Scalar, span: Span) -> Result<(), Diagnostic> {
        let checked = check_scalar(&scalar, span, self.source);
        if let Some(Open::Mapping { key: key @ Key::Awaited, .. }) = self.open.last_mut() {
            *key = match checked {
                Ok(()) if scalar.text == "<<" && !scalar.quoted => {
                    let message = "merge keys are not accepted";
                    self.diagnostics.push(
                        Diagnostic::new(Code::YamlMergeKey, self.source, span, message)
                            .with_help("write the fields where they are used"),
                    );
                    Key::Refused
                }
                Ok(()) => Key::Given(scalar, span),
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic);
                    Key::Refused
                }
            };
            return Ok(());
        }
        let value = match checked {
            Ok(()) => Value::Scalar(scalar),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                Value::Refused
            }
        };
        self.node(Node { span, value })
    }

    fn enter(&mut self, open: Open) -> Result<(), Diagnostic> {
        let (Open::Sequence { span, .. } | Open::Mapping { span, .. }) = open;
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(self.source, span));
        }
        self.open.push(open);
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn node(&mut self, node: Node) -> Result<(), Diagnostic> {
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("more than {MAX_VALUES} values");
            return Err(Diagnostic::new(Code::TooLarge, self.source, node.span, message));
        }
        match self.open.last_mut() {
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { pairs, key, .. }) => match core::mem::replace(key, Key::Awaited) {
                Key::Awaited => {
                    *key = Key::Refused;
                    let message = "a list or mapping as a key, only texts are accepted";
                    self.diagnostics.push(Diagnostic::new(
                        Code::YamlSyntax,
                        self.source,
                        node.span,
                        message,
                    ));
                }
                Key::Given(text, span) => {
                    pairs.add(text, span, node, self.source, self.diagnostics)
                }
                Key::Refused => {}
            },
            None => self.root = Some(node),
        }
        Ok(())
    }
}

fn syntax(error: &ScanError, text: &str, source: &Source) -> Diagnostic {
    let marker = error.marker();
    let span = Span { line: marker.line() as u32, column: marker.col() as u32 + 1, length: 1 };
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => too_deep(source, span),
        ErrorKind::DirectiveDisallowed => {
            Diagnostic::new(Code::YamlDirective, source, span, "directives are not accepted")
                .with_help("leave it out, YAML 1.2 is meant anyway")
        }
        kind => {
            let diagnostic = Diagnostic::new(Code::YamlSyntax, source, span, format!("{kind}"));
            match likely_reason(text, span) {
                Some(help) => diagnostic.with_help(help),
                None => diagnostic,
            }
        }
    }
}

/// What the character at which YAML gave up most often means. A parser that
/// found no sense in a document cannot know; hints cost nothing.
fn likely_reason(text: &str, at: Span) -> Option<&'static str> {
    let line = text.lines().nth(at.line as usize - 1)?;
    let before = line.chars().take(at.column as usize - 1);
    if before.clone().chain(line.chars().nth(at.column as usize - 1)).any(|one| one == '\t') {
        return Some("indent with spaces, YAML takes no tabs there");
    }
    match line.chars().nth(at.column as usize - 1)? {
        '%' | '@' | '`' => Some("quote a text that begins with this character"),
        ':' => Some("quote a text with `: ` in it"),
        _ if before.clone().count() > 0 && before.clone().all(|one| one == ' ') => {
            Some("is the line indented like those that it belongs to?")
        }
        _ => None,
    }
}

fn too_deep(source: &Source, span: Span) -> Diagnostic {
    let message = format!("nested more than {MAX_DEPTH} deep");
    Diagnostic::new(Code::TooDeep, source, span, message)
}

/// All of a token.
fn extent(at: &granit_parser::Span) -> Span {
    let length = at.end.index().saturating_sub(at.start.index());
    Span { length: length.max(1) as u32, ..opening(at) }
}

/// The first character of a token.
fn opening(at: &granit_parser::Span) -> Span {
    Span { line: at.start.line() as u32, column: at.start.col() as u32 + 1, length: 1 }
}

/// The first character that YAML documents may not hold (YAML 1.2.2 §5.1).
fn unprintable(text: &str) -> Option<Span> {
    let refused = |character: char| matches!(character, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    let offset = text.find(refused)?;
    Some(super::tree::Cursor::new(text).span(offset, offset))
}
