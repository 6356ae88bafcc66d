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
//!   before the first `**` and a floating one for the pieces behind.
//! * `**` is in no automaton: a piece that matched notes its position in a
//!   *register*, and the next piece counts only if it begins behind it. The
//!   first position is enough: an earlier match is never worse.
//!
//! An anchored automaton dies after the few components in which paths differ
//! from patterns, and what is dead costs nothing.
//!
//! # Layout
//!
//! Header: [`Header`], `u32` each; then [`PARTS`] pairs of offset and length
//! `u32`, see [`Part`]; then the parts.
//!
//! * Dictionary: [`TextTable`] from component to symbol, from 1.
//! * Symbols: 20 bytes each: outcome if last, outcome if not, the sets of the
//!   kinds prefix, suffix and general. Record 0 is unused.
//! * Prefix and suffix tries, walked from the front and from the back: states
//!   of 8 bytes (base, class), cells of 8 bytes (check, next). The deepest state
//!   reached gives the class.
//! * Contained literals: 256 byte classes, then `u16` states by class in rows of
//!   the `contained_stride`; outcomes: 8 bytes a state (if last, if not).
//! * General wildcards: likewise, with a class `u32` for each state at the end
//!   of the component. A byte that is part of no character is read as `FF`.
//! * Classes of a kind: 12 bytes each: set, outcome if last, outcome if not.
//! * An automaton's states: 24 bytes: base, default, outcome if last, outcome
//!   if not, first condition, number of conditions, all `u32`. State 0 is dead,
//!   state 1 starts. Cells: check, next `u32`; a symbol's is at base + symbol, a
//!   set's behind those of all symbols.
//! * Conditions: 12 bytes: required register `u16` ([`NO_REGISTER`] for none),
//!   length of the piece `u16`, effect `u32`, value `u32`.

use crate::bytes::{record_at, slice_at, u16_at, u32_at};
use crate::matcher::text::{Tag, TextTable};

/// The `u32` fields at the beginning of a table.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(crate) enum Header {
    Symbols = 0,
    Registers = 1,
    /// See the constants.
    Flags = 2,
    ContainedStride = 3,
    GeneralStride = 4,
}

pub(crate) const HEADER_FIELDS: usize = 6;

/// Some name pattern counts for components that are not the last.
pub(crate) const INNER_NAMES: u32 = 1;
/// Some name pattern has wildcards.
pub(crate) const WILD_NAMES: u32 = 2;
/// The first of four bits: the group has an anchored automaton.
pub(crate) const ANCHORED: u32 = 1 << 8;
/// The first of four bits: its floating automaton starts with the path, not
/// with the first register.
pub(crate) const ALWAYS_FLOATING: u32 = 1 << 16;

/// The parts of a table. Those of a trie follow one another, so that a reader
/// names only the first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(usize)]
#[cfg_attr(not(feature = "compile"), allow(dead_code, reason = "named by the writer only"))]
pub(crate) enum Part {
    Dictionary = 0,
    Symbols = 1,
    PrefixStates = 2,
    PrefixCells = 3,
    PrefixClasses = 4,
    SuffixStates = 5,
    SuffixCells = 6,
    SuffixClasses = 7,
    Contained = 8,
    ContainedOutcomes = 9,
    General = 10,
    GeneralAccepts = 11,
    GeneralClasses = 12,
    Conditions = 13,
    /// Four parts for each group: states and cells of the anchored automaton,
    /// then of the floating one.
    Automata = 14,
}

#[cfg(feature = "compile")]
pub(crate) const PARTS: usize = Part::Automata as usize + 4 * GROUPS;
/// No wildcard, prefix, suffix, general.
pub(crate) const GROUPS: usize = 4;
pub(crate) const MAX_REGISTERS: usize = 1024;
pub(crate) const NO_REGISTER: u16 = u16::MAX;
/// The most conditions of one state; a reader looks at no more.
pub(crate) const MAX_CONDITIONS: u32 = 64;

pub(crate) const DEAD: u32 = 0;
pub(crate) const START: u32 = 1;

