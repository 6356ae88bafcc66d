//! Canonical Linux paths: the components of base + path, one by one.
//!
//! Nothing is copied and nothing is cut off: `//`, `/./` and a trailing `/`
//! disappear by skipping empty and `.` components, relative paths start from
//! their base, and what could name another object than it seems to (`..`, magic
//! links) makes the path invalid. Whether it is invalid is known only after the
//! last component, so ask [`Components::finish`] before using what was found.
//!
//! Of several faults the first counts: truncated, empty, relative, too long,
//! then from left to right a NUL byte, `..`, or a magic link.

use crate::bytes::{last_bytes, zero_bytes};
use crate::decision::Invalid;
use crate::event::Base;

/// The longest path understood, counted over base and path as given.
pub(crate) const MAX_LENGTH: usize = 64 * 1024;

/// A path that is absolute once its parts are put together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinuxPath<'a> {
    /// The process's root, the base, the path itself; absent ones are empty.
    parts: [&'a [u8]; 3],
}

impl<'a> LinuxPath<'a> {
    /// A name as a process in `base` would use it.
    pub(crate) fn new(name: &'a [u8], base: &Base<'a>) -> Result<Self, Invalid> {
        if name.is_empty() {
            return Err(Invalid::PathEmpty);
        }
        let root = match base.root {
            Some(root) if is_absolute(root) => root,
            Some(_) => return Err(Invalid::PathRelative),
            None => &[],
        };
        let parts = if is_absolute(name) {
            [root, &[], name]
        } else if let Some(directory) = base.dirfd_path {
            // Reported by whoever resolved the descriptor: already seen from outside.
            if !is_absolute(directory) {
                return Err(Invalid::PathRelative);
            }
            [&[], directory, name]
        } else {
            match base.cwd {
                Some(directory) if is_absolute(directory) => [root, directory, name],
                _ => return Err(Invalid::PathRelative),
            }
        };
        let length = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
        if length > MAX_LENGTH {
            return Err(Invalid::PathTooLong);
        }
        Ok(LinuxPath { parts })
    }

    /// The real object of an event: a [`LinuxPath::new`] with the reporter's flags.
    pub(crate) fn real(
        name: &'a [u8],
        base: &Base<'a>,
        truncated: bool,
        deleted: bool,
    ) -> Result<Self, Invalid> {
        if truncated {
            return Err(Invalid::PathTruncated);
        }
        let name = match name.strip_suffix(DELETED) {
            Some(stripped) if deleted => stripped,
            _ => name,
        };
        LinuxPath::new(name, base)
    }

    /// Its components from the root down.
    pub(crate) fn components(&self) -> Components<'a> {
        let [root, base, name] = self.parts;
        Components {
            rest: root,
            later: [base, name],
            outer: Link::Root,
            inner: Link::Ordinary,
            in_root: !root.is_empty(),
            invalid: None,
        }
    }
}

/// What the kernel appends to the path of a file without a name.
pub(crate) const DELETED: &[u8] = b" (deleted)";

pub(super) fn is_absolute(path: &[u8]) -> bool {
    path.first() == Some(&b'/')
}

/// The components of a [`LinuxPath`]; ends early where the path is invalid.
#[derive(Clone, Debug)]
pub(crate) struct Components<'a> {
    rest: &'a [u8],
    later: [&'a [u8]; 2],
    /// Where we are below the system's root.
    outer: Link,
    /// Where we are below the process's own root, if it has one.
    inner: Link,
    in_root: bool,
    invalid: Option<Invalid>,
}

impl<'a> Components<'a> {
    /// Reads what is left and says why the path is invalid, if it is.
    pub(crate) fn finish(mut self) -> Result<(), Invalid> {
        self.by_ref().for_each(drop);
        match self.invalid {
            Some(code) => Err(code),
            None => Ok(()),
        }
    }

    /// Goes on with the next part that is not empty.
    #[inline]
    fn enter_next_part(&mut self) -> bool {
        while self.rest.is_empty() {
            let [next, last] = self.later;
            if next.is_empty() && last.is_empty() {
                return false;
            }
            if self.in_root {
                self.in_root = false;
                self.inner = Link::Root;
            }
            self.rest = next;
            self.later = [last, &[]];
        }
        true
    }

    /// Whether this component makes the path a magic link.
    #[inline]
    fn is_magic(&mut self, component: &[u8]) -> bool {
        self.outer = self.outer.below(component);
        self.inner = self.inner.below(component);
        self.outer == Link::Magic || self.inner == Link::Magic
    }

    #[cold]
    fn fail(&mut self, code: Invalid) -> Option<&'a [u8]> {
        self.invalid = Some(code);
        self.rest = &[];
        self.later = [&[], &[]];
        None
    }
}

impl<'a> Iterator for Components<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            if self.rest.is_empty() && !self.enter_next_part() {
                return None;
            }
            let (component, stop, tail) = split_component(self.rest);
            self.rest = tail;
            if stop == Some(0) {
                return self.fail(Invalid::PathNul);
            }
            match component {
                [] | [b'.'] => continue,
                [b'.', b'.'] => return self.fail(Invalid::PathDotDot),
                _ => {}
            }
            if (self.outer != Link::Ordinary || self.inner != Link::Ordinary)
                && self.is_magic(component)
            {
                return self.fail(Invalid::PathMagicLink);
            }
            return Some(component);
        }
    }
}

