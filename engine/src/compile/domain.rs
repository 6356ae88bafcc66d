//! Writes tables of domain names; layouts are specified in `matcher/domain.rs`.

use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Label, Outcomes};
use super::text::first_seed;
use crate::canonical::domain::name_hash;
use crate::matcher::domain::{BUCKET, EXACT_HEADER, HEADER, MAX_PROBE, buckets_of, check, place};

/// A canonical name and what it covers.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct DomainKey {
    pub(crate) name: Vec<u8>,
    /// The name itself.
    pub(crate) at: bool,
    /// Every name below it.
    pub(crate) below: bool,
}

/// Collects names with their labels.
#[derive(Debug, Default)]
pub(crate) struct DomainTableBuilder {
    /// Those of large lists, which are stored as fingerprints, last.
    names: Vec<(bool, DomainKey, Label)>,
}

/// A name with its outcomes, for itself and for names below.
type Row = (Vec<u8>, [u32; 2]);

impl DomainTableBuilder {
    pub(crate) fn add(&mut self, key: DomainKey, label: Label, feed: bool) {
        self.names.push((feed, key, label));
    }

    /// Both tables; empty where there are no names.
    pub(crate) fn build(mut self, outcomes: &mut Outcomes) -> [Vec<u8>; 2] {
        self.names.sort_unstable();
        let own = self.names.partition_point(|(feed, ..)| !feed);
        let mut feeds = rows(self.names.split_off(own), outcomes);
        let mut pairs: Vec<[u32; 2]> = feeds.iter().map(|(_, pair)| *pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        // A fingerprint has room to name so many combinations of outcomes.
        pairs.truncate(usize::from(u16::MAX) - 1);
        let named = |(_, pair): &Row| pairs.binary_search(pair).is_ok();
        let unnamed: Vec<Row> = feeds.extract_if(.., |row| !named(row)).collect();
        let mut exact = rows(self.names, outcomes);
        exact.extend(unnamed);
        let feeds = write_feeds(&feeds, &pairs).unwrap_or_else(|| {
            exact.append(&mut feeds);
            Vec::new()
        });
        [write(&exact), feeds]
    }
}

/// The outcomes of sorted names.
fn rows(names: Vec<(bool, DomainKey, Label)>, outcomes: &mut Outcomes) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut left = names.into_iter().peekable();
    while let Some((_, first, label)) = left.next() {
        let name = first.name;
        let mut labels = [Vec::new(), Vec::new()];
        let mut add = |covers: [bool; 2], label| {
            for (labels, covered) in labels.iter_mut().zip(covers) {
                if covered {
                    labels.push(label);
                }
            }
        };
        add([first.at, first.below], label);
        while let Some((_, key, label)) = left.next_if(|(_, key, _)| key.name == name) {
            add([key.at, key.below], label);
        }
        rows.push((name, labels.map(|labels| outcomes.intern(labels))));
    }
    rows
}

fn write(rows: &[Row]) -> Vec<u8> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut pairs: Vec<[u32; 2]> = rows.iter().map(|(_, pair)| *pair).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let width = if pairs.len() < usize::from(u16::MAX) { 8 } else { 10 };
    let Places { seed, places, longest, taken } = Places::new(rows);
    let mut pool = Vec::new();
    let mut table = vec![0u8; (places as usize + longest) * width];
    for (at, hash, row) in taken {
        let (name, pair) = &rows[row];
        let number = pairs.partition_point(|other| other < pair) as u32 + 1;
        let slot = &mut table[at * width..][..width];
        slot[0..4].copy_from_slice(&(pool.len() as u32).to_le_bytes());
        slot[4..6].copy_from_slice(&check(hash).to_le_bytes());
        slot[6..].copy_from_slice(&number.to_le_bytes()[..width - 6]);
        pool.push(name.len() as u8);
        pool.extend_from_slice(name);
    }
    let mut bytes = Vec::with_capacity(EXACT_HEADER + pairs.len() * 8 + table.len() + pool.len());
    bytes.extend(seed.to_le_bytes());
    for field in [places, longest as u32, pairs.len() as u32, width as u32] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(pairs.iter().flatten().flat_map(|outcome| outcome.to_le_bytes()));
    bytes.extend(table);
    bytes.extend(pool);
    bytes
}

