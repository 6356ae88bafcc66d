//! What each control says about network and DNS events, and about programs
//! that talk to the network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use wardline::policy::control::Decoy;
use wardline::policy::{Control, Entry as Text, ListFormat, Policy};
use wardline::{Direction, Dns, Exec, Invalid, Kind, Network, Process, Protocol};

use super::peer::{self, Host, Set};
use super::{Truth, and, not, or};

/// The contents of lists, by policy and name.
pub type Contents = BTreeMap<(String, String), String>;

/// What a control lists and excepts, looked up once.
#[derive(Debug, Default)]
pub struct Peers {
    listed: Set,
    excepted: Set,
    /// Addresses of special use do not count as listed.
    drops_special: bool,
    /// Built-in endpoints, which match on these ports too.
    builtin: Set,
    mining_ports: Vec<u16>,
}

impl Peers {
    pub fn new(policy: &Policy, control: &Control, contents: &Contents) -> Peers {
        let mut peers = Peers::default();
        let text = |name: &Text| contents[&(policy.name.text.clone(), name.text.clone())].as_str();
        let plain = |entries: &'_ [Text]| -> Vec<String> {
            entries.iter().map(|entry| entry.text.clone()).collect()
        };
        let set = |domains: &[Text], networks: &[Text]| {
            Set::default()
                .domains(plain(domains).iter().map(String::as_str))
                .networks(plain(networks).iter().map(String::as_str))
        };
        match control {
            Control::NetworkBlock(own) => {
                peers.listed = set(&own.domains, &own.networks);
                if own.presets.iter().any(|preset| preset.text == "cloud-metadata") {
                    peers.listed =
                        peers.listed.networks(METADATA_ADDRESSES).domains(METADATA_NAMES);
                }
                peers.excepted = set(&own.except_domains, &own.except_networks);
            }
            Control::DnsIpReputation(own) => {
                peers.excepted = set(&own.except_domains, &own.except_networks);
                own.lists.iter().for_each(|name| {
                    peers.listed.list(policy, &name.text, text(name), false);
                });
                own.except_lists.iter().for_each(|name| {
                    peers.excepted.list(policy, &name.text, text(name), true);
                });
                peers.drops_special = !own.include_special_use;
            }
            Control::BlockCryptocurrencyMining(own) => {
                peers.excepted = set(&own.except_domains, &own.except_networks);
                own.lists.iter().for_each(|name| {
                    peers.listed.list(policy, &name.text, text(name), false);
                });
                if own.builtin {
                    peers.listed.lines(MINING_DOMAINS, ListFormat::Domains, true);
                    peers.listed.lines(MINING_ENDPOINTS, ListFormat::Endpoints, true);
                    peers.builtin.lines(MINING_ENDPOINTS, ListFormat::Endpoints, true);
                    let ports = MINING_PORTS.lines().filter_map(|line| line.parse().ok());
                    peers.mining_ports = ports.collect();
                }
                if own.programs {
                    peers.listed.lines(MINING_PROGRAMS, ListFormat::Names, false);
                    if policy.platform == wardline::Platform::Windows {
                        let plain = MINING_PROGRAMS.lines().filter(|line| !line.starts_with('#'));
                        let names: Vec<String> = plain.map(|name| format!("{name}.exe")).collect();
                        peers.listed.lines(&names.join("\n"), ListFormat::Names, false);
                    }
                }
            }
            Control::Honeypot(own) => {
                for decoy in &own.decoys {
                    if let Decoy::Domain(domain) = &decoy.value {
                        peers.listed = peers.listed.domains([domain.name.text.as_str()]);
                    }
                }
            }
            Control::BruteForceLoginDetection(own) => {
                peers.excepted = set(&[], &own.except_networks);
            }
            Control::ReverseShellBlock(own) => {
                peers.excepted = set(&[], &own.except_networks);
            }
            _ => {}
        }
        peers
    }

    /// Whether an address is excepted.
    pub fn excepts(&self, ip: IpAddr) -> bool {
        self.excepted.holds(ip)
    }

    fn address_listed(&self, ip: IpAddr) -> bool {
        let counts = |ip: &IpAddr| !(self.drops_special && peer::is_special(*ip));
        let all = [vec![ip], peer::carried(ip)].concat();
        all.into_iter().filter(counts).any(|ip| self.listed.holds(ip))
    }

    fn endpoint_listed(&self, ip: IpAddr, port: Option<u16>) -> bool {
        let counts = |ip: &IpAddr| !(self.drops_special && peer::is_special(*ip));
        let all = [vec![ip], peer::carried(ip)].concat();
        all.into_iter().filter(counts).any(|ip| match port {
            None => self.listed.endpoint_addresses.contains(&ip),
            Some(port) => {
                self.listed.endpoints.contains(&(ip, port))
                    || self.builtin.endpoint_addresses.contains(&ip)
                        && self.mining_ports.contains(&port)
            }
        })
    }

    /// An address by itself: listed and not excepted.
    fn denied(&self, ip: &Result<IpAddr, Invalid>) -> Truth {
        let (listed, excepted) = match ip {
            Ok(ip) => (Some(self.address_listed(*ip)), Some(self.excepted.holds(*ip))),
            Err(_) => {
                (unknown(self.listed.has_addresses()), unknown(self.excepted.has_addresses()))
            }
        };
        and([listed, not(excepted)])
    }

    /// What stands in place of a name, by itself: listed and not excepted.
    fn host_denied(&self, host: &Host) -> Truth {
        and([self.host_listed(host), not(self.host_excepted(host))])
    }

    fn host_listed(&self, host: &Host) -> Truth {
        self.host(&self.listed, host, |ip| self.address_listed(ip))
    }

    fn host_excepted(&self, host: &Host) -> Truth {
        self.host(&self.excepted, host, |ip| self.excepted.holds(ip))
    }

    /// What is no name could be any.
    fn host(&self, set: &Set, host: &Host, holds: impl Fn(IpAddr) -> bool) -> Truth {
        match host {
            Host::Name(name) => Some(set.covers(name)),
            Host::Address(ip) => Some(holds(*ip)),
            Host::Number => unknown(set.has_names() || set.has_addresses()),
            Host::Wrong => unknown(set.has_names()),
        }
    }

    fn excepted(&self, ip: &Result<IpAddr, Invalid>) -> Truth {
        match ip {
            Ok(ip) => Some(self.excepted.holds(*ip)),
            Err(_) => unknown(self.excepted.has_addresses()),
        }
    }
}

