//! The table against a naive matcher, on patterns made to collide.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::{Limits, PathTableBuilder, TooComplex};
use crate::canonical::plain::Plain;
use crate::compile::outcome::{Label, Outcomes, Role};
use crate::matcher::path::PathTable;
use crate::policy::glob::{Component, Dialect, Glob, Token, parse};

/// A table and what it was made of.
struct Built {
    globs: Vec<(Glob, Label)>,
    bytes: Vec<u8>,
    outcomes: Outcomes,
}

fn build(patterns: &[String]) -> Result<Built, TooComplex> {
    let mut builder = PathTableBuilder::new(Limits::default(), true);
    let mut globs = Vec::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let label = Label::new(index as u32, Role::Listed);
        for glob in parse(pattern, Dialect::Linux).unwrap().globs {
            builder.add(glob.clone(), label, None, index as u32);
            globs.push((glob, label));
        }
    }
    let mut outcomes = Outcomes::default();
    let bytes = builder.build(&mut outcomes)?;
    Ok(Built { globs, bytes, outcomes })
}

impl Built {
    fn found(&self, path: &[Vec<u8>], names: bool) -> BTreeSet<u32> {
        let sets = self.outcomes.in_order();
        let mut found = BTreeSet::new();
        let mut add = |outcome: u32| {
            found.extend(sets[outcome as usize - 1].iter().map(|label| label.rule));
        };
        let components = &mut path.iter().map(Vec::as_slice);
        let table = PathTable::new(&self.bytes);
        if names {
            table.search_names(components, &mut add)
        } else {
            table.search(components, &mut add)
        }
        found
    }

    fn found_plain(&self, path: &[Vec<u8>]) -> Option<BTreeSet<u32>> {
        let text: Vec<u8> = path.iter().flat_map(|name| [b"/", name.as_slice()].concat()).collect();
        let sets = self.outcomes.in_order();
        let mut found = BTreeSet::new();
        let mut plain = Plain::unread(&text);
        plain.read()?;
        PathTable::new(&self.bytes).search_plain(&plain, &mut |outcome| {
            found.extend(sets[outcome as usize - 1].iter().map(|label| label.rule));
        });
        Some(found)
    }

    fn expected(&self, path: &[Vec<u8>], names: bool) -> BTreeSet<u32> {
        let matching = self
            .globs
            .iter()
            .filter(|(glob, _)| (!names || is_name(glob)) && matches(&glob.components, path));
        matching.map(|(_, label)| label.rule).collect()
    }
}

fn is_name(glob: &Glob) -> bool {
    matches!(
        &glob.components[..],
        [Component::AnyDepth, Component::Literal(_) | Component::Wild(_)]
            | [
                Component::AnyDepth,
                Component::Literal(_) | Component::Wild(_),
                Component::AnyDepth
            ]
    )
}

fn matches(glob: &[Component], path: &[Vec<u8>]) -> bool {
    match (glob, path) {
        ([], []) => true,
        ([Component::AnyDepth], path) => !path.is_empty(),
        ([Component::AnyDepth, rest @ ..], path) => {
            (0..=path.len()).any(|skipped| matches(rest, &path[skipped..]))
        }
        ([first, rest @ ..], [component, below @ ..]) => {
            let here = match first {
                Component::Literal(literal) => literal == component,
                Component::Wild(tokens) => units_match(tokens, &units(component)),
                Component::AnyDepth => unreachable!("matched above"),
            };
            here && matches(rest, below)
        }
        _ => false,
    }
}

fn units(component: &[u8]) -> Vec<Option<char>> {
    let mut units = Vec::new();
    for chunk in component.utf8_chunks() {
        units.extend(chunk.valid().chars().map(Some));
        units.extend(chunk.invalid().iter().map(|_| None));
    }
    units
}

