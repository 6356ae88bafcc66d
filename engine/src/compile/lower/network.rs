//! Controls on network and DNS events.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::lists::{Exceptions, NamedList, Owner};
use super::special::special_use;
use super::{Draft, Lowering};
use crate::bundle::Platform;
use crate::canonical::address::Ip;
use crate::compile::address::Network;
use crate::compile::cold::EntryKey;
use crate::compile::domain::DomainKey;
use crate::compile::outcome::{Label, Role};
use crate::control::Control as Name;
use crate::decide::network::number;
use crate::diagnostic::{Code, quoted};
use crate::event::{Direction, Kind, Protocol};
use crate::explain::{Key, List};
use crate::hash::hash;
use crate::matcher::rows::Condition;
use crate::policy::control::{
    BlockCryptocurrencyMining, DnsIpReputation, NetworkBlock, PortRange, PortScanDetection,
    ReverseShellBlock,
};
use crate::policy::list::{ListItem, Reading, parse};
use crate::policy::network::NetworkError;
use crate::policy::preset::network::{NETWORK_PRESETS, network_preset};
use crate::policy::{Entry, ListFormat, Policy, Span, domain, network};
use crate::state::scan::ScanLimits;
use crate::watch::ScanWatch;

impl<'p> Lowering<'p> {
    pub(super) fn dns_ip_reputation(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p DnsIpReputation,
    ) {
        let control = Name::DnsIpReputation;
        let owner = Owner { policy, control };
        let mut lists = self.lists(owner, List::Lists, &own.lists, Role::Listed);
        lists.extend(self.lists(owner, List::ExceptLists, &own.except_lists, Role::Excepted));
        let mut exceptions = Exceptions::default();
        exceptions.lists(&lists);
        for kind in [Kind::Dns, Kind::Network] {
            let mut draft = self.draft((index, policy), (control, true), kind);
            draft.peers();
            draft.except(&own.except_domains, &own.except_networks, &mut exceptions);
            lists.iter().for_each(|list| draft.named_list(list, own.include_special_use));
            if !own.include_special_use {
                draft.unlist_special_use();
            }
        }
        self.count_lists(owner, &lists, &exceptions, own.include_special_use);
    }

    pub(super) fn block_cryptocurrency_mining(
        &mut self,
        index: u32,
        policy: &'p Policy,
        span: Span,
        own: &'p BlockCryptocurrencyMining,
    ) {
        let control = Name::BlockCryptocurrencyMining;
        let owner = Owner { policy, control };
        let mut lists = self.lists(owner, List::Lists, &own.lists, Role::Listed);
        if own.builtin {
            for (name, text, format) in [
                ("builtin domains", MINING_DOMAINS, ListFormat::Domains),
                ("builtin endpoints", MINING_ENDPOINTS, ListFormat::Endpoints),
            ] {
                let reading = Reading { format, below: true, exceptions: false };
                let items = parse(text.as_bytes(), reading).items;
                lists.push(self.builtin_list(owner, name, span, items));
            }
        }
        let mut exceptions = Exceptions::default();
        let peers = |list: &NamedList| list.has(|item| !matches!(item, ListItem::Name(_)));
        if lists.iter().any(peers) {
            for kind in [Kind::Dns, Kind::Network] {
                let mut draft = self.draft((index, policy), (control, true), kind);
                draft.peers();
                draft.except(&own.except_domains, &own.except_networks, &mut exceptions);
                for list in &lists {
                    draft.named_list(list, true);
                    if kind == Kind::Network && list.is_builtin() {
                        draft.further_ports(list);
                    }
                }
                if own.builtin && kind == Kind::Network {
                    draft.mining_ports();
                }
            }
        }
        self.count_lists(owner, &lists, &exceptions, true);
        if own.programs {
            let format = ListFormat::Names;
            let reading = Reading { format, below: false, exceptions: false };
            let mut items = parse(MINING_PROGRAMS.as_bytes(), reading).items;
            if policy.platform == Platform::Windows {
                // Nothing else ever adds it.
                let with_suffix = items.iter().filter_map(|item| match item {
                    ListItem::Name(name) => Some(ListItem::Name(format!("{name}.exe"))),
                    _ => None,
                });
                items.extend(with_suffix.collect::<Vec<_>>());
            }
            lists.push(self.builtin_list(owner, "builtin programs", span, items));
        }
        let programs = |list: &NamedList| list.has(|item| matches!(item, ListItem::Name(_)));
        if lists.iter().any(programs) {
            let mut draft = self.draft((index, policy), (control, true), Kind::Exec);
            lists.iter().filter(|list| programs(list)).for_each(|list| draft.named_programs(list));
            draft.actors(&own.actors);
        }
    }