/// Not known if there is anything to be known.
fn unknown(any: bool) -> Truth {
    if any { None } else { Some(false) }
}

/// Whether a control has a rule for network events, or one for DNS events.
pub fn acts_on(control: &Control, peers: &Peers, kind: Kind) -> bool {
    let lists_peers = peers.listed.has_names() || peers.listed.has_addresses();
    match control {
        Control::NetworkBlock(own) => {
            let out = own.directions.is_empty()
                || own.directions.iter().any(|one| one.value == Direction::Outbound);
            let looks_up = own.ports.is_empty() && own.protocols.is_empty() && out && lists_peers;
            kind == Kind::Network || kind == Kind::Dns && looks_up
        }
        Control::PortScanDetection(_) => kind == Kind::Network,
        Control::DnsIpReputation(_) => matches!(kind, Kind::Network | Kind::Dns),
        Control::BlockCryptocurrencyMining(_) => match kind {
            Kind::Network | Kind::Dns => lists_peers,
            Kind::Exec => !peers.listed.programs.is_empty(),
            _ => false,
        },
        Control::ReverseShellBlock(_) => matches!(kind, Kind::Network | Kind::Exec),
        _ => false,
    }
}

/// The names of programs that a control lists.
pub fn programs(peers: &Peers) -> Vec<Text> {
    // As a pattern that means just that name.
    let quoted = |name: &String| match super::world::is_windows() {
        true => name.clone(),
        false => name.chars().flat_map(|c| ['\\', c]).collect(),
    };
    let text = |name: &String| Text { text: quoted(name), span: Default::default() };
    peers.listed.programs.iter().map(text).collect()
}

pub fn required_network(network: &Network<'_>) -> Option<Invalid> {
    match (&network.ip, network.domain) {
        (None, None) => Some(Invalid::MissingField),
        (ip, domain) => {
            let ip = ip.as_ref().and_then(|ip| peer::ip(ip).err());
            ip.or_else(|| domain.and_then(|domain| Host::new(domain).fault()))
        }
    }
}

pub fn required_dns(dns: &Dns<'_>) -> Option<Invalid> {
    Host::new(dns.name).fault()
}

