//! A bounded table of records by key: sets of [`SET`] bytes, in each the records
//! one after another.
//!
//! A record is a head of [`HEAD`] bytes and a body: size of both `u16` (a
//! multiple of 8, 0 ends the set), kind `u8`, danger `u8`, zero `u32`, key (16
//! bytes), identity `u64` of the rule it belongs to, which use of the table was its
//! last `u64`, and the time from which it is worth nothing `u64`.
//!
//! Every read is total, so that any bytes whatever are safe; they can only make
//! a table forget. All work is bounded by one set.

use super::clock::NEVER;
use crate::bytes::{u16_at, u64_at};

pub(crate) const SET: usize = 4096;
pub(crate) const HEAD: usize = 48;
/// So far ahead of an event is no time at which a record of the same clock ends,
/// even if the event comes a month late: nothing lasts longer than 30 days.
const FAR: u64 = 60 * 24 * 60 * 60 * 1000;

/// What a record is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Failed logins by one key.
    Failures = 1,
    /// Somebody who touched a decoy.
    Quarantine = 2,
    /// Ports and hosts that somebody tried.
    Scan = 3,
    /// What a rule has reported.
    Reports = 4,
    /// By what else those who touched a decoy are known.
    Traces = 5,
}

impl Kind {
    pub(crate) fn from_number(number: u8) -> Option<Kind> {
        [Kind::Failures, Kind::Quarantine, Kind::Scan, Kind::Reports, Kind::Traces]
            .into_iter()
            .find(|&kind| kind as u8 == number)
    }
}

/// A record's head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    /// How bad it would be to forget it.
    pub(crate) danger: u8,
    pub(crate) key: [u8; 16],
    pub(crate) identity: u64,
    pub(crate) expires: u64,
}

impl Head {
    /// Whether it is one of what people count: traces are of somebody else's entry.
    pub(crate) fn is_entry(&self) -> bool {
        self.kind != Kind::Traces
    }

    fn read(record: &[u8]) -> Option<Head> {
        let kind = Kind::from_number(*record.get(2)?)?;
        Some(Head {
            kind,
            danger: *record.get(3)?,
            key: *record.get(8..)?.first_chunk()?,
            identity: u64_at(record, 3),
            expires: u64_at(record, 5),
        })
    }

    fn write(&self, size: usize, used: u64, record: &mut [u8]) {
        let [a, b] = (size as u16).to_le_bytes();
        let mut head = [0; HEAD];
        let parts: [&[u8]; 5] = [
            &[a, b, self.kind as u8, self.danger, 0, 0, 0, 0],
            &self.key,
            &self.identity.to_le_bytes(),
            &used.to_le_bytes(),
            &self.expires.to_le_bytes(),
        ];
        let bytes = parts.into_iter().flatten();
        head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        record.iter_mut().zip(head).for_each(|(to, from)| *to = from);
    }
}

/// Where records are kept: one table, or several of which each has its keys.
pub(crate) trait Keep {
    /// The seed of the keys' hash.
    fn seed(&self) -> [u64; 2];

    /// Does something in the table that has a key.
    fn with<R>(&mut self, key: &[u8; 16], work: impl FnOnce(&mut Table<'_>) -> R) -> R;
}

impl Keep for Table<'_> {
    fn seed(&self) -> [u64; 2] {
        self.seed
    }

    fn with<R>(&mut self, _: &[u8; 16], work: impl FnOnce(&mut Table<'_>) -> R) -> R {
        work(self)
    }
}

/// The sets of a state, without its header.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) sets: &'a mut [u8],
    /// How often records were used, `u64`: times of events do not say which of two
    /// records was used last.
    pub(crate) uses: &'a mut [u8],
    pub(crate) seed: [u64; 2],
}

/// Where a record's body is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    set: usize,
    at: usize,
    size: usize,
}

/// Whether something had to be forgotten that was worth keeping.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Overload(pub(crate) bool);

