//! What a call of `child_process` starts in the end, as questions that the wrapper
//! asks one after the other, as JSON: no array or object is made that the program
//! could have given a setter.

use std::cell::RefCell;

use napi::{Error, Result};
use napi_derive::napi;
use serde_json::{Value, json};
use wardline::Exec;
use wardline_commands::paths::{self, Object, Start};
use wardline_commands::{Asks, Search, Starting, Word, base, libraries};

/// A command that may start more programs than this asks about none of them: it goes
/// around the hooks.
const MOST: usize = 10_000;
/// Bytes of a command that an unresolved one is reported with.
const SHOWN: usize = 256;
/// What is asked when `file` is started with `words`, the first of which is its name.
///
/// * `folder` - the working directory of the program, if another than this one's.
/// * `path` - its PATH, if it has any.
/// * `preloaded` - values of variables that have the loader put libraries into it.
/// * `libraries` - where the loader looks for them first, its LD_LIBRARY_PATH.
#[napi]
pub(crate) fn programs(
    file: String,
    words: Vec<String>,
    folder: Option<String>,
    path: Option<String>,
    preloaded: Vec<String>,
    libraries: Option<String>,
) -> Result<String> {
    let words: Vec<Word> = words.iter().map(|word| Word::plain(until_zero(word))).collect();
    let (folder, path) = (folder.as_deref(), path.as_deref());
    let questions = Questions {
        all: RefCell::default(),
        folder: folder.map(|folder| until_zero(folder).to_vec()),
        libraries: libraries.map(|path| until_zero(&path).to_vec()).unwrap_or_default(),
    };
    let starting = Starting::new(
        &questions,
        folder.map(|folder| until_zero(folder).to_vec()),
        path.map(|path| until_zero(path).to_vec()),
    );
    let found = preloaded
        .iter()
        .try_for_each(|value| Asks::libraries(&&questions, until_zero(value)))
        .and_then(|()| starting.program(until_zero(&file), &words, Search::Path));
    let all = match found {
        Ok(()) => Value::from(questions.all.take()),
        Err(TooMany) => json!([{ "ask": "around", "name": shown(file.as_bytes()) }]),
    };
    serde_json::to_string(&all).map_err(|error| Error::from_reason(error.to_string()))
}

/// What was found, in the order in which it is to be asked about.
struct Questions {
    all: RefCell<Vec<Value>>,
    /// The working directory of what is started, if another than this one's.
    folder: Option<Vec<u8>>,
    /// Its LD_LIBRARY_PATH.
    libraries: Vec<u8>,
}

struct TooMany;

type Found = std::result::Result<(), TooMany>;

impl Questions {
    fn put(&self, question: Value) -> Found {
        let mut all = self.all.borrow_mut();
        if all.len() >= MOST {
            return Err(TooMany);
        }
        all.push(question);
        Ok(())
    }
}

impl Asks for &Questions {
    type Stop = TooMany;

    fn program(&self, name: &[u8], exec: &Exec<'_>, parent: Option<&[u8]>) -> Found {
        let texts = |all: &[&[u8]]| all.iter().map(|one| text(one)).collect::<Vec<_>>();
        self.put(json!({
            "ask": "program",
            "name": shown(name),
            "path": text(exec.path),
            "requested": exec.requested.map(text),
            "aliases": texts(exec.aliases),
            "argv": texts(exec.argv),
            "script": exec.script.map(text),
            "memfd": exec.memfd,
            "deleted": exec.deleted,
            "by": parent.map(text),
        }))
    }

    fn access_key(&self, id: &[u8]) -> Found {
        self.put(json!({ "ask": "key", "name": shown(id) }))
    }

    fn variable(&self, name: &[u8]) -> Found {
        self.put(json!({ "ask": "variable", "name": shown(name) }))
    }

    fn environment(&self) -> Found {
        self.put(json!({ "ask": "environment", "name": null }))
    }

