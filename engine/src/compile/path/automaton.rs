//! Automata over components: subset construction, then packing.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use super::comb::pack;
use super::piece::Edge;
use super::wild::Sets;
use super::{Exceeded, Limits, Symbols, most_states};
use crate::compile::outcome::{Label, Outcomes};
use crate::matcher::path::{
    DEAD, EMIT_INNER, EMIT_LAST, LEAF, MAX_CONDITIONS, NO_REGISTER, PURE, SET_REGISTER, SETS, START,
};

/// What happens when a piece has matched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Output {
    /// The piece before must have matched, as this register says.
    pub(super) required: Option<u32>,
    /// In components.
    pub(super) length: u32,
    pub(super) effect: Effect,
}

/// What a matching piece does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    /// The pattern matches, here or below.
    Emit { below: bool, label: Label },
    /// The next piece may follow.
    Set(u32),
}

/// A trie of pieces.
#[derive(Debug, Default)]
pub(super) struct Nfa {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    edges: BTreeMap<Edge, u32>,
    outputs: Vec<Output>,
    /// Some component that is no literal leads here.
    led_by_wild: bool,
    /// One leads here, or on from here.
    wild: bool,
}

impl Nfa {
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn insert(&mut self, path: &[Edge], output: Output) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut node = 0;
        for edge in path {
            let next = self.nodes.len() as u32;
            let from = &mut self.nodes[node as usize];
            let led_by_wild = from.led_by_wild || !matches!(edge, Edge::Literal(_));
            from.wild |= led_by_wild;
            node = *from.edges.entry(edge.clone()).or_insert(next);
            if node == next {
                self.nodes.push(Node { wild: led_by_wild, led_by_wild, ..Node::default() });
            }
        }
        let outputs = &mut self.nodes[node as usize].outputs;
        if !outputs.contains(&output) {
            outputs.push(output);
        }
    }
}

/// The automata of a table, packed together.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) states: Vec<u8>,
    pub(super) cells: Vec<u8>,
    pub(super) conditions: Vec<u8>,
}

impl Default for Packed {
    fn default() -> Self {
        // State 0 is dead.
        Packed { states: vec![0; STATE], cells: Vec::new(), conditions: Vec::new() }
    }
}

/// The bytes of a state and of a cell.
const STATE: usize = 24;
const CELL: usize = 8;

impl Packed {
    /// Builds an automaton and says where it starts; a floating one may begin
    /// anywhere, so that its root is in every state and rows hold only what
    /// differs from the root's.
    pub(super) fn add(
        &mut self,
        nfa: &Nfa,
        floats: bool,
        symbols: &Symbols,
        sets: &Sets,
        limits: &Limits,
        outcomes: &mut Outcomes,
    ) -> Result<u32, Exceeded> {
        let mut subsets = Subsets::new(nfa, floats, symbols, sets, limits);
        let mut rows = Vec::new();
        let mut states = vec![(DEAD, LEAF)];
        let mut state = START;
        let set_base = symbols.ids.len() as u32;
        while let Some(nodes) = subsets.nodes.get(state as usize).cloned() {
            let (row, default) = subsets.row(state, &nodes)?;
            let has_sets =
                !subsets.root.sets.is_empty() || row.iter().any(|cell| cell.0 > set_base);
            let is_leaf = row.is_empty() && default == DEAD;
            let is_pure = !floats && nodes.iter().all(|&node| !nfa.nodes[node as usize].wild);
            let flags = (u16::from(has_sets) * SETS)
                | (u16::from(is_leaf) * LEAF)
                | (u16::from(is_pure) * PURE);
            rows.push((state, row));
            states.push((default, flags));
            state += 1;
        }
        let nodes = subsets.nodes;
        let (bases, cells) = pack(nodes.len(), &mut rows);
        // States and cells come behind those of the automata before.
        let first_state = (self.states.len() / STATE) as u32 - START;
        let first_cell = (self.cells.len() / CELL) as u32;
        let moved = |state: u32| if state == DEAD { DEAD } else { state + first_state };
        for (index, nodes) in nodes.iter().enumerate().skip(1) {
            let (default, flags) = states[index];
            let [last, inner, first, count] = outputs(nfa, nodes, &mut self.conditions, outcomes)?;
            let base = bases[index].wrapping_add(first_cell);
            let counts = count | u32::from(flags) << 16;
            for field in [base, moved(default), last, inner, first, counts] {
                self.states.extend(field.to_le_bytes());
            }
        }
        for (check, next) in cells {
            self.cells.extend(moved(check).to_le_bytes());
            self.cells.extend(moved(next).to_le_bytes());
        }
        Ok(moved(START))
    }
}

