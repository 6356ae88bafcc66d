//! A scope expression as tokens, and what is wrong with one.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter::Peekable;
use core::str::CharIndices;

use super::scope_text::Quoted;
use super::visible::{Unseen, has_outer_space};
use crate::diagnostic::{Code, quoted};

/// What is wrong with an expression, and where in it.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct ScopeError {
    pub(super) code: Code,
    /// In characters from the start.
    pub(super) offset: u32,
    pub(super) length: u32,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) replacement: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) offset: u32,
    pub(super) length: u32,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Name(String),
    Text(String),
    Sign(&'static str),
    End,
}

impl Token {
    pub(super) fn unexpected(&self, expected: &str) -> ScopeError {
        let found = match &self.kind {
            Kind::Name(name) => quoted(name),
            Kind::Text(text) => format!("the text {}", quoted(text)),
            Kind::Sign(sign) => quoted(sign),
            Kind::End => "the end".to_string(),
        };
        let (help, replacement) = match &self.kind {
            Kind::Name(name) => match name.to_ascii_lowercase().as_str() {
                "and" => (Some("write && for and"), Some("&&")),
                "or" => (Some("write || for or"), Some("||")),
                "not" => (Some("write ! for not"), Some("!")),
                _ if expected.contains("text") => (Some("put texts in double quotes"), None),
                _ => (None, None),
            },
            _ => (None, None),
        };
        let message = format!("expected {expected}, found {found}");
        ScopeError { replacement: replacement.map(str::to_string), ..self.error(message, help) }
    }

    /// Refuses a text that no attribute has.
    pub(super) fn can_be_meant(&self, text: &str) -> Result<(), ScopeError> {
        if let Some(unseen) = Unseen::of(text) {
            let message = format!("{} {}", quoted(text), unseen.problem());
            let error = self.error(message, Some("leave it out"));
            return Err(ScopeError { code: Code::EntryLines, ..error });
        }
        if has_outer_space(text) {
            let message = format!("{} begins or ends with a space", quoted(text));
            let error = self.error(message, Some("leave it out"));
            return Err(match text.trim() {
                "" => error,
                better => ScopeError { replacement: Some(Quoted(better).to_string()), ..error },
            });
        }
        Ok(())
    }

    pub(super) fn error(&self, message: String, help: Option<&str>) -> ScopeError {
        ScopeError {
            code: Code::ScopeSyntax,
            offset: self.offset,
            length: self.length.max(1),
            message,
            help: help.map(str::to_string),
            replacement: None,
        }
    }
}

/// Cuts an expression into tokens; the last is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ScopeError> {
    const SIGNS: [&str; 10] = ["==", "!=", "&&", "||", "!", "(", ")", "[", "]", ","];
    let mut tokens = Vec::new();
    let mut characters = Characters { inner: text.char_indices().peekable(), offset: 0 };
    while let Some((at, character)) = characters.peek() {
        let start = characters.offset;
        let token = |kind, characters: &Characters<'_>| Token {
            kind,
            offset: start,
            length: characters.offset - start,
        };
        let rest = text.get(at..).unwrap_or("");
        if character.is_ascii_whitespace() {
            characters.next();
        } else if character == '"' {
            characters.next();
            let value = string(&mut characters, start)?;
            tokens.push(token(Kind::Text(value), &characters));
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            sign.chars().for_each(|_| characters.next());
            tokens.push(token(Kind::Sign(sign), &characters));
        } else if character.is_ascii_alphabetic() || character == '_' {
            let length = rest.bytes().take_while(|&byte| is_name(byte)).count();
            let name = rest.get(..length).unwrap_or("");
            (0..length).for_each(|_| characters.next());
            let name = token(Kind::Name(name.to_string()), &characters);
            if matches!(&name.kind, Kind::Name(text) if text.ends_with('.') || text.contains(".."))
            {
                return Err(name.error("an attribute with an empty part".to_string(), None));
            }
            tokens.push(name);
        } else {
            let wrong = Token { kind: Kind::End, offset: start, length: 1 };
            let (help, replacement) = match character {
                '=' => (Some("write == to compare"), Some("==")),
                '&' => (Some("write && for and"), Some("&&")),
                '|' => (Some("write || for or"), Some("||")),
                '\'' => (Some("put texts in double quotes"), None),
                _ => (None, None),
            };
            let message = format!("unexpected {}", quoted(&character.to_string()));
            let replacement = replacement.map(str::to_string);
            return Err(ScopeError { replacement, ..wrong.error(message, help) });
        }
    }
    tokens.push(Token { kind: Kind::End, offset: characters.offset, length: 1 });
    Ok(tokens)
}

/// The rest of a string after its opening quote.
fn string(characters: &mut Characters<'_>, start: u32) -> Result<String, ScopeError> {
    let mut value = String::new();
    loop {
        let at = characters.offset;
        let next = characters.peek();
        characters.next();
        match next {
            Some((_, '"')) => return Ok(value),
            Some((_, '\\')) => {
                let escaped = characters.peek();
                characters.next();
                match escaped {
                    Some((_, escaped)) if is_escaped(escaped) => value.push(escaped),
                    _ => {
                        let wrong = Token { kind: Kind::End, offset: at, length: 2 };
                        let message = "an unknown escape".to_string();
                        return Err(wrong.error(message, Some(r"write \\ for a backslash")));
                    }
                }
            }
            Some((_, character)) if is_escaped(character) => {
                let wrong = Token { kind: Kind::End, offset: at, length: 1 };
                let message = format!("`{character}` in a text, which knows `*` and `?` only");
                let help = format!(
                    "write alternatives with `||` or as in [\"a\", \"b\"]; \\{character} is the character itself"
                );
                return Err(wrong.error(message, Some(&help)));
            }
            Some((_, character)) => value.push(character),
            None => {
                let wrong = Token { kind: Kind::End, offset: start, length: 1 };
                return Err(wrong.error("a text without closing quote".to_string(), None));
            }
        }
    }
}

/// Whether a text needs a backslash before a character.
pub(super) const fn is_escaped(character: char) -> bool {
    matches!(character, '"' | '\\' | '[' | ']' | '{' | '}')
}

struct Characters<'t> {
    inner: Peekable<CharIndices<'t>>,
    offset: u32,
}

impl Characters<'_> {
    fn peek(&mut self) -> Option<(usize, char)> {
        self.inner.peek().copied()
    }

    fn next(&mut self) {
        if self.inner.next().is_some() {
            self.offset += 1;
        }
    }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
