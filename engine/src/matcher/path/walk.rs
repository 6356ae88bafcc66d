//! Walks of the automata over a path's components.

use super::component::Component;
use super::lead::Lead;
use super::{
    DEAD, EMIT_INNER, EMIT_LAST, GROUPS, Header, INNER_NAMES, Kind, LAST_NAMES, LEAF,
    MAX_CONDITIONS, NO_REGISTER, Part, Parts, RECENT, SET_REGISTER, SETS, SOME_TRAILING, State,
    TRAILING, emit_some,
};
use crate::bytes::{record_at, slice_at, u16_at, u32_at};
use crate::canonical::plain::Plain;

/// A register at which no piece has matched.
pub(super) const UNSET: u16 = u16::MAX;

/// Walks that go from the root down.
pub(super) const DOWN: usize = 2 * GROUPS;

/// What is written down of them: which are alive, a bit each, and their states.
pub(crate) const WALK_RECORD: usize = 1 + DOWN;

/// One path's way through a table.
pub(super) struct Search<'t, 'a> {
    parts: &'t Parts<'a>,
    /// The states of the walks from the root down.
    pub(super) states: [u32; DOWN],
    /// A bit for each of them that is not dead.
    pub(super) alive: u32,
    /// How many components were seen.
    position: u16,
    /// Where pieces of patterns matched first, since the search began.
    pub(super) registers: &'t mut [u16],
    /// Where they did on the lead that it began with, by register.
    noted: &'a [[u8; 4]],
    /// One matched for which there is no register.
    lacking: bool,
}

impl<'t, 'a> Search<'t, 'a> {
    /// `registers` are as many as the table needs, or more, and all [`UNSET`].
    #[inline(always)]
    pub(super) fn new(parts: &'t Parts<'a>, registers: &'t mut [u16]) -> Self {
        let noted: &[_] = &[];
        let (states, alive) = ([DEAD; DOWN], 0);
        Search { parts, states, alive, position: 0, registers, noted, lacking: false }
    }

    /// Starts at the root, and emits what is said about it, or about all below
    /// it: only patterns without wildcards are.
    #[inline(always)]
    pub(super) fn start(&mut self, last: bool, emit: &mut dyn FnMut(u32)) {
        self.alive = self.parts.header(Header::Alive);
        let mut left = self.alive;
        while left != 0 {
            let index = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            let Some(state) = self.states.get_mut(index) else { break };
            *state = self.parts.start(index);
        }
        if self.alive & 1 != 0 {
            let start = self.parts.state(self.parts.start(0));
            emit_some(if last { start.last } else { start.inner }, emit);
        }
    }

    /// Starts at a lead.
    #[inline(always)]
    fn start_at(&mut self, depth: usize, lead: Lead<'_>) {
        self.position = depth as u16;
        let walks = self.parts.part(Part::LeadWalks);
        if lead.walks() != 0
            && let Some(record) = record_at::<{ 4 * WALK_RECORD }>(walks, lead.walks() as usize)
            && let (&[alive, ref states @ ..], _) = record.as_chunks()
        {
            self.alive = u32::from_le_bytes(alive);
            for (place, state) in self.states.iter_mut().zip(states) {
                *place = u32::from_le_bytes(*state);
            }
        }
        self.note(lead);
    }

    /// Knows the registers of a lead: they are few, and few searches read any.
    #[inline(always)]
    fn note(&mut self, lead: Lead<'_>) {
        let sets = self.parts.part(Part::LeadRegisters);
        let (first, count) = lead.sets();
        let (first, length) =
            ((first as usize).wrapping_mul(4), usize::from(count).wrapping_mul(4));
        (self.noted, _) = slice_at(sets, first, length).as_chunks();
    }

    /// Goes on from states known from before.
    #[cfg(feature = "compile")]
    pub(super) fn resume(&mut self, states: [u32; DOWN], alive: u32, position: u16) {
        (self.states, self.alive, self.position) = (states, alive, position);
    }

    /// Searches a path of any kind.
    #[inline]
    pub(super) fn any(
        mut self,
        components: &mut dyn Iterator<Item = &[u8]>,
        emit: &mut dyn FnMut(u32),
    ) {
        let mut recent = Recent::NONE;
        let mut next = components.next();
        self.start(next.is_none(), emit);
        while let Some(bytes) = next {
            next = components.next();
            let last = next.is_none();
            recent.push(bytes);
            if last {
                self.last(bytes, |levels| recent.above(levels), emit);
            } else if self.is_awake() {
                self.inner(bytes, emit);
            } else {
                self.position = self.position.saturating_add(1);
            }
        }
    }

