//! Row displacement: sparse rows of a transition table laid over one another,
//! each cell naming the row it belongs to.
//!
//! Source: Tarjan and Yao, "Storing a Sparse Table", CACM 22 (1979).

use alloc::vec;
use alloc::vec::Vec;

/// The rows of `(owner, [(symbol, target)])`: a base for each owner below
/// `owners`, and the cells (check, next).
///
/// Owner 0 is never given a row, so that an empty cell belongs to none.
pub(super) fn pack(
    owners: usize,
    rows: &mut [(u32, Vec<(u32, u32)>)],
) -> (Vec<u32>, Vec<(u32, u32)>) {
    // Long rows first, while there is room; equal ones in the order of their owners.
    rows.sort_by_key(|(owner, row)| (usize::MAX - row.len(), *owner));
    let mut bases = vec![0u32; owners];
    let mut cells = Cells::default();
    let (mut from, mut length) = (0, 0);
    for (owner, row) in rows {
        row.sort_unstable();
        let Some(&(lowest, _)) = row.first() else { continue };
        // Where a row found no room, hardly any as long as it will.
        if row.len() != length {
            (from, length) = (0, row.len());
        }
        let start = cells.room(&mut from, lowest, row);
        bases[*owner as usize] = (start as u32).wrapping_sub(lowest);
        for &(symbol, target) in row.iter() {
            cells.set(start + (symbol - lowest) as usize, (*owner, target));
        }
    }
    (bases, cells.cells)
}

/// The cells so far; those past the end are free.
#[derive(Default)]
struct Cells {
    cells: Vec<(u32, u32)>,
    /// For each cell, itself if it is free, else a later one from which to look on.
    free: Vec<usize>,
}

impl Cells {
    /// How many free cells are tried for a row before it goes to the end.
    const TRIES: usize = 1 << 12;
    /// After how many of them the next row of its length is not tried there.
    const FULL: usize = 1 << 8;

    /// The first place with room for a row from `from` on, counted from its lowest
    /// symbol.
    fn room(&mut self, from: &mut usize, lowest: u32, row: &[(u32, u32)]) -> usize {
        let mut start = self.next_free(*from);
        for tried in 0..Cells::TRIES {
            let mut places = row.iter().map(|&(symbol, _)| start + (symbol - lowest) as usize);
            if places.all(|at| self.cells.get(at).is_none_or(|&(check, _)| check == 0)) {
                if tried > Cells::FULL {
                    *from = start;
                }
                return start;
            }
            start = self.next_free(start + 1);
        }
        *from = self.cells.len();
        *from
    }

    fn set(&mut self, at: usize, cell: (u32, u32)) {
        if at >= self.cells.len() {
            self.free.extend(self.cells.len()..=at);
            self.cells.resize(at + 1, (0, 0));
        }
        self.cells[at] = cell;
        self.free[at] = at + 1;
    }

    /// The first free cell from here, shortening the way for the next time.
    fn next_free(&mut self, from: usize) -> usize {
        let mut at = from;
        while self.free.get(at).is_some_and(|&next| next != at) {
            at = self.free[at];
        }
        let mut behind = from;
        while self.free.get(behind).is_some_and(|&next| next != behind) {
            behind = core::mem::replace(&mut self.free[behind], at);
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_cell_is_its_owners_and_rows_share_their_gaps() {
        let mut rows: Vec<(u32, Vec<(u32, u32)>)> = (1..400)
            .map(|owner| {
                (owner, (0..owner % 7).map(|n| (n * 61 + owner, owner * 10 + n)).collect())
            })
            .collect();
        let wanted = rows.clone();
        let (bases, cells) = pack(400, &mut rows);
        let cell = |base: u32, symbol: u32| cells[base.wrapping_add(symbol) as usize];
        let mut used = 0;
        for (owner, row) in wanted {
            for (symbol, target) in row {
                assert_eq!(cell(bases[owner as usize], symbol), (owner, target));
                used += 1;
            }
        }
        assert!(cells.len() < used * 2, "{} cells for {used}", cells.len());
    }
}
