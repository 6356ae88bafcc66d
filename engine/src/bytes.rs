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
    if a.len() <= 16 { ends(a) == ends(b) } else { a == b }
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

/// `N` bytes from `offset`.
#[inline]
pub(crate) fn chunk_at<const N: usize>(table: &[u8], offset: usize) -> Option<&[u8; N]> {
    table.get(offset..)?.first_chunk()
}
