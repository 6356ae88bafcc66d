//! Lowering: what each control means, as rules.
//!
//! One file per kind of event turns the controls that act on it into
//! [`LoweredRule`]s: conditions, patterns and keys. Nothing here knows how a
//! table looks.

mod actor;
mod exec;
mod file;
mod honeypot;
pub(crate) mod lists;
mod login;
mod network;
mod overlap;
mod path;
mod registry;
mod special;
mod swallow;
mod system;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::cold::{Cold, EntryKey};
use super::outcome::{Label, Role};
use crate::compile::address::Network;
use crate::compile::domain::DomainKey;
use crate::compile::path::Above;
use crate::control::Control as Name;
use crate::decide::rule::{CAN_BLOCK, DELETES, ENFORCES, NEVER, RECORD};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::event::Kind;
use crate::explain::List;
use crate::matcher::rows::Condition;
use crate::matcher::text::Tag;
use crate::policy::glob::Glob;
use crate::policy::{Control, Entry, Mode, Policy, Span};
use lists::ListReport;

/// What controls of the registry list.
macro_rules! keys {
    ($own:expr) => {
        registry::Keys {
            operations: &$own.operations,
            keys: &$own.keys,
            values: &$own.values,
            presets: &$own.presets,
            except_keys: &$own.except_keys,
            actors: &$own.actors,
        }
    };
}

/// The rules of one kind of event, with all they look at.
#[derive(Debug, Default)]
pub(crate) struct KindRules {
    pub(crate) rules: Vec<LoweredRule>,
    pub(crate) objects: Vec<Pattern>,
    pub(crate) processes: Vec<Pattern>,
    pub(crate) users: Vec<(Tag, Vec<u8>, Label)>,
    pub(crate) digests: Vec<(Vec<u8>, Label)>,
    pub(crate) groups: Vec<(Tag, Vec<u8>, Label)>,
    /// With whether a name is stored as a fingerprint.
    pub(crate) domains: Vec<(DomainKey, Label, bool)>,
    pub(crate) networks: Vec<(Network, Label)>,
    pub(crate) endpoints: Vec<(Tag, Vec<u8>, Label)>,
    pub(crate) ports: Vec<(u16, u16, Label)>,
    pub(crate) credentials: Vec<(Tag, Vec<u8>, Label)>,
    pub(crate) secrets: Vec<(Vec<u8>, Label)>,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct LoweredRule {
    pub(crate) policy: u32,
    pub(crate) control: Name,
    pub(crate) can_block: bool,
    /// A match that blocks wants the file deleted.
    pub(crate) deletes: bool,
    /// Numbers of [`Condition`]s and operations, in any order.
    pub(crate) conditions: Vec<usize>,
    /// The policy's scope.
    pub(crate) scope: u16,
    /// The policy enforces.
    pub(crate) enforces: bool,
    /// When the policy begins to.
    pub(crate) enforce_after: Option<u64>,
}

impl LoweredRule {
    /// As specified in `decide/rule.rs`.
    pub(crate) fn record(&self) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        record[0..4].copy_from_slice(&self.policy.to_le_bytes());
        record[4..6].copy_from_slice(&self.scope.to_le_bytes());
        record[6] = self.control as u8;
        record[7] =
            [(self.can_block, CAN_BLOCK), (self.enforces, ENFORCES), (self.deletes, DELETES)]
                .into_iter()
                .filter(|(set, _)| *set)
                .fold(0, |flags, (_, flag)| flags | flag);
        record[8..16].copy_from_slice(&self.enforce_after.unwrap_or(NEVER).to_le_bytes());
        record
    }
}

/// A glob and what a match of it means.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) glob: Glob,
    pub(crate) label: Label,
    /// What a match of a directory above means, if anything.
    pub(crate) above: Option<Above>,
    /// Which of [`Lowering::places`] it was written at.
    pub(crate) place: u32,
}

