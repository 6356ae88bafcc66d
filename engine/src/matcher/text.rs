//! Exact keys: user names, ids, SIDs, digests and components of paths, each to
//! one outcome.
//!
//! Layout: seed `u64`, mask `u32`, longest probe `u32`, then `mask + 1` slots of
//! 16 bytes (check `u32`, pool offset `u32`, length `u16`, tag `u8`, zero `u8`,
//! outcome `u32`), then the pool of keys. A slot with outcome 0 is empty.
//! Collisions move to the next slot, at most [`MAX_PROBE`] times.
//!
//! Keys are compared byte by byte: a forged hash collision gains nothing.

use crate::bytes::{same, slice_at, u16_at, u32_at, u64_at};
use crate::hash::hash;

pub(crate) const HEADER: usize = 16;
pub(crate) const SLOT: usize = 16;
pub(crate) const MAX_PROBE: u32 = 64;

/// What a key is, so that a name never equals an id.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub(crate) enum Tag {
    /// A user's or group's name, with its domain on Windows.
    Name = 1,
    /// A numeric id, four bytes.
    Id = 2,
    /// A SID in canonical form.
    Sid = 3,
    /// A SHA-256 digest, 32 bytes.
    Digest = 4,
    /// A component of a path; its value is a symbol (`matcher/path/mod.rs`).
    Component = 5,
    /// An address of 4 or 16 bytes and a port, all in network order.
    Endpoint = 6,
    /// The address of an endpoint, whatever the port.
    EndpointAddress = 7,
    /// An environment variable.
    Variable = 8,
    /// The id of an access key.
    AccessKey = 9,
    /// A Windows user's or group's name, whatever the domain.
    Account = 10,
    /// What may be a user or group of the host itself, for rules that deny: with
    /// `.` or the name of the computer before it, or with nothing if the name of
    /// the host is not known.
    Here = 11,
}

/// A table of exact keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextTable<'a> {
    seed: u64,
    mask: u32,
    probes: u32,
    /// The slots, and behind them the pool; empty if there is no key.
    slots: &'a [u8],
}

impl<'a> TextTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        TextTable {
            seed: u64_at(bytes, 0),
            mask: u32_at(bytes, 2),
            probes: u32_at(bytes, 3).min(MAX_PROBE),
            slots: bytes.get(HEADER..).unwrap_or(&[]),
        }
    }

    /// Whether no key can be found.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The outcome of a key, 0 if it is not there.
    #[inline]
    pub(crate) fn find(&self, tag: Tag, key: &[u8]) -> u32 {
        if self.is_empty() {
            return 0;
        }
        let hash = key_hash(self.seed, tag, key);
        let check = (hash >> 32) as u32;
        let mut index = hash as u32;
        let (slots, _) = self.slots.as_chunks::<SLOT>();
        let mut left = self.probes;
        while let Some(slot) = slots.get((index & self.mask) as usize) {
            let outcome = u32_at(slot, 3);
            if outcome == 0 {
                break;
            }
            if u32_at(slot, 0) == check && self.is_key(slot, tag, key) {
                return outcome;
            }
            let Some(fewer) = left.checked_sub(1) else { break };
            left = fewer;
            index = index.wrapping_add(1);
        }
        0
    }

    #[inline]
    fn is_key(&self, slot: &[u8; SLOT], tag: Tag, key: &[u8]) -> bool {
        let [_, _, _, _, _, _, _, _, _, _, slot_tag, ..] = *slot;
        let pool = (self.mask as usize).wrapping_add(1).wrapping_mul(SLOT);
        let offset = pool.wrapping_add(u32_at(slot, 1) as usize);
        let found = slice_at(self.slots, offset, usize::from(u16_at(slot, 4)));
        slot_tag == tag as u8 && same(found, key)
    }
}

/// The hash a key is stored under.
#[inline]
pub(crate) fn key_hash(seed: u64, tag: Tag, key: &[u8]) -> u64 {
    hash(seed ^ (u64::from(tag as u8) << 56), key)
}
