//! Writes the automaton of general wildcards: subset construction over characters.
//! Layout: `matcher/path/general.rs`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::comb::pack;
use super::wild::Classes;
use super::{Exceeded, Limits, most_states};
use crate::matcher::path::general::{General, INHERIT, RANGES, REST};
use crate::matcher::path::{DEAD, START};
use crate::policy::glob::Token;

/// The automaton as it is written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) states: Vec<u8>,
    pub(super) cells: Vec<u8>,
    pub(super) ranges: Vec<u8>,
}

impl Written {
    /// The automaton of all patterns.
    pub(super) fn build(classes: &mut Classes, limits: &Limits) -> Result<Written, Exceeded> {
        if classes.patterns.is_empty() {
            return Ok(Written::default());
        }
        let alphabet = Alphabet::new(&classes.patterns);
        let nfa = Nfa::new(&classes.patterns, &alphabet);
        let mut subsets = Subsets::new(&nfa, limits);
        let (mut rows, mut defaults) = (Vec::new(), vec![DEAD]);
        // The rest first: others are written as what differs from it.
        let rest = subsets.rest()?;
        for state in START.. {
            let Some(nodes) = subsets.nodes.get(state as usize).cloned() else { break };
            let (row, default) = match state {
                REST => {
                    (rest.row.iter().map(|(&symbol, &next)| (symbol, next)).collect(), rest.default)
                }
                _ => subsets.row(&nodes, &rest)?,
            };
            rows.push((state, row));
            defaults.push(default);
        }
        let nodes = subsets.nodes;
        let (bases, cells) = pack(nodes.len(), &mut rows);
        let mut written = Written { ranges: alphabet.bytes(), ..Written::default() };
        for ((nodes, base), default) in nodes.iter().zip(bases).zip(defaults) {
            let ends = nodes.iter().filter_map(|&node| nfa.end(node));
            let ends: BTreeSet<u32> = ends.chain(nfa.always_ends.iter().copied()).collect();
            let class = classes.class(ends.into_iter().collect());
            for field in [base, default, class] {
                written.states.extend(field.to_le_bytes());
            }
        }
        for (check, next) in cells {
            written.cells.extend(check.to_le_bytes());
            written.cells.extend(next.to_le_bytes());
        }
        Ok(written)
    }

    /// The class of a component: as a reader finds it.
    pub(super) fn class(&self, component: &[u8]) -> u32 {
        let Written { states, cells, ranges } = self;
        General { states, cells, ranges }.class(component)
    }
}

/// The characters above ASCII that patterns tell apart.
struct Alphabet {
    /// Ranges of code points, in order; each is in a pattern's token as a whole or
    /// not at all.
    ranges: Vec<(u32, u32)>,
}

impl Alphabet {
    fn new(patterns: &[Vec<Token>]) -> Self {
        // How many tokens' ranges begin less those that end, at a code point.
        let mut borders: BTreeMap<u32, i64> = BTreeMap::new();
        for (first, last) in patterns.iter().flatten().flat_map(characters) {
            let (first, behind) = (first.max(RANGES), last + 1);
            if first < behind {
                *borders.entry(first).or_default() += 1;
                *borders.entry(behind).or_default() -= 1;
            }
        }
        let mut ranges = Vec::new();
        let (mut depth, mut from) = (0, 0);
        for (border, change) in borders {
            if depth > 0 {
                ranges.push((from, border - 1));
            }
            (depth, from) = (depth + change, border);
        }
        Alphabet { ranges }
    }

    /// The symbols of the characters of a token.
    fn symbols(&self, token: &Token) -> Vec<RangeInclusive<u32>> {
        let mut symbols = Vec::new();
        for (first, last) in characters(token) {
            if first < RANGES {
                symbols.push(first..=last.min(RANGES - 1));
            }
            if last >= RANGES {
                let place = |code: u32| self.ranges.partition_point(|&(_, last)| last < code);
                let (first, last) = (place(first.max(RANGES)), place(last));
                symbols.push(first as u32 + RANGES..=last as u32 + RANGES);
            }
        }
        symbols
    }

    fn bytes(&self) -> Vec<u8> {
        let fields = self.ranges.iter().flat_map(|&(first, last)| [first, last]);
        fields.flat_map(u32::to_le_bytes).collect()
    }
}

