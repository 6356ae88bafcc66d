//! Wildcard components: tries for `lit*` and `*lit`, an Aho-Corasick automaton
//! for names `*lit*`, one over characters for all others.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::contained::Contained;
use super::general;
use super::piece::{Names, Part as Piece, Pieces, WildKind};
use super::trie::Trie;
use super::{Exceeded, Limits, number};
use crate::compile::outcome::Outcomes;
use crate::matcher::path::{GROUPS, Kind, Part};
use crate::policy::glob::Token;

/// The wildcard components of a table.
#[derive(Debug)]
pub(super) struct Wilds {
    classes: [Classes; 3],
    group_sets: [Sets; GROUPS],
    prefix: Trie,
    suffix: Trie,
    contained: Contained,
    general: general::Written,
    names: BTreeMap<Piece, Names>,
    pub(super) contained_stride: u32,
    bytes: [Vec<u8>; 3],
}

/// The sets of a group's wildcard components: which are matched together.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// None for the group without wildcards.
    pub(super) kind: Option<Kind>,
    /// By set, from 1.
    members: Vec<Vec<u32>>,
    containing: BTreeMap<u32, Vec<u32>>,
}

impl Sets {
    pub(super) fn members(&self, set: u32) -> &[u32] {
        &self.members[set as usize - 1]
    }

    pub(super) fn containing(&self, wild: u32) -> &[u32] {
        self.containing.get(&wild).map_or(&[], Vec::as_slice)
    }
}

/// The distinct sets of patterns of one kind that components match.
#[derive(Debug, Default)]
pub(super) struct Classes {
    /// Patterns as tokens, by number.
    pub(super) patterns: Vec<Vec<Token>>,
    /// Sets of pattern numbers, each with its class from 1.
    ids: BTreeMap<Vec<u32>, u32>,
    /// The patterns by class; entry 0 is none.
    members: Vec<Vec<u32>>,
    /// The set of stepped patterns by class; entry 0 is none.
    sets: Vec<u32>,
}

impl Classes {
    pub(super) fn class(&mut self, patterns: Vec<u32>) -> u32 {
        if patterns.is_empty() { 0 } else { number(&mut self.ids, patterns) }
    }
}

impl Wilds {
    pub(super) fn build(
        pieces: &Pieces,
        limits: &Limits,
        outcomes: &mut Outcomes,
    ) -> Result<Wilds, Exceeded> {
        let mut classes: [Classes; 3] = Default::default();
        let mut contained = Vec::new();
        for piece in pieces.names.keys() {
            match piece {
                Piece::Wild(WildKind::Contained, tokens) => contained.push(tokens.clone()),
                Piece::Wild(kind, tokens) => {
                    classes[kind.kind() as usize].patterns.push(tokens.clone())
                }
                Piece::Literal(_) | Piece::Any => {}
            }
        }
        for (kind, tokens) in pieces.stepped.keys() {
            classes[*kind as usize].patterns.push(tokens.clone());
        }
        for kind in &mut classes {
            kind.patterns.sort_unstable();
            kind.patterns.dedup();
        }
        let [prefixes, suffixes, generals] = &mut classes;
        let prefix = Trie::build(prefixes, false);
        let suffix = Trie::build(suffixes, true);
        let general = general::Written::build(generals, limits)?;
        let contained = Contained::build(contained)?;
        let mut wilds = Wilds {
            group_sets: Default::default(),
            prefix,
            suffix,
            contained_stride: contained.stride,
            contained,
            general,
            names: pieces.names.clone(),
            classes,
            bytes: Default::default(),
        };
        for kind in [Kind::Prefix, Kind::Suffix, Kind::General] {
            let (sets, bytes) = wilds.finish(kind, &pieces.stepped, outcomes);
            wilds.group_sets[kind as usize + 1] = sets;
            wilds.bytes[kind as usize] = bytes;
        }
        wilds.contained.outcomes(&wilds.names, outcomes);
        Ok(wilds)
    }

