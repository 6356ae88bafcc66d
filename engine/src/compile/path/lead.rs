//! Writes the leads of a table; layout and use: `matcher/path/lead.rs`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::compile::outcome::{Label, Outcomes};
use crate::hash::{Beginnings, LONGEST};
use crate::matcher::path::lead::{DEEPEST, HEADER, MANY, MAX_PROBE, RECORD, SLOT};
use crate::matcher::path::{Snapshot, WALK_RECORD};
use crate::policy::glob::{Component, Glob};

/// The parts that leads take.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) leads: Vec<u8>,
    pub(super) walks: Vec<u8>,
    pub(super) registers: Vec<u8>,
}

/// The leads of patterns, as a trie.
#[derive(Debug, Default)]
struct Node {
    children: BTreeMap<Vec<u8>, Node>,
}

/// A lead ready to be written.
#[derive(Clone)]
struct Lead {
    text: Vec<u8>,
    last: u32,
    inner: u32,
    walks: u32,
    sets: Vec<(u16, u16)>,
}

/// Finds the leads of patterns and walks `table`, which has none yet, over them.
/// Nothing where no pattern is anchored.
pub(super) fn write<'g>(
    globs: impl Iterator<Item = &'g Glob>,
    table: &[u8],
    outcomes: &mut Outcomes,
) -> Written {
    let mut root = Node::default();
    for glob in globs {
        let mut node = &mut root;
        for component in glob.components.iter().take(DEEPEST) {
            let Component::Literal(literal) = component else { break };
            node = node.children.entry(literal.clone()).or_default();
        }
    }
    let Some(start) = Snapshot::root(table).filter(|_| !root.children.is_empty()) else {
        return Written::default();
    };
    let mut writer = Writer {
        leads: Vec::new(),
        walks: BTreeMap::from([([0; WALK_RECORD], 0)]),
        labels: outcomes.in_order().into_iter().map(<[Label]>::to_vec).collect(),
        outcomes,
    };
    writer.visit(&root, &mut Vec::new(), &start);
    // Without leads, paths are walked from the root.
    Slots::new(&writer.leads).map(|slots| writer.finish(slots)).unwrap_or_default()
}

struct Writer<'o> {
    leads: Vec<Lead>,
    walks: BTreeMap<[u32; WALK_RECORD], u32>,
    /// The labels of each outcome from 1, of those that the automata know.
    labels: Vec<Vec<Label>>,
    outcomes: &'o mut Outcomes,
}

impl Writer<'_> {
    /// Notes a lead and those below it.
    fn visit(&mut self, node: &Node, path: &mut Vec<Vec<u8>>, at: &Snapshot<'_>) {
        let mut below = Vec::new();
        for (name, child) in &node.children {
            path.push(name.clone());
            let text: usize = path.iter().map(|component| component.len() + 1).sum();
            let snapshot = at.below(path);
            // What a record cannot tell is walked from here.
            if snapshot.registers().len() <= MAX_SETS && text <= LONGEST {
                below.push((name, child, snapshot));
            }
            path.pop();
        }
        let leads_follow = below.len() == node.children.len() && path.len() < DEEPEST;
        let next = self.walks.len() as u32;
        let walks = *self.walks.entry(at.walks(leads_follow)).or_insert(next);
        let mut text = Vec::new();
        for component in path.iter() {
            text.push(b'/');
            text.extend_from_slice(component);
        }
        let (last, inner) = (self.outcome(at.ends()), self.outcome(at.passed()));
        self.leads.push(Lead { text, last, inner, walks, sets: at.registers().to_vec() });
        for (name, child, snapshot) in below {
            path.push(name.clone());
            self.visit(child, path, &snapshot);
            path.pop();
        }
    }

    /// The outcome of all that some outcomes say.
    fn outcome(&mut self, ids: &[u32]) -> u32 {
        let labels = ids.iter().flat_map(|&id| &self.labels[id as usize - 1]);
        self.outcomes.intern(labels.copied().collect())
    }

    /// The parts.
    fn finish(self, Slots { seed, slots, longest }: Slots) -> Written {
        let depth = |lead: &Lead| lead.text.iter().filter(|&&byte| byte == b'/').count() as u32;
        let deepest = self.leads.iter().map(depth).max().unwrap_or(0);
        let texts_at = HEADER + slots.len() * SLOT + self.leads.len() * RECORD;
        let mut leads = Vec::with_capacity(texts_at);
        leads.extend(seed.to_le_bytes());
        let mask = slots.len() as u32 - 1;
        let flags = if self.leads.len() >= MANY_LEADS { MANY } else { 0 };
        for field in [mask, longest, deepest, flags, 0, 0] {
            leads.extend(field.to_le_bytes());
        }
        let (mut texts, mut registers) = (Vec::new(), Vec::new());
        let places = places(&self.leads, &mut texts);
        for (number, (lead, place)) in self.leads.iter().zip(places).enumerate() {
            leads.extend((texts_at as u32 + place).to_le_bytes());
            leads.extend((lead.text.len() as u16).to_le_bytes());
            leads.extend((lead.sets.len() as u16).to_le_bytes());
            let first_set = (registers.len() / 4) as u32;
            for field in [lead.last, lead.inner, lead.walks, first_set] {
                leads.extend(field.to_le_bytes());
            }
            for (register, position) in &lead.sets {
                registers.extend(register.to_le_bytes());
                registers.extend(position.to_le_bytes());
            }
            if number == 0 {
                write_slots(&slots, &mut leads);
            }
        }
        leads.extend(texts);
        let mut walks: Vec<_> = self.walks.into_iter().collect();
        walks.sort_unstable_by_key(|&(_, number)| number);
        let walks = walks.into_iter().flat_map(|(states, _)| states);
        Written { leads, walks: walks.flat_map(u32::to_le_bytes).collect(), registers }
    }
}

