//! Programs that are known to run others, by name, and how they are told what.

use crate::shell::Word;

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
    "doas", "env", "ionice", "ltrace", "nice", "nohup", "setpriv", "setsid", "stdbuf", "strace",
    "sudo", "time", "timeout", "unbuffer", "unshare", "watch", "xargs",
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
    "setarch",
    "ssh-agent",
    "su",
    "systemd-run",
    "taskset",
    "toybox",
];
/// Programs that are told a shell's command by `-c` or `--command`, with the letters of
/// their options that a value follows (util-linux; fish(1)).
const TOLD: &[(&str, &str)] = &[
    ("fish", "CDdfop"),
    ("flock", "Ew"),
    ("runuser", "Ggsuw"),
    ("script", "BEIOTmot"),
    ("su", "Ggsuw"),
];
/// Programs that have a shell read their words.
pub(crate) const JOINED: &[&str] = &["parallel", "watch"];
/// Options of bash that a value follows, and its other long ones: with one dash or two.
const SHELL_VALUES: &[&str] = &["init-file", "rcfile"];
const SHELL_LONG: &[&str] = &[
    "debug",
    "debugger",
    "dump-po-strings",
    "dump-strings",
    "help",
    "login",
    "noediting",
    "noprofile",
    "norc",
    "posix",
    "pretty-print",
    "protected",
    "restricted",
    "verbose",
    "version",
    "wordexp",
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
/// Special builtins, and those that set variables or do what other words say.
const KEEPING: &[&str] = &[
    ".", ":", "alias", "break", "builtin", "command", "continue", "declare", "eval", "exec",
    "exit", "export", "local", "readonly", "return", "set", "shift", "source", "times", "trap",
    "typeset", "unset",
];
const SMALL_SHELLS: &[&str] = &["ash", "dash", "sh"];

/// The last component of a name.
pub fn base(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'/').next().unwrap_or(name)
}

/// Whether a name is in a list.
pub fn is(list: &[&str], name: &[u8]) -> bool {
    list.iter().any(|known| known.as_bytes() == name)
}

/// Whether a shell of this name does it itself.
pub(crate) fn is_builtin(name: &[u8], shell: &[u8]) -> bool {
    is(BUILTINS, name) || is(MORE_BUILTINS, name) && !is(SMALL_SHELLS, shell)
}

/// Whether variables that are given to a builtin may stay (POSIX.1-2017, 2.14).
pub(crate) fn keeps_variables(name: &[u8]) -> bool {
    is(KEEPING, name)
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

/// What a shell is told by its arguments.
#[derive(Default)]
pub(crate) struct Told<'w> {
    /// Its command: two where shells differ in how they read the arguments.
    pub(crate) commands: Vec<&'w Word>,
    /// What it reads its commands from.
    pub(crate) script: Option<&'w [u8]>,
}

/// What a shell is told by its words, of which the first is its name.
///
/// Each `o` and `O` in a cluster takes one of the arguments that follow (dash(1), bash(1)),
/// in other shells the rest of the cluster if there is any (zsh(1), ksh(1)).
pub(crate) fn told(words: &[Word]) -> Told<'_> {
    let mut told = Told::default();
    for attached in [false, true] {
        let Some((rest, command)) = arguments(words, attached) else { continue };
        let Some(first) = rest.first() else { continue };
        if !command {
            told.script = told.script.or(Some(&first.text)).filter(|_| told.commands.is_empty());
        } else if !told.commands.contains(&first) {
            told.commands.push(first);
        }
    }
    told
}

/// What is left behind a shell's options, and whether there was a `c` among them.
fn arguments(words: &[Word], attached: bool) -> Option<(&[Word], bool)> {
    let mut rest = words.get(1..)?;
    let mut command = false;
    while let [first, more @ ..] = rest {
        let text = first.text.as_slice();
        let long = text.strip_prefix(b"--").or(text.strip_prefix(b"-")).unwrap_or_default();
        rest = match text {
            b"-" | b"--" => return Some((more, command)),
            [b'-', ..] if is(SHELL_VALUES, long) => more.get(1..).unwrap_or_default(),
            [b'-', b'-', ..] => more,
            [b'-', ..] if is(SHELL_LONG, long) => more,
            [b'-' | b'+', letters @ ..] => {
                let mut more = more;
                for (at, letter) in letters.iter().enumerate() {
                    match letter {
                        b'c' => command = true,
                        b'o' | b'O' if attached && at + 1 < letters.len() => break,
                        b'o' | b'O' => more = more.get(1..).unwrap_or_default(),
                        _ => {}
                    }
                }
                more
            }
            _ => break,
        };
    }
    Some((rest, command))
}

/// The shell's command that an option is or announces: of `-c id`, `-cid`, `--command id`
/// and `--command=id`, each of the latter by any beginning of its name.
pub(crate) fn line_of<'w>(name: &[u8], words: &'w [Word]) -> Option<(Word, &'w [Word])> {
    let (_, values) = TOLD.iter().find(|(known, _)| known.as_bytes() == name)?;
    option_of(words, b'c', values, &["command", "init-command", "session-command"])
}

/// The text that `env` is told to split, behind `-S`.
pub(crate) fn split_of(words: &[Word]) -> Option<(Word, &[Word])> {
    option_of(words, b'S', "aCu", &["split-string"])
}

/// The value of an option and what follows it, if the first word is that option.
///
/// * `values` - letters of other options that a value follows.
fn option_of<'w>(
    words: &'w [Word],
    letter: u8,
    values: &str,
    names: &[&str],
) -> Option<(Word, &'w [Word])> {
    let (first, rest) = words.split_first()?;
    let value = if let Some(long) = first.text.strip_prefix(b"--") {
        let mut parts = long.splitn(2, |&byte| byte == b'=');
        let name = parts.next().filter(|name| !name.is_empty())?;
        names.iter().find(|known| known.as_bytes().starts_with(name))?;
        parts.next()
    } else {
        let letters = first.text.strip_prefix(b"-")?;
        let ends = |one: &u8| *one == letter || values.as_bytes().contains(one);
        let at = letters.iter().position(ends)?;
        let (found, value) = letters.get(at..)?.split_first()?;
        if *found != letter {
            return None;
        }
        Some(value).filter(|value| !value.is_empty())
    };
    match value {
        Some(value) => Some((Word { text: value.to_vec(), ..first.clone() }, rest)),
        None => rest.split_first().map(|(value, rest)| (value.clone(), rest)),
    }
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
