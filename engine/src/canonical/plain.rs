//! Plain Linux paths: their components found in one pass over the bytes, for
//! paths that need nothing of what [`super::path_linux`] can do.

use super::path_linux::{HIGH_BITS, LOW_BITS, SLASHES, is_absolute, last_bytes, zero_bytes};

/// The components of an absolute path without NUL, empty components, `.`, `..`
/// and what could be a magic link, found in one pass: most paths are such.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<'a> {
    path: &'a [u8],
    /// Where the slashes lie, and the end.
    ends: [u16; PLAIN],
    count: usize,
}

/// One more than the components that a plain path may have.
pub(crate) const PLAIN: usize = 32;

impl<'a> Plain<'a> {
    /// `None` sends the reader to [`LinuxPath`], which understands any path.
    #[inline]
    pub(crate) fn new(path: &'a [u8]) -> Option<Self> {
        if !is_absolute(path) || path.len() > usize::from(u16::MAX) {
            return None;
        }
        let mut ends = Ends::NONE;
        let (chunks, rest) = path.as_chunks::<8>();
        let mut at = 0usize;
        for chunk in chunks {
            ends.word(path, u64::from_le_bytes(*chunk), at)?;
            at = at.wrapping_add(8);
        }
        // What lies behind the end is neither NUL nor slash.
        let behind = LOW_BITS.unbounded_shl((rest.len() as u32).wrapping_mul(8));
        ends.word(path, last_bytes(rest) | behind, at)?;
        ends.add(path, path.len());
        if ends.count > PLAIN {
            return None;
        }
        let plain = Plain { path, ends: ends.places, count: ends.count };
        if ends.some_dots && plain.has_dots() {
            return None;
        }
        match plain.component(0) {
            Some(b"proc" | b"dev") | None => None,
            Some(_) => Some(plain),
        }
    }

    /// Whether a component is empty, `.` or `..`.
    fn has_dots(&self) -> bool {
        (0..self.len())
            .any(|index| matches!(self.component(index), None | Some([] | [b'.'] | [b'.', b'.'])))
    }

    /// How many components there are: at least one.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count.saturating_sub(1)
    }

    /// The text of so many components from the root.
    #[inline]
    pub(crate) fn beginning(&self, components: usize) -> Option<&'a [u8]> {
        self.path.get(..usize::from(*self.ends.get(components)?))
    }

    /// A component, counted from the root.
    #[inline]
    pub(crate) fn component(&self, index: usize) -> Option<&'a [u8]> {
        let start = usize::from(*self.ends.get(index)?).wrapping_add(1);
        let end = usize::from(*self.ends.get(index.wrapping_add(1))?);
        self.path.get(start..end)
    }
}

/// The ends of components found so far.
struct Ends {
    places: [u16; PLAIN],
    /// How many there are; those that find no room are counted only.
    count: usize,
    /// Where the next component starts.
    start: usize,
    /// A component may be empty, `.` or `..`.
    some_dots: bool,
}

impl Ends {
    /// The path begins with a slash, which ends nothing: nothing short either.
    const NONE: Self =
        Ends { places: [0; PLAIN], count: 0, start: 0usize.wrapping_sub(3), some_dots: false };

    /// Adds the slashes among eight bytes; `None` where there is a NUL.
    #[inline(always)]
    fn word(&mut self, path: &[u8], word: u64, at: usize) -> Option<()> {
        if zero_bytes(word) != 0 {
            return None;
        }
        let no_slash = word ^ SLASHES;
        let others = (no_slash & !HIGH_BITS).wrapping_add(!HIGH_BITS) | no_slash | !HIGH_BITS;
        let mut slashes = !others;
        while slashes != 0 {
            self.add(path, at.wrapping_add((slashes.trailing_zeros() / 8) as usize));
            slashes &= slashes.wrapping_sub(1);
        }
        Some(())
    }

    #[inline(always)]
    fn add(&mut self, path: &[u8], end: usize) {
        if let Some(place) = self.places.get_mut(self.count % PLAIN) {
            *place = end as u16;
        }
        let length = end.wrapping_sub(self.start);
        if length <= 2 {
            self.some_dots |= length == 0 || path.get(self.start) == Some(&b'.');
        }
        self.start = end.wrapping_add(1);
        self.count = self.count.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::path_linux::LinuxPath;
    use crate::event::Base;
    use alloc::vec::Vec;

    #[test]
    fn what_is_plain_has_the_components_of_any_path() {
        let deep = "/a".repeat(40);
        let paths = [
            "/",
            "/a",
            "/etc/shadow",
            "/usr/lib/x86_64-linux-gnu/libc.so.6",
            "/.a/..b/c..",
            "/a/.b",
            "//a",
            "/a/",
            "/a//b",
            "/./a",
            "/.a/..b/..",
            "/.a/b",
            "/a/..",
            "/a/../b",
            "/a/.",
            "/proc/1/maps",
            "/dev/null",
            "/process/dev",
            "/1234567",
            "/12345678",
            "/123456789/b",
            "/a\0b",
            "/a/b\0",
            &deep,
        ];
        let mut plain = 0;
        for path in paths {
            let linux = LinuxPath::new(path.as_bytes(), &Base::NONE).unwrap();
            let Some(found) = Plain::new(path.as_bytes()) else { continue };
            plain += 1;
            let found: Vec<_> = (0..found.len()).filter_map(|at| found.component(at)).collect();
            assert_eq!(found, linux.components().collect::<Vec<_>>(), "{path}");
            assert_eq!(linux.components().finish(), Ok(()), "{path}");
        }
        assert_eq!(plain, 10);
    }
}
