//! Plain Linux paths: their components found in one pass over the bytes, for
//! paths that need nothing of what [`super::path_linux`] can do.

use wide::u8x16;

use super::path_linux::has_magic_link;

/// The components of an absolute path without NUL, empty components, `.`, `..`
/// and magic links, found in one pass: most paths are such.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<'a> {
    path: &'a [u8],
    /// Where the slashes lie, and the end.
    ends: [u16; PLAIN + USUAL],
    count: usize,
}

/// One more than the components that a plain path may have.
pub(crate) const PLAIN: usize = 32;

/// So many slashes of a block are written in any case.
const USUAL: usize = 8;

impl<'a> Plain<'a> {
    /// A path that is yet to be [read](Plain::read).
    #[inline]
    pub(crate) fn unread(path: &'a [u8]) -> Self {
        Plain { path, ends: [0; PLAIN + USUAL], count: 0 }
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
            before = self.block(before, bytes.block(block)?)?;
        }
        let mut slashes = match path.last_chunk() {
            _ if rest.len() >= LANE => bytes.block(rest)?,
            Some(lane) => {
                bytes.lane(lane).wrapping_shr((LANE as u32).wrapping_sub(rest.len() as u32))
            }
            None => bytes.lane(&short(path)),
        };
        // A path ends as if there came another slash.
        slashes |= 1u64.wrapping_shl(rest.len() as u32);
        self.block(before, slashes)?;
        if self.count > PLAIN || bytes.has_nul() || self.is_magic() {
            return None;
        }
        Some(())
    }

    /// Adds the slashes of the next block; `None` if a component may be empty, `.` or
    /// `..`, or there are too many.
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
        let (usual, more) = self.ends.get_mut(self.count..)?.split_first_chunk_mut::<USUAL>()?;
        let mut left = slashes;
        // As many as almost all paths have, whether there are so many or not: how often
        // a loop ends early would be anybody's guess.
        for place in usual {
            let next = (left | LAST_OF_BLOCK).trailing_zeros();
            *place = start.wrapping_add(next as usize) as u16;
            left &= left.wrapping_sub(1);
        }
        let mut more = more.iter_mut();
        while left != 0 {
            *more.next()? = start.wrapping_add(left.trailing_zeros() as usize) as u16;
            left &= left.wrapping_sub(1);
        }
        self.count = self.count.wrapping_add(slashes.count_ones() as usize);
        Some(Block { start: start.wrapping_add(BLOCK), slashes })
    }

    /// Whether it is a magic link or lies below one: only those in `/proc` and `/dev` do.
    #[inline(always)]
    fn is_magic(&self) -> bool {
        matches!(self.path.get(1), Some(b'p' | b'd')) && self.has_magic_component()
    }

    #[inline(never)]
    fn has_magic_component(&self) -> bool {
        has_magic_link((0..self.len()).filter_map(|index| self.component(index)))
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
/// The last bit of a block.
const LAST_OF_BLOCK: u64 = 1 << 63;
/// Where the lanes of a block begin.
const PLACES: [usize; BLOCK / LANE] = [0, 16, 32, 48];

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

    /// Takes the bytes of a block, a lane or more, and returns a bit for each slash. Of
    /// one that is shorter than others, the last lanes are the same.
    #[inline(always)]
    fn block(&mut self, block: &[u8]) -> Option<u64> {
        let last = block.len().checked_sub(LANE)?;
        let mut slashes = 0;
        for at in PLACES {
            let at = at.min(last);
            slashes |= self.lane(block.get(at..)?.first_chunk()?).wrapping_shl(at as u32);
        }
        Some(slashes)
    }

    #[inline(always)]
    fn lane(&mut self, lane: &[u8; LANE]) -> u64 {
        let lane = u8x16::new(*lane);
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
            "/proc",
            "/proc/meminfo",
            "/proc/1/maps",
            "/proc/self/task/2/status",
            "/proc/sys/kernel/hostname",
            "/dev",
            "/dev/null",
            "/dev/shm/fd/3",
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
            "/proc/self/exe",
            "/proc/thread-self/fd/3",
            "/proc/1/task/2/cwd/a",
            "/dev/fd/3",
            "/dev/stdin",
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