    /// Numbers the sets of a kind and writes its classes.
    fn finish(
        &mut self,
        kind: Kind,
        stepped: &BTreeMap<(Kind, Vec<Token>), u32>,
        outcomes: &mut Outcomes,
    ) -> (Sets, Vec<u8>) {
        let classes = &mut self.classes[kind as usize];
        let mut by_class: Vec<_> = classes.ids.iter().map(|(set, &id)| (id, set.clone())).collect();
        by_class.sort_unstable();
        let mut ids = BTreeMap::new();
        let mut bytes = vec![0; 12];
        classes.sets = vec![0];
        classes.members = vec![Vec::new()];
        for (_, patterns) in by_class {
            let tokens = || patterns.iter().map(|&pattern| &classes.patterns[pattern as usize]);
            let mut members: Vec<u32> = tokens()
                .filter_map(|tokens| stepped.get(&(kind, tokens.clone())).copied())
                .collect();
            members.sort_unstable();
            let set = if members.is_empty() { 0 } else { number(&mut ids, members) };
            classes.sets.push(set);
            let (mut last, mut inner) = (Vec::new(), Vec::new());
            for names in tokens().filter_map(|tokens| names_for(&self.names, kind, tokens)) {
                last.extend(&names.last);
                inner.extend(&names.inner);
            }
            classes.members.push(patterns);
            for field in [set, outcomes.intern(last), outcomes.intern(inner)] {
                bytes.extend(field.to_le_bytes());
            }
        }
        let mut sets =
            Sets { kind: Some(kind), members: vec![Vec::new(); ids.len()], ..Sets::default() };
        for (members, set) in ids {
            for &wild in &members {
                sets.containing.entry(wild).or_default().push(set);
            }
            sets.members[set as usize - 1] = members;
        }
        (sets, bytes)
    }

    pub(super) fn sets(&self, group: usize) -> &Sets {
        &self.group_sets[group]
    }

    /// The sets of a literal component, by kind.
    pub(super) fn sets_of(&self, literal: &[u8]) -> [u32; 3] {
        let mut sets = self.class_of(literal);
        for (kind, class) in sets.iter_mut().enumerate() {
            *class = self.classes[kind].sets[*class as usize];
        }
        sets
    }

    /// What wildcard names say about a literal component.
    pub(super) fn names_of(&self, literal: &[u8]) -> Names {
        let mut all = Names::default();
        let mut add = |names: &Names| {
            all.last.extend(&names.last);
            all.inner.extend(&names.inner);
        };
        for (kind, class) in
            [Kind::Prefix, Kind::Suffix, Kind::General].into_iter().zip(self.class_of(literal))
        {
            let classes = &self.classes[kind as usize];
            for &pattern in &classes.members[class as usize] {
                let tokens = &classes.patterns[pattern as usize];
                names_for(&self.names, kind, tokens).into_iter().for_each(&mut add);
            }
        }
        for piece in self.contained.found_in(literal) {
            self.names.get(&piece).into_iter().for_each(&mut add);
        }
        all
    }

    fn class_of(&self, literal: &[u8]) -> [u32; 3] {
        let mut reversed = literal.to_vec();
        reversed.reverse();
        [self.prefix.class(literal), self.suffix.class(&reversed), self.general.class(literal)]
    }

    pub(super) fn write(self, parts: &mut [Vec<u8>]) {
        let Wilds {
            prefix, suffix, contained, general, bytes: [prefixes, suffixes, generals], ..
        } = self;
        parts[Part::PrefixNodes as usize] = prefix.write();
        parts[Part::PrefixClasses as usize] = prefixes;
        parts[Part::SuffixNodes as usize] = suffix.write();
        parts[Part::SuffixClasses as usize] = suffixes;
        parts[Part::Contained as usize] = contained.table;
        parts[Part::ContainedOutcomes as usize] = contained.written;
        parts[Part::GeneralStates as usize] = general.states;
        parts[Part::GeneralCells as usize] = general.cells;
        parts[Part::GeneralRanges as usize] = general.ranges;
        parts[Part::GeneralClasses as usize] = generals;
    }
}

/// The labels of a name pattern of a kind.
fn names_for<'n>(
    names: &'n BTreeMap<Piece, Names>,
    kind: Kind,
    tokens: &[Token],
) -> Option<&'n Names> {
    let wild = match kind {
        Kind::Prefix => WildKind::Prefix,
        Kind::Suffix => WildKind::Suffix,
        Kind::General => WildKind::General,
    };
    names.get(&Piece::Wild(wild, tokens.to_vec()))
}

/// The characters among tokens, as bytes.
pub(super) fn literal(tokens: &[Token]) -> Vec<u8> {
    let characters = tokens.iter().filter_map(|token| match token {
        Token::Char(character) => Some(*character),
        _ => None,
    });
    characters.collect::<String>().into_bytes()
}
