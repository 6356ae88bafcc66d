//! Diagnostics: what is wrong with a policy, where, and what to write instead.
//!
//! Every code is declared once, below. Codes are stable: a code is never reused
//! for another meaning.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::policy::source::{Source, Span};

/// Declares the codes: spelling, severity and meaning.
macro_rules! codes {
    ($($variant:ident $text:literal $severity:ident $meaning:literal;)+) => {
        /// What is wrong.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $meaning] $variant,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The stable spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)+ }
            }

            /// Whether the policy is refused.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }

            /// The meaning, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)+ }
            }
        }
    };
}

codes! {
    // The document.
    NotUtf8 "not-utf8" Error "The document is not UTF-8.";
    TooLarge "too-large" Error "A document, an entry or a count is over its limit.";
    TooDeep "too-deep" Error "Lists and mappings, or parentheses, are nested too deeply.";
    Nul "nul" Error "There is a NUL character.";
    YamlSyntax "yaml-syntax" Error "The document is not YAML 1.2.";
    YamlAnchor "yaml-anchor" Error "YAML anchors are not accepted.";
    YamlAlias "yaml-alias" Error "YAML aliases are not accepted.";
    YamlTag "yaml-tag" Error "YAML tags are not accepted.";
    YamlMergeKey "yaml-merge-key" Error "The YAML merge key is not accepted.";
    YamlDirective "yaml-directive" Error "YAML directives are not accepted.";
    SecondDocument "second-document" Error "A file holds one policy.";
    JsonSyntax "json-syntax" Error "The document is not JSON (RFC 8259).";
    DuplicateKey "duplicate-key" Error "A mapping has the same key twice.";

    // Fields.
    UnknownKey "unknown-key" Error "There is no such field or control.";
    MissingField "missing-field" Error "A required field is missing.";
    WrongType "wrong-type" Error "A value has another type than its field.";
    UnknownValue "unknown-value" Error "A word is none of those that the field knows.";
    OutOfRange "out-of-range" Error "A number, duration or time is out of range.";
    EmptyEntry "empty-entry" Error "A text is empty.";
    DuplicateEntry "duplicate-entry" Warning "A list has the same entry twice.";
    DurationSyntax "duration-syntax" Error "A duration is not spelled like `10m`.";
    TimestampSyntax "timestamp-syntax" Error "A time is not spelled like `2026-12-01T00:00:00Z`.";
    PortSyntax "port-syntax" Error "A port is not spelled like `23` or `6000-6063`.";
    PrincipalSyntax "principal-syntax" Error "A user or group is not a name, `uid:N`, `gid:N` or `sid:S-…`.";
    HashSyntax "hash-syntax" Error "A hash is not 64 hexadecimal digits.";
    ScopeSyntax "scope-syntax" Error "A scope is not an expression.";

    // The policy as a whole.
    WrongVersion "wrong-version" Error "The policy is of a version that this build does not read.";
    EmptyPolicy "empty-policy" Error "The policy has no controls.";
    WrongKind "wrong-kind" Error "The control does not exist for this kind of policy.";
    WrongPlatform "wrong-platform" Error "The control or field does not exist on this platform.";
    MatchesNothing "matches-nothing" Error "The control can match nothing.";
    MatchesEverything "matches-everything" Warning "The control matches everything.";
    NeverMatches "never-matches" Warning "An entry can match nothing on this platform.";
    BypassScopeNotDefault "bypass-scope-not-default" Error "Only a default policy may have a bypass scope.";
    EnforceAfterNeedsAudit "enforce-after-needs-audit" Error "`enforce_after` goes with `mode: audit` only.";
    UnknownList "unknown-list" Error "A list is named that is not declared.";
    UnusedList "unused-list" Warning "A list is declared that nothing names.";
    ListFormat "list-format" Error "A list has a format that does not fit its use.";

    // Entries, once their control is known.
    GlobSyntax "glob-syntax" Error "A path pattern is not understood.";
    GlobNormalised "glob-normalised" Warning "A path pattern is read otherwise than it is written.";
    MergedDirectory "merged-directory" Warning "A path lies in a directory that is a link on most systems.";
    BaseNameException "base-name-exception" Warning "An exception or allow-list trusts a name that any program may have.";
    NetworkSyntax "network-syntax" Error "An address or network is not understood.";
    DomainSyntax "domain-syntax" Error "A domain name is not understood.";
    SecretLength "secret-length" Error "A text to look for in arguments is too short, or there are too many.";
    Swallowed "swallowed" Warning "An exception takes a whole entry away.";
    ListMissing "list-missing" Error "The contents of a list are missing.";
    ListEmpty "list-empty" Error "A list has no usable line.";
    ListLine "list-line" Warning "A line of a list is not understood and not used.";
    ListMasked "list-masked" Warning "Networks of a list have bits behind their prefix.";
    UnknownPreset "unknown-preset" Error "There is no such preset.";
    UselessException "useless-exception" Error "An exception shares no path with what its control lists.";
    TooComplex "too-complex" Error "A pattern needs more room or time than the limits allow.";

    // Policies together.
    DuplicatePolicy "duplicate-policy" Error "Two policies have the same name.";
    SecondDefault "second-default" Error "There are two default policies of one kind.";
    NotEnabled "not-enabled" Warning "The policy is not enabled and left out.";
    TooManyScopes "too-many-scopes" Error "The policies have too many different scopes.";

    TooManyDiagnostics "too-many-diagnostics" Error "There are more diagnostics than are listed.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a diagnostic refuses the policy.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// The policy does not load.
    Error,
    /// The policy loads; its author should look.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

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

    /// Adds "did you mean" if one of `known` is near to `word`.
    #[must_use]
    pub fn suggesting<'k>(
        self,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Diagnostic {
        match closest(word, known) {
            Some(near) => self.with_help(format!("did you mean `{near}`?")),
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
        for character in text.chars() {
            let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
            if hidden || character.is_control() {
                write!(self.0, "{}", character.escape_default())?;
            } else {
                self.0.write_str(character.encode_utf8(&mut [0; 4]))?;
            }
        }
        Ok(())
    }
}

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

/// The author's words in backticks, cut short where they are long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARACTERS) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or("")),
        None => format!("`{text}`"),
    }
}

