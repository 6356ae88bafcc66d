//! Domain names above ASCII, mapped by UTS 46 as every binding maps them before it
//! asks. Only with the compiler, which has the tables.

use std::borrow::Cow;
use std::vec::Vec;

use crate::event::{Of, wardline_activity, wardline_dns, wardline_event, wardline_network};
use crate::raw::{Items, wardline_bytes};
use crate::status::Checked;

/// The names of an event; those that can be mapped are.
pub(crate) struct Names<'a> {
    name: Option<Cow<'a, [u8]>>,
    cnames: Vec<Option<Cow<'a, [u8]>>>,
}

/// Whether an event has a name that is to be mapped.
#[inline]
pub(crate) fn any(of: &Of<'_, '_>) -> Checked<bool> {
    let above = |name: wardline_bytes<'_>| Ok(name.get()?.is_some_and(|name| !name.is_ascii()));
    match of {
        Of::Network(network) => above(network.domain),
        Of::Dns(dns) => {
            let cnames = dns.cnames.get()?.unwrap_or(&[]).iter();
            Ok(above(dns.name)? || cnames.map(|name| above(*name)).any(|above| above != Ok(false)))
        }
        _ => Ok(false),
    }
}

impl<'a> Names<'a> {
    /// Maps the names of an event.
    #[cold]
    pub(crate) fn map(of: &Of<'_, 'a>) -> Checked<Names<'a>> {
        let (name, cnames) = match of {
            Of::Network(network) => (network.domain, None),
            Of::Dns(dns) => (dns.name, dns.cnames.get()?),
            _ => (wardline_bytes::NONE, None),
        };
        let cnames = cnames.unwrap_or(&[]).iter().map(|name| mapped(*name));
        Ok(Names { name: mapped(name)?, cnames: cnames.collect::<Checked<_>>()? })
    }

    /// The names as C passes them.
    pub(crate) fn bytes(&self) -> Vec<wardline_bytes<'_>> {
        self.cnames.iter().map(|name| bytes(name.as_deref())).collect()
    }

    /// The event with the mapped names instead of its own.
    pub(crate) fn put_into<'n>(
        &'n self,
        event: &wardline_event<'n>,
        of: &Of<'_, 'n>,
        cnames: &'n [wardline_bytes<'n>],
    ) -> wardline_event<'n> {
        let name = bytes(self.name.as_deref());
        let of = match of {
            Of::Network(network) => {
                wardline_activity { network: wardline_network { domain: name, ..**network } }
            }
            Of::Dns(dns) => {
                let cnames = if cnames.is_empty() { dns.cnames } else { Items::new(cnames) };
                wardline_activity { dns: wardline_dns { name, cnames, ..**dns } }
            }
            _ => event.of,
        };
        wardline_event { of, ..*event }
    }
}

fn bytes(name: Option<&[u8]>) -> wardline_bytes<'_> {
    name.map_or(wardline_bytes::NONE, wardline_bytes::new)
}

/// A name that cannot be mapped stays as it is.
fn mapped(name: wardline_bytes<'_>) -> Checked<Option<Cow<'_, [u8]>>> {
    let name = name.get()?;
    Ok(name.map(|name| wardline::map_domain(name).unwrap_or(Cow::Borrowed(name))))
}
