//! Several diagnostics, and how many of them are kept.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Code, Diagnostic, Severity};

/// Several diagnostics, errors and warnings, in the order of the document.
///
/// At most [`Diagnostics::LIMIT`] of each severity are kept, and one more that
/// says so.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
}

impl Diagnostics {
    /// How many of each severity are kept.
    pub const LIMIT: usize = 100;

    /// None yet.
    pub const fn new() -> Diagnostics {
        Diagnostics { list: Vec::new(), errors: 0, warnings: 0 }
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let count = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= Diagnostics::LIMIT {
            self.list.push(diagnostic);
        } else if *count == Diagnostics::LIMIT + 1 {
            let message = format!(
                "more than {} {}s, the rest is not listed",
                Diagnostics::LIMIT,
                diagnostic.severity
            );
            self.list.push(Diagnostic {
                code: Code::TooManyDiagnostics,
                message,
                field: String::new(),
                expected: None,
                help: None,
                replacement: None,
                ..diagnostic
            });
        }
    }

    /// Adds those of another policy or step.
    pub fn append(&mut self, other: Diagnostics) {
        for diagnostic in other.list {
            self.push(diagnostic);
        }
    }

    /// Puts those of one document in the order of the document.
    #[cfg(feature = "text")]
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|one| (one.code == Code::TooManyDiagnostics, one.line, one.column));
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether further errors are only counted, so that nobody need word them.
    #[cfg(feature = "text")]
    pub(crate) fn is_full(&self) -> bool {
        self.errors > Diagnostics::LIMIT
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// All of them, one after another.
    pub fn iter(&self) -> core::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = core::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = alloc::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl fmt::Display for Diagnostics {
    /// One line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::source::{Source, Span};

    #[test]
    fn the_number_kept_is_bounded() {
        let source = Source { name: "policy.yaml".into() };
        let mut all = Diagnostics::new();
        for line in 0..1_000 {
            let span = Span { line, column: 9, length: 5 };
            all.push(Diagnostic::new(Code::UnknownKey, &source, span, "unknown key `pathz`"));
        }
        assert_eq!(all.as_slice().len(), Diagnostics::LIMIT + 1);
        assert_eq!(all.as_slice().last().map(|d| d.code), Some(Code::TooManyDiagnostics));
    }
}
