//! What an event borrows from beside its own values, for as long as it is asked
//! about. Empty, and without memory of its own, for most events.

use std::cell::OnceCell;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use typed_arena::Arena;
use wardline::{Address, Principal};

use crate::slots::Slots;

/// Objects and names that are no value of the event itself.
#[derive(Default)]
pub(crate) struct Keep<'py> {
    bytes: OnceCell<Arena<Bound<'py, PyBytes>>>,
    items: OnceCell<Arena<Vec<Bound<'py, PyAny>>>>,
    slots: OnceCell<Arena<Slots<'py>>>,
    mapped: OnceCell<Arena<Vec<u8>>>,
}

impl<'py> Keep<'py> {
    /// Bytes that were made of a value.
    pub(crate) fn bytes(&self, bytes: Bound<'py, PyBytes>) -> &[u8] {
        self.bytes.get_or_init(Arena::new).alloc(bytes).as_bytes()
    }

    /// The elements of a list, whatever becomes of the list.
    pub(crate) fn items(&self, items: Vec<Bound<'py, PyAny>>) -> &[Bound<'py, PyAny>] {
        self.items.get_or_init(Arena::new).alloc(items)
    }

    /// The members of an object in a list.
    pub(crate) fn slots(&self, slots: Slots<'py>) -> &Slots<'py> {
        self.slots.get_or_init(Arena::new).alloc(slots)
    }

    /// A domain that was mapped.
    pub(crate) fn mapped(&self, name: Vec<u8>) -> &[u8] {
        self.mapped.get_or_init(Arena::new).alloc(name)
    }
}

/// The lists of an event.
#[derive(Default)]
pub(crate) struct Lists<'a> {
    names: OnceCell<Arena<Vec<&'a [u8]>>>,
    addresses: OnceCell<Arena<Vec<Address<'a>>>>,
    principals: OnceCell<Arena<Vec<Principal<'a>>>>,
}

impl<'a> Lists<'a> {
    pub(crate) fn names(&self, names: Vec<&'a [u8]>) -> &[&'a [u8]] {
        if names.is_empty() { &[] } else { self.names.get_or_init(Arena::new).alloc(names) }
    }

    pub(crate) fn addresses(&self, all: Vec<Address<'a>>) -> &[Address<'a>] {
        if all.is_empty() { &[] } else { self.addresses.get_or_init(Arena::new).alloc(all) }
    }

    pub(crate) fn principals(&self, all: Vec<Principal<'a>>) -> &[Principal<'a>] {
        if all.is_empty() { &[] } else { self.principals.get_or_init(Arena::new).alloc(all) }
    }
}
