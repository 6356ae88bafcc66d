//! The start of a program: its file, then every program that its arguments name.

use std::cell::{Cell, RefCell};
use std::io::Read;

use wardline::Exec;

use crate::known;
use crate::paths::{self, Object, Start};
use crate::shell::{self, Word};

/// Who asks about what is started. The first error ends the search.
pub trait Asks {
    /// Why something may not be started.
    type Stop;

    /// A program that may run.
    ///
    /// * `name` - as it was called.
    /// * `parent` - the program that starts it, if it is not this process's.
    ///
    /// # Errors
    ///
    /// It may not.
    fn program(
        &self,
        name: &[u8],
        exec: &Exec<'_>,
        parent: Option<&[u8]>,
    ) -> Result<(), Self::Stop>;

    /// The id of an access key in an argument.
    ///
    /// # Errors
    ///
    /// It may not be used.
    fn access_key(&self, id: &[u8]) -> Result<(), Self::Stop>;

    /// A variable that a shell reads.
    ///
    /// # Errors
    ///
    /// It may not be read.
    fn variable(&self, name: &[u8]) -> Result<(), Self::Stop>;

    /// All variables are shown.
    ///
    /// # Errors
    ///
    /// They may not be.
    fn environment(&self) -> Result<(), Self::Stop>;

    /// The value of a variable that names libraries for the loader.
    ///
    /// # Errors
    ///
    /// One of them may not be loaded.
    fn libraries(&self, value: &[u8]) -> Result<(), Self::Stop>;

    /// All words of a simple command, or of a program that starts others: they may
    /// take from the environment what arms a child.
    ///
    /// # Errors
    ///
    /// They may not.
    fn command(&self, words: &[Word]) -> Result<(), Self::Stop> {
        let _ = words;
        Ok(())
    }

    /// Programs start programs that start programs, further than is followed.
    ///
    /// * `name` - where that ended.
    ///
    /// # Errors
    ///
    /// They may not: nobody knows what is behind.
    fn deeper(&self, name: &[u8]) -> Result<(), Self::Stop>;

    /// The name of a program is put together when it runs: nobody knows it before.
    fn unresolved(&self, text: &[u8]);
}

/// Programs that start programs, and commands in commands, are followed so far.
const DEPTH: usize = 16;
/// An AWS access key id has this many characters or more.
const KEY: usize = 16;
/// Where programs are looked for without PATH (os.defpath of Python).
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";

/// Where a name without a slash is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Search {
    /// In PATH.
    Path,
    /// In the working directory.
    Here,
    /// In both: nobody says in which.
    Either,
}

/// A call that starts programs.
pub struct Starting<A> {
    pub(super) asks: A,
    /// The working directory of what is started; after `cd` in a shell, every one
    /// that it may be.
    pub(super) folders: RefCell<Vec<Vec<u8>>>,
    pub(super) path: RefCell<Vec<u8>>,
    /// The aliases of its shells so far, with what they stand for.
    pub(super) aliases: RefCell<Vec<(Vec<u8>, Vec<u8>)>>,
    depth: Cell<usize>,
}

impl<A: Asks> Starting<A> {
    /// * `folder` - the working directory of the program, if another than this one's.
    /// * `path` - its PATH, if it has any.
    pub fn new(asks: A, folder: Option<Vec<u8>>, path: Option<Vec<u8>>) -> Self {
        let folder = folder.unwrap_or_else(|| b".".to_vec());
        let path = path.unwrap_or_else(|| DEFAULT_PATH.to_vec());
        let (folders, path) = (RefCell::new(vec![folder]), RefCell::new(path));
        let aliases = RefCell::default();
        Starting { asks, folders, path, aliases, depth: Cell::new(0) }
    }

    /// Asks about a program and all that it is told to start.
    pub fn program(&self, file: &[u8], words: &[Word], search: Search) -> Result<(), A::Stop> {
        self.started(file, words, search, None)
    }

    /// Whether a program of this name is in the working directory or where it says.
    pub fn is_there(&self, file: &[u8]) -> bool {
        !self.found(file, Search::Here).is_empty()
    }

