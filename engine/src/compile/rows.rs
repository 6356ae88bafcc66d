//! Writes the bit rows of one kind; the layout is specified in `matcher/rows.rs`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Outcomes, Role};
use crate::matcher::rows::CONDITIONS;

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
    let words = rules.div_ceil(64);
    let mut pool = Pool::new(words);
    let mut outcome_bytes = vec![0u8; 16];
    for labels in outcomes.in_order() {
        for role in [Role::Listed, Role::Excepted, Role::Ancestor, Role::Second] {
            let of_role = labels.iter().filter(|label| label.role == role);
            let row = pool.row(of_role.map(|label| label.rule as usize));
            outcome_bytes.extend_from_slice(&row.to_le_bytes());
        }
    }
    let of_word = |word: usize| (0..CONDITIONS).map(move |condition| (word, condition));
    let conditions = (0..words).flat_map(of_word).flat_map(|(word, condition)| {
        let rules = word * 64..rules.min((word + 1) * 64);
        let bits = rules.filter(|&rule| has(rule, condition)).map(|rule| 1u64 << (rule % 64));
        bits.sum::<u64>().to_le_bytes()
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
        let next = self.ids.len() as u32;
        let bytes = &mut self.bytes;
        *self.ids.entry(row(self.words, rules)).or_insert_with_key(|words| {
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
            next
        })
    }
}

/// The row of some rules.
fn row(words: usize, rules: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut row = vec![0u64; words];
    for rule in rules {
        row[rule / 64] |= 1 << (rule % 64);
    }
    row
}
