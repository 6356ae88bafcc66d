//! Tries for the components `lit*` and `*lit`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::comb::pack;
use super::wild::{Classes, literal};
use crate::matcher::path::{NO_NODE, START};

/// A trie whose states know the class of all patterns on the way to them.
#[derive(Debug)]
pub(super) struct Trie {
    states: Vec<BTreeMap<u8, u32>>,
    classes: Vec<u32>,
}

impl Trie {
    pub(super) fn build(classes: &mut Classes, reversed: bool) -> Trie {
        let mut states: Vec<BTreeMap<u8, u32>> = vec![BTreeMap::new(); 2];
        let mut ends: Vec<Vec<u32>> = vec![Vec::new(); 2];
        for (pattern, tokens) in classes.patterns.iter().enumerate() {
            let mut bytes = literal(tokens);
            if reversed {
                bytes.reverse();
            }
            let mut state = START;
            for byte in bytes {
                let next = states.len() as u32;
                state = *states[state as usize].entry(byte).or_insert(next);
                if state == next {
                    states.push(BTreeMap::new());
                    ends.push(Vec::new());
                }
            }
            ends[state as usize].push(pattern as u32);
        }
        // Children come after their parents, so one pass hands the sets down.
        for state in 1..states.len() {
            let inherited = ends[state].clone();
            for child in states[state].values() {
                ends[*child as usize].extend(&inherited);
            }
        }
        let classes = ends
            .into_iter()
            .map(|mut patterns| {
                patterns.sort_unstable();
                classes.class(patterns)
            })
            .collect();
        Trie { states, classes }
    }

    pub(super) fn class(&self, bytes: &[u8]) -> u32 {
        let mut state = START;
        for byte in bytes {
            match self.states[state as usize].get(byte) {
                Some(&next) => state = next,
                None => break,
            }
        }
        self.classes[state as usize]
    }

    pub(super) fn write(&self) -> Vec<u8> {
        if self.classes.iter().all(|&class| class == 0) {
            return Vec::new();
        }
        let row = |row: &BTreeMap<u8, u32>| {
            row.iter().map(|(&byte, &next)| (u32::from(byte), next)).collect()
        };
        let mut rows: Vec<(u32, Vec<(u32, u32)>)> = self
            .states
            .iter()
            .enumerate()
            .skip(1)
            .map(|(state, edges)| (state as u32, row(edges)))
            .collect();
        let (bases, cells) = pack(self.states.len(), &mut rows);
        // The start comes first; every other node lies where the way to it is looked up.
        let mut places = vec![0; self.states.len()];
        for (&(_, state), place) in cells.iter().zip(1u32..) {
            if state != 0 {
                places[state as usize] = place;
            }
        }
        let node = |check, state: u32| {
            let state = state as usize;
            [check, bases[state].wrapping_add(1), self.classes[state]]
        };
        let children = cells.iter().map(|&(parent, state)| match state {
            0 => [NO_NODE, 0, 0],
            _ => node(places[parent as usize], state),
        });
        let nodes = core::iter::once(node(NO_NODE, START)).chain(children);
        nodes.flatten().flat_map(u32::to_le_bytes).collect()
    }
}