impl Table<'_> {
    fn set(&self, key: &[u8; 16]) -> usize {
        let sets = (self.sets.len() / SET) as u64;
        // The upper half: the lower one is compared first.
        u64_at(key, 1).checked_rem(sets).unwrap_or(0) as usize
    }

    /// The record of a key and kind.
    pub(crate) fn find(&self, kind: Kind, key: &[u8; 16]) -> Option<Place> {
        let set = self.set(key);
        records(self.set_bytes(set)).find_map(|(at, record)| {
            let head = Head::read(record)?;
            let found = head.kind == kind && head.key == *key;
            found.then_some(Place { set, at, size: record.len() })
        })
    }

    /// Makes room for a record and writes its head; its body is zeros. `None`
    /// if everything that stands in its way is more dangerous than the head says.
    pub(crate) fn insert(
        &mut self,
        head: &Head,
        body: usize,
        now: u64,
    ) -> (Option<Place>, Overload) {
        let size = HEAD.wrapping_add(body).wrapping_add(7) & !7;
        let set = self.set(&head.key);
        let used = self.use_again();
        let mut overload = Overload(false);
        if size > SET {
            return (None, Overload(true));
        }
        loop {
            let bytes = self.set_bytes(set);
            let taken =
                records(bytes).fold(0usize, |sum, (_, record)| sum.wrapping_add(record.len()));
            if taken.wrapping_add(size) <= bytes.len() {
                let place = Place { set, at: taken, size };
                if let Some(record) = self.record_mut(place) {
                    record.fill(0);
                    head.write(size, used, record);
                }
                return (Some(place), overload);
            }
            // What is worth nothing first, then the least dangerous, then the
            // one that was not used for longest.
            let worth = |head: &Head, used| match head.expires <= now {
                true => (0, 0, used),
                false => (1, head.danger, used),
            };
            let worst = records(bytes)
                .filter_map(|(at, record)| Some((at, record, Head::read(record)?)))
                .min_by_key(|(_, record, head)| worth(head, last_use(record)));
            let Some((at, record, victim)) = worst else {
                // Nothing that is understood: begin again.
                if let Some(bytes) = self.set_bytes_mut(set) {
                    bytes.fill(0);
                }
                continue;
            };
            let place = Place { set, at, size: record.len() };
            if victim.expires > now {
                overload = Overload(true);
                if victim.danger > head.danger {
                    self.fade(place, &victim, now);
                    return (None, overload);
                }
            }
            self.remove(place);
        }
    }

    /// Makes a record that stood in the way of another less dangerous, if no clock
    /// can be so far ahead: it would stand there for years.
    fn fade(&mut self, place: Place, head: &Head, now: u64) {
        let is_ahead = head.expires != NEVER && head.expires > now.saturating_add(FAR);
        if let Some(danger) = self.record_mut(place).and_then(|record| record.get_mut(3)) {
            *danger = if is_ahead { head.danger / 2 } else { head.danger };
        }
    }

    /// The number of the next use.
    fn use_again(&mut self) -> u64 {
        let used = u64_at(self.uses, 0).wrapping_add(1);
        self.uses.iter_mut().zip(used.to_le_bytes()).for_each(|(to, from)| *to = from);
        used
    }

    /// Forgets a record; those behind it move up.
    pub(crate) fn remove(&mut self, place: Place) {
        let Some(bytes) = self.set_bytes_mut(place.set) else { return };
        let end = place.at.wrapping_add(place.size);
        if end > bytes.len() || place.at > end {
            return;
        }
        bytes.copy_within(end.., place.at);
        let rest = bytes.len().wrapping_sub(place.size);
        if let Some(rest) = bytes.get_mut(rest..) {
            rest.fill(0);
        }
    }

    /// Forgets every record for whose head `keep` says no; returns how many entries
    /// went.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Head) -> bool) -> usize {
        let mut gone = 0usize;
        for set in 0..self.sets.len() / SET {
            let mut at = 0usize;
            while let Some((size, head)) = self.first_from(set, at) {
                if head.is_none_or(|head| keep(&head)) {
                    at = at.wrapping_add(size);
                } else {
                    let is_entry = head.is_some_and(|head| head.is_entry());
                    self.remove(Place { set, at, size });
                    gone = gone.saturating_add(usize::from(is_entry));
                }
            }
        }
        gone
    }

    /// The size and head of the record that starts at a place in a set.
    fn first_from(&self, set: usize, at: usize) -> Option<(usize, Option<Head>)> {
        let (_, record) = records(self.set_bytes(set).get(at..)?).next()?;
        Some((record.len(), Head::read(record)))
    }

    pub(crate) fn head(&self, place: Place) -> Option<Head> {
        let set = self.set_bytes(place.set);
        Head::read(set.get(place.at..)?.get(..place.size)?)
    }

    /// Writes the head of a record that is used.
    pub(crate) fn set_head(&mut self, place: Place, head: &Head) {
        let used = self.use_again();
        if let Some(record) = self.record_mut(place) {
            head.write(place.size, used, record);
        }
    }

    pub(crate) fn body(&self, place: Place) -> &[u8] {
        let set = self.set_bytes(place.set);
        let record = set.get(place.at..).and_then(|rest| rest.get(..place.size));
        record.and_then(|record| record.get(HEAD..)).unwrap_or(&[])
    }

    pub(crate) fn body_mut(&mut self, place: Place) -> &mut [u8] {
        let record = self.record_mut(place);
        record.and_then(|record| record.get_mut(HEAD..)).unwrap_or(&mut [])
    }

    fn record_mut(&mut self, place: Place) -> Option<&mut [u8]> {
        self.set_bytes_mut(place.set)?.get_mut(place.at..)?.get_mut(..place.size)
    }

    fn set_bytes(&self, set: usize) -> &[u8] {
        let start = set.wrapping_mul(SET);
        self.sets.get(start..).and_then(|rest| rest.get(..SET)).unwrap_or(&[])
    }

    fn set_bytes_mut(&mut self, set: usize) -> Option<&mut [u8]> {
        let start = set.wrapping_mul(SET);
        self.sets.get_mut(start..).and_then(|rest| rest.get_mut(..SET))
    }
}

