//! Path patterns: the one glob dialect of every path, name and registry entry.
//!
//! `?` is one character (a UTF-8 scalar value, or one byte that is part of
//! none), `*` any run of them, `[…]` one of a class, none of which ever is the
//! separator; `**` as a whole component is any depth; `{a,b}` are alternatives;
//! `\` escapes. What other tools read in other ways is an error here, so that a
//! pattern never means something else than its author thought.

mod class;
mod error;
mod expand;
mod lex;
mod registry;
mod windows;

pub use error::{GlobError, GlobErrorKind, GlobWarning};
pub use windows::VARIABLES;

use alloc::vec::Vec;

use crate::bundle::Platform;
use crate::canonical::room::folded;
use crate::canonical::upcase::{self, upcase};
use lex::{Item, lex};

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

/// How names are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Dialect {
    /// `/` separates, `\` escapes.
    Linux,
    /// `\` and `/` separate, nothing escapes, letters of any case are one; begins
    /// with a drive, a share, a variable or `**`, or is a bare name.
    Windows,
    /// A registry key: `\` separates, `/`, `.` and `..` are names.
    Registry,
    /// The name of a registry value: nothing separates.
    RegistryValue,
}

impl Dialect {
    /// How paths are written on a platform.
    pub fn of_paths(platform: Platform) -> Dialect {
        match platform {
            Platform::Windows => Dialect::Windows,
            _ => Dialect::Linux,
        }
    }

    fn separators(self) -> &'static [char] {
        match self {
            Dialect::Linux => &['/'],
            Dialect::Windows => &['\\', '/'],
            Dialect::Registry => &['\\'],
            Dialect::RegistryValue => &[],
        }
    }
}

/// A pattern that was understood.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Parsed {
    /// Its alternatives, at most [`MAX_ALTERNATIVES`].
    pub globs: Vec<Glob>,
    /// It has no separator: a name at any depth.
    pub bare_name: bool,
    /// Where in each glob that begins which the pattern writes itself: after the `**` of
    /// a bare name, and after what a variable stands for.
    own: usize,
    /// Whether each of the globs ends in a separator.
    ends: Vec<bool>,
    /// The same of the alternative that is being read.
    ended: bool,
    /// What was written otherwise than it is understood.
    pub warnings: Vec<GlobWarning>,
}

impl Parsed {
    /// The globs, each with whether it ends in a separator; what that covers is the
    /// control's choice.
    pub fn ends(&self) -> impl Iterator<Item = (&Glob, bool)> {
        self.globs.iter().zip(self.ends.iter().copied())
    }

    /// Whether an alternative is written without wildcards, so that it is one path, or one
    /// bare name. What a variable stands for may have some.
    pub fn is_literal(&self, glob: &Glob) -> bool {
        let own = glob.components.get(self.own..).unwrap_or(&[]);
        own.iter().all(|component| matches!(component, Component::Literal(_)))
    }
}

/// The longest pattern in bytes.
pub const MAX_LENGTH: usize = 4096;
/// The most alternatives of one pattern.
pub const MAX_ALTERNATIVES: usize = 64;
/// The deepest nesting of braces.
pub const MAX_NESTING: usize = 4;

