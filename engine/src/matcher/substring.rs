//! Texts inside others: an Aho-Corasick automaton (1975) over byte classes.
//!
//! Layout: states `u32`, classes `u32`; the class of each byte, 256 bytes; the
//! outcome of each state `u32`, 0 if no text ends there; then for each state the
//! next by class, `u32`. State 0 is the start.

use crate::bytes::{slice_at, u32_at};

pub(crate) const HEADER: usize = 8;

/// A table of texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubstringTable<'a> {
    bytes: &'a [u8],
}

impl<'a> SubstringTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        SubstringTable { bytes }
    }

    /// Whether nothing can be found.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Emits the outcomes of the texts that end at each byte; O(bytes).
    pub(crate) fn search(&self, text: &[u8], mut emit: impl FnMut(u32)) {
        let (states, classes) = (u32_at(self.bytes, 0) as usize, u32_at(self.bytes, 1) as usize);
        if states == 0 {
            return;
        }
        let class_of = slice_at(self.bytes, HEADER, 256);
        let rest = self.bytes.get(HEADER.wrapping_add(256)..).unwrap_or(&[]);
        let next = rest.get(states.saturating_mul(4)..).unwrap_or(&[]);
        let mut state = 0usize;
        for &byte in text {
            let class = class_of.get(usize::from(byte)).copied().unwrap_or(0);
            let at = state.wrapping_mul(classes).wrapping_add(usize::from(class));
            state = u32_at(next, at) as usize;
            let outcome = u32_at(rest, state);
            if outcome != 0 && state < states {
                emit(outcome);
            }
        }
    }

    /// Whether one of the texts is in another.
    pub(crate) fn any(&self, text: &[u8]) -> bool {
        let mut any = false;
        self.search(text, |_| any = true);
        any
    }
}
