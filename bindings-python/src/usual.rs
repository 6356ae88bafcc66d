//! Most events: a program, a file or an address, perhaps the path of a process and the
//! name of a user, all of it text. They are read in one go, without what [`crate::read`]
//! needs to hold the rest; it says the same of them.

use pyo3::prelude::*;
use wardline::{
    Activity, Address, Direction, Event, Exec, File, FileOperation, Kind, Network, Principal,
    Process,
};

use crate::field::{Field, Fields};
use crate::given::{Given, Object, What};
use crate::members::file_operation;
use crate::name::{plain, text};
use crate::slots::Slots;

/// Why an event is not read here.
pub(crate) enum Not {
    /// It has more than most, or lacks something.
    Usual,
    /// A value is not plain text. That may have been told by an exception, and making
    /// one may run any Python code: no value may be looked at any more.
    Plain,
}

const ALWAYS: Fields = Fields::of(&[Field::Kind, Field::Process, Field::User, Field::Path]);
const EXEC: Fields = ALWAYS;
const FILE: Fields = ALWAYS.and(Fields::of(&[Field::Operation]));
const NETWORK: Fields =
    Fields::of(&[Field::Kind, Field::Process, Field::User, Field::Direction, Field::Ip]);
const PROCESS: Fields = Fields::of(&[Field::Path]);
const USER: Fields = Fields::of(&[Field::Name]);

/// Calls `f` with the event that values are whose members have been found. It is made
/// where it stays: what was just written in parts is slow to copy as a whole.
#[inline]
pub(crate) fn ask<'a>(given: &'a Given<'_, '_>, f: &mut dyn FnMut(&Event<'_>)) -> Result<(), Not> {
    let slots = &given.event;
    let kind = match given.what {
        What::Arguments(kind) => kind,
        What::Event(_) => word(slots, Field::Kind, Kind::parse)?,
        What::Actor | What::Nothing => return Err(Not::Usual),
    };
    let known = match kind {
        Kind::Exec => EXEC,
        Kind::File => FILE,
        Kind::Network => NETWORK,
        _ => return Err(Not::Usual),
    };
    if !slots.are_in(known) {
        return Err(Not::Usual);
    }
    let process = member(&given.process, PROCESS, Field::Path)?;
    let user = member(&given.user, USER, Field::Name)?;
    let mut ask = |activity: Activity<'a>| {
        f(&Event {
            process: Process { path: process, ..Process::UNKNOWN },
            user: Principal { name: user, ..Principal::UNKNOWN },
            ..Event::new(activity)
        });
    };
    match kind {
        Kind::Exec => ask(Activity::Exec(Exec::new(must(slots, Field::Path, plain)?))),
        Kind::File => {
            let operation = word(slots, Field::Operation, file_operation)?;
            if matches!(operation, FileOperation::Rename | FileOperation::Link) {
                return Err(Not::Usual);
            }
            ask(Activity::File(File::new(operation, must(slots, Field::Path, plain)?)));
        }
        _ => ask(Activity::Network(Network {
            direction: word(slots, Field::Direction, Direction::parse)?,
            ip: Some(Address::Text(must(slots, Field::Ip, text)?)),
            domain: None,
            port: None,
            protocol: None,
        })),
    }
    Ok(())
}

/// The bytes of a value that must be there.
#[inline]
fn must<'a, 'py, const N: usize>(
    slots: &'a Slots<'_, 'py, N>,
    field: Field,
    read: impl Fn(&'a Bound<'py, PyAny>) -> Option<&'a [u8]>,
) -> Result<&'a [u8], Not> {
    read(slots.get(field).ok_or(Not::Usual)?).ok_or(Not::Plain)
}

#[inline]
fn word<T, const N: usize>(
    slots: &Slots<'_, '_, N>,
    field: Field,
    parse: impl Fn(&[u8]) -> Option<T>,
) -> Result<T, Not> {
    parse(must(slots, field, text)?).ok_or(Not::Usual)
}

/// The one member that an object has.
#[inline]
fn member<'a>(
    object: &'a Object<'_, '_>,
    known: Fields,
    field: Field,
) -> Result<Option<&'a [u8]>, Not> {
    match object {
        Object::Absent => Ok(None),
        Object::Members(slots) if slots.are_in(known) => must(slots, field, plain).map(Some),
        _ => Err(Not::Usual),
    }
}
