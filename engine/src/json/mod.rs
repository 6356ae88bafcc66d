//! Events as JSON, one object a line, as `docs/events.md` describes them.
//!
//! Reading never fails and never guesses: a line that is not understood as a
//! whole gives an event whose [`Event::malformed`] says why, with everything
//! that was understood filled in, so that it cannot escape a rule by a fault in
//! another field. Of several faults the one told is, in this order: not an
//! event, a duplicate key anywhere, the kind, an unknown field, then the fields
//! in the order of [`Event`]'s documentation.

mod fields;
#[cfg(test)]
mod tests;
mod tree;

use alloc::borrow::Cow;
use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use self::fields::{Fault, Fields};
use self::tree::{Noticed, Tree};
use crate::decision::Invalid;
use crate::event::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Event, Exec,
    File, FileOperation, Kind, Login, Malware, Network, Principal, Process, Protocol, Registry,
    RegistryOperation, Subject, System, SystemChange,
};

/// One event read from JSON, and the memory it borrows from. Reuse it.
///
/// # Example
///
/// ```
/// use wardline::json::EventBuf;
/// use wardline::{Invalid, Kind};
///
/// let mut event = EventBuf::default();
/// event.read(br#"{"kind": "exec", "path": "/tmp/payload", "user": {"id": 33}}"#);
/// event.with_event(|event| {
///     assert_eq!(event.activity.kind(), Some(Kind::Exec));
///     assert_eq!(event.malformed, None);
/// });
///
/// event.read(br#"{"kind": "exec", "path": "/tmp/payload", "usr": {"id": 33}}"#);
/// event.with_event(|event| assert_eq!(event.malformed, Some(Invalid::UnknownField)));
/// ```
#[derive(Debug, Default)]
pub struct EventBuf {
    /// `None` if there was no object.
    members: Option<Vec<(String, Tree)>>,
    duplicate: bool,
    metadata: Option<String>,
}

impl EventBuf {
    /// Reads one event, forgetting the last. White space around it is allowed.
    ///
    /// O(n log n) in the length of the line.
    pub fn read(&mut self, line: &[u8]) {
        *self = EventBuf::default();
        let Some(parts) = tree::members(line) else { return };
        let mut noticed = Noticed { duplicate: tree::duplicate(&parts), unreadable: false };
        let mut members = Vec::with_capacity(parts.len());
        for (key, raw) in parts {
            noticed.unreadable = false;
            let mut tree = tree::read(raw, 1, &mut noticed);
            if key == "metadata" {
                if noticed.unreadable {
                    tree = Tree::Unreadable;
                } else if self.metadata.is_none() && !matches!(tree, Tree::Null) {
                    self.metadata = Some(raw.to_owned());
                }
            }
            members.push((key, tree));
        }
        map_names(&mut members);
        self.members = Some(members);
        self.duplicate = noticed.duplicate;
    }

    /// The event's `metadata` as it was written: any JSON value but `null`.
    pub fn metadata(&self) -> Option<&str> {
        self.metadata.as_deref()
    }

