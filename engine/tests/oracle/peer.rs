//! Addresses, names and lists, as sets that are looked up one by one.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use wardline::policy::{ListFormat, ListMatch, Policy};
use wardline::{Address, Invalid};

/// What a control lists or excepts.
#[derive(Debug, Default)]
pub struct Set {
    /// Whether the name itself and the names below it are covered.
    names: HashMap<Vec<u8>, (bool, bool)>,
    networks: HashSet<(IpAddr, u8)>,
    pub endpoints: HashSet<(IpAddr, u16)>,
    pub endpoint_addresses: HashSet<IpAddr>,
    pub programs: HashSet<String>,
}

impl Set {
    pub fn domains<'e>(mut self, entries: impl IntoIterator<Item = &'e str>) -> Set {
        for entry in entries {
            let (name, at, below) = domain_entry(entry).unwrap_or_else(|| panic!("{entry}"));
            self.domain(name, at, below);
        }
        self
    }

    pub fn networks<'e>(mut self, entries: impl IntoIterator<Item = &'e str>) -> Set {
        for entry in entries {
            self.network(entry).unwrap_or_else(|| panic!("{entry}"));
        }
        self
    }

    /// Adds a list that a policy declares.
    pub fn list(&mut self, policy: &Policy, name: &str, text: &str, excepts: bool) {
        let list = policy.lists.iter().find(|list| list.name.text == name).unwrap();
        let below = match list.definition.matching {
            None => !excepts,
            Some(matching) => matching == ListMatch::Subdomains,
        };
        if !excepts {
            return self.lines(text, list.definition.format, below);
        }
        // An exception with bits behind its prefix is refused, and one that may be an
        // address with a port or without.
        let endpoints = list.definition.format == ListFormat::Endpoints;
        let exact = text.lines().filter(|line| {
            let line = without_comment(line);
            network_entry(line).is_none_or(|(ip, length)| masked(ip, length) == ip)
                && !(endpoints && may_have_port(line))
        });
        let exact: Vec<&str> = exact.collect();
        self.lines(&exact.join("\n"), list.definition.format, below);
    }

    pub fn lines(&mut self, text: &str, format: ListFormat, covers_below: bool) {
        for line in text.lines() {
            let line = without_comment(line);
            let line = match format {
                ListFormat::Hosts => line.split('#').next().unwrap(),
                _ => line,
            };
            match format {
                ListFormat::Domains => {
                    if let Some((name, at, below)) = domain_entry(line) {
                        self.domain(name, at, below || covers_below);
                    }
                }
                ListFormat::Hosts => {
                    let mut words = line.split_whitespace();
                    let address = words.next().is_some_and(|word| ip_text(word).is_some());
                    let words: Vec<&str> = words.filter(|word| !is_own(word)).collect();
                    // Each name counts by itself.
                    for (name, _, below) in words.iter().filter_map(|word| domain_entry(word)) {
                        if address && !below {
                            self.domain(name, true, false);
                        }
                    }
                }
                ListFormat::Networks => drop(self.network(line)),
                ListFormat::Endpoints => {
                    let endpoint = line.rsplit_once(':').and_then(|(address, port)| {
                        // Brackets stand round IPv6, always.
                        let inner = address.strip_prefix('[').map(|inner| inner.strip_suffix(']'));
                        let address = match inner {
                            Some(inner) => inner.filter(|inner| inner.contains(':'))?,
                            None if address.contains(':') => return None,
                            None => address,
                        };
                        let plain =
                            !port.starts_with('0') && port.bytes().all(|b| b.is_ascii_digit());
                        Some((ip_text(address)?, port.parse::<u16>().ok().filter(|_| plain)?))
                    });
                    match endpoint {
                        _ if self.network(line).is_some() => {}
                        Some((ip, port)) => {
                            self.endpoints.insert((ip, port));
                            self.endpoint_addresses.insert(ip);
                        }
                        None => {}
                    }
                }
                ListFormat::Names if !line.is_empty() && !line.contains(['/', '\\', '*', '?']) => {
                    self.programs.insert(line.to_owned());
                }
                _ => {}
            }
        }
    }

    fn domain(&mut self, name: Vec<u8>, at: bool, below: bool) {
        let covers = self.names.entry(name).or_default();
        *covers = (covers.0 || at, covers.1 || below);
    }

    fn network(&mut self, text: &str) -> Option<()> {
        let (ip, length) = network_entry(text)?;
        self.networks.insert((masked(ip, length), length));
        Some(())
    }

    pub fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    pub fn has_addresses(&self) -> bool {
        !self.networks.is_empty() || !self.endpoints.is_empty()
    }

    /// Whether a canonical name is covered.
    pub fn covers(&self, name: &[u8]) -> bool {
        let labels: Vec<&[u8]> = name.split(|&byte| byte == b'.').collect();
        (0..labels.len()).any(|first| {
            let (at, below) =
                self.names.get(&labels[first..].join(&b'.')).copied().unwrap_or_default();
            if first == 0 { at } else { below }
        })
    }

    /// Whether a network holds an address.
    pub fn holds(&self, ip: IpAddr) -> bool {
        let longest = if ip.is_ipv4() { 32 } else { 128 };
        (0..=longest).any(|length| self.networks.contains(&(masked(ip, length), length)))
    }
}

