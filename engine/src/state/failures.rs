//! Failed logins by one key: the latest of them, and whether that was told.
//!
//! Body: how many failures are kept `u8` (a ring), where the next goes `u8`, how
//! many others were seen `u8`, zero `u8`, failures since the last alert `u32`,
//! when the last alert was `u64` (`u64::MAX` for never), the others (four, see
//! `state/seen.rs`), then the times.
//!
//! Times are compared signed: a stamp later than now counts, and a clock that
//! jumps neither resets nor overflows.

use super::seen::{self, Short};
use super::table::{HEAD, Head, Kind, Overload, Place, Table};
use crate::bytes::{u32_at, u64_at};

pub(crate) const OTHERS: usize = 4;
/// How many others are told when there are more than fit.
const MORE: u8 = OTHERS as u8 + 1;
const TIMES: usize = 16 + OTHERS * seen::SIZE;
const NEVER: u64 = u64::MAX;
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

/// Whether `now` is less than `span` after `then`. A stamp in the future is.
fn within(now: u64, then: u64, span: u64) -> bool {
    now.saturating_sub(then) < span
}

/// Whether a key's logins are blocked.
pub(crate) fn is_blocked(table: &Table<'_>, key: &[u8; 16], limits: &Limits, now: u64) -> bool {
    let Some(span) = limits.block_for else { return false };
    let Some(place) = table.find(Kind::Failures, key) else { return false };
    let alerted = u64_at(table.body(place), 1);
    alerted != NEVER && within(now, alerted, span)
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
    let longest = limits.window.max(limits.cooldown).max(limits.block_for.unwrap_or(0));
    let expires = now.saturating_add(longest);
    let fresh = Head { kind: Kind::Failures, danger: 0, key: *key, identity, last: now, expires };
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
            put(table, place, 1, NEVER);
            place
        }
    };
    let alert = count(table, place, limits, now, other);
    let danger = danger(table, place, limits, now);
    let old = table.head(place).map_or(expires, |head| head.expires);
    let last = table.head(place).map_or(now, |head| head.last.max(now));
    table.set_head(place, &Head { danger, last, expires: expires.max(old), ..fresh });
    Outcome { alert, overload }
}

fn count(
    table: &mut Table<'_>,
    place: Place,
    limits: &Limits,
    now: u64,
    other: Option<Short>,
) -> Option<Count> {
    let max = limits.max_failures.max(1);
    let body = table.body_mut(place);
    let [kept, next, others, ..] = *body.first_chunk::<8>()?;
    let next = if next >= max { 0 } else { next };
    let at = TIMES.wrapping_add(usize::from(next).wrapping_mul(8));
    if let Some(time) = body.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<8>) {
        *time = now.to_le_bytes();
    }
    let kept = kept.min(max).saturating_add(1).min(max);
    let others = match other {
        Some(other) => noted(body, others, &other),
        None => others,
    };
    let since = u32_at(body, 1).saturating_add(1);
    let alerted = u64_at(body, 1);
    let next = next.wrapping_add(1);
    let all = body.get(TIMES..).unwrap_or(&[]).as_chunks::<8>().0;
    let too_many = kept == max
        && all
            .iter()
            .take(usize::from(max))
            .all(|time| within(now, u64::from_le_bytes(*time), limits.window));
    let silent = alerted != NEVER && within(now, alerted, limits.cooldown);
    let alert = (too_many && !silent).then(|| {
        let places = body.get(16..TIMES).unwrap_or(&[]).as_chunks::<{ seen::SIZE }>().0;
        let mut seen = [[0; seen::SIZE]; OTHERS];
        let known = places.iter().take(usize::from(others));
        seen.iter_mut().zip(known).for_each(|(to, from)| *to = *from);
        Count { count: since, others, seen }
    });
    let (since, alerted) = if alert.is_some() { (0, now) } else { (since, alerted) };
    let others = if alert.is_some() { 0 } else { others };
    let [a, b, c, d] = u32::to_le_bytes(since);
    if let Some(head) = body.first_chunk_mut::<8>() {
        *head = [kept, next, others, 0, a, b, c, d];
    }
    put(table, place, 1, alerted);
    alert
}

/// Notes one of the others; how many there are, one more than fit for "more".
fn noted(body: &mut [u8], known: u8, other: &Short) -> u8 {
    let places = body.get_mut(16..TIMES).unwrap_or(&mut []);
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
    let alerted = u64_at(body, 1);
    if alerted != NEVER && limits.block_for.is_some_and(|span| within(now, alerted, span)) {
        return BLOCKED;
    }
    if alerted != NEVER && within(now, alerted, limits.cooldown) {
        return ALERTED;
    }
    let times = body.get(TIMES..).unwrap_or(&[]).as_chunks::<8>().0.iter();
    let kept = body.first().copied().unwrap_or(0);
    let counting = times
        .take(usize::from(kept))
        .filter(|time| within(now, u64::from_le_bytes(**time), limits.window))
        .fold(0u8, |count, _| count.saturating_add(1));
    counting.min(ALERTED.wrapping_sub(1))
}

fn put(table: &mut Table<'_>, place: Place, index: usize, value: u64) {
    let at = index.wrapping_mul(8);
    let body = table.body_mut(place).get_mut(at..);
    if let Some(bytes) = body.and_then(<[u8]>::first_chunk_mut::<8>) {
        *bytes = value.to_le_bytes();
    }
}

const _: () = assert!(HEAD + TIMES + 255 * 8 <= super::table::SET);
