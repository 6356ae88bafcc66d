//! Writes tables of domain names; layouts are specified in `matcher/domain.rs`.

use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Label, Outcomes};
use super::text::first_seed;
use crate::canonical::domain::name_hash;
use crate::matcher::domain::{
    BLOCK, FINGERPRINT, HEADER, LONG, MOST_AWAY, ROOM, filter_bits, place,
};

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
    names: Vec<Added>,
}

/// A name with a label. In their order those of large lists, which are stored as
/// fingerprints, are last.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Added {
    feed: bool,
    /// The first bytes of the name: most names differ in them, and a million need not
    /// be visited to be sorted.
    first: u64,
    key: DomainKey,
    label: Label,
}

/// A name with its outcomes, for itself and for names below.
type Row = (Vec<u8>, [u32; 2]);

impl DomainTableBuilder {
    pub(crate) fn add(&mut self, key: DomainKey, label: Label, feed: bool) {
        let mut first = [0; 8];
        first.iter_mut().zip(&key.name).for_each(|(place, byte)| *place = *byte);
        self.names.push(Added { feed, first: u64::from_be_bytes(first), key, label });
    }

    /// Both tables; empty where there are no names.
    pub(crate) fn build(mut self, outcomes: &mut Outcomes) -> [Vec<u8>; 2] {
        self.names.sort_unstable();
        let own = self.names.partition_point(|added| !added.feed);
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
fn rows(names: Vec<Added>, outcomes: &mut Outcomes) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(names.len());
    let mut left = names.into_iter().peekable();
    let mut labels = [Vec::new(), Vec::new()];
    // Most names of a list have the labels of the one before.
    let mut before = [(Vec::new(), 0), (Vec::new(), 0)];
    while let Some(Added { key: DomainKey { name, at, below }, label, .. }) = left.next() {
        labels.iter_mut().for_each(Vec::clear);
        let mut add = |covers: [bool; 2], label| {
            for (labels, covered) in labels.iter_mut().zip(covers) {
                if covered {
                    labels.push(label);
                }
            }
        };
        add([at, below], label);
        while let Some(Added { key, label, .. }) = left.next_if(|next| next.key.name == name) {
            add([key.at, key.below], label);
        }
        let mut pair = [0; 2];
        for ((labels, before), id) in labels.iter().zip(&mut before).zip(&mut pair) {
            if *labels != before.0 {
                *before = (labels.clone(), outcomes.intern(labels.clone()));
            }
            *id = before.1;
        }
        rows.push((name, pair));
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
    let width = match pairs.len() {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    };
    let is_long = |name: &[u8]| 1 + width + name.len() > ROOM;
    let size = |name: &[u8]| 1 + width + if is_long(name) { 4 } else { name.len() };
    let needed: usize = rows.iter().map(|(name, _)| size(name)).sum();
    // Two thirds full.
    let mut homes = (needed * 3 / 2 / ROOM + 1) as u32;
    // Names may have been chosen so that more room does not help.
    let most = homes.saturating_mul(8);
    let mut seed = first_seed(rows.iter().map(|(name, _)| name.as_slice()));
    let placed = loop {
        let hashed = Hashed::new(rows, seed);
        if let Some(placed) = hashed.place(homes, |row| size(&rows[row].0)) {
            break placed;
        }
        seed = seed.wrapping_add(1);
        homes = (homes + homes / 16 + 1).min(most);
    };
    let mut pool = Vec::new();
    let mut table = placed.write(&pairs, width, |record, row, _| {
        let (name, pair) = &rows[row];
        record.push(if is_long(name) { LONG } else { name.len() as u8 });
        record.extend(&number(&pairs, pair).to_le_bytes()[..width]);
        if is_long(name) {
            record.extend((pool.len() as u32).to_le_bytes());
            pool.push(name.len() as u8);
            pool.extend(name);
        } else {
            record.extend(name);
        }
    });
    table.extend(pool);
    table
}

/// `None` where no seed fits, because names were chosen so: then they are compared
/// byte by byte.
fn write_feeds(rows: &[Row], pairs: &[[u32; 2]]) -> Option<Vec<u8>> {
    if rows.is_empty() {
        return Some(Vec::new());
    }
    let width = if pairs.len() < 0x100 { 1 } else { 2 };
    let size = FINGERPRINT + width;
    // Nine tenths full: fewer, and a name took more than nine bytes.
    let mut homes = (rows.len() * 10 / 9 / (ROOM / size) + 1) as u32;
    let seed = first_seed(rows.iter().map(|(name, _)| name.as_slice()));
    for seed in (0..TRIES).map(|tries| seed.wrapping_add(tries)) {
        let hashed = Hashed::new(rows, seed);
        let placed = hashed.place(homes, |_| size).filter(Placed::have_own_fingerprints);
        if let Some(placed) = placed {
            return Some(placed.write(pairs, width, |record, row, hash| {
                record.extend(&hash.to_le_bytes()[..FINGERPRINT]);
                record.extend(&(number(pairs, &rows[row].1) + 1).to_le_bytes()[..width]);
            }));
        }
        homes += homes / 32 + 1;
    }
    None
}

/// How many seeds are tried for fingerprints.
const TRIES: u64 = 16;
/// Names for each word of the filter.
const NAMES: usize = 8;

fn number(pairs: &[[u32; 2]], pair: &[u32; 2]) -> u32 {
    pairs.partition_point(|other| other < pair) as u32
}

/// Names in the order of their hashes, which is that of their homes.
struct Hashed {
    seed: u64,
    /// Hash and row.
    names: Vec<(u64, u32)>,
}

/// Names with the blocks they lie in.
struct Placed {
    hashed: Hashed,
    homes: u32,
    /// The block of each name.
    blocks: Vec<u32>,
}

impl Hashed {
    fn new(rows: &[Row], seed: u64) -> Hashed {
        let hash = |(row, (name, _)): (u32, &Row)| (name_hash(seed, name), row);
        let mut names: Vec<(u64, u32)> = (0..).zip(rows).map(hash).collect();
        names.sort_unstable();
        Hashed { seed, names }
    }

    /// Each name in its home or, where that is full, behind those before it; `None` if
    /// one is too far away.
    fn place(self, homes: u32, size: impl Fn(usize) -> usize) -> Option<Placed> {
        let (mut block, mut taken) = (0, 0);
        let mut blocks = Vec::with_capacity(self.names.len());
        for &(hash, row) in &self.names {
            let (home, size) = (place(hash, homes), size(row as usize));
            if block < home {
                (block, taken) = (home, 0);
            }
            if taken + size > ROOM {
                (block, taken) = (block + 1, 0);
            }
            if block - home > MOST_AWAY {
                return None;
            }
            taken += size;
            blocks.push(block as u32);
        }
        Some(Placed { hashed: self, homes, blocks })
    }
}

impl Placed {
    /// Whether no two names that may be read together have the same fingerprint.
    fn have_own_fingerprints(&self) -> bool {
        let mut prints: Vec<u64> = self.hashed.names.iter().map(|(hash, _)| hash << 16).collect();
        prints.sort_unstable();
        prints.windows(2).all(|two| two[0] != two[1])
    }

    /// The table; `record` appends the record of a row with its hash.
    fn write(
        &self,
        pairs: &[[u32; 2]],
        width: usize,
        mut record: impl FnMut(&mut Vec<u8>, usize, u64),
    ) -> Vec<u8> {
        let names = &self.hashed.names;
        let mut filter = vec![0u64; names.len() / NAMES + 1];
        let last = self.blocks.last().map_or(0, |last| *last);
        let count = self.homes.max(last + 1);
        let mut bytes =
            Vec::with_capacity(HEADER + 8 * (pairs.len() + filter.len()) + count as usize * BLOCK);
        bytes.extend(self.hashed.seed.to_le_bytes());
        let fields = [filter.len() as u32, self.homes, count, pairs.len() as u32, width as u32, 0];
        bytes.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
        bytes.extend(pairs.iter().flatten().flat_map(|outcome| outcome.to_le_bytes()));
        for (hash, _) in names {
            let word = place(*hash, filter.len() as u32);
            filter[word] |= filter_bits(*hash).iter().fold(0, |all, bit| all | 1 << (bit % 64));
        }
        bytes.extend(filter.iter().flat_map(|word| word.to_le_bytes()));
        let blocks = bytes.len();
        for (&(hash, row), &block) in names.iter().zip(&self.blocks) {
            let end = blocks + block as usize * BLOCK;
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            record(&mut bytes, row as usize, hash);
            // Whoever comes from the home must go on.
            for before in place(hash, self.homes)..block as usize {
                let end = blocks + (before + 1) * BLOCK;
                bytes[end - 1] = 1;
            }
        }
        bytes.resize(blocks + count as usize * BLOCK, 0);
        bytes
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
        let name = Domain::new(name.as_bytes()).unwrap();
        let mut rules = Vec::new();
        let mut emit = |outcome| {
            rules.extend(outcomes.in_order()[outcome as usize - 1].iter().map(|l| l.rule))
        };
        DomainTable::new(&tables[0]).search(name, &mut emit);
        FeedTable::new(&tables[1]).search(name, &mut emit);
        rules.sort_unstable();
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
    fn names_of_any_length_are_found() {
        let name = |length: usize| {
            let mut name: Vec<u8> = (0..length).map(|at| b'a' + (at % 23) as u8).collect();
            (31..length - 1).step_by(32).for_each(|dot| name[dot] = b'.');
            String::from_utf8(name).unwrap()
        };
        let mut builder = DomainTableBuilder::default();
        for length in (1..=253).filter(|length| length % 3 != 0) {
            let key = DomainKey { name: name(length).into_bytes(), at: true, below: false };
            builder.add(key, Label::new(length as u32, Role::Listed), length % 3 == 2);
        }
        let mut outcomes = Outcomes::default();
        let tables = builder.build(&mut outcomes);
        for length in 1..=253 {
            let want = if length % 3 == 0 { Vec::new() } else { vec![length as u32] };
            assert_eq!(found(&tables, &outcomes, &name(length)), want);
        }
    }

    #[test]
    fn numbers_of_any_width_are_read() {
        for count in [254, 255, 256, 257, 65_535, 65_537] {
            let mut builder = DomainTableBuilder::default();
            for rule in 0..count {
                for feed in [false, true] {
                    let name = format!("{}{rule}.example", if feed { "f" } else { "e" });
                    let key = DomainKey { name: name.into_bytes(), at: true, below: false };
                    builder.add(key, Label::new(rule, Role::Listed), feed);
                }
            }
            let mut outcomes = Outcomes::default();
            let tables = builder.build(&mut outcomes);
            let order = outcomes.in_order();
            for rule in 0..count {
                for list in ["e", "f"] {
                    let name = format!("{list}{rule}.example");
                    let name = Domain::new(name.as_bytes()).unwrap();
                    let mut rules = Vec::new();
                    let mut emit = |outcome| rules.push(order[outcome as usize - 1][0].rule);
                    DomainTable::new(&tables[0]).search(name, &mut emit);
                    FeedTable::new(&tables[1]).search(name, &mut emit);
                    assert_eq!(rules, [rule]);
                }
            }
        }
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