/// An address and the length of its prefix.
fn network_entry(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => {
            // `07` and `+7` are no lengths.
            let length = length.parse::<u8>().ok().filter(|one| one.to_string() == length)?;
            (address, length)
        }
        None => (text, if text.contains(':') { 128 } else { 32 }),
    };
    let written: IpAddr = address.parse().ok()?;
    let (ip, length) = match (ip_text(address)?, written) {
        (IpAddr::V4(ip), IpAddr::V6(_)) => (IpAddr::V4(ip), length.checked_sub(96)?),
        (ip, _) => (ip, length),
    };
    if length > if ip.is_ipv4() { 32 } else { 128 } {
        return None;
    }
    Some((ip, length))
}

/// Whether an IPv6 address would be one too without its last group, which is a port.
fn may_have_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(address, port)| {
        let port = port.parse::<u16>().ok().filter(|one| one.to_string() == port);
        port.is_some_and(|port| port != 0) && address.parse::<Ipv6Addr>().is_ok()
    })
}

fn without_comment(line: &str) -> &str {
    let comment = |at: usize| {
        line[at..].starts_with(['#', ';'])
            && line[..at].chars().last().is_none_or(char::is_whitespace)
    };
    let end = (0..line.len()).filter(|&at| line.is_char_boundary(at)).find(|&at| comment(at));
    line[..end.unwrap_or(line.len())].trim()
}

/// The first bits of an address.
pub fn masked(ip: IpAddr, length: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4((ip.to_bits() & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6((ip.to_bits() & mask).into())
        }
    }
}

/// The address of an event.
pub fn ip(address: &Address<'_>) -> Result<IpAddr, Invalid> {
    let ip = match address {
        Address::V4(bytes) => Some(IpAddr::from(*bytes)),
        Address::V6(bytes) => Some(IpAddr::from(*bytes).to_canonical()),
        Address::Text(text) => {
            // A zone is the name of an interface, which may be any bytes.
            let mut parts = text.splitn(2, |&byte| byte == b'%');
            let (address, zone) = (parts.next().unwrap_or_default(), parts.next());
            let ip = str::from_utf8(address).ok().and_then(ip_text);
            ip.filter(|_| zone.is_none_or(|zone| !zone.is_empty() && address.contains(&b':')))
        }
    };
    ip.ok_or(Invalid::Address)
}