/// The states found so far: sets of nodes of the NFA.
struct Subsets<'n> {
    nfa: &'n Nfa,
    floats: bool,
    symbols: &'n Symbols,
    sets: &'n Sets,
    limits: &'n Limits,
    nodes: Vec<Vec<u32>>,
    ids: BTreeMap<Vec<u32>, u32>,
    /// How many states there may be.
    most: usize,
    work: usize,
    root: Root,
}

/// The root's own row, which floating states fall back to.
#[derive(Default)]
struct Root {
    symbols: BTreeMap<u32, u32>,
    sets: BTreeMap<u32, u32>,
}

/// The edges of a set of nodes.
#[derive(Default)]
struct Edges {
    literals: BTreeMap<u32, Vec<u32>>,
    wilds: BTreeMap<u32, Vec<u32>>,
    any: Vec<u32>,
}

impl<'n> Subsets<'n> {
    fn new(
        nfa: &'n Nfa,
        floats: bool,
        symbols: &'n Symbols,
        sets: &'n Sets,
        limits: &'n Limits,
    ) -> Self {
        // A floating state names its nodes without the root, which is always in it.
        let start = if floats { Vec::new() } else { vec![0] };
        let mut ids = BTreeMap::from([(start.clone(), START)]);
        if !floats {
            ids.insert(Vec::new(), DEAD);
        }
        Subsets {
            nfa,
            floats,
            symbols,
            sets,
            limits,
            nodes: vec![Vec::new(), start],
            ids,
            most: most_states(nfa.nodes.len(), limits),
            work: 0,
            root: Root::default(),
        }
    }

    /// The transitions of a state that its fallbacks do not give, and its default.
    fn row(&mut self, state: u32, nodes: &[u32]) -> Result<(Vec<(u32, u32)>, u32), Exceeded> {
        let own = self.edges(nodes)?;
        let root = if self.floats { self.edges(&[0])? } else { Edges::default() };
        let default = self.target(&own, &root, None, 0)?;
        let mut row = Vec::new();
        let set_base = self.symbols.ids.len() as u32;

        let wilds = own.wilds.keys().chain(root.wilds.keys().filter(|_| {
            // The root's sets lead elsewhere only where every component does.
            state == START || !own.any.is_empty()
        }));
        let candidates: BTreeSet<u32> =
            wilds.flat_map(|wild| self.sets.containing(*wild)).copied().collect();
        let mut set_targets = BTreeMap::new();
        for set in candidates {
            let target = self.target(&own, &root, None, set)?;
            let fallback = self.root.sets.get(&set).copied().unwrap_or(default);
            if target != fallback || state == START {
                row.push((set_base + set, target));
                set_targets.insert(set, target);
            }
        }
        let mut candidates: BTreeSet<u32> = own.literals.keys().copied().collect();
        if state == START || !own.any.is_empty() || !own.wilds.is_empty() {
            candidates.extend(root.literals.keys());
        }
        let mut symbol_targets = BTreeMap::new();
        for symbol in candidates {
            let set = self.set_of(symbol);
            let target = self.target(&own, &root, Some(symbol), set)?;
            let fallback = self.root.symbols.get(&symbol).copied().unwrap_or_else(|| {
                let own = set_targets.get(&set).or_else(|| self.root.sets.get(&set));
                own.copied().unwrap_or(default)
            });
            if target != fallback || state == START {
                row.push((symbol, target));
                symbol_targets.insert(symbol, target);
            }
        }
        if self.floats && state == START {
            self.root = Root { symbols: symbol_targets, sets: set_targets };
        }
        Ok((row, default))
    }

    fn set_of(&self, symbol: u32) -> u32 {
        match self.sets.kind {
            Some(kind) => self.symbols.sets[symbol as usize][kind as usize],
            None => 0,
        }
    }