/// `None` where no seed fits, because names were chosen so: then they are compared
/// byte by byte.
fn write_feeds(rows: &[Row], pairs: &[[u32; 2]]) -> Option<Vec<u8>> {
    if rows.is_empty() {
        return Some(Vec::new());
    }
    // Nine tenths full: cuckoo hashing with two buckets of four reaches more.
    let mut buckets = (rows.len() * 10 / 9 / BUCKET + 1) as u32;
    let mut seed = first_seed(rows.iter().map(|(name, _)| name.as_slice()));
    let mut tries = 0..TRIES;
    let slots = loop {
        tries.next()?;
        if let Some(slots) = try_buckets(rows, pairs, seed, buckets) {
            break slots;
        }
        seed = seed.wrapping_add(1);
        buckets += buckets / 32 + 1;
    };
    let mut bytes = Vec::with_capacity(HEADER + pairs.len() * 8 + slots.len() * 8);
    bytes.extend(seed.to_le_bytes());
    bytes.extend(buckets.to_le_bytes());
    bytes.extend((pairs.len() as u32).to_le_bytes());
    bytes.extend(pairs.iter().flatten().flat_map(|outcome| outcome.to_le_bytes()));
    bytes.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
    Some(bytes)
}

/// How many seeds are tried for fingerprints.
const TRIES: u32 = 16;

/// Puts every name into one of its buckets, moving others on where both are
/// full; `None` if that takes too long, or if two names have one fingerprint.
fn try_buckets(rows: &[Row], pairs: &[[u32; 2]], seed: u64, buckets: u32) -> Option<Vec<u64>> {
    let hashes: Vec<u64> = rows.iter().map(|(name, _)| name_hash(seed, name)).collect();
    let mut sorted: Vec<u64> = hashes.iter().map(|hash| hash >> 16).collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|two| two[0] == two[1]) {
        return None;
    }
    // The row in each slot, from 1.
    let mut taken: Vec<u32> = vec![0; buckets as usize * BUCKET];
    for row in 0..rows.len() {
        let mut moving = row as u32 + 1;
        let mut bucket = buckets_of(hashes[row], buckets)[0];
        let mut placed = false;
        for turn in 0..MAX_MOVES {
            let both = buckets_of(hashes[moving as usize - 1], buckets);
            let room = both.into_iter().flat_map(|bucket| bucket * BUCKET..(bucket + 1) * BUCKET);
            if let Some(free) = room.clone().find(|&slot| taken[slot] == 0) {
                taken[free] = moving;
                placed = true;
                break;
            }
            // Not where it was put out just now.
            bucket = if turn == 0 || both[0] != bucket { both[0] } else { both[1] };
            let slot = bucket * BUCKET + turn % BUCKET;
            core::mem::swap(&mut moving, &mut taken[slot]);
        }
        if !placed {
            return None;
        }
    }
    Some(
        taken
            .into_iter()
            .map(|row| {
                let Some(row) = row.checked_sub(1) else { return 0 };
                let pair = pairs.partition_point(|other| *other < rows[row as usize].1);
                hashes[row as usize] >> 16 << 16 | (pair as u64 + 1)
            })
            .collect(),
    )
}

/// How often names are moved on to make room for one.
const MAX_MOVES: usize = 1_000;

/// A slot for each name, a third of them empty: a name that is not there is looked for
/// until an empty one.
struct Places {
    seed: u64,
    places: u32,
    /// How far a name is from its place at most.
    longest: usize,
    /// Slot, hash and row.
    taken: Vec<(usize, u64, usize)>,
}

