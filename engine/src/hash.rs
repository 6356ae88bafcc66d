//! The 64-bit hash of dictionaries and of the bundle checksum: a folded
//! 64 × 64 → 128 bit multiplication per sixteen bytes.
//!
//! It is fast, not cryptographic: tables verify the bytes behind a hash, and a
//! checksum finds damage, not forgery.

use crate::bytes::ends;

/// Hashes `bytes` under `seed`.
#[inline]
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = seed ^ K0 ^ (bytes.len() as u64).wrapping_mul(K2);
    let mut rest = bytes;
    while rest.len() > 16 {
        let Some((chunk, tail)) = rest.split_first_chunk::<16>() else { break };
        state = mix(state, ends(chunk)) ^ K3;
        rest = tail;
    }
    mix(state, ends(rest))
}

/// Hashes how long a text is and its last sixteen bytes: for filters, where many alike
/// cost no more than time.
#[inline]
pub(crate) fn hash_of_end(text: &[u8]) -> u32 {
    let (low, high) = match text.last_chunk::<16>() {
        Some(last) => ends(last),
        None => ends(text),
    };
    let low = (low ^ text.len() as u64).wrapping_mul(K1);
    (low.wrapping_add(high.wrapping_mul(K3)) >> 32) as u32
}

/// A text for each number; under this seed the low halves of their hashes are alike.
#[cfg(test)]
pub(crate) fn colliding(seed: u64, number: u32) -> [u8; 16] {
    // One factor is 2^32, so that of the other only the upper half gets there.
    let low = seed ^ K0 ^ K2.wrapping_mul(16) ^ (1 << 32);
    let mut text = [0; 16];
    text[..8].copy_from_slice(&low.to_le_bytes());
    text[8..12].copy_from_slice(&number.to_le_bytes());
    text
}

/// Both factors hang on the state, so that no input makes one of them zero
/// without knowing it.
#[inline]
pub(crate) fn mix(state: u64, (low, high): (u64, u64)) -> u64 {
    fold(low ^ state, high ^ state.rotate_left(32) ^ K1)
}

/// The high and low half of a product, added without carry.
#[inline]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

// Odd constants without structure: the first 256 fractional bits of the golden ratio.
const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xf39c_c060_5ced_c835;
const K2: u64 = 0x1082_276b_f3a2_7251;
const K3: u64 = 0xf86c_6a11_d0c1_8e95;

/// The checksum of a bundle's bytes: four independent lanes of 32-byte blocks.
pub(crate) fn checksum(seed: u64, bytes: &[u8]) -> u64 {
    let mut lanes = [seed ^ K0, seed ^ K1, seed ^ K2, seed ^ K3];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            // The rotation keeps a lane that met its own value from staying 0.
            *lane = fold(*lane ^ u64::from_le_bytes(*word), K1).rotate_left(29) ^ K2;
        }
    }
    let mut sum = hash(seed, rest) ^ (bytes.len() as u64);
    for lane in lanes {
        sum = fold(sum ^ lane, K3).rotate_left(17) ^ K0;
    }
    sum
}
