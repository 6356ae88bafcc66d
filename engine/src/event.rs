//! Events: one activity on a host or in a function that an enforcer asks about.
//!
//! Plain data that borrows everything, so that building one costs nothing.
//! Operating-system strings are bytes, never text: a lossy conversion would
//! let an object escape its rule.
//!
//! Field names and values are those of the JSON form (`docs/events.md`) and of
//! every binding.

use crate::actor::Actor;
use crate::decision::Invalid;

/// One activity to decide about.
///
/// # Example
///
/// ```
/// use wardline::{Activity, Event, Exec, Process};
///
/// let event = Event {
///     process: Process { path: Some(b"/usr/bin/bash"), ..Process::default() },
///     ..Event::new(Activity::Exec(Exec::new(b"/tmp/payload")))
/// };
/// assert_eq!(event.activity.kind(), Some(wardline::Kind::Exec));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Milliseconds since the Unix epoch, 0 to 2^63 - 1. Required only by
    /// controls over time and by `enforce_after`.
    pub time: Option<u64>,
    /// Who acts. For [`Exec`], the program that calls exec.
    pub process: Process<'a>,
    /// The effective identity of the access.
    pub user: Principal<'a>,
    /// The groups of `user`, any number.
    pub groups: &'a [Principal<'a>],
    /// What an engine has found out about `process`, `user` and `groups`, of
    /// which it must have been made. It answers the conditions on them; the
    /// fields are still read for what else is about them: logins, allow-lists
    /// for root, controls over time, explanations and audit events.
    pub actor: Option<&'a Actor>,
    /// What happens.
    pub activity: Activity<'a>,
    /// Set where the event could not be understood as a whole, such as an
    /// unknown field or a missing one. What was understood still decides, and
    /// the strongest action wins.
    pub malformed: Option<Invalid>,
}

impl<'a> Event<'a> {
    /// An event of which only the activity is known.
    pub const fn new(activity: Activity<'a>) -> Self {
        Event {
            time: None,
            process: Process::UNKNOWN,
            user: Principal::UNKNOWN,
            groups: &[],
            actor: None,
            activity,
            malformed: None,
        }
    }

    /// Something that is no event, for example a line that is not JSON or one
    /// of an unknown kind. It is decided by the fail mode, never allowed.
    pub const fn invalid(code: Invalid) -> Self {
        let mut event = Event::new(Activity::Unknown(None));
        event.malformed = Some(code);
        event
    }

    /// The time, if there is one in range.
    pub(crate) fn known_time(&self) -> Option<u64> {
        self.time.filter(|&time| time <= i64::MAX as u64)
    }
}

/// The acting process. Every part may be unknown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Process<'a> {
    /// The path of its program. One without a canonical form counts as unknown.
    pub path: Option<&'a [u8]>,
    /// Its short name (`comm`). Carried into audit events, never matched:
    /// every process may set its own.
    pub name: Option<&'a [u8]>,
    /// Its process id.
    pub pid: Option<u32>,
    /// Its arguments. Carried, never matched.
    pub argv: &'a [&'a [u8]],
}

impl Process<'_> {
    /// Nothing known.
    pub const UNKNOWN: Process<'static> = Process { path: None, name: None, pid: None, argv: &[] };
}

/// A user or a group, by any of the names the enforcer knows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Principal<'a> {
    /// The name, `alice` or `DOMAIN\alice`.
    pub name: Option<&'a [u8]>,
    /// The numeric id, 0 to 4294967294. Anything else is invalid where it
    /// matters: 4294967295 is "no id" to the kernel.
    pub id: Option<u64>,
    /// The Windows security identifier, `S-1-5-…`.
    pub sid: Option<&'a [u8]>,
}

impl Principal<'_> {
    /// Nothing known.
    pub const UNKNOWN: Principal<'static> = Principal { name: None, id: None, sid: None };

    /// Whether nothing at all is known.
    pub const fn is_unknown(&self) -> bool {
        self.name.is_none() && self.id.is_none() && self.sid.is_none()
    }
}

