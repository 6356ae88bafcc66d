//! The words of the core as numbers of C.
//!
//! A word that the core numbers from 0 is one more here, so that 0, what a struct
//! holds that was zeroed and not filled in, is never a word. Most of all it is
//! never `allow`. `tests/words.rs` holds them against the core's.

use wardline::{Action, Control, Enforcement, Invalid, Kind, Mode, Reason, Severity};

use crate::raw::wardline_text;

/// What to do, from weakest to strongest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_action {
    /// Let it happen.
    Allow = 1,
    /// Let it happen and report it.
    Audit = 2,
    /// Prevent it and report it.
    Block = 3,
}

/// What to do besides the action.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_remediation {
    /// Nothing.
    None = 1,
    /// Delete the file.
    Delete = 2,
}

/// The kinds of events, and which member of an event says what happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_kind {
    /// `of.file`: `wardline_file`.
    File = 1,
    /// `of.exec`: `wardline_exec`.
    Exec = 2,
    /// `of.network`: `wardline_network`.
    Network = 3,
    /// `of.dns`: `wardline_dns`.
    Dns = 4,
    /// `of.login`: `wardline_login`.
    Login = 5,
    /// `of.account`: `wardline_account`.
    Account = 6,
    /// `of.registry`: `wardline_registry`.
    Registry = 7,
    /// `of.system`: `wardline_system`.
    System = 8,
    /// `of.malware`: `wardline_malware`.
    Malware = 9,
    /// `of.credential`: `wardline_credential`.
    Credential = 10,
}

/// What is done to a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_file_operation {
    /// Its contents or entries are read.
    Read = 1,
    /// It comes into being.
    Create = 2,
    /// Its contents change (`truncate` is accepted in events).
    Modify = 3,
    /// It is removed.
    Delete = 4,
    /// It gets the name `target`: delete and modify of `path`, create and
    /// modify of `target`.
    Rename = 5,
    /// It gets the further name `target`: attributes and modify of `path`,
    /// create of `target`.
    Link = 6,
    /// Owner, permissions, times or extended attributes change (`chmod`,
    /// `chown`, `utime`, `setxattr` are accepted in events).
    Attributes = 7,
    /// It is mapped or run as a program.
    Execute = 8,
}

/// The direction of network activity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_direction {
    /// A connection is made to a peer.
    Outbound = 1,
    /// A connection is accepted from a peer.
    Inbound = 2,
    /// A local address is bound for accepting.
    Listen = 3,
}

/// The transport protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_protocol {
    /// TCP.
    Tcp = 1,
    /// UDP.
    Udp = 2,
    /// ICMP and ICMPv6.
    Icmp = 3,
    /// SCTP.
    Sctp = 4,
}

/// What kind of account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_subject {
    /// A user.
    User = 1,
    /// A group.
    Group = 2,
}

/// What is done to an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_account_operation {
    /// It comes into being.
    Create = 1,
    /// It is removed.
    Delete = 2,
    /// It changes.
    Modify = 3,
}

/// What is done in the registry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_registry_operation {
    /// A key or value comes into being.
    Create = 1,
    /// It is read.
    Read = 2,
    /// It changes.
    Modify = 3,
    /// It is removed.
    Delete = 4,
    /// Its security descriptor changes.
    Attributes = 5,
}

/// What changes in the system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_system_change {
    /// The clock.
    TimeChange = 1,
    /// A service comes into being.
    ServiceCreate = 2,
    /// A service is removed.
    ServiceDelete = 3,
    /// A service changes.
    ServiceChange = 4,
    /// An audit log is cleared.
    LogClear = 5,
    /// An audit log is tampered with or stopped.
    LogTamper = 6,
}

/// What an event that cannot be understood comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_fail {
    /// Block where a policy enforces a control on that kind of event,
    /// audit elsewhere.
    Closed = 1,
    /// Audit.
    Open = 2,
}

