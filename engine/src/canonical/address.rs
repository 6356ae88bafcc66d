//! Canonical IP addresses: four or sixteen bytes, and the IPv4 addresses that
//! an IPv6 address carries.
//!
//! Text is strict, because lenient readers disagree: dotted decimal without
//! leading zeros (RFC 6943, section 3.1.1), or RFC 4291 with an optional zone,
//! which is dropped. `::ffff:a.b.c.d` is the IPv4 address.

use crate::decision::Invalid;
use crate::event::Address;

/// A canonical address.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Ip {
    V4(u32),
    V6(u128),
}

impl Ip {
    /// The address an event gives.
    pub(crate) fn new(address: &Address<'_>) -> Result<Ip, Invalid> {
        match address {
            Address::V4(bytes) => Ok(Ip::V4(u32::from_be_bytes(*bytes))),
            Address::V6(bytes) => Ok(Ip::from_v6(u128::from_be_bytes(*bytes))),
            Address::Text(text) => Ip::parse(text).ok_or(Invalid::Address),
        }
    }

    /// An address as text; `None` if it is none.
    pub(crate) fn parse(text: &[u8]) -> Option<Ip> {
        if let Some(bits) = parse_v4(text) {
            return Some(Ip::V4(bits));
        }
        let mut parts = text.splitn(2, |&byte| byte == b'%');
        let address = parts.next().unwrap_or(&[]);
        if parts.next().is_some_and(<[u8]>::is_empty) {
            return None;
        }
        parse_v6(address).map(Ip::from_v6)
    }

    fn from_v6(bits: u128) -> Ip {
        if bits >> 32 == 0xffff { Ip::V4(bits as u32) } else { Ip::V6(bits) }
    }

    /// The IPv4 addresses inside: where a packet to this address may end up.
    pub(crate) fn embedded(self) -> [Option<u32>; 3] {
        let Ip::V6(bits) = self else { return [None; 3] };
        let low = bits as u32;
        let word = |from_top: u32| (bits >> 96u32.wrapping_sub(from_top.wrapping_mul(32))) as u32;
        // RFC 5214: the interface identifier ::[02]00:5efe:a.b.c.d.
        let isatap = (word(2) & 0xfdff_ffff == 0x5efe).then_some(low);
        let first = match bits >> 32 {
            // RFC 6052.
            high if high == 0x64_ff9b << 64 => Some(low),
            // RFC 2765: ::ffff:0:a.b.c.d.
            0xffff_0000 => Some(low),
            // RFC 4291, section 2.5.5.1, but not `::` and `::1`.
            0 if low > 1 => Some(low),
            // RFC 3056.
            _ if bits >> 112 == 0x2002 => Some((bits >> 80) as u32),
            // RFC 4380: the client, whose bits are inverted.
            _ if bits >> 96 == 0x2001_0000 => Some(!low),
            _ => None,
        };
        let server = (bits >> 96 == 0x2001_0000).then(|| word(1));
        [first, server, isatap]
    }

    /// The key of exact tables: the family's own bytes.
    pub(crate) fn key(self, bytes: &mut [u8; 16]) -> &[u8] {
        match self {
            Ip::V4(bits) => {
                if let Some((head, _)) = bytes.split_first_chunk_mut::<4>() {
                    *head = bits.to_be_bytes();
                }
                bytes.get(..4).unwrap_or(&[])
            }
            Ip::V6(bits) => {
                *bytes = bits.to_be_bytes();
                bytes
            }
        }
    }
}

fn parse_v4(text: &[u8]) -> Option<u32> {
    let (mut bits, mut dots) = (0u32, 0u32);
    // The number that is being read, and how many digits it has.
    let (mut part, mut digits) = (0u32, 0u32);
    for byte in text {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit <= 9 {
            // No leading zeros.
            if part == 0 && digits > 0 {
                return None;
            }
            part = part.wrapping_mul(10).wrapping_add(digit);
            digits = digits.wrapping_add(1);
            if part > 255 {
                return None;
            }
        } else if *byte == b'.' && digits > 0 {
            bits = (bits << 8) | part;
            dots = dots.wrapping_add(1);
            (part, digits) = (0, 0);
            if dots > 3 {
                return None;
            }
        } else {
            return None;
        }
    }
    (dots == 3 && digits > 0).then_some((bits << 8) | part)
}

fn parse_v6(text: &[u8]) -> Option<u128> {
    match split_at_double_colon(text) {
        Some((head, tail)) => {
            let (head, heads) = groups(head, false)?;
            let (tail, tails) = groups(tail, true)?;
            // `::` stands for at least one group.
            let left = 7u32.checked_sub(heads)?.checked_sub(tails)?.wrapping_add(1);
            let shift = left.wrapping_add(tails).wrapping_mul(16);
            Some(head.checked_shl(shift).unwrap_or(0) | tail)
        }
        None => groups(text, true).filter(|&(_, count)| count == 8).map(|(bits, _)| bits),
    }
}

fn split_at_double_colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0usize;
    for pair in text.windows(2) {
        if pair == b"::" {
            return Some((text.get(..at)?, text.get(at.wrapping_add(2)..)?));
        }
        at = at.wrapping_add(1);
    }
    None
}

