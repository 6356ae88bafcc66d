//! The values of an event, taken out of a dictionary or out of arguments before
//! anything is read: reading may run code of others (`__fspath__`), which may
//! change the dictionary.

use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::PyDict;

use crate::field::{FIELDS, Field, Fields, field};

/// The members of one object, by field.
pub(crate) struct Slots<'py> {
    values: [Option<Bound<'py, PyAny>>; FIELDS],
    /// The fields that have a value, and those that are of no event.
    pub(crate) present: Fields,
    pub(crate) stranger: bool,
}

impl Default for Slots<'_> {
    fn default() -> Self {
        Slots { values: [const { None }; FIELDS], present: Fields::default(), stranger: false }
    }
}

impl<'py> Slots<'py> {
    /// The members of a dictionary; what its keys and values do when they are
    /// asked runs later.
    #[inline]
    pub(crate) fn of(dict: &Bound<'py, PyDict>) -> Slots<'py> {
        let mut slots = Slots::default();
        with_critical_section(dict, || {
            for (key, value) in dict.iter() {
                match field(&key) {
                    Some(field) => slots.put(field, value),
                    None => slots.stranger = true,
                }
            }
        });
        slots
    }

    #[inline]
    pub(crate) fn put(&mut self, field: Field, value: Bound<'py, PyAny>) {
        self.values[field as usize] = Some(value);
        self.present.add(field);
    }

    #[inline]
    pub(crate) fn get(&self, field: Field) -> Option<&Bound<'py, PyAny>> {
        self.values[field as usize].as_ref()
    }

    /// Whether every member is among these.
    pub(crate) fn are_in(&self, known: Fields) -> bool {
        !self.stranger && self.present.are_in(known)
    }
}
