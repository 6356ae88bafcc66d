//! Several diagnostics, and how many of them are kept.
//!
//! So many of each document, and of each list so many lines, which are somebody
//! else's: what is wrong with one hides nothing about another.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Code, Diagnostic, Severity};
use crate::hash::hash;

/// Several diagnostics, errors and warnings, in the order of the document.
///
/// Of each severity at most [`Diagnostics::LIMIT`] about a document are kept, and one
/// more that says so; of the lines of a list at most [`Diagnostics::LINES`], and one more
/// that says how many there are besides. Of all documents together as of all lists,
/// [`Diagnostics::MOST`] are kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    lines: usize,
    /// How many there are about each document.
    documents: BTreeMap<(String, Severity), usize>,
    /// By the file and the field that names the list.
    lists: BTreeMap<(String, String), Lines>,
}

/// The lines of a list that something is wrong with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Lines {
    listed: usize,
    /// Hashes of the others: policies that share a list read it more than once.
    others: BTreeSet<u64>,
    notice: Notice,
}

/// What tells how many others there are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Notice {
    #[default]
    None,
    /// Where it stands.
    At(usize),
    /// There was no room for it.
    Dropped,
}

impl Diagnostics {
    /// How many of each severity are kept about one document.
    pub const LIMIT: usize = 100;

    /// How many lines of one list are told one by one.
    pub const LINES: usize = 20;

    /// How many of each severity, and how many lines, are kept in all.
    pub const MOST: usize = 5_000;

    /// None yet.
    pub const fn new() -> Diagnostics {
        Diagnostics {
            list: Vec::new(),
            errors: 0,
            warnings: 0,
            lines: 0,
            documents: BTreeMap::new(),
            lists: BTreeMap::new(),
        }
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.code == Code::ListLine {
            return self.push_line(diagnostic);
        }
        let document = (diagnostic.file.clone(), diagnostic.severity);
        let count = self.documents.entry(document).or_default();
        *count += 1;
        if *count <= Diagnostics::LIMIT {
            self.keep(diagnostic, false);
        } else if *count == Diagnostics::LIMIT + 1 {
            self.keep(too_many(diagnostic, Diagnostics::LIMIT), false);
        }
    }

    fn push_line(&mut self, diagnostic: Diagnostic) {
        let list = (diagnostic.file.clone(), diagnostic.field.clone());
        let lines = self.lists.entry(list).or_default();
        if lines.listed < Diagnostics::LINES {
            lines.listed += 1;
            self.keep(diagnostic, true);
        } else {
            let line = hash(u64::from(diagnostic.line), diagnostic.message.as_bytes());
            self.count_lines(diagnostic, [line]);
        }
    }

    /// Counts lines that are not listed, the first of which is `first`.
    fn count_lines(&mut self, first: Diagnostic, others: impl IntoIterator<Item = u64>) {
        let list = (first.file.clone(), first.field.clone());
        let lines = self.lists.entry(list.clone()).or_default();
        lines.others.extend(others);
        let count = lines.others.len();
        let message =
            || format!("{count} more lines of this list draw warnings, which are not listed");
        match lines.notice {
            Notice::Dropped => {}
            Notice::At(place) => {
                if let Some(told) = self.list.get_mut(place) {
                    told.message = message();
                }
            }
            Notice::None => {
                let place = self.list.len();
                let code = Code::TooManyDiagnostics;
                let told = Diagnostic { code, message: message(), ..first };
                let told = told.with_help("often they have one cause, such as another format");
                let notice = match self.keep(told, true) {
                    true => Notice::At(place),
                    false => Notice::Dropped,
                };
                self.lists.entry(list).or_default().notice = notice;
            }
        }
    }

    /// Adds one if there is room; whether there was.
    fn keep(&mut self, diagnostic: Diagnostic, of_list: bool) -> bool {
        let kept = match diagnostic.severity {
            Severity::Warning if of_list => &mut self.lines,
            Severity::Warning => &mut self.warnings,
            Severity::Error => &mut self.errors,
        };
        *kept += 1;
        if *kept <= Diagnostics::MOST {
            self.list.push(diagnostic);
        } else if *kept == Diagnostics::MOST + 1 {
            self.list.push(too_many(diagnostic, Diagnostics::MOST));
        }
        *kept <= Diagnostics::MOST
    }

