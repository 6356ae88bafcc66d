//! Explaining one rule: which entry matched, or which condition failed first.
//!
//! Whether the rule matches is asked of the deciding side itself, so that an
//! explanation never contradicts a decision; the entries, kept as they were
//! written, only give it names.
//!
//! `Entries` holds 40-byte records: kind `u8`, list `u8`, key `u8`, zero `u8`,
//! rule `u32` within its kind, text (offset and length `u32` into `Strings`),
//! source name (likewise), line `u32`, column `u32`, key (offset and length
//! `u32` into `Patterns`): encoded globs, or the bytes of a [`TextTable`] key.

mod names;
pub(crate) mod pattern;

use crate::binding::Bound;
use crate::bundle::{Layout, Section};
use crate::bytes::{slice_at, u32_at};
use crate::canonical::path_linux::LinuxPath;
use crate::decide::actor::id;
use crate::decide::{Fault, Tables, condition, rule};
use crate::decision::{Invalid, RuleId};
use crate::event::{Activity, Base, Event, Kind, vocabulary};
use crate::matcher::rows::Truth;
use crate::policies::Policies;
use names::Test;

pub(crate) const RECORD: usize = 40;

/// Why a rule matches an event or does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Explanation<'a> {
    /// It matches, by this entry if it has a list that decides.
    Matches(Option<Entry<'a>>),
    /// It does not match: the first condition that failed, and the entry that
    /// made it fail where there is one.
    Fails(Condition, Option<Entry<'a>>),
    /// It cannot be judged: a field it reads is invalid.
    Undecided(Invalid),
}

vocabulary! {
    /// The conditions of a rule, in the order they are looked at.
    Condition {
        /// The event is of the rule's kind.
        Kind = 0 "kind",
        /// The policy applies to the target.
        Scope = 1 "scope",
        /// The rule acts on the operation.
        Operation = 2 "operation",
        /// The object is listed; for an allow-list, it is not.
        Object = 3 "object",
        /// The object is not excepted.
        Exception = 4 "exception",
        /// The user is one the rule is about.
        User = 5 "user",
        /// The process is one the rule is about.
        Process = 6 "process",
    }
}

/// An entry of a policy's list, where it was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// The list it stands in.
    pub list: List,
    /// As it was written.
    pub text: &'a str,
    /// The name of the source it stands in.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

vocabulary! {
    /// The lists of controls, by the names of their fields.
    List {
        /// Paths.
        Paths = 0 "paths",
        /// Excepted paths.
        ExceptPaths = 1 "except_paths",
        /// Presets of paths.
        Presets = 2 "presets",
        /// Programs.
        Executables = 3 "executables",
        /// Programs for root.
        RootExecutables = 4 "root_executables",
        /// Digests.
        Sha256 = 5 "sha256",
        /// Directories.
        Directories = 6 "directories",
        /// Users.
        Users = 7 "users",
        /// Excepted users.
        ExceptUsers = 8 "except_users",
        /// Processes.
        Processes = 9 "processes",
        /// Excepted processes.
        ExceptProcesses = 10 "except_processes",
    }
}

/// How the key of an entry is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Key {
    /// Globs on a path.
    Globs = 0,
    /// A user's name.
    Name = 1,
    /// A user's id.
    Id = 2,
    /// A user's SID.
    Sid = 3,
    /// A digest.
    Digest = 4,
}

impl Key {
    fn from_number(number: u8) -> Option<Key> {
        [Key::Globs, Key::Name, Key::Id, Key::Sid, Key::Digest]
            .into_iter()
            .find(|&key| key as u8 == number)
    }
}

/// Explains one rule; `None` if there is no such rule.
pub(crate) fn explain<'a>(
    bundle: &'a [u8],
    layout: &Layout,
    bound: &Bound,
    event: &Event<'_>,
    id: RuleId,
) -> Option<Explanation<'a>> {
    let (kind, index) = layout.find_rule(id.0)?;
    let tables = Tables::new(bundle, layout, kind);
    let rule = rule::Rule::read(tables.rules, index)?;
    if event.activity.kind() != Some(kind) {
        return Some(Explanation::Fails(Condition::Kind, None));
    }
    if !bound.applies(rule.scope) {
        return Some(Explanation::Fails(Condition::Scope, None));
    }
    let entries = Entries { bundle, layout, kind, rule: index as u32 };
    let (bit, word) = (index % 64, index / 64);
    let holds = |truth: Truth<1>| {
        let ([yes], [maybe]) = (truth.yes, truth.maybe);
        let at = |word: u64| word.wrapping_shr(bit as u32) & 1 == 1;
        (at(yes), at(maybe))
    };
    let conditions = condition::<1>(&tables, word, event);
    let code = conditions.fault.map_or(Invalid::FieldType, |Fault { code, .. }| code);
    let mut undecided = event.malformed;
    for (condition, truth) in [
        (Condition::Operation, conditions.operation),
        (Condition::Object, conditions.object),
        (Condition::User, conditions.user),
        (Condition::Process, conditions.process),
    ] {
        match holds(truth) {
            (true, _) => {}
            (false, true) => undecided = undecided.or(Some(code)),
            (false, false) => return Some(entries.failure(condition, event)),
        }
    }
    Some(match undecided {
        Some(code) => Explanation::Undecided(code),
        None => Explanation::Matches(entries.object(event, &LISTED)),
    })
}

