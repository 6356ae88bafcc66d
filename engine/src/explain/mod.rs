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

mod names;
pub(crate) mod pattern;
mod peers;

use crate::binding::Bound;
use crate::bundle::{Layout, Section};
use crate::bytes::{slice_at, u32_at};
use crate::canonical::sid::Sid;
use crate::decide::actor::id;
use crate::decide::{Fault, Tables, condition, rule};
use crate::decision::{Invalid, RuleId};
use crate::event::{Activity, Event, Kind, Principal, vocabulary};
use crate::matcher::rows::{Condition as Has, Truth};
use crate::matcher::text::Tag;
use crate::policies::Policies;

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
    let (bit, word) = (index % 64, index / 64);
    let allows = tables.window::<1>(word).condition(Has::AllowList);
    let allows = allows.into_iter().any(|word| word.wrapping_shr(bit as u32) & 1 == 1);
    let entries = Entries { bundle, layout, bound, kind, rule: index as u32, allows };
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

/// The lists that say what a rule is about.
const LISTED: [List; 13] = [
    List::Paths,
    List::Presets,
    List::Executables,
    List::Sha256,
    List::Directories,
    List::Networks,
    List::Domains,
    List::Lists,
    List::Ports,
    List::Users,
    List::Groups,
    List::Decoys,
    List::Keys,
];

const EXCEPTED: [List; 5] = [
    List::ExceptPaths,
    List::ExceptNetworks,
    List::ExceptDomains,
    List::ExceptLists,
    List::ExceptKeys,
];

/// The entries of one rule.
struct Entries<'a, 'l> {
    bundle: &'a [u8],
    layout: &'l Layout,
    bound: &'l Bound,
    kind: Kind,
    rule: u32,
    /// It is an allow-list.
    allows: bool,
}

impl<'a> Entries<'a, '_> {
    fn failure(&self, condition: Condition, event: &Event<'_>) -> Explanation<'a> {
        let (condition, entry) = match condition {
            Condition::Object => match self.object(event, &EXCEPTED) {
                // An allow-list fails to be violated by what it lists.
                None if self.allows => (condition, self.object(event, &LISTED)),
                None => (condition, None),
                excepted => (Condition::Exception, excepted),
            },
            Condition::User => (
                condition,
                self.find(&[List::ExceptUsers], |_, key, bytes| self.is(&event.user, key, bytes)),
            ),
            Condition::Process => (
                condition,
                self.find(&[List::ExceptProcesses], |_, _, bytes| {
                    let path = event.process.path;
                    path.is_some_and(|path| names::is_program(&self.bound.names, path, bytes))
                }),
            ),
            other => (other, None),
        };
        Explanation::Fails(condition, entry)
    }

    /// Whether a credential is the one of an entry.
    fn is_credential(&self, event: &Event<'_>, key: &[u8]) -> bool {
        let Activity::Credential(credential) = &event.activity else { return false };
        let Some((&tag, key)) = key.split_first() else { return false };
        let mut is = tag == Tag::AccessKey as u8 && credential.id == Some(key);
        if let (true, Some(name)) = (tag == Tag::Variable as u8, credential.name) {
            self.bound.names.variable(name, |name| is = name == key);
        }
        is
    }

    /// The first entry of these lists that a name of the object matches.
    fn object(&self, event: &Event<'_>, lists: &[List]) -> Option<Entry<'a>> {
        self.find(lists, |list, key, bytes| match key {
            Key::Globs => names::any_name(&self.bound.names, event, bytes),
            // Those restrict who acts, but are the object of a login.
            Key::Name | Key::Id | Key::Sid | Key::Account | Key::Here => {
                self.kind == Kind::Login && self.principal_is(event, list, key, bytes)
            }
            Key::Network => {
                peers::in_network(event, bytes, list == List::Networks || list == List::Presets)
            }
            Key::Domain => peers::is_domain(event, bytes),
            Key::Ports => peers::in_ports(event, bytes),
            Key::List => self.in_list(event, u32_at(bytes, 0)),
            Key::Credential => self.is_credential(event, bytes),
            Key::Secret => is_in_arguments(event, bytes),
            Key::Digest => match &event.activity {
                Activity::Exec(exec) => exec.sha256.is_some_and(|digest| {
                    crate::canonical::digest::sha256(digest).as_ref().map(|d| &d[..]) == Ok(bytes)
                }),
                _ => false,
            },
        })
    }

    /// Whether a named list holds an address or name of the object.
    fn in_list(&self, event: &Event<'_>, number: u32) -> bool {
        let sources = self.layout.of_kind(self.bundle, self.kind, Section::Sources);
        let tables = Tables::new(self.bundle, self.layout, self.bound, self.kind);
        peers::any_outcome(&tables, event, |outcome| {
            let mut records = sources.as_chunks::<12>().0.iter();
            outcome != 0
                && records.any(|record| {
                    [0, 1, 2].map(|field| u32_at(record, field)) == [outcome, self.rule, number]
                })
        })
    }

    /// Whether an entry names the user, or one of the groups.
    fn principal_is(&self, event: &Event<'_>, list: List, key: Key, bytes: &[u8]) -> bool {
        if list == List::Groups {
            return event.groups.iter().any(|group| self.is(group, key, bytes));
        }
        self.is(&event.user, key, bytes)
    }

    fn is(&self, principal: &Principal<'_>, key: Key, bytes: &[u8]) -> bool {
        let named = |wanted: Tag| {
            let mut found = false;
            if let Some(name) = principal.name {
                self.bound.names.account(name, |tag, key| found |= tag == wanted && key == bytes);
            }
            found
        };
        match key {
            Key::Name => named(Tag::Name),
            Key::Account => named(Tag::Account),
            Key::Here => named(Tag::Here),
            Key::Id => {
                principal.id.map(id).is_some_and(|id| id.as_ref().map(|id| &id[..]) == Ok(bytes))
            }
            Key::Sid => principal
                .sid
                .is_some_and(|sid| Sid::new(sid).is_ok_and(|sid| sid.as_bytes() == bytes)),
            _ => false,
        }
    }

    fn find(&self, lists: &[List], found: impl Fn(List, Key, &[u8]) -> bool) -> Option<Entry<'a>> {
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
            if found(list, key, bytes) {
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

/// Whether an argument of a program holds a text.
fn is_in_arguments(event: &Event<'_>, text: &[u8]) -> bool {
    let Activity::Exec(exec) = &event.activity else { return false };
    let holds = |argument: &&[u8]| argument.windows(text.len().max(1)).any(|part| part == text);
    exec.argv.iter().any(holds)
}
