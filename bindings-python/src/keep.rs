//! What an event borrows from beside its own values, for as long as it is asked
//! about. Empty, and without memory of its own, for most events.

use std::cell::OnceCell;

use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBytes, PyDict};
use typed_arena::Arena;
use wardline::{Address, Principal};

/// A key with its value.
pub(crate) type Member<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Objects and names that are no value of the event itself.
#[derive(Default)]
pub(crate) struct Keep<'py> {
    bytes: OnceCell<Arena<Bound<'py, PyBytes>>>,
    items: OnceCell<Arena<Vec<Bound<'py, PyAny>>>>,
    members: OnceCell<Arena<Vec<Member<'py>>>>,
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

    /// The members of a dictionary, whatever becomes of the dictionary.
    pub(crate) fn members(&self, dict: &Bound<'py, PyDict>) -> &[Member<'py>] {
        let members = with_critical_section(dict, || dict.iter().collect());
        self.members.get_or_init(Arena::new).alloc(members)
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