    fn libraries(&self, value: &[u8]) -> Found {
        for name in libraries::listed(value) {
            let place = match &self.folder {
                _ if !name.contains(&b'/') => libraries::found(name, &self.libraries),
                Some(folder) if !name.starts_with(b"/") => [folder, name].join(&b'/'),
                _ => name.to_vec(),
            };
            let place = paths::absolute(&place, Start::Here);
            let (real, memfd, deleted) = match paths::resolve(&place, Start::Here, false) {
                Object::File(real) => (real, false, false),
                Object::Deleted(real) => (real, false, true),
                Object::Memory(name) => (name, true, false),
                Object::Nameless => (place.clone(), false, false),
            };
            self.put(json!({
                "ask": "library",
                "name": shown(name),
                "path": text(&real),
                "requested": (place != real).then(|| text(&place)),
                "aliases": [],
                "argv": [],
                "script": null,
                "memfd": memfd,
                "deleted": deleted,
                "by": null,
            }))?;
        }
        Ok(())
    }

    fn command(&self, words: &[Word]) -> Found {
        match words.first() {
            Some(first) if disarms(words) => {
                self.put(json!({ "ask": "around", "name": shown(&first.text) }))
            }
            _ => Ok(()),
        }
    }

    fn deeper(&self, name: &[u8]) -> Found {
        let name = shown(name.get(..SHOWN).unwrap_or(name));
        self.put(json!({ "ask": "around", "name": name }))
    }

    fn unresolved(&self, text: &[u8]) {
        let text = shown(text.get(..SHOWN).unwrap_or(text));
        // Past the limit, the next program says so.
        let _ = self.put(json!({ "ask": "unresolved", "name": text }));
    }
}

/// Whether words take away from a program what arms it: they clear the environment,
/// or give another `NODE_OPTIONS`. Whose option a word behind `env` is, is not asked.
fn disarms(words: &[Word]) -> bool {
    let mut clears: &[u8] = b"";
    for (index, word) in words.iter().enumerate() {
        let text = word.text.as_slice();
        if text.starts_with(b"NODE_OPTIONS=")
            || text.starts_with(b"NODE_OPTIONS+=")
            || (index > 0 && text == b"NODE_OPTIONS")
        {
            return true;
        }
        if !clears.is_empty() && clears_by(text, clears) {
            return true;
        }
        match base(text) {
            // `env -i`, of which `exec` is told too.
            b"env" => clears = b"i",
            b"exec" => clears = b"ic",
            _ => {}
        }
    }
    false
}

/// Whether an option of `env` or `exec` clears the environment; each long one by any
/// beginning of its name.
fn clears_by(option: &[u8], letters: &[u8]) -> bool {
    let beginning = |name: &[u8], of: &[u8]| !name.is_empty() && of.starts_with(name);
    match option {
        b"-" => true,
        [b'-', b'-', long @ ..] => {
            let mut parts = long.splitn(2, |&byte| byte == b'=');
            let name = parts.next().unwrap_or_default();
            let unset = beginning(name, b"unset") && parts.next() == Some(b"NODE_OPTIONS");
            unset || beginning(name, b"ignore-environment")
        }
        [b'-', short @ ..] => {
            let unset = short.iter().position(|&byte| byte == b'u');
            let unset = unset.and_then(|at| short.get(at + 1..));
            unset == Some(b"NODE_OPTIONS") || short.iter().any(|byte| letters.contains(byte))
        }
        _ => false,
    }
}

/// What C reads of a text.
fn until_zero(text: &str) -> &[u8] {
    let bytes = text.as_bytes();
    bytes.split(|&byte| byte == 0).next().unwrap_or(bytes)
}

/// A name as text, or what is none as an object with its bytes in Latin-1.
fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "bytes": bytes.iter().copied().map(char::from).collect::<String>() }),
    }
}

/// How reports show it.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