/// What happens, by kind.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Activity<'a> {
    /// A file is accessed.
    File(File<'a>),
    /// A program is about to be run.
    Exec(Exec<'a>),
    /// A connection is made, accepted, or listened for.
    Network(Network<'a>),
    /// A name is looked up.
    Dns(Dns<'a>),
    /// A user logs in; the user is [`Event::user`].
    Login(Login<'a>),
    /// A user or group is created, deleted or modified.
    Account(Account<'a>),
    /// A Windows registry key or value is accessed.
    Registry(Registry<'a>),
    /// The system itself changes.
    System(System<'a>),
    /// A scanner found malware in a file.
    Malware(Malware<'a>),
    /// A secret is read or used.
    Credential(Credential<'a>),
    /// Not understood: of a kind this build does not know, or of a known kind
    /// with an operation it does not know.
    Unknown(Option<Kind>),
}

impl Activity<'_> {
    /// The kind, or `None` if it is unknown.
    pub const fn kind(&self) -> Option<Kind> {
        Some(match self {
            Activity::File(_) => Kind::File,
            Activity::Exec(_) => Kind::Exec,
            Activity::Network(_) => Kind::Network,
            Activity::Dns(_) => Kind::Dns,
            Activity::Login(_) => Kind::Login,
            Activity::Account(_) => Kind::Account,
            Activity::Registry(_) => Kind::Registry,
            Activity::System(_) => Kind::System,
            Activity::Malware(_) => Kind::Malware,
            Activity::Credential(_) => Kind::Credential,
            Activity::Unknown(kind) => return *kind,
        })
    }
}

/// Declares a fieldless enum with a stable number and the one spelling that
/// policies, events and every binding use.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant = $number),+ }

        impl $name {
            /// Every value, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The spelling used in policies, events and every binding.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The value with this spelling. Spellings are exact.
            pub fn parse(text: &[u8]) -> Option<$name> {
                $(if text == $text.as_bytes() { return Some($name::$variant); })+
                None
            }

            /// The value with this number, as stored in bundles.
            pub const fn from_number(number: u8) -> Option<$name> {
                match number { $($number => Some($name::$variant),)+ _ => None }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// The kinds of events.
    Kind {
        /// [`File`].
        File = 0 "file",
        /// [`Exec`].
        Exec = 1 "exec",
        /// [`Network`].
        Network = 2 "network",
        /// [`Dns`].
        Dns = 3 "dns",
        /// [`Login`].
        Login = 4 "login",
        /// [`Account`].
        Account = 5 "account",
        /// [`Registry`].
        Registry = 6 "registry",
        /// [`System`].
        System = 7 "system",
        /// [`Malware`].
        Malware = 8 "malware",
        /// [`Credential`].
        Credential = 9 "credential",
    }
}

vocabulary! {
    /// What is done to a file.
    FileOperation {
        /// Its contents or entries are read.
        Read = 0 "read",
        /// It comes into being.
        Create = 1 "create",
        /// Its contents change (`truncate` is accepted in events).
        Modify = 2 "modify",
        /// It is removed.
        Delete = 3 "delete",
        /// It gets the name `target`: delete and modify of `path`, create and
        /// modify of `target`.
        Rename = 4 "rename",
        /// It gets the further name `target`: attributes and modify of `path`,
        /// create of `target`.
        Link = 5 "link",
        /// Owner, permissions, times or extended attributes change (`chmod`,
        /// `chown`, `utime`, `setxattr` are accepted in events).
        Attributes = 6 "attributes",
        /// It is mapped or run as a program.
        Execute = 7 "execute",
    }
}

/// A file access.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// What is done.
    pub operation: FileOperation,
    /// The real object: symbolic links resolved by the enforcer.
    pub path: &'a [u8],
    /// The second name of a rename or link.
    pub target: Option<&'a [u8]>,
    /// The name the process used, if it is another than `path`.
    pub requested: Option<&'a [u8]>,
    /// Further names of the same object (hard links, bind mounts).
    pub aliases: &'a [&'a [u8]],
    /// What relative paths start from.
    pub base: Base<'a>,
    /// Permission bits after the operation, as in `st_mode`.
    pub mode: Option<u32>,
    /// `path` was cut off by whoever reported it.
    pub truncated: bool,
    /// The kernel appended ` (deleted)` to `path`.
    pub deleted: bool,
}

impl<'a> File<'a> {
    /// An access of which only operation and path are known.
    pub const fn new(operation: FileOperation, path: &'a [u8]) -> Self {
        File {
            operation,
            path,
            target: None,
            requested: None,
            aliases: &[],
            base: Base::NONE,
            mode: None,
            truncated: false,
            deleted: false,
        }
    }
}

/// What relative paths start from, and the process's own root.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Base<'a> {
    /// The working directory.
    pub cwd: Option<&'a [u8]>,
    /// The directory behind a `dirfd` argument; wins over `cwd`.
    pub dirfd_path: Option<&'a [u8]>,
    /// The process's root directory: put before absolute paths and `cwd`.
    pub root: Option<&'a [u8]>,
}

impl Base<'_> {
    /// Nothing known.
    pub const NONE: Base<'static> = Base { cwd: None, dirfd_path: None, root: None };
}

/// A program about to be run.
#[derive(Clone, Copy, Debug)]
pub struct Exec<'a> {
    /// The real path of the image; `memfd:name` if it has no file.
    pub path: &'a [u8],
    /// The name the process used, if it is another than `path`.
    pub requested: Option<&'a [u8]>,
    /// Further names of the same file.
    pub aliases: &'a [&'a [u8]],
    /// The arguments. Only the secrets of decoys are looked for in them.
    pub argv: &'a [&'a [u8]],
    /// What relative paths start from.
    pub base: Base<'a>,
    /// The script that `path` interprets.
    pub script: Option<&'a [u8]>,
    /// The image's SHA-256 in hexadecimal, either case.
    pub sha256: Option<&'a [u8]>,
    /// The image is an anonymous memory file.
    pub memfd: bool,
    /// `path` was cut off by whoever reported it.
    pub truncated: bool,
    /// The kernel appended ` (deleted)` to `path`.
    pub deleted: bool,
    /// Standard input or output is a network socket.
    pub stdio_socket: bool,
    /// The peer of that socket.
    pub ip: Option<Address<'a>>,
}

impl<'a> Exec<'a> {
    /// An exec of which only the path is known.
    pub const fn new(path: &'a [u8]) -> Self {
        Exec {
            path,
            requested: None,
            aliases: &[],
            argv: &[],
            base: Base::NONE,
            script: None,
            sha256: None,
            memfd: false,
            truncated: false,
            deleted: false,
            stdio_socket: false,
            ip: None,
        }
    }
}

/// An IP address as the enforcer has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Address<'a> {
    /// Four bytes in network order.
    V4([u8; 4]),
    /// Sixteen bytes in network order.
    V6([u8; 16]),
    /// Text: dotted decimal without leading zeros, or RFC 4291.
    Text(&'a [u8]),
}

vocabulary! {
    /// The direction of network activity.
    Direction {
        /// A connection is made to a peer.
        Outbound = 0 "outbound",
        /// A connection is accepted from a peer.
        Inbound = 1 "inbound",
        /// A local address is bound for accepting.
        Listen = 2 "listen",
    }
}

vocabulary! {
    /// The transport protocol.
    Protocol {
        /// TCP.
        Tcp = 0 "tcp",
        /// UDP.
        Udp = 1 "udp",
        /// ICMP and ICMPv6.
        Icmp = 2 "icmp",
        /// SCTP.
        Sctp = 3 "sctp",
    }
}

/// A connection. `ip`, `domain` or both.
#[derive(Clone, Copy, Debug)]
pub struct Network<'a> {
    /// Which way.
    pub direction: Direction,
    /// The peer; for [`Direction::Listen`], the bound address.
    pub ip: Option<Address<'a>>,
    /// The name that was connected to.
    pub domain: Option<&'a [u8]>,
    /// The port of the service side.
    pub port: Option<u16>,
    /// The transport.
    pub protocol: Option<Protocol>,
}

/// A name look-up.
#[derive(Clone, Copy, Debug)]
pub struct Dns<'a> {
    /// The name asked for.
    pub name: &'a [u8],
    /// The addresses answered.
    pub answers: &'a [Address<'a>],
    /// The CNAME chain answered.
    pub cnames: &'a [&'a [u8]],
}

