//! Canonical domain names: lower-case A-labels without the root's dot.
//!
//! Nothing is copied: case is folded while a name is read. Names above ASCII
//! need tables that the reader does not have; whoever has them maps names first
//! and says so with [`Event::idna`](crate::Event::idna).

use crate::decision::Invalid;

/// The most bytes of a name, and of a label.
pub(crate) const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// A valid name, case not folded yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Domain<'a> {
    text: &'a [u8],
}

impl<'a> Domain<'a> {
    /// A name as events give it. With `mapped`, bytes above ASCII are what no
    /// mapping exists for and are compared as they are.
    pub(crate) fn new(name: &'a [u8], mapped: bool) -> Result<Domain<'a>, Invalid> {
        let text = name.strip_suffix(b".").unwrap_or(name);
        if text.is_empty() || text.len() > MAX_NAME {
            return Err(Invalid::Domain);
        }
        let mut label = 0usize;
        for &byte in text {
            label = match byte {
                b'.' if label == 0 => return Err(Invalid::Domain),
                b'.' => 0,
                0..=b' ' | 0x7f | b'/' | b':' | b'@' => return Err(Invalid::Domain),
                0x80.. if !mapped => return Err(Invalid::Domain),
                _ if label == MAX_LABEL => return Err(Invalid::Domain),
                _ => label.wrapping_add(1),
            };
        }
        if label == 0 { Err(Invalid::Domain) } else { Ok(Domain { text }) }
    }

    /// The name and each name above it, shortest first, as they are hashed.
    pub(crate) fn suffixes(self, seed: u64) -> Suffixes<'a> {
        Suffixes { text: self.text, left: self.text.len(), state: seed, factor: factor(seed) }
    }

    /// Whether the name is `canonical` or, with `below`, below it.
    pub(crate) fn is(self, canonical: &[u8], at: bool, below: bool) -> bool {
        let Some(start) = self.text.len().checked_sub(canonical.len()) else { return false };
        let suffix = self.text.get(start..).unwrap_or(&[]);
        suffix.eq_ignore_ascii_case(canonical)
            && match start.checked_sub(1) {
                None => at,
                Some(dot) => below && self.text.get(dot) == Some(&b'.'),
            }
    }
}

/// See [`Domain::suffixes`].
#[derive(Clone, Debug)]
pub(crate) struct Suffixes<'a> {
    text: &'a [u8],
    left: usize,
    state: u64,
    factor: u64,
}

/// One suffix of a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suffix<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) hash: u64,
    /// It is the whole name.
    pub(crate) whole: bool,
}

impl<'a> Iterator for Suffixes<'a> {
    type Item = Suffix<'a>;

    /// One multiplication per byte, from the right, so that every suffix comes
    /// for the price of the whole name.
    #[inline]
    fn next(&mut self) -> Option<Suffix<'a>> {
        if self.left == 0 {
            return None;
        }
        loop {
            let before = self.left.wrapping_sub(1);
            let byte = self.text.get(before).copied().unwrap_or(0).to_ascii_lowercase();
            self.state = step(self.state, byte, self.factor);
            self.left = before;
            let boundary = match before.checked_sub(1) {
                None => true,
                Some(dot) => self.text.get(dot) == Some(&b'.'),
            };
            if boundary {
                let text = self.text.get(before..).unwrap_or(&[]);
                let hash = crate::hash::fold(self.state, MIX);
                return Some(Suffix { text, hash, whole: before == 0 });
            }
        }
    }
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// What is multiplied with hangs on the seed, too: under one factor for all, names
/// that collide under one seed collide under every 256th.
#[inline]
fn factor(seed: u64) -> u64 {
    crate::hash::fold(seed ^ MIX, MIX.rotate_left(32)) | 1
}

#[inline]
fn step(state: u64, byte: u8, factor: u64) -> u64 {
    (state ^ u64::from(byte)).wrapping_mul(factor)
}

/// The hash of a canonical name, as [`Domain::suffixes`] gives it.
#[cfg(feature = "compile")]
pub(crate) fn name_hash(seed: u64, canonical: &[u8]) -> u64 {
    let factor = factor(seed);
    let state = canonical.iter().rev().fold(seed, |state, &byte| step(state, byte, factor));
    crate::hash::fold(state, MIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    macro_rules! t {
        ($name:ident, $text:expr => $valid:expr) => {
            #[test]
            fn $name() {
                assert_eq!(Domain::new($text.as_ref(), false).is_ok(), $valid);
            }
        };
    }

    /// Found by reducing a lattice of the powers of one factor for all seeds.
    #[test]
    fn names_made_to_collide_under_one_factor_do_not() {
        let [one, other]: [&[u8]; 2] =
            [b"jnk4321c3v00v1m1da3m4g11e4.com", b"edh6r0par561m0v1cb260h27g6.com"];
        for seed in 0..4_096 {
            assert_ne!(name_hash(seed, one) >> 16, name_hash(seed, other) >> 16);
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
    fn mapped_names_keep_other_bytes() {
        assert!(Domain::new(b"xn--a\xc3\xbc.example", true).is_ok());
    }

    #[test]
    fn suffixes_in_any_case_hash_as_the_canonical_name() {
        let found: Vec<_> = Domain::new(b"Pool.Example.COM.", false).unwrap().suffixes(7).collect();
        let want: [&[u8]; 3] = [b"com", b"example.com", b"pool.example.com"];
        assert_eq!(found.len(), want.len());
        for (found, want) in found.iter().zip(want) {
            assert!(found.text.eq_ignore_ascii_case(want));
            assert_eq!(found.hash, name_hash(7, want));
            assert_eq!(found.whole, want.len() == 16);
        }
    }

    #[test]
    fn is_at_or_below() {
        let name = Domain::new(b"a.Example.com", false).unwrap();
        assert!(name.is(b"example.com", false, true));
        assert!(!name.is(b"example.com", true, false));
        assert!(name.is(b"a.example.com", true, false));
        assert!(!name.is(b"xample.com", true, true));
        assert!(!name.is(b"b.a.example.com", true, true));
    }
}
