//! Canonical domain names: lower-case A-labels without the root's dot.
//!
//! Nothing is copied: case is folded while a name is read. Names above ASCII
//! need tables that the reader does not have: whoever has them maps names first. One
//! that cannot be mapped is no name: two readers would make two names of it.

use crate::bytes::{HIGH_BITS, LOW_BITS, last_bytes};
use crate::canonical::address::Ip;
use crate::decision::Invalid;
use crate::hash::mix;

/// The most bytes of a name, and of a label.
pub(crate) const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// A valid name, case not folded yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Domain<'a> {
    text: &'a [u8],
}

/// What an event gives as a name: one, or an address in its place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Host<'a> {
    Name(Domain<'a>),
    Address(Ip),
}

impl<'a> Host<'a> {
    /// As [`Domain::new`]. No name ends in a number (WHATWG URL, section 3.5): what does
    /// is an IPv4 address, in dotted decimal or in a spelling that readers disagree on.
    #[inline]
    pub(crate) fn new(host: &'a [u8]) -> Result<Host<'a>, Invalid> {
        let name = Domain::new(host)?;
        if !ends_in_number(name.text) {
            return Ok(Host::Name(name));
        }
        match Ip::parse(name.text) {
            Some(ip) => Ok(Host::Address(ip)),
            None => Err(Invalid::Domain),
        }
    }
}

/// Whether the last label of a name without the root's dot is a number, decimal or
/// hexadecimal.
#[inline]
pub(crate) fn ends_in_number(name: &[u8]) -> bool {
    // As few are: the last letter of most top-level domains is no digit.
    let hexadecimal = |byte: &u8| byte.is_ascii_hexdigit();
    if !name.last().is_some_and(|last| hexadecimal(last) || matches!(last, b'x' | b'X')) {
        return false;
    }
    let last = name.rsplit(|&byte| byte == b'.').next().unwrap_or(name);
    match last {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(hexadecimal),
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

/// One suffix of a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suffix<'a> {
    pub(crate) hash: u64,
    name: &'a [u8],
    start: usize,
}

impl<'a> Suffix<'a> {
    #[inline]
    pub(crate) fn text(&self) -> &'a [u8] {
        self.name.get(self.start..).unwrap_or(&[])
    }

    /// Whether it is the whole name.
    #[inline]
    pub(crate) fn is_whole(&self) -> bool {
        self.start == 0
    }
}

impl<'a> Domain<'a> {
    /// A name as events give it.
    #[inline]
    pub(crate) fn new(name: &'a [u8]) -> Result<Domain<'a>, Invalid> {
        let text = match name {
            [text @ .., b'.'] => text,
            _ => name,
        };
        if is_name(text) { Ok(Domain { text }) } else { Err(Invalid::Domain) }
    }

    /// Gives the name and each name above it, shortest first, as they are hashed.
    ///
    /// Words of eight bytes are counted from the end, where all suffixes end: they
    /// share the hash of their whole words, and each adds the bytes it has left.
    #[inline]
    pub(crate) fn suffixes(self, seed: u64, mut found: impl FnMut(Suffix<'a>)) {
        let text = self.text;
        let (mut left, mut state) = (text, seed);
        loop {
            let end = left.len();
            let (word, last) = match left.split_last_chunk::<8>() {
                Some((before, word)) => {
                    left = before;
                    (folded(u64::from_le_bytes(*word)), false)
                }
                // The name itself begins behind a dot, as it were.
                None => {
                    let unused = 7u32.wrapping_sub(end as u32).wrapping_mul(8);
                    let word = last_bytes(left) << 8 | u64::from(b'.');
                    (folded(word).wrapping_shl(unused), true)
                }
            };
            let mut dots = dots(word);
            while dots != 0 {
                let behind = dots.leading_zeros();
                dots ^= (1u64 << 63).wrapping_shr(behind);
                let start = end.wrapping_sub((behind / 8) as usize);
                let bytes = (word >> 1).wrapping_shr(63u32.wrapping_sub(behind));
                let length = text.len().wrapping_sub(start) as u64;
                found(Suffix { hash: mix(state, (bytes, length)), name: text, start });
            }
            if last {
                return;
            }
            state = mix(state, (word, 0));
        }
    }

    /// Whether the name is `canonical` or, with `below`, below it.
    pub(crate) fn is(self, canonical: &[u8], at: bool, below: bool) -> bool {
        let Some(start) = self.text.len().checked_sub(canonical.len()) else { return false };
        let suffix = self.text.get(start..).unwrap_or(&[]);
        equals(suffix, canonical)
            && match start.checked_sub(1) {
                None => at,
                Some(dot) => below && self.text.get(dot) == Some(&b'.'),
            }
    }
}

/// Whether a text of a name, in any case, is `canonical`.
#[inline]
pub(crate) fn equals(text: &[u8], canonical: &[u8]) -> bool {
    if text.len() != canonical.len() {
        return false;
    }
    let same = |(text, canonical): (&[u8; 8], &[u8; 8])| {
        folded(u64::from_le_bytes(*text)) == u64::from_le_bytes(*canonical)
    };
    match text.last_chunk().zip(canonical.last_chunk()) {
        Some(last) => {
            let words = text.as_chunks().0.iter().zip(canonical.as_chunks().0);
            same(last) && words.into_iter().all(same)
        }
        None => folded(last_bytes(text)) == last_bytes(canonical),
    }
}

/// The hash of a canonical name, as [`Domain::suffixes`] gives it.
#[cfg(feature = "compile")]
pub(crate) fn name_hash(seed: u64, canonical: &[u8]) -> u64 {
    let mut hash = 0;
    Domain { text: canonical }.suffixes(seed, |suffix| hash = suffix.hash);
    hash
}

/// Whether all bytes and labels are those of a name.
#[inline]
fn is_name(text: &[u8]) -> bool {
    let ([first, behind @ ..], [before @ .., last]) = (text, text) else { return false };
    let refused = match refused_pairs::<16>(before, behind) {
        Some(refused) => refused,
        None => {
            refused_pairs::<8>(before, behind).unwrap_or_else(|| refused_pair_of(before, behind))
        }
    };
    // As if a dot stood behind the end, too.
    let ends = *first == b'.' || refused_pair_of(&[*last], b".");
    let long = text.len() > MAX_LABEL && (text.len() > MAX_NAME || has_long_label(text));
    !(refused || ends || long)
}

#[inline(never)]
fn has_long_label(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'.').any(|label| label.len() > MAX_LABEL)
}

/// Whether some byte is refused, or a dot behind a dot; `N` at a time, which the
/// compiler makes one vector. `None` if there are fewer.
#[inline]
fn refused_pairs<const N: usize>(before: &[u8], behind: &[u8]) -> Option<bool> {
    let mut refused = [0; N];
    let mut add = |before: &[u8; N], behind: &[u8; N]| {
        for ((refused, &before), &behind) in refused.iter_mut().zip(before).zip(behind) {
            *refused |= refused_pair(before, behind);
        }
    };
    let (first, last) = (before.last_chunk()?, behind.last_chunk()?);
    before.as_chunks().0.iter().zip(behind.as_chunks().0).for_each(|(a, b)| add(a, b));
    add(first, last);
    Some(refused.iter().fold(0, |all, one| all | one) != 0)
}

fn refused_pair_of(before: &[u8], behind: &[u8]) -> bool {
    before.iter().zip(behind).any(|(&a, &b)| refused_pair(a, b) != 0)
}

/// All bits if no name has the first byte, or not before the second.
#[inline]
fn refused_pair(byte: u8, behind: u8) -> u8 {
    let all_if = |holds: bool| 0u8.wrapping_sub(u8::from(holds));
    all_if(byte <= b' ')
        | all_if(byte >= 0x7f)
        | all_if(byte == b'/')
        | all_if(byte == b':')
        | all_if(byte == b'@')
        | all_if(byte == b'.') & all_if(behind == b'.')
}

/// The highest bit of every byte that is a dot.
#[inline]
fn dots(word: u64) -> u64 {
    !(differs(word & !HIGH_BITS, b'.') | word) & HIGH_BITS
}

/// The highest bit of every byte that is another, among bytes below 0x80.
#[inline]
fn differs(low: u64, byte: u8) -> u64 {
    (low ^ bytes(byte)).wrapping_add(bytes(0x7f))
}

/// Eight bytes in lower case.
#[inline]
fn folded(word: u64) -> u64 {
    let low = word & !HIGH_BITS;
    let from_a = low.wrapping_add(bytes(0x80 - b'A'));
    let above_z = low.wrapping_add(bytes(0x7f - b'Z'));
    let upper = from_a & !above_z & !word & HIGH_BITS;
    word | upper >> 2
}

/// A word of eight equal bytes.
#[inline]
const fn bytes(byte: u8) -> u64 {
    LOW_BITS.wrapping_mul(byte as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    macro_rules! t {
        ($name:ident, $text:expr => $valid:expr) => {
            #[test]
            fn $name() {
                assert_eq!(Domain::new($text.as_ref()).is_ok(), $valid);
            }
        };
    }

    /// Found by reducing a lattice of the powers of one factor for all seeds.
    #[test]
    fn names_made_to_collide_under_one_factor_do_not() {
        let [one, other]: [&[u8]; 2] =
            [b"jnk4321c3v00v1m1da3m4g11e4.com", b"edh6r0par561m0v1cb260h27g6.com"];
        for seed in 0..4_096 {
            assert_ne!(name_hash(seed, one) << 16, name_hash(seed, other) << 16);
        }
    }

    t!(plain, "pool.example.com" => true);
    t!(root_dot, "example.com." => true);
    t!(two_root_dots, "example.com.." => false);
    t!(root_alone, "." => false);
    t!(empty, "" => false);
    t!(leading_dot, ".example.com" => false);
    t!(empty_label, "a..b" => false);
    t!(space, "a b.com" => false);
    t!(delete, "a\u{7f}.com" => false);
    t!(nul, "a\0.com" => false);
    t!(slash, "a/b" => false);
    t!(port, "a.com:80" => false);
    t!(user, "me@a.com" => false);
    t!(star_is_data, "*.example.com" => true);
    t!(underscore, "_dmarc.example.com" => true);
    t!(above_ascii, "b\u{fc}cher.example" => false);
    t!(longest_label, ["a".repeat(63).as_str(), ".b"].concat() => true);
    t!(label_too_long, ["a".repeat(64).as_str(), ".b"].concat() => false);
    t!(longest_name, ["a.".repeat(126).as_str(), "a."].concat() => true);
    t!(name_too_long, ["a.".repeat(126).as_str(), "ab"].concat() => false);

    #[test]
    fn no_name_ends_in_a_number() {
        for address in ["10.1.2.3", "10.1.2.3."] {
            let host = Host::new(address.as_bytes());
            assert!(matches!(host, Ok(Host::Address(Ip::V4(0x0a01_0203)))), "{address}");
        }
        for address in ["1", "0x7f.1", "010.1.2.3", "1.2.3.0xA", "a.0x", "10.1.2.256", "a.b.07"] {
            let host = Host::new(address.as_bytes());
            assert!(matches!(host, Err(Invalid::Domain)), "{address}");
        }
        for name in ["1.2.3.4a", "0xg", "x", "0.x", "3.2.1.10.in-addr.arpa", "1.2.3.a4", "a0x1"] {
            assert!(matches!(Host::new(name.as_bytes()), Ok(Host::Name(_))), "{name}");
        }
    }

    /// The rule, byte by byte.
    fn is_valid(name: &[u8]) -> bool {
        let text = name.strip_suffix(b".").unwrap_or(name);
        let label = |label: &[u8]| (1..=63).contains(&label.len());
        let byte = |byte: &u8| *byte > b' ' && !b"\x7f/:@".contains(byte) && byte.is_ascii();
        text.len() <= 253 && text.split(|byte| *byte == b'.').all(label) && text.iter().all(byte)
    }

    #[track_caller]
    fn agrees(name: &[u8]) {
        let found = Domain::new(name);
        assert_eq!(found.is_ok(), is_valid(name), "{:?}", name.escape_ascii());
        let Ok(found) = found else { return };
        let mut suffixes = Vec::new();
        found.suffixes(9, |suffix| suffixes.push((suffix.text(), suffix.is_whole())));
        let text = name.strip_suffix(b".").unwrap_or(name);
        let starts = (0..text.len()).rev();
        let starts = starts.filter(|&start| start == 0 || text[start - 1] == b'.');
        let want: Vec<_> = starts.map(|start| (&text[start..], start == 0)).collect();
        assert_eq!(suffixes, want);
    }

    #[test]
    fn short_names_are_those_of_the_rule() {
        const BYTES: &[u8] = b"a.-/:@ \x7f\x80\xff";
        for length in 0..=5u32 {
            for number in 0..BYTES.len().pow(length) {
                let byte = |at| BYTES[number / BYTES.len().pow(at) % BYTES.len()];
                agrees(&(0..length).map(byte).collect::<Vec<u8>>());
            }
        }
    }

    #[test]
    fn each_byte_is_read_at_each_place() {
        for length in (1..40).chain([63, 64, 65, 127, 128, 252, 253, 254]) {
            for label in [7, 8, 62, 63, 64] {
                let name = |at| if at % (label + 1) == label { b'.' } else { b'x' };
                let name: Vec<u8> = (0..length).map(name).collect();
                agrees(&name);
                for at in 0..length {
                    for byte in if length < 20 { 0..=255u8 } else { b'-'..=b'/' } {
                        let mut name = name.clone();
                        name[at] = byte;
                        agrees(&name);
                    }
                }
            }
        }
    }

    #[test]
    fn any_case_equals_the_canonical_text() {
        let upper: Vec<u8> = (0x21..=0xff).collect();
        let lower = upper.to_ascii_lowercase();
        for start in 0..upper.len() {
            for length in 0..(upper.len() - start).min(40) {
                let [upper, lower] = [&upper, &lower].map(|bytes| &bytes[start..][..length]);
                assert!(equals(upper, lower));
                for at in 0..length {
                    let mut other = lower.to_vec();
                    other[at] ^= 0x20;
                    assert!(!equals(upper, &other));
                }
            }
        }
        assert!(!equals(b"a", b"ab"));
    }

    #[test]
    fn suffixes_in_any_case_hash_as_the_canonical_name() {
        let mut found = Vec::new();
        let name = Domain::new(b"Pool.Example.COM.").unwrap();
        name.suffixes(7, |suffix| found.push(suffix));
        let want: [&[u8]; 3] = [b"com", b"example.com", b"pool.example.com"];
        assert_eq!(found.len(), want.len());
        for (found, want) in found.iter().zip(want) {
            assert!(found.text().eq_ignore_ascii_case(want));
            assert_eq!(found.hash, name_hash(7, want));
            assert_eq!(found.is_whole(), want.len() == 16);
        }
    }

    #[test]
    fn is_at_or_below() {
        let name = Domain::new(b"a.Example.com").unwrap();
        assert!(name.is(b"example.com", false, true));
        assert!(!name.is(b"example.com", true, false));
        assert!(name.is(b"a.example.com", true, false));
        assert!(!name.is(b"xample.com", true, true));
        assert!(!name.is(b"b.a.example.com", true, true));
    }
}