    pub(super) fn started(
        &self,
        file: &[u8],
        words: &[Word],
        search: Search,
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        self.below(file, || self.start(file, words, search, parent))
    }

    /// Does what may lead to itself.
    pub(super) fn below(
        &self,
        name: &[u8],
        follow: impl FnOnce() -> Result<(), A::Stop>,
    ) -> Result<(), A::Stop> {
        if self.depth.get() >= DEPTH {
            return self.asks.deeper(name);
        }
        self.depth.set(self.depth.get() + 1);
        let answer = follow();
        self.depth.set(self.depth.get() - 1);
        answer
    }

    fn start(
        &self,
        file: &[u8],
        words: &[Word],
        search: Search,
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        let mut places = self.found(file, search);
        if places.is_empty() {
            // What is nowhere cannot run; its name is asked about all the same.
            let nowhere =
                if file.contains(&b'/') { self.at(file) } else { [b"/nowhere/", file].concat() };
            places.push(nowhere);
        }
        places.iter().try_for_each(|place| self.runs(file, place, words, parent))
    }

    /// Asks about the program at `place`.
    fn runs(
        &self,
        file: &[u8],
        place: &[u8],
        words: &[Word],
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        let (real, memfd, deleted) = match paths::resolve(place, Start::Here, false) {
            Object::File(real) => (real, false, false),
            Object::Deleted(real) => (real, false, true),
            Object::Memory(name) => (name, true, false),
            Object::Nameless => (place.to_vec(), false, false),
        };
        let name = known::base(file);
        let is = |list: &[&str]| known::is(list, name) || known::is(list, known::base(&real));
        let is_shell = is(known::SHELLS);
        let applet = is(known::BOXES).then(|| words.get(1)).flatten();
        let in_box = applet.is_some_and(|word| known::is(known::SHELLS, known::base(&word.text)));
        let told = (is_shell || in_box)
            .then(|| known::told(words.get(usize::from(!is_shell)..).unwrap_or_default()));
        let script = match &told {
            Some(told) => told.script,
            None if is(known::INTERPRETERS) || name.starts_with(b"python") => known::script(words),
            None => None,
        };
        let script = script.map(|script| self.real(script));
        let aliases: Vec<&[u8]> = applet.iter().map(|word| word.text.as_slice()).collect();
        let argv: Vec<&[u8]> = words.iter().map(|word| word.text.as_slice()).collect();
        let exec = Exec {
            requested: (place != real).then_some(place),
            aliases: &aliases,
            argv: &argv,
            script: script.as_deref(),
            memfd,
            deleted,
            ..Exec::new(&real)
        };
        self.asks.program(file, &exec, parent)?;
        self.access_keys(&argv)?;
        if known::reads_words(name) || known::reads_words(known::base(&real)) {
            self.asks.command(words)?;
        }
        let own = Some(real.as_slice());
        let rest = words.get(1..).unwrap_or_default();
        if let Some(told) = told {
            for command in told.commands {
                self.line(command, &real, own)?;
            }
            if is(&["fish"]) {
                let all = (0..rest.len()).filter_map(|at| known::line_of(b"fish", rest.get(at..)?));
                all.map(|(command, _)| command)
                    .try_for_each(|command| self.line(&command, &real, own))?;
            }
        } else if known::is_loader(known::base(&real)) {
            self.loaded(rest, own)?;
        } else if is(known::PREFIXES) {
            self.after_prefix(rest, is(&["env"]), own)?;
        } else if is(known::LOOSE) {
            // By its own name, or by that of a link to it.
            let known = if known::is(known::LOOSE, name) { name } else { known::base(&real) };
            self.among(applet.map_or(known, |word| &word.text), rest, own)?;
        }
        if is(known::JOINED) {
            self.joined(rest, own)?;
        }
        let splits = |at| rest.get(at..).is_some_and(|own| known::split_of(own).is_some());
        if is(known::PRINTS)
            && names_nothing(rest)
            && !(is(&["env"]) && (0..rest.len()).any(splits))
        {
            self.asks.environment()?;
        }
        self.interpreted(&real, words, parent)
    }

