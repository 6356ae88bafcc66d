//! An event as it was given: by a mapping or by arguments.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyMapping, PyString};
use wardline::Kind;

use crate::field::{FIELDS, Field, Fields, MEMBERS};
use crate::keep::Keep;
use crate::slots::Slots;

/// The values of an event, unread.
///
/// Made where it stays, because it is big: a move of it costs as much as reading it.
pub(crate) struct Given<'v, 'py> {
    pub(crate) what: What<'v, 'py>,
    pub(crate) event: Slots<'v, 'py, FIELDS>,
    pub(crate) process: Object<'v, 'py>,
    pub(crate) user: Object<'v, 'py>,
}

/// What the values are of.
#[derive(Clone, Copy)]
pub(crate) enum What<'v, 'py> {
    /// A mapping that names its own kind, or something that is no event.
    Event(&'v Bound<'py, PyAny>),
    /// Arguments of a call that is about one kind. One of the wrong type is a
    /// mistake of the program and raises.
    Arguments(Kind),
    /// Arguments that are about who acts, and no event.
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
    /// Arguments have yet to be put in, an event is found.
    #[inline]
    pub(crate) fn new(what: What<'v, 'py>) -> Given<'v, 'py> {
        Given { what, event: Slots::empty(), process: Object::Absent, user: Object::Absent }
    }

    /// Arguments that are given one by one.
    pub(crate) fn arguments(
        what: What<'v, 'py>,
        arguments: &[(Field, Option<&'v Bound<'py, PyAny>>)],
    ) -> Given<'v, 'py> {
        let mut given = Given::new(what);
        for &(field, value) in arguments {
            if let Some(value) = value {
                given.event.put(Some(field), Borrowed::from(value));
            }
        }
        given
    }

    /// Whether the values are of an event, which says itself what it is.
    #[inline]
    pub(crate) fn is_event(&self) -> bool {
        matches!(self.what, What::Event(_))
    }

    /// Finds the values, held by nobody but the event; false if they cannot be found
    /// without running code of others.
    ///
    /// # Safety
    ///
    /// As [`Slots::fill`], until the event that is made of them was decided.
    #[inline]
    pub(crate) unsafe fn find(&mut self) -> bool {
        if let What::Event(event) = self.what {
            let Ok(dict) = event.cast::<PyDict>() else { return false };
            // SAFETY: by contract.
            if !unsafe { self.event.fill(dict) } {
                return false;
            }
        }
        let short = !self.is_event();
        // SAFETY: by contract.
        unsafe {
            let process = self.event.borrowed(Field::Process);
            let user = self.event.borrowed(Field::User);
            (process.is_none_or(|process| self.process.find(process, path, short)))
                && (user.is_none_or(|user| self.user.find(user, name_or_id, short)))
        }
    }

    /// The same values, held by `keep` whatever becomes of the event.
    pub(crate) fn held(&self, keep: &'v Keep<'py>) -> PyResult<Given<'v, 'py>> {
        let mut given = Given::new(self.what);
        match self.what {
            What::Event(event) => match members(event)? {
                Some(dict) => given.event = Slots::held(keep.members(&dict)),
                None => given.what = What::Nothing,
            },
            // The caller holds them.
            _ => given.event = self.event.copied(),
        }
        let short = !self.is_event();
        let object = |field, named: Short, otherwise| {
            let Some(value) = given.event.borrowed(field) else {
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
        (given.process, given.user) = (process, user);
        Ok(given)
    }

    /// Whether two members of one object have one name.
    #[inline]
    pub(crate) fn has_twice(&self) -> bool {
        let inside = |object: &Object<'_, '_>| match object {
            Object::Members(slots) => slots.has_twice(),
            Object::Absent | Object::Wrong => false,
        };
        self.event.has_twice() || inside(&self.process) || inside(&self.user)
    }

    /// Whether the event says by itself who acts.
    #[inline]
    pub(crate) fn has_actor(&self) -> bool {
        const OWN: Fields = Fields::of(&[Field::Process, Field::User, Field::Groups]);
        self.event.present().any_in(OWN)
    }
}

impl<'v, 'py> Object<'v, 'py> {
    /// Finds the members, or the one that a value is in short.
    ///
    /// # Safety
    ///
    /// As [`Slots::fill`].
    #[inline]
    unsafe fn find(&mut self, value: Borrowed<'v, 'py, PyAny>, named: Short, short: bool) -> bool {
        // Filled where it stays.
        *self = Object::Members(Slots::empty());
        let Object::Members(members) = self else { return false };
        if short && let Some(field) = named(&value) {
            members.put(Some(field), value);
        } else if let Ok(dict) = value.cast::<PyDict>() {
            // SAFETY: by contract.
            if !unsafe { members.fill(&dict) } {
                return false;
            }
        } else {
            return false;
        }
        true
    }
}

/// Which member a value in short is.
type Short = fn(&Bound<'_, PyAny>) -> Option<Field>;

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
