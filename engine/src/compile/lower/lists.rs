//! Named lists: their lines, and what became of them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::special::is_special;
use super::{Draft, Lowering};
use crate::canonical::address::Ip;
use crate::canonical::domain::Domain;
use crate::compile::address::Network;
use crate::compile::cold::EntryKey;
use crate::compile::domain::DomainKey;
use crate::compile::outcome::{Label, Role};
use crate::control::Control as Name;
use crate::decide::AddressKey;
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::explain::{Key, List};
use crate::matcher::rows::Condition;
use crate::matcher::text::Tag;
use crate::policy::list::{ListItem, Reading, RefusedLine, parse};
use crate::policy::{Entry, ListFormat, ListMatch, Policy, Source, Span};

/// What became of a named list in one control.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListReport {
    /// The policy's name.
    pub policy: String,
    /// The control that names the list.
    pub control: Name,
    /// The list's name; `builtin` for the built-in one.
    pub list: String,
    /// It is a list of exceptions.
    pub exception: bool,
    /// Lines, comments and blank ones included.
    pub lines: usize,
    /// Lines that are in effect.
    pub used: usize,
    /// Lines that are not, or only in part, or that may be meant otherwise: each with its
    /// number and reason.
    pub refused: Vec<RefusedLine>,
    /// Networks that were written with bits behind their prefix, which were
    /// dropped.
    pub masked: usize,
    /// Entries that an exception of the control covers.
    pub swallowed: usize,
    /// Networks inside special-use space, where `include_special_use` decides.
    pub special_use: usize,
}

/// A list as a control uses it.
#[derive(Debug)]
pub(super) struct NamedList {
    field: List,
    place: Entry,
    role: Role,
    items: Vec<ListItem>,
    report: usize,
    builtin: bool,
}

impl NamedList {
    /// It comes with the product.
    pub(super) fn is_builtin(&self) -> bool {
        self.builtin
    }

    pub(super) fn has(&self, wanted: impl Fn(&ListItem) -> bool) -> bool {
        self.items.iter().any(wanted)
    }
}

/// A control that names lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'p> {
    pub(super) policy: &'p Policy,
    pub(super) control: Name,
}

