//! From values to an event: what `engine/src/json` does with JSON, in its order, so
//! that of several faults the same one is told. What is wrong counts as absent.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt, PyList, PyString, PyTuple};
use wardline::json::EventBuf;
use wardline::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Event, Exec,
    File, FileOperation, Invalid, Kind, Login, Malware, Network, Principal, Process, Protocol,
    Registry, RegistryOperation, Subject, System, SystemChange,
};

use crate::actor::Actor;
use crate::field::{self, Field, Fields, MEMBERS, Named};
use crate::given::{Given, Object, What, members};
use crate::keep::{Keep, Lists};
use crate::name::{self, text};
use crate::slots::Slots;

/// Calls `f` with the event that is given, which may be one line of JSON as bytes.
/// `f` must not run Python code: the event may borrow from a dictionary that such
/// code could change.
///
/// # Errors
///
/// Those of [`held_event`].
#[inline]
pub(crate) fn event<'v, 'py>(
    given: &mut Given<'v, 'py>,
    actor: Option<&Bound<'py, Actor>>,
    f: &mut dyn FnMut(&Event<'_>),
) -> PyResult<()> {
    // Without the interpreter's lock other threads may change a dictionary any time.
    if cfg!(not(Py_GIL_DISABLED)) {
        let (keep, lists) = (Keep::default(), Lists::default());
        // SAFETY: this thread has the lock, and a plain reading runs no Python code
        // and makes no objects without giving up at once: see `Reading::gives_up`.
        if unsafe { given.find() } && read(given, actor, true, &keep, &lists, f)? {
            return Ok(());
        }
    }
    held_event(given, actor, |event, _| {
        f(event);
        Ok(())
    })
}

/// Calls `f` with the event that is given, and the metadata of a line of JSON.
/// Whatever is done to the objects that it was made of, it stays as it is.
///
/// # Errors
///
/// What `__fspath__` raises; a `TypeError` for an argument of the wrong type, and for
/// an actor beside process, user or groups; and those of `f`.
#[cold]
pub(crate) fn held_event<'py, R>(
    given: &Given<'_, 'py>,
    actor: Option<&Bound<'py, Actor>>,
    f: impl FnOnce(&Event<'_>, Option<&str>) -> PyResult<R>,
) -> PyResult<R> {
    if let What::Event(line) = given.what
        && let Ok(line) = line.cast::<PyBytes>()
    {
        if actor.is_some() {
            return Err(PyTypeError::new_err("actor: not beside a line of JSON"));
        }
        let mut buffer = EventBuf::default();
        buffer.read(line.as_bytes().trim_ascii());
        return buffer.with_event(|event| f(event, buffer.metadata()));
    }
    let holds = Keep::default();
    let given = given.held(&holds)?;
    if matches!(given.what, What::Nothing) {
        return f(&Event::invalid(Invalid::NotAnEvent), None);
    }
    let (keep, lists) = (Keep::default(), Lists::default());
    let (mut f, mut answer) = (Some(f), None);
    read(&given, actor, false, &keep, &lists, &mut |event| {
        answer = f.take().map(|f| f(event, None));
    })?;
    answer.unwrap_or_else(|| Err(PyTypeError::new_err("not an event")))
}

/// Calls `f` with the event that values are; returns false without calling it if that
/// cannot be done without running code of others, and `plain` says that none may run.
fn read<'a, 'py>(
    given: &'a Given<'_, 'py>,
    actor: Option<&'a Bound<'py, Actor>>,
    plain: bool,
    keep: &'a Keep<'py>,
    lists: &Lists<'a>,
    f: &mut dyn FnMut(&Event<'_>),
) -> PyResult<bool> {
    let reading = Reading {
        keep,
        plain,
        fault: Cell::new(None),
        wrong: Cell::new(None),
        gave_up: Cell::new(false),
        error: OnceCell::new(),
    };
    let mut event = reading.event(given, actor.is_some(), lists);
    if reading.gave_up.get() {
        return Ok(false);
    }
    if let Some(error) = reading.error.into_inner() {
        return Err(error);
    }
    if let Some(actor) = actor {
        // Two answers to who acts might differ.
        if given.has_actor() {
            return Err(PyTypeError::new_err(
                "actor: stands for process, user and groups; give either",
            ));
        }
        actor.get().lend(&mut event, lists);
    }
    match reading.wrong.get() {
        Some(field) if !given.is_event() => Err(mistake(given, field)),
        _ => {
            f(&event);
            Ok(true)
        }
    }
}

/// An argument of the wrong type.
#[cold]
fn mistake(given: &Given<'_, '_>, field: Field) -> PyErr {
    let found = given.event.get(field).and_then(|value| value.get_type().name().ok());
    PyTypeError::new_err(match found {
        Some(found) => format!("{}: {found} is not of the type that it must have", field.name()),
        None => format!("`{}` of a member is not of the type that it must have", field.name()),
    })
}

struct Reading<'a, 'py> {
    keep: &'a Keep<'py>,
    /// No code of others may run.
    plain: bool,
    /// It would have to run.
    gave_up: Cell<bool>,
    /// The first thing that was wrong.
    fault: Cell<Option<Invalid>>,
    /// The first field of a wrong type.
    wrong: Cell<Option<Field>>,
    /// What the code of others raised.
    error: OnceCell<PyErr>,
}

impl<'a, 'py> Reading<'a, 'py> {
    #[inline]
    fn event<'l>(&self, given: &'a Given<'_, 'py>, acted: bool, lists: &'l Lists<'a>) -> Event<'l>
    where
        'a: 'l,
    {
        let top = Members { slots: &given.event, reading: self };
        let kind = match given.what {
            What::Arguments(kind) => Some(kind),
            What::Event(_) => {
                let kind = top.word(Field::Kind, Kind::parse, Invalid::UnknownKind);
                top.required(Field::Kind, kind)
            }
            _ => None,
        };
        if given.is_event()
            && let Some(kind) = kind
        {
            top.only(field::of_kind(kind));
        }
        let time = top.integer::<i64>(Field::Time).map(i64::cast_unsigned);
        let process = top.object(Field::Process, &given.process);
        let process = process.map_or(Process::UNKNOWN, |members| {
            members.only(field::PROCESS);
            if !members.has_any(Fields::of(&[Field::Name, Field::Pid, Field::Argv])) {
                return Process { path: members.name(Field::Path), ..Process::UNKNOWN };
            }
            let argv = lists.names(members.names(Field::Argv));
            Process {
                path: members.name(Field::Path),
                name: members.name(Field::Name),
                pid: members.integer(Field::Pid),
                argv,
            }
        });
        let user = top.object(Field::User, &given.user);
        let user = user.map_or(Principal::UNKNOWN, |members| members.principal());
        let groups = if top.has_any(Fields::of(&[Field::Groups])) {
            lists.principals(top.principals(Field::Groups))
        } else {
            &[]
        };
        if top.get(Field::Metadata).is_some_and(|value| value.is_none()) {
            self.note(Invalid::FieldType);
        }
        let activity = match kind {
            Some(kind) => top.activity(kind, lists),
            None => Activity::Unknown(None),
        };
        if matches!(activity, Activity::Login(_)) && user.is_unknown() && !acted {
            self.note(Invalid::MissingField);
        }
        Event {
            time,
            process,
            user,
            groups,
            actor: None,
            activity,
            idna: true,
            malformed: self.fault.get(),
        }
    }

    fn note(&self, code: Invalid) {
        self.fault.set(self.fault.get().or(Some(code)));
    }

    /// Whether a plain reading ends here: what comes next runs Python code or makes
    /// objects. No value is looked at any more then.
    #[cold]
    fn gives_up(&self) -> bool {
        self.gave_up.set(self.plain);
        self.plain
    }

    /// Notes that a field is of the wrong type.
    #[cold]
    fn mistyped(&self, field: Field) {
        self.note(Invalid::FieldType);
        self.wrong.set(self.wrong.get().or(Some(field)));
    }

    /// The bytes of a name, or a note.
    #[inline]
    fn name(&self, field: Field, value: &'a Bound<'py, PyAny>) -> Option<&'a [u8]> {
        name::plain(value).or_else(|| self.encoded(field, value))
    }

    #[cold]
    fn encoded(&self, field: Field, value: &'a Bound<'py, PyAny>) -> Option<&'a [u8]> {
        if self.gives_up() {
            return None;
        }
        match name::encoded(value, self.keep) {
            Ok(Some(name)) => return Some(name),
            // Half a surrogate pair is no name, but a `str` all the same.
            Ok(None) if value.is_instance_of::<PyString>() => self.note(Invalid::FieldType),
            Ok(None) => self.mistyped(field),
            Err(error) => drop(self.error.set(error)),
        }
        None
    }

    /// The integer that a value is, or a note if it is none: `True` is none.
    #[inline]
    fn whole(&self, field: Field, value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyAny>> {
        if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
            return Some(value);
        }
        self.mistyped(field);
        None
    }

    /// A user or group. An integer that is no id is kept as one that no control
    /// takes for an id, because it matters only to those that read it.
    #[inline]
    fn principal(
        &self,
        known: bool,
        find: impl Fn(Field) -> Option<&'a Bound<'py, PyAny>>,
    ) -> Principal<'a> {
        if !known {
            self.note(Invalid::UnknownField);
        }
        let name = |field| self.name(field, find(field)?);
        let id = || {
            let id = self.whole(Field::Id, find(Field::Id)?)?.extract();
            // What is out of range was told by an exception.
            if id.is_err() && self.gives_up() { None } else { Some(id.unwrap_or(u64::MAX)) }
        };
        Principal { name: name(Field::Name), id: id(), sid: name(Field::Sid) }
    }

    /// Text, four or sixteen bytes, or an object of `ipaddress`.
    fn address(&self, field: Field, value: &'a Bound<'py, PyAny>) -> Option<Address<'a>> {
        if let Ok(text) = value.cast::<PyString>() {
            if let Ok(text) = text.to_str() {
                return Some(Address::Text(text.as_bytes()));
            }
            if !self.gives_up() {
                self.note(Invalid::FieldType);
            }
            return None;
        }
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Some(packed(bytes.as_bytes()));
        }
        if self.gives_up() {
            return None;
        }
        let bytes = value.getattr("packed").ok();
        let bytes = bytes.and_then(|bytes| bytes.cast_into::<PyBytes>().ok());
        if bytes.is_none() {
            self.mistyped(field);
        }
        bytes.map(|bytes| packed(self.keep.bytes(bytes)))
    }
}

