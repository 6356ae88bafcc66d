//! Patterns cut at `**` into pieces, each piece in the automaton it belongs to.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::automaton::{Effect, Output};
use super::register::Registers;
use super::{Exceeded, Group, Limits, number};
use crate::compile::outcome::Label;
use crate::matcher::path::{GROUPS, Kind, RECENT};
use crate::policy::glob::{Component, Token};

/// A component that takes part in matching.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Part {
    Literal(Vec<u8>),
    /// `*`: any component.
    Any,
    Wild(WildKind, Vec<Token>),
}

/// The kinds of wildcard components.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum WildKind {
    Prefix,
    Suffix,
    /// `*lit*`: names only; elsewhere it counts as general.
    Contained,
    General,
}

impl Part {
    fn new(component: &Component) -> Option<Part> {
        match component {
            Component::AnyDepth => None,
            Component::Literal(literal) => Some(Part::Literal(literal.clone())),
            Component::Wild(tokens) if tokens[..] == [Token::AnyRun] => Some(Part::Any),
            Component::Wild(tokens) => Some(Part::Wild(WildKind::of(tokens), tokens.clone())),
        }
    }
}

impl WildKind {
    fn of(tokens: &[Token]) -> WildKind {
        let literal = |tokens: &[Token]| tokens.iter().all(|token| matches!(token, Token::Char(_)));
        match tokens {
            [Token::AnyRun, middle @ .., Token::AnyRun] if literal(middle) => WildKind::Contained,
            [Token::AnyRun, rest @ ..] if literal(rest) => WildKind::Suffix,
            [rest @ .., Token::AnyRun] if literal(rest) => WildKind::Prefix,
            _ => WildKind::General,
        }
    }

    /// The kind as readers know it; contained literals have no sets.
    pub(super) fn kind(self) -> Kind {
        match self {
            WildKind::Prefix => Kind::Prefix,
            WildKind::Suffix => Kind::Suffix,
            WildKind::Contained | WildKind::General => Kind::General,
        }
    }
}

/// The labels of a pattern of one component at any depth.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// For the last component.
    pub(super) last: Vec<Label>,
    /// For every other.
    pub(super) inner: Vec<Label>,
}

/// All patterns of a table, cut up.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) names: BTreeMap<Part, Names>,
    pub(super) groups: [Group; GROUPS],
    /// Wildcard components that automata step over.
    pub(super) stepped: BTreeMap<(Kind, Vec<Token>), u32>,
    pub(super) registers: Registers,
    /// Patterns of several pieces, until all joins are known.
    cut: Vec<Cut>,
    /// The literal components, each with the place where it comes first: depth,
    /// and what lies above.
    literals: BTreeMap<Vec<u8>, (usize, Vec<Part>)>,
}

/// A pattern cut at its `**`.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) group: usize,
    pub(super) pieces: Vec<Vec<Part>>,
    /// A `**` stands before the first piece.
    pub(super) floats: bool,
    /// One stands behind the last.
    pub(super) below: bool,
    pub(super) label: Label,
}

impl Pieces {
    /// The literal components, those of one directory side by side: so the
    /// rows of automata are dense.
    pub(super) fn literals_by_depth(&self) -> Vec<&Vec<u8>> {
        let mut literals: Vec<_> = self.literals.iter().collect();
        literals.sort_by(|(a, at), (b, bt)| (at, a).cmp(&(bt, b)));
        literals.into_iter().map(|(literal, _)| literal).collect()
    }

