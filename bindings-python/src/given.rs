//! An event as it was given: by a mapping or by arguments.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyMapping};
use wardline::Kind;

use crate::field::{Field, Fields};
use crate::slots::Slots;

/// The values of an event, unread.
pub(crate) struct Given<'py> {
    pub(crate) what: What,
    pub(crate) event: Slots<'py>,
    pub(crate) process: Object<'py>,
    pub(crate) user: Object<'py>,
}

/// What the values are of.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum What {
    /// An event that names its own kind.
    Event,
    /// Arguments of a call that is about one kind. One of the wrong type is a
    /// mistake of the program and raises.
    Arguments(Kind),
    /// No event, but the arguments that are about who acts.
    Actor,
    /// Nothing that could be an event.
    Nothing,
}

/// A member that is an object itself.
#[expect(clippy::large_enum_variant, reason = "on the stack for one call, where a box costs more")]
pub(crate) enum Object<'py> {
    Absent,
    Wrong,
    Members(Slots<'py>),
}

impl<'py> Given<'py> {
    /// Values that are to be put in.
    #[inline]
    pub(crate) fn new(what: What) -> Given<'py> {
        Given { what, event: Slots::default(), process: Object::Absent, user: Object::Absent }
    }

    /// An event that was given as a mapping.
    #[inline]
    pub(crate) fn event(event: &Bound<'py, PyAny>) -> PyResult<Given<'py>> {
        let mut given = Given::new(What::Event);
        let Some(dict) = members(event)? else {
            given.what = What::Nothing;
            return Ok(given);
        };
        given.event.fill(&dict);
        if let Some(process) = given.event.get(Field::Process) {
            given.process = Object::of(process)?;
        }
        if let Some(user) = given.event.get(Field::User) {
            given.user = Object::of(user)?;
        }
        Ok(given)
    }

    /// Adds an argument, if there is one.
    #[inline]
    pub(crate) fn put(&mut self, field: Field, value: Option<&Bound<'py, PyAny>>) {
        if let Some(value) = value {
            self.event.put(field, value.clone());
        }
    }

    /// Adds the process of a call: its path or its members.
    #[inline]
    pub(crate) fn put_process(&mut self, value: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let Some(value) = value else { return Ok(()) };
        self.event.put(Field::Process, value.clone());
        self.process = match members(value)? {
            Some(dict) => Object::Members(Slots::of(&dict)),
            None => Object::Members(Slots::with(Field::Path, value)),
        };
        Ok(())
    }

    /// Adds the user of a call: name, id or members.
    #[inline]
    pub(crate) fn put_user(&mut self, value: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let Some(value) = value else { return Ok(()) };
        self.event.put(Field::User, value.clone());
        self.user = match members(value)? {
            Some(dict) => Object::Members(Slots::of(&dict)),
            None if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() => {
                Object::Members(Slots::with(Field::Id, value))
            }
            None => Object::Members(Slots::with(Field::Name, value)),
        };
        Ok(())
    }

    /// Whether the event says by itself who acts.
    #[inline]
    pub(crate) fn has_actor(&self) -> bool {
        const OWN: Fields = Fields::of(&[Field::Process, Field::User, Field::Groups]);
        self.event.present.any_in(OWN)
    }
}

impl<'py> Object<'py> {
    #[inline]
    fn of(value: &Bound<'py, PyAny>) -> PyResult<Object<'py>> {
        Ok(members(value)?.map_or(Object::Wrong, |dict| Object::Members(Slots::of(&dict))))
    }
}

/// A mapping as a dictionary; `None` if it is no mapping.
#[inline]
pub(crate) fn members<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(Some(dict.clone()));
    }
    let Ok(mapping) = value.cast::<PyMapping>() else { return Ok(None) };
    let dict = PyDict::new(value.py());
    dict.update(mapping)?;
    Ok(Some(dict))
}
