//! Ports: ranges that share an outcome.
//!
//! Layout: ranges `u32`; where each starts, `u16`, the first at 0; the outcome
//! of each, `u32`, from the next multiple of 4.

use crate::bytes::{u16_at, u32_at};

/// A table of ports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortTable<'a> {
    bytes: &'a [u8],
}

impl<'a> PortTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        PortTable { bytes }
    }

    /// The outcome of a port, 0 if it has none.
    pub(crate) fn find(&self, port: u16) -> u32 {
        let ranges = u32_at(self.bytes, 0) as usize;
        if ranges == 0 {
            return 0;
        }
        let starts = self.bytes.get(4..).unwrap_or(&[]);
        let (mut low, mut high) = (0usize, ranges);
        while low < high {
            let middle = low.wrapping_add(high.wrapping_sub(low) / 2);
            if u16_at(starts, middle) > port {
                high = middle;
            } else {
                low = middle.wrapping_add(1);
            }
        }
        let outcomes = ranges.saturating_mul(2).wrapping_add(3) & !3;
        u32_at(starts.get(outcomes..).unwrap_or(&[]), low.wrapping_sub(1))
    }
}