/// The slots, behind the root.
fn write_slots(slots: &[(u32, u32)], leads: &mut Vec<u8>) {
    let first = leads.len() + slots.len() * SLOT;
    for &(check, number) in slots {
        let place = match number {
            0 => 0,
            number => first as u32 + (number - 1) * RECORD as u32,
        };
        leads.extend(place.to_le_bytes());
        leads.extend(check.to_le_bytes());
    }
}

/// The hash table of leads: check and number of the lead, which is not the root; 0
/// for none.
struct Slots {
    seed: u64,
    slots: Vec<(u32, u32)>,
    longest: u32,
}

impl Slots {
    /// `None` where no seed fits: chance does not do that, but leads can be chosen
    /// so that their hashes under any seed are alike.
    fn new(leads: &[Lead]) -> Option<Slots> {
        // Most of what is looked for is not there, and then the first slot is to be empty.
        let least = (leads.len() * 3 + 1).next_power_of_two();
        // More room helps where leads are crowded, another seed where two have one hash.
        (1..=TRIES).find_map(|seed| Slots::fill(leads, seed, least << ((seed - 1) / 4)))
    }

    /// `None` where two leads have one hash, or one lies too far from its place.
    fn fill(leads: &[Lead], seed: u64, count: usize) -> Option<Slots> {
        let mut slots = vec![(0u32, 0u32); count];
        let mut longest = 0;
        // The root is not looked for.
        for (number, lead) in leads.iter().enumerate().skip(1) {
            let mut hashes = Beginnings::NONE;
            let hash = hashes.of(seed, &lead.text).hash(&lead.text)?;
            let check = (hash >> 32) as u32;
            let place = |probe: u32| (hash as u32).wrapping_add(probe) as usize & (count - 1);
            let probe = (0..=MAX_PROBE).find(|&probe| {
                let (found, number) = slots[place(probe)];
                number == 0 || found == check
            })?;
            if slots[place(probe)].1 != 0 {
                return None;
            }
            slots[place(probe)] = (check, number as u32);
            longest = longest.max(probe);
        }
        Some(Slots { seed, slots, longest })
    }
}

/// How many seeds are tried.
const TRIES: u64 = 16;

/// From so many leads on, they are [`MANY`].
const MANY_LEADS: usize = 512;

/// The most registers that a lead may have set.
const MAX_SETS: usize = 64;

/// Where the text of each lead lies: one that begins another needs no room.
fn places(leads: &[Lead], texts: &mut Vec<u8>) -> Vec<u32> {
    let mut places = vec![0; leads.len()];
    let mut text: &[u8] = &[];
    let mut place = 0;
    // Leads come before those below them.
    for (index, lead) in leads.iter().enumerate().rev() {
        if !text.starts_with(&lead.text) {
            text = &lead.text;
            place = texts.len() as u32;
            texts.extend_from_slice(text);
        }
        places[index] = place;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::colliding;
    use alloc::format;
    use alloc::string::String;

    fn lead(text: String) -> Lead {
        Lead { text: text.into_bytes(), last: 0, inner: 0, walks: 0, sets: Vec::new() }
    }

    /// As many as fill two thirds of the slots, where some are always too far.
    #[test]
    fn crowded_slots_are_doubled() {
        let leads: Vec<Lead> = (0..(1 << 18) * 2 / 3).map(|n| lead(format!("/{n}"))).collect();
        assert!((1..=4).all(|seed| Slots::fill(&leads, seed, 1 << 18).is_none()));
        let slots = Slots::new(&leads).unwrap();
        assert_eq!(slots.slots.len(), 1 << 19);
        assert!(slots.longest <= MAX_PROBE);
    }

    /// Under the first seed the low half of their hashes is the same.
    #[test]
    fn leads_made_to_collide_get_another_seed() {
        let texts = (0..40).map(|number| colliding(1, number).to_vec());
        let leads: Vec<Lead> = texts.map(|text| Lead { text, ..lead(String::new()) }).collect();
        assert!(Slots::fill(&leads, 1, 1 << 20).is_none());
        assert_eq!(Slots::new(&leads).unwrap().seed, 2);
        // What no seed helps against has no leads.
        let twice: Vec<Lead> = ["/a", "/a"].map(|text| lead(text.into())).into();
        assert!(Slots::new(&[&[lead(String::new())], &twice[..]].concat()).is_none());
    }
}
