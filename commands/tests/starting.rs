//! What is found behind a program.

use std::cell::RefCell;

use wardline::Exec;
use wardline_commands::{Asks, Search, Starting, Word};

/// Notes what it is told, one word for each.
#[derive(Default)]
struct Notes(RefCell<Vec<String>>);

impl Notes {
    fn put(&self, what: &str, name: &[u8]) -> Result<(), ()> {
        self.0.borrow_mut().push(format!("{what}{}", String::from_utf8_lossy(name)));
        Ok(())
    }
}

impl Asks for &Notes {
    type Stop = ();

    fn program(&self, name: &[u8], _: &Exec<'_>, _: Option<&[u8]>) -> Result<(), ()> {
        self.put("", name)
    }
    fn access_key(&self, id: &[u8]) -> Result<(), ()> {
        self.put("key:", id)
    }
    fn variable(&self, name: &[u8]) -> Result<(), ()> {
        self.put("$", name)
    }
    fn environment(&self) -> Result<(), ()> {
        self.put("environment", b"")
    }
    fn libraries(&self, value: &[u8]) -> Result<(), ()> {
        self.put("library:", value)
    }
    fn deeper(&self, _: &[u8]) -> Result<(), ()> {
        Err(())
    }
    fn unresolved(&self, text: &[u8]) {
        let _ = self.put("?", text);
    }
}

/// What is found, or `None` if it is too deep.
fn found(words: &[&str]) -> Option<Vec<String>> {
    let notes = Notes::default();
    let words: Vec<_> = words.iter().map(|word| Word::plain(word.as_bytes())).collect();
    let starting = Starting::new(&notes, None, Some(b"/usr/bin:/bin".to_vec()));
    let found = starting.program(&words[0].text, &words, Search::Path);
    found.ok().map(|()| notes.0.take())
}

macro_rules! t {
    ($name:ident, [$($word:expr),*] => [$($program:expr),*]) => {
        #[test]
        fn $name() {
            let all = found(&[$($word),*]).unwrap();
            let wanted: Vec<String> = vec![$($program.to_string()),*];
            assert_eq!(all, wanted);
        }
    };
}

t!(prefix, ["nice", "-n", "5", "x-tool"] => ["nice", "x-tool"]);
t!(shell, ["sh", "-c", "a-tool; b-tool $X"] => ["sh", "$X", "a-tool", "b-tool"]);
t!(told, ["flock", "f", "-c", "x-tool y"] => ["flock", "x-tool"]);
t!(told_attached, ["script", "-qcx-tool y"] => ["script", "x-tool"]);
t!(splits, ["env", "-S", "A=1 x-tool"] => ["env", "x-tool"]);
t!(splits_into_options, ["env", "-S", "-u X LD_AUDIT=l x-tool"] => ["env", "library:l", "x-tool"]);
t!(splits_into_nothing, ["env", "-S", "A=1"] => ["env", "environment"]);
t!(shows, ["env"] => ["env", "environment"]);
t!(later, ["sh", "-c", "$X y"] => ["sh", "$X", "?"]);
t!(key, ["x-tool", "AKIA0123456789ABCDEF"] => ["x-tool", "key:AKIA0123456789ABCDEF"]);

#[test]
fn a_path_is_for_one_program() {
    for line in ["PATH=/none true", "PATH=/none x-tool", "env PATH=/none x-tool", "PATH=/none cd /"]
    {
        let notes = Notes::default();
        let starting = Starting::new(&notes, None, Some(b"/usr/bin:/bin".to_vec()));
        let words = ["sh", "-c", line].map(|word| Word::plain(word.as_bytes()));
        starting.program(b"sh", &words, Search::Path).unwrap();
        assert_eq!(starting.context().1, b"/usr/bin:/bin", "{line}");
    }
    let notes = Notes::default();
    let starting = Starting::new(&notes, None, None);
    let words = ["sh", "-c", "export PATH=/none"].map(|word| Word::plain(word.as_bytes()));
    starting.program(b"sh", &words, Search::Path).unwrap();
    assert_eq!(starting.context().1, b"/none");
}

#[test]
fn what_is_too_deep_is_told() {
    assert_eq!(found(&[&["env"; 12][..], &["x-tool"]].concat()).unwrap().len(), 13);
    assert_eq!(found(&[&["env"; 30][..], &["x-tool"]].concat()), None);
    assert_eq!(found(&["sh", "-c", &"eval ".repeat(100_000)]), None);
    assert_eq!(found(&["env", "-S", &"-S ".repeat(100_000)]), None);
    assert_eq!(found(&[&["find"][..], &["find"; 60]].concat()), None);
}
