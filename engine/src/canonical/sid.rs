//! Security identifiers: upper case, and of the form that Windows writes.
//!
//! Source: MS-DTYP, section 2.4.2.1: revision 1, an authority of 48 bits, up to
//! 15 further numbers of 32 bits. An authority is hexadecimal from 2^32 on and
//! decimal below, so that every identifier is written in one way.

use crate::decision::Invalid;

/// The longest: 15 numbers of ten digits.
const LONGEST: usize = 184;

/// A security identifier in canonical form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sid {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Sid {
    pub(crate) fn new(text: &[u8]) -> Result<Sid, Invalid> {
        if !is_sid(text) {
            return Err(Invalid::PrincipalSid);
        }
        let mut sid = Sid { bytes: [0; LONGEST], length: text.len() };
        for (place, byte) in sid.bytes.iter_mut().zip(text) {
            *place = byte.to_ascii_uppercase();
        }
        Ok(sid)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

/// Whether this is a security identifier, in any case.
pub(crate) fn is_sid(text: &[u8]) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let mut parts = text.split(|&byte| byte == b'-');
    let begins = matches!(parts.next(), Some(b"S" | b"s")) && parts.next() == Some(b"1");
    let authority = match parts.next() {
        Some([b'0', b'x' | b'X', hex @ ..]) => {
            hex.len() == 12
                && hex.iter().all(u8::is_ascii_hexdigit)
                && hex.iter().take(4).any(|&digit| digit != b'0')
        }
        Some(decimal) => is_number(decimal),
        None => false,
    };
    let (mut count, mut fit) = (0u8, true);
    for part in parts {
        count = count.saturating_add(1);
        fit &= is_number(part);
    }
    begins && authority && fit && (1..=15).contains(&count)
}

/// Whether this is a decimal number of 32 bits without leading zeros.
fn is_number(digits: &[u8]) -> bool {
    let padded = digits.len() > 1 && digits.first() == Some(&b'0');
    if digits.is_empty() || digits.len() > 10 || padded {
        return false;
    }
    let mut value = 0u64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return false;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(byte.wrapping_sub(b'0')));
    }
    value <= u64::from(u32::MAX)
}