/// Turns policies into rules.
pub(crate) struct Lowering<'p> {
    pub(crate) kinds: Vec<KindRules>,
    pub(crate) cold: Cold,
    pub(crate) diagnostics: Diagnostics,
    /// Where patterns were written, for errors found while building tables.
    pub(crate) places: Vec<Place<'p>>,
    /// Records of controls over time.
    pub(crate) watches: Vec<u8>,
    pub(crate) decoys: Vec<u8>,
    /// What became of named lists.
    pub(crate) list_reports: Vec<ListReport>,
    /// How many uses of named lists have been numbered.
    list_numbers: u32,
    /// The contents of named lists, by policy and name.
    contents: &'p BTreeMap<(String, String), Vec<u8>>,
    /// The scope of the policy being lowered.
    scope: u16,
}

/// Where an entry was written.
#[derive(Clone, Debug)]
pub(crate) struct Place<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) field: String,
    pub(crate) entry: Entry,
}

/// The rule being lowered.
struct Draft<'l, 'p> {
    lowering: &'l mut Lowering<'p>,
    policy: &'p Policy,
    control: &'static str,
    kind: Kind,
    rule: u32,
}

impl<'p> Lowering<'p> {
    pub(crate) fn new(contents: &'p BTreeMap<(String, String), Vec<u8>>) -> Self {
        Lowering {
            contents,
            watches: Vec::new(),
            decoys: Vec::new(),
            list_reports: Vec::new(),
            list_numbers: 0,
            kinds: Kind::ALL.iter().map(|_| KindRules::default()).collect(),
            cold: Cold::default(),
            diagnostics: Diagnostics::default(),
            places: Vec::new(),
            scope: 0,
        }
    }

    /// Lowers every control of a policy, in the order of the document.
    pub(crate) fn policy(&mut self, index: u32, policy: &'p Policy, scope: u16) {
        self.scope = scope;
        self.cold.policy(policy, scope);
        for control in &policy.controls {
            match &control.value {
                Control::FileBlock(own) => {
                    self.file_block(index, policy, own);
                }
                Control::FileIntegrityMonitoring(own) => {
                    self.file_integrity_monitoring(index, policy, own);
                }
                Control::ReadOnlyFiles(own) => self.read_only_files(index, policy, own),
                Control::BlockMaliciousExecutables(own) => {
                    self.block_malicious_executables(index, policy, own);
                }
                Control::ExecutablesBlocked(own) => self.executables_blocked(index, policy, own),
                Control::ExecutablesAllowed(own) => self.executables_allowed(index, policy, own),
                Control::FilelessExecutionBlock(own) => {
                    self.fileless_execution_block(index, policy, own);
                }
                Control::PortScanDetection(own) => self.port_scan_detection(index, policy, own),
                Control::Honeypot(own) => self.honeypot(index, policy, own),
                Control::BruteForceLoginDetection(own) => {
                    self.brute_force_login_detection(index, policy, own);
                }
                Control::Forensics(own) => self.forensics(index, policy, own),
                Control::BlockCryptocurrencyMining(own) => {
                    self.block_cryptocurrency_mining(index, policy, control.span, own);
                }
                Control::DnsIpReputation(own) => self.dns_ip_reputation(index, policy, own),
                Control::NetworkBlock(own) => self.network_block(index, policy, own),
                Control::ReverseShellBlock(own) => self.reverse_shell_block(index, policy, own),
                Control::OsUsersAndGroupsAllowed(own) => {
                    let control = Name::OsUsersAndGroupsAllowed;
                    self.os_users_and_groups(index, policy, (control, &own.users, &own.groups));
                }
                Control::OsUsersAndGroupsBlocked(own) => {
                    let control = Name::OsUsersAndGroupsBlocked;
                    self.os_users_and_groups(index, policy, (control, &own.users, &own.groups));
                }
                Control::SystemIntegrityMonitoring(own) => {
                    self.system_integrity_monitoring(index, policy, own);
                }
                Control::RealtimeMalwareProtection(own) => {
                    self.realtime_malware_protection(index, policy, own);
                }
                Control::WindowsRegistryMonitoring(own) => {
                    let control = (Name::WindowsRegistryMonitoring, false);
                    self.registry(index, policy, control, &keys!(own));
                }
                Control::WindowsRegistryProtection(own) => {
                    let control = (Name::WindowsRegistryProtection, true);
                    self.registry(index, policy, control, &keys!(own));
                }
            }
        }
    }

