//! Writes tables of networks; the layout is specified in `matcher/address.rs`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::outcome::{Label, Outcomes, Role};
use crate::canonical::address::Ip;
use crate::matcher::address::{CROWD, CUT, FIRST, HEADER, INNER, PAD, V4, V6, mask};

/// A network without host bits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Network {
    pub(crate) address: Ip,
    /// Within the family: 0 to 32 or 0 to 128.
    pub(crate) length: u8,
}

impl Network {
    /// The network of an address, and whether the address had host bits.
    pub(crate) fn new(address: Ip, length: u8) -> (Network, bool) {
        let masked = match address {
            Ip::V4(bits) => Ip::V4(bits & mask_v4(length)),
            Ip::V6(bits) => Ip::V6(mask(bits, length)),
        };
        (Network { address: masked, length }, masked != address)
    }

    /// Whether every address of `other` is in this network.
    pub(crate) fn holds(&self, other: &Network) -> bool {
        let same_prefix = match (self.address, other.address) {
            (Ip::V4(own), Ip::V4(bits)) => own == bits & mask_v4(self.length),
            (Ip::V6(own), Ip::V6(bits)) => own == mask(bits, self.length),
            _ => false,
        };
        same_prefix && self.length <= other.length
    }
}

fn mask_v4(length: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
}

/// Collects networks with their labels.
///
/// A label with [`Role::Unlisted`] takes the rule's listed label away from the
/// addresses of its network.
#[derive(Debug, Default)]
pub(crate) struct AddressTableBuilder {
    networks: Vec<(Network, Label)>,
}

impl AddressTableBuilder {
    pub(crate) fn add(&mut self, network: Network, label: Label) {
        self.networks.push((network, label));
    }

    /// The table; empty if there are no networks.
    pub(crate) fn build(mut self, outcomes: &mut Outcomes) -> Vec<u8> {
        if self.networks.is_empty() {
            return Vec::new();
        }
        self.networks.sort_unstable();
        self.networks.dedup();
        let v4 = self.networks.iter().filter_map(|(network, label)| {
            let Ip::V4(first) = network.address else { return None };
            Some((first, (first | !mask_v4(network.length)).checked_add(1), *label))
        });
        let v4 = ranges(v4, outcomes);
        let v6 = self.networks.iter().filter_map(|(network, label)| {
            let Ip::V6(first) = network.address else { return None };
            Some((first, (first | !mask(u128::MAX, network.length)).checked_add(1), *label))
        });
        let v6 = ranges(v6, outcomes);
        let (v6, inner) = halves(&v6);
        let all = v4.iter().map(|&(_, outcome)| outcome).chain(
            v6.iter()
                .filter_map(|(_, cut)| cut.outcome())
                .chain(inner.iter().flatten().map(|&(_, outcome)| outcome)),
        );
        let mut numbered: Vec<u32> = all.collect();
        numbered.sort_unstable();
        numbered.dedup();
        let numbers = Numbers { width: width(numbered.len() + inner.len()), numbered };
        let mut table = Table { header: [0; HEADER / 4], bytes: Vec::new(), crowds: Vec::new() };
        table.header[0] = numbers.width as u32;
        table.header[1] = numbers.numbered.len() as u32;
        table.bytes.resize(HEADER, 0);
        table.bytes.extend(numbers.numbered.iter().flat_map(|outcome| outcome.to_le_bytes()));
        let v4: Vec<(u64, u32)> =
            v4.iter().map(|&(start, outcome)| (start.into(), numbers.of(outcome))).collect();
        table.family(V4, &v4, &numbers);
        let v6: Vec<(u64, u32)> = v6
            .iter()
            .map(|&(start, cut)| match cut {
                Cut::Whole(outcome) => (start, numbers.of(outcome)),
                Cut::Inner(number) => (start, numbers.numbered.len() as u32 + number),
            })
            .collect();
        table.family(V6, &v6, &numbers);
        table.inner(&inner, &numbers);
        table.finish()
    }
}

