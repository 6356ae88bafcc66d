//! The object that a path names, as the kernel would find it now.

use std::env::current_dir;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Links to what is not there are followed so far, and so many parents.
const DEPTH: u32 = 40;

/// The real path. With `nofollow`, a link at the end is the object itself.
/// `None` for what is no path, and for pipes, terminals and sockets, which no
/// rule is about.
pub(crate) fn resolve(path: &[u8], nofollow: bool) -> Option<Vec<u8>> {
    if path.is_empty() || path.contains(&0) {
        return None;
    }
    real(path, nofollow, 0)
}

fn real(path: &[u8], nofollow: bool, depth: u32) -> Option<Vec<u8>> {
    let asked = Path::new(OsStr::from_bytes(path));
    if !nofollow {
        match fs::canonicalize(asked) {
            Ok(found) => return Some(bytes(found)),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Some(absolute(path));
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
        return Some(absolute(path));
    }
    let above = real(parent(path), false, depth + 1)?;
    Some(if above == b"/" { join(b"", name) } else { join(&above, name) })
}

fn parent(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&byte| byte == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(at) => path.get(..at).unwrap_or(path),
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    [folder, name].join(&b'/')
}

fn is_absolute(path: &[u8]) -> bool {
    path.first() == Some(&b'/')
}

/// What cannot be resolved is asked about as it is.
fn absolute(path: &[u8]) -> Vec<u8> {
    match current_dir() {
        Ok(folder) if !is_absolute(path) => join(&bytes(folder), path),
        // Without working directory a relative path is an invalid event.
        _ => path.to_vec(),
    }
}

fn bytes(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_vec()
}