const LISTED: [List; 5] =
    [List::Paths, List::Presets, List::Executables, List::Sha256, List::Directories];

/// The entries of one rule.
struct Entries<'a, 'l> {
    bundle: &'a [u8],
    layout: &'l Layout,
    kind: Kind,
    rule: u32,
}

impl<'a> Entries<'a, '_> {
    fn failure(&self, condition: Condition, event: &Event<'_>) -> Explanation<'a> {
        let (condition, entry) = match condition {
            Condition::Object => match self.object(event, &[List::ExceptPaths]) {
                // An allow-list fails to be violated by what it lists.
                None => (condition, self.object(event, &LISTED)),
                excepted => (Condition::Exception, excepted),
            },
            Condition::User => (
                condition,
                self.find(&[List::ExceptUsers], |key, bytes| user_is(event, key, bytes)),
            ),
            Condition::Process => (
                condition,
                self.find(&[List::ExceptProcesses], |_, bytes| process_is(event, bytes)),
            ),
            other => (other, None),
        };
        Explanation::Fails(condition, entry)
    }

    /// The first entry of these lists that a name of the object matches.
    fn object(&self, event: &Event<'_>, lists: &[List]) -> Option<Entry<'a>> {
        self.find(lists, |key, bytes| match key {
            Key::Globs => names::any_name(event, |components, test| {
                pattern::any_matches(bytes, components.clone(), test == Test::BareNames)
                    || (test == Test::Tree && pattern::any_below(bytes, components))
            }),
            Key::Digest => match &event.activity {
                Activity::Exec(exec) => exec.sha256.is_some_and(|digest| {
                    crate::canonical::digest::sha256(digest).as_ref().map(|d| &d[..]) == Ok(bytes)
                }),
                _ => false,
            },
            _ => false,
        })
    }

    fn find(&self, lists: &[List], found: impl Fn(Key, &[u8]) -> bool) -> Option<Entry<'a>> {
        let records = self.layout.shared(self.bundle, Section::Entries);
        let patterns = self.layout.shared(self.bundle, Section::Patterns);
        let policies = Policies::new(self.bundle, self.layout);
        for record in records.as_chunks::<RECORD>().0 {
            let [kind, list, key, ..] = *record;
            let (Some(list), Some(key)) = (List::from_number(list), Key::from_number(key)) else {
                continue;
            };
            if kind != self.kind as u8 || u32_at(record, 1) != self.rule || !lists.contains(&list) {
                continue;
            }
            let bytes = slice_at(patterns, u32_at(record, 8) as usize, u32_at(record, 9) as usize);
            if found(key, bytes) {
                return Some(Entry {
                    list,
                    text: policies.string(u32_at(record, 2), u32_at(record, 3)),
                    file: policies.string(u32_at(record, 4), u32_at(record, 5)),
                    line: u32_at(record, 6),
                    column: u32_at(record, 7),
                });
            }
        }
        None
    }
}

fn user_is(event: &Event<'_>, key: Key, bytes: &[u8]) -> bool {
    match key {
        Key::Name => event.user.name == Some(bytes),
        Key::Id => {
            event.user.id.map(id).is_some_and(|id| id.as_ref().map(|id| &id[..]) == Ok(bytes))
        }
        Key::Sid => event.user.sid == Some(bytes),
        Key::Globs | Key::Digest => false,
    }
}

fn process_is(event: &Event<'_>, program: &[u8]) -> bool {
    let path = event.process.path.ok_or(Invalid::PathEmpty);
    path.and_then(|path| LinuxPath::new(path, &Base::NONE))
        .is_ok_and(|path| pattern::any_matches(program, path.components(), false))
}