/// The components of a name that has no canonical form, after its last `..`:
/// enough to test bare names on it.
pub(crate) fn raw_components(name: &[u8]) -> RawComponents<'_> {
    let mut all = RawComponents { rest: name };
    let mut trusted = all.clone();
    while let Some(component) = all.next() {
        if component == b".." {
            trusted = all.clone();
        }
    }
    trusted
}

/// See [`raw_components`].
#[derive(Clone, Debug)]
pub(crate) struct RawComponents<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for RawComponents<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = self.rest.iter().position(|&byte| byte == b'/').unwrap_or(self.rest.len());
            let (component, _, tail) = split_around(self.rest, end);
            self.rest = tail;
            if !matches!(component, [] | [b'.']) {
                return Some(component);
            }
        }
        None
    }
}

/// Splits at the first `/` or NUL, eight bytes at a time: the component, the
/// byte it stopped at, and what follows that byte.
#[inline]
fn split_component(path: &[u8]) -> (&[u8], Option<u8>, &[u8]) {
    let mut at = 0usize;
    let mut rest = path;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let found = stops(u64::from_le_bytes(*chunk));
        if found != 0 {
            return split_around(path, at.wrapping_add((found.trailing_zeros() / 8) as usize));
        }
        at = at.wrapping_add(8);
        rest = tail;
    }
    // The zeros behind the last bytes would look like NUL, but lie past the end.
    let found = stops(last_bytes(rest)).trailing_zeros() / 8;
    split_around(path, at.wrapping_add((found as usize).min(rest.len())))
}

/// The bytes of a word that end a component, by their highest bits.
#[inline]
fn stops(word: u64) -> u64 {
    zero_bytes(word) | zero_bytes(word ^ SLASHES)
}

#[inline]
fn split_around(path: &[u8], at: usize) -> (&[u8], Option<u8>, &[u8]) {
    match path.split_at_checked(at) {
        Some((component, [stop, tail @ ..])) => (component, Some(*stop), tail),
        _ => (path, None, &[]),
    }
}

const SLASHES: u64 = 0x2f2f_2f2f_2f2f_2f2f;

/// How far a path has come towards a magic link: an entry of /proc or /dev
/// that the kernel resolves to another object (proc(5), "/proc/pid/fd").
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Link {
    /// At a root.
    Root,
    /// In `/proc`.
    Proc,
    /// In `/proc/<pid>`.
    Process,
    /// In `/proc/<pid>/task`.
    Tasks,
    /// In `/proc/<pid>/task/<tid>`.
    Task,
    /// In a directory of which every entry is a magic link.
    Descriptors,
    /// In `/dev`.
    Dev,
    /// At a magic link.
    Magic,
    /// Anywhere else, for good.
    Ordinary,
}

/// Whether one of the components of an absolute path makes it a magic link.
pub(super) fn has_magic_link<'a>(mut components: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut link = Link::Root;
    components.any(|component| {
        link = link.below(component);
        link == Link::Magic
    })
}

impl Link {
    #[inline]
    fn below(self, component: &[u8]) -> Link {
        match self {
            Link::Ordinary => Link::Ordinary,
            Link::Root => match component {
                b"proc" => Link::Proc,
                b"dev" => Link::Dev,
                _ => Link::Ordinary,
            },
            Link::Proc => match component {
                b"self" | b"thread-self" => Link::Process,
                pid if is_number(pid) => Link::Process,
                _ => Link::Ordinary,
            },
            Link::Process if component == b"task" => Link::Tasks,
            Link::Process | Link::Task => match component {
                b"root" | b"cwd" | b"exe" => Link::Magic,
                b"fd" | b"map_files" => Link::Descriptors,
                _ => Link::Ordinary,
            },
            Link::Tasks if is_number(component) => Link::Task,
            Link::Tasks => Link::Ordinary,
            Link::Dev => match component {
                b"fd" => Link::Descriptors,
                b"stdin" | b"stdout" | b"stderr" => Link::Magic,
                _ => Link::Ordinary,
            },
            Link::Descriptors | Link::Magic => Link::Magic,
        }
    }
}

