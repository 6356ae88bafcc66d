//! Writes tables of exact keys; the layout is specified in `matcher/text.rs`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Label, Outcomes};
use crate::matcher::text::{MAX_PROBE, SLOT, Tag, key_hash};

/// Collects keys with their labels.
#[derive(Debug, Default)]
pub(crate) struct TextTableBuilder {
    keys: BTreeMap<(Tag, Vec<u8>), Vec<Label>>,
}

impl TextTableBuilder {
    pub(crate) fn add(&mut self, tag: Tag, key: Vec<u8>, label: Label) {
        self.keys.entry((tag, key)).or_default().push(label);
    }

    /// The table; empty if there are no keys.
    pub(crate) fn build(self, outcomes: &mut Outcomes) -> Vec<u8> {
        let keys = self.keys.into_iter();
        let keys = keys.map(|((tag, key), labels)| (tag, key, outcomes.intern(labels)));
        write(&keys.collect::<Vec<_>>())
    }
}

/// The table of distinct keys with values other than 0; empty if there are none.
pub(crate) fn write(keys: &[(Tag, Vec<u8>, u32)]) -> Vec<u8> {
    if keys.is_empty() {
        return Vec::new();
    }
    // Half full at most, so that probes stay short; three quarters where that takes
    // much room. More of it, and another seed, where chance has it otherwise.
    let room = if keys.len() <= FEW { keys.len() * 2 } else { keys.len() * 4 / 3 };
    let mut slots = (room + 1).next_power_of_two();
    // Keys may have been chosen so that more room does not help.
    let most = slots * 8;
    let mut seed = first_seed(keys.iter().map(|(_, key, _)| key.as_slice()));
    let mut tries = 0u32;
    loop {
        if let Some(table) = place(keys, slots, seed) {
            return table;
        }
        tries += 1;
        if tries.is_multiple_of(4) {
            slots = (slots * 2).min(most);
        }
        seed = seed.wrapping_add(1);
    }
}

/// As many keys take 2 MB of slots at most.
const FEW: usize = 1 << 16;

/// The seed to try first hangs on all keys, so that none can be chosen to collide
/// under it without changing it.
pub(super) fn first_seed<'k>(keys: impl Iterator<Item = &'k [u8]>) -> u64 {
    keys.fold(1, crate::hash::hash)
}

fn place(keys: &[(Tag, Vec<u8>, u32)], slots: usize, seed: u64) -> Option<Vec<u8>> {
    let mask = slots as u32 - 1;
    let mut table = vec![0u8; slots * SLOT];
    let mut pool = Vec::new();
    let mut longest = 0;
    for (tag, key, outcome) in keys {
        let hash = key_hash(seed, *tag, key);
        let (probe, at) = (0..=MAX_PROBE)
            .map(|probe| (probe, ((hash as u32).wrapping_add(probe) & mask) as usize * SLOT))
            .find(|&(_, at)| table[at + 12..at + 16] == [0; 4])?;
        longest = longest.max(probe);
        let slot = &mut table[at..at + SLOT];
        slot[0..4].copy_from_slice(&((hash >> 32) as u32).to_le_bytes());
        slot[4..8].copy_from_slice(&(pool.len() as u32).to_le_bytes());
        slot[8..10].copy_from_slice(&(key.len() as u16).to_le_bytes());
        slot[10] = *tag as u8;
        slot[12..16].copy_from_slice(&outcome.to_le_bytes());
        pool.extend_from_slice(key);
    }
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&seed.to_le_bytes());
    bytes.extend_from_slice(&mask.to_le_bytes());
    bytes.extend_from_slice(&longest.to_le_bytes());
    bytes.extend_from_slice(&table);
    bytes.extend_from_slice(&pool);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::outcome::Role;
    use crate::matcher::text::TextTable;
    use alloc::format;

    #[test]
    fn every_key_is_found_and_no_other() {
        let mut builder = TextTableBuilder::default();
        let label = |rule| Label::new(rule, Role::Listed);
        for n in 0..2000 {
            builder.add(Tag::Name, format!("user{n}").into_bytes(), label(n));
        }
        builder.add(Tag::Id, 7u32.to_le_bytes().to_vec(), label(9));
        let mut outcomes = Outcomes::default();
        let bytes = builder.build(&mut outcomes);
        let table = TextTable::new(&bytes);
        for n in 0..2000 {
            let outcome = table.find(Tag::Name, format!("user{n}").as_bytes());
            assert_eq!(outcomes.in_order()[outcome as usize - 1], [label(n)]);
        }
        assert_ne!(table.find(Tag::Id, &7u32.to_le_bytes()), 0);
        assert_eq!(table.find(Tag::Name, &7u32.to_le_bytes()), 0);
        assert_eq!(table.find(Tag::Name, b"user2000"), 0);
        assert_eq!(table.find(Tag::Name, b""), 0);
    }
}
