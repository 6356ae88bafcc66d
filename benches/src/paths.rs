//! Paths of files: made up, or what real programs opened.

use std::collections::HashSet;

use crate::random::Random;

/// `count` different paths of files in one made-up tree: as deep and as long as
/// those of a Linux host (six or seven components, 55 bytes on average).
pub fn synthetic(count: usize) -> Vec<String> {
    let mut random = Random::new(1);
    let words: Vec<String> = (0..6_000).map(|_| word(&mut random)).collect();
    let mut directories: Vec<String> = ROOTS.iter().map(|&root| root.to_owned()).collect();
    for _ in 0..count / 8 + 64 {
        // A directory lies in one of a thousand others made shortly before, which
        // makes trees about as deep as real ones.
        let recent = directories.len().saturating_sub(1_000);
        let among = if random.chance(55) { 0 } else { recent };
        let parent = &directories[among + random.below(directories.len() - among)];
        let parent = if parent.matches('/').count() > 8 { *random.pick(ROOTS) } else { parent };
        directories.push(format!("{parent}/{}", random.pick(&words)));
    }
    let mut seen = HashSet::new();
    let mut paths = Vec::with_capacity(count);
    while paths.len() < count {
        let directory = random.pick(&directories);
        let stem = random.pick(&words);
        let path = match random.below(10) {
            0..6 => format!("{directory}/{stem}{}", random.pick(ENDINGS)),
            6..8 => format!("{directory}/{stem}_{}", random.pick(&words)),
            8 => format!("{directory}/{stem}-{}.{}", random.below(20), random.below(100)),
            _ => format!("{directory}/{stem}"),
        };
        if seen.insert(path.clone()) {
            paths.push(path);
        }
    }
    paths
}

/// The paths that real programs opened, without those that need quoting, or `None`
/// if the traces are not beside the repository.
#[cfg(feature = "real")]
pub fn real() -> Option<Vec<String>> {
    let file = crate::beside("data/traces/linux/paths.txt.zst")?;
    let text = String::from_utf8(zstd::decode_all(file.as_slice()).ok()?).ok()?;
    let plain = |path: &&str| {
        path.starts_with('/')
            && !path.contains("//")
            && !path.ends_with('/')
            // Links into a process, which enforcers resolve, are no paths of files.
            && !path.starts_with("/proc/")
            && !path.starts_with("/dev/")
            && path.split('/').all(|part| part != "." && part != "..")
            && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-@".contains(&byte))
    };
    // A rule about a directory is about all below; these rules are to be about files.
    let directories: HashSet<&str> = text
        .lines()
        .flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]))
        .collect();
    let files = text.lines().filter(|path| !directories.contains(path));
    let mut seen = HashSet::new();
    let files = files.filter(plain).filter(|&path| seen.insert(path));
    let mut paths: Vec<String> = files.map(str::to_owned).collect();
    Random::new(2).shuffle(&mut paths);
    Some(paths)
}

/// Real paths where they are, made-up ones elsewhere and beyond; and which they are.
pub fn best(count: usize) -> (Vec<String>, &'static str) {
    #[cfg(feature = "real")]
    if let Some(mut paths) = real() {
        let beyond = count.saturating_sub(paths.len());
        paths.extend(synthetic(beyond));
        paths.truncate(count);
        return (paths, if beyond == 0 { "real" } else { "real, and made-up ones beyond them" });
    }
    (synthetic(count), "synthetic")
}

/// Paths of 4 KiB that are as much work as can be, given what rules are made from.
pub fn hostile(paths: &[String]) -> Vec<String> {
    const LENGTH: usize = 4_096;
    let cut = |text: String| text[..LENGTH].to_owned();
    let mut hostile = vec![
        cut("/a".repeat(LENGTH)),
        cut("/".repeat(LENGTH)),
        cut(format!("/{}", "a".repeat(LENGTH))),
        cut("/a/..".repeat(LENGTH)),
        cut("/./a".repeat(LENGTH)),
        cut("/é".repeat(LENGTH)),
    ];
    // One real path after the other, whole and by its parts: every component is in
    // some rule.
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let mut whole = String::new();
        let mut parts = String::new();
        let mut names = String::new();
        while [&whole, &parts, &names].iter().any(|text| text.len() < LENGTH) {
            let path = random.pick(paths);
            whole += path;
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            parts += &directory.repeat(2);
            names = format!("{names}/{name}");
        }
        // Never in the middle of a character: these paths are ASCII.
        hostile.extend([cut(whole), cut(parts), cut(names)]);
    }
    hostile
}

/// Something that could be part of a name.
pub(crate) fn word(random: &mut Random) -> String {
    let syllables = 2 + random.below(3);
    (0..syllables).map(|_| *random.pick(SYLLABLES)).collect()
}

const ROOTS: &[&str] = &[
    "/usr/lib/python3/dist-packages",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/share",
    "/usr/share/doc",
    "/usr/include",
    "/etc",
    "/var/lib",
    "/var/cache/apt",
    "/home/dev/work/service/node_modules",
    "/home/dev/.cargo/registry/src",
    "/opt/app",
    "/srv/www/html",
    "/proc/self",
    "/sys/devices",
    "/root",
    "/tmp",
];

const ENDINGS: &[&str] =
    &[".py", ".pyc", ".so", ".so.1", ".js", ".json", ".h", ".conf", ".md", ".rs", ".pem", ".txt"];

const SYLLABLES: &[&str] = &[
    "ab", "ac", "al", "an", "ar", "ba", "bin", "bo", "ca", "con", "cor", "da", "de", "di", "do",
    "en", "er", "es", "fi", "fo", "ge", "gen", "ha", "il", "im", "in", "is", "ja", "ker", "la",
    "li", "lo", "ma", "me", "mi", "mo", "na", "net", "no", "or", "pa", "per", "po", "pro", "ra",
    "re", "ri", "ro", "sa", "se", "ser", "si", "so", "sta", "ta", "te", "ti", "to", "tra", "un",
    "ur", "us", "va", "ver", "vi", "vo", "wa", "xa", "yo", "zi",
];

#[cfg(test)]
mod tests {
    #[test]
    fn made_up_paths_are_as_long_and_deep_as_real_ones() {
        let paths = super::synthetic(20_000);
        let bytes = paths.iter().map(String::len).sum::<usize>() / paths.len();
        let depth = paths.iter().map(|path| path.matches('/').count()).sum::<usize>();
        let tenths = depth * 10 / paths.len();
        assert!((48..=60).contains(&bytes), "{bytes} bytes");
        assert!((55..=75).contains(&tenths), "{tenths} tenths of a component");
    }
}
