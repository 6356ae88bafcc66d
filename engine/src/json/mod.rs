//! Events as JSON, one object a line, as `docs/events.md` describes them.
//!
//! Reading never fails and never guesses: a line that is not understood as a
//! whole gives an event whose [`Event::malformed`] says why, with everything
//! that was understood filled in, so that it cannot escape a rule by a fault in
//! another field. Of several faults the one told is, in this order: not an
//! event, a duplicate key anywhere, the kind, an unknown field, then the fields
//! in the order of [`Event`]'s documentation.

mod fields;
mod names;
mod tape;
#[cfg(test)]
mod tests;

use alloc::borrow::Cow;
use std::string::String;

use self::fields::{Fault, Fields, List, Source};
use self::names::Field;
use self::tape::{Tape, Value};
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
    tape: Tape,
}

impl EventBuf {
    /// Reads one event, forgetting the last. White space around it is allowed, and a byte
    /// order mark before it, which some tools on Windows put at the beginning of a file.
    ///
    /// O(n log n) in the length of the line. After the first lines no memory is taken
    /// but by `serde_json`, for a moment, for escapes and for containers in `metadata`.
    pub fn read(&mut self, line: &[u8]) {
        self.tape.read(line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line));
        if !self.tape.is_ascii() {
            map_names(&mut self.tape);
        }
    }

    /// The event's `metadata` as it was written: any JSON value but `null`.
    pub fn metadata(&self) -> Option<&str> {
        self.tape.metadata()
    }

    /// Calls `f` with the event that was read last. Before the first, it is
    /// one that is [`Invalid::NotAnEvent`].
    pub fn with_event<R>(&self, f: impl FnOnce(&Event<'_>) -> R) -> R {
        let fault = Fault::default();
        let source = Source { tape: &self.tape, fault: &fault };
        let Some(fields) = self.tape.event().and_then(|event| Fields::new(source, event)) else {
            return f(&Event::invalid(Invalid::NotAnEvent));
        };
        if self.tape.has_duplicate() {
            fault.note(Invalid::DuplicateField);
        }
        let kind = fields.required(Field::Kind, kind(fields, &fault));
        if let Some(kind) = kind {
            fields.only(names::of_event(kind));
        }

        let time = fields.integer::<i64>(Field::Time).map(i64::cast_unsigned);
        let process = fields.object(Field::Process).map(|fields| fields.only(names::PROCESS));
        let mut process_argv = List::new();
        if let Some(fields) = process {
            fields.byte_strings(Field::Argv, &mut process_argv);
        }
        let process = process.map_or(Process::UNKNOWN, |fields| Process {
            path: fields.bytes(Field::Path),
            name: fields.bytes(Field::Name),
            pid: fields.integer(Field::Pid),
            argv: &process_argv,
        });
        let user = fields.object(Field::User).map_or(Principal::UNKNOWN, Fields::principal);
        let mut groups = List::new();
        fields.principals(Field::Groups, &mut groups);
        fields.any(Field::Metadata);

        let mut lists = Lists::default();
        if let Some(kind) = kind {
            lists.read(kind, fields);
        }
        let activity = match kind {
            Some(kind) => activity(kind, fields, &lists).unwrap_or(Activity::Unknown(Some(kind))),
            None => Activity::Unknown(None),
        };
        if matches!(activity, Activity::Login(_)) && user.is_unknown() {
            fault.note(Invalid::MissingField);
        }
        let malformed = fault.first();
        f(&Event { time, process, user, groups: &groups, actor: None, activity, malformed })
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Maps domain names above ASCII to A-labels where that can be done.
fn map_names(tape: &mut Tape) {
    let is = |kind: Kind| {
        let mut members = tape.event().into_iter().flat_map(|event| event.inside);
        members.any(|member| match member.value {
            Value::Text(word) if member.field == Some(Field::Kind) => {
                tape.bytes(word) == kind.as_str().as_bytes()
            }
            _ => false,
        })
    };
    let names: &[Field] = match (is(Kind::Dns), is(Kind::Network)) {
        (true, _) => &[Field::Name, Field::Cnames],
        (_, true) => &[Field::Domain],
        _ => return,
    };
    tape.map(names, |name| match crate::policy::domain::map(name) {
        Some(Cow::Owned(mapped)) => String::from_utf8(mapped).ok(),
        _ => None,
    });
}

fn kind(fields: Fields<'_>, fault: &Fault) -> Option<Kind> {
    let kind = Kind::parse(fields.text(Field::Kind)?);
    if kind.is_none() {
        fault.note(Invalid::UnknownKind);
    }
    kind
}

/// What an activity borrows its lists from.
#[derive(Default)]
struct Lists<'a> {
    aliases: List<&'a [u8]>,
    argv: List<&'a [u8]>,
    answers: List<Address<'a>>,
    cnames: List<&'a [u8]>,
}

impl<'a> Lists<'a> {
    /// Reads those that a kind has.
    fn read(&mut self, kind: Kind, fields: Fields<'a>) {
        match kind {
            Kind::File => fields.byte_strings(Field::Aliases, &mut self.aliases),
            Kind::Exec => {
                fields.byte_strings(Field::Aliases, &mut self.aliases);
                fields.byte_strings(Field::Argv, &mut self.argv);
            }
            Kind::Dns => {
                fields.addresses(Field::Answers, &mut self.answers);
                fields.byte_strings(Field::Cnames, &mut self.cnames);
            }
            _ => {}
        }
    }
}

/// What happens, or `None` if the word that says so is missing or unknown.
fn activity<'l, 'a: 'l>(
    kind: Kind,
    fields: Fields<'a>,
    lists: &'l Lists<'a>,
) -> Option<Activity<'l>> {
    Some(match kind {
        Kind::File => {
            let operation = fields.word(Field::Operation, file_operation);
            let operation = fields.required(Field::Operation, operation)?;
            let target = fields.bytes(Field::Target);
            if matches!(operation, FileOperation::Rename | FileOperation::Link) {
                fields.required(Field::Target, target);
            }
            Activity::File(File {
                operation,
                path: fields.required_bytes(Field::Path),
                target,
                requested: fields.bytes(Field::Requested),
                aliases: &lists.aliases,
                base: base(fields),
                mode: fields.integer(Field::Mode),
                truncated: fields.flag(Field::Truncated).unwrap_or(false),
                deleted: fields.flag(Field::Deleted).unwrap_or(false),
            })
        }
        Kind::Exec => Activity::Exec(Exec {
            path: fields.required_bytes(Field::Path),
            requested: fields.bytes(Field::Requested),
            aliases: &lists.aliases,
            argv: &lists.argv,
            base: base(fields),
            script: fields.bytes(Field::Script),
            sha256: fields.bytes(Field::Sha256),
            memfd: fields.flag(Field::Memfd).unwrap_or(false),
            truncated: fields.flag(Field::Truncated).unwrap_or(false),
            deleted: fields.flag(Field::Deleted).unwrap_or(false),
            stdio_socket: fields.flag(Field::StdioSocket).unwrap_or(false),
            ip: fields.address(Field::Ip),
        }),
        Kind::Network => {
            let ip = fields.address(Field::Ip);
            let domain = fields.bytes(Field::Domain);
            if ip.is_none() {
                fields.required(Field::Domain, domain);
            }
            let direction = fields.word(Field::Direction, Direction::parse);
            Activity::Network(Network {
                direction: fields.required(Field::Direction, direction)?,
                ip,
                domain,
                port: fields.integer(Field::Port),
                protocol: fields.word(Field::Protocol, Protocol::parse),
            })
        }
        Kind::Dns => Activity::Dns(Dns {
            name: fields.required_bytes(Field::Name),
            answers: &lists.answers,
            cnames: &lists.cnames,
        }),
        Kind::Login => Activity::Login(Login {
            source: fields.address(Field::Source),
            success: fields.flag(Field::Success),
            // Only groups that were given are taken for all there are.
            groups_complete: fields
                .flag(Field::GroupsComplete)
                .unwrap_or(fields.has(Field::Groups)),
        }),
        Kind::Account => {
            let subject =
                fields.required(Field::Subject, fields.word(Field::Subject, Subject::parse));
            let operation = fields.word(Field::Operation, AccountOperation::parse);
            Activity::Account(Account {
                operation: fields.required(Field::Operation, operation)?,
                subject: subject?,
                name: fields.required_bytes(Field::Name),
            })
        }
        Kind::Registry => {
            let operation = fields.word(Field::Operation, RegistryOperation::parse);
            Activity::Registry(Registry {
                operation: fields.required(Field::Operation, operation)?,
                key: fields.required_bytes(Field::Key),
                value: fields.bytes(Field::Value),
            })
        }
        Kind::System => Activity::System(System {
            what: fields.required(Field::What, fields.word(Field::What, SystemChange::parse))?,
            name: fields.bytes(Field::Name),
        }),
        Kind::Malware => Activity::Malware(Malware {
            path: fields.required_bytes(Field::Path),
            signature: fields.bytes(Field::Signature),
        }),
        Kind::Credential => {
            let name = fields.bytes(Field::Name);
            let id = fields.bytes(Field::Id);
            if name.is_none() {
                fields.required(Field::Id, id);
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
        cwd: fields.bytes(Field::Cwd),
        dirfd_path: fields.bytes(Field::DirfdPath),
        root: fields.bytes(Field::Root),
    }
}