/// What a violation comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_mode {
    /// It is reported.
    Audit = 1,
    /// It is prevented, where the control can.
    Enforce = 2,
}

/// How grave a policy's violations are. Carried into audit events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_severity {
    /// Nothing to hurry about.
    Low = 1,
    /// The default.
    Medium = 2,
    /// Look soon.
    High = 3,
    /// Look now.
    Critical = 4,
}

/// How far a policy or control is enforced, given mode, cap and
/// capabilities. One that only reports is enforced fully where it applies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_enforcement {
    /// Every rule that may block can.
    Full = 1,
    /// Some rules that may block cannot: the enforcer is not able to.
    Partial = 2,
    /// It only reports.
    None = 3,
}

/// What is known of somebody who is quarantined.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_actor_kind {
    /// Nothing: every event whose actor is not known.
    Unknown = 1,
    /// A process, by its id.
    Process = 2,
    /// A program, by its path.
    Program = 3,
    /// A network address.
    Source = 4,
}

/// What made an event invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_invalid {
    /// Not an event at all: not JSON, or not an object.
    NotAnEvent = 1,
    /// A kind no build or no platform knows.
    UnknownKind = 2,
    /// A value outside the field's vocabulary, such as an operation.
    UnknownValue = 3,
    /// A field this kind does not have: perhaps a misspelt one.
    UnknownField = 4,
    /// The same field twice.
    DuplicateField = 5,
    /// A required field is missing.
    MissingField = 6,
    /// A field has the wrong type or is out of range.
    FieldType = 7,
    /// An empty path.
    PathEmpty = 16,
    /// A NUL byte in a path.
    PathNul = 17,
    /// A `..` component, which may lead anywhere through a symbolic link.
    PathDotDot = 18,
    /// A relative path without an absolute `cwd` or `dirfd_path`.
    PathRelative = 19,
    /// The path was cut off.
    PathTruncated = 20,
    /// Longer than 64 KiB.
    PathTooLong = 21,
    /// A magic link such as `/proc/self/root` or `/dev/fd/3`, which names
    /// another object.
    PathMagicLink = 22,
    /// A character no Windows path may hold.
    PathCharacter = 23,
    /// A Windows device name such as `CON`.
    PathDevice = 24,
    /// An 8.3 name, which names another object.
    PathShortName = 25,
    /// A device, volume or `GLOBALROOT` path without a volume map.
    PathVolume = 26,
    /// A Windows path that another view redirects (`Sysnative`, `D$`).
    PathRedirected = 27,
    /// A registry key below no known hive.
    RegistryHive = 32,
    /// Not an IP address.
    Address = 33,
    /// Not a domain name.
    Domain = 34,
    /// An empty user or group name, or one with a NUL byte.
    PrincipalName = 35,
    /// A user or group id outside 0 to 4294967294.
    PrincipalId = 36,
    /// Not a Windows security identifier.
    PrincipalSid = 37,
    /// The group list is incomplete and the missing ones could matter.
    GroupsIncomplete = 38,
    /// Not 64 hexadecimal digits.
    Sha256 = 39,
    /// The time is missing or out of range and a rule needs it.
    Time = 40,
}

