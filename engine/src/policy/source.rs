//! Where things stand in a policy's text: spans, and values that carry one.

use alloc::string::String;
use core::fmt;

/// The document a policy was read from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// Its name as given by the embedder, usually a path.
    pub name: String,
}

impl Source {
    /// `name:line:column` of a span, as diagnostics and `explain` print it.
    pub fn locate(&self, span: Span) -> Location<'_> {
        Location { source: &self.name, span }
    }
}

/// A printable place: `policy.yaml:14:9`.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    source: &'a str,
    span: Span,
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.span.line, self.span.column)
    }
}

/// A stretch of the text, in characters.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Span {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// Of the whole construct; 1 for lists and mappings.
    pub length: u32,
}

/// One text entry of a list, as written.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Entry {
    /// Without quotes, escapes resolved.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A value and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// Bytes of an entry, at most.
pub(crate) const MAX_ENTRY: usize = 4_096;