/// The code points that a token names.
fn characters(token: &Token) -> Vec<(u32, u32)> {
    match token {
        Token::Char(character) => vec![(u32::from(*character), u32::from(*character))],
        Token::AnyChar | Token::AnyRun => Vec::new(),
        Token::Class { ranges, .. } => {
            ranges.iter().map(|&(first, last)| (u32::from(first), u32::from(last))).collect()
        }
    }
}

/// What one token of a pattern takes.
enum Step {
    /// Any unit, and stays.
    Run,
    Any,
    Of(Vec<RangeInclusive<u32>>),
    NotOf(Vec<RangeInclusive<u32>>),
    /// The pattern ends.
    End(u32),
}

/// All patterns, one after the other: a node leads to the next.
#[derive(Default)]
struct Nfa {
    steps: Vec<Step>,
    starts: Vec<u32>,
    /// The nodes that every state has: those of patterns that begin with a run.
    always: BTreeSet<u32>,
    /// The patterns that end at one of these.
    always_ends: Vec<u32>,
}

impl Nfa {
    fn new(patterns: &[Vec<Token>], alphabet: &Alphabet) -> Nfa {
        let mut nfa = Nfa::default();
        for (number, pattern) in patterns.iter().enumerate() {
            nfa.starts.push(nfa.steps.len() as u32);
            nfa.steps.extend(pattern.iter().map(|token| match token {
                Token::AnyRun => Step::Run,
                Token::AnyChar => Step::Any,
                Token::Class { negated: true, .. } => Step::NotOf(alphabet.symbols(token)),
                Token::Class { .. } | Token::Char(_) => Step::Of(alphabet.symbols(token)),
            }));
            nfa.steps.push(Step::End(number as u32));
        }
        let runs = nfa.starts.iter().filter(|&&start| matches!(nfa.step(start), Step::Run));
        nfa.always = nfa.closure(runs.copied()).into_iter().collect();
        nfa.always_ends = nfa.always.iter().filter_map(|&node| nfa.end(node)).collect();
        nfa
    }

    fn step(&self, node: u32) -> &Step {
        &self.steps[node as usize]
    }

    fn end(&self, node: u32) -> Option<u32> {
        match self.step(node) {
            Step::End(pattern) => Some(*pattern),
            _ => None,
        }
    }

    /// Nodes and what can be reached from them by runs of nothing, in order, but
    /// for those that are in every state.
    fn closure(&self, nodes: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut closure = Vec::new();
        for mut node in nodes {
            while !self.always.contains(&node) {
                closure.push(node);
                if !matches!(self.step(node), Step::Run) {
                    break;
                }
                node += 1;
            }
        }
        closure.sort_unstable();
        closure.dedup();
        closure
    }
}

/// Where a set of nodes leads.
#[derive(Default)]
struct Edges<'n> {
    /// By every unit.
    every: Vec<u32>,
    /// By every unit but these.
    but: Vec<(u32, &'n [RangeInclusive<u32>])>,
    /// By these.
    by: BTreeMap<u32, Vec<u32>>,
    /// The symbols that lead elsewhere than most units.
    told_apart: BTreeSet<u32>,
    /// How much work it is to find where one symbol leads.
    work: usize,
}

impl Edges<'_> {
    /// Whether a unit that no pattern names leads on.
    fn goes_on(&self) -> bool {
        !self.every.is_empty() || !self.but.is_empty()
    }

    fn targets(&self, symbol: Option<u32>) -> impl Iterator<Item = u32> {
        let but = self.but.iter().filter(move |(_, symbols)| {
            !symbol.is_some_and(|symbol| symbols.iter().any(|range| range.contains(&symbol)))
        });
        let by = symbol.and_then(|symbol| self.by.get(&symbol)).into_iter().flatten();
        self.every.iter().copied().chain(but.map(|&(target, _)| target)).chain(by.copied())
    }
}

/// The state in which only what may begin anywhere goes on.
struct Rest<'n> {
    edges: Edges<'n>,
    row: BTreeMap<u32, u32>,
    default: u32,
}

/// The states found so far: sets of nodes, without those that are in every state.
struct Subsets<'n> {
    nfa: &'n Nfa,
    nodes: Vec<Vec<u32>>,
    ids: BTreeMap<Vec<u32>, u32>,
    /// How many states there may be.
    most: usize,
    work: usize,
    most_work: usize,
}

