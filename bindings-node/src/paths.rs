//! The object that a path names, as the kernel would find it now.

use std::ffi::OsStr;
use std::fs;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{
    Access, CWD, Mode, OFlags, RawDir, ResolveFlags, access, openat2, readlinkat_raw,
};
use rustix::io::Errno;

use crate::place::{Place, Room, from_root, is_absolute, join};

/// Links to what is not there are followed so far, and so many parents.
const DEPTH: u32 = 40;
/// What the kernel tells of a folder at once.
const ROOM: usize = 1 << 13;

/// The real path. With `nofollow`, a link at the end is the object itself.
/// `None` for what is no path, and for pipes, terminals and sockets, which no
/// rule is about.
pub(crate) fn resolve(path: &[u8], nofollow: bool) -> Option<Vec<u8>> {
    if path.is_empty() || path.contains(&0) {
        return None;
    }
    let mut room = Room::new();
    let whole = from_root(path, &mut room);
    if is_linkless(&whole, nofollow) {
        return Some(whole.into_owned());
    }
    real(path, nofollow, 0)
}

/// The real paths of two names, of which neither is followed. Most are in one folder,
/// which is asked about once.
pub(crate) fn resolve_names(path: &[u8], target: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let real = resolve(path, true)?;
    if target.contains(&0) {
        return None;
    }
    let (mut room, mut beside) = (Room::new(), Room::new());
    let (path, whole) = (from_root(path, &mut room), from_root(target, &mut beside));
    let beside = *real == *path
        && [&*path, &*whole].into_iter().all(is_plain)
        && parent(&path) == parent(&whole);
    let target = if beside { whole.into_owned() } else { resolve(target, true)? };
    Some((real, target))
}

/// Whether there is something at a path.
pub(crate) fn exists(path: &[u8]) -> bool {
    access(path, Access::EXISTS).is_ok()
}

/// Opens a path if it is the real one: no link is followed on the way. `None` if not, or
/// if it does not open. A file that is created gets `mode`, less what the process masks.
pub(crate) fn open_linkless(place: Place<'_>, flags: OFlags, mode: Mode) -> Option<OwnedFd> {
    if !is_plain(place.whole) {
        return None;
    }
    // The kernel takes no mode where nothing is created.
    let mode = if flags.contains(OFlags::CREATE) { mode } else { Mode::empty() };
    without_links(place.found, flags | OFlags::CLOEXEC, mode).and_then(Result::ok)
}

/// Why the real path of something was not opened.
pub(crate) enum Unopened {
    /// A link may be on the way, or the kernel cannot tell.
    Unsure,
    /// There is none, and nothing at its end, or below a file: what looks for it fails so.
    Missing(Errno),
}

/// Opens what a plain [`Place`] is found by, or a folder of it, as [`open_linkless`].
pub(crate) fn open_real(path: &[u8], flags: OFlags) -> Result<OwnedFd, Unopened> {
    match without_links(path, flags | OFlags::CLOEXEC, Mode::empty()) {
        Some(Ok(opened)) => Ok(opened),
        Some(Err(error @ (Errno::NOTDIR | Errno::NOENT))) => Err(Unopened::Missing(error)),
        _ => Err(Unopened::Unsure),
    }
}

/// Whether the kernel can open a path without following links, as far as is known.
pub(crate) fn can_open_real() -> bool {
    !UNKNOWN.load(Ordering::Relaxed)
}

/// The names in a folder that is opened so, as Node lists them: in the order of their bytes.
pub(crate) fn list_linkless(place: Place<'_>) -> Option<Vec<Vec<u8>>> {
    let folder = open_linkless(place, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
    let mut room = [MaybeUninit::uninit(); ROOM];
    let mut entries = RawDir::new(folder, &mut room);
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry.ok()?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            names.push(name.to_vec());
        }
    }
    names.sort_unstable();
    Some(names)
}

/// Whether a path is the real one of what it names, because it has no link. One call
/// of the kernel however deep it is, where `realpath` needs one for each folder.
///
/// It asks for a folder: a file fails as none, which the kernel says only when it has
/// been there, and nothing needs to be closed. What is not there, or is below a file,
/// is so behind what has no links. A single folder is asked for its link, which takes
/// half as long.
fn is_linkless(path: &[u8], nofollow: bool) -> bool {
    if !is_plain(path) {
        return false;
    }
    let followed = if nofollow { parent(path) } else { path };
    match followed.iter().filter(|&&byte| byte == b'/').count() {
        _ if followed == b"/" => return true,
        1 => {
            let mut room = [MaybeUninit::uninit()];
            let linked = readlinkat_raw(CWD, followed, &mut room[..]);
            return matches!(linked, Err(Errno::INVAL | Errno::NOENT));
        }
        _ => {}
    }
    let mut flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    flags.set(OFlags::NOFOLLOW, nofollow);
    let found = without_links(path, flags, Mode::empty());
    matches!(found, Some(Ok(_) | Err(Errno::NOTDIR | Errno::NOENT)))
}

/// Opens a path that has no link; `None` if the kernel cannot: before Linux 5.6.
fn without_links(path: &[u8], flags: OFlags, mode: Mode) -> Option<rustix::io::Result<OwnedFd>> {
    if !can_open_real() {
        return None;
    }
    let opened = openat2(CWD, path, flags, mode, ResolveFlags::NO_SYMLINKS);
    if matches!(opened, Err(Errno::NOSYS)) {
        UNKNOWN.store(true, Ordering::Relaxed);
    }
    Some(opened)
}

/// The kernel does not know `openat2`.
static UNKNOWN: AtomicBool = AtomicBool::new(false);

/// Whether a path is absolute and each of its parts a name.
pub(crate) fn is_plain(path: &[u8]) -> bool {
    let Some((b'/', names)) = path.split_first() else { return false };
    names.split(|&byte| byte == b'/').all(|name| !matches!(name, b"" | b"." | b".."))
}

fn real(path: &[u8], nofollow: bool, depth: u32) -> Option<Vec<u8>> {
    let asked = Path::new(OsStr::from_bytes(path));
    if !nofollow {
        match fs::canonicalize(asked) {
            Ok(found) => return Some(bytes(found)),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                // What cannot be resolved is asked about as it is.
                return Some(from_root(path, &mut Room::new()).into_owned());
            }
            Err(_) => {}
        }
        // Either new, or a link: to what is open but has no name (a pipe, a
        // terminal, a socket), or to what is not there yet.
        if fs::symlink_metadata(asked).is_ok_and(|found| found.is_symlink()) {
            let nameless = |found: fs::Metadata| !found.is_file() && !found.is_dir();
            if fs::metadata(asked).is_ok_and(nameless) {
                return None;
            }
            // If it cannot be read, it is gone meanwhile: new.
            if depth < DEPTH
                && let Ok(target) = fs::read_link(asked)
            {
                let target = bytes(target);
                let target =
                    if is_absolute(&target) { target } else { join(parent(path), &target) };
                return real(&target, false, depth + 1);
            }
        }
    }
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(1, |last| last + 1);
    let path = path.get(..end).unwrap_or(path);
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    if matches!(name, b"" | b"." | b"..") || depth > DEPTH {
        return Some(from_root(path, &mut Room::new()).into_owned());
    }
    let above = real(parent(path), false, depth + 1)?;
    Some(join(&above, name))
}

/// The folder of a path of names, `.` for that of a single one, and the name in it.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    (parent(path), name)
}

fn parent(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&byte| byte == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(at) => path.get(..at).unwrap_or(path),
    }
}

fn bytes(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_vec()
}
