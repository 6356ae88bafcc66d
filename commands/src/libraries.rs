//! Libraries that the loader puts into every program because a variable says so.

use crate::known;
use crate::paths;

/// Variables that name such libraries (ld.so(8)).
pub const VARIABLES: [&str; 2] = ["LD_PRELOAD", "LD_AUDIT"];

/// The libraries of such a variable, separated by colons or blanks.
pub fn listed(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| matches!(byte, b':' | b' ')).filter(|name| !name.is_empty())
}

/// Where the loader finds a library by a name without a slash: loaded already, or in
/// its directories, those of `LD_LIBRARY_PATH`, which is given, first.
pub fn found(name: &[u8], path: &[u8]) -> Vec<u8> {
    let maps = std::fs::read("/proc/self/maps").unwrap_or_default();
    let mapped = maps.split(|&byte| byte == b'\n').find_map(|line| {
        let path = line.get(line.iter().position(|&byte| byte == b'/')?..)?;
        (known::base(path) == name).then(|| path.to_vec())
    });
    if let Some(path) = mapped {
        return path;
    }
    let arch = std::env::consts::ARCH;
    let own = path.split(|byte| matches!(byte, b':' | b';')).map(<[u8]>::to_vec);
    let usual = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"].map(String::from);
    let multiarch = [format!("/lib/{arch}-linux-gnu"), format!("/usr/lib/{arch}-linux-gnu")];
    let usual = usual.into_iter().chain(multiarch).map(String::into_bytes);
    let places = own.chain(usual).filter(|folder| !folder.is_empty());
    let mut places = places.map(|folder| [folder.as_slice(), b"/", name].concat());
    places.find(|place| paths::exists(place)).unwrap_or_else(|| [b"/nowhere/", name].concat())
}
