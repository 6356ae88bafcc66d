//! Names of programs, and keywords in their arguments.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use foldhash::fast::FixedState;

/// Names and paths in two hash sets.
pub struct Programs {
    names: HashSet<String, FixedState>,
    paths: HashSet<String, FixedState>,
}

impl Programs {
    /// Those with a `/` are paths.
    pub fn new(programs: &[String]) -> Programs {
        let (paths, names) = programs.iter().cloned().partition(|name| name.contains('/'));
        Programs { names, paths }
    }

    /// Whether a program is listed, by path or by base name.
    pub fn matches(&self, path: &str) -> bool {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        self.names.contains(name) || self.paths.contains(path)
    }
}

/// The automaton that was fastest on arguments: the kind has to be asked for.
pub fn keywords(words: &[String]) -> AhoCorasick {
    AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words).expect("an automaton")
}
