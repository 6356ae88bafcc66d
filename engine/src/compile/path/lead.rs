//! Writes the leads of a table; layout and use: `matcher/path/lead.rs`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::compile::outcome::{Label, Outcomes};
use crate::hash::hash;
use crate::matcher::path::lead::{DEEPEST, HEADER, LONGEST, MOST_IN_BUCKET, RECORD, place};
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
    /// Whether it says more than the one above it about a path that ends here.
    ends: bool,
    /// Likewise about a path that goes on.
    more: bool,
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
    writer.visit(&root, &mut Vec::new(), &start, None);
    // Without leads, paths are walked from the root.
    writer.finish().unwrap_or_default()
}

struct Writer<'o> {
    leads: Vec<Lead>,
    walks: BTreeMap<[u32; WALK_RECORD], u32>,
    /// The labels of each outcome from 1, of those that the automata know.
    labels: Vec<Vec<Label>>,
    outcomes: &'o mut Outcomes,
}

impl Writer<'_> {
    /// Notes a lead, `above` being the number of the one above it, and those below it.
    fn visit(
        &mut self,
        node: &Node,
        path: &mut Vec<Vec<u8>>,
        at: &Snapshot<'_>,
        above: Option<usize>,
    ) {
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
        let sets = at.registers().to_vec();
        // Where something is still walked, each step that need not be taken helps.
        let above = above.and_then(|above| self.leads.get(above)).filter(|lead| lead.walks == 0);
        let ends = above.is_none_or(|above| above.inner != last);
        let more =
            above.is_none_or(|above| walks != 0 || above.inner != inner || above.sets != sets);
        let number = self.leads.len();
        self.leads.push(Lead { text, last, inner, walks, sets, ends, more });
        for (name, child, snapshot) in below {
            path.push(name.clone());
            self.visit(child, path, &snapshot, Some(number));
            path.pop();
        }
    }

    /// The outcome of all that some outcomes say.
    fn outcome(&mut self, ids: &[u32]) -> u32 {
        let labels = ids.iter().flat_map(|&id| &self.labels[id as usize - 1]);
        self.outcomes.intern(labels.copied().collect())
    }

    /// The parts; `None` where leads cannot be put into buckets.
    fn finish(self) -> Option<Written> {
        let (mut records, mut registers) = (Vec::new(), Vec::new());
        for lead in &self.leads {
            let mut record = Vec::with_capacity(RECORD + lead.text.len());
            record.extend((lead.text.len() as u16).to_le_bytes());
            record.extend((lead.sets.len() as u16).to_le_bytes());
            let first_set = (registers.len() / 4) as u32;
            for field in [lead.last, lead.inner, lead.walks, first_set] {
                record.extend(field.to_le_bytes());
            }
            record.extend(&lead.text);
            records.push(record);
            for (register, position) in &lead.sets {
                registers.extend(register.to_le_bytes());
                registers.extend(position.to_le_bytes());
            }
        }
        let (root, leads) = self.leads.split_first()?;
        let Buckets { seed, buckets } = Buckets::new(leads)?;
        let ends = Filter::new(leads.iter().filter(|lead| lead.ends));
        let beginnings = Filter::new(leads.iter().filter(|lead| lead.more));
        let mut written = Vec::new();
        let masks = [buckets.len(), ends.words.len(), beginnings.words.len()];
        let [buckets_mask, ends_mask, beginnings_mask] = masks.map(|count| count as u32 - 1);
        for field in
            [seed, buckets_mask, ends_mask, beginnings_mask, ends.depths, beginnings.depths]
        {
            written.extend(field.to_le_bytes());
        }
        debug_assert_eq!(written.len(), HEADER);
        debug_assert!(root.text.is_empty());
        written.extend(&records[0]);
        written.extend(ends.words.into_iter().flat_map(u64::to_le_bytes));
        written.extend(beginnings.words.into_iter().flat_map(u64::to_le_bytes));
        let mut place = written.len() + 4 * (buckets.len() + 1);
        for bucket in &buckets {
            written.extend((place as u32).to_le_bytes());
            place += bucket.iter().map(|&lead| records[lead + 1].len()).sum::<usize>();
        }
        written.extend((place as u32).to_le_bytes());
        for lead in buckets.into_iter().flatten() {
            written.extend(&records[lead + 1]);
        }
        let mut walks: Vec<_> = self.walks.into_iter().collect();
        walks.sort_unstable_by_key(|&(_, number)| number);
        let walks = walks.into_iter().flat_map(|(states, _)| states);
        Some(Written {
            leads: written,
            walks: walks.flat_map(u32::to_le_bytes).collect(),
            registers,
        })
    }
}

