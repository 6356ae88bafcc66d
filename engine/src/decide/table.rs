//! One table looked up by itself, for benches that race it with what could be used
//! in its place; no part of the interface. An enforcer asks [`Engine::decide`].

use super::Tables;
use super::names;
use crate::canonical::address::Ip;
use crate::canonical::domain::Domain;
use crate::canonical::names::PathName;
use crate::engine::Engine;
use crate::event::{Address, Base, Kind};
use crate::matcher::rows::Rows;

/// The tables of one kind of events. Knows about the first 64 rules only.
pub struct Lookup<'e> {
    tables: Tables<'e>,
    rows: Rows<'e, 1>,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// The tables of a kind.
    pub fn lookup(&self, kind: Kind) -> Lookup<'_> {
        let tables = self.tables(kind);
        Lookup { tables, rows: tables.window(0) }
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
        Ip::new(address).is_ok_and(|ip| self.tables.addresses().find(ip) != 0)
    }

    /// Whether some rule names a domain name, or one above it.
    pub fn domain(&self, name: &[u8]) -> bool {
        Domain::new(name, false).is_ok_and(|name| {
            let mut found = false;
            self.tables.domains().search(name, |_| found = true);
            self.tables.feeds().search(name, |_| found = true);
            found
        })
    }

    /// Whether a text contains a secret.
    pub fn secret(&self, text: &[u8]) -> bool {
        self.tables.secrets().any(text)
    }
}