/// One protection inside a policy. Numbers are never reused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_control {
    /// Names, addresses and programs of mining pools.
    BlockCryptocurrencyMining = 1,
    /// Names and addresses on reputation lists.
    DnsIpReputation = 2,
    /// Too many failed logins.
    BruteForceLoginDetection = 3,
    /// Files that nobody may touch.
    FileBlock = 4,
    /// Files whose use is reported.
    FileIntegrityMonitoring = 5,
    /// Activity recorded for later investigation.
    Forensics = 6,
    /// Who may log in.
    OsUsersAndGroupsAllowed = 7,
    /// Who may not log in.
    OsUsersAndGroupsBlocked = 8,
    /// What to do with malware.
    RealtimeMalwareProtection = 9,
    /// Changes to clock, services and audit logs.
    SystemIntegrityMonitoring = 10,
    /// Registry keys whose use is reported.
    WindowsRegistryMonitoring = 11,
    /// Registry keys that may not change.
    WindowsRegistryProtection = 12,
    /// Programs run from a scratch directory.
    BlockMaliciousExecutables = 13,
    /// Programs that may not run.
    ExecutablesBlocked = 14,
    /// The only programs that may run.
    ExecutablesAllowed = 15,
    /// Files that may only be read and run.
    ReadOnlyFiles = 16,
    /// Programs without a file.
    FilelessExecutionBlock = 17,
    /// Names, networks and ports that may not be used.
    NetworkBlock = 18,
    /// Shells whose terminal is a socket.
    ReverseShellBlock = 19,
    /// One source trying many ports or hosts.
    PortScanDetection = 20,
    /// Decoys that nobody has a reason to touch.
    Honeypot = 21,
}

/// Why a decision is what it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_reason {
    /// No rule matched.
    NoMatch = 1,
    /// The decision's `rule` matched.
    Matched = 2,
    /// The actor is quarantined.
    Quarantined = 3,
    /// The event could not be understood; the fail mode applied, and the
    /// decision's `code` says what is wrong.
    InvalidEvent = 4,
}

/// The number of a word that the core numbers from 0.
macro_rules! number {
    ($word:expr) => {
        ($word as u32).wrapping_add(1)
    };
}
pub(crate) use number;

/// The word of the core with a number; `None` for 0 and for what is no word.
#[inline]
pub(crate) fn word<T>(number: u32, from: impl Fn(u8) -> Option<T>) -> Option<T> {
    from(u8::try_from(number.wrapping_sub(1)).ok()?)
}

/// The number of a reason.
#[inline]
pub(crate) fn reason(reason: Reason) -> u32 {
    (match reason {
        Reason::NoMatch => wardline_reason::NoMatch,
        Reason::Matched => wardline_reason::Matched,
        Reason::Quarantined => wardline_reason::Quarantined,
        _ => wardline_reason::InvalidEvent,
    }) as u32
}

/// The spelling of a word, which policies, events and every binding use.
fn spelling(word: Option<&'static str>) -> wardline_text<'static> {
    wardline_text::new(word.unwrap_or(""))
}

/// How an action is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_action_name(number: u32) -> wardline_text<'static> {
    spelling(word(number, Action::from_number).map(Action::as_str))
}

/// How a kind is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_kind_name(number: u32) -> wardline_text<'static> {
    spelling(word(number, Kind::from_number).map(Kind::as_str))
}

/// How a severity is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_severity_name(number: u32) -> wardline_text<'static> {
    spelling(word(number, Severity::from_number).map(Severity::as_str))
}

/// How a mode is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_mode_name(number: u32) -> wardline_text<'static> {
    spelling(word(number, Mode::from_number).map(Mode::as_str))
}

/// How an enforcement is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_enforcement_name(number: u32) -> wardline_text<'static> {
    spelling(word(number, Enforcement::from_number).map(Enforcement::as_str))
}

/// How a control is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_control_name(number: u32) -> wardline_text<'static> {
    spelling(u8::try_from(number).ok().and_then(Control::from_number).map(Control::as_str))
}

/// How a code of an invalid event is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_invalid_name(number: u32) -> wardline_text<'static> {
    spelling(u8::try_from(number).ok().and_then(Invalid::from_number).map(Invalid::as_str))
}

/// How a reason is spelled; empty if the number is none. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_reason_name(number: u32) -> wardline_text<'static> {
    const ALL: [Reason; 4] = [
        Reason::NoMatch,
        Reason::Matched,
        Reason::Quarantined,
        Reason::InvalidEvent(Invalid::NotAnEvent),
    ];
    spelling(ALL.iter().find(|&&one| reason(one) == number).map(|one| one.as_str()))
}
