//! An event as it was given: by a mapping or by arguments.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyMapping, PyString};
use wardline::Kind;

use crate::field::{FIELDS, Field, Fields, MEMBERS};
use crate::keep::Keep;
use crate::slots::Slots;

/// What is asked about.
pub(crate) enum Asked<'v, 'py> {
    /// A mapping that names its own kind, or something that is no event.
    Event(&'v Bound<'py, PyAny>),
    /// Arguments of a call that is about one kind. One of the wrong type is a
    /// mistake of the program and raises.
    Arguments(Kind, Slots<'v, 'py, FIELDS>),
    /// Arguments that are about who acts, and no event.
    Actor(Slots<'v, 'py, FIELDS>),
}

/// The values of an event, unread.
pub(crate) struct Given<'v, 'py> {
    pub(crate) what: What,
    pub(crate) event: Slots<'v, 'py, FIELDS>,
    pub(crate) process: Object<'v, 'py>,
    pub(crate) user: Object<'v, 'py>,
}

/// What the values are of; see [`Asked`].
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum What {
    Event,
    Arguments(Kind),
    Actor,
    /// Nothing that could be an event.
    Nothing,
}

/// A member that is an object itself.
pub(crate) enum Object<'v, 'py> {
    Absent,
    Wrong,
    Members(Slots<'v, 'py, MEMBERS>),
}

impl<'v, 'py> Given<'v, 'py> {
    /// The values, held by nobody but the event; `None` if they cannot be found
    /// without running code of others.
    ///
    /// # Safety
    ///
    /// As [`Slots::fill`], until the event that is made of them was decided.
    #[inline]
    pub(crate) unsafe fn plain(asked: &Asked<'v, 'py>) -> Option<Given<'v, 'py>> {
        let (what, event) = match asked {
            Asked::Event(event) => {
                let mut slots = Slots::empty();
                // SAFETY: by contract.
                unsafe { slots.fill(event.cast::<PyDict>().ok()?) };
                (What::Event, slots)
            }
            Asked::Arguments(kind, slots) => (What::Arguments(*kind), slots.copied()),
            Asked::Actor(slots) => (What::Actor, slots.copied()),
        };
        let short = what != What::Event;
        let object = |field, named: fn(&Bound<'py, PyAny>) -> Option<Field>| {
            let Some(value) = event.borrowed(field) else { return Some(Object::Absent) };
            let mut members = Slots::empty();
            if let Ok(dict) = value.cast::<PyDict>() {
                // SAFETY: by contract.
                unsafe { members.fill(&dict) };
            } else {
                members.put(Some(named(&value).filter(|_| short)?), value);
            }
            Some(Object::Members(members))
        };
        let (process, user) = (object(Field::Process, path)?, object(Field::User, name_or_id)?);
        Some(Given { what, event, process, user })
    }

    /// The values, held by `keep` whatever becomes of the event.
    pub(crate) fn held(asked: &Asked<'v, 'py>, keep: &'v Keep<'py>) -> PyResult<Given<'v, 'py>> {
        let (what, event) = match asked {
            Asked::Event(event) => match members(event)? {
                Some(dict) => (What::Event, Slots::held(keep.members(&dict))),
                None => (What::Nothing, Slots::empty()),
            },
            Asked::Arguments(kind, slots) => (What::Arguments(*kind), slots.copied()),
            Asked::Actor(slots) => (What::Actor, slots.copied()),
        };
        let short = what != What::Event;
        let object = |field, named: fn(&Bound<'py, PyAny>) -> Option<Field>, otherwise| {
            let Some(value) = event.borrowed(field) else {
                return PyResult::Ok(Object::Absent);
            };
            Ok(match members(&value)? {
                Some(dict) => Object::Members(Slots::held(keep.members(&dict))),
                None if short => {
                    Object::Members(Slots::with(named(&value).unwrap_or(otherwise), value))
                }
                None => Object::Wrong,
            })
        };
        let process = object(Field::Process, path, Field::Path)?;
        let user = object(Field::User, name_or_id, Field::Name)?;
        Ok(Given { what, event, process, user })
    }

    /// Whether the event says by itself who acts.
    #[inline]
    pub(crate) fn has_actor(&self) -> bool {
        const OWN: Fields = Fields::of(&[Field::Process, Field::User, Field::Groups]);
        self.event.present().any_in(OWN)
    }
}

/// What a process is that is given in short: its path.
fn path(value: &Bound<'_, PyAny>) -> Option<Field> {
    let text = value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>();
    text.then_some(Field::Path)
}

/// What a user is that is given in short: name or id.
fn name_or_id(value: &Bound<'_, PyAny>) -> Option<Field> {
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        return Some(Field::Id);
    }
    path(value).map(|_| Field::Name)
}

/// A mapping as a dictionary; `None` if it is no mapping. Runs code of others.
pub(crate) fn members<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(Some(dict.clone()));
    }
    let Ok(mapping) = value.cast::<PyMapping>() else { return Ok(None) };
    let dict = PyDict::new(value.py());
    dict.update(mapping)?;
    Ok(Some(dict))
}

/// The arguments of a call that gives them one by one.
pub(crate) fn arguments<'v, 'py>(
    given: &[(Field, Option<&'v Bound<'py, PyAny>>)],
) -> Slots<'v, 'py, FIELDS> {
    let mut slots = Slots::empty();
    for &(field, value) in given {
        if let Some(value) = value {
            slots.put(Some(field), Borrowed::from(value));
        }
    }
    slots
}
