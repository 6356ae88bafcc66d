//! Row displacement: sparse rows of a transition table laid over one another,
//! each cell naming the row it belongs to.
//!
//! Source: Tarjan and Yao, "Storing a Sparse Table", CACM 22 (1979).

use alloc::vec;
use alloc::vec::Vec;

/// The rows of `(owner, [(symbol, target)])`: a base for each owner below
/// `owners`, and the cells (check, next), as they are written.
///
/// Owner 0 is never given a row, so that an empty cell belongs to none.
pub(super) fn pack(owners: usize, rows: &mut [(u32, Vec<(u32, u32)>)]) -> (Vec<u32>, Vec<u8>) {
    // Long rows first, while there is room; equal ones in the order of their owners.
    rows.sort_by_key(|(owner, row)| (usize::MAX - row.len(), *owner));
    let mut bases = vec![0u32; owners];
    let mut cells: Vec<(u32, u32)> = Vec::new();
    let mut first_free = 0usize;
    for (owner, row) in rows {
        row.sort_unstable();
        let Some(&(lowest, _)) = row.first() else { continue };
        let free = |at: usize| cells.get(at).is_none_or(|&(check, _)| check == 0);
        let mut start = first_free;
        // A long search gains little: after it, the row goes to the end.
        let tries = 4096;
        let start = loop {
            if start - first_free > tries {
                break cells.len();
            }
            if row.iter().all(|&(symbol, _)| free(start + (symbol - lowest) as usize)) {
                break start;
            }
            start += 1;
        };
        bases[*owner as usize] = (start as u32).wrapping_sub(lowest);
        for &(symbol, target) in row.iter() {
            let at = start + (symbol - lowest) as usize;
            if at >= cells.len() {
                cells.resize(at + 1, (0, 0));
            }
            cells[at] = (*owner, target);
        }
        while cells.get(first_free).is_some_and(|&(check, _)| check != 0) {
            first_free += 1;
        }
    }
    let cells = cells.iter().flat_map(|(check, next)| [check.to_le_bytes(), next.to_le_bytes()]);
    (bases, cells.flatten().collect())
}