fn is_number(component: &[u8]) -> bool {
    component.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::ToOwned;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn canonical(name: &[u8], base: &Base<'_>) -> Result<String, Invalid> {
        let path = LinuxPath::new(name, base)?;
        let components: Vec<_> = path.components().collect();
        path.components().finish()?;
        Ok("/".to_string() + &String::from_utf8(components.join(&b'/')).unwrap())
    }

    macro_rules! t {
        ($name:ident, $path:expr $(, $field:ident: $value:expr)* => $want:expr) => {
            #[test]
            fn $name() {
                let base = Base { $($field: Some($value),)* ..Base::NONE };
                let want: Result<&str, Invalid> = $want;
                assert_eq!(canonical($path, &base), want.map(str::to_owned));
            }
        };
    }

    t!(plain, b"/etc/shadow" => Ok("/etc/shadow"));
    t!(root_itself, b"/" => Ok("/"));
    t!(folds_what_names_the_same, b"//etc/.//./shadow//." => Ok("/etc/shadow"));
    t!(dots_that_are_names, b"/.../..a/.b" => Ok("/.../..a/.b"));
    t!(long_component, b"/0123456789abcdef0123456789abcdef/x" => Ok("/0123456789abcdef0123456789abcdef/x"));
    t!(dot_dot, b"/etc/pam.d/../shadow" => Err(Invalid::PathDotDot));
    t!(dot_dot_last, b"/etc/.." => Err(Invalid::PathDotDot));
    t!(nul, b"/etc/shadow\0.txt" => Err(Invalid::PathNul));
    t!(nul_far_in, b"/etc/a-long-component-\0/shadow" => Err(Invalid::PathNul));
    t!(empty, b"" => Err(Invalid::PathEmpty));
    t!(relative_without_base, b"shadow" => Err(Invalid::PathRelative));
    t!(relative_to_cwd, b"shadow", cwd: b"/etc" => Ok("/etc/shadow"));
    t!(dirfd_wins, b"shadow", cwd: b"/tmp", dirfd_path: b"/etc" => Ok("/etc/shadow"));
    t!(relative_cwd, b"shadow", cwd: b"etc" => Err(Invalid::PathRelative));
    t!(relative_dirfd_is_not_replaced_by_cwd, b"shadow", cwd: b"/etc", dirfd_path: b"x" => Err(Invalid::PathRelative));
    t!(dot_dot_in_base, b"shadow", cwd: b"/etc/.." => Err(Invalid::PathDotDot));
    t!(root_before_absolute, b"/etc/shadow", root: b"/srv/jail" => Ok("/srv/jail/etc/shadow"));
    t!(root_before_cwd, b"shadow", root: b"/srv/jail/", cwd: b"/etc" => Ok("/srv/jail/etc/shadow"));
    t!(root_not_before_dirfd, b"shadow", root: b"/srv/jail", dirfd_path: b"/etc" => Ok("/etc/shadow"));
    t!(empty_root, b"/etc/shadow", root: b"" => Err(Invalid::PathRelative));
    t!(relative_root, b"/etc/shadow", root: b"srv" => Err(Invalid::PathRelative));
    t!(self_root, b"/proc/self/root/etc/shadow" => Err(Invalid::PathMagicLink));
    t!(pid_cwd, b"/proc/4711/cwd" => Err(Invalid::PathMagicLink));
    t!(task_exe, b"/proc/self/task/12/exe" => Err(Invalid::PathMagicLink));
    t!(descriptor, b"/proc/thread-self/fd/3" => Err(Invalid::PathMagicLink));
    t!(map_file, b"/proc/1/map_files/x" => Err(Invalid::PathMagicLink));
    t!(descriptor_directory, b"/proc/self/fd" => Ok("/proc/self/fd"));
    t!(other_proc_file, b"/proc/self/maps" => Ok("/proc/self/maps"));
    t!(proc_below_another_root, b"/x/proc/self/root" => Ok("/x/proc/self/root"));
    t!(proc_below_own_root, b"/proc/self/root", root: b"/srv" => Err(Invalid::PathMagicLink));
    t!(root_that_is_magic, b"/etc/shadow", root: b"/proc/7/root" => Err(Invalid::PathMagicLink));
    t!(root_and_path_make_magic, b"/root/etc", root: b"/proc/7" => Err(Invalid::PathMagicLink));
    t!(dev_fd, b"/dev/fd/3" => Err(Invalid::PathMagicLink));
    t!(dev_stdin, b"/dev//stdin" => Err(Invalid::PathMagicLink));
    t!(dev_null, b"/dev/null" => Ok("/dev/null"));
    t!(newline_is_data, b"/a\nb" => Ok("/a\nb"));

    #[test]
    fn longer_than_64_kib() {
        let path = [b'/'; MAX_LENGTH + 1];
        assert_eq!(canonical(&path, &Base::NONE), Err(Invalid::PathTooLong));
        assert_eq!(canonical(&path[1..], &Base::NONE), Ok("/".to_owned()));
    }

    #[test]
    fn deleted_is_removed_once_and_only_if_said() {
        let name = b"/tmp/x (deleted) (deleted)";
        let last = |deleted| {
            let path = LinuxPath::real(name, &Base::NONE, false, deleted).unwrap();
            path.components().last().unwrap()
        };
        assert_eq!(last(true), b"x (deleted)");
        assert_eq!(last(false), b"x (deleted) (deleted)");
    }

    #[test]
    fn names_after_the_last_dot_dot() {
        let names = |name| raw_components(name).collect::<Vec<_>>();
        assert_eq!(names(b"../x/./y"), [&b"x"[..], b"y"]);
        assert_eq!(names(b"nc"), [&b"nc"[..]]);
        assert!(names(b"a/..").is_empty());
    }
}
