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
        SeparatorClass => "a class of only separators matches nothing",
        /// `[[:word:]]`.
        UnknownClass => "unknown class name",
        /// `[:digit:]`.
        SingleBrackets => "a class name stands in brackets of its own inside a class",
        /// `[[.x.]]`, `[[=x=]]`.
        Collating => "collating symbols and equivalence classes are not understood",
        /// `{` without `}`.
        UnclosedBrace => "unclosed `{`",
        /// `}` without `{`.
        UnopenedBrace => "`}` without `{`",
        /// `{x}`, `{1..9}`, `{{name}}`.
        LoneBrace => "braces without a comma are no alternatives",
        /// More than 64 alternatives.
        TooManyAlternatives => "more than 64 alternatives",
        /// Braces nested deeper than 4.
        TooDeep => "braces nested deeper than 4",
        /// `\` at the end.
        TrailingEscape => "`\\` at the end escapes nothing",
        /// `\\d`.
        IdleEscape => "`\\` before a letter or digit escapes nothing",
        /// `.` alone, or `[.]` as a component.
        Dot => "`.` is no name",
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
        /// `%EDITOR%`, or a variable that is not at the front.
        UnknownVariable => "only the variables of docs/policy.md are understood, and only at the front",
        /// `C:\\x:stream`.
        Stream => "a colon begins a stream, and rules are about whole files",
        /// `C:\\x\\NUL`.
        DeviceName => "this name is a device in every directory",
        /// `PROGRA~1`.
        ShortName => "an 8.3 name stands for another one: write the long name",
        /// `a|b`.
        Character => "no Windows name has this character",
        /// `C:\\x.`.
        TrailingDot => "Windows drops a dot or space at the end: leave it out",
        /// `\\\\host\\C$`, `C:\\Windows\\Sysnative`.
        Redirected => "this is another name of a path: write that",
        /// `Software\\x`.
        Hive => "a key begins with HKLM, HKU, HKCU, HKCR, HKCC, HK* or \\REGISTRY",
    }
}

kinds! {
    /// What was written otherwise than it is understood.
    GlobWarning {
        /// `//`.
        DoubleSeparator => "a doubled separator is read as one",
        /// `/./`.
        DotComponent => "a component `.` is left out",
        /// A trailing `/`.
        TrailingSeparator => "a separator at the end is read as the directory and everything below",
    }
}

impl GlobErrorKind {
    /// What to write instead, where the text does not say it already.
    pub const fn help(self) -> Option<&'static str> {
        Some(match self {
            GlobErrorKind::InnerStars => {
                "write `*` for a run within one component, `/**/` for any depth"
            }
            GlobErrorKind::ThreeStars => "write `**` for any depth",
            GlobErrorKind::UnclosedClass => "close it with `]`, or write `[[]` for the character",
            GlobErrorKind::ReversedRange => "write the lower end first",
            GlobErrorKind::UnknownClass => {
                "known are alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, space, upper and xdigit"
            }
            GlobErrorKind::SingleBrackets => "write `[[:digit:]]`, with two pairs of brackets",
            GlobErrorKind::Collating => "write the characters themselves",
            GlobErrorKind::IdleEscape => {
                "on Linux `/` separates; write `\\\\` for a backslash in a name"
            }
            GlobErrorKind::Dot => "write the directory's path, or `**` for everything",
            GlobErrorKind::UnclosedBrace => "close it with `}`, or write `[{]` for the character",
            GlobErrorKind::LoneBrace => {
                "write each alternative, `{1,2,3}`, or `[{]` and `[}]` for the characters"
            }
            GlobErrorKind::UnopenedBrace => "write `[}]` for the character",
            GlobErrorKind::TooManyAlternatives | GlobErrorKind::TooDeep => "write several entries",
            GlobErrorKind::DotDot => "write the directory that it leads to",
            GlobErrorKind::Relative => {
                "begin with the root, or with `**/` for any directory, or write the name alone"
            }
            GlobErrorKind::Tilde => "write the home directories: `/home/*/…`",
            GlobErrorKind::Variable => "write what it stands for",
            GlobErrorKind::ExtGlob => "write `{a,b}` for alternatives, or several entries",
            _ => return None,
        })
    }
}

impl fmt::Display for GlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl core::error::Error for GlobError {}