    /// Searches a plain path, from the lead it begins with if that is known. Whether it has to
    /// be searched again, because there were too few registers.
    #[inline]
    pub(super) fn plain(
        mut self,
        path: &Plain<'_>,
        found: Option<(usize, Lead<'_>)>,
        emit: &mut dyn FnMut(u32),
    ) -> bool {
        let mut index = 0;
        match found {
            Some((depth, lead)) => {
                self.start_at(depth, lead);
                index = depth;
            }
            None => self.start(false, emit),
        }
        let last = path.len().wrapping_sub(1);
        while index < last && self.is_awake() {
            let Some(bytes) = path.component(index) else { return false };
            self.inner(bytes, emit);
            index = index.wrapping_add(1);
        }
        self.plain_last(path, emit);
        self.lacking
    }

    /// Searches the end of a plain path that begins with a lead on which no walk is alive.
    #[inline(always)]
    pub(super) fn plain_end(mut self, path: &Plain<'_>, lead: Lead<'_>, emit: &mut dyn FnMut(u32)) {
        self.note(lead);
        self.plain_last(path, emit);
    }

    #[inline(always)]
    fn plain_last(&mut self, path: &Plain<'_>, emit: &mut dyn FnMut(u32)) {
        let last = path.len().wrapping_sub(1);
        self.position = last as u16;
        if let Some(bytes) = path.component(last) {
            self.last(bytes, |levels| path.component(last.checked_sub(levels)?), emit);
        }
    }

    /// Whether a component that is not the last can matter.
    #[inline(always)]
    fn is_awake(&self) -> bool {
        self.alive != 0 || self.parts.flags & INNER_NAMES != 0
    }

    /// Takes a component that is not the last.
    #[inline(always)]
    pub(super) fn inner(&mut self, bytes: &[u8], emit: &mut dyn FnMut(u32)) {
        self.position = self.position.saturating_add(1);
        let mut component = Component::new(self.parts, bytes);
        if self.parts.flags & INNER_NAMES != 0 {
            component.names(self.parts, false, emit);
        }
        self.step_all(&mut component, false, emit);
    }

    /// Takes the last component; `above` gives those above it.
    #[inline(always)]
    pub(super) fn last<'p>(
        &mut self,
        bytes: &'p [u8],
        above: impl Fn(usize) -> Option<&'p [u8]>,
        emit: &mut dyn FnMut(u32),
    ) {
        self.position = self.position.saturating_add(1);
        if self.alive == 0 && self.parts.flags & (LAST_NAMES | SOME_TRAILING) == 0 {
            return;
        }
        let mut component = Component::new(self.parts, bytes);
        if self.parts.flags & LAST_NAMES != 0 {
            component.names(self.parts, true, emit);
        }
        self.step_all(&mut component, true, emit);
        let mut left = self.parts.flags & SOME_TRAILING;
        while left != 0 {
            let group = left.trailing_zeros().wrapping_sub(TRAILING.trailing_zeros());
            left &= left.wrapping_sub(1);
            self.climb(group as usize, &mut component, &above, emit);
        }
    }

    /// Moves every living walk over a component.
    #[inline(always)]
    fn step_all(&mut self, component: &mut Component<'_>, last: bool, emit: &mut dyn FnMut(u32)) {
        let mut left = self.alive;
        while left != 0 {
            let index = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            let Some(place) = self.states.get_mut(index) else { break };
            *place = self.parts.step(*place, index, component);
            if *place == DEAD {
                self.alive &= !bit(index);
                continue;
            }
            let state = self.parts.state(*place);
            emit_some(if last { state.last } else { state.inner }, emit);
            if state.flags & LEAF != 0 && index.is_multiple_of(2) {
                self.alive &= !bit(index);
            }
            if state.count == 0 || !self.apply(&state, last, emit) {
                continue;
            }
            // A register was set: the floating automaton of the group, the next
            // walk, begins with the next component.
            let floating = index | 1;
            if self.alive & bit(floating) == 0 {
                let start = self.parts.start(floating);
                if let Some(place) = self.states.get_mut(floating)
                    && start != DEAD
                {
                    *place = start;
                    self.alive |= bit(floating);
                }
                left &= !bit(floating);
            }
        }
    }

