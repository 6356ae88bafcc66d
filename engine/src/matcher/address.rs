//! Networks: the ranges into which they cut the addresses of a family, behind an
//! index.
//!
//! IPv4 addresses are searched as they are, IPv6 addresses by their upper half; an
//! upper half that is cut further has a table of its own for lower halves, an
//! *inner* one.
//!
//! # Layout
//!
//! All `u32` unless said otherwise; offsets are from the beginning of the table.
//!
//! * Header: width of a range's number in bytes; how many outcomes are numbered;
//!   how many inner tables; offsets of their index and ranges; width of their numbers;
//!   offset of the crowds; zero; then for IPv4 and for IPv6: the least address that is
//!   in a network (`u64`), `shift`, buckets (0 if there are no networks), width of a
//!   start in bytes, offsets of index and ranges, zero. Widths are 1 to 8.
//! * The numbered outcomes.
//! * The index of a family: for each value of an address, less the least, without the
//!   low `shift` bits what is known of those addresses; at the end the same for all
//!   behind. Most are of one range: its outcome, or [`INNER`] and the number of an inner
//!   table. Others are [`CUT`]: how many ranges start there, and behind it, in
//!   [`FIRST`] bits, which is the first; or for [`CROWD`] of them the number of a crowd.
//! * Ranges: the low `shift` bits of where one starts – it ends where the next starts –,
//!   then the number of its outcome, or behind those that of an inner table.
//! * Crowds: the first of many ranges and the one behind the last.
//! * The index of inner tables: their first range, and at the end how many there
//!   are. Their starts are `u64`, the first of each is 0.
//! * [`PAD`] bytes zero, so that a number of any width is read as a `u64`.

use crate::bytes::{chunk_at, record_at, u32_at, u64_at};
use crate::canonical::address::Ip;

pub(crate) const HEADER: usize = 96;
/// The first fields of the families.
pub(crate) const V4: usize = 8;
pub(crate) const V6: usize = 16;
/// Ranges start in the middle of what a word of an index is about.
pub(crate) const CUT: u32 = 1 << 31;
/// A word of an index that is not cut leads to an inner table.
pub(crate) const INNER: u32 = 1 << 30;
/// The bits of a first range, below those of how many there are.
pub(crate) const FIRST: u32 = 24;
/// So many or more ranges in one word of an index, or such as lie beyond the bits of a
/// first one, are a crowd.
pub(crate) const CROWD: u32 = (1 << (31 - FIRST)) - 1;
pub(crate) const PAD: usize = FEW * 16;

/// A table of networks of both families.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressTable<'a> {
    bytes: &'a [u8],
}

impl<'a> AddressTable<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        AddressTable { bytes }
    }

    /// The outcome of all networks that hold an address, 0 if none does.
    ///
    /// O(log of the ranges in one bucket), about one or two.
    #[inline]
    pub(crate) fn find(&self, ip: Ip) -> u32 {
        let Some((header, _)) = self.bytes.split_first_chunk() else { return 0 };
        let search = Search { bytes: self.bytes, header };
        search.outcome(ip).unwrap_or(0)
    }
}

struct Search<'a> {
    bytes: &'a [u8],
    header: &'a [u8; HEADER],
}

impl<'a> Search<'a> {
    #[inline]
    fn outcome(&self, ip: Ip) -> Option<u32> {
        match ip {
            Ip::V4(bits) => self.of_family(V4, u64::from(bits), 0),
            Ip::V6(bits) => self.of_family(V6, (bits >> 64) as u64, bits as u64),
        }
    }

    /// The outcome for an address of a family, whose lower half is `low`.
    #[inline]
    fn of_family(&self, family: usize, address: u64, low: u64) -> Option<u32> {
        let field = |field: usize| self.field(family.wrapping_add(field));
        let (shift, buckets) = (field(2) as u32, field(3));
        if buckets == 0 {
            return None;
        }
        let offset = address.checked_sub(u64_at(self.header, family / 2))?;
        let bucket = offset.wrapping_shr(shift).min(buckets as u64) as usize;
        let word = u32_at(self.from(field(5)), bucket);
        if word & CUT == 0 {
            return match word & INNER {
                0 => Some(word),
                _ => Some(self.inner(word & !INNER, low)),
            };
        }
        let wanted = offset & !u64::MAX.wrapping_shl(shift);
        let ranges = Ranges { bytes: self.from(field(6)), start: field(4), number: self.field(0) };
        let number = ranges.find(self.range(word), wanted);
        Some(match number.checked_sub(self.field(1)) {
            None => self.numbered(number),
            Some(inner) => self.inner(inner as u32, low),
        })
    }