    /// A file that begins with `#!` is run by what follows (execve(2)).
    fn interpreted(
        &self,
        real: &[u8],
        words: &[Word],
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        let Some((interpreter, argument)) = shebang(real) else { return Ok(()) };
        let mut all = vec![Word::plain(&interpreter)];
        all.extend(argument.as_deref().map(Word::plain));
        all.push(Word::plain(real));
        all.extend(words.get(1..).unwrap_or_default().iter().cloned());
        self.started(&interpreter, &all, Search::Here, parent)
    }

    /// What the loader itself is told to run: `/lib64/ld-linux-x86-64.so.2 program`.
    fn loaded(&self, words: &[Word], parent: Option<&[u8]>) -> Result<(), A::Stop> {
        let mut words = words;
        while let Some((first, rest)) = words.split_first() {
            let text = first.text.as_slice();
            let takes_value = known::is(known::LOADER_OPTIONS, text);
            if !text.starts_with(b"-") {
                return self.started(text, words, Search::Here, parent);
            }
            if let (b"--preload" | b"--audit", Some(value)) = (text, rest.first()) {
                self.asks.libraries(&value.text)?;
            }
            words = rest.get(usize::from(takes_value)..).unwrap_or_default();
        }
        Ok(())
    }

    /// What `env`, `nice` and the like are told to start. What follows an option may
    /// be its value or the program: both are asked about, if they are there.
    ///
    /// * `splits` - it is `env`, which takes text apart into words.
    pub(super) fn after_prefix(
        &self,
        words: &[Word],
        splits: bool,
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        let mut option = false;
        for (index, word) in words.iter().enumerate() {
            let text = word.text.as_slice();
            if let Some((name, value)) = shell::assignment(word) {
                self.assigned(name, value, word.expands)?;
                continue;
            }
            let split = known::split_of(words.get(index..).unwrap_or_default());
            if let Some((command, rest)) = split.filter(|_| splits) {
                let following = rest.iter().map(|word| word.text.as_slice());
                let line = std::iter::once(command.text.as_slice()).chain(following);
                let text = line.collect::<Vec<_>>().join(&b' ');
                let options = shell::parse(&text).commands.concat();
                if names_nothing(&options) {
                    self.asks.environment()?;
                }
                if options.first().is_some_and(|word| word.text.starts_with(b"-")) {
                    // Further options of `env` itself.
                    return self.below(&text, || self.after_prefix(&options, true, parent));
                }
                return self.line(&Word { text, ..command }, b"sh", parent);
            }
            if word.expands && !text.starts_with(b"-") {
                self.asks.unresolved(text);
                if option {
                    option = false;
                    continue;
                }
                return Ok(());
            }
            if known::is_option(word) {
                option = text.starts_with(b"-");
                continue;
            }
            let own = words.get(index..).unwrap_or_default();
            if !option {
                return self.started(text, own, Search::Path, parent);
            }
            if !self.found(text, Search::Path).is_empty() {
                self.started(text, own, Search::Path, parent)?;
            }
            option = false;
        }
        Ok(())
    }

    /// Every word that is a program may be started, and every value of an option.
    fn among(&self, name: &[u8], words: &[Word], parent: Option<&[u8]>) -> Result<(), A::Stop> {
        for (index, word) in words.iter().enumerate() {
            let own = words.get(index..).unwrap_or_default();
            if let Some((command, _)) = known::line_of(name, own) {
                self.line(&command, b"sh", parent)?;
                continue;
            }
            let text = word.text.as_slice();
            let value = match text {
                [b'-', b'-', ..] => text.splitn(2, |&byte| byte == b'=').nth(1),
                [b'-', _, value @ ..] => Some(value).filter(|value| value.starts_with(b"/")),
                _ => Some(text).filter(|_| !known::is_option(word)),
            };
            let Some(value) = value else { continue };
            if !self.found(value, Search::Path).is_empty() {
                let mut words = own.to_vec();
                if let Some(first) = words.first_mut() {
                    first.text = value.to_vec();
                }
                self.started(value, &words, Search::Path, parent)?;
            }
        }
        Ok(())
    }

