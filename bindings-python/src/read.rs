//! From values to an event: what `engine/src/json` does with JSON, in its order, so
//! that of several faults the same one is told. What is wrong counts as absent.

use std::cell::{Cell, OnceCell};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt, PyString};
use wardline::json::EventBuf;
use wardline::{Activity, Address, Event, Invalid, Kind, Principal, Process};

use crate::actor::Actor;
use crate::field::{self, Field, Fields};
use crate::given::{Given, What};
use crate::keep::{Keep, Lists};
use crate::members::Members;
use crate::name;
use crate::usual::{self, Not};

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
        // SAFETY: this thread has the lock, and a plain reading runs no Python code
        // and makes no objects without giving up at once: see `Not::Plain` and
        // `Reading::gives_up`.
        if unsafe { given.find() } {
            let asked = if actor.is_none() { usual::ask(given, f) } else { Err(Not::Usual) };
            match asked {
                Ok(()) => return Ok(()),
                Err(Not::Usual) => {
                    if plain_event(given, actor, f)? {
                        return Ok(());
                    }
                }
                Err(Not::Plain) => {}
            }
        }
    }
    held_event(given, actor, |event, _| {
        f(event);
        Ok(())
    })
}

/// As [`read`], for an event that may have more than most.
#[inline(never)]
fn plain_event<'py>(
    given: &Given<'_, 'py>,
    actor: Option<&Bound<'py, Actor>>,
    f: &mut dyn FnMut(&Event<'_>),
) -> PyResult<bool> {
    let (keep, lists) = (Keep::default(), Lists::default());
    read(given, actor, true, &keep, &lists, f)
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
        actor: actor.map(|actor| actor.get()),
        fault: Cell::new(None),
        wrong: Cell::new(None),
        gave_up: Cell::new(false),
        error: OnceCell::new(),
    };
    let mut event = reading.event(given, lists);
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

/// The reading of one event.
pub(crate) struct Reading<'a, 'py> {
    pub(crate) keep: &'a Keep<'py>,
    /// No code of others may run.
    plain: bool,
    /// Who acts, where the event does not say it.
    pub(crate) actor: Option<&'a Actor>,
    /// It would have to run.
    pub(crate) gave_up: Cell<bool>,
    /// The first thing that was wrong.
    fault: Cell<Option<Invalid>>,
    /// The first field of a wrong type.
    wrong: Cell<Option<Field>>,
    /// What the code of others raised.
    pub(crate) error: OnceCell<PyErr>,
}

impl<'a, 'py> Reading<'a, 'py> {
    #[inline]
    fn event<'l>(&self, given: &'a Given<'_, 'py>, lists: &'l Lists<'a>) -> Event<'l>
    where
        'a: 'l,
    {
        let top = Members { slots: &given.event, reading: self };
        if given.has_twice() {
            self.note(Invalid::DuplicateField);
        }
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
        let anybody = || user.is_unknown() && self.actor.is_none_or(Actor::has_no_user);
        if matches!(activity, Activity::Login(_)) && anybody() {
            self.note(Invalid::MissingField);
        }
        Event { time, process, user, groups, actor: None, activity, malformed: self.fault.get() }
    }

    pub(crate) fn note(&self, code: Invalid) {
        self.fault.set(self.fault.get().or(Some(code)));
    }

    /// Whether a plain reading ends here: what comes next runs Python code or makes
    /// objects. No value is looked at any more then.
    #[cold]
    pub(crate) fn gives_up(&self) -> bool {
        self.gave_up.set(self.plain);
        self.plain
    }

    /// Notes that a field is of the wrong type.
    #[cold]
    pub(crate) fn mistyped(&self, field: Field) {
        self.note(Invalid::FieldType);
        self.wrong.set(self.wrong.get().or(Some(field)));
    }

    /// The bytes of a name, or a note.
    #[inline]
    pub(crate) fn name(&self, field: Field, value: &'a Bound<'py, PyAny>) -> Option<&'a [u8]> {
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
    pub(crate) fn whole(
        &self,
        field: Field,
        value: &'a Bound<'py, PyAny>,
    ) -> Option<&'a Bound<'py, PyAny>> {
        if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
            return Some(value);
        }
        self.mistyped(field);
        None
    }

    /// A user or group. An integer that is no id is kept as one that no control
    /// takes for an id, because it matters only to those that read it.
    #[inline]
    pub(crate) fn principal(
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
    pub(crate) fn address(
        &self,
        field: Field,
        value: &'a Bound<'py, PyAny>,
    ) -> Option<Address<'a>> {
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
