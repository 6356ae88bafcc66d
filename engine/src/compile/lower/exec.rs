//! Controls on exec events.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::path::Reach;
use super::swallow::takes_all;
use super::{Draft, Lowering};
use crate::bundle::Platform;
use crate::canonical::digest::sha256;
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::control::Control as Name;
use crate::diagnostic::{Code, quoted};
use crate::event::Kind;
use crate::explain::{Key, List};
use crate::matcher::rows::Condition;
use crate::policy::control::{
    BlockMaliciousExecutables, ExecutablesAllowed, ExecutablesBlocked, FilelessExecutionBlock,
};
use crate::policy::glob::{Component, Glob, parse};
use crate::policy::{Entry, Policy};

impl<'p> Lowering<'p> {
    pub(super) fn executables_blocked(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p ExecutablesBlocked,
    ) {
        let mut draft = self.draft((index, policy), (Name::ExecutablesBlocked, true), Kind::Exec);
        draft.paths(List::Executables, &own.executables, Reach::Exact, Role::Listed);
        draft.digests(&own.sha256);
        draft.actors(&own.actors);
    }

    pub(super) fn executables_allowed(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p ExecutablesAllowed,
    ) {
        let mut draft = self.draft((index, policy), (Name::ExecutablesAllowed, true), Kind::Exec);
        draft.condition(Condition::AllowList);
        draft.allowed(List::Executables, &own.executables, Role::Listed);
        if let Some(root) = &own.root_executables {
            draft.condition(Condition::AllowRoot);
            draft.allowed(List::RootExecutables, root, Role::Second);
        }
        draft.actors(&own.actors);
    }

    pub(super) fn block_malicious_executables(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p BlockMaliciousExecutables,
    ) {
        let name = Name::BlockMaliciousExecutables;
        let mut draft = self.draft((index, policy), (name, true), Kind::Exec);
        draft.paths(List::Directories, &own.directories, Reach::Below, Role::Listed);
        draft.actors(&own.actors);
        self.scratch_programs(index, policy, own);
    }

    pub(super) fn fileless_execution_block(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p FilelessExecutionBlock,
    ) {
        let name = Name::FilelessExecutionBlock;
        let mut draft = self.draft((index, policy), (name, true), Kind::Exec);
        draft.condition(Condition::Fileless);
        draft.actors(&own.actors);
    }
}

impl Draft<'_, '_> {
    fn allowed(&mut self, list: List, entries: &[Entry], role: Role) {
        for (index, entry) in entries.iter().enumerate() {
            self.warn_base_name(list, index, entry);
            let parsed = parse(&entry.text, self.dialect(list));
            if parsed.is_ok_and(|parsed| parsed.globs.iter().any(takes_all)) {
                let message = format!("{} allows every program", quoted(&entry.text));
                self.report(Code::MatchesEverything, list, index, entry, message);
            }
        }
        self.paths(list, entries, Reach::Exact, role);
    }

    /// Adds names of programs, as they are, under one entry.
    pub(super) fn program_names(&mut self, list: List, entry: &Entry, names: Vec<Vec<u8>>) {
        let windows = self.policy.platform == Platform::Windows;
        let glob = |name| {
            let name = Component::Literal(name);
            let name = if windows { name.folded() } else { name };
            Glob { components: vec![Component::AnyDepth, name] }
        };
        let globs: Vec<Glob> = names.into_iter().map(glob).collect();
        self.cold(list, EntryKey::Globs(&globs), entry);
        self.patterns(list, 0, entry, &globs, Role::Listed);
    }

    fn digests(&mut self, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate() {
            let Ok(digest) = sha256(entry.text.as_bytes()) else {
                let message = format!("`{}` is no SHA-256: 64 hexadecimal digits", entry.text);
                self.report(Code::HashSyntax, List::Sha256, index, entry, message);
                continue;
            };
            self.cold(List::Sha256, EntryKey::Bytes(Key::Digest, &digest), entry);
            self.condition(Condition::Digests);
            let label = self.label(Role::Listed);
            self.tables().digests.push((digest.to_vec(), label));
        }
    }
}