impl<'n> Subsets<'n> {
    fn new(nfa: &'n Nfa, limits: &Limits) -> Self {
        let start = nfa.closure(nfa.starts.iter().copied());
        // Where nothing begins anywhere, the rest is dead.
        let rest = if nfa.always.is_empty() { DEAD } else { REST };
        let mut ids = BTreeMap::from([(start.clone(), START)]);
        ids.insert(Vec::new(), rest);
        Subsets {
            nfa,
            nodes: vec![Vec::new(), start, Vec::new()],
            ids,
            most: most_states(nfa.steps.len(), limits),
            work: 0,
            most_work: limits.work,
        }
    }

    fn rest(&mut self) -> Result<Rest<'n>, Exceeded> {
        let (nfa, none) = (self.nfa, Edges::default());
        let edges = self.edges(nfa.always.iter().copied())?;
        let default = self.target(None, [&edges, &none])?;
        let mut row = BTreeMap::new();
        for &symbol in &edges.told_apart {
            row.insert(symbol, self.target(Some(symbol), [&edges, &none])?);
        }
        Ok(Rest { edges, row, default })
    }

    /// The cells of a state that differ from what counts without them, and that.
    fn row(&mut self, nodes: &[u32], rest: &Rest<'n>) -> Result<(Vec<(u32, u32)>, u32), Exceeded> {
        let own = self.edges(nodes.iter().copied())?;
        let inherits = !own.goes_on() && !self.nfa.always.is_empty();
        let mut told_apart = own.told_apart.clone();
        let default = if inherits {
            INHERIT
        } else {
            told_apart.extend(&rest.edges.told_apart);
            self.target(None, [&own, &rest.edges])?
        };
        let mut row = Vec::new();
        for symbol in told_apart {
            let next = self.target(Some(symbol), [&own, &rest.edges])?;
            let without = match default {
                INHERIT => rest.row.get(&symbol).copied().unwrap_or(rest.default),
                default => default,
            };
            if next != without {
                row.push((symbol, next));
            }
        }
        Ok((row, default))
    }

    fn edges(&mut self, nodes: impl Iterator<Item = u32>) -> Result<Edges<'n>, Exceeded> {
        let mut edges = Edges::default();
        for node in nodes {
            let step = self.nfa.step(node);
            let symbols: &[RangeInclusive<u32>] = match step {
                Step::Of(symbols) | Step::NotOf(symbols) => symbols,
                Step::Run | Step::Any | Step::End(_) => &[],
            };
            self.count(1 + symbols.iter().map(|range| range.clone().count()).sum::<usize>())?;
            let each = || symbols.iter().cloned().flatten();
            edges.told_apart.extend(each());
            match step {
                // It stays where it is, which every state has.
                Step::Run if self.nfa.always.contains(&node) => {}
                Step::Run => edges.every.push(node),
                Step::Any => edges.every.push(node + 1),
                Step::Of(_) => {
                    each().for_each(|symbol| edges.by.entry(symbol).or_default().push(node + 1));
                }
                Step::NotOf(symbols) => {
                    edges.work += symbols.len();
                    edges.but.push((node + 1, symbols));
                }
                Step::End(_) => {}
            }
        }
        Ok(edges)
    }

    /// The state after one unit.
    fn target(&mut self, symbol: Option<u32>, edges: [&Edges<'n>; 2]) -> Result<u32, Exceeded> {
        self.count(edges.iter().map(|edges| edges.work).sum())?;
        let targets = edges.into_iter().flat_map(|edges| edges.targets(symbol));
        let nodes = self.nfa.closure(targets);
        self.count(1 + nodes.len())?;
        if let Some(&id) = self.ids.get(&nodes) {
            return Ok(id);
        }
        let id = self.nodes.len() as u32;
        if self.nodes.len() > self.most {
            return Err(Exceeded { what: "states for its wildcards", limit: self.most });
        }
        self.nodes.push(nodes.clone());
        self.ids.insert(nodes, id);
        Ok(id)
    }

    fn count(&mut self, steps: usize) -> Result<(), Exceeded> {
        self.work = self.work.saturating_add(steps);
        if self.work > self.most_work {
            return Err(Exceeded { what: "steps for its wildcards", limit: self.most_work });
        }
        Ok(())
    }
}
