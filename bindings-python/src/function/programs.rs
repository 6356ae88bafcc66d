//! Programs: what each call starts, and what that is told to start in turn – by a
//! shell, a loader, `env` and the like.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use wardline::{Activity, Credential, Exec, Kind};
use wardline_commands::libraries::VARIABLES;
use wardline_commands::{Asks, Search, Starting, Word};

use super::environment;
use super::given::{self, Given, at};
use super::libraries;
use super::replaced;
use super::system;
use super::variables;
use super::watch::{Answer, Question, Refusal, Watch, watch};

thread_local! {
    /// The command that this thread asked about last, which a further event or the
    /// call itself is about to name again.
    static ASKED: RefCell<Option<Command>> = const { RefCell::new(None) };
}

/// A command with all that decides what it starts.
#[derive(PartialEq)]
struct Command {
    words: Vec<Vec<u8>>,
    /// Where its program is.
    places: Vec<Vec<u8>>,
    /// The working directory, and PATH.
    context: (Vec<Vec<u8>>, Vec<u8>),
}

impl Command {
    fn new(
        starting: &Starting<Call<'_>>,
        file: &[u8],
        search: Search,
        words: &[Vec<u8>],
    ) -> Command {
        let places = starting.found(file, search);
        Command { words: words.to_vec(), places, context: starting.context() }
    }

    /// Whether it was asked about last; that is forgotten.
    fn was_asked(&self) -> bool {
        ASKED.take().as_ref() == Some(self)
    }
}

/// A call that starts programs.
struct Call<'a> {
    py: Python<'a>,
    watch: &'a Watch,
    name: &'static str,
}

impl Call<'_> {
    fn ask(&self, name: &[u8], activity: Activity<'_>, program: Option<&[u8]>) -> Answer {
        let call = self.name;
        self.watch.ask(self.py, &Question { call, name, activity, program, malformed: None })
    }
}

impl Asks for Call<'_> {
    type Stop = Box<Refusal>;

    fn program(&self, name: &[u8], exec: &Exec<'_>, parent: Option<&[u8]>) -> Answer {
        if !self.watch.asks(Kind::Exec) {
            return Ok(());
        }
        self.ask(name, Activity::Exec(*exec), parent)
    }

    fn access_key(&self, id: &[u8]) -> Answer {
        if !self.watch.asks(Kind::Credential) {
            return Ok(());
        }
        self.ask(b"", Activity::Credential(Credential { name: None, id: Some(id) }), None)
    }

    fn variable(&self, name: &[u8]) -> Answer {
        variables::read(self.watch, self.py, self.name, name)
    }

    fn environment(&self) -> Answer {
        variables::all(self.watch, self.py, self.name)
    }

    fn libraries(&self, value: &[u8]) -> Answer {
        libraries::listed(self.py, self.watch, self.name, value)
    }

    fn deeper(&self, name: &[u8]) -> Answer {
        self.watch.around(self.py, self.name, name)
    }

    fn unresolved(&self, text: &[u8]) {
        self.watch.unresolved(self.py, self.name, text);
    }
}

/// * `folder` - the working directory of the program, if another than this one's.
/// * `path` - its PATH, if another.
fn starting<'a>(
    py: Python<'a>,
    watch: &'a Watch,
    name: &'static str,
    folder: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
) -> Starting<Call<'a>> {
    let path = path.or_else(|| system::variable("PATH"));
    Starting::new(Call { py, watch, name }, folder, path)
}

/// The watch, if programs are anything to ask about.
fn asking() -> Option<&'static Watch> {
    watch().filter(|watch| watch.asks(Kind::Exec) || watch.asks(Kind::Credential))
}

/// `subprocess.Popen(executable, args, cwd, env)`: what it starts in the end is asked
/// about where it starts it, by bytes (`replaced.rs`); this one cannot be gone around.
pub(crate) fn popen(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    replaced::prefer_fork_exec(args.py());
    let Given::Name(file) = Given::read(&at(args, 0)) else { return Ok(()) };
    let Some(words) = given::words(&at(args, 1)) else { return Ok(()) };
    let Some(words) = words.into_iter().collect::<Option<Vec<_>>>() else { return Ok(()) };
    let folder = given::text(&at(args, 2));
    let environment = at(args, 3);
    // What is no plain dictionary is read where it is made bytes.
    let path = environment::variable(&environment, "PATH").ok().flatten();
    if path.is_some() {
        environment_of(watch, "subprocess.Popen", &environment)?;
    }
    let starting = starting(args.py(), watch, "subprocess.Popen", folder, path);
    let command = Command::new(&starting, &file, Search::Path, &words);
    starting.program(&file, &plain(&words), Search::Path)?;
    ASKED.set(Some(command));
    Ok(())
}

pub(crate) fn system(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    let Some(command) = given::text(&at(args, 0)) else {
        return watch.strange(args.py(), "os.system", Kind::Exec);
    };
    let starting = starting(args.py(), watch, "os.system", None, None);
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
    let words = given::words(&at(args, 1));
    let environment = at(args, 2);
    let path = environment::variable(&environment, "PATH");
    let (Some(file), Some(words), Ok(path)) = (file, words, path) else {
        return watch.strange(args.py(), call, Kind::Exec);
    };
    let starting = starting(args.py(), watch, call, None, path);
    // Objects say what they are when they are asked: after this. Only what no program
    // reads as a program may be such.
    if words.iter().any(Option::is_none) && starting.reads_words(&file, search) {
        return watch.strange(args.py(), call, Kind::Exec);
    }
    let words: Vec<_> = words.into_iter().map(Option::unwrap_or_default).collect();
    environment_of(watch, call, &environment)?;
    if Command::new(&starting, &file, search, &words).was_asked() {
        return Ok(());
    }
    starting.program(&file, &plain(&words), search)
}

/// Asks about the libraries that an environment has the loader put into a program.
fn environment_of(watch: &Watch, call: &'static str, environment: &Bound<'_, PyAny>) -> Answer {
    for name in VARIABLES {
        match environment::variable(environment, name) {
            Ok(Some(value)) => libraries::listed(environment.py(), watch, call, &value)?,
            Ok(None) => {}
            Err(environment::Strange) => return watch.strange(environment.py(), call, Kind::Exec),
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
        for name in VARIABLES {
            let value = pair.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            if let Some(value) = value {
                libraries::listed(py, watch, CALL, value)?;
            }
        }
    }
    let path = environment.and_then(|all| all.iter().find_map(|pair| pair.strip_prefix(b"PATH=")));
    let starting = starting(py, watch, CALL, folder, path.map(<[u8]>::to_vec));
    let there = files.iter().find(|file| starting.is_there(file)).or(files.first());
    let Some(file) = there else { return Ok(()) };
    if Command::new(&starting, file, Search::Here, words).was_asked() {
        return Ok(());
    }
    starting.program(file, &plain(words), Search::Here)
}

fn plain(words: &[Vec<u8>]) -> Vec<Word> {
    words.iter().map(|word| Word::plain(word)).collect()
}
