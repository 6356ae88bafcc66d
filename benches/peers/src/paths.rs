//! Sets of path globs.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use regex_automata::dfa::{Automaton, dense};
use regex_automata::hybrid::dfa as lazy;
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// One glob as the engine reads it: `*` stays within a component.
fn glob(rule: &str) -> Glob {
    GlobBuilder::new(rule).literal_separator(true).build().expect("a glob")
}

/// A set of all, if it can be built.
pub fn globset<'r>(rules: impl IntoIterator<Item = &'r String>) -> Option<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for rule in rules {
        set.add(glob(rule));
    }
    set.build().ok()
}

/// The globs as regular expressions.
fn regexes(rules: &[String]) -> Vec<String> {
    rules.iter().map(|rule| glob(rule).regex().to_owned()).collect()
}

/// `regex::RegexSet` with a cache of 64 MB.
pub fn regex_set(rules: &[String]) -> Option<regex::bytes::RegexSet> {
    let mut set = regex::bytes::RegexSetBuilder::new(regexes(rules));
    set.size_limit(1 << 30).dfa_size_limit(64 << 20).build().ok()
}

/// A lazy automaton over all expressions, with a cache of 64 MB.
pub fn lazy(rules: &[String]) -> Option<(lazy::DFA, lazy::Cache)> {
    let automaton = lazy::DFA::builder()
        .configure(lazy::DFA::config().cache_capacity(64 << 20).match_kind(MatchKind::All))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false).shrink(false))
        .build_many(&regexes(rules))
        .ok()?;
    let cache = automaton.create_cache();
    Some((automaton, cache))
}

/// Whether the lazy automaton matches.
pub fn lazy_matches(automaton: &lazy::DFA, cache: &mut lazy::Cache, path: &str) -> bool {
    let input = Input::new(path).anchored(Anchored::Yes).earliest(true);
    automaton.try_search_fwd(cache, &input).expect("it never quits").is_some()
}

/// One dense automaton over all expressions, or what kept it from being built.
///
/// # Errors
///
/// Says which limit it ran into.
pub fn dense(rules: &[String], megabytes: usize) -> Result<dense::DFA<Vec<u32>>, String> {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .dfa_size_limit(Some(megabytes << 20))
                .determinize_size_limit(Some(megabytes << 20))
                .match_kind(MatchKind::All),
        )
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false).shrink(false))
        .build_many(&regexes(rules))
        .map_err(|error| error.to_string())
}

/// Whether the dense automaton matches.
pub fn dense_matches(automaton: &dense::DFA<Vec<u32>>, path: &str) -> bool {
    let input = Input::new(path).anchored(Anchored::Yes).earliest(true);
    automaton.try_search_fwd(&input).expect("it never quits").is_some()
}

type Set = HashSet<String, FixedState>;

/// What a careful engineer writes by hand: hash maps for what they can hold, a
/// [`GlobSet`] for the rest.
pub struct ByHand {
    exact: Set,
    below: Set,
    names: Set,
    extensions: Set,
    rest: Option<GlobSet>,
    /// The directories in `below` have so many components at least and at most.
    depths: (usize, usize),
}

impl ByHand {
    /// Sorts rules by what they look like, if a set of the rest can be built.
    pub fn new(rules: &[String]) -> Option<ByHand> {
        let is_plain = |text: &str| !text.contains(['*', '?', '[', '{', '\\']);
        let mut split = ByHand {
            exact: Set::default(),
            below: Set::default(),
            names: Set::default(),
            extensions: Set::default(),
            rest: None,
            depths: (usize::MAX, 0),
        };
        let mut rest = Vec::new();
        for rule in rules {
            let directory = rule.strip_suffix("/**");
            let name = rule.strip_prefix("**/").filter(|name| !name.contains('/'));
            let extension = name.and_then(|name| name.strip_prefix("*."));
            if is_plain(rule) {
                split.exact.insert(rule.clone());
            } else if let Some(directory) = directory.filter(|text| is_plain(text)) {
                let depth = directory.matches('/').count();
                split.depths = (split.depths.0.min(depth), split.depths.1.max(depth));
                split.below.insert(directory.to_owned());
            } else if let Some(name) = name.filter(|text| is_plain(text)) {
                split.names.insert(name.to_owned());
            } else if let Some(end) = extension.filter(|end| is_plain(end) && !end.contains('.')) {
                split.extensions.insert(end.to_owned());
            } else {
                rest.push(rule);
            }
        }
        if !rest.is_empty() {
            split.rest = Some(globset(rest)?);
        }
        Some(split)
    }

    /// Whether any rule matches.
    pub fn matches(&self, path: &str) -> bool {
        if self.exact.contains(path) {
            return true;
        }
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if !self.names.is_empty() && self.names.contains(name) {
            return true;
        }
        if !self.extensions.is_empty()
            && let Some((_, extension)) = name.rsplit_once('.')
            && self.extensions.contains(extension)
        {
            return true;
        }
        let mut depth = 0;
        for (index, byte) in path.bytes().enumerate() {
            if byte == b'/' {
                // What stands before this separator has `depth` components.
                if depth >= self.depths.0 && self.below.contains(&path[..index]) {
                    return true;
                }
                if depth >= self.depths.1 {
                    break;
                }
                depth += 1;
            }
        }
        self.rest.as_ref().is_some_and(|rest| rest.is_match(path))
    }
}

/// A hash map that hashes as fast as it gets.
pub type Map<K, V> = HashMap<K, V, FixedState>;
