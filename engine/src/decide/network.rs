//! Network and DNS events: the peer by address, name and port.

use super::peer::{self, Peer};
use super::{Fault, Tables};
use crate::canonical::domain::Host;
use crate::decision::Invalid;
use crate::event::{Address, Direction, Dns, Network, Protocol};
use crate::matcher::rows::{Condition, Hits, Rows, Truth};

/// The number of a direction with a protocol in `Rows::operation`; a protocol
/// that is not known has its own, which every rule for that direction acts on.
pub(crate) const fn number(direction: Direction, protocol: Option<Protocol>) -> usize {
    let protocol = match protocol {
        Some(protocol) => protocol as usize,
        None => Protocol::ALL.len(),
    };
    (direction as usize).wrapping_mul(Protocol::ALL.len().wrapping_add(1)).wrapping_add(protocol)
}

/// Which rules a connection satisfies; `shells` are those about shells, if the
/// process is one.
pub(super) fn object<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    network: &Network<'_>,
    shell: bool,
) -> (Truth<W>, Option<Fault>) {
    let required = |code| Some(Fault { code, required: true });
    let ports = ports(tables, rows, network);
    let mut fault = None;
    let (mut listed, mut endpoints, mut excused) = (Truth::NO, Truth::NO, Truth::NO);
    if let Some(ip) = &network.ip {
        let (side, code) = addressed(tables, rows, network, ip, &ports);
        fault = code.and_then(required);
        (listed, endpoints) = (side.peer.denied(), side.endpoint_denied());
        excused = side.peer.excepted;
    }
    if let Some(name) = network.domain {
        let (side, excuses, code) = named(tables, rows, network, name, &ports);
        fault = Fault::worse(fault, code.and_then(required));
        listed = listed.or(side.peer.denied());
        endpoints = endpoints.or(side.endpoint_denied());
        excused = excused.or(excuses);
    } else if network.ip.is_none() {
        // Neither address nor name: it could be any.
        fault = required(Invalid::MissingField);
        let (address, name) = (Peer::unknown_address(rows), Peer::unknown_name(rows));
        listed = address.denied().or(name.denied());
        excused = address.excepted.or(name.excepted);
    }
    let any = Truth::known(rows.condition(Condition::AnyObject)).and(excused.not());
    let mut truth = listed.or(any).and(port(rows, network, &ports)).or(endpoints);
    if !shell {
        truth = truth.and(Truth::known(rows.condition(Condition::Shells)).not());
    }
    (truth, fault)
}

/// The peer at one address or under one name.
struct Side<const W: usize> {
    peer: Peer<W>,
    /// Listed together with its port.
    endpoint: Truth<W>,
}

impl<const W: usize> Side<W> {
    /// What excepts the endpoint excepts its address.
    fn new(mut peer: Peer<W>, endpoint: Peer<W>) -> Self {
        peer.excepted = peer.excepted.or(endpoint.excepted);
        Side { peer, endpoint: endpoint.listed }
    }

    fn endpoint_denied(&self) -> Truth<W> {
        self.endpoint.and(self.peer.excepted.not())
    }
}

/// Which rules the address satisfies.
fn addressed<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    network: &Network<'_>,
    ip: &Address<'_>,
    ports: &Hits<W>,
) -> (Side<W>, Option<Invalid>) {
    match peer::address(tables, rows, ip) {
        (peer, Ok(ip)) => {
            let endpoint = peer::endpoint(tables, rows, ip, network.port, ports);
            (Side::new(peer, endpoint), None)
        }
        (peer, Err(code)) => (Side::new(peer, Peer::ABSENT), Some(code)),
    }
}

/// Which rules the name satisfies, and which it excuses.
fn named<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    network: &Network<'_>,
    name: &[u8],
    ports: &Hits<W>,
) -> (Side<W>, Truth<W>, Option<Invalid>) {
    let (side, excuses, code) = match Host::new(name) {
        Ok(host @ Host::Name(_)) => {
            (Side::new(Peer::host(tables, rows, host), Peer::ABSENT), true, None)
        }
        Ok(host @ Host::Address(ip)) => {
            let endpoint = peer::endpoint(tables, rows, ip, network.port, ports);
            // Beside the address that is used, one in place of the name excuses
            // itself alone.
            (Side::new(Peer::host(tables, rows, host), endpoint), network.ip.is_none(), None)
        }
        Err(code) => (Side::new(Peer::unknown_host(rows, name), Peer::ABSENT), true, Some(code)),
    };
    let excused = if excuses { side.peer.excepted } else { Truth::NO };
    (side, excused, code)
}

/// Which rules list the port.
pub(crate) fn ports<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    network: &Network<'_>,
) -> Hits<W> {
    let mut ports = Hits::NONE;
    if let Some(port) = network.port {
        rows.add(tables.ports().find(port), &mut ports);
    }
    ports
}

/// Which rules the port satisfies. One that is not known could be any, but
/// ports alone say too little to go by.
pub(crate) fn port<const W: usize>(
    rows: &Rows<'_, W>,
    network: &Network<'_>,
    ports: &Hits<W>,
) -> Truth<W> {
    let any = Truth::known(rows.condition(Condition::AnyPort));
    let restricted = match (network.port, network.protocol) {
        (Some(_), _) => Truth::known(ports.listed),
        // Which has no ports.
        (None, Some(Protocol::Icmp)) => Truth::NO,
        (None, _) => Truth::known(rows.condition(Condition::PortsOfPeers)),
    };
    any.or(restricted)
}

/// Which rules a look-up satisfies. Every name and address that turns up counts;
/// an exception for the name that was asked for covers all of them.
pub(super) fn look_up<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    dns: &Dns<'_>,
) -> (Truth<W>, Option<Fault>) {
    let mut fault = None;
    let name = match Host::new(dns.name) {
        Ok(host) => Peer::host(tables, rows, host),
        Err(code) => {
            fault = Some(Fault { code, required: true });
            Peer::unknown_host(rows, dns.name)
        }
    };
    let read = |condition| rows.condition(condition) != [0; W];
    let mut denied = name.listed;
    for cname in dns.cnames {
        let peer = match Host::new(cname) {
            Ok(host) => Peer::host(tables, rows, host),
            Err(code) => {
                let peer = Peer::unknown_host(rows, cname);
                if peer.listed != Truth::NO {
                    fault = Fault::worse(fault, Some(Fault { code, required: false }));
                }
                peer
            }
        };
        denied = denied.or(peer.denied());
    }
    for answer in dns.answers {
        let (peer, ip) = peer::address(tables, rows, answer);
        if let Err(code) = ip
            && read(Condition::Networks)
        {
            fault = Fault::worse(fault, Some(Fault { code, required: false }));
        }
        denied = denied.or(peer.denied());
    }
    (denied.and(name.excepted.not()), fault)
}