/// Several words as an author reads them: "`a`, `b` or `c`".
#[cfg(feature = "text")]
pub(crate) fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", first.join(", "))
        }
    }
}

/// The word nearest to `word`, if it is near enough to be what was meant.
pub(crate) fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > LONGEST_SUGGESTED {
        return None;
    }
    let folded = word.to_ascii_lowercase().replace('-', "_");
    let near = |candidate: &&'k str| {
        let candidate = candidate.to_string().replace('-', "_");
        distance(&folded, &candidate)
    };
    let best =
        known.into_iter().map(|candidate| (near(&candidate), candidate)).min_by_key(|&(d, _)| d)?;
    let allowed = (folded.chars().count().max(3)) / 3;
    (best.0 <= allowed && best.1 != word).then_some(best.1)
}

/// How many characters must be put in, taken out, replaced or swapped with
/// their neighbour to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous_character = None;
    for (row, character) in from.chars().enumerate() {
        let mut next: Vec<usize> = Vec::with_capacity(last.len());
        next.push(row + 1);
        for (column, &other) in to.iter().enumerate() {
            let mut cost = (last[column] + usize::from(character != other))
                .min(last[column + 1] + 1)
                .min(next[column] + 1);
            let swapped = column > 0
                && previous_character == Some(other)
                && to.get(column - 1) == Some(&character);
            if swapped && let Some(&earlier) = before.get(column - 1) {
                cost = cost.min(earlier + 1);
            }
            next.push(cost);
        }
        before = core::mem::replace(&mut last, next);
        previous_character = Some(character);
    }
    last.last().copied().unwrap_or(0)
}

const QUOTED_CHARACTERS: usize = 80;
const LONGEST_SUGGESTED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! near {
        ($name:ident, $word:literal, $known:expr => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(closest($word, $known), $want);
            }
        };
    }

    near!(one_letter_wrong, "pathz", ["users", "paths"] => Some("paths"));
    near!(letters_swapped, "pahts", ["paths", "parts_of"] => Some("paths"));
    near!(hyphen_for_underscore, "file-block", ["read_only_files", "file_block"] => Some("file_block"));
    near!(wrong_case, "Enforce", ["audit", "enforce"] => Some("enforce"));
    near!(nothing_near, "colour", ["paths", "users"] => None);
    near!(short_words_need_more_than_a_letter_in_common, "ab", ["xy"] => None);
    near!(nothing_known, "a", [] => None);

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

    #[test]
    fn no_two_codes_are_spelled_alike() {
        for (index, code) in Code::ALL.iter().enumerate() {
            let text = code.as_str();
            assert!(
                text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
            assert!(code.meaning().ends_with('.'));
            assert!(Code::ALL[..index].iter().all(|other| other.as_str() != text), "{text}");
        }
    }

    #[test]
    fn the_number_kept_is_bounded() {
        let mut all = Diagnostics::new();
        for _ in 0..1_000 {
            all.push(sample());
        }
        assert_eq!(all.as_slice().len(), Diagnostics::LIMIT + 1);
        assert_eq!(all.as_slice().last().map(|d| d.code), Some(Code::TooManyDiagnostics));
    }
}