    pub(super) fn network_block(&mut self, index: u32, policy: &'p Policy, own: &'p NetworkBlock) {
        let control = Name::NetworkBlock;
        let lists_peers =
            !own.networks.is_empty() || !own.domains.is_empty() || !own.presets.is_empty();
        // A look-up has neither port nor protocol, and goes out.
        let outbound = own.directions.is_empty()
            || own.directions.iter().any(|direction| direction.value == Direction::Outbound);
        let looks_up = lists_peers && own.ports.is_empty() && own.protocols.is_empty() && outbound;
        for kind in [Kind::Dns, Kind::Network] {
            if kind == Kind::Dns && !looks_up {
                continue;
            }
            let mut draft = self.draft((index, policy), (control, true), kind);
            if !lists_peers {
                draft.condition(Condition::AnyObject);
            }
            draft.networks(List::Networks, &own.networks, Role::Listed);
            draft.domains(List::Domains, &own.domains, Role::Listed);
            draft.network_presets(&own.presets);
            let mut exceptions = Exceptions::default();
            draft.except(&own.except_domains, &own.except_networks, &mut exceptions);
            draft.warn_swallowed(own, &exceptions);
            if kind == Kind::Network {
                let directions = own.directions.iter().map(|direction| direction.value);
                let protocols = own.protocols.iter().map(|protocol| protocol.value);
                draft.acts_on_connections(
                    &directions.collect::<Vec<_>>(),
                    &protocols.collect::<Vec<_>>(),
                );
                draft.ports(&own.ports, lists_peers);
            }
            draft.actors(&own.actors);
        }
    }

    pub(super) fn port_scan_detection(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p PortScanDetection,
    ) {
        let control = (Name::PortScanDetection, false);
        let mut draft = self.draft((index, policy), control, Kind::Network);
        draft.anyone();
        let rule = draft.rule as usize;
        let (max_ports, max_hosts, window) = (own.max_ports, own.max_hosts, own.window);
        let said = format!("{}\0{max_ports}\0{max_hosts}\0{window}", policy.name.text);
        let limits = ScanLimits { max_ports, max_hosts, window };
        let watch = ScanWatch { rule, identity: hash(1, said.as_bytes()), limits };
        self.watches.extend(watch.record());
    }

    pub(super) fn reverse_shell_block(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p ReverseShellBlock,
    ) {
        for kind in [Kind::Exec, Kind::Network] {
            let control = (Name::ReverseShellBlock, true);
            let mut draft = self.draft((index, policy), control, kind);
            draft.networks(List::ExceptNetworks, &own.except_networks, Role::Excepted);
            if kind == Kind::Exec {
                draft.condition(Condition::Sockets);
            } else {
                draft.condition(Condition::AnyObject);
                draft.condition(Condition::Shells);
                draft.condition(Condition::AnyPort);
                draft.acts_on_connections(&[Direction::Outbound], &[]);
            }
            draft.actors(&own.actors);
        }
    }
}

/// Names of mining pools and of scripts that mine in browsers.
const MINING_DOMAINS: &str = include_str!("../../../presets/mining-domains.txt");
/// Addresses and ports of mining pools.
const MINING_ENDPOINTS: &str = include_str!("../../../presets/mining-endpoints.txt");
/// Ports that pools use; alone they say nothing.
const MINING_PORTS: &str = include_str!("../../../presets/mining-ports.txt");
/// Names of programs that mine.
const MINING_PROGRAMS: &str = include_str!("../../../presets/mining-programs.txt");

impl Draft<'_, '_> {
    /// A rule about peers of every direction, protocol and port, whoever asks.
    fn peers(&mut self) {
        self.condition(Condition::AnyUser);
        self.condition(Condition::AnyProcess);
        if self.kind == Kind::Network {
            self.condition(Condition::AnyPort);
            self.acts_on_connections(&[], &[]);
        }
    }

    pub(super) fn acts_on_connections(&mut self, directions: &[Direction], protocols: &[Protocol]) {
        let chosen =
            |directions: &[Direction], one| directions.is_empty() || directions.contains(&one);
        for &direction in Direction::ALL.iter().filter(|&&one| chosen(directions, one)) {
            // A protocol that is not known could be any.
            self.operation(number(direction, None));
            for &protocol in Protocol::ALL {
                if protocols.is_empty() || protocols.contains(&protocol) {
                    self.operation(number(direction, Some(protocol)));
                }
            }
        }
    }

    fn ports(&mut self, ports: &[PortRange], lists_peers: bool) {
        if ports.is_empty() {
            self.condition(Condition::AnyPort);
            return;
        }
        if lists_peers {
            self.condition(Condition::PortsOfPeers);
        }
        let label = self.label(Role::Listed);
        for range in ports {
            let text = if range.first == range.last {
                range.first.to_string()
            } else {
                format!("{}-{}", range.first, range.last)
            };
            let mut key = [0; 4];
            key[..2].copy_from_slice(&range.first.to_le_bytes());
            key[2..].copy_from_slice(&range.last.to_le_bytes());
            let entry = Entry { text, span: range.span };
            self.cold(List::Ports, EntryKey::Bytes(Key::Ports, &key), &entry);
            self.tables().ports.push((range.first, range.last, label));
        }
    }

    /// Ports on which an address of a mining pool is one, whatever its own.
    fn mining_ports(&mut self) {
        let label = self.label(Role::Listed);
        let lines = MINING_PORTS.lines().filter_map(|line| line.trim().parse().ok());
        let ports: Vec<u16> = lines.collect();
        self.tables().ports.extend(ports.into_iter().map(|port| (port, port, label)));
    }

