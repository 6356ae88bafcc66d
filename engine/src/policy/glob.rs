//! Path patterns: the one glob dialect of every path, name and registry entry.

use alloc::vec::Vec;

/// One pattern after brace expansion, component by component.
///
/// A rooted pattern `/a/b*` is `[Literal(a), Wild(b*)]`; a floating one
/// (leading `**/`, and every bare name) starts with [`Component::AnyDepth`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Glob {
    /// From the root down. Never two [`Component::AnyDepth`] in a row.
    pub components: Vec<Component>,
}

/// One component of a [`Glob`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Component {
    /// Exactly these bytes.
    Literal(Vec<u8>),
    /// One component matching these tokens.
    Wild(Vec<Token>),
    /// `**`: zero or more components; as the last, one or more.
    AnyDepth,
}

/// One token of a wildcard component.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Token {
    /// This character.
    Char(char),
    /// `?`: one UTF-8 scalar value, or one byte that is part of none.
    AnyChar,
    /// `*`: any run without separator, also none.
    AnyRun,
    /// `[…]`: one character in (or, negated, outside) these inclusive ranges.
    /// A byte that is part of no character is in no range.
    Class {
        /// `[!…]` or `[^…]`.
        negated: bool,
        /// Sorted, disjoint.
        ranges: Vec<(char, char)>,
    },
}