    fn edges(&mut self, nodes: &[u32]) -> Result<Edges, Exceeded> {
        let mut edges = Edges::default();
        for &node in nodes {
            for (edge, &target) in &self.nfa.nodes[node as usize].edges {
                self.work += 1;
                match edge {
                    Edge::Literal(literal) => {
                        let symbol = self.symbols.ids[literal];
                        edges.literals.entry(symbol).or_default().push(target);
                    }
                    Edge::Wild(wild) => edges.wilds.entry(*wild).or_default().push(target),
                    Edge::Any => edges.any.push(target),
                }
            }
        }
        self.check_work()?;
        Ok(edges)
    }

    /// The state after one component.
    fn target(
        &mut self,
        own: &Edges,
        root: &Edges,
        symbol: Option<u32>,
        set: u32,
    ) -> Result<u32, Exceeded> {
        let mut nodes = Vec::new();
        for edges in [own, root] {
            nodes.extend(&edges.any);
            if let Some(targets) = symbol.and_then(|symbol| edges.literals.get(&symbol)) {
                nodes.extend(targets);
            }
            if set != 0 && !edges.wilds.is_empty() {
                for wild in self.sets.members(set) {
                    nodes.extend(edges.wilds.get(wild).into_iter().flatten());
                }
                self.work += self.sets.members(set).len();
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        self.work += nodes.len() + 1;
        self.check_work()?;
        if let Some(&id) = self.ids.get(&nodes) {
            return Ok(id);
        }
        let id = self.nodes.len() as u32;
        if self.nodes.len() > self.most {
            return Err(Exceeded { what: "automaton states", limit: self.most });
        }
        self.nodes.push(nodes.clone());
        self.ids.insert(nodes, id);
        Ok(id)
    }

    fn check_work(&self) -> Result<(), Exceeded> {
        if self.work > self.limits.work {
            return Err(Exceeded { what: "steps to build its automaton", limit: self.limits.work });
        }
        Ok(())
    }
}

/// The outcomes of a state and its conditions: last, inner, first, count.
fn outputs(
    nfa: &Nfa,
    nodes: &[u32],
    conditions: &mut Vec<u8>,
    outcomes: &mut Outcomes,
) -> Result<[u32; 4], Exceeded> {
    let (mut last, mut inner) = (Vec::new(), Vec::new());
    let mut emitted: BTreeMap<(u32, u32, bool), Vec<Label>> = BTreeMap::new();
    let mut set: BTreeSet<(u32, u32, u32)> = BTreeSet::new();
    for output in nodes.iter().flat_map(|&node| &nfa.nodes[node as usize].outputs) {
        let required = output.required.unwrap_or(u32::from(NO_REGISTER));
        match output.effect {
            Effect::Emit { below, label } if output.required.is_none() => {
                if below {
                    inner.push(label)
                } else {
                    last.push(label)
                }
            }
            Effect::Emit { below, label } => {
                emitted.entry((required, output.length, below)).or_default().push(label);
            }
            Effect::Set(register) => {
                // Without a requirement the length of the piece means nothing.
                let length = output.required.map_or(0, |_| output.length);
                set.insert((required, length, register));
            }
        }
    }
    let count = (emitted.len() + set.len()) as u32;
    if count > u32::from(MAX_CONDITIONS) {
        return Err(Exceeded {
            what: "ends behind `**` at one place",
            limit: MAX_CONDITIONS as usize,
        });
    }
    let first = (conditions.len() / 12) as u32;
    let mut write = |(required, length): (u32, u32), effect: u32, value: u32| {
        conditions.extend((required as u16).to_le_bytes());
        conditions.extend((length as u16).to_le_bytes());
        conditions.extend(effect.to_le_bytes());
        conditions.extend(value.to_le_bytes());
    };
    for ((required, length, below), labels) in emitted {
        let effect = if below { EMIT_INNER } else { EMIT_LAST };
        write((required, length), effect, outcomes.intern(labels));
    }
    for (required, length, register) in set {
        write((required, length), SET_REGISTER, register);
    }
    Ok([outcomes.intern(last), outcomes.intern(inner), first, count])
}
