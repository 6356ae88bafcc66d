//! Conditions on user and process.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use super::login::{EXCEPT_USERS, USERS};
use super::path::Reach;
use super::swallow::takes_all;
use super::{Draft, Pattern};
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::diagnostic::{Code, quoted};
use crate::explain::List;
use crate::matcher::rows::Condition;
use crate::policy::Entry;
use crate::policy::control::Actors;
use crate::policy::glob::{Component, Glob, parse};

impl Draft<'_, '_> {
    /// Adds the conditions on who acts.
    pub(super) fn actors(&mut self, actors: &Actors) {
        if actors.users.is_empty() {
            self.condition(Condition::AnyUser);
        }
        if actors.processes.is_empty() {
            self.condition(Condition::AnyProcess);
        }
        self.principals(List::Users, &actors.users, USERS);
        self.principals(List::ExceptUsers, &actors.except_users, EXCEPT_USERS);
        self.programs(List::Processes, &actors.processes, Role::Listed);
        let excepted =
            self.programs(List::ExceptProcesses, &actors.except_processes, Role::Excepted);
        self.warn_swallowed_globs(List::Processes, &actors.processes, Reach::Exact, &excepted);
        let excepted: BTreeSet<_> = actors.except_users.iter().map(|user| &user.name).collect();
        for (index, user) in actors.users.iter().enumerate() {
            if excepted.contains(&user.name) {
                let message = format!("{} is excepted as a whole", quoted(&user.entry.text));
                self.report(Code::Swallowed, List::Users, index, &user.entry, message);
            }
        }
    }

    /// Adds the programs of a list; returns what they became.
    fn programs(&mut self, list: List, programs: &[Entry], role: Role) -> Vec<Glob> {
        let mut all = Vec::new();
        for (index, entry) in programs.iter().enumerate() {
            let Some(globs) = self.globs(list, index, entry, Reach::Exact) else { continue };
            if role == Role::Excepted {
                self.warn_base_name(list, index, entry);
                self.warn_of_all(list, index, entry, &globs);
            }
            self.cold(list, EntryKey::Globs(&globs), entry);
            let place = self.place(list, index, entry);
            let label = self.label(role);
            let pattern = |glob: &Glob| Pattern { glob: glob.clone(), label, above: None, place };
            self.tables().processes.extend(globs.iter().map(pattern));
            all.extend(globs);
        }
        all
    }

    /// Anyone may give a program an allowed name.
    pub(super) fn warn_base_name(&mut self, list: List, index: usize, entry: &Entry) {
        // However it is spelled: `apt`, `**/apt`.
        let is_base_name = |glob: &Glob| {
            matches!(glob.components[..], [Component::AnyDepth, _]) && !takes_all(glob)
        };
        let parsed = parse(&entry.text, self.dialect(list));
        if parsed.is_ok_and(|parsed| parsed.globs.iter().any(is_base_name)) {
            let message = format!(
                "`{}` excepts every program of that name, wherever it lies: anyone may give a program this name",
                entry.text
            );
            self.report(Code::BaseNameException, list, index, entry, message);
        }
    }
}
