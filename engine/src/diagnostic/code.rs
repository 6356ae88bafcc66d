//! The codes: one declaration each. A code is never reused for another meaning.

use alloc::format;
use alloc::string::String;
use core::fmt;

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

            /// Where the repository explains it: `docs/errors.md#unknown-key`.
            pub fn page(self) -> String {
                format!("docs/errors.md#{self}")
            }
        }
    };
}

codes! {
    // The document.
    Unreadable "unreadable" Error "The file of a policy cannot be read.";
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
    EntryLines "entry-lines" Error "An entry is not one line of text that can be seen.";
    DuplicateEntry "duplicate-entry" Warning "A list has the same entry twice.";
    DurationSyntax "duration-syntax" Error "A duration is not spelled like `10m`.";
    TimestampSyntax "timestamp-syntax" Error "A time is not spelled like `2026-12-01T00:00:00Z`.";
    PortSyntax "port-syntax" Error "A port is not spelled like `23` or `6000-6063`.";
    PrincipalSyntax "principal-syntax" Error "A user or group is not a name, `uid:N`, `gid:N` or `sid:S-…`.";
    PrincipalDigits "principal-digits" Warning "A user or group is named by digits, not by its id.";
    DecoySyntax "decoy-syntax" Error "A variable or access key has a name that none has.";
    HashSyntax "hash-syntax" Error "A hash is not 64 hexadecimal digits.";
    ScopeSyntax "scope-syntax" Error "A scope is not an expression.";

    // The policy as a whole.
    WrongVersion "wrong-version" Error "The policy is of a version that this build does not read.";
    EmptyPolicy "empty-policy" Error "The policy has no controls.";
    WrongKind "wrong-kind" Error "The control does not exist for this kind of policy.";
    WrongPlatform "wrong-platform" Error "The control or field does not exist on this platform.";
    MatchesNothing "matches-nothing" Error "The control can match nothing.";
    MatchesEverything "matches-everything" Warning "A control matches, or an allow-list allows, everything.";
    NeverMatches "never-matches" Warning "An entry names what events on this platform do not have.";
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
    Swallowed "swallowed" Warning "Exceptions take a whole entry, a list or everything away.";
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
