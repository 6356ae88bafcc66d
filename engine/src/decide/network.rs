//! Network and DNS events: the peer by address, name and port.

use super::peer::{self, Peer};
use super::{Fault, Tables};
use crate::canonical::domain::Host;
use crate::decision::Invalid;
use crate::event::{Direction, Dns, Network, Protocol};
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
    idna: bool,
    shell: bool,
) -> (Truth<W>, Option<Fault>) {
    let required = |code| Some(Fault { code, required: true });
    let ports = ports(tables, rows, network);
    let mut fault = None;
    let mut endpoint = Peer::ABSENT;
    let mut address = match &network.ip {
        // Neither address nor name: it could be any.
        None if network.domain.is_none() => Peer::unknown_address(rows),
        None => Peer::ABSENT,
        Some(ip) => match peer::address(tables, rows, ip) {
            (peer, Ok(ip)) => {
                endpoint = peer::endpoint(tables, rows, ip, network.port, &ports);
                peer
            }
            (peer, Err(code)) => {
                fault = required(code);
                peer
            }
        },
    };
    // Beside the address that is used, one in place of the name excuses itself alone.
    let mut excuses = true;
    let mut named_endpoint = Peer::ABSENT;
    let mut name = match network.domain.map(|name| (name, Host::new(name, idna))) {
        None if network.ip.is_none() => {
            fault = required(Invalid::MissingField);
            Peer::unknown_name(rows)
        }
        None => Peer::ABSENT,
        Some((_, Ok(host))) => {
            if let Host::Address(ip) = host {
                named_endpoint = peer::endpoint(tables, rows, ip, network.port, &ports);
                excuses = network.ip.is_none();
            }
            Peer::host(tables, rows, host)
        }
        Some((name, Err(code))) => {
            fault = Fault::worse(fault, required(code));
            Peer::unknown_host(rows, name)
        }
    };
    address.excepted = address.excepted.or(endpoint.excepted);
    name.excepted = name.excepted.or(named_endpoint.excepted);
    let mut any = Truth::known(rows.condition(Condition::AnyObject));
    any = any.and(address.excepted.not());
    if excuses {
        any = any.and(name.excepted.not());
    }
    let object = address.denied().or(name.denied()).or(any);
    let mut truth = object.and(port(rows, network, &ports));
    truth = truth.or(endpoint.listed.and(address.excepted.not()));
    truth = truth.or(named_endpoint.listed.and(name.excepted.not()));
    if !shell {
        truth = truth.and(Truth::known(rows.condition(Condition::Shells)).not());
    }
    (truth, fault)
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
    idna: bool,
) -> (Truth<W>, Option<Fault>) {
    let mut fault = None;
    let name = match Host::new(dns.name, idna) {
        Ok(host) => Peer::host(tables, rows, host),
        Err(code) => {
            fault = Some(Fault { code, required: true });
            Peer::unknown_host(rows, dns.name)
        }
    };
    let read = |condition| rows.condition(condition) != [0; W];
    let mut denied = name.listed;
    for cname in dns.cnames {
        let peer = match Host::new(cname, idna) {
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
