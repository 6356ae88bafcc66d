//! What is found behind a path.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use wardline_commands::paths::{Object, Start, exists, open_folders, resolve};

/// `one/file`, `two -> one`, `far -> one/new` (not there), `loop -> loop`.
fn world(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("wardline-paths-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(root.join("one")).unwrap();
    let root = fs::canonicalize(root).unwrap();
    File::create(root.join("one/file")).unwrap();
    for (target, link) in [("one", "two"), ("one/new", "far"), ("loop", "loop")] {
        symlink(target, root.join(link)).unwrap();
    }
    root
}

fn found(path: &str, start: Start<'_>, nofollow: bool) -> Object {
    resolve(path.as_bytes(), start, nofollow)
}

fn file(path: impl AsRef<Path>) -> Object {
    Object::File(path.as_ref().to_str().unwrap().as_bytes().to_vec())
}

#[test]
fn spellings_of_one_file() {
    let root = world("spellings");
    let real = file(root.join("one/file"));
    let base = root.to_str().unwrap();
    for spelling in [
        format!("{base}/one/file"),
        format!("{base}//one/./file"),
        format!("{base}/two/file"),
        format!("{base}/two/../one/file"),
        format!("/proc/self/root{base}/one/file"),
        format!("/proc/self/cwd/..{}{base}/one/file", "/..".repeat(40)),
    ] {
        assert_eq!(found(&spelling, Start::Here, false), real, "{spelling}");
    }
    assert_eq!(found("one/file", Start::Folder(base.as_bytes()), false), real);
    let folder = File::open(root.join("one")).unwrap();
    assert_eq!(found("file", Start::Descriptor(folder.as_raw_fd()), false), real);
    assert!(open_folders().contains(&folder.as_raw_fd()));
    let open = File::open(root.join("one/file")).unwrap();
    assert_eq!(found(&format!("/dev/fd/{}", open.as_raw_fd()), Start::Here, false), real);
    assert!(!open_folders().contains(&open.as_raw_fd()));
}

#[test]
fn what_is_not_there() {
    let root = world("missing");
    let base = root.to_str().unwrap();
    assert_eq!(found(&format!("{base}/two/new"), Start::Here, false), file(root.join("one/new")));
    assert_eq!(found(&format!("{base}/far"), Start::Here, false), file(root.join("one/new")));
    assert_eq!(found(&format!("{base}/far"), Start::Here, true), file(root.join("far")));
    assert_eq!(found(&format!("{base}/two/"), Start::Here, true), file(root.join("two")));
    let deep = format!("{base}/no/../no/deeper");
    assert_eq!(found(&deep, Start::Here, false), file(root.join("no/deeper")));
    assert_eq!(found(&format!("{base}/loop"), Start::Here, false), file(root.join("loop")));
    assert!(exists(format!("{base}/far").as_bytes()) && !exists(deep.as_bytes()));
}

#[test]
fn what_has_no_name() {
    let root = world("nameless");
    let open = File::open(root.join("one/file")).unwrap();
    fs::remove_file(root.join("one/file")).unwrap();
    let name = format!("/proc/self/fd/{}", open.as_raw_fd());
    let former = root.join("one/file").to_str().unwrap().as_bytes().to_vec();
    assert_eq!(found(&name, Start::Here, false), Object::Deleted(former));
    let (reader, _writer) = std::io::pipe().unwrap();
    let name = format!("/proc/self/fd/{}", reader.as_raw_fd());
    assert_eq!(found(&name, Start::Here, false), Object::Nameless);
}