/// Reads a pattern.
///
/// # Errors
///
/// See [`GlobErrorKind`]; the error says which part of the text is meant.
///
/// # Example
///
/// ```
/// use wardline::policy::glob::{Dialect, parse};
///
/// let parsed = parse("/etc/{passwd,shadow}", Dialect::Linux).unwrap();
/// assert_eq!(parsed.globs.len(), 2);
/// let error = parse("/usr/lib**", Dialect::Linux).unwrap_err();
/// assert_eq!(error.to_string(), "`**` must be a whole component");
/// ```
pub fn parse(text: &str, dialect: Dialect) -> Result<Parsed, GlobError> {
    let whole = |kind| GlobError { kind, offset: 0, length: text.len() };
    if text.is_empty() {
        if dialect == Dialect::RegistryValue {
            return Ok(registry::default_value());
        }
        return Err(whole(GlobErrorKind::Empty));
    }
    if dialect != Dialect::RegistryValue {
        let begins = |kind| Err(GlobError { kind, offset: 0, length: 1 });
        match text.chars().next() {
            Some('~') => return begins(GlobErrorKind::Tilde),
            Some('!') if !text.starts_with("!(") => return begins(GlobErrorKind::Negation),
            _ => {}
        }
    }
    if text.len() > MAX_LENGTH {
        return Err(whole(GlobErrorKind::TooLong));
    }
    let (items, own) = match dialect {
        Dialect::Windows => windows::items(text)?,
        _ => (lex(text, 0, dialect)?, 0),
    };
    let separated = items.iter().any(|item| item.item == Item::Separator);
    let mut parsed = Parsed {
        globs: Vec::new(),
        bare_name: !separated,
        own,
        ends: Vec::new(),
        ended: false,
        warnings: Vec::new(),
    };
    for alternative in expand::expand(&items, text.len())? {
        parsed.ended = false;
        let globs = match dialect {
            Dialect::Linux => component_list(&alternative, separated, &mut parsed, dialect)
                .map(|glob| Vec::from([glob])),
            Dialect::Windows => {
                windows::glob(&alternative, separated, &mut parsed).map(|glob| Vec::from([glob]))
            }
            Dialect::Registry => registry::globs(&alternative, &mut parsed),
            Dialect::RegistryValue => registry::value(&alternative).map(|glob| Vec::from([glob])),
        };
        for glob in globs.map_err(|(kind, offset, length)| GlobError { kind, offset, length })? {
            match parsed.globs.iter().position(|known| *known == glob) {
                Some(known) => parsed.ends[known] |= parsed.ended,
                None => {
                    parsed.globs.push(glob);
                    parsed.ends.push(parsed.ended);
                }
            }
        }
    }
    parsed.warnings.sort_unstable();
    parsed.warnings.dedup();
    // `**` alone is any path, not a name.
    parsed.bare_name &= parsed.globs.iter().all(|glob| glob.components.len() == 2);
    parsed.own += usize::from(parsed.bare_name);
    Ok(parsed)
}

type Fault = (GlobErrorKind, usize, usize);

/// The components of one alternative.
fn component_list(
    items: &[lex::Located],
    separated: bool,
    parsed: &mut Parsed,
    dialect: Dialect,
) -> Result<Glob, Fault> {
    let dots = dialect != Dialect::Registry;
    let parts: Vec<&[lex::Located]> = items.split(|item| item.item == Item::Separator).collect();
    let rooted = parts.len() > 1 && parts[0].is_empty();
    let last = parts.len() - 1;
    let mut components = Vec::new();
    if !separated {
        components.push(Component::AnyDepth);
    }
    for (index, part) in parts.iter().enumerate() {
        let (offset, length) = span(part);
        match plain_text(part).as_deref() {
            Some("") if index == 0 && rooted => {}
            Some("") if index == last && separated => {
                // The root is written as a separator, without anything before it.
                if !(index == 1 && rooted) {
                    parsed.ended = true;
                    parsed.warnings.push(GlobWarning::TrailingSeparator);
                }
            }
            Some("") if !separated => return Err((GlobErrorKind::Empty, offset, length)),
            Some("") => parsed.warnings.push(GlobWarning::DoubleSeparator),
            Some(".") if dots && (!separated || length > 1) => {
                return Err((GlobErrorKind::Dot, offset, length));
            }
            Some(".") if dots => parsed.warnings.push(GlobWarning::DotComponent),
            Some("..") if dots => return Err((GlobErrorKind::DotDot, offset, length)),
            _ => {
                let component = component(part)?;
                if component != Component::AnyDepth || components.last() != Some(&component) {
                    components.push(component);
                }
            }
        }
    }
    if separated && !rooted && components.first() != Some(&Component::AnyDepth) {
        let (offset, length) = span(items);
        return Err((GlobErrorKind::Relative, offset, length));
    }
    Ok(Glob { components })
}

