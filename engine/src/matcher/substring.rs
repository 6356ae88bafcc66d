//! Texts inside others: an Aho-Corasick automaton (1975) over byte classes.
//!
//! Layout: states `u32`, classes `u32`, the first class of a byte that begins a
//! text `u32`, the byte that begins all texts plus one, 0 if they begin with several,
//! `u32`; the class of each byte, 256 bytes; the outcome of each
//! state `u32`, 0 if no text ends there; then for each state the next by class,
//! `u32`: where its row begins, with the highest bit set if a text ends there. Row 0
//! is the start.

use crate::bytes::u32_at;

pub(crate) const HEADER: usize = 16;
/// A text ends in a state.
pub(crate) const ENDS: u32 = 1 << 31;

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

    /// Emits the outcomes of the texts that end at each byte; O(bytes).
    pub(crate) fn search(&self, text: &[u8], mut emit: impl FnMut(u32)) {
        let Some(automaton) = self.automaton() else { return };
        let mut row = 0u32;
        let mut left = text;
        loop {
            if let (0, Some(only)) = (row, automaton.only) {
                left = from_first(left, only);
            }
            let Some((&byte, behind)) = left.split_first() else { return };
            left = behind;
            row = automaton.step(row, byte, &mut emit);
        }
    }

    /// Whether one of the texts is in another.
    pub(crate) fn any(&self, text: &[u8]) -> bool {
        let mut any = false;
        self.search(text, |_| any = true);
        any
    }

    /// The same for a text that comes byte by byte.
    pub(crate) fn any_of(&self, text: impl Iterator<Item = u8>) -> bool {
        let Some(automaton) = self.automaton() else { return false };
        let (mut row, mut any) = (0, false);
        for byte in text {
            row = automaton.step(row, byte, &mut |_| any = true);
        }
        any
    }

    fn automaton(&self) -> Option<Automaton<'a>> {
        let (header, rest) = self.bytes.split_first_chunk::<HEADER>()?;
        let (class_of, outcomes) = rest.split_first_chunk::<256>()?;
        let [states, classes, begins, only] = [0, 1, 2, 3].map(|field| u32_at(header, field));
        let only = only.checked_sub(1).map(|byte| byte as u8);
        let next = outcomes.get((states as usize).saturating_mul(4)..).unwrap_or(&[]);
        Some(Automaton { class_of, outcomes, next, classes, begins, only })
    }
}

/// The parts of a table.
struct Automaton<'a> {
    class_of: &'a [u8; 256],
    outcomes: &'a [u8],
    next: &'a [u8],
    classes: u32,
    begins: u32,
    /// The byte that all texts begin with.
    only: Option<u8>,
}

impl Automaton<'_> {
    /// The row behind a byte.
    #[inline]
    fn step(&self, row: u32, byte: u8, emit: &mut impl FnMut(u32)) -> u32 {
        let class = self.class_of.get(usize::from(byte)).map_or(0, |&class| u32::from(class));
        // Most bytes are read here: none waits for the one before.
        if row == 0 && class < self.begins {
            return 0;
        }
        let cell = u32_at(self.next, row.wrapping_add(class) as usize);
        let next = cell & !ENDS;
        if cell != next {
            emit(u32_at(self.outcomes, next.checked_div(self.classes).unwrap_or(0) as usize));
        }
        next
    }
}

/// What is left of a text from the first such byte on; sixteen bytes at a time, which
/// the compiler makes one vector.
#[inline]
fn from_first(text: &[u8], byte: u8) -> &[u8] {
    let mut left = text;
    while let Some((chunk, behind)) = left.split_first_chunk::<16>() {
        if chunk.iter().fold(false, |found, &other| found | (other == byte)) {
            break;
        }
        left = behind;
    }
    let at = left.iter().position(|&other| other == byte).unwrap_or(left.len());
    left.get(at..).unwrap_or(&[])
}
