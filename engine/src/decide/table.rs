//! One table looked up by itself, for benches that race it with what could be used
//! in its place; no part of the interface. An enforcer asks [`Engine::decide`].

use super::Tables;
use super::names;
use crate::canonical::address::Ip;
use crate::canonical::domain::Domain;
use crate::canonical::names::PathName;
use crate::engine::Engine;
use crate::event::{Address, Base, Kind};
use crate::matcher::address::AddressTable;
use crate::matcher::domain::{DomainTable, FeedTable};
use crate::matcher::rows::Rows;
use crate::matcher::substring::SubstringTable;

/// The tables of one kind of events. Knows about the first 64 rules only.
pub struct Lookup<'e> {
    tables: Tables<'e>,
    rows: Rows<'e, 1>,
    addresses: AddressTable<'e>,
    domains: DomainTable<'e>,
    feeds: FeedTable<'e>,
    secrets: SubstringTable<'e>,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// The tables of a kind.
    pub fn lookup(&self, kind: Kind) -> Lookup<'_> {
        let tables = self.tables(kind);
        Lookup {
            tables,
            rows: tables.window(0),
            addresses: tables.addresses(),
            domains: tables.domains(),
            feeds: tables.feeds(),
            secrets: tables.secrets(),
        }
    }
}

impl Lookup<'_> {
    /// Whether some rule lists a path.
    pub fn path(&self, path: &[u8]) -> bool {
        let path = PathName::from(path, &Base::NONE);
        let found = names::path(self.tables.names(), self.tables.objects(), &self.rows, &path);
        found.is_ok_and(|found| found.listed().yes != [0])
    }

    /// Whether some rule names an address.
    pub fn address(&self, address: &Address<'_>) -> bool {
        Ip::new(address).is_ok_and(|ip| self.addresses.find(ip) != 0)
    }

    /// Whether some rule names a domain name, or one above it.
    pub fn domain(&self, name: &[u8]) -> bool {
        Domain::new(name).is_ok_and(|name| {
            let mut found = false;
            self.domains.search(name, |_| found = true);
            self.feeds.search(name, |_| found = true);
            found
        })
    }

    /// Whether a text contains a secret.
    pub fn secret(&self, text: &[u8]) -> bool {
        self.secrets.any(text)
    }
}
