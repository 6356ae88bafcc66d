//! Events as C programs write them.
//!
//! The structs have the fields of `docs/events.md`, with the names they have there.
//! Zero is what a field is that nobody knows.

use crate::actor::wardline_actor;
use crate::raw::{Bits, In, Items, wardline_bytes};

/// One activity to decide about. Make it with `wardline_event_of`, which sets
/// everything to zero but `size` and `kind`, then fill in what is known.
///
/// It borrows: what it points to must stay as it is during the call. An event that
/// cannot be understood is no error of the call: its decision has the reason
/// `WARDLINE_REASON_INVALID_EVENT`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_event<'a> {
    /// `sizeof(wardline_event)`.
    pub size: u32,
    /// A `wardline_kind`; any other is an invalid event.
    pub kind: u32,
    /// Milliseconds since the Unix epoch, if `has_time` is not 0.
    pub time: u64,
    /// Whether `time` is known.
    pub has_time: u32,
    /// Zero.
    pub reserved: u32,
    /// Who acts. For an exec, the program that calls exec.
    pub process: wardline_process<'a>,
    /// The effective identity of the access.
    pub user: wardline_principal<'a>,
    /// The groups of `user`.
    pub groups: Items<'a, wardline_principal<'a>>,
    /// What `wardline_engine_actor` found out about the three, or NULL.
    pub actor: In<'a, wardline_actor>,
    /// What happens: the member of the kind.
    pub of: wardline_activity<'a>,
}

/// The acting process. Every part may be unknown.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_process<'a> {
    /// The path of its program.
    pub path: wardline_bytes<'a>,
    /// Its short name; carried, never matched.
    pub name: wardline_bytes<'a>,
    /// Its arguments; carried, never matched.
    pub argv: Items<'a, wardline_bytes<'a>>,
    /// Its process id, if `has_pid` is not 0.
    pub pid: u32,
    /// Whether `pid` is known.
    pub has_pid: u32,
}

/// A user or a group, by any of the names that are known.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_principal<'a> {
    /// The name, `alice` or `DOMAIN\alice`.
    pub name: wardline_bytes<'a>,
    /// The Windows security identifier, `S-1-5-…`.
    pub sid: wardline_bytes<'a>,
    /// The numeric id, if `has_id` is not 0.
    pub id: u64,
    /// Whether `id` is known.
    pub has_id: u32,
    /// Zero.
    pub reserved: u32,
}

/// What an address is given as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_address_form {
    /// The first four of `bytes`, in network order.
    V4 = 1,
    /// `bytes`, in network order.
    V6 = 2,
    /// `text`: dotted decimal without leading zeros, or RFC 4291.
    Text = 3,
}

/// An IP address.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_address<'a> {
    /// A `wardline_address_form`, or 0 if there is no address.
    pub form: u32,
    /// The address in network order.
    pub bytes: [u8; 16],
    /// Zero.
    pub reserved: u32,
    /// The address as text.
    pub text: wardline_bytes<'a>,
}

/// What relative paths start from, and the process's own root.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_base<'a> {
    /// The working directory.
    pub cwd: wardline_bytes<'a>,
    /// The directory behind a `dirfd` argument; wins over `cwd`.
    pub dirfd_path: wardline_bytes<'a>,
    /// The process's root directory.
    pub root: wardline_bytes<'a>,
}

/// What happens: the member that `kind` of the event names.
#[derive(Clone, Copy)]
#[repr(C)]
pub union wardline_activity<'a> {
    /// `WARDLINE_KIND_FILE`.
    pub file: wardline_file<'a>,
    /// `WARDLINE_KIND_EXEC`.
    pub exec: wardline_exec<'a>,
    /// `WARDLINE_KIND_NETWORK`.
    pub network: wardline_network<'a>,
    /// `WARDLINE_KIND_DNS`.
    pub dns: wardline_dns<'a>,
    /// `WARDLINE_KIND_LOGIN`.
    pub login: wardline_login<'a>,
    /// `WARDLINE_KIND_ACCOUNT`.
    pub account: wardline_account<'a>,
    /// `WARDLINE_KIND_REGISTRY`.
    pub registry: wardline_registry<'a>,
    /// `WARDLINE_KIND_SYSTEM`.
    pub system: wardline_system<'a>,
    /// `WARDLINE_KIND_MALWARE`.
    pub malware: wardline_malware<'a>,
    /// `WARDLINE_KIND_CREDENTIAL`.
    pub credential: wardline_credential<'a>,
}

/// A file access.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_file<'a> {
    /// A `wardline_file_operation`.
    pub operation: u32,
    /// Permission bits after the operation, if `has_mode` is not 0.
    pub mode: u32,
    /// The real object: symbolic links resolved. Required.
    pub path: wardline_bytes<'a>,
    /// The second name; required for a rename and a link.
    pub target: wardline_bytes<'a>,
    /// The name the process used, if it is another than `path`.
    pub requested: wardline_bytes<'a>,
    /// Further names of the same object.
    pub aliases: Items<'a, wardline_bytes<'a>>,
    /// What relative paths start from.
    pub base: wardline_base<'a>,
    /// Whether `mode` is known.
    pub has_mode: u8,
    /// `path` was cut off by whoever reported it.
    pub truncated: u8,
    /// The kernel appended ` (deleted)` to `path`.
    pub deleted: u8,
}