    /// Words that a shell reads as one line.
    fn joined(&self, words: &[Word], parent: Option<&[u8]>) -> Result<(), A::Stop> {
        for word in words.iter().filter(|word| word.text.contains(&b' ')) {
            self.line(word, b"sh", parent)?;
        }
        Ok(())
    }

    /// Ids of access keys among the arguments: some may be decoys.
    fn access_keys(&self, argv: &[&[u8]]) -> Result<(), A::Stop> {
        for word in argv {
            for id in word.split(|byte| !byte.is_ascii_uppercase() && !byte.is_ascii_digit()) {
                for at in (0..id.len()).filter(|&at| {
                    id.get(at..)
                        .is_some_and(|id| id.starts_with(b"AKIA") || id.starts_with(b"ASIA"))
                }) {
                    let id = id.get(at..).unwrap_or_default();
                    if id.len() >= KEY {
                        self.asks.access_key(id)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What decides where programs are found.
    pub fn context(&self) -> (Vec<Vec<u8>>, Vec<u8>) {
        (self.folders.borrow().clone(), self.path.borrow().clone())
    }

    /// Whether a program starts others that its arguments name.
    pub fn reads_words(&self, file: &[u8], search: Search) -> bool {
        let places = self.found(file, search);
        let reals = places.iter().map(|place| self.real(place));
        std::iter::once(file.to_vec())
            .chain(reals)
            .any(|name| known::reads_words(known::base(&name)))
    }

    /// Where the system finds a program of this name.
    pub fn found(&self, file: &[u8], search: Search) -> Vec<Vec<u8>> {
        if file.is_empty() {
            return Vec::new();
        }
        let folders = self.folders.borrow();
        let mut found = Vec::new();
        if file.contains(&b'/') || search != Search::Path {
            let here = folders.iter().map(|folder| paths::absolute(file, Start::Folder(folder)));
            found.extend(here.filter(|place| paths::exists(place)));
        }
        if !file.contains(&b'/') && search != Search::Here {
            let path = self.path.borrow();
            let places = path.split(|&byte| byte == b':').map(|folder| {
                let folder = if folder.is_empty() { b".".as_slice() } else { folder };
                let folder = paths::absolute(
                    folder,
                    Start::Folder(folders.first().map_or(b".", Vec::as_slice)),
                );
                paths::absolute(file, Start::Folder(&folder))
            });
            found.extend(places.into_iter().find(|place| known::is_program(place)));
        }
        found
    }

    fn at(&self, file: &[u8]) -> Vec<u8> {
        let folders = self.folders.borrow();
        paths::absolute(file, Start::Folder(folders.last().map_or(b".", Vec::as_slice)))
    }

    /// The real path of a script.
    fn real(&self, script: &[u8]) -> Vec<u8> {
        let place = self.found(script, Search::Here).pop().unwrap_or_else(|| self.at(script));
        match paths::resolve(&place, Start::Here, false) {
            Object::File(real) | Object::Deleted(real) | Object::Memory(real) => real,
            Object::Nameless => place,
        }
    }
}

/// Whether words are options and variables only, so that `env` shows what there is.
fn names_nothing(words: &[Word]) -> bool {
    words.iter().all(|word| known::is_option(word) || shell::assignment(word).is_some())
}

/// The program and the argument behind `#!`.
fn shebang(file: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(file));
    // A pipe or a device would wait, or change by being read.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    // The kernel reads 256 bytes (BINPRM_BUF_SIZE).
    let mut start = [0; 256];
    let length = std::fs::File::open(path).ok()?.read(&mut start).ok()?;
    let line = start.get(..length)?.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    let line = line.trim_ascii();
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    let (interpreter, argument) = line.split_at_checked(end)?;
    let argument = argument.trim_ascii();
    (!interpreter.is_empty())
        .then(|| (interpreter.to_vec(), (!argument.is_empty()).then(|| argument.to_vec())))
}
