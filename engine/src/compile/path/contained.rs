//! An Aho-Corasick automaton for names `*lit*`.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

use super::Exceeded;
use super::piece::{Names, Part as Piece, WildKind};
use super::wild::literal;
use crate::compile::outcome::Outcomes;
use crate::matcher::path::START;
use crate::policy::glob::Token;

/// An Aho-Corasick automaton; every state knows all literals that end there.
#[derive(Debug, Default)]
pub(super) struct Contained {
    patterns: Vec<Vec<Token>>,
    /// The literals that end in a state, by their number.
    ends: Vec<Vec<usize>>,
    pub(super) stride: u32,
    pub(super) table: Vec<u8>,
    pub(super) written: Vec<u8>,
}

impl Contained {
    pub(super) fn build(patterns: Vec<Vec<Token>>) -> Result<Contained, Exceeded> {
        if patterns.is_empty() {
            return Ok(Contained::default());
        }
        let literals: Vec<Vec<u8>> = patterns.iter().map(|tokens| literal(tokens)).collect();
        let mut byte_classes = vec![0u8; 256];
        let mut classes = 1u32;
        for &byte in literals.iter().flatten() {
            if byte_classes[usize::from(byte)] == 0 {
                byte_classes[usize::from(byte)] = classes as u8;
                classes += 1;
            }
        }
        let width = classes as usize;
        let mut next: Vec<Vec<u32>> = vec![vec![0; width]; 2];
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); 2];
        for (number, literal) in literals.iter().enumerate() {
            let mut state = START as usize;
            for &byte in literal {
                let class = usize::from(byte_classes[usize::from(byte)]);
                if next[state][class] == 0 {
                    next[state][class] = next.len() as u32;
                    next.push(vec![0; width]);
                    ends.push(Vec::new());
                }
                state = next[state][class] as usize;
            }
            ends[state].push(number);
            let limit = usize::from(u16::MAX);
            if ends.len() > limit {
                return Err(Exceeded { what: "states for names `*text*`", limit });
            }
        }
        let mut failure = vec![START as usize; next.len()];
        let mut queue = VecDeque::from([START as usize]);
        while let Some(state) = queue.pop_front() {
            // Where a component leads that fits no further here.
            let behind = if state == START as usize {
                vec![START; width]
            } else {
                next[failure[state]].clone()
            };
            for (target, behind) in next[state].iter_mut().zip(behind) {
                if *target == 0 {
                    *target = behind;
                    continue;
                }
                let child = *target as usize;
                failure[child] = behind as usize;
                let inherited = ends[behind as usize].clone();
                ends[child].extend(inherited);
                queue.push_back(child);
            }
        }
        let mut table = byte_classes;
        table.extend(next.iter().flatten().flat_map(|&state| (state as u16).to_le_bytes()));
        Ok(Contained { patterns, ends, stride: classes, table, written: Vec::new() })
    }

    pub(super) fn outcomes(&mut self, names: &BTreeMap<Piece, Names>, outcomes: &mut Outcomes) {
        let by_pattern: Vec<Option<&Names>> =
            self.patterns.iter().map(|tokens| names.get(&piece(tokens))).collect();
        for ends in &self.ends {
            let (mut last, mut inner) = (Vec::new(), Vec::new());
            for names in ends.iter().filter_map(|&end| by_pattern[end]) {
                last.extend(&names.last);
                inner.extend(&names.inner);
            }
            self.written.extend(outcomes.intern(last).to_le_bytes());
            self.written.extend(outcomes.intern(inner).to_le_bytes());
        }
    }

    /// The names whose literals a component contains.
    pub(super) fn found_in(&self, component: &[u8]) -> BTreeSet<Piece> {
        let mut state = START as usize;
        let mut found = BTreeSet::new();
        for &byte in component.iter().filter(|_| !self.table.is_empty()) {
            let class = usize::from(self.table[usize::from(byte)]);
            let at = 256 + (state * self.stride as usize + class) * 2;
            state = usize::from(u16::from_le_bytes([self.table[at], self.table[at + 1]]));
            found.extend(self.ends[state].iter().map(|&end| piece(&self.patterns[end])));
        }
        found
    }
}

fn piece(tokens: &[Token]) -> Piece {
    Piece::Wild(WildKind::Contained, tokens.to_vec())
}
