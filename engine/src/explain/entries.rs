//! The entries of one rule: which of them is why it matches, or does not.
//!
//! Whether a part of an event is one that the rule is about, or would be but for its
//! exceptions, is asked of the deciding side; entries are compared one by one.

use super::{Condition, Entry, Explanation, Key, List, RECORD, names, parts, peers};
use crate::bundle::{Layout, Section};
use crate::bytes::{slice_at, u32_at};
use crate::canonical::digest::sha256;
use crate::canonical::sid::Sid;
use crate::decide::actor::id;
use crate::decide::{Tables, condition, file, network};
use crate::event::{Activity, Event, Kind, Principal};
use crate::matcher::rows::{Condition as Has, Hits, Rows, Words};
use crate::matcher::text::Tag;
use crate::policies::Policies;

/// The lists that say what a rule is about; of a connection, its ports only if
/// nothing else does.
const LISTED: [List; 12] = [
    List::Paths,
    List::Presets,
    List::Executables,
    List::Sha256,
    List::Directories,
    List::Networks,
    List::Domains,
    List::Lists,
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

/// A user to whom nothing but the list for everybody applies.
const ORDINARY: Principal<'static> = Principal { name: Some(b"-"), id: None, sid: None };

/// The entries of one rule.
pub(super) struct Entries<'a, 'l> {
    bundle: &'a [u8],
    layout: &'l Layout,
    tables: Tables<'l>,
    kind: Kind,
    /// Within its kind.
    rule: usize,
}

impl<'a, 'l> Entries<'a, 'l> {
    pub(super) fn new(
        bundle: &'a [u8],
        layout: &'l Layout,
        tables: Tables<'l>,
        kind: Kind,
        rule: usize,
    ) -> Self {
        Entries { bundle, layout, tables, kind, rule }
    }

    /// Whether the rule is one of a word, the one that it is in.
    pub(super) fn has(&self, [word]: Words<1>) -> bool {
        word.wrapping_shr((self.rule % 64) as u32) & 1 == 1
    }

    fn rows(&self) -> Rows<'l, 1> {
        self.tables.window(self.rule / 64)
    }

    fn is_allow_list(&self) -> bool {
        self.has(self.rows().condition(Has::AllowList))
    }

    /// Why the rule matches.
    pub(super) fn success(&self, event: &Event<'_>) -> Explanation<'a> {
        if self.is_allow_list() {
            return Explanation::Unlisted(self.lacking(event));
        }
        let mut found = None;
        parts::any(event, |part| {
            found = if self.concerns(part) { self.listed(part) } else { None };
            found.is_some()
        });
        Explanation::Matches(found)
    }

    /// Why one of its conditions does not hold.
    pub(super) fn failure(&self, condition: Condition, event: &Event<'_>) -> Explanation<'a> {
        let (condition, entry) = match condition {
            // An allow-list fails to be violated by what it lists.
            Condition::Object if self.is_allow_list() => (condition, self.allowed(event)),
            Condition::Object => {
                let mut found = None;
                parts::any(event, |part| {
                    found = if self.would_concern(part) { self.excepted(part) } else { None };
                    found.is_some()
                });
                (if found.is_some() { Condition::Exception } else { condition }, found)
            }
            Condition::User => (
                condition,
                self.find(&[List::ExceptUsers], |_, key, bytes| self.is(&event.user, key, bytes)),
            ),
            Condition::Process => (
                condition,
                self.find(&[List::ExceptProcesses], |_, _, bytes| {
                    let path = event.process.path;
                    path.is_some_and(|path| names::is_program(self.tables.names(), path, bytes))
                }),
            ),
            other => (other, None),
        };
        Explanation::Fails(condition, entry)
    }

    /// Whether the rule is certainly about an event, whoever acts.
    fn concerns(&self, event: &Event<'_>) -> bool {
        let conditions = condition::<1>(&self.tables, self.rule / 64, event);
        self.has(conditions.operation.and(conditions.object).yes)
    }

    /// Whether the rule would be about a part of an event, did it except nothing.
    fn would_concern(&self, part: &Event<'_>) -> bool {
        if self.find(&LISTED, |_, _, _| true).is_none() {
            // About everything, as far as no exception is for it.
            return parts::nameless(part).is_none_or(|nameless| self.concerns(&nameless));
        }
        let rows = self.rows();
        let acts = match &part.activity {
            // Of a file that has a target, only that is left in a part.
            Activity::File(file) => {
                let on_target = file.target.map(|_| file::target_number(file));
                let number = on_target.unwrap_or_else(|| file::path_number(file));
                self.has(rows.operation(number))
            }
            Activity::Network(network) => {
                let ports = network::ports(&self.tables, &rows, network);
                self.has(network::port(&rows, network, &ports).yes)
            }
            Activity::Registry(registry) => {
                let named = |bytes: &[u8]| names::is_value(registry, bytes);
                !self.has(rows.condition(Has::Values))
                    || self.find(&[List::Values], |_, _, bytes| named(bytes)).is_some()
            }
            _ => true,
        };
        acts && self.listed_by(&LISTED, part).is_some()
    }

    /// The lists of an allow-list that is violated which lack the object.
    fn lacking(&self, event: &Event<'_>) -> &'static [List] {
        if self.kind == Kind::Login {
            let has = |list| self.find(&[list], |_, _, _| true).is_some();
            return match (has(List::Users), has(List::Groups)) {
                (true, false) => &[List::Users],
                (false, true) => &[List::Groups],
                _ => &[List::Users, List::Groups],
            };
        }
        match self.concerns(&Event { user: ORDINARY, ..*event }) {
            true => &[List::Executables],
            false => &[List::RootExecutables],
        }
    }

    /// The first entry that allows the object of an allow-list.
    fn allowed(&self, event: &Event<'_>) -> Option<Entry<'a>> {
        self.find(&LISTED, |list, key, bytes| self.is_real(event, list, key, bytes))
    }

    /// The first entry that excepts a part of an event.
    fn excepted(&self, part: &Event<'_>) -> Option<Entry<'a>> {
        self.find(&EXCEPTED, |list, key, bytes| self.is_real(part, list, key, bytes))
    }

    /// The first entry that lists a part of an event.
    fn listed(&self, part: &Event<'_>) -> Option<Entry<'a>> {
        self.listed_by(&LISTED, part).or_else(|| self.listed_by(&[List::Ports], part))
    }

    fn listed_by(&self, lists: &[List], part: &Event<'_>) -> Option<Entry<'a>> {
        self.find(lists, |list, key, bytes| match key {
            Key::Globs => names::any_name(self.tables.names(), part, bytes),
            _ => self.matches(part, list, key, bytes),
        })
    }

    /// Whether an entry is the object by its real name.
    fn is_real(&self, event: &Event<'_>, list: List, key: Key, bytes: &[u8]) -> bool {
        match key {
            Key::Globs => names::is_real(self.tables.names(), event, bytes),
            _ => self.matches(event, list, key, bytes),
        }
    }

    /// Whether an entry that is no path is the object.
    fn matches(&self, event: &Event<'_>, list: List, key: Key, bytes: &[u8]) -> bool {
        // What an address carries excepts nothing.
        let carried = !EXCEPTED.contains(&list);
        match key {
            Key::Globs => false,
            // Those restrict who acts, but are the object of a login.
            Key::Name | Key::Id | Key::Sid | Key::Account | Key::Here => {
                self.kind == Kind::Login && self.principal_is(event, list, key, bytes)
            }
            Key::Network => peers::in_network(event, bytes, carried),
            Key::Domain => peers::is_domain(event, bytes),
            Key::Ports => peers::in_ports(event, bytes),
            Key::List => self.in_list(event, u32_at(bytes, 0), carried),
            Key::Credential => self.is_credential(event, bytes),
            Key::Secret => is_in_arguments(event, bytes),
            Key::Digest => match &event.activity {
                Activity::Exec(exec) => exec.sha256.is_some_and(|digest| {
                    sha256(digest).as_ref().map(|digest| &digest[..]) == Ok(bytes)
                }),
                _ => false,
            },
        }
    }

    /// Whether a credential is the one of an entry.
    fn is_credential(&self, event: &Event<'_>, key: &[u8]) -> bool {
        let Activity::Credential(credential) = &event.activity else { return false };
        let Some((&tag, key)) = key.split_first() else { return false };
        let mut is = tag == Tag::AccessKey as u8 && credential.id == Some(key);
        if let (true, Some(name)) = (tag == Tag::Variable as u8, credential.name) {
            self.tables.names().variable(name, |name| is = name == key);
        }
        is
    }

    /// Whether a named list holds an address or name of the object.
    fn in_list(&self, event: &Event<'_>, number: u32, carried: bool) -> bool {
        let sources = self.layout.of_kind(self.bundle, self.kind, Section::Sources);
        let wanted = |outcome| {
            let mut records = sources.as_chunks::<12>().0.iter();
            outcome != 0
                && records.any(|record| {
                    [0, 1, 2].map(|field| u32_at(record, field))
                        == [outcome, self.rule as u32, number]
                })
        };
        let rows = self.rows();
        let further = |outcome| {
            let Activity::Network(network) = &event.activity else { return false };
            let mut hits = Hits::NONE;
            rows.add(outcome, &mut hits);
            let ports = network::ports(&self.tables, &rows, network);
            wanted(outcome) && self.has(hits.second) && self.has(ports.listed)
        };
        peers::any_outcome(&self.tables, event, carried, wanted, further)
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
                self.tables
                    .names()
                    .account(name, |tag, key| found |= tag == wanted && key == bytes);
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
            if kind != self.kind as u8
                || u32_at(record, 1) as usize != self.rule
                || !lists.contains(&list)
            {
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