/// A program about to be run.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_exec<'a> {
    /// The real path of the image; `memfd:name` if it has no file. Required.
    pub path: wardline_bytes<'a>,
    /// The name the process used, if it is another than `path`.
    pub requested: wardline_bytes<'a>,
    /// Further names of the same file.
    pub aliases: Items<'a, wardline_bytes<'a>>,
    /// The arguments.
    pub argv: Items<'a, wardline_bytes<'a>>,
    /// What relative paths start from.
    pub base: wardline_base<'a>,
    /// The script that `path` interprets.
    pub script: wardline_bytes<'a>,
    /// The image's SHA-256 in hexadecimal.
    pub sha256: wardline_bytes<'a>,
    /// The peer of `stdio_socket`.
    pub ip: wardline_address<'a>,
    /// The image is an anonymous memory file.
    pub memfd: u8,
    /// `path` was cut off by whoever reported it.
    pub truncated: u8,
    /// The kernel appended ` (deleted)` to `path`.
    pub deleted: u8,
    /// Standard input or output is a network socket.
    pub stdio_socket: u8,
}

/// A connection. `ip`, `domain` or both are required.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_network<'a> {
    /// A `wardline_direction`. Required.
    pub direction: u32,
    /// A `wardline_protocol`, or 0 if it is not known.
    pub protocol: u32,
    /// The peer; for listen, the bound address.
    pub ip: wardline_address<'a>,
    /// The name that was connected to.
    pub domain: wardline_bytes<'a>,
    /// The port of the service side, if `has_port` is not 0.
    pub port: u16,
    /// Whether `port` is known.
    pub has_port: u8,
}

/// A name look-up.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_dns<'a> {
    /// The name asked for. Required.
    pub name: wardline_bytes<'a>,
    /// The addresses answered.
    pub answers: Items<'a, wardline_address<'a>>,
    /// The CNAME chain answered.
    pub cnames: Items<'a, wardline_bytes<'a>>,
}

/// A fact that may be unknown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_fact {
    /// It is not known, or not yet.
    Unknown = 0,
    /// It is so.
    Yes = 1,
    /// It is not so.
    No = 2,
}

/// A login of the event's `user` with its `groups`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_login<'a> {
    /// Where from.
    pub source: wardline_address<'a>,
    /// A `wardline_fact`: the outcome; unknown while it is being decided.
    pub success: u32,
    /// A `wardline_fact`: the event's `groups` are all there are. Unknown: they
    /// are if they are given.
    pub groups_complete: u32,
}

/// A change to a user or group.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_account<'a> {
    /// A `wardline_subject`. Required.
    pub subject: u32,
    /// A `wardline_account_operation`. Required.
    pub operation: u32,
    /// Its name. Required.
    pub name: wardline_bytes<'a>,
}

/// A registry access.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_registry<'a> {
    /// A `wardline_registry_operation`. Required.
    pub operation: u32,
    /// Zero.
    pub reserved: u32,
    /// The key. Required.
    pub key: wardline_bytes<'a>,
    /// The value, where one is accessed; not NULL but empty is the default value.
    pub value: wardline_bytes<'a>,
}

/// A change to the system itself.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_system<'a> {
    /// A `wardline_system_change`. Required.
    pub what: u32,
    /// Zero.
    pub reserved: u32,
    /// Of which service or log.
    pub name: wardline_bytes<'a>,
}

/// A scanner's finding.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_malware<'a> {
    /// The infected file. Required.
    pub path: wardline_bytes<'a>,
    /// What was found.
    pub signature: wardline_bytes<'a>,
}

/// A secret is read or used. `name`, `id` or both are required.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_credential<'a> {
    /// The environment variable that was read.
    pub name: wardline_bytes<'a>,
    /// The key that was used.
    pub id: wardline_bytes<'a>,
}

/// Looks at the fields of a struct at once, but for those named first. A field that is
/// in neither list does not compile.
macro_rules! bits {
    ($($struct:ident but [$($other:ident)*]: $($field:ident)+ $(, flags $($flag:ident)+)?;)+) => {
        $(
            impl Bits for $struct<'_> {
                #[inline(always)]
                fn bits(&self) -> u64 {
                    let $struct { $($other: _,)* $($field,)+ $($($flag,)+)? } = self;
                    0 $(| $field.bits())+ $(| [$(*$flag),+].bits())?
                }
            }
        )+
    };
}
bits! {
    wardline_base but []: cwd dirfd_path root;
    wardline_address but [reserved]: form bytes text;
    wardline_file but [operation path target]:
        mode requested aliases base, flags has_mode truncated deleted;
    wardline_exec but [path]:
        requested aliases argv base script sha256 ip,
        flags memfd truncated deleted stdio_socket;
    wardline_network but [direction protocol ip port has_port]: domain;
}

/// The member of a union that is read.
pub(crate) enum Of<'e, 'a> {
    File(&'e wardline_file<'a>),
    Exec(&'e wardline_exec<'a>),
    Network(&'e wardline_network<'a>),
    Dns(&'e wardline_dns<'a>),
    Login(&'e wardline_login<'a>),
    Account(&'e wardline_account<'a>),
    Registry(&'e wardline_registry<'a>),
    System(&'e wardline_system<'a>),
    Malware(&'e wardline_malware<'a>),
    Credential(&'e wardline_credential<'a>),
    Unknown,
}