/// Bytes that are neither four nor sixteen are no address; nor is empty text.
fn packed(bytes: &[u8]) -> Address<'_> {
    match (bytes.try_into(), bytes.try_into()) {
        (Ok(v4), _) => Address::V4(v4),
        (_, Ok(v6)) => Address::V6(v6),
        _ => Address::Text(&[]),
    }
}

/// The members of one object, by name and type.
#[derive(Clone, Copy)]
struct Members<'r, 'v, 'a, 'py, const N: usize> {
    slots: &'a Slots<'v, 'py, N>,
    reading: &'r Reading<'a, 'py>,
}

impl<'r, 'v, 'a, 'py, const N: usize> Members<'r, 'v, 'a, 'py, N> {
    /// The value of a field; none any more after a plain reading gave up.
    #[inline]
    fn get(self, field: Field) -> Option<&'a Bound<'py, PyAny>> {
        if self.reading.gave_up.get() { None } else { self.slots.get(field) }
    }

    /// Whether any of these fields is given.
    #[inline]
    fn has_any(self, fields: Fields) -> bool {
        self.slots.present().any_in(fields)
    }

    /// Notes any field that is not known.
    #[inline]
    fn only(self, known: Fields) {
        if !self.slots.are_in(known) {
            self.reading.note(Invalid::UnknownField);
        }
    }