    fn report(&mut self, policy: &Policy, span: Span, code: Code, field: String, message: String) {
        self.push(Diagnostic::new(code, &policy.source, span, message).in_field(field));
    }

    /// Adds a diagnostic, once: a control on two kinds of events reads its
    /// entries twice.
    fn push(&mut self, diagnostic: Diagnostic) {
        if !self.diagnostics.iter().any(|known| *known == diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Starts a rule.
    fn draft<'l>(
        &'l mut self,
        policy: (u32, &'p Policy),
        control: (Name, bool),
        kind: Kind,
    ) -> Draft<'l, 'p> {
        let (index, policy) = policy;
        let (control, can_block) = control;
        let rules = &mut self.kinds[kind as usize].rules;
        let rule = rules.len() as u32;
        rules.push(LoweredRule {
            policy: index,
            control,
            can_block,
            deletes: false,
            conditions: Vec::from([Condition::Always as usize]),
            scope: self.scope,
            enforces: policy.mode == Mode::Enforce,
            enforce_after: policy.enforce_after,
        });
        Draft { lowering: self, policy, control: control.as_str(), kind, rule }
    }
}

impl<'p> Draft<'_, 'p> {
    fn tables(&mut self) -> &mut KindRules {
        &mut self.lowering.kinds[self.kind as usize]
    }

    fn condition(&mut self, condition: Condition) {
        self.condition_number(condition as usize);
    }

    fn operation(&mut self, operation: usize) {
        self.condition_number(Condition::Operations as usize + operation);
    }

    fn condition_number(&mut self, number: usize) {
        let rule = self.rule as usize;
        let conditions = &mut self.tables().rules[rule].conditions;
        // Every entry says it again.
        if !conditions.contains(&number) {
            conditions.push(number);
        }
    }

    fn deletes(&mut self) {
        let rule = self.rule as usize;
        self.tables().rules[rule].deletes = true;
    }

    fn is_allow_list(&mut self) -> bool {
        let rule = self.rule as usize;
        self.tables().rules[rule].conditions.contains(&(Condition::AllowList as usize))
    }

    fn label(&self, role: Role) -> Label {
        Label::new(self.rule, role)
    }

    /// Remembers where patterns come from.
    fn place(&mut self, list: List, index: usize, entry: &Entry) -> u32 {
        let field = self.field(list, index);
        self.lowering.places.push(Place { policy: self.policy, field, entry: entry.clone() });
        self.lowering.places.len() as u32 - 1
    }

    fn field(&self, list: List, index: usize) -> String {
        format!("controls.{}.{list}[{index}]", self.control)
    }

    fn cold(&mut self, list: List, key: EntryKey<'_>, entry: &Entry) {
        let source = &self.policy.source.name;
        self.lowering.cold.entry(self.kind, self.rule, list, key, source, entry);
    }

    fn report(&mut self, code: Code, list: List, index: usize, entry: &Entry, message: String) {
        let diagnostic = self.about(code, list, index, entry, message);
        self.lowering.push(diagnostic);
    }

    /// A diagnostic about an entry, to be said more about and then pushed.
    fn about(
        &self,
        code: Code,
        list: List,
        index: usize,
        entry: &Entry,
        message: String,
    ) -> Diagnostic {
        Diagnostic::new(code, &self.policy.source, entry.span, message)
            .in_field(self.field(list, index))
    }
}
