//! Exceptions that take whole entries away: perhaps a mistake.

use alloc::collections::BTreeSet;
use alloc::format;

use super::Draft;
use super::path::{Reach, covered};
use crate::diagnostic::{Code, quoted};
use crate::explain::List;
use crate::policy::Entry;
use crate::policy::glob::{Component, Glob, parse};

/// What some globs cover for certain. They may cover more: that two patterns with
/// wildcards share all their paths is not looked into.
struct Cover<'g> {
    exactly: BTreeSet<&'g Glob>,
    /// Everything below these.
    below: BTreeSet<&'g [Component]>,
}

impl<'g> Cover<'g> {
    fn of(globs: &'g [Glob]) -> Cover<'g> {
        let below = globs.iter().filter_map(|glob| match glob.components.as_slice() {
            [above @ .., Component::AnyDepth] => Some(above),
            _ => None,
        });
        Cover { exactly: globs.iter().collect(), below: below.collect() }
    }

    fn has(&self, glob: &Glob) -> bool {
        let mut above = (0..glob.components.len()).filter_map(|end| glob.components.get(..end));
        self.exactly.contains(glob) || above.any(|above| self.below.contains(above))
    }
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
            if covered(parsed, reach).iter().all(|glob| cover.has(glob)) {
                let message = format!("{} is excepted as a whole", quoted(&entry.text));
                self.report(Code::Swallowed, list, index, entry, message);
            }
        }
    }

    /// Warns of an exception of whoever acts that excepts everyone.
    pub(super) fn warn_of_all(&mut self, list: List, index: usize, entry: &Entry, globs: &[Glob]) {
        let all = |glob: &Glob| glob.components == [Component::AnyDepth];
        if globs.iter().any(all) {
            let message = format!("{} excepts every program", quoted(&entry.text));
            self.report(Code::Swallowed, list, index, entry, message);
        }
    }
}
