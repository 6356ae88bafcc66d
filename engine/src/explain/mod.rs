//! Explaining one rule: which entry matched, or which condition failed first.
//!
//! Whether the rule matches is asked of the deciding side itself, so that an
//! explanation never contradicts a decision; the entries, kept as they were
//! written, only give it names.
//!
//! `Entries` holds 40-byte records: kind `u8`, list `u8`, key `u8`, zero `u8`,
//! rule `u32` within its kind, text (offset and length `u32` into `Strings`),
//! source name (likewise), line `u32`, column `u32`, key (offset and length
//! `u32` into `Patterns`): encoded globs, or what [`Key`] says.
//!
//! `Sources` says which named lists gave an outcome, for lists whose lines are
//! too many to be kept: 12-byte records of outcome `u32`, rule `u32` within its
//! kind, and the list's number `u32`, which its entry has as key.

mod entries;
mod names;
mod parts;
pub(crate) mod pattern;
mod peers;

use crate::binding::Bound;
use crate::bundle::Layout;
use crate::decide::over_time::{Reading, reading};
use crate::decide::{Fault, Tables, condition, malformed, rule};
use crate::decision::{Invalid, RuleId};
use crate::event::{Event, vocabulary};
use entries::Entries;

pub(crate) const RECORD: usize = 40;

/// Why a rule matches an event or does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Explanation<'a> {
    /// It matches, by this entry if it has a list that decides: the entry would do
    /// so if it stood alone in its list, with the rule's exceptions.
    Matches(Option<Entry<'a>>),
    /// It matches because what it allows is on none of these lists that must have it.
    Unlisted(&'static [List]),
    /// It does not match: the first condition that failed, and the entry that
    /// made it fail where there is one.
    Fails(Condition, Option<Entry<'a>>),
    /// It cannot be judged by itself: a field it reads is invalid.
    Undecided(Invalid),
    /// It does not match by itself, but may after earlier events: only
    /// [`Engine::decide_with`](crate::Engine::decide_with) knows those.
    OverTime,
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
        /// Groups.
        Groups = 11 "groups",
        /// Networks.
        Networks = 12 "networks",
        /// Excepted networks.
        ExceptNetworks = 13 "except_networks",
        /// Domain names.
        Domains = 14 "domains",
        /// Excepted domain names.
        ExceptDomains = 15 "except_domains",
        /// Ports.
        Ports = 16 "ports",
        /// Named lists.
        Lists = 17 "lists",
        /// Named lists of exceptions.
        ExceptLists = 18 "except_lists",
        /// Decoys.
        Decoys = 19 "decoys",
        /// Registry keys.
        Keys = 20 "keys",
        /// Names of registry values.
        Values = 21 "values",
        /// Excepted registry keys.
        ExceptKeys = 22 "except_keys",
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
    /// A network: its length, then its address.
    Network = 5,
    /// A domain name: bit 0 the name itself, bit 1 what is below, then the name.
    Domain = 6,
    /// Ports: first and last, `u16` each.
    Ports = 7,
    /// A named list, by its number in `Sources`.
    List = 8,
    /// A credential: its tag, then its name.
    Credential = 9,
    /// A text in an argument.
    Secret = 10,
    /// A Windows user's or group's name, whatever the domain.
    Account = 11,
    /// A Windows user's or group's name that may be one of the host itself.
    Here = 12,
}

impl Key {
    fn from_number(number: u8) -> Option<Key> {
        const ALL: [Key; 13] = [
            Key::Globs,
            Key::Name,
            Key::Id,
            Key::Sid,
            Key::Digest,
            Key::Network,
            Key::Domain,
            Key::Ports,
            Key::List,
            Key::Credential,
            Key::Secret,
            Key::Account,
            Key::Here,
        ];
        ALL.into_iter().find(|&key| key as u8 == number)
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
    let tables = Tables::new(bundle, layout, bound, kind);
    let rule = rule::Rule::read(tables.rules(), index)?;
    if event.activity.kind() != Some(kind) {
        return Some(Explanation::Fails(Condition::Kind, None));
    }
    if !bound.applies(rule.scope) {
        return Some(Explanation::Fails(Condition::Scope, None));
    }
    let entries = Entries::new(bundle, layout, tables, kind, index);
    let malformed = malformed(event);
    let over_time = match reading(&tables, layout, event, index) {
        Some(Reading::Excepted) if malformed.is_none() => {
            return Some(entries.failure(Condition::Object, event));
        }
        Some(Reading::Lacks(code)) => return Some(Explanation::Undecided(code)),
        reading => matches!(reading, Some(Reading::Counts)),
    };
    let conditions = condition::<1>(&tables, index / 64, event);
    let (mut certain, mut failed) = (true, None);
    for (condition, truth) in [
        (Condition::Operation, conditions.operation),
        (Condition::Object, conditions.object),
        (Condition::User, conditions.user),
        (Condition::Process, conditions.process),
    ] {
        certain &= entries.has(truth.yes);
        failed = failed.or(Some(condition).filter(|_| !entries.has(truth.maybe)));
    }
    Some(match (malformed, failed) {
        _ if certain => entries.success(event),
        // What was meant could have matched any rule.
        (Some(code), _) => Explanation::Undecided(code),
        (None, None) => {
            let code = conditions.fault.map_or(Invalid::FieldType, |Fault { code, .. }| code);
            Explanation::Undecided(code)
        }
        (None, Some(_)) if over_time => Explanation::OverTime,
        (None, Some(condition)) => entries.failure(condition, event),
    })
}
