//! SHA-256 digests: 64 hexadecimal digits in either case, as 32 bytes.

use crate::decision::Invalid;

/// The bytes of a digest.
pub(crate) fn sha256(text: &[u8]) -> Result<[u8; 32], Invalid> {
    let mut digest = [0; 32];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != digest.len() || !rest.is_empty() {
        return Err(Invalid::Sha256);
    }
    for (byte, &[high, low]) in digest.iter_mut().zip(pairs) {
        *byte = (nibble(high)? << 4) | nibble(low)?;
    }
    Ok(digest)
}

fn nibble(digit: u8) -> Result<u8, Invalid> {
    // At most 15, so the conversion keeps the value.
    char::from(digit).to_digit(16).map(|value| value as u8).ok_or(Invalid::Sha256)
}
