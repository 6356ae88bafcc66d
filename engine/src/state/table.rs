//! A bounded table of records by key: sets of [`SET`] bytes, in each the records
//! one after another.
//!
//! A record is a head of [`HEAD`] bytes and a body: size of both `u16` (a
//! multiple of 8, 0 ends the set), kind `u8`, danger `u8`, zero `u32`, key (16
//! bytes), identity `u64` of the rule it belongs to, the time of its last use
//! `u64`, and the time from which it is worth nothing `u64`.
//!
//! Every read is total, so that any bytes whatever are safe; they can only make
//! a table forget. All work is bounded by one set.

use crate::bytes::{u16_at, u64_at};

pub(crate) const SET: usize = 4096;
pub(crate) const HEAD: usize = 48;

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
}

impl Kind {
    pub(crate) fn from_number(number: u8) -> Option<Kind> {
        [Kind::Failures, Kind::Quarantine, Kind::Scan, Kind::Reports]
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
    pub(crate) last: u64,
    pub(crate) expires: u64,
}

impl Head {
    fn read(record: &[u8]) -> Option<Head> {
        let kind = Kind::from_number(*record.get(2)?)?;
        Some(Head {
            kind,
            danger: *record.get(3)?,
            key: *record.get(8..)?.first_chunk()?,
            identity: u64_at(record, 3),
            last: u64_at(record, 4),
            expires: u64_at(record, 5),
        })
    }

    fn write(&self, size: usize, record: &mut [u8]) {
        let [a, b] = (size as u16).to_le_bytes();
        let mut head = [0; HEAD];
        let parts: [&[u8]; 5] = [
            &[a, b, self.kind as u8, self.danger, 0, 0, 0, 0],
            &self.key,
            &self.identity.to_le_bytes(),
            &self.last.to_le_bytes(),
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
    /// if everything that stands in its way is more dangerous.
    pub(crate) fn insert(
        &mut self,
        head: &Head,
        body: usize,
        now: u64,
    ) -> (Option<Place>, Overload) {
        let size = HEAD.wrapping_add(body).wrapping_add(7) & !7;
        let set = self.set(&head.key);
        let mut overload = Overload(false);
        if size > SET {
            return (None, Overload(true));
        }
        loop {
            let bytes = self.set_bytes(set);
            let used =
                records(bytes).fold(0usize, |sum, (_, record)| sum.wrapping_add(record.len()));
            if used.wrapping_add(size) <= bytes.len() {
                let place = Place { set, at: used, size };
                if let Some(record) = self.record_mut(place) {
                    record.fill(0);
                    head.write(size, record);
                }
                return (Some(place), overload);
            }
            // What is worth nothing first, then the least dangerous, then the
            // one that was not used for longest.
            let worth = |head: &Head| match head.expires <= now {
                true => (0, 0, head.last),
                false => (1, head.danger, head.last),
            };
            let worst = records(bytes)
                .filter_map(|(at, record)| Some((at, record.len(), Head::read(record)?)))
                .min_by_key(|(_, _, head)| worth(head));
            let Some((at, length, victim)) = worst else {
                // Nothing that is understood: begin again.
                if let Some(bytes) = self.set_bytes_mut(set) {
                    bytes.fill(0);
                }
                continue;
            };
            if victim.expires > now {
                overload = Overload(true);
                if victim.danger > head.danger {
                    return (None, overload);
                }
            }
            self.remove(Place { set, at, size: length });
        }
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

    pub(crate) fn head(&self, place: Place) -> Option<Head> {
        let set = self.set_bytes(place.set);
        Head::read(set.get(place.at..)?.get(..place.size)?)
    }

    pub(crate) fn set_head(&mut self, place: Place, head: &Head) {
        if let Some(record) = self.record_mut(place) {
            head.write(place.size, record);
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

    /// Every record, for listing.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Place, Head)> {
        let sets = self.sets.as_chunks::<SET>().0.iter().enumerate();
        sets.flat_map(|(set, bytes)| {
            records(bytes).filter_map(move |(at, record)| {
                Some((Place { set, at, size: record.len() }, Head::read(record)?))
            })
        })
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
            let mut table = Table { sets: &mut sets, seed: [1, 2] };
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
            loop {
                let Some((place, _)) = table.all().next() else { break };
                table.remove(place);
            }
        }
    }

    #[test]
    fn a_full_set_forgets_what_is_worth_least() {
        let mut sets = vec![0; SET];
        let mut table = Table { sets: &mut sets, seed: [1, 2] };
        let head = |key: u8, danger, last, expires| Head {
            kind: Kind::Failures,
            danger,
            key: [key; 16],
            identity: 0,
            last,
            expires,
        };
        let body = SET / 4 - HEAD;
        for (key, danger, last, expires) in
            [(1, 9, 5, 100), (2, 3, 1, 100), (3, 3, 2, 100), (4, 9, 1, 50)]
        {
            let (place, overload) = table.insert(&head(key, danger, last, expires), body, 10);
            assert!(place.is_some() && overload == Overload(false));
        }
        let mut insert = |key, danger, now| {
            let (place, overload) = table.insert(&head(key, danger, now, 1000), body, now);
            let left: Vec<u8> = table.all().map(|(_, head)| head.key[0]).collect();
            (place.is_some(), overload.0, left)
        };
        // What is over goes unnoticed; then the least dangerous, the oldest first.
        assert_eq!(insert(5, 1, 60), (true, false, vec![1, 2, 3, 5]));
        assert_eq!(insert(6, 4, 70), (true, true, vec![1, 2, 3, 6]));
        assert_eq!(insert(7, 4, 70), (true, true, vec![1, 3, 6, 7]));
        // Itself, where all others are more dangerous.
        assert_eq!(insert(8, 2, 70), (false, true, vec![1, 3, 6, 7]));
    }
}
