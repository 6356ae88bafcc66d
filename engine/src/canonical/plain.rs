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
    /// A path that is yet to be [read](Plain::read).
    #[inline]
    pub(crate) fn unread(path: &'a [u8]) -> Self {
        Plain { path, ends: [0; PLAIN], count: 0 }
    }

    /// Finds the components. `None` sends the reader to [`LinuxPath`], which understands
    /// any path. So it is also the answer to a few that would be plain: with a short
    /// component that ends in a dot, such as `a.`.
    ///
    /// [`LinuxPath`]: super::path_linux::LinuxPath
    pub(crate) fn read(&mut self) -> Option<()> {
        let path = self.path;
        if path.first() != Some(&b'/') || path.len() > usize::from(u16::MAX) {
            return None;
        }
        let mut bytes = Bytes::NONE;
        let mut before = Block { start: 0, slashes: 0 };
        let (blocks, rest) = path.as_chunks::<BLOCK>();
        for block in blocks {
            before = self.block(before, bytes.lanes(block.as_chunks().0))?;
        }
        let (lanes, tail) = rest.as_chunks();
        let mut slashes = bytes.lanes(lanes);
        let (lane, known) = match path.last_chunk() {
            Some(lane) => (*lane, (LANE as u32).wrapping_sub(tail.len() as u32)),
            None => (short(path), 0),
        };
        let at = (rest.len() as u32).wrapping_sub(tail.len() as u32);
        slashes |= bytes.lane(lane).wrapping_shr(known).wrapping_shl(at);
        // A path ends as if there came another slash.
        slashes |= 1u64.wrapping_shl(rest.len() as u32);
        self.block(before, slashes)?;
        if bytes.has_nul() || self.may_be_magic() {
            return None;
        }
        Some(())
    }

    /// Adds the slashes of the next block; `None` if a component may be empty, `.` or
    /// `..`.
    #[inline(always)]
    fn block(&mut self, before: Block, slashes: u64) -> Option<Block> {
        let Block { start, slashes: earlier } = before;
        let behind = |count: u32| {
            let carried = earlier.wrapping_shr(u64::BITS.wrapping_sub(count));
            slashes.wrapping_shl(count) | carried
        };
        // Those at most two bytes behind another.
        let mut close = slashes & (behind(1) | behind(2) | behind(3));
        while close != 0 {
            let end = start.wrapping_add(close.trailing_zeros() as usize);
            if matches!(self.path.get(end.wrapping_sub(1)), Some(b'/' | b'.') | None) {
                return None;
            }
            close &= close.wrapping_sub(1);
        }
        let mut places = self.ends.get_mut(self.count..)?.iter_mut();
        let mut left = slashes;
        while left != 0 {
            // None is left if there are too many components.
            *places.next()? = start.wrapping_add(left.trailing_zeros() as usize) as u16;
            left &= left.wrapping_sub(1);
        }
        self.count = PLAIN.wrapping_sub(places.len());
        Some(Block { start: start.wrapping_add(BLOCK), slashes })
    }

    /// Whether links lie below that name other objects than they seem to.
    #[inline(always)]
    fn may_be_magic(&self) -> bool {
        matches!(self.path.get(1), Some(b'p' | b'd'))
            && matches!(self.component(0), Some(b"proc" | b"dev"))
    }

    /// How many components there are: at least one.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count.saturating_sub(1)
    }

    /// The whole path.
    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.path
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
/// Where the lanes of a block begin.
const PLACES: [u32; BLOCK / LANE] = [0, 16, 32, 48];

/// What is known when the next block begins.
#[derive(Clone, Copy)]
struct Block {
    /// Where it begins.
    start: usize,
    /// The slashes of the one before.
    slashes: u64,
}

/// The least bytes so far, by their places in a lane.
struct Bytes(u8x16);

impl Bytes {
    const NONE: Self = Bytes(u8x16::MAX);

    /// Takes the bytes of a block and returns a bit for each slash.
    #[inline(always)]
    fn lanes(&mut self, lanes: &[[u8; LANE]]) -> u64 {
        let mut slashes = 0;
        for (&lane, at) in lanes.iter().zip(PLACES) {
            slashes |= self.lane(lane).wrapping_shl(at);
        }
        slashes
    }

    #[inline(always)]
    fn lane(&mut self, lane: [u8; LANE]) -> u64 {
        let lane = u8x16::new(lane);
        self.0 = self.0.min(lane);
        u64::from(lane.simd_eq(u8x16::splat(b'/')).to_bitmask())
    }

    #[inline(always)]
    fn has_nul(&self) -> bool {
        self.0.simd_eq(u8x16::ZERO).any()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::path_linux::LinuxPath;
    use crate::event::Base;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Whether a path is plain; if so, it has the components of any path.
    fn is_plain(path: &[u8]) -> bool {
        let mut plain = Plain::unread(path);
        if plain.read().is_none() {
            return false;
        }
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
                plain += u32::from(is_plain(&path));
            }
        }
        assert!((20_000..180_000).contains(&plain), "{plain}");
    }
}
