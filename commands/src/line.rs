//! What a shell's command starts, command by command.

use crate::known;
use crate::libraries;
use crate::paths::{self, Start};
use crate::shell::{self, Word};
use crate::start::{Asks, Search, Starting};

/// A shell may be in so many directories.
const FOLDERS: usize = 64;

impl<A: Asks> Starting<A> {
    /// Asks about the programs of a shell's command.
    pub(super) fn line(
        &self,
        command: &Word,
        shell: &[u8],
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        if command.expands {
            self.asks.unresolved(&command.text);
        }
        let line = shell::parse(&command.text);
        for variable in &line.variables {
            self.asks.variable(variable)?;
        }
        self.below(&command.text, || {
            let mut commands = line.commands.iter();
            commands.try_for_each(|words| {
                self.simple(words, &line.functions, known::base(shell), parent)
            })
        })
    }

    /// One simple command.
    fn simple(
        &self,
        words: &[Word],
        functions: &[Vec<u8>],
        shell: &[u8],
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        self.asks.command(words)?;
        // `PATH=… program` is for that program only.
        let before = self.path.borrow().clone();
        let mut words = words;
        while let Some((first, rest)) = words.split_first() {
            if let Some((name, value)) = shell::assignment(first) {
                self.assigned(name, value, first.expands)?;
            } else if shell::is(first, b"time") {
                // A keyword with options, or the program of that name.
                let options = |word: &&Word| matches!(word.text.as_slice(), b"-p" | b"--");
                words = rest.get(rest.iter().take_while(options).count()..).unwrap_or_default();
                if words.first().is_some_and(|word| word.text.starts_with(b"-")) {
                    return self.after_prefix(words, false, parent);
                }
                continue;
            } else if shell::is(first, b"coproc") {
                // A name of its own stands only before what is more than one command.
                let named = rest.get(1).is_some_and(shell::begins);
                words = rest.get(usize::from(named)..).unwrap_or_default();
                continue;
            } else if shell::is(first, b"function") {
                words = rest.get(1..).unwrap_or_default();
                continue;
            } else if !shell::is_keyword(first) {
                break;
            }
            words = rest;
        }
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        let text = first.text.as_slice();
        if !first.quoted && known::is(&["for", "select", "case"], text) {
            return Ok(());
        }
        if first.expands {
            self.asks.unresolved(text);
            return Ok(());
        }
        if functions.iter().any(|function| function == text) {
            return Ok(());
        }
        if !first.quoted && self.is_alias(text) {
            return self.by_alias(words, functions, shell, parent);
        }
        if !known::is_builtin(text, shell) {
            let answer = self.started(text, words, Search::Path, parent);
            self.path.replace(before);
            return answer;
        }
        if !known::keeps_variables(text) {
            self.path.replace(before);
        }
        match text {
            b"eval" | b"trap" => {
                let joined =
                    rest.iter().map(|word| word.text.as_slice()).collect::<Vec<_>>().join(&b' ');
                let command = Word {
                    text: joined,
                    expands: rest.iter().any(|word| word.expands),
                    quoted: true,
                };
                self.line(&command, shell, parent)
            }
            b"alias" => rest.iter().try_for_each(|word| self.alias(word, shell, parent)),
            b"." | b"source" => match rest.first() {
                Some(script) if script.expands => {
                    self.asks.unresolved(&script.text);
                    Ok(())
                }
                Some(_) => self.started(parent.unwrap_or(b"/bin/sh"), words, Search::Here, parent),
                None => Ok(()),
            },
            b"exec" | b"command" | b"builtin" => self.after_prefix(rest, false, parent),
            b"cd" | b"chdir" | b"pushd" => {
                match rest.iter().find(|word| !known::is_option(word)) {
                    Some(folder) if folder.expands => self.asks.unresolved(&folder.text),
                    Some(folder) => self.changed(&folder.text),
                    None => {}
                }
                Ok(())
            }
            b"export" | b"readonly" | b"declare" | b"typeset" | b"local" => {
                for (name, value, expands) in rest.iter().filter_map(|word| {
                    shell::assignment(word).map(|(name, value)| (name, value, word.expands))
                }) {
                    self.assigned(name, value, expands)?;
                }
                if rest.iter().all(known::is_option) { self.asks.environment() } else { Ok(()) }
            }
            b"set" if rest.is_empty() => self.asks.environment(),
            _ => Ok(()),
        }
    }

    /// A name gets a command, which the shell may put in its place later.
    fn alias(&self, word: &Word, shell: &[u8], parent: Option<&[u8]>) -> Result<(), A::Stop> {
        let Some(at) = word.text.iter().position(|&byte| byte == b'=') else { return Ok(()) };
        let (name, value) = word.text.split_at(at);
        let value = Word { text: value.get(1..).unwrap_or_default().to_vec(), ..word.clone() };
        self.line(&value, shell, parent)?;
        self.aliases.borrow_mut().push((name.to_vec(), value.text));
        Ok(())
    }

    fn is_alias(&self, name: &[u8]) -> bool {
        self.aliases.borrow().iter().any(|(known, _)| known == name)
    }

    /// A command that begins with the name of an alias: with each of the commands it was
    /// given, and with a program of that name, because not every shell looks.
    fn by_alias(
        &self,
        words: &[Word],
        functions: &[Vec<u8>],
        shell: &[u8],
        parent: Option<&[u8]>,
    ) -> Result<(), A::Stop> {
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        // What it was given is no alias itself once more: `alias ls='ls -l'`.
        let all = self.aliases.take();
        let (own, others): (Vec<_>, Vec<_>) =
            all.iter().cloned().partition(|(name, _)| *name == first.text);
        self.aliases.replace(others);
        let answer = own.iter().try_for_each(|(_, value)| {
            let Some(mut command) = shell::parse(value).commands.pop() else { return Ok(()) };
            command.extend_from_slice(rest);
            self.simple(&command, functions, shell, parent)
        });
        self.aliases.replace(all);
        answer?;
        if self.found(&first.text, Search::Path).is_empty() {
            return Ok(());
        }
        self.started(&first.text, words, Search::Path, parent)
    }

    /// A variable gets a value that matters to what is started then.
    pub(super) fn assigned(&self, name: &[u8], value: &[u8], expands: bool) -> Result<(), A::Stop> {
        if name == b"PATH" {
            let mut path = self.path.borrow_mut();
            // `$PATH:/tmp`: what was there is there still.
            *path = if expands { [value, path.as_slice()].join(&b':') } else { value.to_vec() };
        }
        if libraries::VARIABLES.iter().any(|known| known.as_bytes() == name) {
            self.asks.libraries(value)?;
        }
        Ok(())
    }

    /// The shell may be in another directory now, or still in this one.
    fn changed(&self, folder: &[u8]) {
        let mut folders = self.folders.borrow_mut();
        let known = folders.clone();
        let further: Vec<_> =
            folders.iter().map(|from| paths::absolute(folder, Start::Folder(from))).collect();
        folders.extend(further.into_iter().filter(|folder| !known.contains(folder)));
        // The first, and the latest ones, of which the last is where every `cd` went.
        let surplus = folders.len().saturating_sub(FOLDERS);
        folders.drain(1..1 + surplus);
    }
}
