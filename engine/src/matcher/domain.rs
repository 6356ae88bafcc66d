//! Domain names: one hash per label of a name, one exact probe per hash.
//!
//! Two tables, searched with the same suffixes of a name. A key has two
//! outcomes: for the name itself (`at`) and for every name below it (`below`).
//!
//! `Domains`, compared byte by byte: seed `u64`, places `u32`, longest probe
//! `u32`, pairs `u32`, bytes of a slot `u32` (8 or 10); the pairs of `at` and
//! `below`, 8 bytes each; as many slots as places and the longest probe: pool offset
//! `u32`, check `u16`, number of a pair from 1, 0 for an empty slot, `u16` or `u32`;
//! then the pool, each name after a byte with its length.
//!
//! `Feeds`, for large lists of what is denied, by fingerprint: seed `u64`,
//! buckets `u32`, pairs `u32`; pairs of `at` and `below`; buckets of four `u64`,
//! the low 16 bits the number of a pair from 1, the others the name's hash. A
//! name is in one of two buckets (cuckoo hashing), so that a look-up reads two
//! cache lines. A name that is on no list is taken for a listed one with a
//! chance of 8 × labels / 2^48; never the other way round. Whoever can choose
//! the bundle could choose a name that collides, so exceptions are never stored
//! here.

use crate::bytes::{record_at, u16_at, u32_at, u64_at};
use crate::canonical::domain::{Domain, Suffix};

pub(crate) const HEADER: usize = 16;
/// That of names compared byte by byte.
pub(crate) const EXACT_HEADER: usize = 24;
pub(crate) const BUCKET: usize = 4;
pub(crate) const MAX_PROBE: u32 = 64;

/// Names compared byte by byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DomainTable<'a> {
    bytes: &'a [u8],
}

impl<'a> DomainTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        DomainTable { bytes }
    }

    /// Emits the outcomes of a name and of the names above it.
    pub(crate) fn search(&self, name: Domain<'_>, mut emit: impl FnMut(u32)) {
        let Some((header, rest)) = self.bytes.split_first_chunk::<EXACT_HEADER>() else { return };
        let [places, longest, count, width] = [2, 3, 4, 5].map(|field| u32_at(header, field));
        let (longest, width) = (longest.min(MAX_PROBE), width as usize);
        let slots = rest.get((count as usize).saturating_mul(8)..).unwrap_or(&[]);
        let all = (places as usize).wrapping_add(longest as usize);
        let pool = slots.get(all.saturating_mul(width)..).unwrap_or(&[]);
        for suffix in name.suffixes(u64_at(header, 0)) {
            let home = place(suffix.hash, places);
            for probe in 0..=longest as usize {
                let at = home.wrapping_add(probe).wrapping_mul(width);
                let slot = slots.get(at..).unwrap_or(&[]);
                let number = match width {
                    8 => u32::from(u16_at(slot, 3)),
                    _ => u32_at(slot.get(6..).unwrap_or(&[]), 0),
                };
                let Some(pair) = number.checked_sub(1) else { break };
                if u16_at(slot, 2) == check(suffix.hash)
                    && pooled(pool, u32_at(slot, 0)).eq_ignore_ascii_case(suffix.text)
                {
                    // A name may stand twice, where a fingerprint could not name all
                    // its rules.
                    let at = (pair as usize).wrapping_mul(2);
                    let outcomes = [u32_at(rest, at), u32_at(rest, at.wrapping_add(1))];
                    emit_one(&suffix, outcomes, &mut emit);
                }
            }
        }
    }
}

fn pooled(pool: &[u8], offset: u32) -> &[u8] {
    let at = pool.get(offset as usize..).unwrap_or(&[]);
    let Some((&length, rest)) = at.split_first() else { return &[] };
    rest.get(..usize::from(length)).unwrap_or(&[])
}

/// Names compared by fingerprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FeedTable<'a> {
    bytes: &'a [u8],
}

impl<'a> FeedTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        FeedTable { bytes }
    }

    /// Emits the outcomes of a name and of the names above it.
    pub(crate) fn search(&self, name: Domain<'_>, mut emit: impl FnMut(u32)) {
        if self.bytes.is_empty() {
            return;
        }
        let (count, pairs) = (u32_at(self.bytes, 2), u32_at(self.bytes, 3));
        let rest = self.bytes.get(HEADER..).unwrap_or(&[]);
        let buckets = rest.get((pairs as usize).saturating_mul(8)..).unwrap_or(&[]);
        for suffix in name.suffixes(u64_at(self.bytes, 0)) {
            for bucket in buckets_of(suffix.hash, count) {
                let Some(slots) = record_at::<{ 8 * BUCKET }>(buckets, bucket) else { continue };
                for slot in slots.as_chunks::<8>().0 {
                    let slot = u64::from_le_bytes(*slot);
                    if slot >> 16 == suffix.hash >> 16 && slot as u16 != 0 {
                        let at = usize::from(slot as u16).wrapping_sub(1).wrapping_mul(2);
                        let outcomes = [u32_at(rest, at), u32_at(rest, at.wrapping_add(1))];
                        emit_one(&suffix, outcomes, &mut emit);
                    }
                }
            }
        }
    }
}

fn emit_one(suffix: &Suffix<'_>, [at, below]: [u32; 2], emit: &mut impl FnMut(u32)) {
    let outcome = if suffix.whole { at } else { below };
    if outcome != 0 {
        emit(outcome);
    }
}

/// The two buckets in which a hash may be. The first comes from the low bits,
/// which no fingerprint holds.
#[inline]
pub(crate) fn buckets_of(hash: u64, buckets: u32) -> [usize; 2] {
    let range = |bits: u32| (u64::from(bits).wrapping_mul(u64::from(buckets)) >> 32) as usize;
    [range((hash as u32).rotate_left(16)), range(crate::hash::fold(hash, SECOND) as u32)]
}

const SECOND: u64 = 0xd1b5_4a32_d192_ed03;

/// Where a hash is looked for first.
#[inline]
pub(crate) fn place(hash: u64, places: u32) -> usize {
    let spread = u64::from((hash as u32).rotate_left(16));
    (spread.wrapping_mul(u64::from(places)) >> 32) as usize
}

/// The part of a hash that is compared before the name is.
pub(crate) fn check(hash: u64) -> u16 {
    (hash >> 48) as u16
}
