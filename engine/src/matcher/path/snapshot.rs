//! A search that has come to the end of a lead, for whoever writes leads: only
//! the reader itself knows what it would do there.

use alloc::vec;
use alloc::vec::Vec;

use super::walk::{DOWN, Search, UNSET, WALK_RECORD};
use super::{DEAD, Header, MAX_REGISTERS, PURE, Parts};

/// What a search knows after the components of a lead.
#[derive(Clone)]
pub(crate) struct Snapshot<'a> {
    table: &'a [u8],
    states: [u32; DOWN],
    alive: u32,
    depth: u16,
    /// Those that are set, with their positions.
    registers: Vec<(u16, u16)>,
    /// The outcomes emitted so far, where the path goes on.
    passed: Vec<u32>,
    /// All outcomes, where it ends here.
    ends: Vec<u32>,
}

impl<'a> Snapshot<'a> {
    /// Before the first component; `None` for an empty table.
    pub(crate) fn root(table: &'a [u8]) -> Option<Self> {
        let parts = Parts::new(table)?;
        let mut none = [];
        let mut search = Search::new(&parts, &mut none);
        let mut passed = Vec::new();
        search.start(false, &mut |outcome| passed.push(outcome));
        let (states, alive) = (search.states, search.alive);
        let registers = Vec::new();
        Some(Snapshot { table, states, alive, depth: 0, registers, passed, ends: Vec::new() })
    }

    /// After one more component, the last of `path`.
    pub(crate) fn below(&self, path: &[Vec<u8>]) -> Snapshot<'a> {
        let mut below = self.clone();
        let (Some(parts), Some((name, above))) = (Parts::new(self.table), path.split_last()) else {
            return below;
        };
        let count = (parts.header(Header::Registers) as usize).min(MAX_REGISTERS);
        let mut registers = vec![UNSET; count];
        for &(register, position) in &self.registers {
            if let Some(place) = registers.get_mut(usize::from(register)) {
                *place = position;
            }
        }
        let mut registers_of_last = registers.clone();
        let mut last = Search::new(&parts, &mut registers_of_last);
        let mut search = Search::new(&parts, &mut registers);
        for one in [&mut last, &mut search] {
            one.resume(self.states, self.alive, self.depth);
        }
        below.ends.clone_from(&self.passed);
        let levels_above = |levels: usize| Some(above[above.len().checked_sub(levels)?].as_slice());
        last.last(name, levels_above, &mut |outcome| below.ends.push(outcome));
        search.inner(name, &mut |outcome| below.passed.push(outcome));
        (below.states, below.alive) = (search.states, search.alive);
        let registers = (0u16..).zip(registers);
        below.registers = registers.filter(|&(_, noted)| noted != UNSET).collect();
        below.depth = self.depth.saturating_add(1);
        below
    }

    /// The outcomes of a path that goes on, as far as they are known here.
    pub(crate) fn passed(&self) -> &[u32] {
        &self.passed
    }

    /// All outcomes of a path that ends here.
    pub(crate) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The record of the walks that are alive; where every literal component that
    /// could follow makes a deeper lead, only of those that others could keep alive.
    pub(crate) fn walks(&self, leads_follow: bool) -> [u32; WALK_RECORD] {
        let mut record = [DEAD; WALK_RECORD];
        let [alive, walks @ ..] = &mut record;
        let parts = Parts::new(self.table);
        let flags = |state| parts.as_ref().map_or(0, |parts| parts.state(state).flags);
        for (index, (walk, &state)) in walks.iter_mut().zip(&self.states).enumerate() {
            let bit = self.alive & 1u32.wrapping_shl(index as u32);
            if bit != 0 && !(leads_follow && flags(state) & PURE != 0) {
                *walk = state;
                *alive |= bit;
            }
        }
        record
    }

    /// The registers that are set, with their positions.
    pub(crate) fn registers(&self) -> &[(u16, u16)] {
        &self.registers
    }
}
