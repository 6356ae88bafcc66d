//! Decisions: the engine's answer, plain data.

use crate::event::vocabulary;

/// The answer to one event. Small and `Copy`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// What to do now.
    pub action: Action,
    /// What it would be if every policy enforced.
    pub intent: Action,
    /// Why.
    pub reason: Reason,
    /// The rule that won: the first with the strongest action. For
    /// [`Reason::InvalidEvent`], the first rule that could not be judged.
    pub rule: Option<RuleId>,
    /// How many rules matched.
    pub matched: u32,
    /// What to do besides.
    pub remediation: Remediation,
    /// The memory of a control over time was full, so that something less
    /// dangerous was forgotten.
    pub overload: bool,
    /// Every rule that matched has reported as many audits as its policy's
    /// `throttle` wants, so that this one need not be reported. Only of audits
    /// decided with a state, and never of invalid events.
    pub suppressed: bool,
    /// How many suppressed audits this decision, which is to be reported, stands
    /// for besides.
    pub suppressed_before: u32,
    /// Which engine decided, for those that are replaced while running.
    pub generation: u64,
}

impl Decision {
    /// Nothing matched.
    pub const ALLOW: Decision = Decision {
        action: Action::Allow,
        intent: Action::Allow,
        reason: Reason::NoMatch,
        rule: None,
        matched: 0,
        remediation: Remediation::None,
        overload: false,
        suppressed: false,
        suppressed_before: 0,
        generation: 0,
    };
}

vocabulary! {
    /// What to do, from weakest to strongest.
    Action {
        /// Let it happen.
        Allow = 0 "allow",
        /// Let it happen and report it.
        Audit = 1 "audit",
        /// Prevent it and report it.
        Block = 2 "block",
    }
}

vocabulary! {
    /// What to do besides the action.
    Remediation {
        /// Nothing.
        None = 0 "none",
        /// Delete the file.
        Delete = 1 "delete",
    }
}

/// Why a decision is what it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// No rule matched.
    NoMatch,
    /// [`Decision::rule`] matched.
    Matched,
    /// The actor is quarantined.
    Quarantined,
    /// The event could not be understood; the fail mode applied.
    InvalidEvent(Invalid),
}

impl Reason {
    /// The spelling used in every binding.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::NoMatch => "no_match",
            Reason::Matched => "matched",
            Reason::Quarantined => "quarantined",
            Reason::InvalidEvent(_) => "invalid_event",
        }
    }
}

vocabulary! {
    /// What made an event invalid.
    Invalid {
        /// Not an event at all: not JSON, or not an object.
        NotAnEvent = 1 "not_an_event",
        /// A kind no build or no platform knows.
        UnknownKind = 2 "unknown_kind",
        /// A value outside the field's vocabulary, such as an operation.
        UnknownValue = 3 "unknown_value",
        /// A field this kind does not have: perhaps a misspelt one.
        UnknownField = 4 "unknown_field",
        /// The same field twice.
        DuplicateField = 5 "duplicate_field",
        /// A required field is missing.
        MissingField = 6 "missing_field",
        /// A field has the wrong type or is out of range.
        FieldType = 7 "field_type",
        /// An empty path.
        PathEmpty = 16 "path_empty",
        /// A NUL byte in a path.
        PathNul = 17 "path_nul",
        /// A `..` component, which may lead anywhere through a symbolic link.
        PathDotDot = 18 "path_dot_dot",
        /// A relative path without an absolute `cwd` or `dirfd_path`.
        PathRelative = 19 "path_relative",
        /// The path was cut off.
        PathTruncated = 20 "path_truncated",
        /// Longer than 64 KiB.
        PathTooLong = 21 "path_too_long",
        /// A magic link such as `/proc/self/root` or `/dev/fd/3`, which names
        /// another object.
        PathMagicLink = 22 "path_magic_link",
        /// A character no Windows path may hold.
        PathCharacter = 23 "path_character",
        /// A Windows device name such as `CON`.
        PathDevice = 24 "path_device",
        /// An 8.3 name, which names another object.
        PathShortName = 25 "path_short_name",
        /// A device, volume or `GLOBALROOT` path without a volume map.
        PathVolume = 26 "path_volume",
        /// A Windows path that another view redirects (`Sysnative`, `D$`).
        PathRedirected = 27 "path_redirected",
        /// A registry key below no known hive.
        RegistryHive = 32 "registry_hive",
        /// Not an IP address.
        Address = 33 "address",
        /// Not a domain name.
        Domain = 34 "domain",
        /// An empty user or group name, or one with a NUL byte.
        PrincipalName = 35 "principal_name",
        /// A user or group id outside 0 to 4294967294.
        PrincipalId = 36 "principal_id",
        /// Not a Windows security identifier.
        PrincipalSid = 37 "principal_sid",
        /// The group list is incomplete and the missing ones could matter.
        GroupsIncomplete = 38 "groups_incomplete",
        /// Not 64 hexadecimal digits.
        Sha256 = 39 "sha256",
        /// The time is missing or out of range and a rule needs it.
        Time = 40 "time",
    }
}

/// A rule of one engine: one control of one policy for one kind of event.
///
/// Meaningful only to the engine that gave it. Laid out as its number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct RuleId(pub(crate) u32);

impl RuleId {
    /// The number, for bindings and logs.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The rule with this number; one that does not exist matches nothing.
    pub const fn from_number(number: u32) -> RuleId {
        RuleId(number)
    }
}
