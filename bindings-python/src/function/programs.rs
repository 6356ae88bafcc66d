//! Programs: what each call starts, and what that is told to start in turn – by a
//! shell, a loader, `env` and the like.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use wardline::{Activity, Invalid, Kind};

use super::given::{self, Given, at};
use super::libraries;
use super::shell::Word;
use super::start::{Search, Starting};
use super::watch::{Answer, Question, Watch, watch};

thread_local! {
    /// The command that this thread asked about last, which a further event or the
    /// call itself is about to name again.
    static ASKED: RefCell<Option<Vec<Vec<u8>>>> = const { RefCell::new(None) };
}

/// The watch, if programs are anything to ask about.
fn asking() -> Option<&'static Watch> {
    watch().filter(|watch| watch.asks(Kind::Exec) || watch.asks(Kind::Credential))
}

/// `subprocess.Popen(executable, args, cwd, env)`: what it starts in the end is asked
/// about where it starts it, by bytes (`replaced.rs`); this one cannot be gone around.
pub(crate) fn popen(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    let Given::Name(file) = Given::read(&at(args, 0)) else { return Ok(()) };
    let Some(words) = given::words(&at(args, 1)) else { return Ok(()) };
    let Some(words) = words.into_iter().collect::<Option<Vec<_>>>() else { return Ok(()) };
    let folder = given::text(&at(args, 2));
    let environment = at(args, 3);
    environment_of(watch, "subprocess.Popen", &environment)?;
    let path = given::variable(&environment, "PATH");
    let starting = Starting::new(args.py(), watch, "subprocess.Popen", folder, path);
    starting.program(&file, &plain(&words), Search::Path)?;
    ASKED.set(Some(words));
    Ok(())
}

/// Whether the last command asked about was this one; it is forgotten.
pub(crate) fn was_asked(words: &[Vec<u8>]) -> bool {
    ASKED.take().is_some_and(|asked| asked == words)
}

pub(crate) fn system(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    let command = given::text(&at(args, 0)).unwrap_or_default();
    let starting = Starting::new(args.py(), watch, "os.system", None, None);
    starting.program(b"/bin/sh", &plain(&[b"sh".to_vec(), b"-c".to_vec(), command]), Search::Here)
}

/// `os.exec(path, args, env)`: the program is found already.
pub(crate) fn exec(args: &Bound<'_, PyTuple>) -> Answer {
    starts("os.exec", args, Search::Here)
}

/// `os.posix_spawn(path, argv, env)`, also of `posix_spawnp`, which looks in PATH.
pub(crate) fn posix_spawn(args: &Bound<'_, PyTuple>) -> Answer {
    starts("os.posix_spawn", args, Search::Either)
}

fn starts(call: &'static str, args: &Bound<'_, PyTuple>, search: Search) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    let file = match Given::read(&at(args, 0)) {
        Given::Name(name) => Some(name),
        Given::Descriptor(number) => Some(format!("/proc/self/fd/{number}").into_bytes()),
        Given::Nothing | Given::Strange => None,
    };
    let words = given::words(&at(args, 1)).and_then(|words| words.into_iter().collect());
    let (Some(file), Some::<Vec<Vec<u8>>>(words)) = (file, words) else {
        // Objects that say what they are when they are asked: after this.
        return watch.ask(
            args.py(),
            &Question {
                call,
                name: b"",
                activity: Activity::Unknown(Some(Kind::Exec)),
                program: None,
                malformed: Some(Invalid::FieldType),
            },
        );
    };
    if was_asked(&words) {
        return Ok(());
    }
    environment_of(watch, call, &at(args, 2))?;
    let starting = Starting::new(args.py(), watch, call, None, None);
    starting.program(&file, &plain(&words), search)
}

/// Asks about the libraries that an environment has the loader put into a program.
fn environment_of(watch: &Watch, call: &'static str, environment: &Bound<'_, PyAny>) -> Answer {
    for name in libraries::VARIABLES {
        if let Some(value) = given::variable(environment, name) {
            libraries::listed(environment.py(), watch, call, &value)?;
        }
    }
    Ok(())
}

/// What `fork_exec` is about to start: the first of `files` that is there.
pub(crate) fn forked(
    py: Python<'_>,
    watch: &Watch,
    files: &[Vec<u8>],
    words: &[Vec<u8>],
    folder: Option<Vec<u8>>,
    environment: Option<&[Vec<u8>]>,
) -> Answer {
    const CALL: &str = "fork_exec";
    for pair in environment.unwrap_or_default() {
        for name in libraries::VARIABLES {
            let value = pair.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            if let Some(value) = value {
                libraries::listed(py, watch, CALL, value)?;
            }
        }
    }
    if was_asked(words) {
        return Ok(());
    }
    let path = environment.and_then(|all| all.iter().find_map(|pair| pair.strip_prefix(b"PATH=")));
    let starting = Starting::new(py, watch, CALL, folder, path.map(<[u8]>::to_vec));
    let words = plain(words);
    let there = files.iter().find(|file| starting.is_there(file)).or(files.first());
    there.map_or(Ok(()), |file| starting.program(file, &words, Search::Here))
}

fn plain(words: &[Vec<u8>]) -> Vec<Word> {
    words.iter().map(|word| Word::plain(word)).collect()
}
