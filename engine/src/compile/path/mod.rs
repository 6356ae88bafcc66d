//! Writes tables of path patterns; layout and method: `matcher/path/mod.rs`.

mod automaton;
mod comb;
mod contained;
mod general;
mod lead;
mod piece;
mod register;
#[cfg(test)]
mod tests;
mod trie;
mod wild;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use super::outcome::{Label, Outcomes};
use super::text;
use crate::matcher::path::{
    GROUPS, HEADER_FIELDS, Header, INNER_NAMES, LAST_NAMES, PARTS, Part, TRAILING, WILD_NAMES,
};
use crate::matcher::text::Tag;
use crate::policy::glob::{Component, Glob};
use automaton::{Nfa, Packed};
use piece::{Names, Pieces};
use wild::Wilds;

/// What a table may cost to build and hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// States of one automaton, however many patterns there are.
    pub(crate) states: usize,
    /// Steps of its construction.
    pub(crate) work: usize,
    /// Registers, one for each different rest of a pattern behind a `**`.
    pub(crate) registers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { states: 1 << 18, work: 20_000_000, registers: crate::matcher::path::MAX_REGISTERS }
    }
}

/// A pattern made the table larger than its limits allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooComplex {
    /// Which pattern: as given to [`PathTableBuilder::add`].
    pub(crate) source: u32,
    /// What there was too much of.
    pub(crate) what: &'static str,
    /// The limit.
    pub(crate) limit: u64,
}

/// How many states an automaton may have for each step of its patterns, and how
/// many beyond. Wildcards that multiply them show it long before memory or time
/// run out.
const GROWTH: usize = 8;
const FREE_STATES: usize = 1 << 15;

fn most_states(steps: usize, limits: &Limits) -> usize {
    limits.states.min(steps * GROWTH + FREE_STATES)
}

/// Too much of something, whoever's fault it is.
#[derive(Clone, Copy, Debug)]
struct Exceeded {
    what: &'static str,
    limit: usize,
}

/// Collects patterns.
#[derive(Debug)]
pub(crate) struct PathTableBuilder {
    limits: Limits,
    /// Paths are looked up by their leads, too.
    leads: bool,
    patterns: Vec<Added>,
}

impl PathTableBuilder {
    /// For Linux paths; those of Windows and registry keys have no leads, as they
    /// are folded component by component.
    pub(crate) fn new(limits: Limits, linux_paths: bool) -> Self {
        PathTableBuilder { limits, leads: linux_paths, patterns: Vec::new() }
    }

    /// Adds a pattern; `above` labels the directories above it, `source` names it
    /// in errors.
    pub(crate) fn add(&mut self, glob: Glob, label: Label, above: Option<Above>, source: u32) {
        self.patterns.push(Added { glob, label, above, source });
    }

    /// The table.
    ///
    /// # Errors
    ///
    /// The first pattern with which the limits are exceeded.
    pub(crate) fn build(self, outcomes: &mut Outcomes) -> Result<Vec<u8>, TooComplex> {
        let mut exceeded = match table(&self.patterns, &self.limits, outcomes) {
            Ok(mut written) => {
                let globs = self.patterns.iter().map(|added| &added.glob).filter(|_| self.leads);
                let leads = lead::write(globs, &written.join(), outcomes);
                written.parts[Part::Leads as usize] = leads.leads;
                written.parts[Part::LeadWalks as usize] = leads.walks;
                written.parts[Part::LeadRegisters as usize] = leads.registers;
                return Ok(written.join());
            }
            Err(exceeded) => exceeded,
        };
        // The smallest number of patterns that is too many; outcomes of the
        // attempts do not matter, nothing is compiled. Few are tried before many,
        // because they are refused sooner.
        let (mut fits, mut fails, mut middle) = (0, self.patterns.len(), 1);
        while fails - fits > 1 {
            match table(&self.patterns[..middle], &self.limits, &mut Outcomes::default()) {
                Ok(_) => fits = middle,
                Err(sooner) => (fails, exceeded) = (middle, sooner),
            }
            middle = (fits * 2).clamp(fits + 1, (fits + (fails - fits) / 2).max(fits + 1));
        }
        let source = self.patterns[fails - 1].source;
        Err(TooComplex { source, what: exceeded.what, limit: exceeded.limit as u64 })
    }
}

/// What it means to match a directory above a pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Above {
    /// Of directories that are spelt out.
    Literal(Label),
    /// Also of those in which wildcards stand, up to a `**`.
    Wild(Label),
}

/// A pattern as it was added.
#[derive(Debug)]
struct Added {
    glob: Glob,
    label: Label,
    above: Option<Above>,
    source: u32,
}

/// How many directories above a pattern count: a deep path has many, so that they
/// are not kept as patterns.
fn directories(glob: &Glob, above: Above) -> usize {
    let counts = |component: &&Component| match component {
        Component::Literal(_) => true,
        Component::Wild(_) => matches!(above, Above::Wild(_)),
        Component::AnyDepth => false,
    };
    let lead = glob.components.iter().take_while(counts).count();
    lead.min(glob.components.len().saturating_sub(1))
}