    pub(super) fn networks(&mut self, list: List, entries: &[Entry], role: Role) -> Vec<Network> {
        let mut all = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match network::parse(&entry.text) {
                Ok(network) => {
                    let label = self.label(role);
                    let key = network_key(&network);
                    self.cold(list, EntryKey::Bytes(Key::Network, &key), entry);
                    self.network(network, label);
                    if network.length == 0 && role == Role::Excepted {
                        let family = match network.address {
                            Ip::V4(_) => "IPv4",
                            Ip::V6(_) => "IPv6",
                        };
                        let message =
                            format!("{} excepts every {family} address", quoted(&entry.text));
                        self.report(Code::Swallowed, list, index, entry, message);
                    }
                    all.push(network);
                }
                Err(error) => {
                    let message = format!("{} {error}", quoted(&entry.text));
                    let code = Code::NetworkSyntax;
                    let diagnostic = self.about(code, list, index, entry, message);
                    self.lowering.push(match error {
                        NetworkError::HostBits(network) => {
                            diagnostic.replacing_word(&entry.text, &network::written(&network))
                        }
                        NetworkError::Syntax if domain::parse(&entry.text).is_ok() => {
                            diagnostic.with_help("names belong among `domains`")
                        }
                        NetworkError::Syntax => diagnostic
                            .with_help("write ranges as networks, numbers without leading zeros"),
                        _ => diagnostic,
                    });
                }
            }
        }
        all
    }

    fn domains(&mut self, list: List, entries: &[Entry], role: Role) -> Vec<DomainKey> {
        let mut all = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match domain::parse(&entry.text) {
                Ok(key) => {
                    let label = self.label(role);
                    self.domain(list, entry, key.clone(), label);
                    all.push(key);
                }
                Err(error) => {
                    let message = format!("{} {error}", quoted(&entry.text));
                    self.report(Code::DomainSyntax, list, index, entry, message);
                }
            }
        }
        all
    }

    pub(super) fn domain(&mut self, list: List, entry: &Entry, key: DomainKey, label: Label) {
        let excepts = label.role == Role::Excepted;
        self.condition(if excepts { Condition::ExceptDomains } else { Condition::Domains });
        self.cold(list, EntryKey::Bytes(Key::Domain, &domain_key(&key)), entry);
        self.tables().domains.push((key, label, false));
    }

    fn except(&mut self, domains: &[Entry], networks: &[Entry], exceptions: &mut Exceptions) {
        for key in self.domains(List::ExceptDomains, domains, Role::Excepted) {
            exceptions.name(&key);
        }
        for network in self.networks(List::ExceptNetworks, networks, Role::Excepted) {
            exceptions.network(network);
        }
    }

    /// An exception that takes a whole entry away is perhaps a mistake.
    fn warn_swallowed(&mut self, own: &NetworkBlock, exceptions: &Exceptions) {
        let networks = own.networks.iter().enumerate().filter(|(_, entry)| {
            network::parse(&entry.text).is_ok_and(|network| exceptions.cover_network(&network))
        });
        let domains = own.domains.iter().enumerate().filter(|(_, entry)| {
            domain::parse(&entry.text).is_ok_and(|key| exceptions.cover_name(&key))
        });
        let networks = networks.map(|(index, entry)| (List::Networks, index, entry));
        let domains = domains.map(|(index, entry)| (List::Domains, index, entry));
        for (list, index, entry) in networks.chain(domains) {
            let message = format!("{} is excepted as a whole", quoted(&entry.text));
            self.report(Code::Swallowed, list, index, entry, message);
        }
    }

    fn network_presets(&mut self, names: &[Entry]) {
        for (index, entry) in names.iter().enumerate() {
            let Some(preset) = network_preset(&entry.text) else {
                self.unknown_preset(index, entry, NETWORK_PRESETS.iter().map(|preset| preset.name));
                continue;
            };
            let label = self.label(Role::Listed);
            for network in preset.networks.iter().filter_map(|text| network::parse(text).ok()) {
                let key = network_key(&network);
                self.cold(List::Presets, EntryKey::Bytes(Key::Network, &key), entry);
                self.network(network, label);
            }
            for key in preset.domains.iter().filter_map(|text| domain::parse(text).ok()) {
                self.domain(List::Presets, entry, key, label);
            }
        }
    }

    fn unlist_special_use(&mut self) {
        let label = self.label(Role::Unlisted);
        self.tables().networks.extend(special_use().map(|network| (network, label)));
    }
}

/// As compared by `explain`: the length, then the bytes of the address.
fn network_key(network: &Network) -> Vec<u8> {
    let mut bytes = [0; 16];
    let mut key = Vec::from([network.length]);
    key.extend_from_slice(network.address.key(&mut bytes));
    key
}

/// As compared by `explain`: what is covered (bit 0 the name, bit 1 what is
/// below), then the name.
fn domain_key(key: &DomainKey) -> Vec<u8> {
    let mut bytes = Vec::from([u8::from(key.at) | u8::from(key.below) << 1]);
    bytes.extend_from_slice(&key.name);
    bytes
}