/// Where items stand.
fn span(part: &[lex::Located]) -> (usize, usize) {
    match (part.first(), part.last()) {
        (Some(first), Some(last)) => (first.offset, last.offset + last.length - first.offset),
        _ => (0, 0),
    }
}

impl Component {
    /// The component in upper case, as names are compared where case does not
    /// count.
    pub(crate) fn folded(self) -> Component {
        match self {
            Component::Literal(literal) => Component::Literal(folded(&literal)),
            Component::Wild(tokens) => {
                Component::Wild(tokens.into_iter().map(folded_token).collect())
            }
            Component::AnyDepth => Component::AnyDepth,
        }
    }
}

fn folded_token(token: Token) -> Token {
    match token {
        Token::Char(character) => {
            let upper = upcase(u32::from(character));
            Token::Char(char::from_u32(upper).unwrap_or(character))
        }
        Token::Class { negated, mut ranges } => {
            let within = |code: char, ranges: &[(char, char)]| {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&code))
            };
            let upper: Vec<_> = upcase::pairs()
                .filter(|(lower, _)| within(*lower, &ranges))
                .map(|(_, upper)| (upper, upper))
                .collect();
            ranges.extend(upper);
            Token::Class { negated, ranges: class::merged(ranges) }
        }
        other => other,
    }
}

/// The text of a component without wildcards.
fn plain_text(part: &[lex::Located]) -> Option<alloc::string::String> {
    part.iter()
        .map(|item| match item.item {
            Item::Token(Token::Char(character)) => Some(character),
            _ => None,
        })
        .collect()
}

fn component(part: &[lex::Located]) -> Result<Component, Fault> {
    if let Some(text) = plain_text(part) {
        return Ok(Component::Literal(text.into_bytes()));
    }
    let mut tokens: Vec<Token> = Vec::new();
    for (index, item) in part.iter().enumerate() {
        let Item::Token(token) = &item.item else { continue };
        if *token == Token::AnyRun && tokens.last() == Some(&Token::AnyRun) {
            let kind = match part.get(index + 1).map(|next| &next.item) {
                Some(Item::Token(Token::AnyRun)) => GlobErrorKind::ThreeStars,
                _ if part.len() == 2 => return Ok(Component::AnyDepth),
                _ => GlobErrorKind::InnerStars,
            };
            return Err((kind, part[index - 1].offset, 2));
        }
        tokens.push(token.clone());
    }
    Ok(Component::Wild(tokens))
}

#[cfg(test)]
mod tests {
    use super::*;
    use GlobErrorKind as E;
    use alloc::format;
    use alloc::string::{String, ToString};

    /// A glob as a pattern again, one way to write each.
    fn spelled(glob: &Glob) -> String {
        let mut text = String::new();
        for component in &glob.components {
            text.push('/');
            match component {
                Component::AnyDepth => text.push_str("**"),
                Component::Literal(bytes) => text.push_str(core::str::from_utf8(bytes).unwrap()),
                Component::Wild(tokens) => tokens.iter().for_each(|token| match token {
                    Token::Char(character) => text.push(*character),
                    Token::AnyChar => text.push('?'),
                    Token::AnyRun => text.push('*'),
                    Token::Class { negated, ranges } => {
                        text.push_str(if *negated { "[!" } else { "[" });
                        for (first, last) in ranges {
                            text.push_str(&format!("{first}-{last}"));
                        }
                        text.push(']');
                    }
                }),
            }
        }
        text
    }

    macro_rules! t {
        ($name:ident, $text:expr => $($want:expr),+) => {
            #[test]
            fn $name() {
                let parsed = parse($text, Dialect::Linux).unwrap();
                let globs: Vec<_> = parsed.globs.iter().map(spelled).collect();
                assert_eq!(globs, [$($want),+]);
            }
        };
    }

