//! Diagnostics: what is wrong with a policy, where, and what to write instead.
//!
//! Every code is declared once, in `code`, and explained in `docs/errors.md`.

mod code;
mod several;
mod words;

pub use code::{Code, Severity};
pub use several::Diagnostics;
#[cfg(feature = "text")]
pub(crate) use words::alternatives;
pub(crate) use words::{closest, quoted};

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::policy::source::{Source, Span};

/// One thing that is wrong.
///
/// Printed on one line, whatever the policy holds:
/// ``policy.yaml:14:9: error[unknown-key]: controls.file_block.pathz: unknown key `pathz`; did you mean `paths`?``
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What kind of thing.
    pub code: Code,
    /// Whether it refuses the policy.
    pub severity: Severity,
    /// What is wrong here: lower case, no final period, the author's words in
    /// backticks.
    pub message: String,
    /// The name of the document.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// In characters.
    pub length: u32,
    /// Which field, such as `controls.file_block.paths[0]`; empty for the
    /// document itself.
    pub field: String,
    /// What may stand here.
    pub expected: Option<Box<str>>,
    /// What to do about it.
    pub help: Option<Box<str>>,
    /// What to write in the place of the `length` characters, word for word,
    /// where that is known.
    pub replacement: Option<Box<str>>,
}

impl Diagnostic {
    /// A diagnostic about a place in a policy.
    pub fn new(code: Code, source: &Source, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            message: message.into(),
            file: source.name.clone(),
            line: span.line,
            column: span.column,
            length: span.length,
            field: String::new(),
            expected: None,
            help: None,
            replacement: None,
        }
    }

    /// Says which field.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<String>) -> Diagnostic {
        self.field = field.into();
        self
    }

    /// Says what may stand here.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<Box<str>>) -> Diagnostic {
        self.expected = Some(expected.into());
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<Box<str>>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Says what to write in the place of the whole span.
    #[must_use]
    pub fn replacing(mut self, replacement: impl Into<Box<str>>) -> Diagnostic {
        self.replacement = Some(replacement.into());
        self
    }

    /// Says what to write in the place of the word that the span is, which may
    /// stand in quotes there.
    #[must_use]
    pub(crate) fn replacing_word(self, word: &str, better: &str) -> Diagnostic {
        let (written, plain) = (self.length as usize, word.chars().count());
        if written == plain {
            self.replacing(better)
        } else if written == plain + 2 && !better.contains(['"', '\\']) {
            self.replacing(format!("\"{better}\""))
        } else {
            self
        }
    }

    /// Adds "did you mean" if one of `known` is near to `word`.
    #[must_use]
    pub fn suggesting<'k>(
        self,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Diagnostic {
        match closest(word, known) {
            Some(near) => {
                self.with_help(format!("did you mean `{near}`?")).replacing_word(word, near)
            }
            None => self,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = OneLine(f);
        let (severity, code) = (self.severity, self.code);
        fmt::write(
            &mut line,
            format_args!("{}:{}:{}: {severity}[{code}]: ", self.file, self.line, self.column),
        )?;
        if !self.field.is_empty() {
            fmt::write(&mut line, format_args!("{}: ", self.field))?;
        }
        fmt::write(&mut line, format_args!("{}", self.message))?;
        match &self.help {
            Some(help) => fmt::write(&mut line, format_args!("; {help}")),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Diagnostic {}

/// Escapes what would break the line, or reorder it on a terminal.
struct OneLine<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        fmt::Display::fmt(&Visible(text), self.0)
    }
}

/// A text with nothing in it that a terminal would not show as it is: control
/// characters, line breaks and marks of the direction of writing are escaped.
#[derive(Clone, Copy, Debug)]
pub struct Visible<'a>(pub &'a str);

impl Visible<'_> {
    /// Whether a character is one that is escaped.
    pub fn hides(character: char) -> bool {
        is_hidden(character) || character.is_control()
    }
}

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if Visible::hides(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_str(character.encode_utf8(&mut [0; 4]))?;
            }
        }
        Ok(())
    }
}

/// Characters that show nothing, and marks of the direction of writing.
pub(crate) fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn sample() -> Diagnostic {
        let source = Source { name: "policy.yaml".to_string() };
        let span = Span { line: 14, column: 9, length: 5 };
        Diagnostic::new(Code::UnknownKey, &source, span, "unknown key `pathz`")
    }

    #[test]
    fn prints_as_documented() {
        let diagnostic =
            sample().in_field("controls.file_block.pathz").suggesting("pathz", ["paths"]);
        assert_eq!(
            diagnostic.to_string(),
            "policy.yaml:14:9: error[unknown-key]: controls.file_block.pathz: unknown key `pathz`; did you mean `paths`?"
        );
    }

    #[test]
    fn a_line_stays_a_line() {
        let mut diagnostic = sample();
        diagnostic.message = "a\nb\u{1b}[2J\u{202e}".to_string();
        let text = diagnostic.to_string();
        assert!(text.ends_with(r"a\nb\u{1b}[2J\u{202e}"), "{text}");
    }
}