pub fn network(
    control: &Control,
    peers: &Peers,
    network: &Network<'_>,
    process: &Process<'_>,
) -> Truth {
    let ip = match (&network.ip, network.domain) {
        (None, None) => Some(Err(Invalid::MissingField)),
        (ip, _) => ip.as_ref().map(peer::ip),
    };
    let name = match (&network.ip, network.domain) {
        (None, None) => Some(Host::Wrong),
        (_, name) => name.map(Host::new),
    };
    let no = Some(false);
    let endpoint_excepted = |ip: &IpAddr| {
        Some(network.port.is_some_and(|port| peers.excepted.endpoints.contains(&(*ip, port))))
    };
    let excepted = ip
        .as_ref()
        .map_or(no, |ip| or([peers.excepted(ip), ip.as_ref().map_or(no, endpoint_excepted)]));
    let name_excepted = name.as_ref().map_or(no, |name| match name {
        Host::Address(ip) => or([peers.host_excepted(name), endpoint_excepted(ip)]),
        name => peers.host_excepted(name),
    });
    let endpoint = match &ip {
        Some(Ok(ip)) => Some(peers.endpoint_listed(*ip, network.port)),
        _ => no,
    };
    let named_endpoint = match &name {
        Some(Host::Address(ip)) => Some(peers.endpoint_listed(*ip, network.port)),
        _ => no,
    };
    let listed = or([
        and([ip.as_ref().map_or(no, |ip| peers.denied(ip)), not(excepted)]),
        and([name.as_ref().map_or(no, |name| peers.host_listed(name)), not(name_excepted)]),
        and([endpoint, not(excepted)]),
        and([named_endpoint, not(name_excepted)]),
    ]);
    // Beside the address that is used, one in place of the name excuses itself alone.
    let excused = match &name {
        Some(Host::Address(_)) if ip.is_some() => no,
        _ => name_excepted,
    };
    let any = and([not(excepted), not(excused)]);
    match control {
        Control::NetworkBlock(own) => {
            let lists_peers = peers.listed.has_names() || peers.listed.has_addresses();
            let direction = own.directions.is_empty()
                || own.directions.iter().any(|one| one.value == network.direction);
            let protocol = own.protocols.is_empty()
                || network
                    .protocol
                    .is_none_or(|protocol| own.protocols.iter().any(|one| one.value == protocol));
            let port = match network.port {
                _ if own.ports.is_empty() => true,
                Some(port) => {
                    own.ports.iter().any(|range| (range.first..=range.last).contains(&port))
                }
                None => lists_peers && network.protocol != Some(Protocol::Icmp),
            };
            let object = if lists_peers { listed } else { any };
            and([Some(direction && protocol && port), object])
        }
        Control::ReverseShellBlock(_) => {
            let outbound = network.direction == Direction::Outbound;
            and([Some(outbound && is_shell(process)), any])
        }
        _ => listed,
    }
}

/// A look-up: every name and address that turns up, unless the name asked for
/// is excepted.
pub fn dns(peers: &Peers, dns: &Dns<'_>, read: &mut Vec<Invalid>) -> Truth {
    let asked = Host::new(dns.name);
    let mut all = vec![peers.host_listed(&asked)];
    for cname in dns.cnames {
        let cname = Host::new(cname);
        if cname.fault().is_some() && peers.host_listed(&cname).is_none() {
            read.push(Invalid::Domain);
        }
        all.push(peers.host_denied(&cname));
    }
    for answer in dns.answers {
        let ip = peer::ip(answer);
        if ip.is_err() && peers.listed.has_addresses() {
            read.push(Invalid::Address);
        }
        all.push(peers.denied(&ip));
    }
    and([or(all), not(peers.host_excepted(&asked))])
}

/// A program with a socket for its input or output.
pub fn socket(peers: &Peers, exec: &Exec<'_>, read: &mut Vec<Invalid>) -> Truth {
    if !exec.stdio_socket {
        return Some(false);
    }
    let ip = exec.ip.as_ref().map(peer::ip);
    if matches!(ip, Some(Err(_))) && peers.excepted.has_addresses() {
        read.push(Invalid::Address);
    }
    not(ip.map_or(Some(false), |ip| peers.excepted(&ip)))
}

fn is_shell(process: &Process<'_>) -> bool {
    let path =
        process.path.and_then(|path| super::path::canonical(path, &wardline::Base::NONE).ok());
    if super::world::is_windows() {
        let Some(path) = path else { return false };
        let names = [super::windows::loose(&path).pop(), super::windows::stream(&path)];
        return names.into_iter().flatten().any(|name| {
            SHELLS_WINDOWS.iter().any(|shell| shell.to_ascii_uppercase().as_bytes() == name)
        });
    }
    let name = path.and_then(|mut path| path.pop());
    name.is_some_and(|name| SHELLS.iter().any(|shell| shell.as_bytes() == name.as_slice()))
}

#[rustfmt::skip]
const SHELLS: &[&str] = &[
    "ash", "bash", "csh", "dash", "fish", "ksh", "ksh93", "mksh", "pwsh", "rbash", "sh", "tcsh",
    "yash", "zsh",
];
#[rustfmt::skip]
const SHELLS_WINDOWS: &[&str] = &[
    "bash.exe", "cmd.exe", "powershell.exe", "powershell_ise.exe", "pwsh.exe", "sh.exe", "wsl.exe",
];
#[rustfmt::skip]
const METADATA_ADDRESSES: [&str; 8] = [
    "169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23",
    "100.100.100.200", "192.0.0.192", "fd20:ce::254",
];
const METADATA_NAMES: [&str; 3] =
    ["metadata.google.internal", "metadata.goog", "metadata.azure.internal"];
const MINING_DOMAINS: &str = include_str!("../../presets/mining-domains.txt");
const MINING_ENDPOINTS: &str = include_str!("../../presets/mining-endpoints.txt");
const MINING_PORTS: &str = include_str!("../../presets/mining-ports.txt");
const MINING_PROGRAMS: &str = include_str!("../../presets/mining-programs.txt");
