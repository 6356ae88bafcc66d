//! An event as it was given: by a dictionary or by arguments.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};
use wardline::Kind;

use crate::field::Field;
use crate::slots::Slots;

/// The values of an event, unread.
#[derive(Default)]
pub(crate) struct Given<'py> {
    pub(crate) event: Slots<'py>,
    pub(crate) process: Object<'py>,
    pub(crate) user: Object<'py>,
    /// Of calls that are about one kind; of a dictionary it is a member.
    pub(crate) kind: Option<Kind>,
    /// No event at all.
    pub(crate) nothing: bool,
    /// A value of the wrong type is a mistake of the program and raises.
    pub(crate) strict: bool,
}

/// A member that is an object itself.
#[derive(Default)]
#[expect(clippy::large_enum_variant, reason = "on the stack for one call, and a box costs more")]
pub(crate) enum Object<'py> {
    #[default]
    Absent,
    Wrong,
    Members(Slots<'py>),
}

impl<'py> Given<'py> {
    /// An event that was given as a mapping.
    #[inline]
    pub(crate) fn dict(event: &Bound<'py, PyAny>) -> PyResult<Given<'py>> {
        let Some(dict) = members(event)? else {
            return Ok(Given { nothing: true, ..Given::default() });
        };
        let event = Slots::of(&dict);
        let process = Object::of(event.get(Field::Process))?;
        let user = Object::of(event.get(Field::User))?;
        Ok(Given { event, process, user, ..Given::default() })
    }
}

impl<'py> Object<'py> {
    #[inline]
    pub(crate) fn of(value: Option<&Bound<'py, PyAny>>) -> PyResult<Object<'py>> {
        let Some(value) = value else { return Ok(Object::Absent) };
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