/// What a condition does.
pub(crate) const SET_REGISTER: u32 = 0;
pub(crate) const EMIT_LAST: u32 = 1;
pub(crate) const EMIT_INNER: u32 = 2;

/// A table of path patterns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathTable<'a> {
    bytes: &'a [u8],
}

impl<'a> PathTable<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        PathTable { bytes }
    }

    /// Whether no pattern can match.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Emits the outcomes of all patterns that match a path, given as its
    /// components from the root down. Reads all of them.
    ///
    /// O(bytes of the path), whatever the number of patterns.
    pub(crate) fn search<'p>(
        &self,
        components: impl Iterator<Item = &'p [u8]>,
        emit: impl FnMut(u32),
    ) {
        if self.bytes.is_empty() {
            components.for_each(drop);
            return;
        }
        // Clearing registers costs: take as few as the table needs.
        match self.header(Header::Registers) {
            0 => self.walk::<0>(components, emit),
            1..=16 => self.walk::<16>(components, emit),
            _ => self.walk::<MAX_REGISTERS>(components, emit),
        }
    }

    /// Like [`PathTable::search`], for patterns of one component at any depth only.
    pub(crate) fn search_names<'p>(
        &self,
        mut components: impl Iterator<Item = &'p [u8]>,
        mut emit: impl FnMut(u32),
    ) {
        if self.bytes.is_empty() {
            return;
        }
        let flags = self.header(Header::Flags);
        let mut next = components.next();
        while let Some(bytes) = next {
            next = components.next();
            if next.is_none() || flags & INNER_NAMES != 0 {
                self.names(&mut self.component(bytes), flags, next.is_none(), &mut emit);
            }
        }
    }

    fn walk<'p, const R: usize>(
        &self,
        mut components: impl Iterator<Item = &'p [u8]>,
        mut emit: impl FnMut(u32),
    ) {
        let flags = self.header(Header::Flags);
        let symbols = self.header(Header::Symbols);
        let mut walks: [Walk<'_>; 2 * GROUPS] = [Walk::DEAD; 2 * GROUPS];
        let mut alive = 0u32;
        for (index, walk) in walks.iter_mut().enumerate() {
            let bit = 1u32.wrapping_shl(index as u32);
            let (group, floats) = (index / 2, index % 2 == 1);
            let present = if floats { ALWAYS_FLOATING } else { ANCHORED };
            if flags & present.wrapping_shl(group as u32) != 0 {
                *walk = self.start(index);
                alive |= bit;
            }
        }
        let mut next = components.next();
        for walk in walks.iter().step_by(2).filter(|walk| walk.state != DEAD) {
            let start = walk.automaton.state(START);
            emit_some(if next.is_none() { start.last } else { start.inner }, &mut emit);
        }
        let mut registers = [u16::MAX; R];
        let mut position = 0u16;
        while let Some(bytes) = next {
            next = components.next();
            position = position.saturating_add(1);
            let last = next.is_none();
            if alive == 0 && !last && flags & INNER_NAMES == 0 {
                continue;
            }
            let mut component = self.component(bytes);
            if last || flags & INNER_NAMES != 0 {
                self.names(&mut component, flags, last, &mut emit);
            }
            let mut left = alive;
            while left != 0 {
                let index = left.trailing_zeros() as usize;
                left &= left.wrapping_sub(1);
                let Some(walk) = walks.get_mut(index) else { break };
                self.step(walk, index, &mut component, symbols);
                if walk.state == DEAD {
                    alive &= !1u32.wrapping_shl(index as u32);
                    continue;
                }
                let state = walk.automaton.state(walk.state);
                emit_some(if last { state.last } else { state.inner }, &mut emit);
                if state.count == 0 {
                    continue;
                }
                let starts = self.conditions(&state, position, last, &mut registers, &mut emit);
                // The floating automaton of the group is the next walk.
                let floating = index | 1;
                if starts && alive & 1u32.wrapping_shl(floating as u32) == 0 {
                    if let Some(walk) = walks.get_mut(floating) {
                        *walk = self.start(floating);
                    }
                    alive |= 1u32.wrapping_shl(floating as u32);
                    // It begins with the next component, not with this one.
                    left &= !1u32.wrapping_shl(floating as u32);
                }
            }
        }
    }

    fn start(&self, index: usize) -> Walk<'a> {
        let part = (Part::Automata as usize).wrapping_add(index.wrapping_mul(2));
        let automaton =
            Automaton { states: self.part(part), cells: self.part(part.wrapping_add(1)) };
        Walk { automaton, state: START }
    }

    /// Moves one automaton over one component.
    #[inline]
    fn step(&self, walk: &mut Walk<'_>, index: usize, component: &mut Found<'_>, symbols: u32) {
        let Walk { automaton, state } = *walk;
        let from = automaton.state(state);
        let floats = index % 2 == 1;
        let root = if floats && state != START { Some(automaton.state(START)) } else { None };
        if component.symbol != 0 {
            let own = automaton.cell(from.base, component.symbol, state);
            let cell = own.or_else(|| automaton.cell(root?.base, component.symbol, START));
            if let Some(next) = cell {
                walk.state = next;
                return;
            }
        }
        let set = match Kind::of_group(index / 2) {
            Some(kind) => self.set(kind, component),
            None => 0,
        };
        if set != 0 {
            let symbol = symbols.wrapping_add(set);
            let own = automaton.cell(from.base, symbol, state);
            let cell = own.or_else(|| automaton.cell(root?.base, symbol, START));
            if let Some(next) = cell {
                walk.state = next;
                return;
            }
        }
        walk.state = from.default;
    }

    /// Applies a state's conditions; says whether a register was set.
    fn conditions<const R: usize>(
        &self,
        state: &State,
        position: u16,
        last: bool,
        registers: &mut [u16; R],
        emit: &mut impl FnMut(u32),
    ) -> bool {
        let conditions = self.part(Part::Conditions as usize);
        let mut set = false;
        for index in 0..state.count.min(MAX_CONDITIONS) {
            let index = state.first.wrapping_add(index) as usize;
            let Some(condition) = record_at::<12>(conditions, index) else { break };
            let (required, length) = (u16_at(condition, 0), u16_at(condition, 1));
            if required != NO_REGISTER {
                let noted = registers.get(usize::from(required)).copied().unwrap_or(u16::MAX);
                if noted == u16::MAX || noted.saturating_add(length) > position {
                    continue;
                }
            }
            let value = u32_at(condition, 2);
            match u32_at(condition, 1) {
                SET_REGISTER => {
                    if let Some(register) = registers.get_mut(value as usize) {
                        *register = (*register).min(position);
                        set = true;
                    }
                }
                EMIT_LAST if last => emit_some(value, emit),
                EMIT_INNER if !last => emit_some(value, emit),
                _ => {}
            }
        }
        set
    }

    /// Emits what patterns of one component say.
    fn names(&self, component: &mut Found<'_>, flags: u32, last: bool, emit: &mut impl FnMut(u32)) {
        if let Some(symbol) = component.record {
            emit_some(u32_at(symbol, usize::from(!last)), emit);
            return;
        }
        if flags & WILD_NAMES == 0 {
            return;
        }
        for kind in [Kind::Prefix, Kind::Suffix, Kind::General] {
            let class = self.class(kind, component);
            emit_some(if last { class.last } else { class.inner }, emit);
        }
        self.contained(component.bytes, last, emit);
    }

    /// Looks a component up in the dictionary.
    #[inline]
    fn component<'p>(&self, bytes: &'p [u8]) -> Found<'p>
    where
        'a: 'p,
    {
        let dictionary = TextTable::new(self.part(Part::Dictionary as usize));
        let symbol = dictionary.find(Tag::Component, bytes);
        let record = match symbol {
            0 => None,
            _ => record_at::<20>(self.part(Part::Symbols as usize), symbol as usize),
        };
        Found { bytes, symbol, record, classes: [None; 3] }
    }

    /// The set of a kind's wildcard components that match.
    #[inline]
    fn set(&self, kind: Kind, component: &mut Found<'_>) -> u32 {
        match component.record {
            Some(symbol) => u32_at(symbol, (kind as usize).wrapping_add(2)),
            None => self.class(kind, component).set,
        }
    }

    /// The class of a component that is not in the dictionary.
    fn class(&self, kind: Kind, component: &mut Found<'_>) -> Class {
        if let Some(Some(class)) = component.classes.get(kind as usize) {
            return *class;
        }
        let class = match kind {
            Kind::Prefix => self.trie(Part::PrefixStates, component.bytes.iter()),
            Kind::Suffix => self.trie(Part::SuffixStates, component.bytes.iter().rev()),
            Kind::General => self.general(component.bytes),
        };
        if let Some(known) = component.classes.get_mut(kind as usize) {
            *known = Some(class);
        }
        class
    }

    /// Walks a trie as far as it goes.
    fn trie<'p>(&self, states: Part, bytes: impl Iterator<Item = &'p u8>) -> Class {
        let cells = self.part((states as usize).wrapping_add(1));
        let classes = self.part((states as usize).wrapping_add(2));
        let states = self.part(states as usize);
        let class_of = |state: u32| {
            record_at::<8>(states, state as usize).map_or(0, |record| u32_at(record, 1))
        };
        let mut state = START;
        let mut class = class_of(START);
        for &byte in bytes {
            let Some(record) = record_at::<8>(states, state as usize) else { break };
            let cell = u32_at(record, 0).wrapping_add(u32::from(byte));
            match record_at::<8>(cells, cell as usize) {
                Some(cell) if u32_at(cell, 0) == state => state = u32_at(cell, 1),
                _ => break,
            }
            class = class_of(state);
        }
        Class::read(classes, class)
    }

    /// Runs the automaton of general wildcards.
    fn general(&self, component: &[u8]) -> Class {
        let table = self.part(Part::General as usize);
        if table.is_empty() {
            return Class::NONE;
        }
        let stride = self.header(Header::GeneralStride);
        let mut state = START as u16;
        let mut rest = component;
        while let Some(&byte) = rest.first() {
            let length = character_length(rest);
            let (unit, tail) = rest.split_at_checked(length.max(1)).unwrap_or((rest, &[]));
            rest = tail;
            if length == 0 {
                state = dense_step(table, stride, state, NO_CHARACTER);
            } else if length == 1 {
                state = dense_step(table, stride, state, byte);
            } else {
                for &byte in unit {
                    state = dense_step(table, stride, state, byte);
                }
            }
            if u32::from(state) == DEAD {
                return Class::NONE;
            }
        }
        let accepts = self.part(Part::GeneralAccepts as usize);
        let class = u32_at(accepts, usize::from(state));
        Class::read(self.part(Part::GeneralClasses as usize), class)
    }

    /// Emits what patterns `*lit*` say.
    fn contained(&self, component: &[u8], last: bool, emit: &mut impl FnMut(u32)) {
        let table = self.part(Part::Contained as usize);
        if table.is_empty() {
            return;
        }
        let outcomes = self.part(Part::ContainedOutcomes as usize);
        let stride = self.header(Header::ContainedStride);
        let mut state = START as u16;
        for &byte in component {
            state = dense_step(table, stride, state, byte);
            let index = usize::from(state).wrapping_mul(2).wrapping_add(usize::from(!last));
            emit_some(u32_at(outcomes, index), emit);
        }
    }

    #[inline]
    fn header(&self, field: Header) -> u32 {
        u32_at(self.bytes, field as usize)
    }

    #[inline]
    fn part(&self, part: usize) -> &'a [u8] {
        let at = part.wrapping_mul(2).wrapping_add(HEADER_FIELDS);
        let (offset, length) = (u32_at(self.bytes, at), u32_at(self.bytes, at.wrapping_add(1)));
        slice_at(self.bytes, offset as usize, length as usize)
    }
}

