//! Controls on registry events.

use super::path::Reach;
use super::{Draft, Lowering, Pattern};
use crate::canonical::registry::SOME_USER;
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::control::Control as Name;
use crate::event::{Kind, RegistryOperation};
use crate::explain::List;
use crate::matcher::rows::Condition;
use crate::policy::control::Actors;
use crate::policy::glob::{Component, Glob};
use crate::policy::preset::REGISTRY;
use crate::policy::{Entry, Located, Policy};

/// What the two controls have in common: all but whether they block.
pub(super) struct Keys<'p> {
    pub(super) operations: &'p [Located<RegistryOperation>],
    pub(super) keys: &'p [Entry],
    pub(super) values: &'p [Entry],
    pub(super) presets: &'p [Entry],
    pub(super) except_keys: &'p [Entry],
    pub(super) actors: &'p Actors,
}

impl<'p> Lowering<'p> {
    pub(super) fn registry(
        &mut self,
        index: u32,
        policy: &'p Policy,
        control: (Name, bool),
        own: &Keys<'p>,
    ) {
        let mut draft = self.draft((index, policy), control, Kind::Registry);
        for operation in own.operations {
            draft.operation(operation.value as usize);
        }
        draft.paths(List::Keys, own.keys, Reach::Exact, Role::Listed);
        draft.presets(own.presets, REGISTRY);
        draft.paths(List::ExceptKeys, own.except_keys, Reach::Exact, Role::Excepted);
        draft.values(own.values);
        draft.actors(own.actors);
    }
}

impl Draft<'_, '_> {
    fn values(&mut self, values: &[Entry]) {
        for (index, entry) in values.iter().enumerate() {
            let globs = self.globs(List::Values, index, entry, Reach::Exact);
            let Some(globs) = globs else { continue };
            self.cold(List::Values, EntryKey::Globs(&globs), entry);
            self.condition(Condition::Values);
            let place = self.place(List::Values, index, entry);
            let label = self.label(Role::Second);
            let patterns =
                globs.into_iter().map(|glob| Pattern { glob, label, above: None, place });
            self.tables().objects.extend(patterns);
        }
    }
}

/// The key of a user as it is where the user is not known: `HKCU` could be it.
pub(super) fn of_some_user(glob: &Glob) -> Option<Glob> {
    match &glob.components[..] {
        [Component::Literal(hive), Component::Literal(user), ..]
            if hive == b"HKU" && user != SOME_USER =>
        {
            let mut some = glob.clone();
            some.components[1] = Component::Literal(SOME_USER.to_vec());
            Some(some)
        }
        _ => None,
    }
}