/// Where the outcome changes, from the first address on that has one; `networks` are
/// first addresses and those behind the last, if there are any.
fn ranges<K: Copy + Ord>(
    networks: impl Iterator<Item = (K, Option<K>, Label)>,
    outcomes: &mut Outcomes,
) -> Vec<(K, u32)> {
    let mut changes: Vec<(K, bool, Label)> = Vec::new();
    for (first, behind, label) in networks {
        changes.push((first, true, label));
        changes.extend(behind.map(|behind| (behind, false, label)));
    }
    changes.sort_unstable();
    let mut ranges: Vec<(K, u32)> = Vec::new();
    let mut active: BTreeMap<Label, u32> = BTreeMap::new();
    let mut left = changes.iter().peekable();
    while let Some(&(at, begins, label)) = left.next() {
        let count = active.entry(label).or_default();
        *count = if begins { *count + 1 } else { *count - 1 };
        if *count == 0 {
            active.remove(&label);
        }
        if left.peek().is_some_and(|(next, ..)| *next == at) {
            continue;
        }
        let outcome = outcomes.intern(effective(active.keys().copied().collect()));
        if ranges.last().map_or(0, |&(_, current)| current) != outcome {
            ranges.push((at, outcome));
        }
    }
    ranges
}

/// What the addresses of one upper half have in common.
#[derive(Clone, Copy)]
enum Cut {
    /// Their outcome.
    Whole(u32),
    /// Nothing: the number of their inner table.
    Inner(u32),
}

impl Cut {
    fn outcome(self) -> Option<u32> {
        match self {
            Cut::Whole(outcome) => Some(outcome),
            Cut::Inner(_) => None,
        }
    }
}

/// Ranges of IPv6 addresses as ranges of their upper halves, and inner tables.
#[expect(clippy::type_complexity, reason = "two lists of ranges")]
fn halves(ranges: &[(u128, u32)]) -> (Vec<(u64, Cut)>, Vec<Vec<(u64, u32)>>) {
    let (mut outer, mut inner) = (Vec::new(), Vec::new());
    let mut current = 0;
    let high = |start: u128| (start >> 64) as u64;
    let mut groups = ranges.chunk_by(|a, b| high(a.0) == high(b.0)).peekable();
    while let Some(group) = groups.next() {
        let half = high(group[0].0);
        if let [(start, outcome)] = *group
            && start as u64 == 0
        {
            outer.push((half, Cut::Whole(outcome)));
            current = outcome;
            continue;
        }
        let mut table = Vec::new();
        if group[0].0 as u64 != 0 {
            table.push((0, current));
        }
        table.extend(group.iter().map(|&(start, outcome)| (start as u64, outcome)));
        outer.push((half, Cut::Inner(inner.len() as u32)));
        current = table[table.len() - 1].1;
        inner.push(table);
        // The next upper half is whole again, unless it is cut, too.
        let next = half.checked_add(1);
        if let Some(next) =
            next.filter(|next| groups.peek().is_none_or(|group| high(group[0].0) != *next))
        {
            outer.push((next, Cut::Whole(current)));
        }
    }
    (outer, inner)
}

/// The outcomes, numbered.
struct Numbers {
    numbered: Vec<u32>,
    width: usize,
}

impl Numbers {
    fn of(&self, outcome: u32) -> u32 {
        self.numbered.partition_point(|other| *other < outcome) as u32
    }

    /// What an index says of a range with a number.
    fn word(&self, number: u32) -> u32 {
        match self.numbered.get(number as usize) {
            Some(outcome) => *outcome,
            None => INNER | (number - self.numbered.len() as u32),
        }
    }
}

/// How many bytes a number below `count` takes.
fn width(count: usize) -> usize {
    (usize::BITS - count.saturating_sub(1).leading_zeros()).div_ceil(8).max(1) as usize
}

/// A table that is being written.
struct Table {
    header: [u32; HEADER / 4],
    bytes: Vec<u8>,
    /// The first of many ranges and the one behind the last.
    crowds: Vec<[u32; 2]>,
}