fn units_match(tokens: &[Token], units: &[Option<char>]) -> bool {
    match (tokens, units) {
        ([], []) => true,
        ([Token::AnyRun, rest @ ..], units) => {
            (0..=units.len()).any(|taken| units_match(rest, &units[taken..]))
        }
        ([token, rest @ ..], [unit, behind @ ..]) => {
            let here = match token {
                Token::Char(character) => *unit == Some(*character),
                Token::AnyChar => true,
                Token::Class { negated, ranges } => {
                    let inside = unit.is_some_and(|unit| {
                        ranges.iter().any(|(first, last)| (first..=last).contains(&&unit))
                    });
                    inside != *negated
                }
                Token::AnyRun => unreachable!("matched above"),
            };
            here && units_match(rest, behind)
        }
        _ => false,
    }
}

/// A generator of numbers: Steele, Lea and Flood, "Fast Splittable Pseudorandom
/// Number Generators" (2014), SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const PATTERNS: &[&str] = &[
    "a", "b", "ab", "ba", "é", "abc", "**", "**", "*", "a*", "ab*", "*b", "*ab", "*a*", "*é*", "?",
    "??", "[ab]", "[!a]", "a?b", "a*b", "*[ab]?", "é?", "[!é]*",
];
const NAMES: &[&[u8]] = &[
    b"a",
    b"b",
    b"ab",
    b"ba",
    b"abc",
    b"aab",
    b"c",
    b"abab",
    "é".as_bytes(),
    "aé".as_bytes(),
    "éb".as_bytes(),
    b"\xc3",
    b"a\xffb",
    b"\xe2\x82b",
    b"xa",
    b"bb",
];

fn pattern(random: &mut Random) -> String {
    let mut components: Vec<&str> = Vec::new();
    for _ in 0..1 + random.below(5) {
        let component: &&str = random.pick(PATTERNS);
        components.push(component);
    }
    let rooted = random.below(3) > 0;
    let text = components.join("/");
    match (rooted, components.len()) {
        (true, _) => format!("/{text}"),
        (false, 1) => text,
        (false, _) if components[0] == "**" => text,
        (false, _) => format!("**/{text}"),
    }
}

fn path(random: &mut Random) -> Vec<Vec<u8>> {
    (0..random.below(7)).map(|_| random.pick(NAMES).to_vec()).collect()
}

#[test]
fn finds_what_a_naive_matcher_finds() {
    let mut random = Random(7);
    let mut plain = 0;
    for _ in 0..1200 {
        let patterns: Vec<String> =
            (0..1 + random.below(40)).map(|_| pattern(&mut random)).collect();
        let built = build(&patterns).unwrap();
        for _ in 0..200 {
            let path = path(&mut random);
            let names = random.below(4) == 0;
            let expected = built.expected(&path, names);
            assert_eq!(
                built.found(&path, names),
                expected,
                "path {path:?}, names only: {names}, patterns {patterns:?}"
            );
            if !names && let Some(found) = built.found_plain(&path) {
                plain += 1;
                assert_eq!(found, expected, "path {path:?}, patterns {patterns:?}");
            }
        }
    }
    assert!(plain > 100_000, "{plain} plain paths");
}

#[test]
fn hostile_families_compile_or_are_refused() {
    let ideographs = |step: usize| (0..200).map(move |n| '\u{4e00}' as u32 + n * step as u32);
    let ideographs = |step| ideographs(step).filter_map(char::from_u32).collect::<String>();
    let families: [Vec<String>; 8] = [
        // Rows as long as the alphabet, and many ranges that none of which hold.
        (0..300).map(|n| format!("[一-鿿]x{n}")).chain([format!("?{}", ideographs(1))]).collect(),
        (0..100).map(|n| format!("*[!{}]z{n}", ideographs(2))).collect(),
        (0..60).map(|n| format!("**/d_{n}/**")).collect(),
        (0..60).map(|n| format!("/**/a_{n}*b?c/**/*z")).collect(),
        (0..200).flat_map(|n| [format!("**/pre{n}*"), format!("**/*suf{n}")]).collect(),
        vec!["**/a????????????????????".into(), "**/*a????????????????????".into()],
        (0..200).map(|n| format!("**/*k{n}x*")).collect(),
        (0..20).map(|n| format!("**/a/{}x{n}", "*/".repeat(n))).collect(),
    ];
    for family in families {
        match build(&family) {
            Ok(built) => assert!(built.bytes.len() < 64 << 20),
            Err(error) => assert!((error.source as usize) < family.len()),
        }
    }
}

