//! The fields of an event by kind: which there are, of which type, and what is noted
//! of the others, in the order of `engine/src/json`.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString, PyTuple};
use wardline::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Exec, File,
    FileOperation, Invalid, Kind, Login, Malware, Network, Principal, Protocol, Registry,
    RegistryOperation, Subject, System, SystemChange,
};

use crate::actor::Actor;
use crate::field::{self, Field, Fields, MEMBERS};
use crate::given::{Object, members};
use crate::keep::Lists;
use crate::name::text;
use crate::read::Reading;
use crate::slots::Slots;

/// The members of one object, by name and type.
#[derive(Clone, Copy)]
pub(crate) struct Members<'r, 'v, 'a, 'py, const N: usize> {
    pub(crate) slots: &'a Slots<'v, 'py, N>,
    pub(crate) reading: &'r Reading<'a, 'py>,
}

impl<'r, 'v, 'a, 'py, const N: usize> Members<'r, 'v, 'a, 'py, N> {
    /// The value of a field; none any more after a plain reading gave up.
    #[inline]
    pub(crate) fn get(self, field: Field) -> Option<&'a Bound<'py, PyAny>> {
        if self.reading.gave_up.get() { None } else { self.slots.get(field) }
    }

    /// Whether any of these fields is given.
    #[inline]
    pub(crate) fn has_any(self, fields: Fields) -> bool {
        self.slots.present().any_in(fields)
    }

    /// Notes any field that is not known.
    #[inline]
    pub(crate) fn only(self, known: Fields) {
        if !self.slots.are_in(known) {
            self.reading.note(Invalid::UnknownField);
        }
    }

    /// Notes that a field is missing if `value` says so and it was not given. One
    /// that was given and is wrong has been noted already.
    #[inline]
    pub(crate) fn required<T>(self, field: Field, value: Option<T>) -> Option<T> {
        if value.is_none() && self.get(field).is_none() {
            self.reading.note(Invalid::MissingField);
        }
        value
    }