/// Groups between single colons and how many there are; the last may be dotted
/// decimal, which counts as two, if `dotted`.
fn groups(text: &[u8], dotted: bool) -> Option<(u128, u32)> {
    if text.is_empty() {
        return Some((0, 0));
    }
    let (mut bits, mut count) = (0u128, 0u32);
    let mut parts = text.split(|&byte| byte == b':').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let (value, width) = match hexadecimal(part) {
            Some(value) => (u128::from(value), 1),
            None if dotted && last => (u128::from(parse_v4(part)?), 2),
            None => return None,
        };
        count = count.wrapping_add(width);
        if count > 8 {
            return None;
        }
        bits = (bits << width.wrapping_mul(16)) | value;
    }
    Some((bits, count))
}

/// One to four hexadecimal digits.
fn hexadecimal(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    digits
        .iter()
        .try_fold(0u16, |value, digit| Some((value << 4) | char::from(*digit).to_digit(16)? as u16))
}

#[cfg(test)]
mod tests {
    use super::Ip::{self, V4, V6};

    macro_rules! t {
        ($name:ident, $text:literal => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(Ip::parse($text.as_bytes()), $want);
            }
        };
    }

    t!(dotted, "203.0.113.7" => Some(V4(0xcb00_7107)));
    t!(largest, "255.255.255.255" => Some(V4(u32::MAX)));
    t!(leading_zero_is_octal_to_some, "203.0.113.07" => None);
    t!(three_parts, "203.0.113" => None);
    t!(five_parts, "203.0.113.7.1" => None);
    t!(one_number, "3405803783" => None);
    t!(hexadecimal_part, "0xcb.0.113.7" => None);
    t!(part_too_large, "256.0.0.1" => None);
    t!(empty_part, "1..2.3" => None);
    t!(sign, "+1.2.3.4" => None);
    t!(space, " 1.2.3.4" => None);
    t!(newline, "1.2.3.4\n" => None);
    t!(port, "1.2.3.4:80" => None);
    t!(brackets, "[::1]" => None);
    t!(zone_on_v4, "1.2.3.4%eth0" => None);
    t!(empty, "" => None);
    t!(any, "::" => Some(V6(0)));
    t!(loopback, "::1" => Some(V6(1)));
    t!(full, "2001:0db8:0000:0000:0000:0000:0000:0001" => Some(V6(0x2001_0db8 << 96 | 1)));
    t!(inner_zeros, "2001:db8::0:1" => Some(V6(0x2001_0db8 << 96 | 1)));
    t!(upper_case, "2001:DB8::A" => Some(V6(0x2001_0db8 << 96 | 10)));
    t!(trailing_zeros, "ffff::" => Some(V6(0xffff << 112)));
    t!(one_group_left_out, "1:2:3:4:5:6:7::" => Some(V6(0x0001_0002_0003_0004_0005_0006_0007_0000)));
    t!(nothing_left_out, "1:2:3:4::5:6:7:8" => None);
    t!(seven_groups, "1:2:3:4:5:6:7" => None);
    t!(nine_groups, "1:2:3:4:5:6:7:8:9" => None);
    t!(two_double_colons, "2001:db8::1::" => None);
    t!(three_colons, "1:::2" => None);
    t!(single_leading_colon, ":1::2" => None);
    t!(single_trailing_colon, "1::2:" => None);
    t!(five_digits, "::12345" => None);
    t!(no_digit, "2001:db8::g" => None);
    t!(mapped, "::ffff:203.0.113.7" => Some(V4(0xcb00_7107)));
    t!(mapped_in_hexadecimal, "::ffff:cb00:7107" => Some(V4(0xcb00_7107)));
    t!(dotted_not_last, "::1.2.3.4:1" => None);
    t!(dotted_before_double_colon, "1.2.3.4::" => None);
    t!(dotted_tail, "64:ff9b::1.2.3.4" => Some(V6(0x64_ff9b << 96 | 0x0102_0304)));
    t!(zone, "fe80::1%eth0" => Some(V6(0xfe80 << 112 | 1)));
    t!(empty_zone, "fe80::1%" => None);
    t!(zone_with_another_percent, "fe80::1%a%b" => Some(V6(0xfe80 << 112 | 1)));

    fn carried(text: &str) -> [Option<u32>; 3] {
        Ip::parse(text.as_bytes()).unwrap().embedded()
    }

    macro_rules! e {
        ($name:ident, $text:literal => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(carried($text), $want);
            }
        };
    }

    e!(nat64, "64:ff9b::203.0.113.7" => [Some(0xcb00_7107), None, None]);
    e!(local_nat64_is_none, "64:ff9b:1::cb00:7107" => [None; 3]);
    e!(six_to_four, "2002:cb00:7107::1" => [Some(0xcb00_7107), None, None]);
    e!(teredo, "2001:0:c000:201::34ff:8ef8" => [Some(0xcb00_7107), Some(0xc000_0201), None]);
    e!(isatap, "fe80::200:5efe:203.0.113.7" => [None, None, Some(0xcb00_7107)]);
    e!(isatap_local, "fe80::5efe:203.0.113.7" => [None, None, Some(0xcb00_7107)]);
    e!(siit, "::ffff:0:203.0.113.7" => [Some(0xcb00_7107), None, None]);
    e!(compatible, "::203.0.113.7" => [Some(0xcb00_7107), None, None]);
    e!(loopback_carries_none, "::1" => [None; 3]);
    e!(plain, "2001:db8::1" => [None; 3]);
    e!(mapped_is_not_carried, "::ffff:203.0.113.7" => [None; 3]);
}
