//! Canonical paths, the slow way: a list of components or the reason why there
//! is none. Linux's are here.

use wardline::{Base, Invalid};

use super::{windows, world};

/// The components of a path from the root down.
pub(crate) type Components = Vec<Vec<u8>>;

const LONGEST: usize = 65_536;
const DELETED: &[u8] = b" (deleted)";

/// The real path of an event.
pub(crate) fn real(
    name: &[u8],
    base: &Base<'_>,
    truncated: bool,
    deleted: bool,
) -> Result<Components, Invalid> {
    if truncated {
        return Err(Invalid::PathTruncated);
    }
    let shown = deleted && !world::is_windows();
    canonical(if shown { without_deleted(name) } else { name }, base)
}

/// A name without one trailing ` (deleted)`.
pub(crate) fn without_deleted(name: &[u8]) -> &[u8] {
    name.strip_suffix(DELETED).unwrap_or(name)
}

/// The canonical form of a name as a process in `base` would use it.
pub(crate) fn canonical(name: &[u8], base: &Base<'_>) -> Result<Components, Invalid> {
    if world::is_windows() {
        return windows::canonical(name, base);
    }
    if name.is_empty() {
        return Err(Invalid::PathEmpty);
    }
    let absolute = |path: &[u8]| path.starts_with(b"/");
    if base.root.is_some_and(|root| !absolute(root)) {
        return Err(Invalid::PathRelative);
    }
    let root = base.root.unwrap_or(b"");
    let (root, directory) = if absolute(name) {
        (root, &b""[..])
    } else if let Some(directory) = base.dirfd_path {
        (&b""[..], directory)
    } else if let Some(directory) = base.cwd {
        (root, directory)
    } else {
        return Err(Invalid::PathRelative);
    };
    if !absolute(name) && !absolute(directory) {
        return Err(Invalid::PathRelative);
    }
    if root.len() + directory.len() + name.len() > LONGEST {
        return Err(Invalid::PathTooLong);
    }

    let mut path: Components = Vec::new();
    for part in [root, directory, name] {
        // What a process sees below its own root is a system of its own.
        let inner = if root.is_empty() { 0 } else { components(root).len() };
        for component in components(part) {
            if component.contains(&0) {
                return Err(Invalid::PathNul);
            }
            if component == b".." {
                return Err(Invalid::PathDotDot);
            }
            path.push(component);
            if is_magic_link(&path) || path.len() > inner && is_magic_link(&path[inner..]) {
                return Err(Invalid::PathMagicLink);
            }
        }
    }
    Ok(path)
}

/// What stands between the slashes, without empty and `.` components.
pub(crate) fn components(path: &[u8]) -> Components {
    let all = path.split(|&byte| byte == b'/');
    all.filter(|component| !component.is_empty() && *component != b".")
        .map(<[u8]>::to_vec)
        .collect()
}

/// The components after the last `..`, all that is sure about a name without
/// canonical form.
pub(crate) fn trusted(name: &[u8]) -> Components {
    if world::is_windows() {
        return windows::trusted(name);
    }
    let all = components(name);
    let start = all.iter().rposition(|component| component == b"..").map_or(0, |last| last + 1);
    all[start..].to_vec()
}

/// Whether the last component is a link that the kernel resolves to another
/// object: `/proc/<process>[/task/<tid>]/{root,cwd,exe}`, an entry of `fd` or
/// `map_files` there, `/dev/fd/N`, `/dev/stdin` and its like.
fn is_magic_link(path: &[Vec<u8>]) -> bool {
    let text: Vec<String> =
        path.iter().map(|component| String::from_utf8_lossy(component).into_owned()).collect();
    let words: Vec<&str> = text.iter().map(String::as_str).collect();
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    match words.as_slice() {
        ["dev", "stdin" | "stdout" | "stderr"] | ["dev", "fd", _] => true,
        ["proc", process, rest @ ..]
            if number(process) || matches!(*process, "self" | "thread-self") =>
        {
            let rest = match rest {
                ["task", thread, rest @ ..] if number(thread) => rest,
                rest => rest,
            };
            matches!(rest, ["root" | "cwd" | "exe"] | ["fd" | "map_files", _])
        }
        _ => false,
    }
}
