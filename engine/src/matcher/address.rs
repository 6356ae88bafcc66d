//! Networks: ranges behind an index for IPv4, a hash per prefix length for IPv6.
//!
//! Layout, all `u32` unless said otherwise: index bits `k`, ranges, width of an
//! outcome's number in bytes (2 or 4), numbered outcomes, IPv6 slots, longest
//! probe, IPv6 lengths, zero; seed `u64`; then
//!
//! 1. the numbered outcomes;
//! 2. the index: for each value of an address's top `k` bits the first range
//!    that starts there or later, and at the end the number of ranges;
//! 3. where ranges start: the low 16 bits as `u16` if `k` is 16, else `u32`;
//! 4. the number of each range's outcome;
//! 5. the IPv6 prefix lengths, one byte each, longest first;
//! 6. IPv6 slots of 24 bytes: prefix (16 bytes, network order), outcome `u32`,
//!    length + 1 (`u8`, 0 for an empty slot), three zeros.
//!
//! Sections 3 to 6 begin at multiples of 4 from the first. The first range
//! starts at 0.0.0.0; each ends where the next starts. The longest IPv6 prefix
//! that holds an address has the outcome of all that hold it.

use crate::bytes::{record_at, slice_at, u16_at, u32_at, u64_at};
use crate::canonical::address::Ip;
use crate::hash::hash;

pub(crate) const HEADER: usize = 40;
pub(crate) const SLOT: usize = 24;
pub(crate) const MAX_PROBE: u32 = 64;
/// The most bits of the index.
pub(crate) const MAX_INDEX: u32 = 16;

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
    #[inline]
    pub(crate) fn find(&self, ip: Ip) -> u32 {
        if self.bytes.is_empty() {
            return 0;
        }
        match ip {
            Ip::V4(bits) => self.find_v4(bits),
            Ip::V6(bits) => self.find_v6(bits),
        }
    }

    fn header(&self, field: usize) -> usize {
        u32_at(self.bytes, field) as usize
    }

    fn find_v4(&self, bits: u32) -> u32 {
        let (k, ranges) = (u32_at(self.bytes, 0).min(MAX_INDEX), self.header(1));
        if ranges == 0 {
            return 0;
        }
        let parts = Parts::new(self);
        let bucket = bits.checked_shr(32u32.wrapping_sub(k)).unwrap_or(0) as usize;
        let index = self.bytes.get(parts.index..).unwrap_or(&[]);
        let mut low = u32_at(index, bucket) as usize;
        let mut high = u32_at(index, bucket.wrapping_add(1)) as usize;
        let starts = self.bytes.get(parts.starts..).unwrap_or(&[]);
        // The number of ranges that start at the address or before it. The
        // difference halves each time, so that any bytes end within 64 steps.
        while low < high {
            let middle = low.wrapping_add(high.wrapping_sub(low) / 2);
            let after = if k == MAX_INDEX {
                u16_at(starts, middle) > bits as u16
            } else {
                u32_at(starts, middle) > bits
            };
            if after {
                high = middle;
            } else {
                low = middle.wrapping_add(1);
            }
        }
        let range = low.wrapping_sub(1);
        let numbers = self.bytes.get(parts.numbers..).unwrap_or(&[]);
        let number = match self.header(2) {
            2 => usize::from(u16_at(numbers, range)),
            _ => u32_at(numbers, range) as usize,
        };
        u32_at(slice_at(self.bytes, HEADER, self.header(3).saturating_mul(4)), number)
    }

    fn find_v6(&self, bits: u128) -> u32 {
        let (slots, longest) = (u32_at(self.bytes, 4), u32_at(self.bytes, 5).min(MAX_PROBE));
        if slots == 0 {
            return 0;
        }
        let parts = Parts::new(self);
        let seed = u64_at(self.bytes, 4);
        let table = self.bytes.get(parts.slots..).unwrap_or(&[]);
        for &length in slice_at(self.bytes, parts.lengths, self.header(6)) {
            let prefix = mask(bits, length);
            let key = prefix.to_be_bytes();
            for probe in 0..=longest {
                let at = position(hash(seed ^ u64::from(length), &key), probe, slots);
                let Some(slot) = record_at::<SLOT>(table, at) else { break };
                let [.., stored, _, _, _] = *slot;
                if stored == 0 {
                    break;
                }
                if stored == length.wrapping_add(1) && slot.first_chunk() == Some(&key) {
                    return u32_at(slot, 4);
                }
            }
        }
        0
    }
}

/// Where the parts of a table begin.
struct Parts {
    index: usize,
    starts: usize,
    numbers: usize,
    lengths: usize,
    slots: usize,
}

impl Parts {
    fn new(table: &AddressTable<'_>) -> Parts {
        let (k, ranges) = (u32_at(table.bytes, 0).min(MAX_INDEX), table.header(1));
        let aligned = |bytes: usize| bytes.wrapping_add(3) & !3;
        let index = HEADER.wrapping_add(table.header(3).saturating_mul(4));
        let entries = if ranges == 0 { 0 } else { (1usize << k).wrapping_add(1) };
        let starts = index.wrapping_add(entries.wrapping_mul(4));
        let width = if k == MAX_INDEX { 2 } else { 4 };
        let numbers = aligned(starts.wrapping_add(ranges.saturating_mul(width)));
        let lengths = aligned(numbers.wrapping_add(ranges.saturating_mul(table.header(2))));
        let slots = aligned(lengths.wrapping_add(table.header(6)));
        Parts { index, starts, numbers, lengths, slots }
    }
}

/// The first `length` bits.
pub(crate) fn mask(bits: u128, length: u8) -> u128 {
    bits & u128::MAX.checked_shl(128u32.saturating_sub(u32::from(length))).unwrap_or(0)
}

/// Where a hash is looked for.
pub(crate) fn position(hash: u64, probe: u32, slots: u32) -> usize {
    let first = (hash >> 32).wrapping_mul(u64::from(slots)) >> 32;
    let at = first.wrapping_add(u64::from(probe));
    (if at >= u64::from(slots) { at.wrapping_sub(u64::from(slots)) } else { at }) as usize
}
