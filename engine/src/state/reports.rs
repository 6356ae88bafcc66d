//! What a throttled rule has reported: in which window, how many, and how many
//! audits were suppressed since.
//!
//! Body: when the window began `u64` (`u64::MAX` for never), how many audits were
//! reported in it `u32`, zero `u32`, how many were suppressed and not told `u64`.
//!
//! A window covers the times less than its length before or after its beginning.
//! A clock that is put right after it was far ahead therefore begins a new one:
//! what is silenced must not stay so for longer than the policy says.

use super::clock::{NEVER, lasts};
use super::table::{Head, Kind, Overload, Place, Table};
use crate::bytes::{u32_at, u64_at};
use crate::throttle::Throttle;

const BODY: usize = 24;

/// What is to be done with an audit, as far as one rule goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Outcome {
    /// The rule has reported enough.
    pub(crate) over: bool,
    /// How many audits were suppressed before, told with this one.
    pub(crate) before: u64,
    pub(crate) overload: Overload,
}

/// Counts an audit of a rule that is to be reported, or says that it is one too
/// many. At an unknown time it is reported and not counted.
pub(crate) fn audit(
    table: &mut Table<'_>,
    (key, identity): (&[u8; 16], u64),
    throttle: &Throttle,
    now: Option<u64>,
) -> Outcome {
    let found = table.find(Kind::Reports, key);
    let Some(now) = now else {
        let before = found.map_or(0, |place| take(table, place, throttle));
        return Outcome { before, ..Outcome::default() };
    };
    let expires = now.saturating_add(throttle.window);
    let head = Head { kind: Kind::Reports, danger: 0, key: *key, identity, expires };
    let (place, overload) = match found {
        Some(place) => (place, Overload::default()),
        None => match table.insert(&head, BODY, now) {
            (Some(place), overload) => {
                write(table, place, (NEVER, 0, 0));
                (place, overload)
            }
            // Without a place to count in, nothing is too many.
            (None, overload) => return Outcome { overload, ..Outcome::default() },
        },
    };
    let (began, count, before) = read(table.body(place));
    let lasts = lasts(now, began, throttle.window);
    if lasts && count >= throttle.max_alerts {
        return Outcome { over: true, before: 0, overload };
    }
    let (began, count) = if lasts { (began, count.saturating_add(1)) } else { (now, 1) };
    write(table, place, (began, count, 0));
    // Worth nothing once the window is over.
    let expires = began.saturating_add(throttle.window);
    table.set_head(place, &Head { expires, ..head });
    Outcome { over: false, before, overload }
}

/// Counts an audit that is not reported.
pub(crate) fn suppress(table: &mut Table<'_>, key: &[u8; 16]) {
    let Some(place) = table.find(Kind::Reports, key) else { return };
    let (began, count, before) = read(table.body(place));
    write(table, place, (began, count, before.saturating_add(1)));
    if let Some(head) = table.head(place) {
        // To be told once, so not to be forgotten unnoticed.
        table.set_head(place, &Head { danger: 1, expires: NEVER, ..head });
    }
}

/// How many audits were suppressed and not told, by a record's body.
pub(crate) fn suppressed(body: &[u8]) -> u64 {
    read(body).2
}

/// Takes what was suppressed and not told.
fn take(table: &mut Table<'_>, place: Place, throttle: &Throttle) -> u64 {
    let (began, count, before) = read(table.body(place));
    write(table, place, (began, count, 0));
    if let Some(head) = table.head(place) {
        let expires = began.saturating_add(throttle.window);
        table.set_head(place, &Head { danger: 0, expires, ..head });
    }
    before
}

fn read(body: &[u8]) -> (u64, u32, u64) {
    (u64_at(body, 0), u32_at(body, 2), u64_at(body, 2))
}

fn write(table: &mut Table<'_>, place: Place, (began, count, before): (u64, u32, u64)) {
    let words = [began, u64::from(count), before].map(u64::to_le_bytes);
    let bytes = words.as_flattened().iter();
    table.body_mut(place).iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
}
