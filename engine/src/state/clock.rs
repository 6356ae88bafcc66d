//! How the times of events are compared.
//!
//! Clocks jump and events come late, and no stamp says which of the two it was.
//! So what was seen counts signed: a later stamp counts as now, and neither a clock
//! that is set back nor an event that comes late forgets anything. What an alert
//! leads to – silence, a block – lasts less than its span before or after the
//! alert: no stamp, however far ahead, makes it last for years. And what an alert
//! counted from a clock far ahead counts as of the alert from then on, so that it
//! comes to an end too.

use crate::bytes::u64_at;

/// A time that never comes; those of events are below 2^63.
pub(crate) const NEVER: u64 = u64::MAX;

/// Whether what was seen at `then` counts: less than `window` before, or later.
pub(crate) fn counts(now: u64, then: u64, window: u64) -> bool {
    now.saturating_sub(then) < window
}

/// Whether what began at `then` lasts: less than `span` before or after.
pub(crate) fn lasts(now: u64, then: u64, span: u64) -> bool {
    now.abs_diff(then) < span
}

/// The stamp that something counted by an alert has from then on: one that lies
/// `window` or more ahead is of a clock that was put right, and is now.
pub(crate) fn settled(now: u64, then: u64, window: u64) -> u64 {
    if then.saturating_sub(now) < window { then } else { now }
}

/// When a key was told last.
///
/// By two stamps: that of the event, and the latest of all that was counted. If the
/// event came late, the others go on at the second; if the clock was set back, at
/// the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    by: u64,
    latest: u64,
}

impl Told {
    pub(crate) const NEVER: Told = Told { by: NEVER, latest: NEVER };

    /// Reads both stamps, `u64` each.
    pub(crate) fn read(bytes: &[u8]) -> Told {
        Told { by: u64_at(bytes, 0), latest: u64_at(bytes, 1) }
    }

    pub(crate) fn write(self, bytes: &mut [u8]) {
        let words = [self.by, self.latest].map(u64::to_le_bytes);
        bytes.iter_mut().zip(words.as_flattened()).for_each(|(to, from)| *to = *from);
    }

    /// Whether a span from then lasts.
    pub(crate) fn lasts(self, now: u64, span: u64) -> bool {
        lasts(now, self.by, span) || lasts(now, self.latest, span)
    }

    /// Told again, now.
    ///
    /// * `latest` - the latest stamp that was counted.
    pub(crate) fn again(self, now: u64, latest: u64) -> Told {
        let before = if self.latest == NEVER { 0 } else { self.latest };
        Told { by: now, latest: before.max(latest).max(now) }
    }
}