impl Table {
    /// Writes the ranges of one family, given with the numbers of their outcomes.
    fn family(&mut self, family: usize, ranges: &[(u64, u32)], numbers: &Numbers) {
        let (Some(&(least, _)), Some(&(greatest, _))) = (ranges.first(), ranges.last()) else {
            return;
        };
        let spread = greatest - least;
        let bits = u64::BITS - spread.leading_zeros();
        let shift = bits - bits.min(index_bits(ranges.len()));
        let buckets = (spread >> shift) + 1;
        let width = shift.div_ceil(8).max(1) as usize;
        let index = self.here();
        let mut first = 0;
        let mut number = 0;
        for bucket in 0..buckets {
            let here = |&(start, _): &(u64, u32)| (start - least) >> shift == bucket;
            let count = ranges[first..].iter().take_while(|range| here(range)).count();
            // One that starts where the bucket does leaves nothing of those before.
            let whole = count == 1 && (ranges[first].0 - least).trailing_zeros() >= shift;
            let word = match count {
                0 => numbers.word(number),
                1 if whole => numbers.word(ranges[first].1),
                _ => self.cut(first, count),
            };
            self.bytes.extend(word.to_le_bytes());
            if count > 0 {
                number = ranges[first + count - 1].1;
            }
            first += count;
        }
        self.bytes.extend(numbers.word(number).to_le_bytes());
        let written = self.here();
        for &(start, number) in ranges {
            let low = (start - least) & !(u64::MAX << shift);
            self.range((low, width), (number, numbers.width));
        }
        self.header[family] = least as u32;
        self.header[family + 1] = (least >> 32) as u32;
        let fields = [shift, buckets as u32, width as u32, index, written];
        self.header[family + 2..family + 7].copy_from_slice(&fields);
    }

    /// Writes the inner tables.
    fn inner(&mut self, tables: &[Vec<(u64, u32)>], numbers: &Numbers) {
        let index = self.here();
        let mut first = 0;
        for table in tables {
            self.bytes.extend((first as u32).to_le_bytes());
            first += table.len();
        }
        self.bytes.extend((first as u32).to_le_bytes());
        let width = width(numbers.numbered.len());
        let written = self.here();
        for &(start, outcome) in tables.iter().flatten() {
            self.range((start, 8), (numbers.of(outcome), width));
        }
        self.header[2..6].copy_from_slice(&[tables.len() as u32, index, written, width as u32]);
    }

    /// Writes where a range starts and its number, each with its width.
    fn range(&mut self, (start, starts): (u64, usize), (number, numbers): (u32, usize)) {
        self.bytes.extend(&start.to_le_bytes()[..starts]);
        self.bytes.extend(&u64::from(number).to_le_bytes()[..numbers]);
    }

    /// The word of an index for so many ranges.
    fn cut(&mut self, first: usize, count: usize) -> u32 {
        if count < CROWD as usize && first < 1 << FIRST {
            return CUT | (count as u32) << FIRST | first as u32;
        }
        self.crowds.push([first as u32, (first + count) as u32]);
        CUT | CROWD << FIRST | (self.crowds.len() - 1) as u32
    }

    /// Where the next part begins.
    fn here(&mut self) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.bytes.len() as u32
    }

    fn finish(mut self) -> Vec<u8> {
        self.header[6] = self.here();
        let crowds = core::mem::take(&mut self.crowds);
        self.bytes.extend(crowds.iter().flatten().flat_map(|range| range.to_le_bytes()));
        self.bytes.extend([0; PAD]);
        for (place, field) in self.bytes.chunks_exact_mut(4).zip(self.header) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.bytes
    }
}

/// The labels that are left once unlisted ones are taken away.
fn effective(mut labels: Vec<Label>) -> Vec<Label> {
    let unlisted: Vec<u32> = labels
        .iter()
        .filter(|label| label.role == Role::Unlisted)
        .map(|label| label.rule)
        .collect();
    if !unlisted.is_empty() {
        labels.retain(|label| match label.role {
            Role::Listed => !unlisted.contains(&label.rule),
            role => role != Role::Unlisted,
        });
    }
    labels
}

