//! Leads: the literal components that anchored patterns begin with, and all that
//! lie above them.
//!
//! What every automaton does on a lead is known when the table is written. So a
//! search starts at the deepest lead that its path begins with and that says more than
//! the one above it. Most paths are on no such lead, which a [`Filter`] tells, that is
//! small enough to stay near the processor. It is asked about one beginning of the path
//! after the other, the longest first, at depths where there are such leads.
//!
//! # Layout
//!
//! [`Header`]; then the root, which is a lead; then the filter of ends, that of
//! beginnings, the buckets and the other leads. A lead is [`RECORD`] bytes with its
//! text behind: length of the text `u16`, number of registers set `u16`, outcome if the
//! path ends here `u32`, if it goes on `u32`, record of the walks `u32`, first register
//! set `u32`. A bucket is where its leads begin, `u32`, counted from the header; they end
//! where those of the next begin. [`hash`] of its text chooses the bucket of a lead.

use crate::bytes::{chunk_at, same, u16_at, u32_at, u64_at};
#[cfg(feature = "compile")]
use crate::canonical::plain::PLAIN;
use crate::canonical::plain::Plain;
use crate::hash::{hash, hash_of_end};

/// The `u32` fields at the beginning.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
enum Header {
    /// Of the hashes that choose a bucket.
    Seed = 0,
    /// One less than the number of buckets.
    Buckets = 1,
    /// One less than the words of the filter of ends.
    Ends = 2,
    /// One less than the words of the filter of beginnings.
    Beginnings = 3,
    /// A bit for each depth with leads in the filter of ends.
    EndDepths = 4,
    /// Likewise in that of beginnings.
    BeginningDepths = 5,
}

pub(crate) const HEADER: usize = 24;
pub(crate) const RECORD: usize = 20;
/// A bucket has no more leads.
pub(crate) const MOST_IN_BUCKET: usize = 32;
/// The longest text of a lead.
pub(crate) const LONGEST: usize = 256;
/// The deepest lead there may be.
#[cfg(feature = "compile")]
pub(crate) const DEEPEST: usize = PLAIN - 1;

/// Says of a text whether it may be that of a lead: in `u64`, a bit for the length of a
/// text and its last bytes ([`hash_of_end`]).
#[derive(Clone, Copy)]
pub(crate) struct Filter<'a> {
    words: &'a [u8],
    mask: u32,
}

impl<'a> Filter<'a> {
    /// A filter at the beginning of `bytes`, and what follows it.
    #[inline]
    fn split(bytes: &'a [u8], mask: u32) -> Option<(Self, &'a [u8])> {
        let length = (mask as usize).checked_add(1)?.checked_mul(8)?;
        let (words, rest) = bytes.split_at_checked(length)?;
        Some((Filter { words, mask }, rest))
    }

    #[inline]
    fn may_have(self, text: &[u8]) -> bool {
        let (index, bit) = place(text, self.mask);
        u64_at(self.words, index).wrapping_shr(bit) & 1 == 1
    }
}

/// The word for a text in a filter, and the bit in it.
#[inline]
pub(crate) fn place(text: &[u8], mask: u32) -> (usize, u32) {
    let hash = hash_of_end(text);
    ((hash.wrapping_shr(6) & mask) as usize, hash & 63)
}

/// The leads of a table.
pub(super) struct Leads<'a> {
    part: &'a [u8],
    header: &'a [u8; HEADER],
    ends: Filter<'a>,
    beginnings: Filter<'a>,
    buckets: &'a [u8],
}

/// What is known where a path has come to a lead.
#[derive(Clone, Copy)]
pub(super) struct Lead<'a>(&'a [u8; RECORD]);

impl Lead<'_> {
    /// The outcome if the path ends here.
    #[inline]
    pub(super) fn last(self) -> u32 {
        u32_at(self.0, 1)
    }

    /// The outcome if it goes on.
    #[inline]
    pub(super) fn inner(self) -> u32 {
        u32_at(self.0, 2)
    }

    /// The record of the walks; 0 if all are dead.
    #[inline]
    pub(super) fn walks(self) -> u32 {
        u32_at(self.0, 3)
    }

    /// The first register set, and how many are.
    #[inline]
    pub(super) fn sets(self) -> (u32, u16) {
        (u32_at(self.0, 4), u16_at(self.0, 1))
    }
}

impl<'a> Leads<'a> {
    /// `None` if there are none.
    #[inline]
    pub(super) fn new(part: &'a [u8]) -> Option<Self> {
        let (header, rest) = part.split_first_chunk()?;
        let field = |field: Header| u32_at(header, field as usize);
        let (ends, rest) = Filter::split(rest.get(RECORD..)?, field(Header::Ends))?;
        let (beginnings, buckets) = Filter::split(rest, field(Header::Beginnings))?;
        Some(Leads { part, header, ends, beginnings, buckets })
    }

    /// The deepest lead that a path begins with and that says more than those above it,
    /// and its depth.
    #[inline]
    pub(super) fn find(&self, path: &Plain<'_>) -> Option<(usize, Lead<'a>)> {
        let depth = path.len();
        let whole = 1u32.wrapping_shl(depth as u32);
        if self.field(Header::EndDepths) & whole != 0
            && let Some(lead) = self.lead(self.ends, path.beginning(depth)?)
        {
            return Some((depth, lead));
        }
        let mut left = self.field(Header::BeginningDepths) & whole.wrapping_sub(1);
        while let Some(depth) = left.checked_ilog2() {
            if let Some(lead) = self.lead(self.beginnings, path.beginning(depth as usize)?) {
                return Some((depth as usize, lead));
            }
            left ^= 1u32.wrapping_shl(depth);
        }
        let root = chunk_at(self.part, HEADER)?;
        Some((0, Lead(root)))
    }

    /// The lead of this text, if the filter may have it.
    #[inline(always)]
    fn lead(&self, filter: Filter<'_>, text: &[u8]) -> Option<Lead<'a>> {
        if !filter.may_have(text) || text.len() > LONGEST {
            return None;
        }
        self.in_bucket(text)
    }

    fn in_bucket(&self, text: &[u8]) -> Option<Lead<'a>> {
        let hash = hash(u64::from(self.field(Header::Seed)), text) as u32;
        let bucket = (hash & self.field(Header::Buckets)) as usize;
        let start = u32_at(self.buckets, bucket) as usize;
        let end = u32_at(self.buckets, bucket.wrapping_add(1)) as usize;
        let mut leads = self.part.get(start..end)?;
        for _ in 0..MOST_IN_BUCKET {
            let (record, rest) = leads.split_first_chunk()?;
            let (found, rest) = rest.split_at_checked(usize::from(u16_at(record, 0)))?;
            if same(found, text) {
                return Some(Lead(record));
            }
            leads = rest;
        }
        None
    }

    #[inline]
    fn field(&self, field: Header) -> u32 {
        u32_at(self.header, field as usize)
    }
}
