//! Path patterns: an automaton over whole components.
//!
//! A byte automaton over all patterns explodes, because it must remember which
//! of many patterns are half matched (docs/design.md). Here each component is
//! first turned into a *symbol* (a dictionary of the literal ones) and, where
//! patterns with wildcards are at stake, into the *set* of wildcard components
//! that match it. Automata then step from component to component:
//!
//! * Names: patterns of one component at any depth hang off symbols and sets
//!   themselves; most are looked at for the last component only.
//! * Patterns with several components are grouped by the kind of their
//!   wildcards (none, `lit*`, `*lit`, others), because kinds multiply each
//!   other's states. Each group has an anchored automaton for what stands
//!   before the first `**`, a trailing one for what stands behind the last,
//!   which is walked from the last component upwards, and a floating one for
//!   the pieces between and those below which everything counts.
//! * `**` is in no automaton: a piece that matched notes its position in a
//!   *register*, and the next piece counts only if it begins behind it. The
//!   first position is enough: an earlier match is never worse.
//!
//! On literal components that patterns begin with, automata need not be walked:
//! [`lead`] says where they are by the hash of a path's beginning.
//! Anchored and trailing automata die after the few components in which paths
//! differ from patterns, and what is dead costs nothing: most components of a
//! path are never looked up.
//!
//! # Layout
//!
//! Header: [`Header`], `u32` each; then [`PARTS`] pairs of offset and length
//! `u32`, see [`Part`]; then the parts.
//!
//! * Dictionary: [`TextTable`] from component to symbol, from 1.
//! * Symbols: 20 bytes each: outcome if last, outcome if not, the sets of the
//!   kinds prefix, suffix and general. Record 0 is unused.
//! * Prefix and suffix tries, walked from the front and from the back: nodes of 12
//!   bytes (check, base, class), the first being the start. A node's child by a byte
//!   is at base + byte if its check is the node's place; an empty place has [`NO_NODE`].
//!   The deepest node reached gives the class.
//! * Contained literals: 256 byte classes, then `u16` states by class in rows of
//!   the `contained_stride`; outcomes: 8 bytes a state (if last, if not).
//! * General wildcards: [`general`].
//! * Classes of a kind: 12 bytes each: set, outcome if last, outcome if not.
//! * States of all automata: 24 bytes: base, default, outcome if last, outcome
//!   if not, first condition, all `u32`, number of conditions and flags, both
//!   `u16` ([`SETS`], [`LEAF`], [`PURE`]). State 0 is dead. Cells: check, next `u32`; a
//!   symbol's is at base + symbol, a set's behind those of all symbols.
//! * Leads: [`lead`]. Their walks: which of the walks from the root down are alive, a bit
//!   each, and their states, `u32` each; record 0 all dead. Their registers: register and position,
//!   `u16` each.
//! * Conditions: 12 bytes: required register `u16` ([`NO_REGISTER`] for none),
//!   length of the piece `u16`, effect `u32`, value `u32`.

mod component;
pub(crate) mod general;
pub(crate) mod lead;
#[cfg(feature = "compile")]
mod snapshot;
mod walk;

use crate::bytes::{record_at, slice_at, u32_at};
use crate::canonical::plain::Plain;
use crate::matcher::text::TextTable;
use component::Component;
use lead::{Lead, Leads};
#[cfg(feature = "compile")]
pub(crate) use snapshot::Snapshot;
#[cfg(feature = "compile")]
pub(crate) use walk::WALK_RECORD;
use walk::{Search, UNSET};

/// The `u32` fields at the beginning of a table.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(crate) enum Header {
    Symbols = 0,
    Registers = 1,
    /// See the constants.
    Flags = 2,
    ContainedStride = 3,
    /// A bit for each walk that starts with the path: [`walk`].
    Alive = 4,
    /// The first of [`WALKS`] states to start from, 0 where there is no automaton.
    Starts = 5,
}

pub(crate) const HEADER_FIELDS: usize = Header::Starts as usize + WALKS;

/// Some name pattern counts for components that are not the last.
pub(crate) const INNER_NAMES: u32 = 1;
/// Some name pattern has wildcards; the kinds follow, each a bit.
pub(crate) const WILD_NAMES: u32 = 2;
/// Some name pattern counts for the last component.
pub(crate) const LAST_NAMES: u32 = 1 << 8;
/// The automaton of a group that is walked from the end; groups follow, each a bit.
pub(crate) const TRAILING: u32 = 1 << 9;
/// Some automaton is walked from the end.
const SOME_TRAILING: u32 = TRAILING * ((1 << GROUPS) - 1);

