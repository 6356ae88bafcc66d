//! The addresses, names and ports of an event, one by one.

use crate::bytes::u16_at;
use crate::canonical::address::Ip;
use crate::canonical::domain::{Domain, Host};
use crate::decide::{AddressKey, Tables};
use crate::event::{Activity, Address, Event, Network};
use crate::matcher::address::mask;
use crate::matcher::text::Tag;

/// Whether `found` says yes to an address of the object; with `carried`, also to
/// IPv4 addresses inside.
fn any_address(event: &Event<'_>, carried: bool, mut found: impl FnMut(Ip) -> bool) -> bool {
    let mut test = |address: &Address<'_>| {
        Ip::new(address).is_ok_and(|ip| {
            let inner = ip.embedded().into_iter().flatten().map(Ip::V4);
            found(ip) || carried && inner.fold(false, |any, ip| any | found(ip))
        })
    };
    // A name may be an address.
    let given = match &event.activity {
        Activity::Network(network) => network.ip.as_ref().is_some_and(&mut test),
        Activity::Exec(exec) => exec.ip.as_ref().is_some_and(&mut test),
        Activity::Login(login) => login.source.as_ref().is_some_and(&mut test),
        Activity::Dns(dns) => dns.answers.iter().fold(false, |any, ip| any | test(ip)),
        _ => false,
    };
    given
        | any_host(event, |host| match host {
            Host::Address(ip) => found(ip),
            Host::Name(_) => false,
        })
}

/// Whether `found` says yes to a name of the object, or an address in its place.
fn any_host(event: &Event<'_>, mut found: impl FnMut(Host<'_>) -> bool) -> bool {
    let mut test = |name: &[u8]| Host::new(name).is_ok_and(&mut found);
    match &event.activity {
        Activity::Network(network) => network.domain.is_some_and(test),
        Activity::Dns(dns) => dns.cnames.iter().fold(test(dns.name), |any, name| any | test(name)),
        _ => false,
    }
}

/// Whether `found` says yes to a domain name of the object.
fn any_domain(event: &Event<'_>, mut found: impl FnMut(Domain<'_>) -> bool) -> bool {
    any_host(event, |host| match host {
        Host::Name(name) => found(name),
        Host::Address(_) => false,
    })
}

/// Whether a network, as its key says it, holds an address of the object.
pub(super) fn in_network(event: &Event<'_>, key: &[u8], carried: bool) -> bool {
    let Some((&length, address)) = key.split_first() else { return false };
    any_address(event, carried, |ip| match ip {
        Ip::V4(bits) => address.first_chunk().is_some_and(|network: &[u8; 4]| {
            let shift = 32u32.saturating_sub(u32::from(length));
            let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
            address.len() == 4 && u32::from_be_bytes(*network) == bits & mask
        }),
        Ip::V6(bits) => address
            .first_chunk()
            .is_some_and(|network: &[u8; 16]| u128::from_be_bytes(*network) == mask(bits, length)),
    })
}

/// Whether a domain entry, as its key says it, covers a name of the object.
pub(super) fn is_domain(event: &Event<'_>, key: &[u8]) -> bool {
    let Some((&covers, name)) = key.split_first() else { return false };
    any_domain(event, |domain| domain.is(name, covers & 1 != 0, covers & 2 != 0))
}

/// Whether the port of a connection is in a range, as its key says it.
pub(super) fn in_ports(event: &Event<'_>, key: &[u8]) -> bool {
    let Activity::Network(network) = &event.activity else { return false };
    network.port.is_some_and(|port| (u16_at(key, 0)..=u16_at(key, 1)).contains(&port))
}

/// Whether an outcome of the object's peers is one of `wanted`; with `carried`, also
/// of IPv4 addresses inside. Of an endpoint with another port it must be one of
/// `further`.
pub(super) fn any_outcome(
    tables: &Tables<'_>,
    event: &Event<'_>,
    carried: bool,
    wanted: impl Fn(u32) -> bool,
    further: impl Fn(u32) -> bool,
) -> bool {
    let any_endpoint = |network: &Network<'_>, ip| {
        let mut key = AddressKey::new(ip);
        let any_port = tables.endpoints().find(Tag::EndpointAddress, key.address());
        match network.port {
            None => wanted(any_port),
            Some(port) => {
                further(any_port)
                    || wanted(tables.endpoints().find(Tag::Endpoint, key.with_port(port)))
            }
        }
    };
    any_address(event, carried, |ip| {
        wanted(tables.addresses().find(ip))
            || matches!(&event.activity, Activity::Network(network) if any_endpoint(network, ip))
    }) || any_domain(event, |name| {
        let mut any = false;
        tables.domains().search(name, |outcome| any |= wanted(outcome));
        tables.feeds().search(name, |outcome| any |= wanted(outcome));
        any
    })
}
