//! Names of hosts.

use std::collections::HashSet;

use crate::paths::word;
use crate::random::Random;

/// `count` different names, each of two or three labels, none below another.
pub fn names(count: usize) -> Vec<String> {
    let mut random = Random::new(8);
    let words: Vec<String> = (0..20_000).map(|_| word(&mut random)).collect();
    let mut seen = HashSet::new();
    let mut names = Vec::with_capacity(count);
    while names.len() < count {
        let end = *random.pick(&["com", "net", "org", "io", "de", "co.uk", "info", "xyz"]);
        let (first, second) = (random.pick(&words), random.pick(&words));
        let name = match random.below(3) {
            0 => format!("{first}{}.{end}", random.below(100)),
            1 => format!("{first}-{second}.{end}"),
            _ => format!("{first}.{second}x.{end}"),
        };
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

/// `count` names to ask about: a quarter listed, a quarter below a listed one, half
/// unknown.
pub fn asked(names: &[String], count: usize) -> Vec<String> {
    let mut random = Random::new(9);
    let ask = |index: usize| {
        let name = random.pick(names).clone();
        match index % 4 {
            0 => name,
            1 => format!("{}.{name}", word(&mut random)),
            2 => format!("www.{}{name}", word(&mut random)),
            _ => format!("{}.{}.com", word(&mut random), word(&mut random)),
        }
    };
    (0..count).map(ask).collect()
}
