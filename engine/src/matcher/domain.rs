//! Domain names: one hash per label of a name, one look at a filter per hash.
//!
//! Two tables, searched with the same suffixes of a name. A key has two
//! outcomes: for the name itself (`at`) and for every name below it (`below`).
//!
//! Most suffixes are on no list. A Bloom filter (Bloom, 1970) of a byte a name, small
//! enough for a cache, says so; what passes it is looked for in one block of 64 bytes,
//! mostly. Where both lie follows from the hash alone, so neither waits for the other.
//!
//! # Layout
//!
//! * Seed `u64`; words of the filter, home blocks, all blocks, pairs, width of a pair's
//!   number in bytes (1, 2 or 4), zero: `u32` each.
//! * The pairs of `at` and `below`, 8 bytes each.
//! * The filter: words of `u64`; three bits for each name, all in one word.
//! * Blocks of 64 bytes, records in 63 of them, zero behind; the last byte is 1 if
//!   names whose home is this block, or one before it, lie in the next one.
//!
//! `Domains`, compared byte by byte: a record is the length of a name, `u8`, the number
//! of its pair and the name. That of a name too long for a block has the length
//! [`LONG`] and, in place of the name, where in a pool behind the blocks it lies, `u32`:
//! its length `u8` and itself.
//!
//! `Feeds`, for large lists of what is denied, by fingerprint: a record is the low 48
//! bits of a name's hash and the number of its pair from 1, 1 or 2 bytes.
//! A name that is on no list is taken for a listed one with a chance of about
//! 12 × labels / 2^48; never the other way round. Whoever can choose the bundle could
//! choose a name that collides, so exceptions are never stored here.

use crate::bytes::{u32_at, u64_at};
use crate::canonical::domain::{Domain, Suffix, equals};

pub(crate) const HEADER: usize = 32;
pub(crate) const BLOCK: usize = 64;
/// Of a block, for records.
pub(crate) const ROOM: usize = BLOCK - 1;
/// How many blocks a name is from its home at most.
pub(crate) const MOST_AWAY: usize = 64;
/// Stands for the length of a name that lies in the pool.
pub(crate) const LONG: u8 = 0xff;
/// Bytes of a fingerprint.
#[cfg(feature = "compile")]
pub(crate) const FINGERPRINT: usize = 6;

/// Names compared byte by byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DomainTable<'a> {
    blocks: Option<Blocks<'a>>,
}

impl<'a> DomainTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        DomainTable { blocks: Blocks::new(bytes) }
    }

    /// Emits the outcomes of a name and of the names above it.
    #[inline]
    pub(crate) fn search(&self, name: Domain<'_>, mut emit: impl FnMut(u32)) {
        let Some(blocks) = &self.blocks else { return };
        name.suffixes(blocks.seed, |suffix| {
            if blocks.may_hold(suffix.hash) {
                blocks.find(&suffix, &mut emit);
            }
        });
    }
}

/// Names compared by fingerprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FeedTable<'a> {
    blocks: Option<Blocks<'a>>,
}

impl<'a> FeedTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        FeedTable { blocks: Blocks::new(bytes) }
    }

    /// Emits the outcomes of a name and of the names above it.
    #[inline]
    pub(crate) fn search(&self, name: Domain<'_>, mut emit: impl FnMut(u32)) {
        let Some(blocks) = &self.blocks else { return };
        name.suffixes(blocks.seed, |suffix| {
            if blocks.may_hold(suffix.hash) {
                match blocks.width {
                    1 => blocks.find_print::<7>(&suffix, &mut emit),
                    _ => blocks.find_print::<8>(&suffix, &mut emit),
                }
            }
        });
    }
}

/// What both tables are.
#[derive(Clone, Copy, Debug)]
struct Blocks<'a> {
    seed: u64,
    homes: u32,
    /// Bytes of a pair's number.
    width: usize,
    pairs: &'a [u8],
    filter: &'a [[u8; 8]],
    blocks: &'a [[u8; BLOCK]],
    pool: &'a [u8],
}