    t!(literal, "/etc/shadow" => "/etc/shadow");
    t!(bare, "id_rsa" => "/**/id_rsa");
    t!(bare_wild, "id_*" => "/**/id_*");
    t!(leading_any_depth, "**/x/y" => "/**/x/y");
    t!(any_depth_folds, "/a/**/**/b" => "/a/**/b");
    t!(braces, "/{a,b{c,d}}/x" => "/a/x", "/bc/x", "/bd/x");
    t!(braces_across_separators, "/{a/b,c}/d" => "/a/b/d", "/c/d");
    t!(brace_with_nothing, "/x{,.bak}" => "/x", "/x.bak");
    t!(same_alternatives_fold, "/{a,a}" => "/a");
    t!(escapes, r"/a\*b\{c\\" => r"/a*b{c\");
    t!(class, "/[a-cx]" => "/[a-cx-x]");
    t!(class_merges, "/[b-da-c]" => "/[a-d]");
    t!(class_bracket_first, "/[]a]" => "/[]-]a-a]");
    t!(class_of_bracket_and_dot, "/[[.]" => "/[.-.[-[]");
    t!(class_of_bracket_and_dot_twice, "/[[.]/[.]x" => "/[.-.[-[]/.x");
    t!(class_of_colons, "/[:a:]" => "/[:-:a-a]");
    t!(escaped_dot_and_space, r"/a\.b\ c" => "/a.b c");
    t!(escaped_backslash, r"/a\\x2d" => r"/a\x2d");
    t!(class_negated_caret, "/[^a]" => "/[!a-a]");
    t!(class_posix, "/[[:digit:]]" => "/[0-9]");
    t!(class_drops_separator, "/[a/]" => "/a");
    t!(class_of_one, "/a[b][[][*]/c" => "/ab[*/c");
    t!(normalised, "//etc/./x/" => "/etc/x");
    t!(root, "/" => "");
    t!(multibyte, "/é?" => "/é?");
    t!(dollar_that_is_no_variable, "/a$" => "/a$");
    t!(escaped_dollar, r"/\$HOME" => "/$HOME");

    macro_rules! error {
        ($name:ident, $text:expr => $kind:expr, $part:expr) => {
            #[test]
            fn $name() {
                let error = parse($text, Dialect::Linux).unwrap_err();
                let part = &$text[error.offset..error.offset + error.length];
                assert_eq!((error.kind, part), ($kind, $part));
            }
        };
    }

    error!(inner_stars, "/a**b" => E::InnerStars, "**");
    error!(trailing_stars, "/a/b**" => E::InnerStars, "**");
    error!(three_stars, "/***" => E::ThreeStars, "**");
    error!(unclosed_class, "/etc/[a-z" => E::UnclosedClass, "[a-z");
    error!(unclosed_brace, "/{a,b" => E::UnclosedBrace, "{");
    error!(unopened_brace, "/a}" => E::UnopenedBrace, "}");
    error!(reversed, "/[z-a]" => E::ReversedRange, "z-a");
    error!(only_separator, "/[/]" => E::SeparatorClass, "[/]");
    error!(trailing_escape, r"/a\" => E::TrailingEscape, r"\");
    error!(dot_dot, "/a/../b" => E::DotDot, "..");
    error!(relative, "a/b" => E::Relative, "a/b");
    error!(relative_dot, "./a" => E::Relative, "./a");
    error!(tilde, "~/x" => E::Tilde, "~");
    error!(variable, "/home/$USER" => E::Variable, "$USER");
    error!(variable_braced, "/${HOME}" => E::Variable, "${HOME}");
    error!(bare_dot, "." => E::Dot, ".");
    error!(bare_dot_in_alternative, "{.,x}" => E::Dot, ".");
    error!(dot_in_a_class, "/a/[.]/b" => E::Dot, "[.]");
    error!(dot_dot_in_classes, "/a/[.][.]/b" => E::DotDot, "[.][.]");
    error!(windows_path, r"C:\Windows" => E::IdleEscape, r"\W");
    error!(windows_share, r"\\srv\share" => E::IdleEscape, r"\s");
    error!(regular_expression, r"/a[\d]" => E::IdleEscape, r"\d");
    error!(collating_symbol, "/[[.x.]]" => E::Collating, "[.x.]");
    error!(collating_bracket, "/[[.].]]" => E::Collating, "[.].]");
    error!(equivalence_class, "/[a[=x=]]" => E::Collating, "[=x=]");
    error!(class_name_alone, "/[:digit:]" => E::SingleBrackets, "[:digit:]");
    error!(class_name_alone_negated, "/[!:digit:]" => E::SingleBrackets, "[!:digit:]");
    error!(negation, "!/etc" => E::Negation, "!");
    error!(extglob, "/@(a|b)" => E::ExtGlob, "@(");
    error!(extglob_not, "!(a)" => E::ExtGlob, "!(");
    error!(empty, "" => E::Empty, "");
    error!(too_many, "/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}" => E::TooManyAlternatives,
        "/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}");
    error!(lone_brace, "/srv/disk{1..3}" => E::LoneBrace, "{1..3}");
    error!(lone_brace_twice, "/srv/{{name}}" => E::LoneBrace, "{name}");
    error!(lone_brace_beside, "/{a,b}/{[,]}" => E::LoneBrace, "{[,]}");
    error!(too_deep, "/{a,{b,{c,{d,{e,f}}}}}" => E::TooDeep, "{");
    error!(unknown_posix, "/[[:word:]]" => E::UnknownClass, "[:word:]");
    error!(dot_dot_in_alternative, "/{a,..}/b" => E::DotDot, "..");

    #[test]
    fn warnings_and_flags() {
        let parsed = parse("/a//./b/", Dialect::Linux).unwrap();
        assert!(parsed.ends == [true] && !parsed.bare_name && parsed.is_literal(&parsed.globs[0]));
        let texts: Vec<_> = parsed.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 3);
        let literal = |text: &str, dialect: Dialect| -> Vec<bool> {
            let parsed = parse(text, dialect).unwrap();
            parsed.globs.iter().map(|glob| parsed.is_literal(glob)).collect()
        };
        assert_eq!(literal("*.log", Dialect::Linux), [false]);
        assert_eq!(literal("**", Dialect::Linux), [false]);
        assert_eq!(literal("x", Dialect::Linux), [true]);
        assert_eq!(literal("/srv/{secret,tmp-*,a[b]}", Dialect::Linux), [true, false, true]);
        assert_eq!(literal(r"%AppData%\x", Dialect::Windows), [true]);
        assert_eq!(literal(r"%AppData%\x*", Dialect::Windows), [false]);
        assert_eq!(literal(r"%UserProfile%", Dialect::Windows), [true]);
        assert_eq!(literal(r"C:\data[[]1]", Dialect::Windows), [true]);
        assert_eq!(literal(r"?:\data", Dialect::Windows), [false]);
        assert!(!parse("**", Dialect::Linux).unwrap().bare_name);
        assert_eq!(parse("/", Dialect::Linux).unwrap().ends, [false]);
        assert_eq!(parse("/opt/{app/,tool-*}", Dialect::Linux).unwrap().ends, [true, false]);
        assert_eq!(parse("/opt/{app,app/}", Dialect::Linux).unwrap().ends, [true]);
        assert_eq!(parse("/opt/{a,b}/", Dialect::Linux).unwrap().ends, [true, true]);
    }

    #[test]
    fn many_alternatives_are_refused_before_they_are_written_out() {
        let text = format!("/{}", "{a,b,c,d,e,f,g,h}".repeat(200));
        let error = parse(&text, Dialect::Linux).unwrap_err();
        assert_eq!(error.kind, E::TooManyAlternatives);
    }
}
