//! Outcomes: what a matcher answers about one value.
//!
//! A matcher does not know rules. Each of its patterns carries a [`Label`], and
//! it answers with the id of an *outcome*, a set of labels. All tables of one
//! kind of event share one [`Outcomes`], whose rows the engine combines.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What it means for one rule that a value matched a pattern.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Label {
    /// The rule, counted within its kind of event.
    pub(crate) rule: u32,
    /// In which of the rule's lists the pattern stands.
    pub(crate) role: Role,
    /// For what a policy's named list holds, the number of that list from 1;
    /// 0 for what the policy itself says.
    pub(crate) list: u32,
}

impl Label {
    /// The label of an entry of the policy itself.
    pub(crate) fn new(rule: u32, role: Role) -> Label {
        Label { rule, role, list: 0 }
    }
}

/// Which list of a rule. The number is the column of an outcome.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub(crate) enum Role {
    /// Listed: what the control is about, or restricted to.
    Listed = 0,
    /// Excepted.
    Excepted = 1,
    /// An ancestor of something listed: a directory, or a key.
    Ancestor = 2,
    /// A second list (`root_executables`).
    Second = 3,
    /// Not listed whatever a list says. Known while tables are built, in no
    /// outcome.
    Unlisted = 4,
}

/// Sets of labels, each with an id; 0 is the empty set.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    ids: BTreeMap<Vec<Label>, u32>,
}

impl Outcomes {
    /// The id of a set of labels, in any order and with repetitions.
    pub(crate) fn intern(&mut self, mut labels: Vec<Label>) -> u32 {
        if labels.is_empty() {
            return 0;
        }
        labels.sort_unstable();
        labels.dedup();
        let next = self.ids.len() as u32 + 1;
        *self.ids.entry(labels).or_insert(next)
    }

    /// All sets in the order of their ids, without the empty one.
    pub(crate) fn in_order(&self) -> Vec<&[Label]> {
        let mut sets: Vec<(&[Label], u32)> =
            self.ids.iter().map(|(set, &id)| (set.as_slice(), id)).collect();
        sets.sort_unstable_by_key(|&(_, id)| id);
        sets.into_iter().map(|(set, _)| set).collect()
    }
}
