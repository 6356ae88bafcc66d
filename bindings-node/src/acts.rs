//! Calls that change what a path names and leave nothing open, without a link on the way.
//!
//! The folder that a name is in is opened as the real one of its path, and the change is made
//! below it: a link that somebody puts in the way meanwhile is not met.

use std::ffi::c_long;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, Timestamps, linkat, mkdirat, renameat, symlinkat, unlinkat,
    utimensat,
};
use rustix::io::{Errno, Result};
use wardline::{File, FileOperation};

use crate::copying::copy;
use crate::paths::{Unopened, can_open_real, is_plain, open_real, split};
use crate::place::{PATH_MAX, Place};

/// What a call does to a path.
pub(crate) enum Act<'a> {
    Unlink,
    Rmdir,
    Mkdir(Mode),
    Chmod(Mode),
    Utimes(Timestamps),
    /// The new name.
    Rename(Place<'a>),
    /// The new name.
    Link(Place<'a>),
    /// What the link says.
    Symlink(&'a [u8]),
    /// Where the copy will be.
    Copy(Place<'a>),
}

/// Why nothing was changed.
pub(crate) enum Undone {
    /// A path may not be the real one of what it names, or the kernel not know how to do it so.
    Unsure,
    /// It is, and this is what Node's own call fails with.
    Refused(Errno),
}

impl Act<'_> {
    /// Whether `allows` says so to all that `touch` would be asked about it.
    pub(crate) fn is_allowed(&self, path: &[u8], allows: impl Fn(File<'_>) -> bool) -> bool {
        let (operation, mode, target) = match self {
            Act::Unlink | Act::Rmdir => (FileOperation::Delete, None, None),
            Act::Mkdir(_) | Act::Symlink(_) => (FileOperation::Create, None, None),
            Act::Chmod(mode) => (FileOperation::Attributes, Some(mode.as_raw_mode()), None),
            Act::Utimes(_) => (FileOperation::Attributes, None, None),
            Act::Rename(target) => (FileOperation::Rename, None, Some(target.whole)),
            Act::Link(target) => (FileOperation::Link, None, Some(target.whole)),
            Act::Copy(target) => {
                // It may be there already or not.
                let written = [FileOperation::Create, FileOperation::Modify];
                return allows(File::new(FileOperation::Read, path))
                    && written
                        .into_iter()
                        .all(|operation| allows(File::new(operation, target.whole)));
            }
        };
        allows(File { mode, target, ..File::new(operation, path) })
    }

    /// Whether it can be done so, as far as that can be said of the paths alone.
    pub(crate) fn is_possible(&self, path: &[u8]) -> bool {
        let known = match self {
            Act::Chmod(_) => !NO_CHMOD.load(Ordering::Relaxed),
            Act::Rename(target) | Act::Link(target) | Act::Copy(target) => fits(target.whole),
            Act::Symlink(says) => is_text(says),
            _ => true,
        };
        known && can_open_real() && fits(path)
    }

    /// Does it to a place that it is possible for.
    ///
    /// # Errors
    ///
    /// Nothing has been changed, or nothing that Node does not change again in the same way.
    pub(crate) fn make(&self, path: Place<'_>) -> std::result::Result<(), Undone> {
        let made = match self {
            // Other calls than Node's, which may be unknown or forbidden alone.
            Act::Chmod(mode) => {
                let changed = chmod(&open_real(path.found, OFlags::PATH)?, *mode);
                return changed.map_err(|_| Undone::Unsure);
            }
            Act::Utimes(times) => {
                let file = open_real(path.found, OFlags::PATH)?;
                let changed = utimensat(file, c"", times, AtFlags::EMPTY_PATH);
                return changed.map_err(|_| Undone::Unsure);
            }
            Act::Rename(target) => {
                between(path, *target, |from, name, to, other| renameat(from, name, to, other))?
            }
            Act::Link(target) => between(path, *target, |from, name, to, other| {
                linkat(from, name, to, other, AtFlags::empty())
            })?,
            Act::Unlink => below(path, |folder, name| unlinkat(folder, name, AtFlags::empty()))?,
            Act::Rmdir => below(path, |folder, name| unlinkat(folder, name, AtFlags::REMOVEDIR))?,
            Act::Mkdir(mode) => below(path, |folder, name| mkdirat(folder, name, *mode))?,
            Act::Symlink(says) => below(path, |folder, name| symlinkat(*says, folder, name))?,
            Act::Copy(target) => return copy(path, *target),
        };
        made.map_err(|error| match error {
            // Perhaps of a filter, which lets Node's own call through; or to be tried again.
            Errno::PERM | Errno::NOSYS | Errno::INTR => Undone::Unsure,
            error => Undone::Refused(error),
        })
    }
}

impl From<Unopened> for Undone {
    fn from(unopened: Unopened) -> Undone {
        match unopened {
            Unopened::Unsure => Undone::Unsure,
            Unopened::Missing(error) => Undone::Refused(error),
        }
    }
}

/// Whether a path is absolute and each of its parts a name. What is below `/proc` is left to the
/// longer way, as where files open.
fn fits(path: &[u8]) -> bool {
    is_text(path) && is_plain(path) && !path.starts_with(b"/proc/")
}

/// Whether the kernel takes a text: it sees a path in two parts, and would not miss its length.
fn is_text(text: &[u8]) -> bool {
    !text.is_empty() && text.len() < PATH_MAX && !text.contains(&0)
}

/// The folder that a name is in, opened; `None` for the working directory.
struct Folder(Option<OwnedFd>);

impl Folder {
    fn open(path: &[u8]) -> std::result::Result<Folder, Unopened> {
        // Plain paths have no other.
        if path == b"." {
            return Ok(Folder(None));
        }
        open_real(path, FOLDER).map(|opened| Folder(Some(opened)))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_ref().map_or(CWD, AsFd::as_fd)
    }
}

fn below(
    path: Place<'_>,
    act: impl FnOnce(&Folder, &[u8]) -> Result<()>,
) -> std::result::Result<Result<()>, Undone> {
    let (folder, name) = split(path.found);
    Ok(act(&Folder::open(folder)?, name))
}

/// Two names that mostly are in one folder, which is opened once.
fn between(
    path: Place<'_>,
    target: Place<'_>,
    act: impl FnOnce(&Folder, &[u8], &Folder, &[u8]) -> Result<()>,
) -> std::result::Result<Result<()>, Undone> {
    let ((folder, name), (beside, other)) = (split(path.found), split(target.found));
    let from = Folder::open(folder);
    if folder == beside {
        let both = from?;
        return Ok(act(&both, name, &both, other));
    }
    // Where one is missing, a link may be on the way to the other. The kernel looks at the first
    // name before the second folder.
    match (from, Folder::open(beside)) {
        (Ok(from), Ok(to)) => Ok(act(&from, name, &to, other)),
        (Err(missing), Ok(_) | Err(Unopened::Missing(_))) => Err(missing.into()),
        (_, Err(_)) => Err(Undone::Unsure),
    }
}

/// `fchmodat2`, which is new in Linux 6.6: the older calls take no file that is not open to be
/// read, or follow a link.
fn chmod(file: &OwnedFd, mode: Mode) -> Result<()> {
    // SAFETY: the text ends with a zero byte; the kernel writes no memory.
    let answer = unsafe {
        let (mode, flags) = (mode.as_raw_mode(), AtFlags::EMPTY_PATH.bits());
        syscall(FCHMODAT2, file.as_raw_fd(), c"".as_ptr(), mode, flags)
    };
    if answer == 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    let error = error.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error);
    if error == Errno::NOSYS {
        NO_CHMOD.store(true, Ordering::Relaxed);
    }
    Err(error)
}

unsafe extern "C" {
    /// Of every libc of Linux; `rustix` has no function for this call.
    fn syscall(number: c_long, ...) -> c_long;
}

const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY);
/// The number of every architecture but Alpha.
const FCHMODAT2: c_long = 452;
/// The kernel does not know the call.
static NO_CHMOD: AtomicBool = AtomicBool::new(false);