/// Which use of the table was a record's last.
fn last_use(record: &[u8]) -> u64 {
    u64_at(record, 4)
}

/// All records of some sets, heads and bodies.
pub(crate) fn records_of(sets: &[u8]) -> impl Iterator<Item = (Head, &[u8])> {
    let sets = sets.as_chunks::<SET>().0.iter();
    sets.flat_map(|set| {
        records(set).filter_map(|(_, record)| Some((Head::read(record)?, record.get(HEAD..)?)))
    })
}

/// The records of a set, each with where it starts.
fn records(set: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0usize;
    core::iter::from_fn(move || {
        let rest = set.get(at..)?;
        let size = usize::from(u16_at(rest, 0));
        // Whatever is no record ends the set.
        let record = rest.get(..size).filter(|_| size >= HEAD && size % 8 == 0)?;
        let start = at;
        at = at.wrapping_add(size);
        Some((start, record))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::failures::{Limits, fail, is_blocked};
    use alloc::vec;
    use alloc::vec::Vec;

    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ (z >> 31)
    }

    #[test]
    fn any_bytes_are_a_table() {
        let mut state = 1;
        let limits = Limits { max_failures: 5, window: 1000, cooldown: 10, block_for: Some(50) };
        for round in 0..3_000u64 {
            let mut sets: Vec<u8> = vec![0; SET * 2];
            for byte in &mut sets {
                // Small numbers make records that look right.
                let bits = random(&mut state);
                *byte = if round % 3 == 0 { bits as u8 } else { (bits % 64) as u8 & !7 };
            }
            let mut uses = [0; 8];
            let mut table = Table { sets: &mut sets, uses: &mut uses, seed: [1, 2] };
            for key in 0..20u8 {
                let now = random(&mut state) >> 1;
                fail(
                    &mut table,
                    (&[key; 16], 7),
                    &limits,
                    now,
                    Some([key; crate::state::seen::SIZE]),
                );
                is_blocked(&table, &[key; 16], &limits, now);
            }
            table.retain(|_| false);
        }
    }

    #[test]
    fn a_full_set_forgets_what_is_worth_least() {
        let mut sets = vec![0; SET];
        let mut uses = [0; 8];
        let mut table = Table { sets: &mut sets, uses: &mut uses, seed: [1, 2] };
        let head = |key: u8, danger, expires| Head {
            kind: Kind::Failures,
            danger,
            key: [key; 16],
            identity: 0,
            expires,
        };
        let body = SET / 4 - HEAD;
        for (key, danger, expires) in [(1, 9, 100), (2, 3, 100), (3, 3, 100), (4, 9, 50)] {
            let (place, overload) = table.insert(&head(key, danger, expires), body, 10);
            assert!(place.is_some() && overload == Overload(false));
        }
        let mut insert = |key, danger, now| {
            let (place, overload) = table.insert(&head(key, danger, 1000), body, now);
            let left: Vec<u8> = records_of(table.sets).map(|(head, _)| head.key[0]).collect();
            (place.is_some(), overload.0, left)
        };
        // What is over goes unnoticed; then the least dangerous, the oldest first.
        assert_eq!(insert(5, 1, 60), (true, false, vec![1, 2, 3, 5]));
        assert_eq!(insert(6, 4, 70), (true, true, vec![1, 2, 3, 6]));
        assert_eq!(insert(7, 4, 70), (true, true, vec![1, 3, 6, 7]));
        // Itself, where all others are more dangerous.
        assert_eq!(insert(8, 2, 70), (false, true, vec![1, 3, 6, 7]));
        // Of equals not the one with the earlier time, but the one used before.
        assert_eq!(insert(9, 3, 60), (true, true, vec![1, 6, 7, 9]));
    }

    #[test]
    fn a_clock_that_was_ahead_does_not_fill_a_set_for_ever() {
        let mut sets = vec![0; SET];
        let mut uses = [0; 8];
        let mut table = Table { sets: &mut sets, uses: &mut uses, seed: [1, 2] };
        let once = Limits { max_failures: 1, window: 1000, cooldown: 1000, block_for: Some(50) };
        for key in 0..40 {
            fail(&mut table, (&[key; 16], 7), &once, 1 << 62, None);
        }
        let limits = Limits { max_failures: 3, ..once };
        let mut told = 0;
        for now in 1000..1012 {
            told += u8::from(fail(&mut table, (&[50; 16], 7), &limits, now, None).alert.is_some());
        }
        assert_eq!(told, 1, "too many failures were seen");
        // One that is blocked at the time is not in the way of such: it stays.
        for key in 100..200 {
            fail(&mut table, (&[50; 16], 7), &limits, 1012, None);
            for _ in 0..20 {
                fail(&mut table, (&[key; 16], 7), &limits, 1012, None);
            }
        }
        assert!(is_blocked(&table, &[50; 16], &limits, 1012));
    }
}
