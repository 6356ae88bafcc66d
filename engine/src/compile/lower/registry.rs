//! Controls on registry events.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::overlap::component_overlaps;
use super::path::Reach;
use super::{Draft, Lowering, Pattern};
use crate::canonical::registry::{CURRENT, SOME_USER};
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::control::Control as Name;
use crate::diagnostic::{Code, quoted};
use crate::event::{Kind, RegistryOperation};
use crate::explain::List;
use crate::matcher::rows::Condition;
use crate::policy::control::Actors;
use crate::policy::glob::{Component, Glob, Token};
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
        let exceptions =
            draft.paths(List::ExceptKeys, own.except_keys, Reach::Exact, Role::Excepted);
        draft.warn_swallowed_globs(List::Keys, own.keys, Reach::Exact, &exceptions);
        draft.values(own.values);
        draft.actors(own.actors);
    }
}

impl Draft<'_, '_> {
    /// The globs of an entry for all names that events may have for its keys.
    pub(super) fn keys(
        &mut self,
        list: List,
        index: usize,
        entry: &Entry,
        globs: Vec<Glob>,
    ) -> Option<Vec<Glob>> {
        let mut keys: Vec<Glob> = globs.iter().flat_map(of_classes).collect();
        let (sets, users): (Vec<_>, Vec<_>) =
            keys.iter().map(|key| (numbered_sets(key), some_users(key))).unzip();
        let [sets, users] = [sets, users].map(|more| more.concat());
        let excepts = list == List::ExceptKeys;
        let fault = if keys.iter().any(has_part_of_classes) {
            Some(("no user's key has such a name", "write `_Classes` in full"))
        } else if excepts && !sets.is_empty() {
            Some((
                "which control set is the current one is not known, so that none is excepted by its number",
                "write `CurrentControlSet`",
            ))
        } else if excepts && keys.iter().any(takes_in_some_user) {
            Some((
                "whose key `HKCU` is is not known, so that none is excepted by a part of its user's name",
                "write each user, or `HKU\\*` for all",
            ))
        } else {
            None
        };
        if let Some((fault, help)) = fault {
            let message = format!("{fault} in glob {}", quoted(&entry.text));
            let diagnostic = self.about(Code::GlobSyntax, list, index, entry, message);
            self.lowering.push(diagnostic.with_help(help));
            return None;
        }
        if !excepts {
            for key in sets.into_iter().chain(users) {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        Some(keys)
    }

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

fn literal(text: &[u8]) -> Component {
    Component::Literal(text.to_vec())
}

/// The ways in which a pattern takes one component: the part of it that does,
/// none if a `**` does, and what is left of it.
fn steps(glob: &[Component]) -> Vec<(Option<&Component>, &[Component])> {
    match glob {
        [] => Vec::new(),
        // At the end it takes at least one.
        [Component::AnyDepth] => vec![(None, glob), (None, &[])],
        [Component::AnyDepth, rest @ ..] => {
            core::iter::once((None, glob)).chain(steps(rest)).collect()
        }
        [one, rest @ ..] => vec![(Some(one), rest)],
    }
}

/// What may be left of a pattern behind some components.
fn behind<'g>(glob: &'g Glob, above: &[Component]) -> Vec<&'g [Component]> {
    above.iter().fold(vec![&glob.components[..]], |left, component| {
        let takes =
            |part: Option<&Component>| part.is_none_or(|part| component_overlaps(part, component));
        let next = left.into_iter().flat_map(steps).filter(|(part, _)| takes(*part));
        next.map(|(_, left)| left).collect()
    })
}

/// What is found below the current control set by a pattern that takes in
/// numbered ones: events call them all the current one.
fn numbered_sets(glob: &Glob) -> Vec<Glob> {
    let digit = || Token::Class { negated: false, ranges: vec![('0', '9')] };
    let set = "CONTROLSET".chars().map(Token::Char).chain([digit(), digit(), digit()]);
    let [machine, system, current] = [CURRENT[0], CURRENT[1], CURRENT[2]].map(literal);
    let numbered = [machine.clone(), system.clone(), Component::Wild(set.collect())];
    let current = [machine, system, current];
    let known = behind(glob, &current);
    let mut left = behind(glob, &numbered);
    left.retain(|left| !known.contains(left));
    let below = |left: &&[Component]| Glob { components: [&current[..], left].concat() };
    left.iter().map(below).collect()
}

/// A user's part of a pattern.
struct User<'g> {
    part: &'g Component,
    left: &'g [Component],
    /// A `**` stands before it, so that it may be another part.
    floats: bool,
}

