//! Writes tables of texts inside others; the layout is specified in
//! `matcher/substring.rs`.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Label, Outcomes};
use crate::matcher::substring::ENDS;

/// Collects texts with their labels.
#[derive(Debug, Default)]
pub(crate) struct SubstringTableBuilder {
    texts: Vec<(Vec<u8>, Label)>,
}

impl SubstringTableBuilder {
    /// The most bytes of all texts together: each is a state.
    pub(crate) const MOST_BYTES: usize = 16_384;

    pub(crate) fn add(&mut self, text: Vec<u8>, label: Label) {
        self.texts.push((text, label));
    }

    /// The table; empty if there are no texts.
    pub(crate) fn build(self, outcomes: &mut Outcomes) -> Vec<u8> {
        if self.texts.is_empty() {
            return Vec::new();
        }
        // Bytes that are in no text are one class; those that begin one come last.
        let begin: BTreeSet<u8> =
            self.texts.iter().filter_map(|(text, _)| text.first().copied()).collect();
        let within: BTreeSet<u8> =
            self.texts.iter().flat_map(|(text, _)| text.iter().copied()).collect();
        let mut class_of = [0u8; 256];
        let mut classes = 1usize;
        for &byte in within.difference(&begin).chain(&begin) {
            // UTF-8 rules out that all 256 bytes occur.
            class_of[usize::from(byte)] = classes as u8;
            classes += 1;
        }
        let begins = classes - begin.len();
        let mut trie: Vec<BTreeMap<u8, usize>> = vec![BTreeMap::new()];
        let mut ends: Vec<Vec<Label>> = vec![Vec::new()];
        for (text, label) in &self.texts {
            let mut state = 0;
            for &byte in text {
                let fresh = trie.len();
                let next = *trie[state].entry(class_of[usize::from(byte)]).or_insert(fresh);
                if next == fresh {
                    trie.push(BTreeMap::new());
                    ends.push(Vec::new());
                }
                state = next;
            }
            ends[state].push(*label);
        }
        // By length, so that what a state falls back to is complete before it.
        let mut next = vec![0u32; trie.len() * classes];
        let mut fallback = vec![0usize; trie.len()];
        let mut left = VecDeque::from([0]);
        while let Some(state) = left.pop_front() {
            for class in 0..classes {
                let inherited =
                    if state == 0 { 0 } else { next[fallback[state] * classes + class] };
                next[state * classes + class] = match trie[state].get(&(class as u8)) {
                    Some(&child) => {
                        fallback[child] = inherited as usize;
                        let more = ends[fallback[child]].clone();
                        ends[child].extend(more);
                        left.push_back(child);
                        child as u32
                    }
                    None => inherited,
                };
            }
        }
        let mut bytes = (trie.len() as u32).to_le_bytes().to_vec();
        let only = match begin.first() {
            Some(&byte) if begin.len() == 1 => u32::from(byte) + 1,
            _ => 0,
        };
        for field in [classes as u32, begins as u32, only] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(class_of);
        let cells = next.into_iter().map(|state| {
            let ends = if ends[state as usize].is_empty() { 0 } else { ENDS };
            (state * classes as u32) | ends
        });
        let cells: Vec<u32> = cells.collect();
        bytes.extend(ends.into_iter().flat_map(|labels| outcomes.intern(labels).to_le_bytes()));
        bytes.extend(cells.into_iter().flat_map(u32::to_le_bytes));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::outcome::Role;
    use crate::matcher::substring::SubstringTable;

    #[test]
    fn finds_what_a_walk_over_all_texts_finds() {
        walk([b"abab", b"ba", b"bab", b"c", b"abcab", b"\xc3\xa9", b"aaaa", b"abab"]);
    }

    #[test]
    fn finds_texts_that_all_begin_alike() {
        walk([b"abab", b"a", b"aab", b"ac", b"abcab", b"a\xc3\xa9", b"aaaa", b"abab"]);
        walk([b"xabc", b"xx", b"xc", b"xbb", b"xabcc", b"x\xc3\xa9", b"xaa", b"xb"]);
    }

    fn walk(texts: [&[u8]; 8]) {
        let mut builder = SubstringTableBuilder::default();
        for (rule, text) in texts.iter().enumerate() {
            builder.add(text.to_vec(), Label::new(rule as u32, Role::Listed));
        }
        let mut outcomes = Outcomes::default();
        let bytes = builder.build(&mut outcomes);
        let table = SubstringTable::new(&bytes);
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let length = (state >> 58) as u32;
            let text: Vec<u8> = (0..length)
                .map(|at| b"aabbc\xc3\xa9x"[(state.rotate_left(at * 5) >> 40) as usize % 8])
                .collect();
            let mut found = Vec::new();
            table.search(&text, |outcome| {
                found.extend(outcomes.in_order()[outcome as usize - 1].iter().map(|l| l.rule));
            });
            found.sort_unstable();
            found.dedup();
            let inside = |one: &[u8]| text.windows(one.len()).any(|window| window == one);
            let want: Vec<u32> = (0..8).filter(|&rule| inside(texts[rule as usize])).collect();
            assert_eq!(found, want, "{text:?}");
            assert_eq!(table.any(&text), !want.is_empty());
        }
    }
}