fn ip_text(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// The IPv4 addresses that an IPv6 address carries.
pub fn carried(ip: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(ip) = ip else { return Vec::new() };
    let o = ip.octets();
    let at = |first: usize| Ipv4Addr::new(o[first], o[first + 1], o[first + 2], o[first + 3]);
    let mut found = Vec::new();
    let starts = |prefix: &str, bytes: usize| {
        o[..bytes] == prefix.parse::<Ipv6Addr>().unwrap().octets()[..bytes]
    };
    let one: Ipv6Addr = "::1".parse().unwrap();
    if starts("64:ff9b::", 12)
        || starts("::ffff:0:0:0", 12)
        || starts("::", 12) && ip != one && ip != Ipv6Addr::UNSPECIFIED
    {
        found.push(at(12));
    }
    if starts("2002::", 2) {
        found.push(at(2));
    }
    if starts("2001::", 4) {
        found.push(at(4));
        found.push(Ipv4Addr::from_bits(!at(12).to_bits()));
    }
    if matches!(o[8..12], [0 | 2, 0, 0x5e, 0xfe]) {
        found.push(at(12));
    }
    found.into_iter().map(IpAddr::V4).collect()
}

/// A canonical name.
pub fn name(text: &[u8]) -> Result<Vec<u8>, Invalid> {
    let name = text.strip_suffix(b".").unwrap_or(text).to_ascii_lowercase();
    let bad =
        |byte: &u8| *byte <= b' ' || matches!(byte, 0x7f | b'/' | b':' | b'@') || *byte >= 0x80;
    let labels = || name.split(|&byte| byte == b'.');
    let wrong = name.len() > 253
        || name.iter().any(bad)
        || labels().any(|label| label.is_empty() || label.len() > 63);
    if wrong { Err(Invalid::Domain) } else { Ok(name) }
}

/// What stands where a name does.
pub enum Host {
    Name(Vec<u8>),
    Address(IpAddr),
    /// No name, but perhaps a way to write an address.
    Number,
    Wrong,
}

impl Host {
    pub fn new(text: &[u8]) -> Host {
        let end = text.strip_suffix(b".").unwrap_or(text).to_ascii_lowercase();
        let number = is_number(end.rsplit(|&byte| byte == b'.').next().unwrap());
        match name(text) {
            Ok(name) if !number => Host::Name(name),
            Ok(name) => match str::from_utf8(&name).ok().and_then(|name| name.parse().ok()) {
                Some(address) => Host::Address(IpAddr::V4(address)),
                None => Host::Number,
            },
            Err(_) if number => Host::Number,
            Err(_) => Host::Wrong,
        }
    }

    pub fn fault(&self) -> Option<Invalid> {
        matches!(self, Host::Number | Host::Wrong).then_some(Invalid::Domain)
    }
}

/// Whether a label in lower case is a number to a browser.
fn is_number(label: &[u8]) -> bool {
    match label.strip_prefix(b"0x") {
        Some(digits) => digits.iter().all(u8::is_ascii_hexdigit),
        None => !label.is_empty() && label.iter().all(u8::is_ascii_digit),
    }
}

/// An entry of a policy or list: the name, whether it is meant itself, and
/// whether what is below is.
fn domain_entry(text: &str) -> Option<(Vec<u8>, bool, bool)> {
    let (rest, at, below) = match (text.strip_prefix("*."), text.strip_prefix('.')) {
        (Some(rest), _) => (rest, false, true),
        (_, Some(rest)) => (rest, true, true),
        _ => (text, true, false),
    };
    if rest.contains(['*', '?']) {
        return None;
    }
    let mapped = if rest.is_ascii() {
        rest.to_owned()
    } else {
        use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
        let names = Uts46::new();
        let ascii = (AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore);
        names.to_ascii(rest.as_bytes(), ascii.0, ascii.1, ascii.2).ok()?.into_owned()
    };
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !mapped.bytes().all(usual) {
        return None;
    }
    let last = mapped.trim_end_matches('.').rsplit('.').next()?;
    if is_number(last.to_ascii_lowercase().as_bytes()) {
        return None;
    }
    Some((name(mapped.as_bytes()).ok()?, at, below))
}

/// Whether a hosts file means its own host, or all of some kind, by a name.
fn is_own(name: &str) -> bool {
    let name = name.to_lowercase();
    let of_its_own = ["localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"];
    let of_version_6 =
        ["localhost", "loopback", "localnet", "mcastprefix", "allnodes", "allrouters", "allhosts"];
    let rest = name.strip_prefix("ip6-");
    of_its_own.contains(&&name[..]) || rest.is_some_and(|rest| of_version_6.contains(&rest))
}

/// Whether no reputation is about an address.
pub fn is_special(ip: IpAddr) -> bool {
    static SET: LazyLock<Set> = LazyLock::new(|| Set::default().networks(SPECIAL.iter().copied()));
    SET.holds(ip)
}

#[rustfmt::skip]
const SPECIAL: &[&str] = &[
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128",
    "64:ff9b:1::/48", "100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "5f00::/16",
    "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
];