    /// Adds those of another policy or step.
    pub fn append(&mut self, other: Diagnostics) {
        let Diagnostics { list, mut lists, .. } = other;
        for diagnostic in list {
            let about = (diagnostic.file.clone(), diagnostic.field.clone());
            match lists.get_mut(&about) {
                Some(lines) if diagnostic.code == Code::TooManyDiagnostics => {
                    self.count_lines(diagnostic, core::mem::take(&mut lines.others));
                }
                _ => self.push(diagnostic),
            }
        }
    }

    /// Puts those of one document, which has no lines of lists, in the order of the
    /// document.
    #[cfg(feature = "text")]
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|one| (one.code == Code::TooManyDiagnostics, one.line, one.column));
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether further errors about the one document are only counted, so that nobody
    /// need word them.
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

/// What stands in the place of all that follow.
fn too_many(next: Diagnostic, limit: usize) -> Diagnostic {
    let message = format!("more than {limit} {}s, the rest is not listed", next.severity);
    Diagnostic {
        code: Code::TooManyDiagnostics,
        message,
        field: String::new(),
        expected: None,
        help: None,
        replacement: None,
        ..next
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

    fn sample(code: Code, file: &str, line: u32) -> Diagnostic {
        let source = Source { name: file.into() };
        let span = Span { line, column: 1, length: 1 };
        Diagnostic::new(code, &source, span, "it is wrong").in_field("lists[0]")
    }

    /// Code, file and message of the last one.
    fn last(all: &Diagnostics) -> (Code, &str, &str) {
        let last = all.as_slice().last().unwrap();
        (last.code, &last.file, &last.message)
    }

    #[test]
    fn the_number_kept_is_bounded() {
        let mut all = Diagnostics::new();
        for line in 0..1_000 {
            all.push(sample(Code::UnknownKey, "a", line));
        }
        assert_eq!(all.as_slice().len(), Diagnostics::LIMIT + 1);
        assert_eq!(
            last(&all),
            (Code::TooManyDiagnostics, "a", "more than 100 errors, the rest is not listed")
        );
    }

    #[test]
    fn a_document_hides_nothing_of_another() {
        let mut all = Diagnostics::new();
        for line in 0..1_000 {
            all.push(sample(Code::UnknownKey, "a", line));
            all.push(sample(Code::Swallowed, "b", line));
        }
        all.push(sample(Code::UnknownKey, "b", 1));
        assert_eq!(last(&all).0, Code::UnknownKey);
        all.push(sample(Code::Swallowed, "a", 1));
        assert_eq!(last(&all).0, Code::Swallowed);
    }

    #[test]
    fn documents_without_end_are_bounded() {
        let mut all = Diagnostics::new();
        for document in 0..10_000 {
            all.push(sample(Code::Swallowed, &format!("{document}"), 1));
            all.push(sample(Code::ListLine, &format!("{document}"), 1));
        }
        assert_eq!(all.as_slice().len(), 2 * (Diagnostics::MOST + 1));
        all.push(sample(Code::UnknownKey, "a", 1));
        assert_eq!(last(&all).0, Code::UnknownKey);
    }

    #[test]
    fn lines_of_a_list_are_counted_and_hide_nothing() {
        let mut all = Diagnostics::new();
        for line in 0..1_000 {
            all.push(sample(Code::ListLine, "feed", line));
        }
        assert_eq!(all.as_slice().len(), Diagnostics::LINES + 1);
        let rest = "980 more lines of this list draw warnings, which are not listed";
        assert_eq!(last(&all), (Code::TooManyDiagnostics, "feed", rest));
        all.push(sample(Code::ListLine, "other", 1));
        assert_eq!(last(&all).1, "other");
        assert!(!all.has_errors());
    }

    #[test]
    fn a_line_that_is_read_again_counts_once() {
        let mut all = Diagnostics::new();
        for line in (0..50).chain(20..50) {
            all.push(sample(Code::ListLine, "feed", line));
        }
        assert!(last(&all).2.starts_with("30 more lines"), "{all}");
        let mut sum = Diagnostics::new();
        sum.append(all.clone());
        assert_eq!(sum, all);
    }
}
