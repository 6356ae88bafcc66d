//! Rules about paths, made from paths: three mixes of shapes.

use std::collections::HashSet;

use crate::random::Random;

/// Which shapes the rules have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mix {
    /// Half exact paths, half `/a/b/**`.
    Exact,
    /// 15 % base-name globs among them: `**/x`, `**/x*`, `**/*x.pem`, `**/d/x`.
    Names,
    /// And 15 % inner wildcards: `/a/*/b`, `/a/*/b/**`, `/a/**/x`, `/a/x*`, `/a/x?y`,
    /// `/a/x[0-9]*y`.
    Inner,
    /// Nothing but inner wildcards.
    OnlyInner,
}

impl Mix {
    /// The three that are compared; [`Mix::OnlyInner`] stands for itself.
    pub const ALL: [Mix; 3] = [Mix::Exact, Mix::Names, Mix::Inner];

    /// How it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Mix::Exact => "exact",
            Mix::Names => "names",
            Mix::Inner => "inner",
            Mix::OnlyInner => "only-inner",
        }
    }
}

/// `count` different rules made from `paths`.
///
/// # Panics
///
/// If the paths are too few to make so many.
pub fn rules(paths: &[String], mix: Mix, count: usize) -> Vec<String> {
    let mut random = Random::new(3);
    let mut seen = HashSet::new();
    let mut rules = Vec::with_capacity(count);
    let mut tries = 0;
    while rules.len() < count {
        tries += 1;
        assert!(tries < 40 * count + 1_000, "too few paths for {count} rules");
        // In steps of 65 %, so that already ten rules have every shape.
        let share = rules.len() * 65 % 100;
        let path = random.pick(paths);
        let rule = match mix {
            Mix::Names | Mix::Inner if share < 15 => base_name(path, &mut random),
            Mix::Inner if share < 30 => inner(path, &mut random),
            Mix::OnlyInner => inner(path, &mut random),
            _ if random.chance(50) => Some(path.clone()),
            _ => below(path),
        };
        if let Some(rule) = rule.filter(|rule| !seen.contains(rule)) {
            seen.insert(rule.clone());
            rules.push(rule);
        }
    }
    rules
}

/// `/a/b/**`. Directories near the root would match everything.
fn below(path: &str) -> Option<String> {
    let (directory, _) = path.rsplit_once('/')?;
    (directory.matches('/').count() >= 4).then(|| format!("{directory}/**"))
}

fn base_name(path: &str, random: &mut Random) -> Option<String> {
    let (directory, name) = path.rsplit_once('/')?;
    if name.len() < 6 {
        return None;
    }
    Some(match random.below(4) {
        0 => format!("**/{name}"),
        1 => format!("**/{}*", &name[..name.len() * 3 / 4]),
        2 => format!("**/*{}", &name[name.len() / 3..]),
        _ => format!("**/{}/{name}", directory.rsplit_once('/')?.1),
    })
}

fn inner(path: &str, random: &mut Random) -> Option<String> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let [first @ .., name] = parts.as_slice() else { return None };
    if first.len() < 3 || name.len() < 4 {
        return None;
    }
    let directory = format!("/{}", first.join("/"));
    // Which directory stands open, not the first ones: `/*/lib` is in no policy.
    let open = 2 + random.below(first.len() - 2);
    let (front, back) = (first[..open].join("/"), first[open + 1..].join("/"));
    let gap = if back.is_empty() { String::new() } else { format!("/{back}") };
    let half = name.len() / 2;
    Some(match random.below(6) {
        0 => format!("/{front}/*{gap}/{name}"),
        1 if !back.is_empty() => format!("/{front}/*{gap}/**"),
        1 | 2 => format!("/{front}/**/{name}"),
        3 => format!("{directory}/{}*", &name[..half]),
        4 => format!("{directory}/{}?{}", &name[..half], &name[half + 1..]),
        _ => format!("{directory}/{}[0-9]*{}", &name[..half], &name[name.len() - 1..]),
    })
}

/// `count` paths to ask about: most of the tree, some that rules were made from.
pub fn asked(paths: &[String], count: usize) -> Vec<String> {
    let mut random = Random::new(4);
    (0..count).map(|_| random.pick(paths).clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    #[test]
    fn mixes_have_their_shapes_from_ten_rules_on() {
        let paths = crate::paths::synthetic(20_000);
        for count in [10, 1_000] {
            let wild = |mix| {
                let rules = rules(&paths, mix, count);
                rules.iter().filter(|rule| rule.trim_end_matches("/**").contains('*')).count()
            };
            assert_eq!(wild(Mix::Exact), 0);
            assert!((count / 10..=count / 5).contains(&wild(Mix::Names)));
            assert!((count / 5..=count * 4 / 10).contains(&wild(Mix::Inner)));
        }
    }

    #[test]
    fn some_events_match_and_most_do_not() {
        let paths = crate::paths::synthetic(60_000);
        for mix in Mix::ALL {
            let engine =
                policy::load(policy::compile(&policy::of_paths(&rules(&paths, mix, 1_000))));
            let asked = asked(&paths, 2_000);
            let matched = asked.iter().filter(|path| {
                engine.decide(&crate::events::read(path)).action == wardline::Action::Block
            });
            let percent = matched.count() / 20;
            assert!((1..40).contains(&percent), "{mix:?}: {percent} %");
        }
    }
}