/// A filter, and a bit for each depth of what is in it.
struct Filter {
    words: Vec<u64>,
    depths: u32,
}

impl Filter {
    fn new<'l>(leads: impl Iterator<Item = &'l Lead> + Clone) -> Filter {
        // 32 bits or more each: at most one in 32 passes that is not in it.
        let words = leads.clone().count().div_ceil(2).next_power_of_two();
        let mut filter = Filter { words: vec![0; words], depths: 0 };
        for lead in leads {
            let (index, bit) = place(&lead.text, words as u32 - 1);
            filter.words[index] |= 1 << bit;
            filter.depths |= 1 << lead.text.iter().filter(|&&byte| byte == b'/').count();
        }
        filter
    }
}

/// The leads of each bucket, by number.
struct Buckets {
    seed: u32,
    buckets: Vec<Vec<usize>>,
}

impl Buckets {
    /// `None` where no seed keeps them small: chance does not do that, but leads can be
    /// chosen so that their hashes under any seed are alike.
    fn new(leads: &[Lead]) -> Option<Buckets> {
        (1..=TRIES).find_map(|seed| Buckets::fill(leads, seed))
    }

    /// `None` where a bucket would have too many.
    fn fill(leads: &[Lead], seed: u32) -> Option<Buckets> {
        let count = leads.len().next_power_of_two();
        let mut buckets = vec![Vec::new(); count];
        for (number, lead) in leads.iter().enumerate() {
            let hash = hash(u64::from(seed), &lead.text) as u32;
            buckets[hash as usize & (count - 1)].push(number);
        }
        buckets
            .iter()
            .all(|bucket| bucket.len() <= MOST_IN_BUCKET)
            .then_some(Buckets { seed, buckets })
    }
}

/// How many seeds are tried.
const TRIES: u32 = 16;

/// The most registers that a lead may have set.
const MAX_SETS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::colliding;
    use alloc::format;

    fn lead(text: Vec<u8>) -> Lead {
        let (ends, more) = (true, true);
        Lead { text, last: 0, inner: 0, walks: 0, sets: Vec::new(), ends, more }
    }

    /// Under the first seed the low half of their hashes is the same.
    #[test]
    fn leads_made_to_collide_get_another_seed() {
        let texts = (0..40).map(|number| colliding(1, number).to_vec());
        let leads: Vec<Lead> = texts.map(lead).collect();
        assert!(Buckets::fill(&leads, 1).is_none());
        assert_eq!(Buckets::new(&leads).unwrap().seed, 2);
        // What no seed helps against has no leads.
        let alike: Vec<Lead> = (0..40).map(|_| lead(b"/a".to_vec())).collect();
        assert!(Buckets::new(&alike).is_none());
    }

    #[test]
    fn a_filter_has_what_was_put_in_and_little_else() {
        let names = |from: u32| (from..from + 10_000).map(|n| format!("/usr/{n}").into_bytes());
        let leads: Vec<Lead> = names(0).map(lead).collect();
        let filter = Filter::new(leads.iter());
        assert_eq!(filter.depths, 1 << 2);
        let has = |text: &[u8]| {
            let (index, bit) = place(text, filter.words.len() as u32 - 1);
            filter.words[index] >> bit & 1 == 1
        };
        assert!(leads.iter().all(|lead| has(&lead.text)));
        let wrong = names(20_000).filter(|text| has(text)).count();
        assert!(wrong < 400, "{wrong} of 10,000");
    }
}