impl<'p> Lowering<'p> {
    /// Reads the lists that a field of a control names.
    pub(super) fn lists(
        &mut self,
        owner: Owner<'p>,
        field: List,
        names: &'p [Entry],
        role: Role,
    ) -> Vec<NamedList> {
        let mut lists = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let at = format!("controls.{}.{field}[{index}]", owner.control);
            lists.extend(self.list(owner, field, name, role, at));
        }
        lists
    }

    fn list(
        &mut self,
        Owner { policy, control }: Owner<'p>,
        field: List,
        name: &'p Entry,
        role: Role,
        at: String,
    ) -> Option<NamedList> {
        let declared = policy.lists.iter().find(|list| list.name.text == name.text)?;
        let definition = &declared.definition;
        let key = (policy.name.text.clone(), name.text.clone());
        let Some(text) = self.contents.get(&key) else {
            let message = format!("the contents of the list {} are missing", quoted(&name.text));
            let message =
                format!("{message}: its file {} was not read", quoted(&definition.file.text));
            self.report(policy, name.span, Code::ListMissing, at, message);
            return None;
        };
        // An exception is no wider than it is written.
        let below = match definition.matching {
            Some(matching) => matching == ListMatch::Subdomains,
            None => role == Role::Listed,
        };
        let exceptions = role == Role::Excepted;
        let parsed = parse(text, Reading { format: definition.format, below, exceptions });
        let file = Source { name: beside(&policy.source.name, &definition.file.text) };
        for refused in &parsed.refused {
            let span = Span { line: refused.line as u32, column: 1, length: 1 };
            let code = Code::ListLine;
            self.push(Diagnostic::new(code, &file, span, refused.reason.clone()).in_field(&at[..]));
        }
        if parsed.masked > 0 {
            let message = format!(
                "{} networks of the list {} have bits behind their prefix, which are dropped",
                parsed.masked,
                quoted(&name.text)
            );
            self.report(policy, name.span, Code::ListMasked, at.clone(), message);
        }
        if parsed.items.is_empty() {
            let message = format!(
                "the list {} has no line that is {}",
                quoted(&name.text),
                wanted(definition.format)
            );
            self.report(policy, name.span, Code::ListEmpty, at, message);
            return None;
        }
        let report = self.list_reports.len();
        self.list_reports.push(ListReport {
            policy: policy.name.text.clone(),
            control,
            list: name.text.clone(),
            exception: exceptions,
            lines: parsed.lines,
            used: parsed.used,
            refused: parsed.refused,
            masked: parsed.masked,
            swallowed: 0,
            special_use: 0,
        });
        Some(NamedList {
            field,
            place: name.clone(),
            role,
            items: parsed.items,
            report,
            builtin: false,
        })
    }

    /// A built-in list.
    pub(super) fn builtin_list(
        &mut self,
        Owner { policy, control }: Owner<'p>,
        name: &str,
        span: Span,
        items: Vec<ListItem>,
    ) -> NamedList {
        let report = self.list_reports.len();
        self.list_reports.push(ListReport {
            policy: policy.name.text.clone(),
            control,
            list: name.into(),
            exception: false,
            lines: items.len(),
            used: items.len(),
            refused: Vec::new(),
            masked: 0,
            swallowed: 0,
            special_use: 0,
        });
        let place = Entry { text: name.into(), span };
        NamedList { field: List::Lists, place, role: Role::Listed, items, report, builtin: true }
    }

    /// Counts what exceptions and special-use space take away; `special_use` is whether that
    /// counts all the same.
    pub(super) fn count_lists(
        &mut self,
        Owner { policy, control }: Owner<'p>,
        lists: &[NamedList],
        exceptions: &Exceptions,
        special_use: bool,
    ) {
        for list in lists.iter().filter(|list| list.role == Role::Listed) {
            let is_special = |item: &&ListItem| network_of(item).as_ref().is_some_and(is_special);
            let is_lost =
                |item: &&ListItem| exceptions.cover(item) || !special_use && is_special(item);
            let count =
                |which: &dyn Fn(&&ListItem) -> bool| list.items.iter().filter(which).count();
            let report = &mut self.list_reports[list.report];
            report.special_use = count(&is_special);
            report.swallowed = count(&|item| exceptions.cover(item));
            if count(&is_lost) == list.items.len() {
                let name = quoted(&list.place.text);
                let message = format!(
                    "the list {name} does nothing: special use and exceptions take in all that it has"
                );
                let at = format!("controls.{control}.{}", list.field);
                self.report(policy, list.place.span, Code::Swallowed, at, message);
            }
        }
    }
}

/// What a list's file is called where its policy's is called `policy`.
fn beside(policy: &str, file: &str) -> String {
    match policy.rfind(['/', '\\']) {
        Some(at) if !file.starts_with(['/', '\\']) => format!("{}{file}", &policy[..=at]),
        _ => file.into(),
    }
}

fn wanted(format: ListFormat) -> &'static str {
    match format {
        ListFormat::Domains => "a domain name",
        ListFormat::Hosts => "an address with names",
        ListFormat::Networks => "an address or network",
        ListFormat::Endpoints => "an address with or without port",
        ListFormat::Names => "a program's name",
        ListFormat::Sha256 => "a SHA-256",
    }
}

fn network_of(item: &ListItem) -> Option<Network> {
    match item {
        ListItem::Network(network) => Some(*network),
        ListItem::Endpoint(ip, _) => Some(host(*ip)),
        _ => None,
    }
}

/// The network of one address.
fn host(ip: Ip) -> Network {
    Network { address: ip, length: if matches!(ip, Ip::V4(_)) { 32 } else { 128 } }
}

/// All that a control excepts, to see what it takes away.
#[derive(Debug, Default)]
pub(super) struct Exceptions {
    names: BTreeMap<Vec<u8>, (bool, bool)>,
    networks: BTreeSet<Network>,
    lengths: BTreeSet<u8>,
}

impl Exceptions {
    pub(super) fn name(&mut self, key: &DomainKey) {
        let covers = self.names.entry(key.name.clone()).or_default();
        *covers = (covers.0 | key.at, covers.1 | key.below);
    }

    pub(super) fn network(&mut self, network: Network) {
        self.networks.insert(network);
        self.lengths.insert(network.length);
    }

