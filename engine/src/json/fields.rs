//! The fields of one JSON object, read by name and type.
//!
//! Reading never stops: what is wrong is noted, the first fault of all, and
//! counts as absent.

use core::cell::Cell;

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

/// An object's members.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    source: Source<'a>,
    members: Siblings<'a>,
    /// The fields among them.
    present: Names,
    /// Some member is no field of any object.
    stranger: bool,
}

/// What every object of an event shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) tape: &'a Tape,
    pub(super) fault: &'a Fault,
}

impl<'a> Fields<'a> {
    pub(super) fn new(source: Source<'a>, members: Siblings<'a>) -> Self {
        let (mut present, mut stranger) = (Names::default(), false);
        for member in members {
            match member.field {
                Some(field) => present.add(field),
                None => stranger = true,
            }
        }
        Fields { source, members, present, stranger }
    }

    /// Notes any field that is not among `known`.
    pub(super) fn only(self, known: Names) -> Self {
        if self.stranger || !self.present.are_in(known) {
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

    pub(super) fn addresses(self, field: Field) -> impl Iterator<Item = Address<'a>> {
        self.list(field, move |item| self.source.text(item).map(Address::Text))
    }

    pub(super) fn byte_strings(self, field: Field) -> impl Iterator<Item = &'a [u8]> {
        self.list(field, move |item| self.source.bytes(item))
    }

    pub(super) fn principals(self, field: Field) -> impl Iterator<Item = Principal<'a>> {
        self.list(field, move |item| self.source.object(item).map(Fields::principal))
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
        self.source.typed(self.source.object(self.get(field)?))
    }

    /// Notes `null` and what is unreadable; any other value is right.
    pub(super) fn any(self, field: Field) {
        let value = self.get(field).map(|item| item.value);
        if matches!(value, Some(Value::Null | Value::Unreadable)) {
            self.source.fault.note(Invalid::FieldType);
        }
    }

    /// The elements that `read` understands; the others are noted.
    fn list<T>(
        self,
        field: Field,
        read: impl Fn(Item<'a>) -> Option<T>,
    ) -> impl Iterator<Item = T> {
        let list = self.get(field).and_then(|item| {
            let list = matches!(item.value, Value::List(_)).then_some(item.inside);
            self.source.typed(list)
        });
        list.into_iter().flatten().filter_map(move |item| self.source.typed(read(item)))
    }

    /// Whether a field was given, right or wrong.
    pub(super) fn has(self, field: Field) -> bool {
        self.present.has(field)
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

    fn object(self, item: Item<'a>) -> Option<Fields<'a>> {
        matches!(item.value, Value::Object(_)).then(|| Fields::new(self, item.inside))
    }

    fn typed<T>(self, value: Option<T>) -> Option<T> {
        self.fault.typed(value)
    }
}
