//! Plain Linux paths: their components found in one pass over the bytes, for
//! paths that need nothing of what [`super::path_linux`] can do.

use wide::u8x16;

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
    /// `None` sends the reader to [`LinuxPath`], which understands any path. So it
    /// is also the answer to a few that would be plain: with a short component that
    /// ends in a dot, such as `a.`.
    ///
    /// [`LinuxPath`]: super::path_linux::LinuxPath
    #[inline]
    pub(crate) fn new(path: &'a [u8]) -> Option<Self> {
        if path.first() != Some(&b'/') || path.len() > usize::from(u16::MAX) {
            return None;
        }
        let mut ends = Ends::NONE;
        let mut bytes = Bytes::NONE;
        let (blocks, rest) = path.as_chunks::<BLOCK>();
        for block in blocks {
            bytes.slashes = 0;
            let (lanes, _) = block.as_chunks();
            for (lane, at) in lanes.iter().zip((0..).step_by(LANE)) {
                bytes.add(*lane, at);
            }
            ends.block(path, bytes.slashes)?;
        }
        let (lanes, tail) = rest.as_chunks();
        // A path ends as if there came another slash.
        bytes.slashes = 1u64.unbounded_shl(rest.len() as u32);
        let mut at = 0;
        for lane in lanes {
            bytes.add(*lane, at);
            at = at.wrapping_add(LANE as u32);
        }
        bytes.add_last(path, tail.len() as u32, at);
        ends.block(path, bytes.slashes)?;
        if ends.count > PLAIN || bytes.has_nul() {
            return None;
        }
        let plain = Plain { path, ends: ends.places, count: ends.count };
        match plain.component(0) {
            Some(b"proc" | b"dev") | None => None,
            Some(_) => Some(plain),
        }
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

/// How many bytes are compared at once.
const LANE: usize = 16;
/// How many bytes have a bit each in a word.
const BLOCK: usize = 64;

/// What is known of the bytes of a block.
struct Bytes {
    /// A bit for each slash.
    slashes: u64,
    /// The least bytes of all blocks so far, by their places in a lane.
    least: u8x16,
}

impl Bytes {
    const NONE: Self = Bytes { slashes: 0, least: u8x16::MAX };

    /// Adds the bytes from place `at` of the block.
    #[inline(always)]
    fn add(&mut self, lane: [u8; LANE], at: u32) {
        let slashes = self.slashes_of(lane);
        self.slashes |= slashes.unbounded_shl(at);
    }

    /// Adds the last `length` bytes of the path, less than a lane.
    #[inline(always)]
    fn add_last(&mut self, path: &[u8], length: u32, at: u32) {
        let (lane, before) = match path.last_chunk() {
            Some(lane) => (*lane, (LANE as u32).wrapping_sub(length)),
            None => (short(path), 0),
        };
        let slashes = self.slashes_of(lane);
        self.slashes |= slashes.unbounded_shr(before).unbounded_shl(at);
    }

    #[inline(always)]
    fn slashes_of(&mut self, lane: [u8; LANE]) -> u64 {
        let lane = u8x16::new(lane);
        self.least = self.least.min(lane);
        u64::from(lane.simd_eq(u8x16::splat(b'/')).to_bitmask())
    }

    #[inline(always)]
    fn has_nul(&self) -> bool {
        self.least.simd_eq(u8x16::ZERO).any()
    }
}

/// Less than a lane of bytes, with others behind them that are neither NUL nor slash.
#[inline(always)]
fn short(path: &[u8]) -> [u8; LANE] {
    let mut lane = [b' '; LANE];
    for (place, &byte) in lane.iter_mut().zip(path) {
        *place = byte;
    }
    lane
}

/// The ends of components found so far.
struct Ends {
    places: [u16; PLAIN],
    /// How many there are; those that find no room are counted only.
    count: usize,
    /// Where the block begins.
    start: usize,
    /// The slashes of the block before.
    before: u64,
}

impl Ends {
    const NONE: Self = Ends { places: [0; PLAIN], count: 0, start: 0, before: 0 };

    /// Adds the slashes of a block; `None` if a component may be empty, `.` or `..`.
    #[inline(always)]
    fn block(&mut self, path: &[u8], slashes: u64) -> Option<()> {
        let before = |count: u32| {
            let carried = self.before.unbounded_shr(u64::BITS.wrapping_sub(count));
            slashes.unbounded_shl(count) | carried
        };
        // Those at most two bytes behind another.
        let mut close = slashes & (before(1) | before(2) | before(3));
        while close != 0 {
            let end = self.start.wrapping_add(close.trailing_zeros() as usize);
            if matches!(path.get(end.wrapping_sub(1)), Some(b'/' | b'.') | None) {
                return None;
            }
            close &= close.wrapping_sub(1);
        }
        let mut left = slashes;
        while left != 0 {
            if let Some(place) = self.places.get_mut(self.count % PLAIN) {
                *place = self.start.wrapping_add(left.trailing_zeros() as usize) as u16;
            }
            self.count = self.count.wrapping_add(1);
            left &= left.wrapping_sub(1);
        }
        self.before = slashes;
        self.start = self.start.wrapping_add(BLOCK);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::path_linux::LinuxPath;
    use crate::event::Base;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Whether a path is plain; if so, it has the components of any path.
    fn is_plain(path: &[u8]) -> bool {
        let Some(plain) = Plain::new(path) else { return false };
        let shown = path.escape_ascii();
        let found: Vec<_> = (0..plain.len()).filter_map(|at| plain.component(at)).collect();
        let linux = LinuxPath::new(path, &Base::NONE).unwrap().components();
        assert_eq!(found, linux.clone().collect::<Vec<_>>(), "{shown}");
        assert_eq!(linux.finish(), Ok(()), "{shown}");
        let ends = (0..=plain.len()).map(|at| plain.beginning(at).unwrap());
        let lengths = found.iter().scan(0, |sum, component| {
            *sum += component.len() + 1;
            Some(*sum)
        });
        assert!(ends.map(<[u8]>::len).eq([0].into_iter().chain(lengths)), "{shown}");
        true
    }

    #[test]
    fn paths_as_they_usually_are_are_plain() {
        let long = "/123456789".repeat(31);
        let component = alloc::format!("/{}", "a".repeat(300));
        let deepest = "/abc".repeat(31);
        let plain = [
            "/a",
            "/etc/shadow",
            "/usr/lib/x86_64-linux-gnu/libc.so.6",
            "/.a/..b/c.d",
            "/a/.b",
            "/process/dev",
            "/devel/proc",
            "/1234567",
            "/12345678",
            "/123456789/b",
            &long,
            &component,
            &deepest,
        ];
        for path in plain {
            assert!(is_plain(path.as_bytes()), "{path}");
        }
        let too_deep = "/abc".repeat(32);
        let too_long = alloc::format!("/{}", "a".repeat(1 << 16));
        let not_plain = [
            "",
            "a",
            "a/b",
            "/",
            "/proc/1/maps",
            "/proc",
            "/dev/null",
            "/dev",
            &too_deep,
            &too_long,
        ];
        for path in not_plain {
            assert!(!is_plain(path.as_bytes()), "{path}");
        }
    }

    /// A path without the beginnings of magic links is plain if and only if every
    /// component is what it seems to be, but for those like `a.`.
    fn is_read_as_any_path(path: &[u8]) {
        let usual = |component: &[u8]| {
            !matches!(component, b"" | [_] | [_, _] if component.last().is_none_or(|&last| last == b'.'))
                && !component.contains(&0)
        };
        let components = path.strip_prefix(b"/").map(|rest| rest.split(|&byte| byte == b'/'));
        let usual = components.is_some_and(|mut components| components.all(usual));
        assert_eq!(is_plain(path), usual, "{}", path.escape_ascii());
    }

    const ALPHABET: [u8; 4] = *b"/.a\0";

    #[test]
    fn all_short_paths_are_read_as_any_path() {
        for length in 0..=8 {
            for number in 0..1usize << (2 * length) {
                let path: Vec<u8> =
                    (0..length).map(|at| ALPHABET[(number >> (2 * at)) & 3]).collect();
                is_read_as_any_path(&path);
            }
        }
    }

    /// Where lanes and blocks begin and end, one odd thing at each place.
    #[test]
    fn paths_of_all_lengths_are_read_as_any_path() {
        let odd: [&[u8]; 8] = [b"/", b"//", b"/./", b"/../", b"/..", b"/a.", b"/.aa/", b"\0"];
        for length in 1..=200usize {
            let mut path = vec![b'/'];
            path.extend(
                (1..length).map(|at| if at % 9 == 4 { b'/' } else { b'a' + (at % 7) as u8 }),
            );
            is_read_as_any_path(&path);
            for odd in odd {
                for at in 0..length.saturating_sub(odd.len()) {
                    let mut path = path.clone();
                    path[at..at + odd.len()].copy_from_slice(odd);
                    is_read_as_any_path(&path);
                }
            }
        }
    }

    #[test]
    fn random_paths_are_read_as_any_path() {
        let mut state = 1u64;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let mut plain = 0;
        for _ in 0..200_000 {
            let length = [16, 32, 64, 128, 192][random(5) as usize] + random(5) - 2;
            // Rarely anything but letters, so that many paths are plain.
            let rare = 4 + random(40);
            let mut path: Vec<u8> = (0..length)
                .map(|_| match random(rare) {
                    0 => ALPHABET[random(4) as usize],
                    1 => b'/',
                    _ => b'a',
                })
                .collect();
            path[0] = b'/';
            if path.iter().filter(|&&byte| byte == b'/').count() < PLAIN {
                is_read_as_any_path(&path);
                plain += u32::from(Plain::new(&path).is_some());
            }
        }
        assert!((20_000..180_000).contains(&plain), "{plain}");
    }
}
