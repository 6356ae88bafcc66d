//! A copy of a file between real paths, as libuv makes it.

use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, Stat, copy_file_range, fchmod, fstat, ftruncate,
    sendfile, statat,
};
use rustix::io::{Errno, Result};

use crate::acts::Undone;
use crate::paths::open_linkless;
use crate::place::Place;

/// Copies what is at one plain place to the other, with its mode.
///
/// # Errors
///
/// Always `Unsure`: where something fails after both were open, Node begins anew and tells what.
pub(crate) fn copy(path: Place<'_>, target: Place<'_>) -> std::result::Result<(), Undone> {
    // Whoever opens a pipe is met by its other end: Node's own call is to be the first.
    let is_regular =
        |at: Place<'_>| statat(CWD, at.found, AtFlags::SYMLINK_NOFOLLOW).map(|at| is_file(&at));
    if is_regular(path) != Ok(true) || !matches!(is_regular(target), Ok(true) | Err(Errno::NOENT)) {
        return Err(Undone::Unsure);
    }
    let source = open_linkless(path, OFlags::RDONLY, Mode::empty()).ok_or(Undone::Unsure)?;
    let found = fstat(&source).map_err(|_| Undone::Unsure)?;
    let mode = Mode::from_raw_mode(found.st_mode & 0o7777);
    // Node could not open again what it may not write.
    if !is_file(&found) || !mode.contains(Mode::WUSR) {
        return Err(Undone::Unsure);
    }
    let flags = OFlags::WRONLY | OFlags::CREATE;
    let copied = open_linkless(target, flags, mode).ok_or(Undone::Unsure)?;
    let there = fstat(&copied).map_err(|_| Undone::Unsure)?;
    if (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino) {
        return Ok(());
    }
    fill(&source, &copied, mode, u64::try_from(found.st_size).unwrap_or(0))
        .map_err(|_| Undone::Unsure)
}

fn is_file(found: &Stat) -> bool {
    FileType::from_raw_mode(found.st_mode).is_file()
}

fn fill(source: &OwnedFd, copied: &OwnedFd, mode: Mode, length: u64) -> Result<()> {
    ftruncate(copied, 0)?;
    fchmod(copied, mode)?;
    let mut at = 0;
    while at < length {
        let before = at;
        let left = usize::try_from(length - at).unwrap_or(usize::MAX);
        // The first shares blocks where a file system can, and fails between most others.
        copy_file_range(source, Some(&mut at), copied, None, left)
            .or_else(|_| sendfile(copied, source, Some(&mut at), left))?;
        if at == before {
            return Err(Errno::IO);
        }
    }
    Ok(())
}
