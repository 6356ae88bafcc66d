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
    /// One member.
    #[inline]
    pub(crate) fn with(field: Field, value: &Bound<'py, PyAny>) -> Slots<'py> {
        let mut slots = Slots::default();
        slots.put(field, value.clone());
        slots
    }

    /// The members of a dictionary.
    #[inline]
    pub(crate) fn of(dict: &Bound<'py, PyDict>) -> Slots<'py> {
        let mut slots = Slots::default();
        slots.fill(dict);
        slots
    }

    /// Adds the members of a dictionary.
    #[inline]
    pub(crate) fn fill(&mut self, dict: &Bound<'py, PyDict>) {
        with_critical_section(dict, || {
            for (key, value) in dict.iter() {
                match field(&key) {
                    Some(field) => self.put(field, value),
                    None => self.stranger = true,
                }
            }
        });
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