    /// Notes that a field is missing if `value` says so and it was not given. One
    /// that was given and is wrong has been noted already.
    #[inline]
    fn required<T>(self, field: Field, value: Option<T>) -> Option<T> {
        if value.is_none() && self.get(field).is_none() {
            self.reading.note(Invalid::MissingField);
        }
        value
    }

    #[inline]
    fn name(self, field: Field) -> Option<&'a [u8]> {
        self.reading.name(field, self.get(field)?)
    }

    #[inline]
    fn required_name(self, field: Field) -> &'a [u8] {
        self.required(field, self.name(field)).unwrap_or_default()
    }

    /// A domain, mapped by UTS 46 where that can be done; otherwise it is compared
    /// as it is.
    #[inline]
    fn domain(self, name: &'a [u8]) -> &'a [u8] {
        match wardline::map_domain(name) {
            Some(Cow::Owned(mapped)) => self.reading.keep.mapped(mapped),
            _ => name,
        }
    }

    #[inline]
    fn word<T>(
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
    fn integer<T: TryFrom<u64>>(self, field: Field) -> Option<T> {
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
    fn principal(self) -> Principal<'a> {
        self.reading.principal(self.slots.are_in(field::PRINCIPAL), |field| self.get(field))
    }

    #[inline]
    fn object(
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

    fn names(self, field: Field) -> Vec<&'a [u8]> {
        self.list(field, |value| self.reading.name(field, value))
    }

    fn principals(self, field: Field) -> Vec<Principal<'a>> {
        let reading = self.reading;
        self.list(field, |value| {
            if reading.gives_up() {
                return None;
            }
            match members(value) {
                Ok(Some(dict)) => {
                    let held = reading.keep.members(&dict);
                    let known = Slots::<MEMBERS>::held(held).are_in(field::PRINCIPAL);
                    let find = |field| {
                        held.iter()
                            .find(|(key, _)| field::named(key) == Named::Field(field))
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
    fn activity<'l>(self, kind: Kind, lists: &'l Lists<'a>) -> Activity<'l>
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
                return Activity::Login(Login {
                    source: self.address(Field::Source),
                    success: self.flag(Field::Success),
                    // Only groups that were given are taken for all there are.
                    groups_complete: self
                        .flag(Field::GroupsComplete)
                        .unwrap_or(self.get(Field::Groups).is_some()),
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
fn file_operation(word: &[u8]) -> Option<FileOperation> {
    match word {
        b"truncate" => Some(FileOperation::Modify),
        b"chmod" | b"chown" | b"utime" | b"setxattr" => Some(FileOperation::Attributes),
        word => FileOperation::parse(word),
    }
}
