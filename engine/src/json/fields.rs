//! The fields of one JSON object, read by name and type.
//!
//! Reading never stops: what is wrong is noted, the first fault of all, and
//! counts as absent.

use core::cell::Cell;

use smallvec::SmallVec;

use super::names::{Field, Names, PRINCIPAL};
use super::tape::{Item, Siblings, Tape, Value};
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

/// A list of an event. Most are too short to need memory of their own.
pub(super) type List<T> = SmallVec<[T; 16]>;

/// An object's members.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    source: Source<'a>,
    members: Siblings<'a>,
    names: Names,
}

/// What every object of an event shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) tape: &'a Tape,
    pub(super) fault: &'a Fault,
}

impl<'a> Fields<'a> {
    /// The members of an object; none if it is no object.
    pub(super) fn new(source: Source<'a>, item: Item<'a>) -> Option<Self> {
        match item.value {
            Value::Object(names) => Some(Fields { source, members: item.inside, names }),
            _ => None,
        }
    }

    /// Notes any field that is not among `known`.
    pub(super) fn only(self, known: Names) -> Self {
        if !self.names.are_in(known) {
            self.source.fault.note(Invalid::UnknownField);
        }
        self
    }

    /// Notes that a field is missing if `value` says so and it was not given.
    /// One that was given and is wrong has been noted already.
    pub(super) fn required<T>(self, field: Field, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.has(field) {
            self.source.fault.note(Invalid::MissingField);
        }
        value
    }

    /// A required byte string; empty if it is missing.
    pub(super) fn required_bytes(self, field: Field) -> &'a [u8] {
        self.required(field, self.bytes(field)).unwrap_or_default()
    }

    /// A byte string: text, or `{"hex": "…"}`.
    pub(super) fn bytes(self, field: Field) -> Option<&'a [u8]> {
        self.source.typed(self.source.bytes(self.get(field)?))
    }

    pub(super) fn text(self, field: Field) -> Option<&'a [u8]> {
        self.source.typed(self.source.text(self.get(field)?))
    }

    /// A word of a vocabulary. An unknown one is noted as such.
    pub(super) fn word<T>(self, field: Field, parse: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let value = parse(self.text(field)?);
        if value.is_none() {
            self.source.fault.note(Invalid::UnknownValue);
        }
        value
    }

    pub(super) fn flag(self, field: Field) -> Option<bool> {
        let flag = match self.get(field)?.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        };
        self.source.typed(flag)
    }

    /// A plain integer in the range of `T`.
    pub(super) fn integer<T: TryFrom<u64>>(self, field: Field) -> Option<T> {
        let value = match self.get(field)?.value {
            Value::Natural(value) => T::try_from(value).ok(),
            _ => None,
        };
        self.source.typed(value)
    }

    /// A user's or group's id. An integer that is none is kept as one that no
    /// control takes for an id, because it matters only to those that read it.
    fn id(self, field: Field) -> Option<u64> {
        let value = match self.get(field)?.value {
            Value::Natural(value) => Some(value),
            Value::OutOfRange => Some(u64::MAX),
            _ => None,
        };
        self.source.typed(value)
    }

    pub(super) fn address(self, field: Field) -> Option<Address<'a>> {
        self.text(field).map(Address::Text)
    }

    pub(super) fn addresses(self, field: Field, into: &mut List<Address<'a>>) {
        self.list(field, into, |item| self.source.text(item).map(Address::Text));
    }

    pub(super) fn byte_strings(self, field: Field, into: &mut List<&'a [u8]>) {
        self.list(field, into, |item| self.source.bytes(item));
    }

    pub(super) fn principals(self, field: Field, into: &mut List<Principal<'a>>) {
        self.list(field, into, |item| Fields::new(self.source, item).map(Fields::principal));
    }

    /// This object as a user or group.
    pub(super) fn principal(self) -> Principal<'a> {
        let fields = self.only(PRINCIPAL);
        Principal {
            name: fields.bytes(Field::Name),
            id: fields.id(Field::Id),
            sid: fields.bytes(Field::Sid),
        }
    }

    /// An object inside this one.
    pub(super) fn object(self, field: Field) -> Option<Fields<'a>> {
        self.source.typed(Fields::new(self.source, self.get(field)?))
    }

    /// Notes `null` and what is unreadable; any other value is right.
    pub(super) fn any(self, field: Field) {
        let value = self.get(field).map(|item| item.value);
        if matches!(value, Some(Value::Null | Value::Unreadable)) {
            self.source.fault.note(Invalid::FieldType);
        }
    }

    /// Adds the elements that `read` understands; the others are noted.
    fn list<T>(self, field: Field, into: &mut List<T>, read: impl Fn(Item<'a>) -> Option<T>) {
        let Some(item) = self.get(field) else { return };
        let list = matches!(item.value, Value::List).then_some(item.inside);
        let Some(list) = self.source.typed(list) else { return };
        into.extend(list.filter_map(|item| self.source.typed(read(item))));
    }

    /// Whether a field was given, right or wrong.
    pub(super) fn has(self, field: Field) -> bool {
        self.names.has(field)
    }

    /// Of several the first.
    fn get(mut self, field: Field) -> Option<Item<'a>> {
        if !self.has(field) {
            return None;
        }
        self.members.find(|member| member.field == Some(field))
    }
}

impl<'a> Source<'a> {
    fn bytes(self, item: Item<'a>) -> Option<&'a [u8]> {
        match item.value {
            Value::Text(span) | Value::Hex(span) => Some(self.tape.bytes(span)),
            _ => None,
        }
    }

    fn text(self, item: Item<'a>) -> Option<&'a [u8]> {
        match item.value {
            Value::Text(span) => Some(self.tape.bytes(span)),
            _ => None,
        }
    }

    fn typed<T>(self, value: Option<T>) -> Option<T> {
        self.fault.typed(value)
    }
}
