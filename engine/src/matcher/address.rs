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
//!   how many inner tables; offsets of their index, starts and numbers; width of
//!   their numbers; zero; then for IPv4 and for IPv6: the least address that is in
//!   a network (`u64`), `shift`, buckets (0 if there are no networks), width of a
//!   start in bytes, offsets of index, starts and numbers. Widths are 1 to 8.
//! * The numbered outcomes.
//! * The index of a family: for each value of an address, less the least, without
//!   the low `shift` bits the first range that starts there or later, and at the
//!   end the number of ranges.
//! * Starts: the low `shift` bits of where ranges start; each ends where the next
//!   starts.
//! * Numbers: that of each range's outcome, or behind those that of an inner table.
//! * The index of inner tables: their first range, and at the end how many there
//!   are. Their starts are `u64`, the first of each is 0.
//! * Eight bytes zero, so that a number of any width is read as a `u64`.

use crate::bytes::{slice_at, u32_at, u64_at};
use crate::canonical::address::Ip;

pub(crate) const HEADER: usize = 96;
/// The first fields of the families.
pub(crate) const V4: usize = 8;
pub(crate) const V6: usize = 16;
/// The most bits of an index.
#[cfg(feature = "compile")]
pub(crate) const MAX_INDEX: u32 = 18;

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
    fn outcome(&self, ip: Ip) -> Option<u32> {
        let outcomes = self.field(1);
        let number = match ip {
            Ip::V4(bits) => self.number(V4, u64::from(bits))?,
            Ip::V6(bits) => {
                let number = self.number(V6, (bits >> 64) as u64)?;
                match number.checked_sub(outcomes) {
                    None => number,
                    Some(inner) => self.inner(inner, bits as u64),
                }
            }
        };
        Some(u32_at(slice_at(self.bytes, HEADER, outcomes.saturating_mul(4)), number))
    }

    /// The number of the range of a family that holds an address.
    #[inline]
    fn number(&self, family: usize, address: u64) -> Option<usize> {
        let field = |field: usize| self.field(family.wrapping_add(field));
        let (shift, buckets) = (field(2) as u32, field(3));
        if buckets == 0 {
            return None;
        }
        let offset = address.checked_sub(u64_at(self.header, family / 2))?;
        let bucket = (offset.checked_shr(shift)?).min(buckets as u64) as usize;
        let index = self.from(field(5));
        let first = u32_at(index, bucket) as usize;
        // Behind the last bucket lies what the last range holds.
        let behind = u32_at(index, bucket.wrapping_add(1).min(buckets)) as usize;
        let wanted = offset & !u64::MAX.checked_shl(shift).unwrap_or(0);
        let starts = self.from(field(6));
        let width = field(4);
        let range = before(first, behind, wanted, |at| number_at(starts, at, width));
        let numbers = self.from(field(7));
        Some(number_at(numbers, range.checked_sub(1)?, self.field(0)) as usize)
    }

    /// The number of the range of an inner table that holds a lower half.
    #[inline(never)]
    fn inner(&self, table: usize, low: u64) -> usize {
        let index = self.from(self.field(3));
        let first = u32_at(index, table) as usize;
        let behind = u32_at(index, table.wrapping_add(1)) as usize;
        let starts = self.from(self.field(4));
        let range = before(first, behind, low, |at| u64_at(starts, at));
        let numbers = self.from(self.field(5));
        number_at(numbers, range.wrapping_sub(1), self.field(6)) as usize
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

/// The first range behind those from `first` to `behind` that start at `wanted` or
/// before it.
#[inline]
fn before(first: usize, behind: usize, wanted: u64, start: impl Fn(usize) -> u64) -> usize {
    let (mut base, mut left) = (first, behind.saturating_sub(first));
    while left > 0 {
        let half = left / 2;
        let middle = base.wrapping_add(half);
        let is_before = start(middle) <= wanted;
        base = if is_before { middle.wrapping_add(1) } else { base };
        left = if is_before { left.wrapping_sub(half).wrapping_sub(1) } else { half };
    }
    base
}

/// The `index`-th number of `width` bytes.
#[inline]
fn number_at(table: &[u8], index: usize, width: usize) -> u64 {
    let rest = table.get(index.wrapping_mul(width)..).unwrap_or(&[]);
    let bits = (width as u32).wrapping_mul(8);
    u64_at(rest, 0) & !u64::MAX.checked_shl(bits).unwrap_or(0)
}

/// The first `length` bits.
pub(crate) fn mask(bits: u128, length: u8) -> u128 {
    bits & u128::MAX.checked_shl(128u32.saturating_sub(u32::from(length))).unwrap_or(0)
}
