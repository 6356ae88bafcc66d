//! Failed logins by one key: the latest of them, and whether that was told.
//!
//! Body: how many failures are kept `u8`, how many others were seen `u8`, zeros
//! `u16`, failures since the last alert `u32`, the two stamps of that alert `u64`
//! (`u64::MAX` for never), the others (four, see `state/seen.rs`), then the times,
//! in any order: the latest by their stamps, in whatever order they came.
//!
//! How times are compared: `state/clock.rs`.

use super::clock::{Told, counts, settled};
use super::seen::{self, Short};
use super::table::{HEAD, Head, Kind, Overload, Place, Table};
use crate::bytes::u32_at;

pub(crate) const OTHERS: usize = 4;
/// How many others are told when there are more than fit.
const MORE: u8 = OTHERS as u8 + 1;
const SEEN: usize = 24;
const TIMES: usize = SEEN + OTHERS * seen::SIZE;
const ALERTED: u8 = 200;
const BLOCKED: u8 = 250;

/// What a control asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Failures within the window that are too many, 1 to 255.
    pub(crate) max_failures: u8,
    /// How far back failures count, in milliseconds.
    pub(crate) window: u64,
    /// How long a key is silent after an alert.
    pub(crate) cooldown: u64,
    /// How long its logins are blocked after one, if at all.
    pub(crate) block_for: Option<u64>,
}

/// How many failures, and from or as how many others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Count {
    pub(crate) count: u32,
    pub(crate) others: u8,
    pub(crate) seen: [Short; OTHERS],
}

/// What a failure led to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Outcome {
    /// Too many, and not told within the cooldown.
    pub(crate) alert: Option<Count>,
    pub(crate) overload: Overload,
}

impl Limits {
    /// How long a key is silent: at most until its logins are no longer blocked,
    /// or it could go on failing unblocked.
    fn silence(&self) -> u64 {
        self.cooldown.min(self.block_for.unwrap_or(self.cooldown))
    }

    /// For how long a failure or an alert is worth something.
    fn longest(&self) -> u64 {
        self.window.max(self.cooldown).max(self.block_for.unwrap_or(0))
    }

    /// What it would be to forget a key that is told at once.
    fn told(&self) -> u8 {
        if self.block_for.is_some() { BLOCKED } else { ALERTED }
    }
}

/// Whether a key's logins are blocked.
pub(crate) fn is_blocked(table: &Table<'_>, key: &[u8; 16], limits: &Limits, now: u64) -> bool {
    let Some(span) = limits.block_for else { return false };
    let Some(place) = table.find(Kind::Failures, key) else { return false };
    told(table.body(place)).lasts(now, span)
}

/// Counts a failure of a key.
///
/// * `other` - the user or source that the key is not about.
pub(crate) fn fail(
    table: &mut Table<'_>,
    (key, identity): (&[u8; 16], u64),
    limits: &Limits,
    now: u64,
    other: Option<Short>,
) -> Outcome {
    let expires = now.saturating_add(limits.longest());
    // The danger that it will have: with less, it could never come in where
    // others failed once.
    let first = if limits.max_failures <= 1 { limits.told() } else { 1 };
    let fresh = Head { kind: Kind::Failures, danger: first, key: *key, identity, expires };
    let body = TIMES.wrapping_add(usize::from(limits.max_failures).wrapping_mul(8));
    let mut overload = Overload(false);
    let place = match table.find(Kind::Failures, key) {
        // Room for fewer than are wanted: of other limits, which begin again.
        Some(place) if table.body(place).len() < body => {
            table.remove(place);
            None
        }
        found => found,
    };
    let place = match place {
        Some(place) => place,
        None => {
            let (place, forgot) = table.insert(&fresh, body, now);
            overload = forgot;
            let Some(place) = place else { return Outcome { alert: None, overload } };
            set_told(table.body_mut(place), Told::NEVER);
            place
        }
    };
    let alert = count(table, place, limits, now, other);
    let danger = danger(table, place, limits, now);
    let old = table.head(place).map_or(expires, |head| head.expires);
    table.set_head(place, &Head { danger, expires: expires.max(old), ..fresh });
    Outcome { alert, overload }
}