    /// The first range of a word that is cut, and how many there are.
    #[inline]
    fn range(&self, word: u32) -> (usize, usize) {
        let first = (word & !u32::MAX.wrapping_shl(FIRST)) as usize;
        let count = word.wrapping_shr(FIRST) & CROWD;
        if count < CROWD { (first, count as usize) } else { self.crowd(first) }
    }

    #[inline(never)]
    fn crowd(&self, number: usize) -> (usize, usize) {
        let crowd = record_at(self.from(self.field(6)), number).unwrap_or(&[0; 8]);
        let (first, behind) = (u32_at(crowd, 0), u32_at(crowd, 1));
        (first as usize, behind.saturating_sub(first) as usize)
    }

    /// A numbered outcome.
    #[inline]
    fn numbered(&self, number: usize) -> u32 {
        u32_at(self.from(HEADER), number)
    }

    /// The outcome of the range of an inner table that holds a lower half.
    #[inline(never)]
    fn inner(&self, table: u32, low: u64) -> u32 {
        let index = self.from(self.field(3));
        let first = u32_at(index, table as usize) as usize;
        let behind = u32_at(index, (table as usize).wrapping_add(1)) as usize;
        let bytes = self.from(self.field(4));
        let ranges = Ranges { bytes, start: 8, number: self.field(5) };
        self.numbered(ranges.find((first, behind.saturating_sub(first)), low))
    }

    #[inline]
    fn field(&self, field: usize) -> usize {
        u32_at(self.header, field) as usize
    }

    #[inline]
    fn from(&self, offset: usize) -> &'a [u8] {
        self.bytes.get(offset..).unwrap_or(&[])
    }
}

/// How many starts are compared at once.
const FEW: usize = 4;

/// Where ranges start, each with its number, and how many bytes these take.
struct Ranges<'a> {
    bytes: &'a [u8],
    start: usize,
    number: usize,
}

impl Ranges<'_> {
    /// The number of the last of `count` ranges from `first` that starts at `wanted` or
    /// before it, or of the one before them all.
    #[inline]
    fn find(&self, (first, count): (usize, usize), wanted: u64) -> usize {
        let range = match count <= FEW {
            true => first.wrapping_add(self.of_few((first, count), wanted)),
            false => self.behind((first, count), wanted),
        };
        let at = range.wrapping_sub(1).wrapping_mul(self.each()).wrapping_add(self.start);
        number_at(self.bytes, at, self.number) as usize
    }

    /// The first that starts behind `wanted`.
    fn behind(&self, (first, count): (usize, usize), wanted: u64) -> usize {
        let (mut base, mut left) = (first, count);
        while left > 0 {
            let half = left / 2;
            let middle = base.wrapping_add(half);
            let start = number_at(self.bytes, middle.wrapping_mul(self.each()), self.start);
            let is_before = start <= wanted;
            base = if is_before { middle.wrapping_add(1) } else { base };
            left = if is_before { left.wrapping_sub(half).wrapping_sub(1) } else { half };
        }
        base
    }

    /// How many of a few start at `wanted` or before it. All are compared: how soon a
    /// search ends would be anybody's guess.
    #[inline]
    fn of_few(&self, (first, count): (usize, usize), wanted: u64) -> usize {
        let each = self.each();
        let few = self.bytes.get(first.wrapping_mul(each)..);
        let Some(few) = few.and_then(<[u8]>::first_chunk::<PAD>) else { return 0 };
        let mut before = 0usize;
        for index in 0..FEW {
            let start = number_at(few, index.wrapping_mul(each), self.start);
            before = before.wrapping_add(usize::from(index < count && start <= wanted));
        }
        before
    }

    #[inline]
    fn each(&self) -> usize {
        self.start.wrapping_add(self.number).min(PAD / FEW)
    }
}

/// The number of `width` bytes at an offset.
#[inline]
fn number_at(bytes: &[u8], at: usize, width: usize) -> u64 {
    let number = chunk_at(bytes, at).map_or(0, |at| u64::from_le_bytes(*at));
    number & u64::MAX.wrapping_shr(64u32.wrapping_sub((width as u32).wrapping_mul(8)))
}

/// The first `length` bits.
pub(crate) fn mask(bits: u128, length: u8) -> u128 {
    bits & u128::MAX.checked_shl(128u32.saturating_sub(u32::from(length))).unwrap_or(0)
}