    pub(super) fn lists(&mut self, lists: &[NamedList]) {
        for item in lists.iter().filter(|list| list.role == Role::Excepted).flat_map(|l| &l.items) {
            match item {
                ListItem::Domain(key) => self.name(key),
                ListItem::Network(network) => self.network(*network),
                // One port of an address takes no address away.
                _ => {}
            }
        }
    }

    /// Whether an entry's own name, or all its addresses, are excepted.
    pub(super) fn cover(&self, item: &ListItem) -> bool {
        match item {
            ListItem::Domain(key) => self.cover_name(key),
            item => network_of(item).is_some_and(|network| self.cover_network(&network)),
        }
    }

    pub(super) fn cover_name(&self, key: &DomainKey) -> bool {
        let Ok(name) = Domain::new(&key.name) else { return false };
        let mut covered = false;
        name.suffixes(0, |suffix| {
            let (at, below) = self.names.get(suffix.text()).copied().unwrap_or_default();
            // An entry for what is below is covered by an exception for as much.
            covered |= if suffix.is_whole() && key.at { at } else { below };
        });
        covered
    }

    pub(super) fn cover_network(&self, network: &Network) -> bool {
        self.lengths
            .iter()
            .take_while(|&&length| length <= network.length)
            .any(|&length| self.networks.contains(&Network::new(network.address, length).0))
    }
}

impl Draft<'_, '_> {
    /// Adds what a list holds for events with a peer; its endpoints in
    /// special-use space only if `special_use`.
    pub(super) fn named_list(&mut self, list: &NamedList, special_use: bool) {
        self.lowering.list_numbers += 1;
        let number = self.lowering.list_numbers;
        self.cold(list.field, EntryKey::Bytes(Key::List, &number.to_le_bytes()), &list.place);
        let label = Label { list: number, ..self.label(list.role) };
        let excepts = list.role == Role::Excepted;
        for item in &list.items {
            match item {
                ListItem::Domain(key) => {
                    let condition =
                        if excepts { Condition::ExceptDomains } else { Condition::Domains };
                    self.condition(condition);
                    // Exceptions are always compared in full.
                    self.tables().domains.push((key.clone(), label, !excepts));
                }
                ListItem::Network(network) => self.network(*network, label),
                ListItem::Endpoint(ip, _) if !excepts && !special_use && is_special(&host(*ip)) => {
                }
                ListItem::Endpoint(ip, port) => self.endpoint(*ip, *port, label),
                // Programs and digests belong to exec events.
                ListItem::Name(_) | ListItem::Digest(_) => {}
            }
        }
    }

    fn endpoint(&mut self, ip: Ip, port: u16, label: Label) {
        let excepts = label.role == Role::Excepted;
        self.condition(if excepts { Condition::ExceptNetworks } else { Condition::Networks });
        let mut key = AddressKey::new(ip);
        let address = key.address().to_vec();
        let endpoint = key.with_port(port).to_vec();
        let endpoints = &mut self.tables().endpoints;
        endpoints.push((Tag::Endpoint, endpoint, label));
        if !excepts {
            endpoints.push((Tag::EndpointAddress, address, label));
        }
    }

    /// Has the endpoints of a list match on the rule's ports too.
    pub(super) fn further_ports(&mut self, list: &NamedList) {
        let label = Label { list: self.lowering.list_numbers, ..self.label(Role::Second) };
        for item in &list.items {
            if let ListItem::Endpoint(ip, _) = item {
                let address = AddressKey::new(*ip).address().to_vec();
                self.tables().endpoints.push((Tag::EndpointAddress, address, label));
            }
        }
    }

    /// Adds the programs of a list.
    pub(super) fn named_programs(&mut self, list: &NamedList) {
        let names = list.items.iter().filter_map(|item| match item {
            ListItem::Name(name) => Some(name.as_bytes().to_vec()),
            _ => None,
        });
        self.program_names(list.field, &list.place, names.collect());
    }

    pub(super) fn network(&mut self, network: Network, label: Label) {
        self.condition(match label.role {
            Role::Excepted => Condition::ExceptNetworks,
            _ => Condition::Networks,
        });
        self.tables().networks.push((network, label));
    }
}
