//! Who touched a decoy and is shut in.
//!
//! Body: since when `u64` (`u64::MAX` if that is not known), for how long `u64`
//! (`u64::MAX` until released), what the actor is `u8`, its length `u8`, zeros
//! `u16`, pid `u32`, then up to [`TEXT`] bytes of its path or address.
//!
//! Traces: who is known by something that does not name one alone, or only if nothing
//! else is known. Body: of up to [`TRACED`] who are quarantined the key and since when
//! `u64` they are traced, the latest first. Whether one still is, its own record says: to
//! release it needs no more. What another touch adds to that one's term is not added to
//! the traces of this one.

use super::clock::NEVER;
use super::table::{Head, Kind, Overload, Place, Table};
use crate::bytes::{slice_at, u32_at, u64_at};
use crate::event::vocabulary;

/// How much of a path is kept to be shown; a key is made of all of it.
pub(crate) const TEXT: usize = 200;
const BODY: usize = 24 + TEXT;
/// Of more who share a trace, the latest are found by it.
const TRACED: usize = 8;
const TRACE: usize = 24;
const TRACES: usize = TRACED * TRACE;

vocabulary! {
    /// What is known of somebody who is quarantined.
    ActorKind {
        /// Nothing: every event whose actor is not known.
        Unknown = 0 "unknown",
        /// A process, by its id.
        Process = 1 "process",
        /// A program, by its path.
        Program = 2 "program",
        /// A network address.
        Source = 3 "source",
    }
}

/// Somebody to be quarantined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actor<'a> {
    pub(crate) kind: ActorKind,
    pub(crate) pid: u32,
    pub(crate) text: &'a [u8],
}

/// Somebody who is quarantined; see [`State::quarantines`](crate::State::quarantines).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Quarantine<'a> {
    /// Names the entry, for [`State::release`](crate::State::release).
    pub id: [u8; 16],
    /// What the actor is.
    pub kind: ActorKind,
    /// The process, if it is one.
    pub pid: u32,
    /// The path or address, if it is known; of a long path the first 200 bytes.
    pub text: &'a [u8],
    /// Since when, in milliseconds since the Unix epoch, if that is known.
    pub since: Option<u64>,
    /// For how many milliseconds; `None` until it is released.
    pub duration: Option<u64>,
}

impl<'a> Quarantine<'a> {
    pub(crate) fn read(head: &Head, body: &'a [u8]) -> Quarantine<'a> {
        let [kind, length] = *slice_at(body, 16, 2).first_chunk().unwrap_or(&[0; 2]);
        let known = |value| Some(value).filter(|&value| value != NEVER);
        Quarantine {
            id: head.key,
            kind: ActorKind::from_number(kind).unwrap_or(ActorKind::Unknown),
            pid: u32_at(body, 5),
            text: slice_at(body, 24, usize::from(length)),
            since: known(u64_at(body, 0)),
            duration: known(u64_at(body, 1)),
        }
    }
}

/// Whether a key is quarantined now; at an unknown time, still.
pub(crate) fn is_quarantined(table: &Table<'_>, key: &[u8; 16], now: Option<u64>) -> bool {
    let Some(place) = table.find(Kind::Quarantine, key) else { return false };
    let body = table.body(place);
    lasts(u64_at(body, 0), u64_at(body, 1), now)
}

fn lasts(since: u64, duration: u64, now: Option<u64>) -> bool {
    match now {
        Some(now) if since != NEVER && duration != NEVER => now.saturating_sub(since) < duration,
        _ => true,
    }
}

/// Whether somebody is quarantined now to whom a trace leads that lasts.
pub(crate) fn is_traced(table: &Table<'_>, trace: &Trace, now: Option<u64>) -> bool {
    let Some(place) = table.find(Kind::Quarantine, &trace.key) else { return false };
    let body = table.body(place);
    // Both terms are equally long. Who was released and touched again is quarantined as of
    // then, whatever a trace says.
    let (since, duration) = (u64_at(body, 0), u64_at(body, 1));
    lasts(trace.since.min(since), duration, now)
}

/// From when and for how long somebody is quarantined, if that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Term {
    pub(crate) since: Option<u64>,
    pub(crate) duration: Option<u64>,
}