/// A login of [`Event::user`] with [`Event::groups`].
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// Where from.
    pub source: Option<Address<'a>>,
    /// The outcome; absent while it is being decided. Only `false` is a failure.
    pub success: Option<bool>,
    /// [`Event::groups`] is known to be the whole list.
    pub groups_complete: bool,
}

vocabulary! {
    /// What kind of account.
    Subject {
        /// A user.
        User = 0 "user",
        /// A group.
        Group = 1 "group",
    }
}

vocabulary! {
    /// What is done to an account.
    AccountOperation {
        /// It comes into being.
        Create = 0 "create",
        /// It is removed.
        Delete = 1 "delete",
        /// It changes.
        Modify = 2 "modify",
    }
}

/// A change to a user or group.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// User or group.
    pub subject: Subject,
    /// What is done.
    pub operation: AccountOperation,
    /// Its name.
    pub name: &'a [u8],
}

vocabulary! {
    /// What is done in the registry.
    RegistryOperation {
        /// A key or value comes into being.
        Create = 0 "create",
        /// It is read.
        Read = 1 "read",
        /// It changes.
        Modify = 2 "modify",
        /// It is removed.
        Delete = 3 "delete",
        /// Its security descriptor changes.
        Attributes = 4 "attributes",
    }
}

/// A registry access.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'a> {
    /// What is done.
    pub operation: RegistryOperation,
    /// The key.
    pub key: &'a [u8],
    /// The value, where one is accessed; empty is the default value.
    pub value: Option<&'a [u8]>,
}

vocabulary! {
    /// What changes in the system.
    SystemChange {
        /// The clock.
        TimeChange = 0 "time_change",
        /// A service comes into being.
        ServiceCreate = 1 "service_create",
        /// A service is removed.
        ServiceDelete = 2 "service_delete",
        /// A service changes.
        ServiceChange = 3 "service_change",
        /// An audit log is cleared.
        LogClear = 4 "log_clear",
        /// An audit log is tampered with or stopped.
        LogTamper = 5 "log_tamper",
    }
}

/// A change to the system itself.
#[derive(Clone, Copy, Debug)]
pub struct System<'a> {
    /// What changes.
    pub what: SystemChange,
    /// Of which service or log.
    pub name: Option<&'a [u8]>,
}

/// A scanner's finding.
#[derive(Clone, Copy, Debug)]
pub struct Malware<'a> {
    /// The infected file.
    pub path: &'a [u8],
    /// What was found.
    pub signature: Option<&'a [u8]>,
}

/// A secret is read or used. `name`, `id` or both.
#[derive(Clone, Copy, Debug)]
pub struct Credential<'a> {
    /// The environment variable that was read.
    pub name: Option<&'a [u8]>,
    /// The key that was used.
    pub id: Option<&'a [u8]>,
}
