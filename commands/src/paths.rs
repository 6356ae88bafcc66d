//! The object that a path names, as the kernel would find it now.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// As many links as the kernel follows (path_resolution(7)).
const LINKS: usize = 40;
/// What the kernel puts behind the name of what was deleted.
const DELETED: &[u8] = b" (deleted)";

/// What a relative path starts from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// The working directory.
    Here,
    /// The directory of a descriptor.
    Descriptor(i32),
    /// A directory by its name, which may be relative itself.
    Folder(&'a [u8]),
}

/// What a path leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Object {
    /// A file or directory, by its real path, there or not.
    File(Vec<u8>),
    /// A file that was deleted while it was open, by its former path.
    Deleted(Vec<u8>),
    /// A file in memory, `memfd:name`.
    Memory(Vec<u8>),
    /// A pipe, a terminal, a socket: no rule is about it.
    Nameless,
}

/// The path itself, made absolute and not resolved.
pub fn absolute(path: &[u8], start: Start<'_>) -> Vec<u8> {
    if path.first() == Some(&b'/') {
        return path.to_vec();
    }
    let mut base = match start {
        Start::Here => cwd(),
        Start::Descriptor(number) => format!("/proc/self/fd/{number}").into_bytes(),
        Start::Folder(folder) => absolute(folder, Start::Here),
    };
    if base.last() != Some(&b'/') {
        base.push(b'/');
    }
    base.extend_from_slice(path);
    base
}

/// Resolves a path.
///
/// * `nofollow` - a link at the end is the object itself, as for `unlink`.
///
/// What does not exist is resolved as far as it does; a link that leads nowhere
/// yet, to where it leads.
pub fn resolve(path: &[u8], start: Start<'_>, nofollow: bool) -> Object {
    let path = absolute(path, start);
    let path = Path::new(OsStr::from_bytes(&path));
    if nofollow { without_last(path, 0) } else { follow(path, 0) }
}

fn follow(path: &Path, links: usize) -> Object {
    match fs::canonicalize(path) {
        Ok(real) => Object::File(bytes(real)),
        Err(error) if error.kind() == ErrorKind::NotFound => missing(path, links),
        // Not a directory, a loop, no permission: the access fails as well. The
        // question is about what was written.
        Err(_) => Object::File(folded(path)),
    }
}

/// Either new, or a link to what is open but has no name, or to what is not there yet.
fn missing(path: &Path, links: usize) -> Object {
    let trimmed = trim(path);
    if links < LINKS
        && let Ok(target) = fs::read_link(trimmed)
    {
        if is_magic(trimmed) {
            return opened(target.as_os_str().as_bytes());
        }
        let above = trimmed.parent().unwrap_or(Path::new("/"));
        return follow(&above.join(target), links + 1);
    }
    without_last(path, links)
}

/// The directory resolved, the last component as it is.
fn without_last(path: &Path, links: usize) -> Object {
    let path = trim(path);
    let last = path.as_os_str().as_bytes().rsplit(|&byte| byte == b'/').next();
    let (Some(above), Some(name)) = (path.parent(), last) else {
        return Object::File(folded(path));
    };
    if matches!(name, b"" | b"." | b"..") || links > LINKS {
        return match fs::canonicalize(path) {
            Ok(real) => Object::File(bytes(real)),
            Err(_) => Object::File(folded(path)),
        };
    }
    let Object::File(mut real) = follow(above, links + 1) else { return Object::Nameless };
    if real.last() != Some(&b'/') {
        real.push(b'/');
    }
    real.extend_from_slice(name);
    Object::File(real)
}

/// What a link of /proc shows that leads to no name.
fn opened(target: &[u8]) -> Object {
    match target.strip_suffix(DELETED) {
        Some(memory) if memory.starts_with(b"/memfd:") => Object::Memory(tail(memory)),
        Some(former) if former.starts_with(b"/") => Object::Deleted(former.to_vec()),
        _ if target.starts_with(b"/memfd:") => Object::Memory(tail(target)),
        _ => Object::Nameless,
    }
}

fn tail(path: &[u8]) -> Vec<u8> {
    path.strip_prefix(b"/").unwrap_or(path).to_vec()
}

/// Whether a link leads to an open file rather than to a name.
fn is_magic(path: &Path) -> bool {
    let above = path.parent().and_then(|above| fs::canonicalize(above).ok());
    above.is_some_and(|above| above.starts_with("/proc") || above.starts_with("/dev/fd"))
}

/// The path without `//`, `.` and `..`: what does not exist has no links to cross.
fn folded(path: &Path) -> Vec<u8> {
    let mut folded = PathBuf::from("/");
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                folded.pop();
            }
            std::path::Component::Normal(name) => folded.push(name),
            _ => {}
        }
    }
    bytes(folded)
}

/// Without slashes and dots at the end, which `Path` leaves in its bytes.
fn trim(path: &Path) -> &Path {
    let mut all = path.as_os_str().as_bytes();
    while let Some(less) = all.strip_suffix(b"/").or(all.strip_suffix(b"/."))
        && !less.is_empty()
    {
        all = less;
    }
    Path::new(OsStr::from_bytes(all))
}

fn bytes(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_encoded_bytes()
}

fn cwd() -> Vec<u8> {
    std::env::current_dir().map(bytes).unwrap_or_else(|_| b"/".to_vec())
}

/// The open directories of this process: what a relative path of which nobody says
/// the start may start from.
pub fn open_folders() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter(|number| {
            fs::metadata(format!("/proc/self/fd/{number}")).is_ok_and(|found| found.is_dir())
        })
        .collect()
}

/// Whether something is there.
pub fn exists(path: &[u8]) -> bool {
    fs::symlink_metadata(Path::new(OsStr::from_bytes(path))).is_ok()
}
