//! The values of an event, found by field before anything is read.
//!
//! They are borrowed from whatever holds them. Reading may run code of others, such
//! as `__fspath__`, which may change a dictionary; so values are either read without
//! running any, or are held first (`keep`).

use std::ptr;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{Borrowed, ffi};

use crate::field::{Field, Fields, Named, named};
use crate::keep::Member;

/// The members of one object, the first `N` fields.
pub(crate) struct Slots<'v, 'py, const N: usize> {
    values: [Option<Borrowed<'v, 'py, PyAny>>; N],
    present: Fields,
    /// Some member is no field.
    stranger: bool,
    /// Some field has two members.
    twice: bool,
}

impl<'v, 'py, const N: usize> Slots<'v, 'py, N> {
    #[inline]
    pub(crate) fn empty() -> Self {
        Slots {
            values: [const { None }; N],
            present: Fields::default(),
            stranger: false,
            twice: false,
        }
    }

    /// The same members again.
    #[inline]
    pub(crate) fn copied(&self) -> Self {
        Slots { ..*self }
    }

    /// One member.
    #[inline]
    pub(crate) fn with(field: Field, value: Borrowed<'v, 'py, PyAny>) -> Self {
        let mut slots = Slots::empty();
        slots.put(Some(field), value);
        slots
    }

    /// Adds the members of a dictionary, without holding them. False if that ended
    /// because Python code may have run: nothing may be looked at any more then. Also if
    /// two keys may read the same, which only [`Slots::held`] notices: others need not be
    /// compared, because texts that are nothing but text are equal if they read the same.
    ///
    /// # Safety
    ///
    /// During `'v` the dictionary is not changed and stays alive. That is so as long
    /// as this thread has the interpreter's lock and neither runs Python code nor
    /// makes objects, which may start the collector of garbage.
    #[inline]
    pub(crate) unsafe fn fill(&mut self, dict: &Bound<'py, PyDict>) -> bool {
        let (mut place, mut key, mut value) = (0, ptr::null_mut(), ptr::null_mut());
        // SAFETY: a dictionary, and places to write to; it does not change meanwhile.
        while unsafe { ffi::PyDict_Next(dict.as_ptr(), &mut place, &mut key, &mut value) } != 0 {
            let py = dict.py();
            // SAFETY: two objects that the dictionary holds, by contract during `'v`.
            let (key, value) =
                unsafe { (Borrowed::from_ptr(py, key), Borrowed::from_ptr(py, value)) };
            match named(&key) {
                Named::Unreadable | Named::Alike(_) => return false,
                named => self.put(named.field(), value),
            }
        }
        true
    }

    /// Members that something else holds. Of two with one name the first counts, as of
    /// those of JSON.
    pub(crate) fn held(members: &'v [Member<'py>]) -> Self {
        let mut slots = Slots::empty();
        for (key, value) in members {
            let field = named(key).field();
            if field.is_some_and(|field| slots.present.has(field)) {
                slots.twice = true;
            } else {
                slots.put(field, value.as_borrowed());
            }
        }
        slots
    }

    #[inline]
    pub(crate) fn put(&mut self, field: Option<Field>, value: Borrowed<'v, 'py, PyAny>) {
        let place = field.and_then(|field| Some((field, self.values.get_mut(field as usize)?)));
        match place {
            Some((field, place)) => {
                *place = Some(value);
                self.present.add(field);
            }
            None => self.stranger = true,
        }
    }

    #[inline]
    pub(crate) fn get(&self, field: Field) -> Option<&Bound<'py, PyAny>> {
        self.values.get(field as usize)?.as_deref()
    }

    /// The same, as long as it is held.
    #[inline]
    pub(crate) fn borrowed(&self, field: Field) -> Option<Borrowed<'v, 'py, PyAny>> {
        *self.values.get(field as usize)?
    }

    /// Takes out what is no member of an event.
    #[inline]
    pub(crate) fn take(&mut self, field: Field) -> Option<Borrowed<'v, 'py, PyAny>> {
        let value = self.values.get_mut(field as usize)?.take();
        self.present.remove(field);
        value
    }

    /// The fields that have a value.
    #[inline]
    pub(crate) fn present(&self) -> Fields {
        self.present
    }

    /// Whether two members have one name.
    #[inline]
    pub(crate) fn has_twice(&self) -> bool {
        self.twice
    }

    /// Whether every member is among these.
    #[inline]
    pub(crate) fn are_in(&self, known: Fields) -> bool {
        !self.stranger && self.present.are_in(known)
    }
}
