//! What can be wrong with a pattern.

use core::fmt;

/// A pattern that was not understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GlobError {
    /// What is wrong.
    pub kind: GlobErrorKind,
    /// Where, in bytes of the text.
    pub offset: usize,
    /// How many bytes are meant.
    pub length: usize,
}

/// Declares errors with their texts.
macro_rules! kinds {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident => $text:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum $name { $($(#[doc = $vdoc])+ $variant,)+ }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant => $text,)+ })
            }
        }
    };
}

kinds! {
    /// What is wrong with a pattern.
    GlobErrorKind {
        /// There is nothing, or one alternative is nothing.
        Empty => "nothing to match",
        /// Longer than 4096 bytes.
        TooLong => "longer than 4096 bytes",
        /// `lib**` or `**.so`.
        InnerStars => "`**` must be a whole component",
        /// `***`.
        ThreeStars => "`***` has no meaning",
        /// `[` without `]`.
        UnclosedClass => "unclosed `[`",
        /// `[z-a]`.
        ReversedRange => "reversed range",
        /// `[/]`.
        SeparatorClass => "a class of only `/` matches nothing",
        /// `[[:word:]]`.
        UnknownClass => "unknown class name",
        /// `{` without `}`.
        UnclosedBrace => "unclosed `{`",
        /// `}` without `{`.
        UnopenedBrace => "`}` without `{`",
        /// More than 64 alternatives.
        TooManyAlternatives => "more than 64 alternatives",
        /// Braces nested deeper than 4.
        TooDeep => "braces nested deeper than 4",
        /// `\` at the end.
        TrailingEscape => "`\\` at the end escapes nothing",
        /// A `..` component.
        DotDot => "`..` names another directory",
        /// A separator, but neither absolute nor `**/`.
        Relative => "neither absolute nor a bare name",
        /// A leading `~`.
        Tilde => "`~` is not expanded",
        /// `$HOME`.
        Variable => "variables are not expanded",
        /// A leading `!`.
        Negation => "`!` does not negate; use an exception",
        /// `@(a|b)`.
        ExtGlob => "extended globs are not understood",
    }
}

kinds! {
    /// What was written otherwise than it is understood.
    GlobWarning {
        /// `//`.
        DoubleSeparator => "`//` is read as `/`",
        /// `/./`.
        DotComponent => "`/./` is read as `/`",
        /// A trailing `/`.
        TrailingSeparator => "a trailing `/` is read as the directory and everything below",
    }
}

impl fmt::Display for GlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl core::error::Error for GlobError {}
