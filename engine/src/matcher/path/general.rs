//! The automaton of wildcard components that are more than `lit*` or `*lit`.
//!
//! It steps from character to character. A row holds only characters that lead
//! elsewhere than most do, so that a `?` costs no more than a letter.
//!
//! # Layout
//!
//! * States: 12 bytes: base, default, class, all `u32`. The class is that of a
//!   component that ends here. [`REST`] is where nothing goes on but what may
//!   begin anywhere; its row is looked at by states whose default is [`INHERIT`].
//! * Cells: 8 bytes: check, next `u32`; a symbol's is at base + symbol.
//! * Ranges: 8 bytes: first and last code point, `u32`, of the characters above
//!   ASCII that patterns tell apart, in order. An ASCII character is its own
//!   symbol; those of the range n have 128 + n; all others, and bytes that are
//!   part of no character, have none.

use super::{DEAD, START};
use crate::bytes::{record_at, u32_at};

/// The state in which only what may begin anywhere goes on.
pub(crate) const REST: u32 = 2;
/// Where a row has no cell, that of [`REST`] counts.
pub(crate) const INHERIT: u32 = u32::MAX;
/// The symbol of the first range.
pub(crate) const RANGES: u32 = 128;

/// The automaton.
#[derive(Clone, Copy, Debug)]
pub(crate) struct General<'a> {
    pub(crate) states: &'a [u8],
    pub(crate) cells: &'a [u8],
    pub(crate) ranges: &'a [u8],
}

impl General<'_> {
    /// The class of a component, 0 if no pattern matches it.
    ///
    /// O(bytes), times the logarithm of the ranges for characters above ASCII.
    pub(crate) fn class(&self, component: &[u8]) -> u32 {
        let mut state = START;
        let mut rest = component;
        while let Some((&byte, tail)) = rest.split_first() {
            let symbol;
            if byte < 0x80 {
                (symbol, rest) = (Some(u32::from(byte)), tail);
            } else {
                let (character, length) = character(rest);
                symbol = character.and_then(|character| self.symbol(character));
                rest = rest.get(length..).unwrap_or(&[]);
            }
            state = self.step(state, symbol);
            if state == DEAD {
                return 0;
            }
        }
        self.state(state).map_or(0, |state| u32_at(state, 2))
    }

    #[inline]
    fn state(&self, state: u32) -> Option<&[u8; 12]> {
        record_at(self.states, state as usize)
    }

    #[inline]
    fn step(&self, state: u32, symbol: Option<u32>) -> u32 {
        let Some(record) = self.state(state) else { return DEAD };
        if let Some(next) = self.cell(record, state, symbol) {
            return next;
        }
        let default = u32_at(record, 1);
        if default != INHERIT {
            return default;
        }
        let Some(record) = self.state(REST) else { return DEAD };
        self.cell(record, REST, symbol).unwrap_or(u32_at(record, 1))
    }

    #[inline]
    fn cell(&self, record: &[u8; 12], owner: u32, symbol: Option<u32>) -> Option<u32> {
        let at = u32_at(record, 0).wrapping_add(symbol?);
        let cell = record_at::<8>(self.cells, at as usize)?;
        (u32_at(cell, 0) == owner).then(|| u32_at(cell, 1))
    }

    /// The symbol of a character above ASCII.
    fn symbol(&self, character: u32) -> Option<u32> {
        let (mut low, mut high) = (0, self.ranges.len() / 8);
        while low < high {
            let middle = low.wrapping_add(high.wrapping_sub(low) / 2);
            let range = record_at::<8>(self.ranges, middle)?;
            if character < u32_at(range, 0) {
                high = middle;
            } else if character > u32_at(range, 1) {
                low = middle.wrapping_add(1);
            } else {
                return Some((middle as u32).wrapping_add(RANGES));
            }
        }
        None
    }
}

/// The character above ASCII that `bytes` begin with, and its length; of what is
/// none, one byte.
///
/// Source: Unicode 15.0, table 3-7, well-formed UTF-8 byte sequences.
fn character(bytes: &[u8]) -> (Option<u32>, usize) {
    let follows = |at: usize, first: u8, last: u8| {
        let byte = bytes.get(at).copied().unwrap_or(0);
        (first..=last).contains(&byte).then_some(u32::from(byte & 0x3f))
    };
    let lead = bytes.first().copied().unwrap_or(0);
    let (length, second) = match lead {
        0xc2..=0xdf => (2, follows(1, 0x80, 0xbf)),
        0xe0 => (3, follows(1, 0xa0, 0xbf)),
        0xed => (3, follows(1, 0x80, 0x9f)),
        0xe1..=0xef => (3, follows(1, 0x80, 0xbf)),
        0xf0 => (4, follows(1, 0x90, 0xbf)),
        0xf1..=0xf3 => (4, follows(1, 0x80, 0xbf)),
        0xf4 => (4, follows(1, 0x80, 0x8f)),
        _ => (1, None),
    };
    let lead = u32::from(lead);
    let shifted = |high: u32, low: u32| (high << 6) | low;
    let whole = match length {
        2 => second.map(|second| shifted(lead & 0x1f, second)),
        3 => second
            .zip(follows(2, 0x80, 0xbf))
            .map(|(second, third)| shifted(shifted(lead & 0x0f, second), third)),
        _ => second.zip(follows(2, 0x80, 0xbf)).zip(follows(3, 0x80, 0xbf)).map(
            |((second, third), fourth)| {
                shifted(shifted(shifted(lead & 0x07, second), third), fourth)
            },
        ),
    };
    (whole, if whole.is_some() { length } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::character;

    #[test]
    fn characters_are_read_as_the_standard_library_reads_them() {
        for number in 0x80..=0x0011_0000u32 {
            let Some(wanted) = char::from_u32(number) else { continue };
            let mut bytes = [b'/'; 5];
            let length = wanted.encode_utf8(&mut bytes).len();
            assert_eq!(character(&bytes), (Some(number), length));
            assert_eq!(character(&bytes[..length - 1]), (None, 1), "{wanted:?} cut off");
        }
        let not_one: [&[u8]; 8] = [
            b"\x80",
            b"\xbf\x80",
            b"\xc0\xaf",
            b"\xc1\x81",
            b"\xe0\x9f\xbf",
            b"\xed\xa0\x80",
            b"\xf0\x8f\xbf\xbf",
            b"\xf4\x90\x80\x80",
        ];
        for bytes in not_one.into_iter().chain([&b"\xff"[..], b"\xf5\x80\x80\x80", b"\xc3/"]) {
            assert!(core::str::from_utf8(bytes).is_err());
            assert_eq!(character(bytes), (None, 1), "{bytes:x?}");
        }
    }
}