/// Builds the whole table.
fn table(patterns: &[Added], limits: &Limits, outcomes: &mut Outcomes) -> Result<Table, Exceeded> {
    let mut pieces = Pieces::default();
    let mut work = 0usize;
    let mut known = BTreeSet::new();
    for Added { glob, label, above, .. } in patterns {
        pieces.add(&glob.components, *label);
        let Some(above) = *above else { continue };
        let (Above::Literal(label) | Above::Wild(label)) = above;
        for length in (1..=directories(glob, above)).rev() {
            work = work.saturating_add(length);
            if work > limits.work {
                return Err(Exceeded {
                    what: "steps for the directories above",
                    limit: limits.work,
                });
            }
            // Those above it have been added with it.
            if !known.insert((label, &glob.components[..length])) {
                break;
            }
            pieces.add(&glob.components[..length], label);
        }
    }
    drop(known);
    pieces.place(limits)?;
    let wilds = Wilds::build(&pieces, limits, outcomes)?;
    let symbols = symbols(&pieces, &wilds, outcomes);

    let mut flags = 0;
    for (part, names) in &pieces.names {
        flags |= if names.inner.is_empty() { 0 } else { INNER_NAMES };
        flags |= if names.last.is_empty() { 0 } else { LAST_NAMES };
        if let piece::Part::Wild(kind, _) = part {
            flags |= WILD_NAMES | kind.kind().names();
        }
    }
    let mut header = [0u32; HEADER_FIELDS];
    let mut packed = Packed::default();
    for group in 0..GROUPS {
        let sets = wilds.sets(group);
        let of_group = &pieces.groups[group];
        let walks = [
            (group * 2, false, &of_group.anchored),
            (group * 2 + 1, true, &of_group.floating),
            (GROUPS * 2 + group, false, &of_group.trailing),
        ];
        for (walk, floats, nfa) in walks {
            if nfa.is_empty() {
                continue;
            }
            let start = packed.add(nfa, floats, &symbols, sets, limits, outcomes)?;
            header[Header::Starts as usize + walk] = start;
            let from_root = if floats { of_group.floats_always } else { walk < GROUPS * 2 };
            header[Header::Alive as usize] |= u32::from(from_root) << walk;
            flags |= if walk < GROUPS * 2 { 0 } else { TRAILING << group };
        }
    }
    let mut parts: Vec<Vec<u8>> = vec![Vec::new(); PARTS];
    let keys: Vec<_> = symbols
        .ids
        .iter()
        .map(|(component, &symbol)| (Tag::Component, component.clone(), symbol))
        .collect();
    parts[Part::Dictionary as usize] = text::write(&keys);
    parts[Part::Symbols as usize] = symbols.records.clone();
    parts[Part::States as usize] = packed.states;
    parts[Part::Cells as usize] = packed.cells;
    parts[Part::Conditions as usize] = packed.conditions;
    header[Header::Symbols as usize] = keys.len() as u32;
    header[Header::Registers as usize] = pieces.registers.len() as u32;
    header[Header::Flags as usize] = flags;
    header[Header::ContainedStride as usize] = wilds.contained_stride;
    wilds.write(&mut parts);
    Ok(Table { header, parts })
}

/// A table in its parts.
struct Table {
    header: [u32; HEADER_FIELDS],
    parts: Vec<Vec<u8>>,
}

/// The literal components, numbered, with what is known about each.
#[derive(Debug, Default)]
struct Symbols {
    ids: BTreeMap<Vec<u8>, u32>,
    /// The set of each kind by symbol; entry 0 is unused.
    sets: Vec<[u32; 3]>,
    records: Vec<u8>,
}

fn symbols(pieces: &Pieces, wilds: &Wilds, outcomes: &mut Outcomes) -> Symbols {
    let mut symbols = Symbols { sets: vec![[0; 3]], records: vec![0; 20], ..Symbols::default() };
    for literal in pieces.literals_by_depth() {
        let sets = wilds.sets_of(literal);
        let Names { mut last, mut inner } = wilds.names_of(literal);
        if let Some(own) = pieces.names.get(&piece::Part::Literal(literal.clone())) {
            last.extend(&own.last);
            inner.extend(&own.inner);
        }
        symbols.ids.insert(literal.clone(), symbols.sets.len() as u32);
        symbols.sets.push(sets);
        for field in [outcomes.intern(last), outcomes.intern(inner), sets[0], sets[1], sets[2]] {
            symbols.records.extend(field.to_le_bytes());
        }
    }
    symbols
}

impl Table {
    /// Header, directory of parts, parts.
    fn join(&self) -> Vec<u8> {
        let mut table: Vec<u8> = self.header.iter().flat_map(|field| field.to_le_bytes()).collect();
        let mut offset = table.len() + self.parts.len() * 8;
        for part in &self.parts {
            table.extend((offset as u32).to_le_bytes());
            table.extend((part.len() as u32).to_le_bytes());
            offset += part.len();
        }
        table.extend(self.parts.iter().flatten());
        table
    }
}

/// A map from names of the automata's alphabet to numbers, from 1.
fn number<K: Ord>(ids: &mut BTreeMap<K, u32>, key: K) -> u32 {
    let next = ids.len() as u32 + 1;
    *ids.entry(key).or_insert(next)
}

/// Groups and the NFAs of their pieces.
#[derive(Debug, Default)]
struct Group {
    anchored: Nfa,
    floating: Nfa,
    /// Its pieces from the last component to the first.
    trailing: Nfa,
    floats_always: bool,
}