    /// Calls `f` with the event that was read last. Before the first, it is
    /// one that is [`Invalid::NotAnEvent`].
    pub fn with_event<R>(&self, f: impl FnOnce(&Event<'_>) -> R) -> R {
        let Some(members) = &self.members else {
            return f(&Event::invalid(Invalid::NotAnEvent));
        };
        let fault = Fault::default();
        if self.duplicate {
            fault.note(Invalid::DuplicateField);
        }
        let fields = Fields::new(members, &fault);
        let kind = fields.required("kind", kind(fields, &fault));
        if let Some(kind) = kind {
            fields.only(&[COMMON, names(kind)]);
        }

        let time = fields.integer::<i64>("time").map(i64::cast_unsigned);
        let process = fields.object("process").map(|fields| fields.only(&[PROCESS]));
        let process_argv = process.map(|fields| fields.byte_strings("argv")).unwrap_or_default();
        let process = process.map_or(Process::UNKNOWN, |fields| Process {
            path: fields.bytes("path"),
            name: fields.bytes("name"),
            pid: fields.integer("pid"),
            argv: &process_argv,
        });
        let user = fields.object("user").map_or(Principal::UNKNOWN, Fields::principal);
        let groups = fields.principals("groups");
        fields.any("metadata");

        let lists = kind.map(|kind| Lists::new(kind, fields)).unwrap_or_default();
        let activity = match kind {
            Some(kind) => activity(kind, fields, &lists).unwrap_or(Activity::Unknown(Some(kind))),
            None => Activity::Unknown(None),
        };
        if matches!(activity, Activity::Login(_)) && user.is_unknown() {
            fault.note(Invalid::MissingField);
        }
        let malformed = fault.first();
        f(&Event {
            time,
            process,
            user,
            groups: &groups,
            actor: None,
            activity,
            idna: true,
            malformed,
        })
    }
}

/// Maps domain names above ASCII to A-labels where that can be done.
fn map_names(members: &mut [(String, Tree)]) {
    let is = |kind: Kind| {
        let kind = kind.as_str();
        let says = |tree: &Tree| matches!(tree, Tree::Text(text) if text == kind);
        members.iter().any(|(key, tree)| key == "kind" && says(tree))
    };
    let names: &[&str] = match (is(Kind::Dns), is(Kind::Network)) {
        (true, _) => &["name", "cnames"],
        (_, true) => &["domain"],
        _ => return,
    };
    for (_, tree) in members.iter_mut().filter(|(key, _)| names.contains(&key.as_str())) {
        match tree {
            Tree::List(trees) => trees.iter_mut().for_each(map_name),
            tree => map_name(tree),
        }
    }
}

fn map_name(tree: &mut Tree) {
    let name = match tree {
        Tree::Text(text) => text.as_bytes(),
        Tree::Hex(bytes) => bytes,
        _ => return,
    };
    if let Some(Cow::Owned(mapped)) = crate::policy::domain::map(name)
        && let Ok(mapped) = String::from_utf8(mapped)
    {
        *tree = Tree::Text(mapped);
    }
}

fn kind(fields: Fields<'_>, fault: &Fault) -> Option<Kind> {
    let kind = Kind::parse(fields.text("kind")?.as_bytes());
    if kind.is_none() {
        fault.note(Invalid::UnknownKind);
    }
    kind
}

/// What an activity borrows its lists from.
#[derive(Default)]
struct Lists<'a> {
    aliases: Vec<&'a [u8]>,
    argv: Vec<&'a [u8]>,
    answers: Vec<Address<'a>>,
    cnames: Vec<&'a [u8]>,
}

impl<'a> Lists<'a> {
    fn new(kind: Kind, fields: Fields<'a>) -> Self {
        match kind {
            Kind::File => Lists { aliases: fields.byte_strings("aliases"), ..Lists::default() },
            Kind::Exec => Lists {
                aliases: fields.byte_strings("aliases"),
                argv: fields.byte_strings("argv"),
                ..Lists::default()
            },
            Kind::Dns => Lists {
                answers: fields.addresses("answers"),
                cnames: fields.byte_strings("cnames"),
                ..Lists::default()
            },
            _ => Lists::default(),
        }
    }
}

