//! Who touched a decoy and is shut in.
//!
//! Body: since when `u64` (`u64::MAX` if that is not known), for how long `u64`
//! (`u64::MAX` until released), what the actor is `u8`, its length `u8`, zeros
//! `u16`, pid `u32`, then up to [`TEXT`] bytes of its path or address.

use super::clock::NEVER;
use super::table::{Head, Kind, Overload, Table};
use crate::bytes::{slice_at, u32_at, u64_at};
use crate::event::vocabulary;

/// How much of a path is kept to be shown; a key is made of all of it.
pub(crate) const TEXT: usize = 200;
const BODY: usize = 24 + TEXT;

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
    let (since, duration) = (u64_at(body, 0), u64_at(body, 1));
    match now {
        Some(now) if since != NEVER && duration != NEVER => now.saturating_sub(since) < duration,
        _ => true,
    }
}

/// Quarantines a key, from now on again if it is already.
pub(crate) fn shut_in(
    table: &mut Table<'_>,
    (key, identity): (&[u8; 16], u64),
    actor: &Actor<'_>,
    duration: Option<u64>,
    now: Option<u64>,
) -> Overload {
    let over = now.zip(duration).map(|(now, duration)| now.saturating_add(duration));
    let head = Head {
        kind: Kind::Quarantine,
        danger: u8::MAX,
        key: *key,
        identity,
        expires: over.unwrap_or(NEVER),
    };
    let mut overload = Overload(false);
    let place = match table.find(Kind::Quarantine, key) {
        Some(place) => place,
        None => {
            let (place, forgot) = table.insert(&head, BODY, now.unwrap_or(0));
            overload = forgot;
            let Some(place) = place else { return overload };
            place
        }
    };
    table.set_head(place, &head);
    let text = actor.text.get(..actor.text.len().min(TEXT)).unwrap_or(&[]);
    let since = now.unwrap_or(NEVER).to_le_bytes();
    let bytes = since
        .into_iter()
        .chain(duration.unwrap_or(NEVER).to_le_bytes())
        .chain([actor.kind as u8, text.len() as u8, 0, 0])
        .chain(actor.pid.to_le_bytes())
        .chain(text.iter().copied());
    table.body_mut(place).iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    overload
}
