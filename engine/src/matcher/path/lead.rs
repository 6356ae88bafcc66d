//! Leads: the literal components that anchored patterns begin with, and all that
//! lie above them.
//!
//! What every automaton does on a lead is known when the table is written. So a
//! search starts at the deepest lead that its path begins with, and that one is
//! found by halving, or nearly so: all leads above a lead are leads.
//!
//! # Layout
//!
//! Seed `u64`, mask `u32`, longest probe `u32`, deepest lead `u32`, flags `u32`
//! ([`MANY`]), 8 bytes zero; then the root, which is a lead; then `mask + 1` slots of 8 bytes (where the lead
//! lies, 0 for none, and check); then the other leads and the texts. A lead is 24
//! bytes: where its text lies `u32`, its length `u16`, number of registers set `u16`,
//! outcome if the path ends here `u32`, if it goes on `u32`, record of the walks
//! `u32`, first register set `u32`. Places are counted from the seed. The hash of a
//! lead is that of its text, as the beginning of a path ([`Beginnings`]).

use crate::bytes::{chunk_at, slice_at, u16_at, u32_at, u64_at};
#[cfg(feature = "compile")]
use crate::canonical::plain::PLAIN;
use crate::canonical::plain::Plain;
use crate::hash::Beginnings;

pub(crate) const HEADER: usize = 32;
pub(crate) const SLOT: usize = 8;
pub(crate) const RECORD: usize = 24;
pub(crate) const MAX_PROBE: u32 = 32;
/// There are so many leads that most paths leave them near their end.
pub(crate) const MANY: u32 = 1;
/// The deepest lead there may be.
#[cfg(feature = "compile")]
pub(crate) const DEEPEST: usize = PLAIN - 1;

/// The leads of a table.
pub(super) struct Leads<'a> {
    part: &'a [u8],
    header: &'a [u8; HEADER],
    slots: &'a [[u8; SLOT]],
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
        let (slots, _) = rest.get(RECORD..)?.as_chunks();
        Some(Leads { part, header, slots })
    }

    /// The deepest lead that a path begins with, and its depth. `None` also if
    /// chance, or somebody, has made a hash collide: then nothing is known.
    #[inline]
    pub(super) fn find(&self, path: &Plain<'_>) -> Option<(usize, Lead)> {
        let mut hashes = Beginnings::NONE;
        let hashes = hashes.of(u64_at(self.header, 0), path.bytes());
        let deepest = path.len().min(u32_at(self.header, 4) as usize);
        let (mut there, mut missing) = (0usize, deepest.wrapping_add(1));
        let mut place = HEADER as u32;
        let quarters = if u32_at(self.header, 5) & MANY == 0 { 2 } else { 3 };
        while missing.wrapping_sub(there) > 1 {
            let step = missing.wrapping_sub(there).wrapping_mul(quarters) / 4;
            let middle = there.wrapping_add(step);
            match hashes.hash(path.beginning(middle)?).and_then(|hash| self.probe(hash)) {
                Some(found) => (there, place) = (middle, found),
                None => missing = middle,
            }
        }
        let record = chunk_at::<RECORD>(self.part, place as usize)?;
        let text = slice_at(self.part, u32_at(record, 0) as usize, usize::from(u16_at(record, 2)));
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

    /// The place of the lead of a hash: the right one, or none, but for collisions.
    #[inline]
    fn probe(&self, hash: u64) -> Option<u32> {
        let (mask, probes) = (u32_at(self.header, 2), u32_at(self.header, 3).min(MAX_PROBE));
        let mut index = hash as u32;
        let mut left = probes;
        loop {
            let slot = u64::from_le_bytes(*self.slots.get((index & mask) as usize)?);
            if slot as u32 == 0 {
                return None;
            }
            if slot >> 32 == hash >> 32 {
                return Some(slot as u32);
            }
            index = index.wrapping_add(1);
            left = left.checked_sub(1)?;
        }
    }
}