    pub(super) fn add(&mut self, components: &[Component], label: Label) {
        let below = components.last() == Some(&Component::AnyDepth);
        let floats = components.first() == Some(&Component::AnyDepth);
        let mut pieces: Vec<Vec<Part>> = components
            .split(|component| *component == Component::AnyDepth)
            .map(|piece| piece.iter().filter_map(Part::new).collect())
            .collect();
        // What lies before a leading and behind a trailing `**` is no piece.
        if floats {
            pieces.remove(0);
        }
        if below && !pieces.is_empty() {
            pieces.pop();
        }
        // `/**` and `/`: anchored at the root, nothing before.
        let floats = floats && !pieces.is_empty();
        if pieces.is_empty() {
            pieces.push(Vec::new());
        }
        for piece in &pieces {
            self.place_literals(piece);
        }
        if let ([piece], true) = (&pieces[..], floats)
            && let [part] = &piece[..]
        {
            // `*` is every name: the suffix of no length.
            let part = match part {
                Part::Any => Part::Wild(WildKind::Suffix, Vec::from([Token::AnyRun])),
                part => part.clone(),
            };
            let names = self.names.entry(part).or_default();
            let labels = if below { &mut names.inner } else { &mut names.last };
            labels.push(label);
            return;
        }
        let group = group_of(pieces.iter().flatten());
        let cut = Cut { group, pieces, floats, below, label };
        if cut.pieces.len() == 1 {
            self.place_pieces(&cut);
        } else {
            self.registers.note(&cut);
            self.cut.push(cut);
        }
    }

    /// Notes where the literals of a piece come first, from its end on: where one
    /// is known at just this place, so are those before it. Without that the
    /// directories above a deep path would cost the cube of its depth.
    fn place_literals(&mut self, piece: &[Part]) {
        for (depth, part) in piece.iter().enumerate().rev() {
            let Part::Literal(literal) = part else { continue };
            let place = (depth, &piece[..depth]);
            match self.literals.get_mut(literal) {
                Some((depth, above)) => match (*depth, &above[..]).cmp(&place) {
                    Ordering::Less => {}
                    Ordering::Equal => break,
                    Ordering::Greater => (*depth, *above) = (place.0, place.1.to_vec()),
                },
                None => drop(self.literals.insert(literal.clone(), (depth, place.1.to_vec()))),
            }
        }
    }

    /// Puts the pieces of patterns that have several into automata.
    pub(super) fn place(&mut self, limits: &Limits) -> Result<(), Exceeded> {
        for cut in core::mem::take(&mut self.cut) {
            self.place_pieces(&cut);
            if self.registers.len() > limits.registers {
                return Err(Exceeded { what: "registers for `**`", limit: limits.registers });
            }
        }
        Ok(())
    }

    fn place_pieces(&mut self, cut: &Cut) {
        let registers = self.registers.of(cut);
        for (index, piece) in cut.pieces.iter().enumerate() {
            let required = index.checked_sub(1).map(|before| registers[before]);
            let effect = match registers.get(index) {
                Some(&register) => Effect::Set(register),
                None => Effect::Emit { below: cut.below, label: cut.label },
            };
            let output = Output { required, length: piece.len() as u32, effect };
            let mut path: Vec<_> = piece.iter().map(|part| self.edge(part, cut.group)).collect();
            let is_last = index + 1 == cut.pieces.len();
            let nfas = &mut self.groups[cut.group];
            if index == 0 && !cut.floats {
                nfas.anchored.insert(&path, output);
            } else if is_last && !cut.below && path.len() <= RECENT {
                path.reverse();
                nfas.trailing.insert(&path, output);
            } else {
                nfas.floats_always |= index == 0;
                nfas.floating.insert(&path, output);
            }
        }
    }

    fn edge(&mut self, part: &Part, group: usize) -> Edge {
        match part {
            Part::Literal(literal) => Edge::Literal(literal.clone()),
            Part::Any => Edge::Any,
            Part::Wild(kind, tokens) => {
                // In the group of general wildcards, all of them are.
                let kind = if group == GENERAL { Kind::General } else { kind.kind() };
                Edge::Wild(number(&mut self.stepped, (kind, tokens.clone())))
            }
        }
    }
}

/// An edge of an NFA.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Edge {
    Literal(Vec<u8>),
    /// The number of a stepped wildcard component.
    Wild(u32),
    Any,
}

const GENERAL: usize = 3;

/// The group of a pattern: that of its only kind of wildcard, or the general one.
fn group_of<'p>(parts: impl Iterator<Item = &'p Part>) -> usize {
    let mut group = 0;
    for part in parts {
        let own = match part {
            Part::Wild(WildKind::Prefix, _) => 1,
            Part::Wild(WildKind::Suffix, _) => 2,
            Part::Wild(_, _) => GENERAL,
            Part::Literal(_) | Part::Any => continue,
        };
        group = if group == 0 || group == own { own } else { GENERAL };
    }
    group
}