impl Term {
    fn over(&self) -> u64 {
        let over = self.since.zip(self.duration);
        over.map_or(NEVER, |(since, duration)| since.saturating_add(duration))
    }
}

/// Quarantines a key; if it is already, until the later end.
pub(crate) fn shut_in(
    table: &mut Table<'_>,
    (key, identity): (&[u8; 16], u64),
    actor: &Actor<'_>,
    term: Term,
) -> Overload {
    let (kind, danger, expires) = (Kind::Quarantine, u8::MAX, term.over());
    let head = Head { kind, danger, key: *key, identity, expires };
    let (place, overload) = found(table, &head, BODY, term);
    let Some(place) = place else { return overload };
    // All terms of a key are equally long, and one of unknown beginning has no end.
    let (since, before) = (term.since.unwrap_or(NEVER), u64_at(table.body(place), 0));
    let text = actor.text.get(..actor.text.len().min(TEXT)).unwrap_or(&[]);
    let bytes = since.max(before).to_le_bytes();
    let bytes = bytes
        .into_iter()
        .chain(term.duration.unwrap_or(NEVER).to_le_bytes())
        .chain([actor.kind as u8, text.len() as u8, 0, 0])
        .chain(actor.pid.to_le_bytes())
        .chain(text.iter().copied());
    table.body_mut(place).iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    overload
}

/// Somebody to whom a key leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    key: [u8; 16],
    since: u64,
}

impl Trace {
    const NONE: Trace = Trace { key: [0; 16], since: 0 };

    /// Of the one to whom it leads.
    pub(crate) fn key(&self) -> &[u8; 16] {
        &self.key
    }

    fn read(bytes: &[u8; TRACE]) -> Trace {
        let key = *bytes.first_chunk().unwrap_or(&[0; 16]);
        Trace { key, since: u64_at(bytes, 2) }
    }

    fn write(self, bytes: &mut [u8; TRACE]) {
        let since = self.since.to_le_bytes();
        bytes.iter_mut().zip(self.key.into_iter().chain(since)).for_each(|(to, from)| *to = from);
    }
}

/// To whom a key leads, the latest first.
pub(crate) fn traced(table: &Table<'_>, key: &[u8; 16]) -> impl Iterator<Item = Trace> + use<> {
    let mut traced = [Trace::NONE; TRACED];
    if let Some(place) = table.find(Kind::Traces, key) {
        let known = table.body(place).as_chunks().0;
        traced.iter_mut().zip(known).for_each(|(to, from)| *to = Trace::read(from));
    }
    traced.into_iter().take_while(|trace| trace.key != Trace::NONE.key)
}

/// Has a key lead to somebody who is quarantined.
pub(crate) fn trace(
    table: &mut Table<'_>,
    (key, identity): (&[u8; 16], u64),
    actor: &[u8; 16],
    term: Term,
) -> Overload {
    // Less than whom it leads to, and more than anything else.
    let (kind, danger, expires) = (Kind::Traces, u8::MAX - 1, term.over());
    let head = Head { kind, danger, key: *key, identity, expires };
    let (place, overload) = found(table, &head, TRACES, term);
    let Some(place) = place else { return overload };
    let before = traced(table, key).find(|known| known.key == *actor);
    let since = term.since.unwrap_or(NEVER).max(before.map_or(0, |before| before.since));
    // The new one first, in its own place if it was there or else in the last one's.
    let mut next = Trace { key: *actor, since };
    for place in table.body_mut(place).as_chunks_mut().0 {
        let known = Trace::read(place);
        next.write(place);
        next = known;
        if next.key == *actor {
            break;
        }
    }
    overload
}

/// The record of a head, which ends no earlier than before; or a new one.
fn found(table: &mut Table<'_>, head: &Head, body: usize, term: Term) -> (Option<Place>, Overload) {
    let Some(place) = table.find(head.kind, &head.key) else {
        return table.insert(head, body, term.since.unwrap_or(0));
    };
    let before = table.head(place).map_or(0, |head| head.expires);
    table.set_head(place, &Head { expires: head.expires.max(before), ..*head });
    (Some(place), Overload::default())
}
