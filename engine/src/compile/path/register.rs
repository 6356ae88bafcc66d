//! Registers: one for each join of two pieces by `**`, shared by patterns.
//!
//! A register can stand for all patterns with the same front (`/home/**/x` and
//! `/home/**/y` note the same position) or for all with the same rest
//! (`/a/**/x` and `/b/**/x` wait for either). Each join takes the side that more
//! patterns share, so that neither a common directory nor a common name needs
//! many registers or conditions.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::number;
use super::piece::{Cut, Part};
use crate::compile::outcome::Label;

/// What has matched when a register is set.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Front {
    group: usize,
    floats: bool,
    pieces: Vec<Vec<Part>>,
}

/// What is left to match then.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Rest {
    group: usize,
    pieces: Vec<Vec<Part>>,
    below: bool,
    label: Label,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Owner {
    Front(Front),
    Rest(Rest),
}

/// The registers of a table.
#[derive(Debug, Default)]
pub(super) struct Registers {
    rests: BTreeMap<Front, BTreeSet<Rest>>,
    fronts: BTreeMap<Rest, BTreeSet<Front>>,
    ids: BTreeMap<Owner, u32>,
}

impl Registers {
    /// Notes the joins of a pattern: all of them, before any gets its register.
    pub(super) fn note(&mut self, cut: &Cut) {
        for (front, rest) in joins(cut) {
            self.rests.entry(front.clone()).or_default().insert(rest.clone());
            self.fronts.entry(rest).or_default().insert(front);
        }
    }

    /// The registers of a pattern's joins, from the first.
    pub(super) fn of(&mut self, cut: &Cut) -> Vec<u32> {
        // What a shared rest waits for may be another pattern's front, so that no
        // later register may stand for the front of this one alone.
        let mut by_front = true;
        let mut registers = Vec::new();
        for (front, rest) in joins(cut) {
            by_front &= self.rests[&front].len() > self.fronts[&rest].len();
            let owner = if by_front { Owner::Front(front) } else { Owner::Rest(rest) };
            registers.push(number(&mut self.ids, owner) - 1);
        }
        registers
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

fn joins(cut: &Cut) -> impl Iterator<Item = (Front, Rest)> {
    (1..cut.pieces.len()).map(|at| {
        let (front, rest) = cut.pieces.split_at(at);
        let front = Front { group: cut.group, floats: cut.floats, pieces: front.to_vec() };
        let (below, label) = (cut.below, cut.label);
        (front, Rest { group: cut.group, pieces: rest.to_vec(), below, label })
    })
}
