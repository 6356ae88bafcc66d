//! Writes tables of networks; the layout is specified in `matcher/address.rs`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Label, Outcomes, Role};
use crate::canonical::address::Ip;
use crate::hash::hash;
use crate::matcher::address::{HEADER, MAX_INDEX, MAX_PROBE, SLOT, mask, position};

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

    /// The first and last address of an IPv4 network.
    fn range_v4(&self) -> Option<(u32, u32)> {
        let Ip::V4(first) = self.address else { return None };
        Some((first, first | !mask_v4(self.length)))
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
        let ranges = self.ranges(outcomes);
        let (lengths, prefixes) = self.prefixes(outcomes);
        let mut numbered: Vec<u32> = ranges.iter().map(|&(_, outcome)| outcome).collect();
        numbered.sort_unstable();
        numbered.dedup();
        let width = if numbered.len() <= usize::from(u16::MAX) + 1 { 2 } else { 4 };
        let k = index_bits(ranges.len());
        let (seed, slots, longest) = place(&prefixes);
        let mut bytes = Vec::with_capacity(HEADER + ranges.len() * 4 + slots.len() * SLOT);
        let count = |count: usize| count as u32;
        for field in [
            k,
            count(ranges.len()),
            width,
            count(numbered.len()),
            count(slots.len()),
            longest,
            count(lengths.len()),
            0,
        ] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(seed.to_le_bytes());
        bytes.extend(numbered.iter().flat_map(|outcome| outcome.to_le_bytes()));
        if !ranges.is_empty() {
            for bucket in 0..=1u64 << k {
                let first = bucket << (32 - k);
                let before = ranges.partition_point(|&(start, _)| u64::from(start) < first);
                bytes.extend((before as u32).to_le_bytes());
            }
        }
        for &(start, _) in &ranges {
            let start = start.to_le_bytes();
            bytes.extend(if k == MAX_INDEX { &start[..2] } else { &start[..] });
        }
        align(&mut bytes);
        for (_, outcome) in &ranges {
            let number = numbered.partition_point(|other| other < outcome) as u32;
            bytes.extend(&number.to_le_bytes()[..width as usize]);
        }
        align(&mut bytes);
        bytes.extend(&lengths);
        align(&mut bytes);
        slots.iter().for_each(|slot| bytes.extend(slot));
        bytes
    }

    /// Where the outcome changes in the IPv4 addresses, from 0.0.0.0 on; none
    /// if there are no IPv4 networks.
    fn ranges(&self, outcomes: &mut Outcomes) -> Vec<(u32, u32)> {
        let mut changes: Vec<(u64, bool, Label)> = Vec::new();
        for (network, label) in &self.networks {
            if let Some((first, last)) = network.range_v4() {
                changes.push((u64::from(first), true, *label));
                changes.push((u64::from(last) + 1, false, *label));
            }
        }
        if changes.is_empty() {
            return Vec::new();
        }
        changes.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::from([(0, 0)]);
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
            let Ok(start) = u32::try_from(at) else { break };
            let outcome = outcomes.intern(effective(active.keys().copied().collect()));
            match ranges.last_mut() {
                Some((last, current)) if *last == start => *current = outcome,
                Some((_, current)) if *current == outcome => {}
                _ => ranges.push((start, outcome)),
            }
        }
        ranges
    }

    /// The IPv6 prefix lengths, longest first, and each prefix with the outcome
    /// of all networks that hold it.
    fn prefixes(&self, outcomes: &mut Outcomes) -> (Vec<u8>, Vec<(u8, u128, u32)>) {
        let mut by_length: BTreeMap<u8, BTreeMap<u128, Vec<Label>>> = BTreeMap::new();
        for (network, label) in &self.networks {
            if let Ip::V6(bits) = network.address {
                let prefixes = by_length.entry(network.length).or_default();
                prefixes.entry(bits).or_default().push(*label);
            }
        }
        // Shorter ones first: the nearest above has already what holds it.
        let lengths: Vec<u8> = by_length.keys().copied().collect();
        for (index, &length) in lengths.iter().enumerate() {
            let (shorter, rest) = lengths.split_at(index);
            let Some(mut prefixes) = by_length.remove(&rest[0]) else { continue };
            for (&bits, labels) in &mut prefixes {
                let above = shorter.iter().rev().find_map(|&shorter| {
                    by_length.get(&shorter).and_then(|known| known.get(&mask(bits, shorter)))
                });
                labels.extend(above.into_iter().flatten().copied());
            }
            by_length.insert(length, prefixes);
        }
        let mut all = Vec::new();
        for (length, prefixes) in by_length {
            for (bits, labels) in prefixes {
                all.push((length, bits, outcomes.intern(effective(labels))));
            }
        }
        (lengths.into_iter().rev().collect(), all)
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

/// About one range per value of the index.
fn index_bits(ranges: usize) -> u32 {
    (usize::BITS - ranges.leading_zeros()).clamp(4, MAX_INDEX)
}

/// A seed and the slots, so that no probe is too long.
fn place(prefixes: &[(u8, u128, u32)]) -> (u64, Vec<[u8; SLOT]>, u32) {
    if prefixes.is_empty() {
        return (0, Vec::new(), 0);
    }
    let mut slots = prefixes.len() + prefixes.len() / 2 + 1;
    let mut seed = 1;
    loop {
        if let Some((table, longest)) = try_place(prefixes, seed, slots) {
            return (seed, table, longest);
        }
        seed += 1;
        slots += slots / 16 + 1;
    }
}

fn try_place(
    prefixes: &[(u8, u128, u32)],
    seed: u64,
    slots: usize,
) -> Option<(Vec<[u8; SLOT]>, u32)> {
    let mut table = vec![[0; SLOT]; slots];
    let mut longest = 0;
    for &(length, bits, outcome) in prefixes {
        let key = bits.to_be_bytes();
        let hash = hash(seed ^ u64::from(length), &key);
        let (probe, at) = (0..=MAX_PROBE)
            .map(|probe| (probe, position(hash, probe, slots as u32)))
            .find(|&(_, at)| table[at][20] == 0)?;
        longest = longest.max(probe);
        table[at][..16].copy_from_slice(&key);
        table[at][16..20].copy_from_slice(&outcome.to_le_bytes());
        table[at][20] = length + 1;
    }
    Some((table, longest))
}

fn align(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
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
    }
}
