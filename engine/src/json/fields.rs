//! The fields of one JSON object, read by name and type.
//!
//! Reading never stops: what is wrong is noted, the first fault of all, and
//! counts as absent.

use core::cell::Cell;
use std::string::String;
use std::vec::Vec;

use super::tree::Tree;
use crate::decision::Invalid;
use crate::event::{Address, Principal};

/// The first thing that was wrong, shared by everything that reads one event.
#[derive(Debug, Default)]
pub(super) struct Fault(Cell<Option<Invalid>>);

impl Fault {
    pub(super) fn note(&self, code: Invalid) {
        self.0.set(self.0.get().or(Some(code)));
    }

    pub(super) fn first(&self) -> Option<Invalid> {
        self.0.get()
    }

    /// `value`, or a note that it is of the wrong type.
    fn typed<T>(&self, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.note(Invalid::FieldType);
        }
        value
    }
}

/// An object's members.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    members: &'a [(String, Tree)],
    fault: &'a Fault,
}

impl<'a> Fields<'a> {
    pub(super) fn new(members: &'a [(String, Tree)], fault: &'a Fault) -> Self {
        Fields { members, fault }
    }

    /// Notes any field that is in none of `known`.
    pub(super) fn only(self, known: &[&[&str]]) -> Self {
        let unknown = |key: &str| !known.iter().any(|names| names.contains(&key));
        if self.members.iter().any(|(key, _)| unknown(key)) {
            self.fault.note(Invalid::UnknownField);
        }
        self
    }

    /// Notes that a field is missing if `value` says so and it was not given.
    /// One that was given and is wrong has been noted already.
    pub(super) fn required<T>(self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.get(name).is_none() {
            self.fault.note(Invalid::MissingField);
        }
        value
    }

    /// A required byte string; empty if it is missing.
    pub(super) fn required_bytes(self, name: &str) -> &'a [u8] {
        self.required(name, self.bytes(name)).unwrap_or_default()
    }

    /// A byte string: text, or `{"hex": "…"}`.
    pub(super) fn bytes(self, name: &str) -> Option<&'a [u8]> {
        self.fault.typed(bytes(self.get(name)?))
    }

    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.fault.typed(text(self.get(name)?))
    }

    /// A word of a vocabulary. An unknown one is noted as such.
    pub(super) fn word<T>(self, name: &str, parse: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let value = parse(self.text(name)?.as_bytes());
        if value.is_none() {
            self.fault.note(Invalid::UnknownValue);
        }
        value
    }

    pub(super) fn flag(self, name: &str) -> Option<bool> {
        let flag = match self.get(name)? {
            Tree::Bool(flag) => Some(*flag),
            _ => None,
        };
        self.fault.typed(flag)
    }

    /// A plain integer in the range of `T`.
    pub(super) fn integer<T: TryFrom<u64>>(self, name: &str) -> Option<T> {
        let value = match plain(self.get(name)?) {
            Some(Integer::Natural(value)) => T::try_from(value).ok(),
            _ => None,
        };
        self.fault.typed(value)
    }

    /// A user's or group's id. An integer that is none is kept as one that no
    /// control takes for an id, because it matters only to those that read it.
    fn id(self, name: &str) -> Option<u64> {
        let value = plain(self.get(name)?).map(|integer| match integer {
            Integer::Natural(value) => value,
            Integer::OutOfRange => u64::MAX,
        });
        self.fault.typed(value)
    }

    pub(super) fn address(self, name: &str) -> Option<Address<'a>> {
        Some(Address::Text(self.text(name)?.as_bytes()))
    }

    pub(super) fn addresses(self, name: &str) -> Vec<Address<'a>> {
        self.list(name, |tree| Some(Address::Text(text(tree)?.as_bytes())))
    }

    pub(super) fn byte_strings(self, name: &str) -> Vec<&'a [u8]> {
        self.list(name, bytes)
    }

    pub(super) fn principals(self, name: &str) -> Vec<Principal<'a>> {
        self.list(name, |tree| match tree {
            Tree::Object(members) => Some(Fields::new(members, self.fault).principal()),
            _ => None,
        })
    }

    /// This object as a user or group.
    pub(super) fn principal(self) -> Principal<'a> {
        let fields = self.only(&[&["id", "name", "sid"]]);
        Principal { name: fields.bytes("name"), id: fields.id("id"), sid: fields.bytes("sid") }
    }

    /// An object inside this one.
    pub(super) fn object(self, name: &str) -> Option<Fields<'a>> {
        let members = match self.get(name)? {
            Tree::Object(members) => Some(Fields::new(members, self.fault)),
            _ => None,
        };
        self.fault.typed(members)
    }

    /// Notes `null` and what is unreadable; any other value is right.
    pub(super) fn any(self, name: &str) {
        if matches!(self.get(name), Some(Tree::Null | Tree::Unreadable)) {
            self.fault.note(Invalid::FieldType);
        }
    }

    /// The elements that `read` understands; the others are noted.
    fn list<T>(self, name: &str, read: impl Fn(&'a Tree) -> Option<T>) -> Vec<T> {
        match self.get(name) {
            None => Vec::new(),
            Some(Tree::List(trees)) => {
                trees.iter().filter_map(|tree| self.fault.typed(read(tree))).collect()
            }
            Some(_) => {
                self.fault.note(Invalid::FieldType);
                Vec::new()
            }
        }
    }

    /// Whether a field was given, right or wrong.
    pub(super) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn get(self, name: &str) -> Option<&'a Tree> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, tree)| tree)
    }
}

fn bytes(tree: &Tree) -> Option<&[u8]> {
    match tree {
        Tree::Hex(bytes) => Some(bytes),
        tree => Some(text(tree)?.as_bytes()),
    }
}

fn text(tree: &Tree) -> Option<&str> {
    match tree {
        Tree::Text(text) => Some(text),
        _ => None,
    }
}

/// A number without fraction and exponent.
enum Integer {
    Natural(u64),
    /// Negative, or above 2^64 - 1.
    OutOfRange,
}

fn plain(tree: &Tree) -> Option<Integer> {
    let Tree::Number(number) = tree else { return None };
    if number.contains(['.', 'e', 'E']) {
        return None;
    }
    Some(number.parse().map_or(Integer::OutOfRange, Integer::Natural))
}