fn count(
    table: &mut Table<'_>,
    place: Place,
    limits: &Limits,
    now: u64,
    other: Option<Short>,
) -> Option<Count> {
    let body = table.body_mut(place);
    let [kept, others, ..] = *body.first_chunk::<8>()?;
    let kept = keep(times(body, limits), kept, now);
    let others = match other {
        Some(other) => noted(body, others, &other),
        None => others,
    };
    let since = u32_at(body, 1).saturating_add(1);
    let told = told(body);
    let times = times(body, limits);
    let stamps = times.iter().map(|time| u64::from_le_bytes(*time));
    let too_many = usize::from(kept) == times.len()
        && stamps.clone().all(|then| counts(now, then, limits.window));
    let alert = too_many && !told.lasts(now, limits.silence());
    if alert {
        let latest = stamps.fold(now, u64::max);
        for time in times {
            *time = settled(now, u64::from_le_bytes(*time), limits.window).to_le_bytes();
        }
        set_told(body, told.again(now, latest));
    }
    let alert = alert.then(|| {
        let places = body.get(SEEN..TIMES).unwrap_or(&[]).as_chunks::<{ seen::SIZE }>().0;
        let mut seen = [[0; seen::SIZE]; OTHERS];
        let known = places.iter().take(usize::from(others));
        seen.iter_mut().zip(known).for_each(|(to, from)| *to = *from);
        Count { count: since, others, seen }
    });
    let (since, others) = if alert.is_some() { (0, 0) } else { (since, others) };
    let [a, b, c, d] = u32::to_le_bytes(since);
    if let Some(head) = body.first_chunk_mut::<8>() {
        *head = [kept, others, 0, 0, a, b, c, d];
    }
    alert
}

/// Keeps a failure's time if it is one of the latest; returns how many are kept.
fn keep(times: &mut [[u8; 8]], kept: u8, now: u64) -> u8 {
    if let Some(free) = times.get_mut(usize::from(kept)) {
        *free = now.to_le_bytes();
        return kept.saturating_add(1);
    }
    let earliest = times.iter_mut().min_by_key(|time| u64::from_le_bytes(**time));
    if let Some(time) = earliest {
        *time = u64::from_le_bytes(*time).max(now).to_le_bytes();
    }
    times.len() as u8
}

/// The places for times, of which the first are used.
fn times<'b>(body: &'b mut [u8], limits: &Limits) -> &'b mut [[u8; 8]] {
    let times = body.get_mut(TIMES..).unwrap_or(&mut []).as_chunks_mut::<8>().0;
    let most = times.len().min(usize::from(limits.max_failures.max(1)));
    times.get_mut(..most).unwrap_or(&mut [])
}

fn told(body: &[u8]) -> Told {
    Told::read(body.get(8..).unwrap_or(&[]))
}

fn set_told(body: &mut [u8], told: Told) {
    told.write(body.get_mut(8..).unwrap_or(&mut []));
}

/// Notes one of the others; how many there are, one more than fit for "more".
fn noted(body: &mut [u8], known: u8, other: &Short) -> u8 {
    let places = body.get_mut(SEEN..TIMES).unwrap_or(&mut []);
    let places = places.as_chunks_mut::<{ seen::SIZE }>().0;
    let known = known.min(MORE);
    for place in places.iter_mut().take(usize::from(known)) {
        if seen::same(place, other) {
            return known;
        }
    }
    if let Some(place) = places.get_mut(usize::from(known)) {
        *place = *other;
    }
    known.saturating_add(1).min(MORE)
}

/// A key that is blocked must not be forgotten, nor one that was told; of the
/// others the one with the most failures is the worst to lose.
fn danger(table: &Table<'_>, place: Place, limits: &Limits, now: u64) -> u8 {
    let body = table.body(place);
    let told = told(body);
    if limits.block_for.is_some_and(|span| told.lasts(now, span)) {
        return BLOCKED;
    }
    if told.lasts(now, limits.cooldown) {
        return ALERTED;
    }
    let times = body.get(TIMES..).unwrap_or(&[]).as_chunks::<8>().0.iter();
    let kept = body.first().copied().unwrap_or(0);
    let counting = times
        .take(usize::from(kept))
        .filter(|time| counts(now, u64::from_le_bytes(**time), limits.window))
        .fold(0u8, |count, _| count.saturating_add(1));
    counting.min(ALERTED.wrapping_sub(1))
}

const _: () = assert!(HEAD + TIMES + 255 * 8 <= super::table::SET);
