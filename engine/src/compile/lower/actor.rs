//! Conditions on user and process.

use alloc::format;
use alloc::string::ToString;

use super::path::Reach;
use super::{Draft, Pattern};
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::diagnostic::Code;
use crate::explain::{Key, List};
use crate::matcher::rows::Condition;
use crate::matcher::text::Tag;
use crate::policy::Entry;
use crate::policy::control::{Actors, PrincipalEntry, PrincipalName};
use crate::policy::glob::{Dialect, parse};

impl Draft<'_, '_> {
    /// Adds the conditions on who acts.
    pub(super) fn actors(&mut self, actors: &Actors) {
        if actors.users.is_empty() {
            self.condition(Condition::AnyUser);
        }
        if actors.processes.is_empty() {
            self.condition(Condition::AnyProcess);
        }
        self.users(List::Users, &actors.users, Role::Listed);
        self.users(List::ExceptUsers, &actors.except_users, Role::Excepted);
        self.programs(List::Processes, &actors.processes, Role::Listed);
        self.programs(List::ExceptProcesses, &actors.except_processes, Role::Excepted);
    }

    fn users(&mut self, list: List, users: &[PrincipalEntry], role: Role) {
        for user in users {
            let except = role == Role::Excepted;
            let (tag, key, bytes, condition) = match &user.name {
                PrincipalName::Name(name) => (
                    Tag::Name,
                    Key::Name,
                    name.as_bytes().to_vec(),
                    if except { Condition::ExceptUserNames } else { Condition::UserNames },
                ),
                PrincipalName::Id(id) => (
                    Tag::Id,
                    Key::Id,
                    id.to_le_bytes().to_vec(),
                    if except { Condition::ExceptUserIds } else { Condition::UserIds },
                ),
                PrincipalName::Sid(sid) => (
                    Tag::Sid,
                    Key::Sid,
                    sid.to_string().into_bytes(),
                    if except { Condition::ExceptUserSids } else { Condition::UserSids },
                ),
            };
            self.cold(list, EntryKey::Bytes(key, &bytes), &user.entry);
            self.condition(condition);
            let label = self.label(role);
            self.tables().users.push((tag, bytes, label));
        }
    }

    fn programs(&mut self, list: List, programs: &[Entry], role: Role) {
        for (index, entry) in programs.iter().enumerate() {
            let Some(globs) = self.globs(list, index, entry, Reach::Exact) else { continue };
            if role == Role::Excepted {
                self.warn_base_name(list, index, entry);
            }
            self.cold(list, EntryKey::Globs(&globs), entry);
            let place = self.place(list, index, entry);
            let label = self.label(role);
            let patterns = globs.into_iter().map(|glob| Pattern { glob, label, place });
            self.tables().processes.extend(patterns);
        }
    }

    /// Anyone may give a program an allowed name.
    pub(super) fn warn_base_name(&mut self, list: List, index: usize, entry: &Entry) {
        if parse(&entry.text, Dialect::Linux).is_ok_and(|parsed| parsed.bare_name) {
            let message = format!(
                "`{}` excepts every program of that name, wherever it lies: anyone may give a program this name",
                entry.text
            );
            self.report(Code::BaseNameException, list, index, entry, message);
        }
    }
}
