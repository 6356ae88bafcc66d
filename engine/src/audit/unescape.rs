//! What the strings in a text of JSON say, however they are escaped.

/// The bytes of a text of JSON with its escapes resolved (RFC 8259, section 7). What is
/// no escape stays as it is written.
pub(super) fn unescaped(json: &[u8]) -> impl Iterator<Item = u8> {
    let mut left = json;
    core::iter::from_fn(move || {
        let (bytes, behind) = match *left {
            [b'\\', b'u', ref hex @ ..] => match unit(hex) {
                Some((high @ 0xd800..=0xdbff, rest)) => match rest {
                    [b'\\', b'u', hex @ ..] => match unit(hex) {
                        Some((low @ 0xdc00..=0xdfff, rest)) => (pair(high, low), rest),
                        _ => (one(high), rest),
                    },
                    _ => (one(high), rest),
                },
                Some((unit, rest)) => (one(unit), rest),
                None => (Few::of(b'\\'), left.get(1..).unwrap_or(&[])),
            },
            [b'\\', escape, ref rest @ ..] => (Few::of(meant(escape)), rest),
            [byte, ref rest @ ..] => (Few::of(byte), rest),
            [] => return None,
        };
        left = behind;
        Some(bytes)
    })
    .flatten()
}

/// A few bytes.
struct Few {
    bytes: [u8; 4],
    next: usize,
    count: usize,
}

impl Few {
    fn of(byte: u8) -> Few {
        Few { bytes: [byte, 0, 0, 0], next: 0, count: 1 }
    }
}

impl Iterator for Few {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(..self.count)?.get(self.next).copied()?;
        self.next = self.next.wrapping_add(1);
        Some(byte)
    }
}

fn meant(escape: u8) -> u8 {
    match escape {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other => other,
    }
}

/// The four digits of a `\u`, and what follows.
fn unit(hex: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = hex.split_first_chunk::<4>()?;
    let mut unit = 0;
    for &digit in digits {
        unit = unit << 4 | char::from(digit).to_digit(16)?;
    }
    Some((unit, rest))
}

fn pair(high: u32, low: u32) -> Few {
    one((high & 0x3ff) << 10 | (low & 0x3ff) | 1 << 16)
}

/// In UTF-8; half a pair as what stands for what cannot be read.
fn one(code: u32) -> Few {
    let mut bytes = [0; 4];
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    let count = character.encode_utf8(&mut bytes).len();
    Few { bytes, next: 0, count }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[track_caller]
    fn says(json: &str, wanted: &str) {
        let found: Vec<u8> = unescaped(json.as_bytes()).collect();
        assert_eq!(found, wanted.as_bytes());
    }

    #[test]
    fn every_escape_is_resolved() {
        says(r#"{"a":"b"}"#, r#"{"a":"b"}"#);
        says(r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t");
        says(r"\u0041\u00e9\u20ac\ud83d\ude00", "Aé€😀");
        says(r"\\u0041", r"\u0041");
    }

    #[test]
    fn what_is_no_escape_stays() {
        says(r"\u00", r"\u00");
        says(r"\u+041", r"\u+041");
        says(r"\ud83d\u0041\ude00", "\u{fffd}A\u{fffd}");
        says(r"\ud83d", "\u{fffd}");
        says(r"a\", r"a\");
    }
}