    #[inline]
    pub(crate) fn name(self, field: Field) -> Option<&'a [u8]> {
        self.reading.name(field, self.get(field)?)
    }

    #[inline]
    fn required_name(self, field: Field) -> &'a [u8] {
        self.required(field, self.name(field)).unwrap_or_default()
    }

    /// A domain, mapped by UTS 46; one that cannot be stays as it is, and is invalid.
    #[inline]
    fn domain(self, name: &'a [u8]) -> &'a [u8] {
        match wardline::map_domain(name) {
            Some(Cow::Owned(mapped)) => self.reading.keep.mapped(mapped),
            _ => name,
        }
    }

    #[inline]
    pub(crate) fn word<T>(
        self,
        field: Field,
        parse: impl Fn(&[u8]) -> Option<T>,
        unknown: Invalid,
    ) -> Option<T> {
        let value = self.get(field)?;
        let Some(word) = text(value) else {
            if self.reading.gives_up() {
                return None;
            }
            if value.is_instance_of::<PyString>() {
                self.reading.note(Invalid::FieldType);
            } else {
                self.reading.mistyped(field);
            }
            return None;
        };
        let found = parse(word);
        if found.is_none() {
            self.reading.note(unknown);
        }
        found
    }

    fn flag(self, field: Field) -> Option<bool> {
        let value = self.get(field)?;
        let flag = value.cast::<PyBool>().ok().map(|flag| flag.is_true());
        if flag.is_none() {
            self.reading.mistyped(field);
        }
        flag
    }

    /// An integer in the range of `T`, from 0.
    pub(crate) fn integer<T: TryFrom<u64>>(self, field: Field) -> Option<T> {
        let value = self.reading.whole(field, self.get(field)?)?.extract::<u64>();
        // What is out of range was told by an exception.
        if value.is_err() && self.reading.gives_up() {
            return None;
        }
        let value = value.ok().and_then(|value| value.try_into().ok());
        if value.is_none() {
            self.reading.note(Invalid::FieldType);
        }
        value
    }

    #[inline]
    pub(crate) fn principal(self) -> Principal<'a> {
        self.reading.principal(self.slots.are_in(field::PRINCIPAL), |field| self.get(field))
    }

    #[inline]
    pub(crate) fn object(
        self,
        field: Field,
        object: &'a Object<'v, 'py>,
    ) -> Option<Members<'r, 'v, 'a, 'py, MEMBERS>> {
        match object {
            Object::Absent => None,
            Object::Wrong => {
                self.reading.mistyped(field);
                None
            }
            Object::Members(slots) => Some(Members { slots, reading: self.reading }),
        }
    }

    fn address(self, field: Field) -> Option<Address<'a>> {
        self.reading.address(field, self.get(field)?)
    }

    /// The elements that `read` understands; the others are noted.
    fn list<T>(self, field: Field, read: impl Fn(&'a Bound<'py, PyAny>) -> Option<T>) -> Vec<T> {
        let Some(value) = self.get(field) else { return Vec::new() };
        let items: Vec<_> = if let Ok(list) = value.cast::<PyList>() {
            list.iter().collect()
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            tuple.iter().collect()
        } else {
            self.reading.mistyped(field);
            return Vec::new();
        };
        self.reading.keep.items(items).iter().filter_map(read).collect()
    }

    /// Names that are seldom given.
    #[inline]
    fn few_names<'l>(self, field: Field, lists: &'l Lists<'a>) -> &'l [&'a [u8]] {
        if self.get(field).is_none() { &[] } else { lists.names(self.names(field)) }
    }

    pub(crate) fn names(self, field: Field) -> Vec<&'a [u8]> {
        self.list(field, |value| self.reading.name(field, value))
    }

    pub(crate) fn principals(self, field: Field) -> Vec<Principal<'a>> {
        let reading = self.reading;
        self.list(field, |value| {
            if reading.gives_up() {
                return None;
            }
            match members(value) {
                Ok(Some(dict)) => {
                    let held = reading.keep.members(&dict);
                    let slots = Slots::<MEMBERS>::held(held);
                    if slots.has_twice() {
                        reading.note(Invalid::DuplicateField);
                    }
                    let known = slots.are_in(field::PRINCIPAL);
                    let find = |field| {
                        held.iter()
                            .find(|(key, _)| field::named(key).field() == Some(field))
                            .map(|(_, value)| value)
                    };
                    return Some(reading.principal(known, find));
                }
                Ok(None) => reading.mistyped(field),
                Err(error) => drop(reading.error.set(error)),
            }
            None
        })
    }

    fn base(self) -> Base<'a> {
        Base {
            cwd: self.name(Field::Cwd),
            dirfd_path: self.name(Field::DirfdPath),
            root: self.name(Field::Root),
        }
    }

    /// What happens; not known if the word that says so is missing or unknown.
    #[inline]
    pub(crate) fn activity<'l>(self, kind: Kind, lists: &'l Lists<'a>) -> Activity<'l>
    where
        'a: 'l,
    {
        let code = Invalid::UnknownValue;
        match kind {
            Kind::File => {
                let aliases = self.few_names(Field::Aliases, lists);
                let operation = self.word(Field::Operation, file_operation, code);
                if let Some(operation) = self.required(Field::Operation, operation) {
                    let two = matches!(operation, FileOperation::Rename | FileOperation::Link);
                    if !two && !self.has_any(field::OF_FILE) {
                        let path = self.required_name(Field::Path);
                        return Activity::File(File::new(operation, path));
                    }
                    let target = self.name(Field::Target);
                    if two {
                        self.required(Field::Target, target);
                    }
                    return Activity::File(File {
                        operation,
                        path: self.required_name(Field::Path),
                        target,
                        requested: self.name(Field::Requested),
                        aliases,
                        base: self.base(),
                        mode: self.integer(Field::Mode),
                        truncated: self.flag(Field::Truncated).unwrap_or(false),
                        deleted: self.flag(Field::Deleted).unwrap_or(false),
                    });
                }
            }
            Kind::Exec => {
                // Most have nothing but their path.
                if !self.has_any(field::OF_EXEC) {
                    return Activity::Exec(Exec::new(self.required_name(Field::Path)));
                }
                let aliases = self.few_names(Field::Aliases, lists);
                let argv = self.few_names(Field::Argv, lists);
                return Activity::Exec(Exec {
                    path: self.required_name(Field::Path),
                    requested: self.name(Field::Requested),
                    aliases,
                    argv,
                    base: self.base(),
                    script: self.name(Field::Script),
                    sha256: self.name(Field::Sha256),
                    memfd: self.flag(Field::Memfd).unwrap_or(false),
                    truncated: self.flag(Field::Truncated).unwrap_or(false),
                    deleted: self.flag(Field::Deleted).unwrap_or(false),
                    stdio_socket: self.flag(Field::StdioSocket).unwrap_or(false),
                    ip: self.address(Field::Ip),
                });
            }
            Kind::Network => {
                let ip = self.address(Field::Ip);
                let domain = self.name(Field::Domain);
                if ip.is_none() {
                    self.required(Field::Domain, domain);
                }
                let direction = self.word(Field::Direction, Direction::parse, code);
                if let Some(direction) = self.required(Field::Direction, direction) {
                    return Activity::Network(Network {
                        direction,
                        ip,
                        domain: domain.map(|name| self.domain(name)),
                        port: self.integer(Field::Port),
                        protocol: self.word(Field::Protocol, Protocol::parse, code),
                    });
                }
            }
            Kind::Dns => {
                let address = |one| self.reading.address(Field::Answers, one);
                let answers = self.list(Field::Answers, address);
                let domain = |one| Some(self.domain(self.reading.name(Field::Cnames, one)?));
                let cnames = self.list(Field::Cnames, domain);
                return Activity::Dns(Dns {
                    name: self.domain(self.required_name(Field::Name)),
                    answers: lists.addresses(answers),
                    cnames: lists.names(cnames),
                });
            }
            Kind::Login => {
                // Only groups that were given are taken for all there are.
                let given = self.get(Field::Groups).is_some()
                    || self.reading.actor.is_some_and(Actor::has_groups);
                return Activity::Login(Login {
                    source: self.address(Field::Source),
                    success: self.flag(Field::Success),
                    groups_complete: self.flag(Field::GroupsComplete).unwrap_or(given),
                });
            }
            Kind::Account => {
                let subject = self.word(Field::Subject, Subject::parse, code);
                let subject = self.required(Field::Subject, subject);
                let operation = self.word(Field::Operation, AccountOperation::parse, code);
                let operation = self.required(Field::Operation, operation);
                if let (Some(subject), Some(operation)) = (subject, operation) {
                    let name = self.required_name(Field::Name);
                    return Activity::Account(Account { operation, subject, name });
                }
            }
            Kind::Registry => {
                let operation = self.word(Field::Operation, RegistryOperation::parse, code);
                if let Some(operation) = self.required(Field::Operation, operation) {
                    return Activity::Registry(Registry {
                        operation,
                        key: self.required_name(Field::Key),
                        value: self.name(Field::Value),
                    });
                }
            }
            Kind::System => {
                let what = self.word(Field::What, SystemChange::parse, code);
                if let Some(what) = self.required(Field::What, what) {
                    return Activity::System(System { what, name: self.name(Field::Name) });
                }
            }
            Kind::Malware => {
                return Activity::Malware(Malware {
                    path: self.required_name(Field::Path),
                    signature: self.name(Field::Signature),
                });
            }
            Kind::Credential => {
                let name = self.name(Field::Name);
                let id = self.name(Field::Id);
                if name.is_none() {
                    self.required(Field::Id, id);
                }
                return Activity::Credential(Credential { name, id });
            }
            _ => {}
        }
        Activity::Unknown(Some(kind))
    }
}

/// Enforcers that see system calls may name them.
pub(crate) fn file_operation(word: &[u8]) -> Option<FileOperation> {
    match word {
        b"truncate" => Some(FileOperation::Modify),
        b"chmod" | b"chown" | b"utime" | b"setxattr" => Some(FileOperation::Attributes),
        word => FileOperation::parse(word),
    }
}