/// The parts of a pattern that may be users.
fn users(glob: &Glob) -> Vec<User<'_>> {
    let hive = literal(b"HKU");
    let mut users = Vec::new();
    for (part, left) in steps(&glob.components) {
        if part.is_some_and(|part| *part != hive) {
            continue;
        }
        let floats = [glob.components.first(), left.first()].contains(&Some(&Component::AnyDepth));
        users.extend(
            steps(left)
                .into_iter()
                .filter_map(|(part, left)| Some(User { part: part?, left, floats })),
        );
    }
    users
}

/// The name of a user from that of the hive with the user's classes.
fn without_classes(part: &Component) -> Option<Component> {
    const SUFFIX: &str = "_CLASSES";
    match part {
        Component::Literal(name) => name.strip_suffix(SUFFIX.as_bytes()).map(literal),
        Component::Wild(tokens) => {
            let (user, end) = tokens.split_at_checked(tokens.len().checked_sub(SUFFIX.len())?)?;
            let is_suffix = end.iter().cloned().eq(SUFFIX.chars().map(Token::Char));
            is_suffix.then(|| Component::Wild(user.to_vec()))
        }
        Component::AnyDepth => None,
    }
}

/// A pattern for the classes of users where they lie in the users' own hives,
/// as in events; and the pattern itself, if it takes in anything else.
fn of_classes(glob: &Glob) -> Vec<Glob> {
    let mut globs = Vec::new();
    let mut only = false;
    for User { part, left, floats } in users(glob) {
        if let Some(user) = without_classes(part) {
            let lead = [literal(b"HKU"), user, literal(b"SOFTWARE"), literal(b"CLASSES")];
            globs.push(Glob { components: [&lead[..], left].concat() });
            only |= !floats;
        }
    }
    if !only {
        globs.push(glob.clone());
    }
    globs
}

/// Whether a pattern means the classes of users in a way that is not read.
fn has_part_of_classes(glob: &Glob) -> bool {
    let has = |part: &Component| match part {
        Component::Wild(tokens) => tokens.contains(&Token::Char('_')),
        _ => false,
    };
    users(glob).iter().any(|user| !user.floats && has(user.part))
}

/// The keys of users as they are where the user is not known: `HKCU` could be any.
fn some_users(glob: &Glob) -> Vec<Glob> {
    let some = literal(SOME_USER);
    let known = users(glob).into_iter().filter(|user| {
        let all = *user.part == Component::Wild(vec![Token::AnyRun]);
        !all && *user.part != some && (!user.floats || is_user_name(user.part))
    });
    known
        .filter(|user| without_classes(user.part).is_none())
        .map(|user| Glob { components: [&[literal(b"HKU"), some.clone()], user.left].concat() })
        .collect()
}

/// Whether a part of a pattern can be told to be a user: a SID, or the default.
fn is_user_name(part: &Component) -> bool {
    match part {
        Component::Literal(name) => name.starts_with(b"S-") || name == b".DEFAULT",
        Component::Wild(tokens) => tokens.starts_with(&[Token::Char('S'), Token::Char('-')]),
        Component::AnyDepth => false,
    }
}

/// Whether a pattern of some users matches the one that is not known.
fn takes_in_some_user(glob: &Glob) -> bool {
    let some = literal(SOME_USER);
    let takes = |part: &Component| match part {
        Component::Wild(tokens) => tokens[..] != [Token::AnyRun] && component_overlaps(part, &some),
        _ => false,
    };
    users(glob).iter().any(|user| takes(user.part))
}
