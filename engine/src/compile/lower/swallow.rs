//! Exceptions that take whole entries away: perhaps a mistake.

use alloc::collections::BTreeSet;
use alloc::format;

use super::Draft;
use super::path::{Reach, covered};
use crate::diagnostic::{Code, quoted};
use crate::explain::List;
use crate::policy::Entry;
use crate::policy::glob::{Component, Glob, Token, parse};

/// What some globs cover for certain. They may cover more: that two patterns with
/// wildcards share all their paths is not looked into.
struct Cover<'g> {
    exactly: BTreeSet<&'g Glob>,
    /// Everything below these.
    below: BTreeSet<&'g [Component]>,
}

impl<'g> Cover<'g> {
    fn of(globs: &'g [Glob]) -> Cover<'g> {
        let below = globs.iter().filter_map(all_below).collect();
        Cover { exactly: globs.iter().collect(), below }
    }

    fn has(&self, glob: &Glob) -> bool {
        let mut above = (0..glob.components.len()).filter_map(|end| glob.components.get(..end));
        self.exactly.contains(glob) || above.any(|above| self.below.contains(above))
    }
}

/// What a glob takes in everything below of: `/a/**` and `/a/**/*`.
fn all_below(glob: &Glob) -> Option<&[Component]> {
    match glob.components.as_slice() {
        [above @ .., Component::AnyDepth] => Some(above),
        [above @ .., Component::AnyDepth, Component::Wild(tokens)] => {
            let characters = tokens.iter().filter(|token| **token == Token::AnyChar).count();
            let runs = tokens.iter().filter(|token| **token == Token::AnyRun).count();
            // Every name has one character.
            let any = characters <= 1 && runs > 0 && characters + runs == tokens.len();
            any.then_some(above)
        }
        _ => None,
    }
}

/// Whether a glob takes in every path.
pub(super) fn takes_all(glob: &Glob) -> bool {
    all_below(glob).is_some_and(<[_]>::is_empty)
}

impl Draft<'_, '_> {
    /// Warns of entries that exceptions take away.
    pub(super) fn warn_swallowed_globs(
        &mut self,
        list: List,
        entries: &[Entry],
        reach: Reach,
        exceptions: &[Glob],
    ) {
        if exceptions.is_empty() {
            return;
        }
        let cover = Cover::of(exceptions);
        for (index, entry) in entries.iter().enumerate() {
            let Ok(parsed) = parse(&entry.text, self.dialect(list)) else { continue };
            if covered(&parsed, reach).iter().all(|glob| cover.has(glob)) {
                let message = format!("{} is excepted as a whole", quoted(&entry.text));
                self.report(Code::Swallowed, list, index, entry, message);
            }
        }
    }

    /// Warns of an exception of whoever acts that excepts everyone.
    pub(super) fn warn_of_all(&mut self, list: List, index: usize, entry: &Entry, globs: &[Glob]) {
        if globs.iter().any(takes_all) {
            let message = format!("{} excepts every program", quoted(&entry.text));
            self.report(Code::Swallowed, list, index, entry, message);
        }
    }
}