    /// Walks a group's trailing automaton from the last component upwards.
    #[inline(always)]
    fn climb<'p>(
        &mut self,
        group: usize,
        last: &mut Component<'_>,
        above: &impl Fn(usize) -> Option<&'p [u8]>,
        emit: &mut dyn FnMut(u32),
    ) {
        let start = self.parts.start(DOWN.wrapping_add(group));
        let index = group.wrapping_mul(2);
        let mut place = self.parts.step(start, index, last);
        let mut levels = 1;
        while place != DEAD {
            let state = self.parts.state(place);
            emit_some(state.last, emit);
            if state.count != 0 {
                self.apply(&state, true, emit);
            }
            if state.flags & LEAF != 0 || levels >= RECENT {
                break;
            }
            let Some(bytes) = above(levels) else { break };
            place = self.parts.step(place, index, &mut Component::new(self.parts, bytes));
            levels = levels.wrapping_add(1);
        }
    }

    /// Where a piece of a pattern matched first, [`UNSET`] if it did not.
    fn register(&self, register: u16) -> u16 {
        let found = self.registers.get(usize::from(register)).copied().unwrap_or(UNSET);
        found.min(noted_at(self.noted, register))
    }

    /// Applies a state's conditions; says whether a register was set.
    #[inline(never)]
    fn apply(&mut self, state: &State, last: bool, emit: &mut dyn FnMut(u32)) -> bool {
        let conditions = self.parts.part(Part::Conditions);
        let mut set = false;
        for index in 0..state.count.min(MAX_CONDITIONS) {
            let index = state.first.wrapping_add(u32::from(index)) as usize;
            let Some(condition) = record_at::<12>(conditions, index) else { break };
            let (required, length) = (u16_at(condition, 0), u16_at(condition, 1));
            if required != NO_REGISTER {
                let noted = self.register(required);
                if noted == UNSET || noted.saturating_add(length) > self.position {
                    continue;
                }
            }
            let value = u32_at(condition, 2);
            match u32_at(condition, 1) {
                SET_REGISTER => match self.registers.get_mut(value as usize) {
                    Some(register) => {
                        *register = (*register).min(self.position);
                        set = true;
                    }
                    None => self.lacking = true,
                },
                EMIT_LAST if last => emit_some(value, emit),
                EMIT_INNER if !last => emit_some(value, emit),
                _ => {}
            }
        }
        set
    }
}

/// Where pieces matched first, of which a lead knows.
fn noted_at(noted: &[[u8; 4]], register: u16) -> u16 {
    let found = noted.binary_search_by_key(&register, |set| u16_at(set, 0));
    found.ok().and_then(|index| noted.get(index)).map_or(UNSET, |set| u16_at(set, 1))
}

#[inline(always)]
fn bit(index: usize) -> u32 {
    1u32.wrapping_shl(index as u32)
}

impl Parts<'_> {
    /// Where a walk starts, [`DEAD`] if it has no automaton.
    #[inline(always)]
    fn start(&self, index: usize) -> u32 {
        u32_at(self.preface, (Header::Starts as usize).wrapping_add(index))
    }

    /// The state after one component. A floating automaton's rows hold what
    /// differs from the row of its start.
    #[inline(always)]
    fn step(&self, state: u32, index: usize, component: &mut Component<'_>) -> u32 {
        let from = self.state(state);
        let start = if index % 2 == 1 { self.start(index) } else { state };
        if component.symbol != 0 {
            if let Some(next) = self.cell(from.base, component.symbol, state) {
                return next;
            }
            if start != state
                && let Some(next) = self.cell(self.state(start).base, component.symbol, start)
            {
                return next;
            }
        }
        if from.flags & SETS != 0
            && let Some(kind) = Kind::of_group(index / 2)
            && let set = component.set(kind, self)
            && set != 0
        {
            let symbol = self.symbols.wrapping_add(set);
            if let Some(next) = self.cell(from.base, symbol, state) {
                return next;
            }
            if start != state
                && let Some(next) = self.cell(self.state(start).base, symbol, start)
            {
                return next;
            }
        }
        from.default
    }
}

/// The last components seen.
struct Recent<'p> {
    ring: [&'p [u8]; RECENT],
    count: usize,
}

impl<'p> Recent<'p> {
    const NONE: Self = Recent { ring: [&[]; RECENT], count: 0 };

    fn push(&mut self, bytes: &'p [u8]) {
        if let Some(place) = self.ring.get_mut(self.count % RECENT) {
            *place = bytes;
        }
        self.count = self.count.wrapping_add(1);
    }

    /// The component so many levels above the last one.
    fn above(&self, levels: usize) -> Option<&'p [u8]> {
        let index = self.count.checked_sub(levels)?.checked_sub(1)?;
        if levels < RECENT { self.ring.get(index % RECENT).copied() } else { None }
    }
}