impl Places {
    fn new(rows: &[Row]) -> Places {
        let mut places = (rows.len() + rows.len() / 2 + 1) as u32;
        // Names may have been chosen so that more room does not help.
        let most = places.saturating_mul(8);
        let mut seed = first_seed(rows.iter().map(|(name, _)| name.as_slice()));
        loop {
            if let Some(placed) = Places::fill(rows, seed, places) {
                return placed;
            }
            seed = seed.wrapping_add(1);
            places = (places + places / 16 + 1).min(most);
        }
    }

    /// In the order of their places, each as near as those before leave room: so the
    /// longest way is as short as it can be.
    fn fill(rows: &[Row], seed: u64, places: u32) -> Option<Places> {
        let mut taken: Vec<(usize, u64, usize)> = rows
            .iter()
            .enumerate()
            .map(|(row, (name, _))| {
                let hash = name_hash(seed, name);
                (place(hash, places), hash, row)
            })
            .collect();
        taken.sort_unstable();
        let (mut free, mut longest) = (0, 0);
        for (at, ..) in &mut taken {
            free = free.max(*at);
            longest = longest.max(free - *at);
            *at = free;
            free += 1;
        }
        (longest <= MAX_PROBE as usize).then_some(Places { seed, places, longest, taken })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::domain::Domain;
    use crate::compile::outcome::Role;
    use crate::matcher::domain::{DomainTable, FeedTable};
    use alloc::format;
    use alloc::string::String;

    fn found(tables: &[Vec<u8>; 2], outcomes: &Outcomes, name: &str) -> Vec<u32> {
        let name = Domain::new(name.as_bytes(), false).unwrap();
        let mut rules = Vec::new();
        let mut emit = |outcome| {
            rules.extend(outcomes.in_order()[outcome as usize - 1].iter().map(|l| l.rule))
        };
        DomainTable::new(&tables[0]).search(name, &mut emit);
        FeedTable::new(&tables[1]).search(name, &mut emit);
        // The two buckets of a name may be one, which is then read twice.
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    #[test]
    fn names_cover_what_they_say() {
        let mut builder = DomainTableBuilder::default();
        for (rule, (name, at, below, feed)) in [
            ("example.com", true, false, false),
            ("example.com", false, true, false),
            ("example.com", true, true, true),
            ("com", false, true, true),
        ]
        .into_iter()
        .enumerate()
        {
            let label = Label::new(rule as u32, Role::Listed);
            builder.add(DomainKey { name: name.into(), at, below }, label, feed);
        }
        let mut outcomes = Outcomes::default();
        let tables = builder.build(&mut outcomes);
        let found = |name| found(&tables, &outcomes, name);
        assert_eq!(found("Example.com."), [0, 2, 3]);
        assert_eq!(found("a.b.example.COM"), [1, 2, 3]);
        assert_eq!(found("xexample.com"), [3]);
        assert_eq!(found("com"), [0u32; 0]);
        assert_eq!(found("example.org"), [0u32; 0]);
    }

    #[test]
    fn every_name_of_a_large_feed_is_found_and_no_other() {
        let mut builder = DomainTableBuilder::default();
        let name = |n: u32| -> String { format!("host{n}.zone{}.example", n % 977) };
        for n in 0..60_000 {
            let key = DomainKey { name: name(n).into_bytes(), at: true, below: n % 2 == 0 };
            builder.add(key, Label::new(n % 3, Role::Listed), n % 5 != 0);
        }
        let mut outcomes = Outcomes::default();
        let tables = builder.build(&mut outcomes);
        for n in 0..60_000 {
            assert_eq!(found(&tables, &outcomes, &name(n)), [n % 3]);
            let below = found(&tables, &outcomes, &format!("www.{}", name(n)));
            assert_eq!(below.len(), usize::from(n % 2 == 0));
            assert_eq!(found(&tables, &outcomes, &format!("x{}", name(n))), [0u32; 0]);
        }
        assert!(tables[1].len() < 48_000 * 9, "{}", tables[1].len());
    }
}
