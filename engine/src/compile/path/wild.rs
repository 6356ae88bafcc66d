//! Wildcard components: tries for `lit*` and `*lit`, an Aho-Corasick automaton
//! for `*lit*`, a dense one for all others.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, Repetition,
};

use super::comb::pack;
use super::piece::{Names, Part as Piece, Pieces, WildKind};
use super::{Exceeded, Limits, number};
use crate::compile::outcome::Outcomes;
use crate::matcher::path::{GROUPS, Kind, NO_CHARACTER, Part, START};
use crate::policy::glob::Token;

/// The wildcard components of a table.
#[derive(Debug)]
pub(super) struct Wilds {
    classes: [Classes; 3],
    group_sets: [Sets; GROUPS],
    prefix: Trie,
    suffix: Trie,
    contained: Contained,
    general: General,
    names: BTreeMap<Piece, Names>,
    pub(super) contained_stride: u32,
    pub(super) general_stride: u32,
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
struct Classes {
    /// Patterns as tokens, by number.
    patterns: Vec<Vec<Token>>,
    /// Sets of pattern numbers, each with its class from 1.
    ids: BTreeMap<Vec<u32>, u32>,
    /// The set of stepped patterns by class; entry 0 is none.
    sets: Vec<u32>,
}

impl Classes {
    fn class(&mut self, patterns: Vec<u32>) -> u32 {
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
                Piece::Wild(WildKind::Contained, tokens) => contained.push(literal(tokens)),
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
        let general = General::build(generals, limits)?;
        let contained = Contained::build(contained);
        let mut wilds = Wilds {
            group_sets: Default::default(),
            prefix,
            suffix,
            contained_stride: contained.stride,
            general_stride: general.stride,
            contained,
            general,
            names: pieces.names.clone(),
            classes,
            bytes: Default::default(),
        };
        wilds.contained.check()?;
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
            let Some((patterns, _)) = classes.ids.iter().find(|&(_, &id)| id == class) else {
                continue;
            };
            for &pattern in patterns {
                if let Some(names) =
                    names_for(&self.names, kind, &classes.patterns[pattern as usize])
                {
                    add(names);
                }
            }
        }
        for (piece, names) in &self.names {
            if let Piece::Wild(WildKind::Contained, tokens) = piece {
                let wanted = self::literal(tokens);
                if wanted.is_empty() || literal.windows(wanted.len()).any(|part| part == wanted) {
                    add(names);
                }
            }
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
        (parts[Part::PrefixStates as usize], parts[Part::PrefixCells as usize]) = prefix.write();
        parts[Part::PrefixClasses as usize] = prefixes;
        (parts[Part::SuffixStates as usize], parts[Part::SuffixCells as usize]) = suffix.write();
        parts[Part::SuffixClasses as usize] = suffixes;
        parts[Part::Contained as usize] = contained.table;
        parts[Part::ContainedOutcomes as usize] = contained.written;
        parts[Part::General as usize] = general.table;
        parts[Part::GeneralAccepts as usize] =
            general.accepts.iter().flat_map(|class| class.to_le_bytes()).collect();
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
fn literal(tokens: &[Token]) -> Vec<u8> {
    let characters = tokens.iter().filter_map(|token| match token {
        Token::Char(character) => Some(*character),
        _ => None,
    });
    characters.collect::<String>().into_bytes()
}

/// A trie whose states know the class of all patterns on the way to them.
#[derive(Debug)]
struct Trie {
    states: Vec<BTreeMap<u8, u32>>,
    classes: Vec<u32>,
}

impl Trie {
    fn build(classes: &mut Classes, reversed: bool) -> Trie {
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

    fn class(&self, bytes: &[u8]) -> u32 {
        let mut state = START;
        for byte in bytes {
            match self.states[state as usize].get(byte) {
                Some(&next) => state = next,
                None => break,
            }
        }
        self.classes[state as usize]
    }

    fn write(&self) -> (Vec<u8>, Vec<u8>) {
        if self.classes.iter().all(|&class| class == 0) {
            return (Vec::new(), Vec::new());
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
        let states = bases.iter().zip(&self.classes);
        let bytes = |(a, b): (u32, u32)| [a.to_le_bytes(), b.to_le_bytes()];
        let states = states.flat_map(|(&base, &class)| bytes((base, class)));
        (states.flatten().collect(), cells.into_iter().flat_map(bytes).flatten().collect())
    }
}

/// An Aho-Corasick automaton; every state knows all literals that end there.
#[derive(Debug, Default)]
struct Contained {
    literals: Vec<Vec<u8>>,
    /// The literals that end in a state, by their number.
    ends: Vec<Vec<usize>>,
    stride: u32,
    table: Vec<u8>,
    written: Vec<u8>,
}

impl Contained {
    fn build(literals: Vec<Vec<u8>>) -> Contained {
        if literals.is_empty() {
            return Contained::default();
        }
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
        Contained { literals, ends, stride: classes, table, written: Vec::new() }
    }

    fn check(&self) -> Result<(), Exceeded> {
        let limit = usize::from(u16::MAX);
        if self.ends.len() > limit {
            return Err(Exceeded { what: "states for names `*text*`", limit });
        }
        Ok(())
    }

    fn outcomes(&mut self, names: &BTreeMap<Piece, Names>, outcomes: &mut Outcomes) {
        let by_literal: BTreeMap<Vec<u8>, &Names> = names
            .iter()
            .filter_map(|(piece, names)| match piece {
                Piece::Wild(WildKind::Contained, tokens) => Some((literal(tokens), names)),
                _ => None,
            })
            .collect();
        for ends in &self.ends {
            let (mut last, mut inner) = (Vec::new(), Vec::new());
            for &end in ends {
                last.extend(&by_literal[&self.literals[end]].last);
                inner.extend(&by_literal[&self.literals[end]].inner);
            }
            self.written.extend(outcomes.intern(last).to_le_bytes());
            self.written.extend(outcomes.intern(inner).to_le_bytes());
        }
    }
}

/// The automaton of all other wildcards.
#[derive(Debug, Default)]
struct General {
    stride: u32,
    table: Vec<u8>,
    /// The class by state.
    accepts: Vec<u32>,
}

impl General {
    fn build(classes: &mut Classes, limits: &Limits) -> Result<General, Exceeded> {
        if classes.patterns.is_empty() {
            return Ok(General::default());
        }
        let size = Exceeded { what: "bytes for its wildcards", limit: limits.general };
        let hirs: Vec<Hir> = classes.patterns.iter().map(|tokens| hir(tokens)).collect();
        // One pattern that explodes is told early: filling all the room with its
        // states takes seconds, and finding out whose they are as long again.
        let single = Exceeded { what: "bytes for its wildcards", limit: limits.single };
        for (hir, tokens) in hirs.iter().zip(&classes.patterns) {
            if may_explode(tokens) {
                dense(core::slice::from_ref(hir), single)?;
            }
        }
        export(&dense(&hirs, size)?, classes)
    }

    /// The class of a component at compile time: as a reader would find it.
    fn class(&self, component: &[u8]) -> u32 {
        if self.table.is_empty() {
            return 0;
        }
        let mut state = START;
        let mut step = |byte: u8| {
            let class = u32::from(self.table[usize::from(byte)]);
            let at = 256 + ((state * self.stride + class) * 2) as usize;
            state = u32::from(u16::from_le_bytes([self.table[at], self.table[at + 1]]));
        };
        for chunk in component.utf8_chunks() {
            chunk.valid().bytes().for_each(&mut step);
            chunk.invalid().iter().for_each(|_| step(NO_CHARACTER));
        }
        self.accepts[state as usize]
    }
}

/// A dense automaton of patterns.
fn dense(hirs: &[Hir], size: Exceeded) -> Result<dense::DFA<Vec<u32>>, Exceeded> {
    let nfa = thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).shrink(false))
        .build_many_from_hir(hirs)
        .map_err(|_| size)?;
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(StartKind::Anchored)
                .dfa_size_limit(Some(size.limit))
                .determinize_size_limit(Some(size.limit)),
        )
        .build_from_nfa(&nfa)
        .map_err(|_| size)
}

/// Whether a pattern may have very many states: behind a run every unit that may
/// be several characters doubles them, and behind many runs they are large.
fn may_explode(tokens: &[Token]) -> bool {
    let behind = tokens.iter().skip_while(|token| **token != Token::AnyRun);
    let (runs, units): (Vec<_>, Vec<_>) = behind
        .filter(|token| !matches!(token, Token::Char(_)))
        .partition(|token| **token == Token::AnyRun);
    units.len() > 8 || runs.len() > 32
}

/// Copies the reachable states of a dense automaton into a table of our own.
fn export(dfa: &dense::DFA<Vec<u32>>, classes: &mut Classes) -> Result<General, Exceeded> {
    let limit = usize::from(u16::MAX);
    let byte_classes: Vec<u8> = (0..=255).map(|byte| dfa.byte_classes().get(byte)).collect();
    let stride = u32::from(byte_classes.iter().copied().max().unwrap_or(0)) + 1;
    let mut representatives = vec![0u8; stride as usize];
    for byte in 0..=255u8 {
        representatives[usize::from(byte_classes[usize::from(byte)])] = byte;
    }
    let anchored = regex_automata::util::start::Config::new().anchored(Anchored::Yes);
    let start = dfa.start_state(&anchored).unwrap_or_default();
    let mut ids: BTreeMap<StateID, u32> = BTreeMap::from([(start, START)]);
    let mut order = vec![start];
    let mut rows: Vec<u16> = vec![0; stride as usize];
    let mut accepts = vec![0];
    let mut at = 0;
    while let Some(&state) = order.get(at) {
        at += 1;
        let end = dfa.next_eoi_state(state);
        let patterns = if dfa.is_match_state(end) {
            let mut patterns: Vec<u32> = (0..dfa.match_len(end))
                .map(|match_at| dfa.match_pattern(end, match_at).as_u32())
                .collect();
            patterns.sort_unstable();
            patterns.dedup();
            patterns
        } else {
            Vec::new()
        };
        accepts.push(classes.class(patterns));
        for &byte in &representatives {
            let next = dfa.next_state(state, byte);
            let id = if dfa.is_dead_state(next) {
                0
            } else {
                let fresh = order.len() as u32 + 1;
                let id = *ids.entry(next).or_insert(fresh);
                if id == fresh {
                    order.push(next);
                }
                id
            };
            rows.push(id as u16);
        }
        if order.len() > limit {
            return Err(Exceeded { what: "states for its wildcards", limit });
        }
    }
    let mut table = byte_classes;
    table.extend(rows.iter().flat_map(|state| state.to_le_bytes()));
    Ok(General { stride, table, accepts })
}

/// A wildcard component over characters and [`NO_CHARACTER`].
fn hir(tokens: &[Token]) -> Hir {
    Hir::concat(
        tokens
            .iter()
            .map(|token| match token {
                Token::Char(character) => {
                    Hir::literal(character.encode_utf8(&mut [0; 4]).as_bytes())
                }
                Token::AnyChar => any_unit(),
                Token::AnyRun => Hir::repetition(Repetition {
                    min: 0,
                    max: None,
                    greedy: true,
                    sub: alloc::boxed::Box::new(any_unit()),
                }),
                Token::Class { negated, ranges } => {
                    let mut class = ClassUnicode::new(
                        ranges.iter().map(|&(first, last)| ClassUnicodeRange::new(first, last)),
                    );
                    if *negated {
                        class.negate();
                    }
                    let class = Hir::class(Class::Unicode(class));
                    if *negated { Hir::alternation(vec![class, no_character()]) } else { class }
                }
            })
            .collect(),
    )
}

fn any_unit() -> Hir {
    let all = ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)]);
    Hir::alternation(vec![Hir::class(Class::Unicode(all)), no_character()])
}

fn no_character() -> Hir {
    Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(NO_CHARACTER, NO_CHARACTER)])))
}
