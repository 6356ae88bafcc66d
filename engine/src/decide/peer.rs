//! The other end of a connection or look-up: what tables of addresses and
//! names say about it.
//!
//! Each address and each name is an object with its own exceptions. An IPv4
//! address inside an IPv6 address is one more name that a list may hold; an
//! exception is about the address itself.

use super::Tables;
use crate::canonical::address::Ip;
use crate::canonical::domain::{Domain, Host, ends_in_number};
use crate::decision::Invalid;
use crate::event::Address;
use crate::matcher::address::AddressTable;
use crate::matcher::rows::{Condition, Hits, Rows, Truth};
use crate::matcher::text::Tag;

/// Which rules list an address or name, and which except it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer<const W: usize> {
    pub(super) listed: Truth<W>,
    pub(super) excepted: Truth<W>,
}

impl<const W: usize> Peer<W> {
    /// Nothing there to be listed.
    pub(super) const ABSENT: Self = Peer { listed: Truth::NO, excepted: Truth::NO };

    /// An address that could be any.
    pub(super) fn unknown_address(rows: &Rows<'_, W>) -> Self {
        Peer {
            listed: Truth::unknown(rows.condition(Condition::Networks)),
            excepted: Truth::unknown(rows.condition(Condition::ExceptNetworks)),
        }
    }

    /// A name that could be any.
    pub(super) fn unknown_name(rows: &Rows<'_, W>) -> Self {
        Peer {
            listed: Truth::unknown(rows.condition(Condition::Domains)),
            excepted: Truth::unknown(rows.condition(Condition::ExceptDomains)),
        }
    }

    /// What stands in place of a name and is none: it could be any, and one that ends in
    /// a number any address.
    pub(super) fn unknown_host(rows: &Rows<'_, W>, host: &[u8]) -> Self {
        let name = Peer::unknown_name(rows);
        if !ends_in_number(host.strip_suffix(b".").unwrap_or(host)) {
            return name;
        }
        let address = Peer::unknown_address(rows);
        Peer {
            listed: name.listed.or(address.listed),
            excepted: name.excepted.or(address.excepted),
        }
    }

    pub(super) fn address(tables: &Tables<'_>, rows: &Rows<'_, W>, ip: Ip) -> Self {
        let table = tables.addresses();
        let mut own = Hits::NONE;
        rows.add(table.find(ip), &mut own);
        let listed = Truth::known(own.listed);
        let listed = match ip.embedded() {
            NONE_INSIDE => listed,
            inside => listed.or(Truth::known(carried(table, rows, inside))),
        };
        Peer { listed, excepted: Truth::known(own.excepted) }
    }

    pub(super) fn host(tables: &Tables<'_>, rows: &Rows<'_, W>, host: Host<'_>) -> Self {
        match host {
            Host::Name(name) => Peer::name(tables, rows, name),
            Host::Address(ip) => Peer::address(tables, rows, ip),
        }
    }

    fn name(tables: &Tables<'_>, rows: &Rows<'_, W>, name: Domain<'_>) -> Self {
        let mut hits = Hits::NONE;
        tables.domains().search(name, |outcome| rows.add(outcome, &mut hits));
        tables.feeds().search(name, |outcome| rows.add(outcome, &mut hits));
        Peer { listed: Truth::known(hits.listed), excepted: Truth::known(hits.excepted) }
    }

    /// Listed and not excepted.
    pub(super) fn denied(self) -> Truth<W> {
        self.listed.and(self.excepted.not())
    }
}

/// What is inside of almost all addresses.
const NONE_INSIDE: [Option<u32>; 3] = [None; 3];

/// Which rules list one of the addresses inside of another.
#[inline(never)]
fn carried<const W: usize>(
    table: AddressTable<'_>,
    rows: &Rows<'_, W>,
    inside: [Option<u32>; 3],
) -> [u64; W] {
    let mut hits = Hits::NONE;
    for bits in inside.into_iter().flatten() {
        rows.add(table.find(Ip::V4(bits)), &mut hits);
    }
    hits.listed
}

/// Which rules except an address.
pub(super) fn excepts<const W: usize>(tables: &Tables<'_>, rows: &Rows<'_, W>, ip: Ip) -> [u64; W] {
    let mut hits = Hits::NONE;
    rows.add(tables.addresses().find(ip), &mut hits);
    hits.excepted
}

/// What an event says about an address, if it gives one.
pub(super) fn address<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    address: &Address<'_>,
) -> (Peer<W>, Result<Ip, Invalid>) {
    match Ip::new(address) {
        Ok(ip) => (Peer::address(tables, rows, ip), Ok(ip)),
        Err(code) => (Peer::unknown_address(rows), Err(code)),
    }
}

/// Which rules list an address together with a port, and which except it.
///
/// An address whose port is not known could be the listed endpoint, but not an
/// excepted one. Of some endpoints the rule lists further ports.
pub(super) fn endpoint<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    ip: Ip,
    port: Option<u16>,
    ports: &Hits<W>,
) -> Peer<W> {
    let table = tables.endpoints();
    if table.is_empty() {
        return Peer::ABSENT;
    }
    let carried = ip.embedded().map(|bits| bits.map(Ip::V4));
    let (mut found, mut excepted, mut own) = (Truth::NO, Truth::NO, true);
    for ip in [Some(ip)].into_iter().chain(carried).flatten() {
        let (mut any_port, mut exact) = (Hits::NONE, Hits::NONE);
        let mut key = Key::new(ip);
        rows.add(table.find(Tag::EndpointAddress, key.address()), &mut any_port);
        found = found.or(match port {
            None => Truth::known(any_port.listed),
            Some(port) => {
                rows.add(table.find(Tag::Endpoint, key.with_port(port)), &mut exact);
                let further = Truth::known(any_port.second).and(Truth::known(ports.listed));
                Truth::known(exact.listed).or(further)
            }
        });
        // What an address carries excepts nothing.
        if own {
            excepted = Truth::known(exact.excepted);
        }
        own = false;
    }
    Peer { listed: found, excepted }
}

/// The key of an address, alone or with a port.
pub(crate) struct Key {
    bytes: [u8; 18],
    address: usize,
}

impl Key {
    pub(crate) fn new(ip: Ip) -> Key {
        let mut bytes = [0; 18];
        let mut address = [0; 16];
        let key = ip.key(&mut address);
        for (to, from) in bytes.iter_mut().zip(key) {
            *to = *from;
        }
        Key { address: key.len(), bytes }
    }

    pub(crate) fn address(&self) -> &[u8] {
        self.bytes.get(..self.address).unwrap_or(&[])
    }

    pub(crate) fn with_port(&mut self, port: u16) -> &[u8] {
        let end = self.address.wrapping_add(2);
        if let Some(place) = self.bytes.get_mut(self.address..end) {
            for (to, from) in place.iter_mut().zip(port.to_be_bytes()) {
                *to = from;
            }
        }
        self.bytes.get(..end).unwrap_or(&[])
    }
}
