//! Writes the bit rows of one kind; the layout is specified in `matcher/rows.rs`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Outcomes, Role};
use crate::matcher::rows::Condition;

/// How many conditions there are, operations included.
const CONDITIONS: usize = Condition::Operations as usize + crate::decide::OPERATIONS;

/// The three sections of rows.
#[derive(Debug)]
pub(crate) struct RowSections {
    pub(crate) rows: Vec<u8>,
    pub(crate) outcomes: Vec<u8>,
    pub(crate) conditions: Vec<u8>,
}

/// Writes the rows over `rules` rules; `has` says whether a rule has the
/// condition of a number.
pub(crate) fn write(
    rules: usize,
    outcomes: &Outcomes,
    has: impl Fn(usize, usize) -> bool,
) -> RowSections {
    let mut pool = Pool::new(rules.div_ceil(64));
    let mut outcome_bytes = vec![0u8; 16];
    for labels in outcomes.in_order() {
        for role in [Role::Listed, Role::Excepted, Role::Ancestor, Role::Second] {
            let of_role = labels.iter().filter(|label| label.role == role);
            let row = pool.row(of_role.map(|label| label.rule as usize));
            outcome_bytes.extend_from_slice(&row.to_le_bytes());
        }
    }
    let conditions = (0..CONDITIONS).flat_map(|condition| {
        pool.row((0..rules).filter(|&rule| has(rule, condition))).to_le_bytes()
    });
    let conditions = conditions.collect();
    RowSections { rows: pool.bytes, outcomes: outcome_bytes, conditions }
}

/// Rows, each kept once.
struct Pool {
    words: usize,
    bytes: Vec<u8>,
    ids: BTreeMap<Vec<u64>, u32>,
}

impl Pool {
    fn new(words: usize) -> Self {
        let mut pool = Pool { words, bytes: Vec::new(), ids: BTreeMap::new() };
        pool.row([].into_iter());
        pool
    }

    fn row(&mut self, rules: impl Iterator<Item = usize>) -> u32 {
        let mut words = vec![0u64; self.words];
        for rule in rules {
            words[rule / 64] |= 1 << (rule % 64);
        }
        let next = self.ids.len() as u32;
        let bytes = &mut self.bytes;
        *self.ids.entry(words).or_insert_with_key(|words| {
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
            next
        })
    }
}
