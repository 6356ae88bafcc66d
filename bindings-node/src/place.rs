//! Where a path leads: what is decided on, and what the kernel is told to open.
//!
//! A relative path is decided on below the name of the working directory and opened from the
//! directory itself: the kernel walks what was given only, which gives back what the name of the
//! directory costs. They are the same as long as the directory is the one whose name was asked
//! for, and that name its own:
//!
//! * Another directory would be a wrong allow: a thread that goes back and forth between an own
//!   and a blocked one would read in the second what was asked about in the first. The threads of
//!   a process share it, and Node lets the main one alone change it, which is in our call
//!   meanwhile. So only the main thread opens from it; a worker opens by the whole path. Another
//!   process cannot change it. Native code that does could open what it likes itself.
//! * Its name changes if somebody renames it, or a directory above, between the two calls of the
//!   kernel. The file was then, or came to be, below a directory that had the name that was asked
//!   about when it was asked. No more can be said of a path from the root: the kernel walks it
//!   name by name, and a directory that it has passed may be renamed before it finds the next
//!   one. It takes longer here, by the decision. To ask for the name again would only show what
//!   was not renamed back, and comes too late for a file that was made or cut off; whoever may
//!   rename so can give the file a name that is allowed, and keep it.
//!
//! Names with links, `.` and `..` lead elsewhere than the text says, and are left to the longer
//! way, as is a directory that has no name: it was deleted, or is out of reach from the root.
//!
//! Unsafe to ask libc for the name on the stack: it is asked for with each relative path.

use std::borrow::Cow;
use std::env::current_dir;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::slice;

/// linux/limits.h, with the zero byte.
pub(crate) const PATH_MAX: usize = 4096;

/// A path from the root, and as the kernel is to find it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// What is decided on.
    pub(crate) whole: &'a [u8],
    /// The same, or what follows the working directory in it.
    pub(crate) found: &'a [u8],
}

impl<'a> Place<'a> {
    /// The place of a path that was given, of which `whole` is `from_root`. `main` is whether
    /// this is the thread that may change the working directory.
    pub(crate) fn new(given: &'a [u8], whole: &'a [u8], main: bool) -> Place<'a> {
        // A path that is too long from the root goes the longer way, like any of that length.
        let near = main && !is_absolute(given) && is_absolute(whole) && whole.len() < PATH_MAX;
        Place { whole, found: if near { below(given) } else { whole } }
    }
}

/// Where a relative path is put together, as far as it fits.
pub(crate) struct Room([MaybeUninit<u8>; PATH_MAX]);

impl Room {
    pub(crate) fn new() -> Room {
        Room([MaybeUninit::uninit(); PATH_MAX])
    }

    /// `below` with the name of the working directory before it, if that has one.
    fn whole(&mut self, below: &[u8]) -> Option<&[u8]> {
        let start = self.0.as_mut_ptr();
        // SAFETY: `start` is writable for as many bytes.
        let named = unsafe { getcwd(start.cast(), self.0.len()) };
        if named.is_null() {
            return None;
        }
        // SAFETY: libc wrote a text with a zero byte at its end.
        let folder = unsafe { CStr::from_ptr(start.cast()) }.to_bytes();
        // The kernel writes `(unreachable)` before what is not below the root; an old libc tells.
        if !is_absolute(folder) {
            return None;
        }
        let end = if folder == b"/" { 0 } else { folder.len() };
        let whole = end + 1 + below.len();
        let added = self.0.get_mut(end..whole)?;
        for (to, byte) in added.iter_mut().zip([b"/", below].into_iter().flatten()) {
            to.write(*byte);
        }
        // SAFETY: libc wrote the bytes up to `end`, and those from there were written here.
        Some(unsafe { slice::from_raw_parts(start.cast_const().cast(), whole) })
    }
}

/// A relative path with the working directory of now before it, which is a real one.
pub(crate) fn from_root<'a>(path: &'a [u8], room: &'a mut Room) -> Cow<'a, [u8]> {
    if path.is_empty() || is_absolute(path) {
        return Cow::Borrowed(path);
    }
    let below = below(path);
    if let Some(whole) = room.whole(below) {
        return Cow::Borrowed(whole);
    }
    match current_dir() {
        Ok(folder) => Cow::Owned(join(folder.as_os_str().as_bytes(), below)),
        // Without one a relative path is an invalid event.
        Err(_) => Cow::Borrowed(path),
    }
}

pub(crate) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let folder = if folder == b"/" { b"" } else { folder };
    [folder, name].join(&b'/')
}

/// What is below the working directory.
fn below(given: &[u8]) -> &[u8] {
    given.strip_prefix(b"./").unwrap_or(given)
}

pub(crate) fn is_absolute(path: &[u8]) -> bool {
    path.first() == Some(&b'/')
}

unsafe extern "C" {
    /// Of every libc. `rustix` has a function that takes memory for it, three times.
    fn getcwd(room: *mut c_char, length: usize) -> *mut c_char;
}