/// Something may match whatever a path begins with.
const ANYWHERE: u32 = INNER_NAMES | LAST_NAMES | SOME_TRAILING;

/// The parts of a table. Those of a trie follow one another, so that a reader
/// names only the first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(usize)]
#[cfg_attr(not(feature = "compile"), allow(dead_code, reason = "named by the writer only"))]
pub(crate) enum Part {
    Dictionary = 0,
    Symbols = 1,
    States = 2,
    Cells = 3,
    Conditions = 4,
    PrefixNodes = 5,
    PrefixClasses = 6,
    SuffixNodes = 7,
    SuffixClasses = 8,
    Contained = 9,
    ContainedOutcomes = 10,
    GeneralStates = 11,
    GeneralCells = 12,
    GeneralRanges = 13,
    GeneralClasses = 14,
    Leads = 15,
    LeadWalks = 16,
    LeadRegisters = 17,
}

pub(crate) const PARTS: usize = 18;
/// No wildcard, prefix, suffix, general.
pub(crate) const GROUPS: usize = 4;
/// An anchored and a floating automaton for each group, side by side, then
/// their trailing ones.
pub(crate) const WALKS: usize = 3 * GROUPS;
/// The longest piece that a trailing automaton takes: so many of the last
/// components are remembered.
pub(crate) const RECENT: usize = 8;
pub(crate) const MAX_REGISTERS: usize = 4096;
pub(crate) const NO_REGISTER: u16 = u16::MAX;
/// The most conditions of one state; a reader looks at no more.
pub(crate) const MAX_CONDITIONS: u16 = 64;

/// The check of a place in a trie where there is no node.
#[cfg(feature = "compile")]
pub(crate) const NO_NODE: u32 = u32::MAX;

pub(crate) const DEAD: u32 = 0;
/// Of an automaton over bytes or characters.
pub(crate) const START: u32 = 1;

/// A state's row, or that of its automaton's start, has sets in it.
pub(crate) const SETS: u16 = 1;
/// No component leads on from a state.
pub(crate) const LEAF: u16 = 2;
/// Only literal components have led to a state and lead on from it: leads, for
/// whose writer this is.
#[cfg(feature = "compile")]
pub(crate) const PURE: u16 = 4;

/// What a condition does.
pub(crate) const SET_REGISTER: u32 = 0;
pub(crate) const EMIT_LAST: u32 = 1;
pub(crate) const EMIT_INNER: u32 = 2;

/// The wildcard components that have sets.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(usize)]
pub(crate) enum Kind {
    Prefix = 0,
    Suffix = 1,
    General = 2,
}

impl Kind {
    /// The kind of a group's wildcards.
    #[inline]
    fn of_group(group: usize) -> Option<Kind> {
        match group {
            1 => Some(Kind::Prefix),
            2 => Some(Kind::Suffix),
            3 => Some(Kind::General),
            _ => None,
        }
    }

    /// The flag of a table with name patterns of this kind.
    #[inline]
    pub(crate) fn names(self) -> u32 {
        WILD_NAMES.wrapping_shl((self as u32).wrapping_add(1))
    }
}

/// A table of path patterns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathTable<'a> {
    bytes: &'a [u8],
}

