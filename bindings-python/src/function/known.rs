//! Programs that are known to run others, by name, and how they are told what.

use super::shell::Word;

pub(crate) const SHELLS: &[&str] =
    &["ash", "bash", "dash", "fish", "ksh", "ksh93", "mksh", "rbash", "sh", "yash", "zsh"];
/// Programs that run a script, besides shells and every `python…`.
pub(crate) const INTERPRETERS: &[&str] = &[
    "perl",
    "ruby",
    "node",
    "nodejs",
    "php",
    "lua",
    "luajit",
    "tclsh",
    "awk",
    "gawk",
    "mawk",
    "osascript",
];
/// Programs that are many in one, the first argument says which.
pub(crate) const BOXES: &[&str] = &["busybox", "toybox"];
/// Programs of which the first word that is no option is the program to start.
pub(crate) const PREFIXES: &[&str] = &[
    "doas", "env", "ionice", "ltrace", "nice", "nohup", "setarch", "setpriv", "setsid", "stdbuf",
    "strace", "sudo", "time", "timeout", "unbuffer", "unshare", "watch", "xargs",
];
/// Programs that start any of their words.
pub(crate) const LOOSE: &[&str] = &[
    "busybox",
    "chroot",
    "chrt",
    "find",
    "flock",
    "gdb",
    "nsenter",
    "parallel",
    "prlimit",
    "runuser",
    "script",
    "ssh-agent",
    "su",
    "systemd-run",
    "taskset",
    "toybox",
];
/// Programs that show the environment when they are told nothing else.
pub(crate) const PRINTS: &[&str] = &["env", "printenv"];
/// Options of the loader that a value follows (ld.so(8)).
pub(crate) const LOADER_OPTIONS: &[&str] = &[
    "--argv0",
    "--audit",
    "--glibc-hwcaps-mask",
    "--glibc-hwcaps-prepend",
    "--inhibit-rpath",
    "--library-path",
    "--preload",
];
/// What every shell does itself (dash(1), "Builtins").
const BUILTINS: &[&str] = &[
    ".", ":", "[", "alias", "bg", "break", "cd", "chdir", "command", "continue", "echo", "eval",
    "exec", "exit", "export", "false", "fg", "getopts", "hash", "jobs", "kill", "local", "printf",
    "pwd", "read", "readonly", "return", "set", "shift", "test", "times", "trap", "true", "type",
    "ulimit", "umask", "unalias", "unset", "wait",
];
/// What only the larger shells do themselves.
const MORE_BUILTINS: &[&str] = &[
    "[[",
    "bind",
    "builtin",
    "caller",
    "compgen",
    "complete",
    "declare",
    "dirs",
    "disown",
    "enable",
    "help",
    "history",
    "let",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "source",
    "suspend",
    "typeset",
];
const SMALL_SHELLS: &[&str] = &["ash", "dash", "sh"];

/// The last component of a name.
pub(crate) fn base(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'/').next().unwrap_or(name)
}

pub(crate) fn is(list: &[&str], name: &[u8]) -> bool {
    list.iter().any(|known| known.as_bytes() == name)
}

/// Whether a shell of this name does it itself.
pub(crate) fn is_builtin(name: &[u8], shell: &[u8]) -> bool {
    is(BUILTINS, name) || is(MORE_BUILTINS, name) && !is(SMALL_SHELLS, shell)
}

/// Whether a program of this name starts others, or scripts, that its arguments name.
pub(crate) fn reads_words(name: &[u8]) -> bool {
    let lists = [SHELLS, INTERPRETERS, BOXES, PREFIXES, LOOSE];
    lists.iter().any(|list| is(list, name)) || name.starts_with(b"python") || is_loader(name)
}

/// The dynamic loader, which runs the program that it is given (ld.so(8)).
pub(crate) fn is_loader(name: &[u8]) -> bool {
    name == b"ld.so" || name.starts_with(b"ld-") && name.windows(3).any(|part| part == b".so")
}

/// The command behind a shell's `-c`.
pub(crate) fn command(words: &[Word]) -> Option<&Word> {
    let at = words.iter().skip(1).position(|word| is_short(word, b'c'))? + 2;
    // Further options may stand between.
    words
        .get(at..)?
        .iter()
        .find(|word| !(word.text.len() > 1 && matches!(word.text.first(), Some(b'-' | b'+'))))
}

/// The script that an interpreter is given, if it is given one.
pub(crate) fn script(words: &[Word]) -> Option<&[u8]> {
    let mut rest = words.get(1..)?.iter();
    while let Some(word) = rest.next() {
        let text = word.text.as_slice();
        match text {
            b"--" => return rest.next().map(|word| word.text.as_slice()),
            b"-f" | b"-W" | b"-X" | b"-o" | b"-O" if text == b"-f" => {
                return rest.next().map(|word| word.text.as_slice());
            }
            b"-W" | b"-X" | b"-o" | b"-O" | b"-I" | b"-r" => drop(rest.next()),
            _ if is_short(word, b'c') || is_short(word, b'e') || is_short(word, b'm') => {
                return None;
            }
            _ if text.starts_with(b"-") || text.starts_with(b"+") => {}
            _ => return Some(text),
        }
    }
    None
}

/// An option, or a number as `timeout` and `nice` take it.
pub(crate) fn is_option(word: &Word) -> bool {
    let text = word.text.as_slice();
    let number = |text: &[u8]| {
        !text.is_empty() && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    };
    let amount = match text.split_last() {
        Some((b's' | b'm' | b'h' | b'd', less)) => number(less),
        _ => number(text),
    };
    text.is_empty() || text.starts_with(b"-") || amount
}

fn is_short(word: &Word, letter: u8) -> bool {
    matches!(word.text.as_slice(), [b'-', rest @ ..] if !rest.starts_with(b"-") && rest.contains(&letter))
}

/// Whether a file is there that may be run.
pub(crate) fn is_program(path: &[u8]) -> bool {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(path));
    std::fs::metadata(path)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
