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

/// The registers of a table.
#[derive(Debug, Default)]
pub(super) struct Registers {
    pieces: BTreeMap<Vec<Part>, u32>,
    /// A front is the one before it and a piece, a rest is a piece and the rest
    /// behind it: so a pattern of many pieces costs no more than its length.
    fronts: Chain<(usize, bool)>,
    rests: Chain<(usize, bool, Label)>,
    joins: BTreeSet<(u32, u32)>,
    /// How many different rests a front has, and fronts a rest.
    sharing: BTreeMap<Owner, usize>,
    ids: BTreeMap<Owner, u32>,
}

/// Numbers of what a piece makes with its other side.
type Chain<E> = BTreeMap<(Side<E>, u32), u32>;

/// What lies on the other side of a piece: another one, or the pattern's end.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Side<E> {
    End(E),
    More(u32),
}

/// What a register stands for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Owner {
    Front(u32),
    Rest(u32),
}

impl Registers {
    /// Notes the joins of a pattern: all of them, before any gets its register.
    pub(super) fn note(&mut self, cut: &Cut) {
        for (front, rest) in self.joins(cut) {
            if self.joins.insert((front, rest)) {
                *self.sharing.entry(Owner::Front(front)).or_default() += 1;
                *self.sharing.entry(Owner::Rest(rest)).or_default() += 1;
            }
        }
    }

    /// The registers of a pattern's joins, from the first.
    pub(super) fn of(&mut self, cut: &Cut) -> Vec<u32> {
        // What a shared rest waits for may be another pattern's front, so that no
        // later register may stand for the front of this one alone.
        let mut by_front = true;
        let mut registers = Vec::new();
        for (front, rest) in self.joins(cut) {
            let (front, rest) = (Owner::Front(front), Owner::Rest(rest));
            by_front &= self.sharing[&front] > self.sharing[&rest];
            let owner = if by_front { front } else { rest };
            registers.push(number(&mut self.ids, owner) - 1);
        }
        registers
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The front and the rest of each join.
    fn joins(&mut self, cut: &Cut) -> Vec<(u32, u32)> {
        if cut.pieces.len() == 1 {
            return Vec::new();
        }
        let pieces: Vec<u32> =
            cut.pieces.iter().map(|piece| number(&mut self.pieces, piece.clone())).collect();
        let Some((last, before)) = pieces.split_last() else { return Vec::new() };
        let mut rests = Vec::new();
        let mut side = Side::End((cut.group, cut.below, cut.label));
        for &piece in [last].into_iter().chain(pieces[1..].iter().rev().skip(1)).take(before.len())
        {
            let rest = number(&mut self.rests, (side, piece));
            rests.push(rest);
            side = Side::More(rest);
        }
        rests.reverse();
        let mut fronts = Vec::new();
        let mut side = Side::End((cut.group, cut.floats));
        for &piece in before {
            let front = number(&mut self.fronts, (side, piece));
            fronts.push(front);
            side = Side::More(front);
        }
        fronts.into_iter().zip(rests).collect()
    }
}