impl<'a> PathTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        PathTable { bytes }
    }

    /// Emits the outcomes of all patterns that match a path, given as its
    /// components from the root down. Reads all of them.
    ///
    /// O(bytes of the path), whatever the number of patterns.
    pub(crate) fn search(
        &self,
        components: &mut dyn Iterator<Item = &[u8]>,
        emit: &mut dyn FnMut(u32),
    ) {
        let Some(parts) = Parts::new(self.bytes) else {
            components.for_each(drop);
            return;
        };
        // Clearing registers costs: take as few as the table needs.
        match parts.header(Header::Registers) {
            0 => Search::new(&parts, &mut []).any(components, emit),
            1..=1024 => Search::new(&parts, &mut [UNSET; 1024]).any(components, emit),
            _ => Search::new(&parts, &mut [UNSET; MAX_REGISTERS]).any(components, emit),
        }
    }

    /// Likewise, for a path whose components can be had in any order.
    pub(crate) fn search_plain(&self, path: &Plain<'_>, emit: &mut dyn FnMut(u32)) {
        let Some(preface) = self.bytes.first_chunk() else { return };
        let leads = Leads::new(part(self.bytes, preface, Part::Leads));
        let found = leads.and_then(|leads| leads.find(path));
        if let Some((depth, lead)) = found {
            if depth == path.len() {
                return emit_some(lead.last(), emit);
            }
            emit_some(lead.inner(), emit);
            if lead.walks() == 0 && u32_at(preface, Header::Flags as usize) & ANYWHERE == 0 {
                return;
            }
        }
        self.search_below(path, found, emit);
    }

    /// Goes on where a path leaves the leads.
    #[inline(never)]
    fn search_below(
        &self,
        path: &Plain<'_>,
        found: Option<(usize, Lead<'_>)>,
        emit: &mut dyn FnMut(u32),
    ) {
        let Some(parts) = Parts::new(self.bytes) else { return };
        if let Some((_, lead)) = found
            && lead.walks() == 0
            && parts.flags & INNER_NAMES == 0
        {
            return Search::new(&parts, &mut []).plain_end(path, lead, emit);
        }
        // Few paths come to where a register is set, and clearing them costs: they are searched
        // again. What was emitted then is emitted again, too.
        if !Search::new(&parts, &mut []).plain(path, found, emit) {
            return;
        }
        match parts.header(Header::Registers) {
            ..=64 => Search::new(&parts, &mut [UNSET; 64]).plain(path, found, emit),
            65..=256 => Search::new(&parts, &mut [UNSET; 256]).plain(path, found, emit),
            257..=1024 => Search::new(&parts, &mut [UNSET; 1024]).plain(path, found, emit),
            _ => Search::new(&parts, &mut [UNSET; MAX_REGISTERS]).plain(path, found, emit),
        };
    }

    /// Like [`PathTable::search`], for patterns of one component at any depth only.
    pub(crate) fn search_names(
        &self,
        components: &mut dyn Iterator<Item = &[u8]>,
        emit: &mut dyn FnMut(u32),
    ) {
        let Some(parts) = Parts::new(self.bytes) else { return };
        let mut next = components.next();
        while let Some(bytes) = next {
            next = components.next();
            if next.is_none() || parts.flags & INNER_NAMES != 0 {
                Component::new(&parts, bytes).names(&parts, next.is_none(), emit);
            }
        }
    }
}

/// Header and directory of the parts.
const PREFACE: usize = 4 * (HEADER_FIELDS + 2 * PARTS);

/// A table with what every search reads of it.
struct Parts<'a> {
    table: &'a [u8],
    preface: &'a [u8; PREFACE],
    dictionary: TextTable<'a>,
    states: &'a [u8],
    cells: &'a [u8],
    flags: u32,
    /// How many symbols there are, for sets come behind them.
    symbols: u32,
}

impl<'a> Parts<'a> {
    /// `None` for an empty table.
    #[inline]
    fn new(table: &'a [u8]) -> Option<Self> {
        let preface = table.first_chunk()?;
        Some(Parts {
            table,
            preface,
            dictionary: TextTable::new(part(table, preface, Part::Dictionary)),
            states: part(table, preface, Part::States),
            cells: part(table, preface, Part::Cells),
            flags: u32_at(preface, Header::Flags as usize),
            symbols: u32_at(preface, Header::Symbols as usize),
        })
    }

    #[inline]
    fn header(&self, field: Header) -> u32 {
        u32_at(self.preface, field as usize)
    }

    #[inline]
    fn part(&self, which: Part) -> &'a [u8] {
        part(self.table, self.preface, which)
    }

    #[inline]
    fn state(&self, state: u32) -> State {
        let record = record_at::<24>(self.states, state as usize).unwrap_or(&[0; 24]);
        let counts = u32_at(record, 5);
        State {
            base: u32_at(record, 0),
            default: u32_at(record, 1),
            last: u32_at(record, 2),
            inner: u32_at(record, 3),
            first: u32_at(record, 4),
            count: counts as u16,
            flags: (counts >> 16) as u16,
        }
    }

    /// Where a row leads by a symbol, if it has a cell for it.
    #[inline]
    fn cell(&self, base: u32, symbol: u32, owner: u32) -> Option<u32> {
        let cell = record_at::<8>(self.cells, base.wrapping_add(symbol) as usize)?;
        (u32_at(cell, 0) == owner).then(|| u32_at(cell, 1))
    }
}

#[derive(Clone, Copy)]
struct State {
    base: u32,
    default: u32,
    last: u32,
    inner: u32,
    first: u32,
    count: u16,
    flags: u16,
}

#[inline]
fn part<'a>(table: &'a [u8], preface: &[u8; PREFACE], part: Part) -> &'a [u8] {
    let at = (part as usize).wrapping_mul(2).wrapping_add(HEADER_FIELDS);
    let (offset, length) = (u32_at(preface, at), u32_at(preface, at.wrapping_add(1)));
    slice_at(table, offset as usize, length as usize)
}

#[inline]
fn emit_some(outcome: u32, emit: &mut dyn FnMut(u32)) {
    if outcome != 0 {
        emit(outcome);
    }
}
