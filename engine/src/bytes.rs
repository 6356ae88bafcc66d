//! Reading little-endian tables from untrusted bytes.
//!
//! Every read is total: outside the table it is 0 or empty. A damaged bundle
//! can therefore give a wrong answer (which its checksum prevents) but never a
//! panic, an endless loop or a read out of bounds. Offsets are computed by
//! wrapping arithmetic for the same reason.

/// The `index`-th `u16` of a table.
#[inline]
pub(crate) fn u16_at(table: &[u8], index: usize) -> u16 {
    match chunk_at(table, index.wrapping_mul(2)) {
        Some(bytes) => u16::from_le_bytes(*bytes),
        None => 0,
    }
}

/// The `index`-th `u32` of a table.
#[inline]
pub(crate) fn u32_at(table: &[u8], index: usize) -> u32 {
    match chunk_at(table, index.wrapping_mul(4)) {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => 0,
    }
}

/// The `index`-th `u64` of a table.
#[inline]
pub(crate) fn u64_at(table: &[u8], index: usize) -> u64 {
    match chunk_at(table, index.wrapping_mul(8)) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => 0,
    }
}

/// The `index`-th record of `N` bytes.
#[inline]
pub(crate) fn record_at<const N: usize>(table: &[u8], index: usize) -> Option<&[u8; N]> {
    chunk_at(table, index.wrapping_mul(N))
}

/// `len` bytes from `offset`, or nothing if they are not all there.
#[inline]
pub(crate) fn slice_at(table: &[u8], offset: usize, len: usize) -> &[u8] {
    match table.get(offset..offset.wrapping_add(len)) {
        Some(found) => found,
        None => nothing(),
    }
}

/// Only damaged bundles come here: a call, lest both results are computed each time
/// to choose one.
#[cold]
#[inline(never)]
fn nothing() -> &'static [u8] {
    &[]
}

/// Whether two strings are equal: faster than `==`, which calls a function, for
/// strings as short as names are.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (Some(last), Some(other)) = (a.last_chunk::<16>(), b.last_chunk::<16>()) else {
        return ends(a) == ends(b);
    };
    let pairs = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0);
    ends(last) == ends(other) && pairs.into_iter().all(|(a, b)| ends(a) == ends(b))
}

/// At most sixteen bytes as two words, which overlap where there are fewer.
/// Different bytes of one length give different words.
#[inline]
pub(crate) fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
    }
    match *bytes {
        [] => (0, 0),
        [only] => (u64::from(only), 0),
        [first, last] => (u64::from(first), u64::from(last)),
        [first, middle, last, ..] => (u64::from(first) | (u64::from(middle) << 8), u64::from(last)),
    }
}

/// Fewer than eight bytes as a word.
#[inline]
pub(crate) fn last_bytes(bytes: &[u8]) -> u64 {
    let (half, rest) = match bytes.split_first_chunk::<4>() {
        Some((half, rest)) => (u64::from(u32::from_le_bytes(*half)), rest),
        None => (0, bytes),
    };
    let shift = if rest.len() == bytes.len() { 0 } else { 32 };
    let few = match *rest {
        [] => 0,
        [a] => u64::from(a),
        [a, b] => u64::from(a) | u64::from(b) << 8,
        [a, b, c, ..] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
    };
    half | few << shift
}

/// Whether there is a NUL. Core's `contains` has a path to a panic that stays linked.
#[inline]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        let unused = u64::MAX.wrapping_shl((bytes.len() as u32).wrapping_mul(8));
        return zero_bytes(last_bytes(bytes) | unused) != 0;
    };
    let words = bytes.as_chunks().0.iter().chain([last]);
    words.fold(0, |found, word| found | zero_bytes(u64::from_le_bytes(*word))) != 0
}

/// A bit set in every byte of `word` that is zero, exact up to the first one.
/// Source: Warren, Hacker's Delight (2nd ed.), section 6-1.
#[inline]
pub(crate) fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOW_BITS) & !word & HIGH_BITS
}

pub(crate) const LOW_BITS: u64 = 0x0101_0101_0101_0101;
pub(crate) const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// `N` bytes from `offset`.
#[inline]
pub(crate) fn chunk_at<const N: usize>(table: &[u8], offset: usize) -> Option<&[u8; N]> {
    table.get(offset..offset.wrapping_add(N))?.first_chunk()
}