/// What happens, or `None` if the word that says so is missing or unknown.
fn activity<'a>(kind: Kind, fields: Fields<'a>, lists: &'a Lists<'a>) -> Option<Activity<'a>> {
    Some(match kind {
        Kind::File => {
            let operation = fields.word("operation", file_operation);
            let operation = fields.required("operation", operation)?;
            let target = fields.bytes("target");
            if matches!(operation, FileOperation::Rename | FileOperation::Link) {
                fields.required("target", target);
            }
            Activity::File(File {
                operation,
                path: fields.required_bytes("path"),
                target,
                requested: fields.bytes("requested"),
                aliases: &lists.aliases,
                base: base(fields),
                mode: fields.integer("mode"),
                truncated: fields.flag("truncated").unwrap_or(false),
                deleted: fields.flag("deleted").unwrap_or(false),
            })
        }
        Kind::Exec => Activity::Exec(Exec {
            path: fields.required_bytes("path"),
            requested: fields.bytes("requested"),
            aliases: &lists.aliases,
            argv: &lists.argv,
            base: base(fields),
            script: fields.bytes("script"),
            sha256: fields.bytes("sha256"),
            memfd: fields.flag("memfd").unwrap_or(false),
            truncated: fields.flag("truncated").unwrap_or(false),
            deleted: fields.flag("deleted").unwrap_or(false),
            stdio_socket: fields.flag("stdio_socket").unwrap_or(false),
            ip: fields.address("ip"),
        }),
        Kind::Network => {
            let ip = fields.address("ip");
            let domain = fields.bytes("domain");
            if ip.is_none() {
                fields.required("domain", domain);
            }
            let direction = fields.word("direction", Direction::parse);
            Activity::Network(Network {
                direction: fields.required("direction", direction)?,
                ip,
                domain,
                port: fields.integer("port"),
                protocol: fields.word("protocol", Protocol::parse),
            })
        }
        Kind::Dns => Activity::Dns(Dns {
            name: fields.required_bytes("name"),
            answers: &lists.answers,
            cnames: &lists.cnames,
        }),
        Kind::Login => Activity::Login(Login {
            source: fields.address("source"),
            success: fields.flag("success"),
            // Only groups that were given are taken for all there are.
            groups_complete: fields.flag("groups_complete").unwrap_or(fields.has("groups")),
        }),
        Kind::Account => {
            let subject = fields.required("subject", fields.word("subject", Subject::parse));
            let operation = fields.word("operation", AccountOperation::parse);
            Activity::Account(Account {
                operation: fields.required("operation", operation)?,
                subject: subject?,
                name: fields.required_bytes("name"),
            })
        }
        Kind::Registry => {
            let operation = fields.word("operation", RegistryOperation::parse);
            Activity::Registry(Registry {
                operation: fields.required("operation", operation)?,
                key: fields.required_bytes("key"),
                value: fields.bytes("value"),
            })
        }
        Kind::System => Activity::System(System {
            what: fields.required("what", fields.word("what", SystemChange::parse))?,
            name: fields.bytes("name"),
        }),
        Kind::Malware => Activity::Malware(Malware {
            path: fields.required_bytes("path"),
            signature: fields.bytes("signature"),
        }),
        Kind::Credential => {
            let name = fields.bytes("name");
            let id = fields.bytes("id");
            if name.is_none() {
                fields.required("id", id);
            }
            Activity::Credential(Credential { name, id })
        }
    })
}

/// Enforcers that see system calls may name them.
fn file_operation(word: &[u8]) -> Option<FileOperation> {
    match word {
        b"truncate" => Some(FileOperation::Modify),
        b"chmod" | b"chown" | b"utime" | b"setxattr" => Some(FileOperation::Attributes),
        word => FileOperation::parse(word),
    }
}

fn base(fields: Fields<'_>) -> Base<'_> {
    Base {
        cwd: fields.bytes("cwd"),
        dirfd_path: fields.bytes("dirfd_path"),
        root: fields.bytes("root"),
    }
}

/// The fields of every kind.
const COMMON: &[&str] = &["groups", "kind", "metadata", "process", "time", "user"];
const PROCESS: &[&str] = &["argv", "name", "path", "pid"];

/// The further fields of a kind.
#[rustfmt::skip]
fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::File => &[
            "aliases", "cwd", "deleted", "dirfd_path", "mode", "operation", "path", "requested",
            "root", "target", "truncated",
        ],
        Kind::Exec => &[
            "aliases", "argv", "cwd", "deleted", "dirfd_path", "ip", "memfd", "path", "requested",
            "root", "script", "sha256", "stdio_socket", "truncated",
        ],
        Kind::Network => &["direction", "domain", "ip", "port", "protocol"],
        Kind::Dns => &["answers", "cnames", "name"],
        Kind::Login => &["groups_complete", "source", "success"],
        Kind::Account => &["name", "operation", "subject"],
        Kind::Registry => &["key", "operation", "value"],
        Kind::System => &["name", "what"],
        Kind::Malware => &["path", "signature"],
        Kind::Credential => &["id", "name"],
    }
}