/// The byte that stands for one that is part of no character; UTF-8 has none.
pub(crate) const NO_CHARACTER: u8 = 0xff;

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
}

/// A component and what is known about it.
struct Found<'p> {
    bytes: &'p [u8],
    /// 0 if it is in no pattern.
    symbol: u32,
    record: Option<&'p [u8; 20]>,
    /// Computed when first asked for.
    classes: [Option<Class>; 3],
}

/// What wildcard components of a kind say about a component.
#[derive(Clone, Copy)]
struct Class {
    set: u32,
    last: u32,
    inner: u32,
}

impl Class {
    const NONE: Class = Class { set: 0, last: 0, inner: 0 };

    fn read(classes: &[u8], index: u32) -> Class {
        match record_at::<12>(classes, index as usize) {
            Some(class) if index != 0 => {
                Class { set: u32_at(class, 0), last: u32_at(class, 1), inner: u32_at(class, 2) }
            }
            _ => Class::NONE,
        }
    }
}

/// An automaton on its way.
#[derive(Clone, Copy)]
struct Walk<'a> {
    automaton: Automaton<'a>,
    state: u32,
}

impl Walk<'_> {
    const DEAD: Walk<'static> =
        Walk { automaton: Automaton { states: &[], cells: &[] }, state: DEAD };
}

