//! Room for a name in upper case, without allocation.
//!
//! Windows names are compared in upper case, which may be longer than they are;
//! so they are copied, into room on the stack that fits almost every name, or
//! into [`LARGE`] bytes for the others.

use super::upcase::upcase;

const SMALL: usize = 1024;
/// The longest name in upper case.
pub(crate) const LARGE: usize = 64 * 1024;

/// Gives `work` room for a name of some length before it is folded.
pub(crate) fn with_room<R>(length: usize, work: impl FnOnce(&mut Room<'_>) -> R) -> R {
    // A code point of two bytes may become one of three.
    if length.saturating_mul(3) / 2 < SMALL {
        let mut bytes = [0; SMALL];
        work(&mut Room { bytes: &mut bytes, length: 0, full: false })
    } else {
        with_large(work)
    }
}

/// Apart, so that only who needs it pays for the stack.
#[cold]
#[inline(never)]
fn with_large<R>(work: impl FnOnce(&mut Room<'_>) -> R) -> R {
    let mut bytes = [0; LARGE];
    work(&mut Room { bytes: &mut bytes, length: 0, full: false })
}

/// A text of a policy in upper case; no such text is as long as the room.
#[cfg(feature = "compile")]
pub(crate) fn folded(text: &[u8]) -> alloc::vec::Vec<u8> {
    with_room(text.len(), |room| {
        room.push_folded(text);
        room.get().unwrap_or(&[]).to_vec()
    })
}

/// Bytes that grow up to a bound.
pub(crate) struct Room<'r> {
    bytes: &'r mut [u8],
    length: usize,
    /// Something did not fit; what is there is not to be used.
    full: bool,
}

impl Room<'_> {
    pub(crate) fn push(&mut self, byte: u8) {
        match self.bytes.get_mut(self.length) {
            Some(free) => {
                *free = byte;
                self.length = self.length.wrapping_add(1);
            }
            None => self.full = true,
        }
    }

    /// Adds text in upper case.
    pub(crate) fn push_folded(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some((code, tail)) = Code::first(rest) {
            code.upper(|byte| self.push(byte));
            rest = tail;
        }
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// What was added, or nothing if it was too much.
    pub(crate) fn get(&self) -> Option<&[u8]> {
        if self.full { None } else { self.bytes.get(..self.length) }
    }
}

/// One code point of WTF-8, or one byte that is part of none.
#[derive(Clone, Copy)]
enum Code {
    Byte(u8),
    Two(u32),
    Three(u32),
    /// Beyond the table: four bytes as they are.
    Four([u8; 4]),
}

impl Code {
    fn first(text: &[u8]) -> Option<(Code, &[u8])> {
        let (&first, tail) = text.split_first()?;
        let low = |byte: u8| u32::from(byte & 0x3f);
        let follows = |byte: u8| byte & 0xc0 == 0x80;
        let lead = u32::from(first);
        Some(match (first, tail) {
            (0xc2..=0xdf, &[a, ref rest @ ..]) if follows(a) => {
                (Code::Two(((lead & 0x1f) << 6) | low(a)), rest)
            }
            // Also lone surrogates, which WTF-8 has and UTF-8 has not.
            (0xe0..=0xef, &[a, b, ref rest @ ..])
                if follows(a) && follows(b) && (first != 0xe0 || a >= 0xa0) =>
            {
                (Code::Three(((lead & 0x0f) << 12) | (low(a) << 6) | low(b)), rest)
            }
            (0xf0..=0xf4, &[a, b, c, ref rest @ ..])
                if follows(a)
                    && follows(b)
                    && follows(c)
                    && (first != 0xf0 || a >= 0x90)
                    && (first != 0xf4 || a < 0x90) =>
            {
                (Code::Four([first, a, b, c]), rest)
            }
            _ => (Code::Byte(first), tail),
        })
    }

    /// Gives the bytes of its upper case.
    fn upper(self, mut push: impl FnMut(u8)) {
        let code = match self {
            Code::Byte(byte) => return push(byte.to_ascii_uppercase()),
            Code::Four(bytes) => return bytes.into_iter().for_each(push),
            Code::Two(code) | Code::Three(code) => upcase(code),
        };
        if code < 0x800 {
            push(0xc0 | (code >> 6) as u8);
        } else {
            push(0xe0 | (code >> 12) as u8);
            push(0x80 | ((code >> 6) & 0x3f) as u8);
        }
        push(0x80 | (code & 0x3f) as u8);
    }
}

/// Whether text is WTF-8: sequences of 16 bits in the one way to write them. Other
/// bytes are no name, or a second way to write one.
///
/// Source: Simon Sapin, "The WTF-8 encoding", sections 4.1 and 4.2.
pub(crate) fn is_wtf8(text: &[u8]) -> bool {
    let (mut rest, mut halved) = (text, false);
    while let Some((code, tail)) = Code::first(rest) {
        halved = match code {
            Code::Byte(byte) if !byte.is_ascii() => return false,
            Code::Three(0xd800..=0xdbff) => true,
            // The two halves of a pair are one character of four bytes.
            Code::Three(0xdc00..=0xdfff) if halved => return false,
            _ => false,
        };
        rest = tail;
    }
    true
}

/// What follows `prefix`, which is in upper case, in any case at the front of
/// `text`; `/` counts as `\`.
pub(crate) fn strip_folded<'t>(text: &'t [u8], prefix: &[u8]) -> Option<&'t [u8]> {
    let (mut rest, mut left) = (text, Some(prefix));
    loop {
        match left? {
            [] => return Some(rest),
            _ => {
                let (code, tail) = Code::first(rest)?;
                code.upper(|byte| {
                    let byte = if byte == b'/' { b'\\' } else { byte };
                    left = left.and_then(|left| left.strip_prefix(&[byte]));
                });
                rest = tail;
            }
        }
    }
}

/// Whether text is `wanted`, which is in upper case, in any case.
pub(crate) fn equals_folded(text: &[u8], wanted: &[u8]) -> bool {
    strip_folded(text, wanted).is_some_and(<[u8]>::is_empty)
}

#[cfg(test)]
mod tests {
    use super::is_wtf8;

    macro_rules! t {
        ($name:ident, $text:expr => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(is_wtf8($text), $want);
            }
        };
    }

    t!(nothing, b"" => true);
    t!(characters, "aé€😀".as_bytes() => true);
    t!(first_half, b"\xed\xa0\xbd" => true);
    t!(second_half, b"\xed\xb8\x80" => true);
    t!(two_halves_the_wrong_way_round, b"\xed\xb8\x80\xed\xa0\xbd" => true);
    t!(two_halves, b"\xed\xa0\xbd\xed\xb8\x80" => false);
    t!(two_halves_apart, b"\xed\xa0\xbda\xed\xb8\x80" => true);
    t!(overlong_of_two, b"\xc1\xb4" => false);
    t!(overlong_of_three, b"\xe0\x9f\xbf" => false);
    t!(overlong_of_four, b"\xf0\x8f\xbf\xbf" => false);
    t!(the_last, b"\xf4\x8f\xbf\xbf" => true);
    t!(beyond_the_last, b"\xf4\x90\x80\x80" => false);
    t!(cut_off, b"\xf0\x9f\x98" => false);
    t!(stray, b"a\xff" => false);
}