#[test]
fn an_error_names_the_first_pattern_that_is_too_much() {
    let mut patterns: Vec<String> = (0..40).map(|n| format!("/etc/{n}")).collect();
    patterns.push("**/*a?????????????????????????????".into());
    patterns.push("/etc/more".into());
    let error = build(&patterns).err().unwrap();
    assert_eq!(patterns[error.source as usize], patterns[40]);
}

#[test]
fn paths_of_any_depth_are_matched() {
    let built = build(&["/a/**/b".to_string(), "**/a/b/**".to_string()]).unwrap();
    let mut path = vec![b"a".to_vec(); 32_000];
    path.push(b"b".to_vec());
    assert_eq!(built.found(&path, false), BTreeSet::from([0]));
    path.push(b"b".to_vec());
    assert_eq!(built.found(&path, false), BTreeSet::from([0, 1]));
}

#[test]
fn damaged_tables_are_read_without_harm() {
    let mut random = Random(11);
    let patterns: Vec<String> = (0..40).map(|_| pattern(&mut random)).collect();
    let built = build(&patterns).unwrap();
    for _ in 0..20_000 {
        let mut bytes = built.bytes.clone();
        for _ in 0..1 + random.below(8) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        bytes.truncate(bytes.len() - random.below(2) * random.below(bytes.len()));
        let path = path(&mut random);
        let components = || path.iter().map(Vec::as_slice);
        PathTable::new(&bytes).search(&mut components(), &mut |_| ());
        PathTable::new(&bytes).search_names(&mut components(), &mut |_| ());
    }
}

/// 2^70 states are not tried: the pattern is told that would have them.
#[test]
fn one_exploding_wildcard_is_told_early() {
    let good = (0..40).map(|index| format!("/d{index}/?[a-c]*{index}"));
    let mut patterns: Vec<String> = good.collect();
    patterns.insert(17, format!("/a/*x{}y", "?".repeat(70)));
    let error = build(&patterns).err().unwrap();
    assert_eq!((error.source, error.what), (17, "states for its wildcards"));
    // Units before the run, and a run at the end, do not double.
    for linear in ["/a/????????????????????*x", "/a/x*????????????????????", "/a/*x????????y"] {
        assert!(build(&[linear.to_string()]).is_ok(), "{linear}");
    }
}

/// No limit is as small as what a policy may hold of them: rows have only the
/// characters that are told apart, and what begins anywhere is written once.
#[test]
fn thousands_of_general_wildcards_share_one_automaton() {
    let anchored = |n: usize| format!("/srv/{}/{n:x}?conf[0-9]*{}", n % 7, n % 10);
    let anywhere = |n: usize| format!("/srv/*/*{:06x}[!k-z]", n * 2_654_435_761 % (1 << 24));
    let families: [Vec<String>; 2] =
        [(0..10_000).map(anchored).collect(), (0..500).map(anywhere).collect()];
    for family in families {
        let built = build(&family).unwrap();
        assert!(built.bytes.len() < 4 << 20, "{} bytes", built.bytes.len());
    }
    let built = build(&(0..500).map(anywhere).collect::<Vec<_>>()).unwrap();
    let path = [b"srv".to_vec(), b"d".to_vec(), b"x000000000000j".to_vec()];
    assert_eq!(built.found(&path, false), BTreeSet::from([0]));
}