#[derive(Clone, Copy)]
struct Automaton<'a> {
    states: &'a [u8],
    cells: &'a [u8],
}

#[derive(Clone, Copy)]
struct State {
    base: u32,
    default: u32,
    last: u32,
    inner: u32,
    first: u32,
    count: u32,
}

impl Automaton<'_> {
    #[inline]
    fn state(&self, state: u32) -> State {
        let record = record_at::<24>(self.states, state as usize).unwrap_or(&[0; 24]);
        State {
            base: u32_at(record, 0),
            default: u32_at(record, 1),
            last: u32_at(record, 2),
            inner: u32_at(record, 3),
            first: u32_at(record, 4),
            count: u32_at(record, 5),
        }
    }

    #[inline]
    fn cell(&self, base: u32, symbol: u32, owner: u32) -> Option<u32> {
        let cell = record_at::<8>(self.cells, base.wrapping_add(symbol) as usize)?;
        (u32_at(cell, 0) == owner).then(|| u32_at(cell, 1))
    }
}

/// One step of a dense automaton: 256 byte classes, then rows of `u16`.
#[inline]
fn dense_step(table: &[u8], stride: u32, state: u16, byte: u8) -> u16 {
    let class = table.get(usize::from(byte)).copied().unwrap_or(0);
    let row = usize::from(state).wrapping_mul(stride as usize);
    // The classes take the room of 128 states.
    u16_at(table, row.wrapping_add(usize::from(class)).wrapping_add(128))
}

