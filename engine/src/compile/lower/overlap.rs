//! Whether two globs have a path in common.

use alloc::vec;
use alloc::vec::Vec;

use crate::policy::glob::{Component, Glob, Token};

/// Whether some path matches both. Exact but for two classes of which one is
/// negated: they are taken to have a character in common.
///
/// O(product of their lengths).
pub(super) fn overlaps(a: &Glob, b: &Glob) -> bool {
    common(&components(a), &components(b), any_depth, component_overlaps)
}

/// The components, with a `**` at the end spelled as one component and a run of
/// any length, so that every run may be empty.
fn components(glob: &Glob) -> Vec<Component> {
    let mut components = glob.components.clone();
    if components.last().is_some_and(any_depth) {
        components.insert(components.len() - 1, Component::Wild(vec![Token::AnyRun]));
    }
    components
}

/// Whether two sequences, in which some elements stand for a run of any
/// elements, can stand for the same.
fn common<T>(a: &[T], b: &[T], run: fn(&T) -> bool, equal: fn(&T, &T) -> bool) -> bool {
    // Whether the first `i` and the first `j` elements can stand for the same.
    let mut reached = vec![vec![false; b.len() + 1]; a.len() + 1];
    reached[0][0] = true;
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if !reached[i][j] {
                continue;
            }
            let (x, y) = (a.get(i), b.get(j));
            if x.is_some_and(run) {
                reached[i + 1][j] = true;
                reached[i][(j + 1).min(b.len())] = true;
            }
            if y.is_some_and(run) {
                reached[i][j + 1] = true;
                reached[(i + 1).min(a.len())][j] = true;
            }
            if let (Some(x), Some(y)) = (x, y)
                && !run(x)
                && !run(y)
                && equal(x, y)
            {
                reached[i + 1][j + 1] = true;
            }
        }
    }
    reached[a.len()][b.len()]
}

fn any_depth(component: &Component) -> bool {
    matches!(component, Component::AnyDepth)
}

/// Whether some component matches both.
pub(super) fn component_overlaps(a: &Component, b: &Component) -> bool {
    common(&tokens(a), &tokens(b), is_run, token_overlaps)
}

fn tokens(component: &Component) -> Vec<Token> {
    match component {
        Component::AnyDepth => vec![Token::AnyRun],
        Component::Wild(tokens) => tokens.clone(),
        Component::Literal(literal) => {
            alloc::string::String::from_utf8_lossy(literal).chars().map(Token::Char).collect()
        }
    }
}

fn is_run(token: &Token) -> bool {
    matches!(token, Token::AnyRun)
}

fn token_overlaps(a: &Token, b: &Token) -> bool {
    match (a, b) {
        (Token::Char(a), Token::Char(b)) => a == b,
        (Token::Char(c), Token::Class { negated, ranges })
        | (Token::Class { negated, ranges }, Token::Char(c)) => {
            ranges.iter().any(|(first, last)| (first..=last).contains(&c)) != *negated
        }
        (
            Token::Class { negated: false, ranges: a },
            Token::Class { negated: false, ranges: b },
        ) => a.iter().any(|(low, high)| b.iter().any(|(from, to)| low <= to && from <= high)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::glob::{Dialect, parse};

    macro_rules! t {
        ($name:ident, $a:expr, $b:expr => $want:expr) => {
            #[test]
            fn $name() {
                let glob = |text| parse(text, Dialect::Linux).unwrap().globs.remove(0);
                assert_eq!(overlaps(&glob($a), &glob($b)), $want);
                assert_eq!(overlaps(&glob($b), &glob($a)), $want);
            }
        };
    }

    t!(same, "/etc/mtab", "/etc/mtab" => true);
    t!(sibling, "/etc/mtab", "/etc/fstab" => false);
    t!(inside, "/etc/mtab", "/etc/**" => true);
    t!(below_is_not_the_directory, "/etc", "/etc/**" => false);
    t!(deeper, "/etc/a/b/c", "/etc/**" => true);
    t!(too_deep, "/etc/a/b", "/etc/*" => false);
    t!(two_runs, "/a/**/x", "/**/b/x" => true);
    t!(two_runs_that_end_apart, "/a/**/x", "/**/y" => false);
    t!(name_anywhere, "**/*.log", "/var/log/**" => true);
    t!(stars, "/var/a*b", "/var/*c" => false);
    t!(stars_that_meet, "/var/a*b", "/var/*xb" => true);
    t!(class, "/v/[a-c]", "/v/[d-f]" => false);
    t!(class_and_character, "/v/[!a]", "/v/b" => true);
}