impl<'a> Blocks<'a> {
    #[inline]
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let (header, pairs) = bytes.split_first_chunk::<HEADER>()?;
        let [words, homes, blocks, count, width] =
            [2, 3, 4, 5, 6].map(|field| u32_at(header, field) as usize);
        let (pairs, rest) = pairs.split_at_checked(count.saturating_mul(8))?;
        let (filter, rest) = rest.split_at_checked(words.saturating_mul(8))?;
        let (blocks, pool) = rest.split_at_checked(blocks.saturating_mul(BLOCK))?;
        let (filter, blocks) = (filter.as_chunks().0, blocks.as_chunks().0);
        let (seed, homes) = (u64_at(header, 0), homes as u32);
        Some(Blocks { seed, homes, width, pairs, filter, blocks, pool })
    }

    /// Whether the filter lets a hash pass.
    #[inline]
    fn may_hold(&self, hash: u64) -> bool {
        match self.filter.get(place(hash, self.filter.len() as u32)) {
            Some(word) => {
                let word = u64::from_le_bytes(*word);
                let [a, b, c] = filter_bits(hash).map(|bit| word.wrapping_shr(bit));
                a & b & c & 1 != 0
            }
            None => false,
        }
    }

    /// The blocks in which a hash may be.
    #[inline]
    fn of(&self, hash: u64) -> impl Iterator<Item = &'a [u8; BLOCK]> {
        let left = self.blocks.get(place(hash, self.homes)..).unwrap_or(&[]);
        let mut goes_on = true;
        left.iter().take(MOST_AWAY.wrapping_add(1)).take_while(move |block| {
            let [.., flag] = block;
            core::mem::replace(&mut goes_on, *flag != 0)
        })
    }

    #[inline(never)]
    fn find(&self, suffix: &Suffix<'_>, emit: &mut impl FnMut(u32)) {
        let text = suffix.text();
        for block in self.of(suffix.hash) {
            let mut left = block.as_slice();
            while let Some((&length @ 1.., record)) = left.split_first() {
                let long = length == LONG;
                let Some((number, name)) = record.split_at_checked(self.width) else { break };
                let size = if long { 4 } else { usize::from(length) };
                let Some((name, behind)) = name.split_at_checked(size) else { break };
                left = behind;
                let name = if long { pooled(self.pool, u32_at(name, 0)) } else { name };
                // A name may stand twice, where a fingerprint could not name all its
                // rules.
                if equals(text, name) {
                    let number = number.iter().rev();
                    let number = number.fold(0, |high, &low| high << 8 | usize::from(low));
                    self.emit(number, suffix, emit);
                }
            }
        }
    }

    /// Likewise among fingerprints; `SIZE` is that of a record.
    #[inline(never)]
    fn find_print<const SIZE: usize>(&self, suffix: &Suffix<'_>, emit: &mut impl FnMut(u32)) {
        let numbers = if SIZE == 7 { 0xff } else { 0xffff };
        for block in self.of(suffix.hash) {
            // A word of the last record takes in the block's last byte.
            for record in 0..ROOM.checked_div(SIZE).unwrap_or(0) {
                let at = record.wrapping_mul(SIZE);
                let word = u64_at(block.get(at..).unwrap_or(&[]), 0);
                if (word ^ suffix.hash) << 16 == 0
                    && let Some(number) = ((word >> 48 & numbers) as usize).checked_sub(1)
                {
                    self.emit(number, suffix, emit);
                }
            }
        }
    }

    #[inline]
    fn emit(&self, number: usize, suffix: &Suffix<'_>, emit: &mut impl FnMut(u32)) {
        let pair = number.wrapping_mul(2);
        let outcome =
            u32_at(self.pairs, if suffix.is_whole() { pair } else { pair.wrapping_add(1) });
        if outcome != 0 {
            emit(outcome);
        }
    }
}

/// Which of so many words or blocks is that of a hash: by its highest bits, which no
/// fingerprint holds.
#[inline]
pub(crate) fn place(hash: u64, count: u32) -> usize {
    ((hash >> 32).wrapping_mul(u64::from(count)) >> 32) as usize
}

/// The bits of a hash in a word of the filter, modulo 64.
#[inline]
pub(crate) fn filter_bits(hash: u64) -> [u32; 3] {
    [hash as u32, (hash >> 6) as u32, (hash >> 12) as u32]
}

fn pooled(pool: &[u8], offset: u32) -> &[u8] {
    let at = pool.get(offset as usize..).unwrap_or(&[]);
    let Some((&length, rest)) = at.split_first() else { return &[] };
    rest.get(..usize::from(length)).unwrap_or(&[])
}