/// The length of the character that `bytes` begins with, 0 if it is none.
/// Source: Unicode 15.0, table 3-7, well-formed UTF-8 byte sequences.
fn character_length(bytes: &[u8]) -> usize {
    let follows = |byte: Option<&u8>| byte.is_some_and(|byte| byte & 0xc0 == 0x80);
    let second = bytes.get(1).copied().unwrap_or(0);
    let (length, second_is_right) = match bytes.first() {
        Some(0..=0x7f) => return 1,
        Some(0xc2..=0xdf) => (2, (0x80..=0xbf).contains(&second)),
        Some(0xe0) => (3, (0xa0..=0xbf).contains(&second)),
        Some(0xed) => (3, (0x80..=0x9f).contains(&second)),
        Some(0xe1..=0xef) => (3, (0x80..=0xbf).contains(&second)),
        Some(0xf0) => (4, (0x90..=0xbf).contains(&second)),
        Some(0xf1..=0xf3) => (4, (0x80..=0xbf).contains(&second)),
        Some(0xf4) => (4, (0x80..=0x8f).contains(&second)),
        _ => return 0,
    };
    let rest_is_right = match length {
        3 => follows(bytes.get(2)),
        4 => follows(bytes.get(2)) && follows(bytes.get(3)),
        _ => true,
    };
    if second_is_right && rest_is_right { length } else { 0 }
}

#[inline]
fn emit_some(outcome: u32, emit: &mut impl FnMut(u32)) {
    if outcome != 0 {
        emit(outcome);
    }
}