/// The most bits of an index.
const MAX_INDEX: u32 = 18;

/// About one range per value of the index.
fn index_bits(ranges: usize) -> u32 {
    (usize::BITS - ranges.leading_zeros()).clamp(4, MAX_INDEX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::address::AddressTable;

    /// SplitMix64.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn random_network(state: &mut u64) -> Network {
        // Few distinct leading bits, so that networks nest and touch.
        let bits = random(state);
        if bits & 1 == 0 {
            let address = Ip::V4((bits >> 32) as u32 & 0x8181_0f0f);
            Network::new(address, (bits >> 8) as u8 % 33).0
        } else {
            let low = u128::from(random(state) & 0x0101_0101_0000_0303);
            let high = u128::from(bits & 0xc000_0000_0101_0000) << 64;
            Network::new(Ip::V6(high | low), (bits >> 8) as u8 % 129).0
        }
    }

    #[test]
    fn finds_what_a_walk_over_all_networks_finds() {
        let mut state = 1;
        for size in [0, 1, 2, 5, 40, 400, 3000] {
            let networks: Vec<_> = (0..size)
                .map(|_| {
                    let role = [Role::Listed, Role::Excepted, Role::Listed, Role::Unlisted]
                        [random(&mut state) as usize % 4];
                    let label = Label::new(random(&mut state) as u32 % 5, role);
                    (random_network(&mut state), label)
                })
                .collect();
            let mut builder = AddressTableBuilder::default();
            for (network, label) in &networks {
                builder.add(*network, *label);
            }
            let mut outcomes = Outcomes::default();
            let bytes = builder.build(&mut outcomes);
            let table = AddressTable::new(&bytes);
            for _ in 0..2000 {
                let ip = match random_network(&mut state).address {
                    Ip::V4(bits) => Ip::V4(bits.wrapping_add(random(&mut state) as u32 % 3)),
                    Ip::V6(bits) => Ip::V6(bits.wrapping_add(u128::from(random(&mut state) % 3))),
                };
                let whole =
                    Network { address: ip, length: if matches!(ip, Ip::V4(_)) { 32 } else { 128 } };
                let holding = networks.iter().filter(|(network, _)| network.holds(&whole));
                let mut want = effective(holding.map(|(_, label)| *label).collect());
                want.sort_unstable();
                want.dedup();
                let found = match table.find(ip) {
                    0 => Vec::new(),
                    outcome => outcomes.in_order()[outcome as usize - 1].to_vec(),
                };
                assert_eq!(found, want, "{ip:?} among {size}");
            }
        }
    }

    #[test]
    fn the_first_and_last_address_belong_to_a_network() {
        let mut builder = AddressTableBuilder::default();
        let all = Network { address: Ip::V4(0), length: 0 };
        builder.add(all, Label::new(0, Role::Listed));
        let bytes = builder.build(&mut Outcomes::default());
        let table = AddressTable::new(&bytes);
        assert_eq!([0, 1, u32::MAX].map(|bits| table.find(Ip::V4(bits))), [1; 3]);
        assert_eq!(table.find(Ip::V6(0)), 0);
        for bits in [0, 1, u128::MAX - 1, u128::MAX, 5 << 64, (6 << 64) - 1] {
            let mut builder = AddressTableBuilder::default();
            let one = Network { address: Ip::V6(bits), length: 128 };
            builder.add(one, Label::new(0, Role::Listed));
            let bytes = builder.build(&mut Outcomes::default());
            let table = AddressTable::new(&bytes);
            let around = [bits.wrapping_sub(1), bits, bits.wrapping_add(1)];
            assert_eq!(around.map(|bits| table.find(Ip::V6(bits))), [0, 1, 0]);
            assert_eq!(table.find(Ip::V4(bits as u32)), 0);
        }
    }
}
