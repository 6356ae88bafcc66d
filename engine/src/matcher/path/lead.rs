//! Leads: the literal components that anchored patterns begin with, and all that
//! lie above them.
//!
//! What every automaton does on a lead is known when the table is written. So a
//! search starts at the deepest lead that its path begins with, and that one is
//! found by halving: all leads above a lead are leads.
//!
//! # Layout
//!
//! Seed `u64`, mask `u32`, longest probe `u32`, deepest lead `u32`, number of
//! leads `u32`, 8 bytes zero; then `mask + 1` slots of 8 bytes (check, number of
//! the lead + 1, 0 for none); then the leads of 24 bytes: text offset `u32`, its
//! length `u16`, number of registers set `u16`, outcome if the path ends here
//! `u32`, if it goes on `u32`, record of the walks `u32`, first register set
//! `u32`; then the texts. Lead 0 is the root. The hash of a lead is that of its text.

use crate::bytes::{record_at, slice_at, u16_at, u32_at, u64_at};
#[cfg(feature = "compile")]
use crate::canonical::plain::PLAIN;
use crate::canonical::plain::Plain;
use crate::hash::hash;

pub(crate) const HEADER: usize = 32;
pub(crate) const SLOT: usize = 8;
pub(crate) const RECORD: usize = 24;
pub(crate) const MAX_PROBE: u32 = 32;
/// The deepest lead there may be.
#[cfg(feature = "compile")]
pub(crate) const DEEPEST: usize = PLAIN - 1;

/// The leads of a table.
pub(super) struct Leads<'a> {
    header: &'a [u8; HEADER],
    rest: &'a [u8],
}

/// What is known where a path has come to a lead.
pub(super) struct Lead {
    pub(super) last: u32,
    pub(super) inner: u32,
    pub(super) walks: u32,
    pub(super) first_set: u32,
    pub(super) sets: u16,
}

impl<'a> Leads<'a> {
    /// `None` if there are none.
    #[inline]
    pub(super) fn new(part: &'a [u8]) -> Option<Self> {
        let (header, rest) = part.split_first_chunk()?;
        Some(Leads { header, rest })
    }

    /// The deepest lead that a path begins with, and its depth. `None` also if
    /// chance, or somebody, has made a hash collide: then nothing is known.
    #[inline]
    pub(super) fn find(&self, path: &Plain<'_>) -> Option<(usize, Lead)> {
        let seed = u64_at(self.header, 0);
        let deepest = path.len().min(u32_at(self.header, 4) as usize);
        let (mut there, mut missing) = (0usize, deepest.wrapping_add(1));
        let mut number = 0;
        while missing.wrapping_sub(there) > 1 {
            let middle = there.wrapping_add(missing.wrapping_sub(there) / 2);
            match self.probe(hash(seed, path.beginning(middle)?)) {
                Some(found) => (there, number) = (middle, found),
                None => missing = middle,
            }
        }
        let slots = (u32_at(self.header, 2) as usize).wrapping_add(1).wrapping_mul(SLOT);
        let leads = self.rest.get(slots..)?;
        let record = record_at::<RECORD>(leads, number as usize)?;
        let texts = leads.get((u32_at(self.header, 5) as usize).wrapping_mul(RECORD)..)?;
        let text = slice_at(texts, u32_at(record, 0) as usize, usize::from(u16_at(record, 2)));
        if there != 0 && text != path.beginning(there)? {
            return None;
        }
        let lead = Lead {
            last: u32_at(record, 2),
            inner: u32_at(record, 3),
            walks: u32_at(record, 4),
            first_set: u32_at(record, 5),
            sets: u16_at(record, 3),
        };
        Some((there, lead))
    }

    /// The lead of a hash: the right one, or none, but for collisions.
    #[inline]
    fn probe(&self, hash: u64) -> Option<u32> {
        let (mask, probes) = (u32_at(self.header, 2), u32_at(self.header, 3).min(MAX_PROBE));
        let mut index = hash as u32;
        for _ in 0..=probes {
            let slot = record_at::<SLOT>(self.rest, (index & mask) as usize)?;
            let number = u32_at(slot, 1).checked_sub(1)?;
            if u32_at(slot, 0) == (hash >> 32) as u32 {
                return Some(number);
            }
            index = index.wrapping_add(1);
        }
        None
    }
}
