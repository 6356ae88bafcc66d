//! The lines of a named list.
//!
//! Comments begin with `#` or `;` at the start of a line or after a space, in a
//! hosts file with `#` anywhere; blank lines are passed over. Every other line is used or refused.
//! One that is refused, in whole or in part, or may be meant otherwise than it is read, is
//! kept with its number: feeds hold garbage, and whoever relies on one should know.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{ListFormat, domain, network};
use crate::canonical::address::Ip;
use crate::canonical::digest::sha256;
use crate::compile::address::Network;
use crate::compile::domain::DomainKey;

/// A list as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParsedList {
    pub(crate) items: Vec<ListItem>,
    /// Lines, comments and blank ones included.
    pub(crate) lines: usize,
    /// Lines that gave items.
    pub(crate) used: usize,
    /// Networks that were written with bits behind their prefix.
    pub(crate) masked: usize,
    pub(crate) refused: Vec<RefusedLine>,
}

/// What a line stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ListItem {
    Domain(DomainKey),
    Network(Network),
    Endpoint(Ip, u16),
    Name(String),
    Digest([u8; 32]),
}

/// A line that was not used, or only in part, or that may be meant otherwise.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RefusedLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// How the lines of a list are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) format: ListFormat,
    /// A plain domain name covers the names below it too.
    pub(crate) below: bool,
    /// They are exceptions, which are no wider than they are written.
    pub(crate) exceptions: bool,
}

/// Reads a list.
pub(crate) fn parse(text: &[u8], reading: Reading) -> ParsedList {
    let mut list = ParsedList::default();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.is_empty() {
        return list;
    }
    for (index, line) in text.strip_suffix(b"\n").unwrap_or(text).split(|&b| b == b'\n').enumerate()
    {
        list.lines += 1;
        let before = list.items.len();
        let read = match core::str::from_utf8(line) {
            Ok(line) => match content(line, reading.format) {
                "" => continue,
                line => list.line(line, reading),
            },
            Err(_) => Err("is not UTF-8".to_string()),
        };
        match read {
            Ok(doubt) => {
                list.used += usize::from(list.items.len() > before);
                list.refused.extend(doubt.map(|reason| RefusedLine { line: index + 1, reason }));
            }
            Err(reason) => list.refused.push(RefusedLine { line: index + 1, reason }),
        }
    }
    list
}

/// A line without comment and space around it.
fn content(line: &str, format: ListFormat) -> &str {
    let mut before = ' ';
    let end = line.char_indices().find(|&(_, character)| {
        let comment = matches!(character, '#' | ';') && before.is_whitespace()
            || character == '#' && format == ListFormat::Hosts;
        before = character;
        comment
    });
    line[..end.map_or(line.len(), |(at, _)| at)].trim()
}

/// What is to be said about a line that is used, or why it is not.
type Read = Result<Option<String>, String>;

impl ParsedList {
    fn line(&mut self, line: &str, reading: Reading) -> Read {
        let format = reading.format;
        let quoted = || crate::diagnostic::quoted(line);
        if format == ListFormat::Names {
            self.items.push(ListItem::Name(name(line)?));
            return Ok(None);
        }
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or("");
        if format == ListFormat::Hosts {
            return self.hosts(first, words);
        }
        if words.next().is_some() {
            return Err(format!("{} is more than one word", quoted()));
        }
        match format {
            ListFormat::Domains => {
                let mut key =
                    domain::parse(first).map_err(|error| format!("{} {error}", quoted()))?;
                key.below |= reading.below;
                self.items.push(ListItem::Domain(key));
            }
            ListFormat::Endpoints => return self.endpoint(first, reading),
            ListFormat::Sha256 => {
                let digest = sha256(first.as_bytes());
                let digest = digest.map_err(|_| format!("{} is no SHA-256", quoted()))?;
                self.items.push(ListItem::Digest(digest));
            }
            _ => self.network(first, reading)?,
        }
        Ok(None)
    }

    fn network(&mut self, text: &str, reading: Reading) -> Result<(), String> {
        let quoted = crate::diagnostic::quoted(text);
        let read = network::parse_masked(text);
        let (network, masked) = read.map_err(|error| format!("{quoted} {error}"))?;
        if masked && reading.exceptions {
            return Err(format!(
                "{quoted} has bits behind its prefix, and an exception is no wider than it is written: {}",
                network::written(&network)
            ));
        }
        self.masked += usize::from(masked);
        self.items.push(ListItem::Network(network));
        Ok(())
    }

    /// An address with or without port. What is an IPv6 address and may be meant for a
    /// shorter one with its port is taken as it stands among what is listed, where
    /// leaving it out would protect less, and refused among exceptions, where it would
    /// except what nobody meant.
    fn endpoint(&mut self, text: &str, reading: Reading) -> Read {
        if let Some((ip, port)) = network::parse_endpoint(text) {
            self.items.push(ListItem::Endpoint(ip, port));
            return Ok(None);
        }
        let Some((meant, port)) = network::without_brackets(text) else {
            return self.network(text, reading).map(|()| None);
        };
        let quoted = crate::diagnostic::quoted(text);
        let help = format!("write `{meant}` if {port} is a port");
        if network::parse(text).is_err() {
            return Err(format!("{quoted} is no address: {help}"));
        }
        if reading.exceptions {
            return Err(format!("{quoted} may be an address with or without port: {help}"));
        }
        self.network(text, reading)?;
        Ok(Some(format!("{quoted} is taken for an address without port: {help}")))
    }

    /// An address and names, of which only those of other hosts count. A name that is
    /// not understood takes none of the others with it.
    fn hosts<'l>(&mut self, address: &str, names: impl Iterator<Item = &'l str>) -> Read {
        if Ip::parse(address.as_bytes()).is_none() {
            return Err(format!("{} is no address", crate::diagnostic::quoted(address)));
        }
        let (mut any, mut used, mut refused) = (false, 0, 0);
        let mut problem = None;
        for name in names {
            any = true;
            if OWN_NAMES.contains(&name.to_ascii_lowercase().as_str()) {
                continue;
            }
            match host(name) {
                Ok(key) => {
                    used += 1;
                    self.items.push(ListItem::Domain(key));
                }
                Err(first) => {
                    refused += 1;
                    problem.get_or_insert(first);
                }
            }
        }
        match problem {
            _ if !any => Err("an address without names".to_string()),
            None => Ok(None),
            Some(problem) if used == 0 => Err(problem),
            Some(problem) => {
                Ok(Some(format!("{problem}; of the line's names {used} are used, {refused} not")))
            }
        }
    }
}

/// A name of a hosts file.
fn host(name: &str) -> Result<DomainKey, String> {
    let quoted = crate::diagnostic::quoted(name);
    let key = domain::parse(name).map_err(|error| format!("{quoted} {error}"))?;
    if key.below {
        return Err(format!(
            "{quoted} is a wildcard, which hosts files have not; the format `domains` has"
        ));
    }
    Ok(key)
}

/// A name of a program.
fn name(line: &str) -> Result<String, String> {
    if line.contains(['/', '\\', '\0']) {
        return Err(format!(
            "{} is no name of a program, which has no separators",
            crate::diagnostic::quoted(line)
        ));
    }
    if line.contains(['*', '?']) {
        return Err(format!(
            "{} has a wildcard, which lists of names have not; `executables` of a policy have",
            crate::diagnostic::quoted(line)
        ));
    }
    Ok(line.to_string())
}

/// What every hosts file calls its own host.
const OWN_NAMES: [&str; 12] = [
    "0.0.0.0",
    "broadcasthost",
    "ip6-allhosts",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-localhost",
    "ip6-localnet",
    "ip6-loopback",
    "ip6-mcastprefix",
    "local",
    "localhost",
    "localhost.localdomain",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, format: ListFormat) -> (Vec<String>, Vec<usize>) {
        let list = parse(text.as_bytes(), Reading { format, below: true, exceptions: false });
        let items = list.items.iter().map(|item| match item {
            ListItem::Domain(key) => format!(
                "{}{}{}",
                String::from_utf8_lossy(&key.name),
                if key.at { " at" } else { "" },
                if key.below { " below" } else { "" }
            ),
            ListItem::Network(network) => network::written(network),
            ListItem::Endpoint(ip, port) => format!("{ip:?} {port}"),
            ListItem::Name(name) => name.clone(),
            ListItem::Digest(digest) => format!("{:02x}", digest[0]),
        });
        (items.collect(), list.refused.iter().map(|refused| refused.line).collect())
    }

    macro_rules! t {
        ($name:ident, $format:ident $text:literal => $items:expr, $refused:expr) => {
            #[test]
            fn $name() {
                let items: &[&str] = &$items;
                let refused: &[usize] = &$refused;
                let (found_items, found_refused) = shown($text, ListFormat::$format);
                assert_eq!(found_items, items);
                assert_eq!(found_refused, refused);
            }
        };
    }

    t!(comments, Domains "\u{feff}# a\n\n; b\r\nexample.com # c\n  x.org\t; d\na#b.com\n"
        => ["example.com at below", "x.org at below"], [6]);
    t!(other_formats, Domains "||a.com^\n@@||a.com^\na.com,\n\"a.com\"\na[.]com\na.com$third-party\nb.com\na.com\\"
        => ["b.com at below"], [1, 2, 3, 4, 5, 6, 8]);
    t!(hosts_comments, Hosts "0.0.0.0 a.com#x\n0.0.0.0 b.com # c.com\n#0.0.0.0 d.com\n0.0.0.0 e.com,f.com"
        => ["a.com at", "b.com at"], [4]);
    t!(hosts_wildcards, Hosts "0.0.0.0 *.a.com\n0.0.0.0 .b.com\n0.0.0.0 c.com *.d.com"
        => ["c.com at"], [1, 2, 3]);
    t!(domains, Domains "a.com\n*.b.com\n.c.com\na b\n1.2.3.4\na..b\nB\u{fc}cher.de"
        => ["a.com at below", "b.com below", "c.com at below", "xn--bcher-kva.de at below"], [4, 5, 6]);
    t!(hosts, Hosts "127.0.0.1 localhost\n0.0.0.0 bad.com worse.com\nbad.com\n0.0.0.0\n::1 ip6-localhost x.y\n0.0.0.0 ok.com no..good"
        => ["bad.com at", "worse.com at", "x.y at", "ok.com at"], [3, 4, 6]);
    t!(networks, Networks "1.2.3.4\n10.1.0.0/8 ; SBL1\n2001:db8::/32\nexample.com\n1.2.3.4:80"
        => ["1.2.3.4/32", "10.0.0.0/8", "2001:db8::/32"], [4, 5]);
    t!(endpoints, Endpoints "1.2.3.4:80\n1.2.3.4\n[2001:db8::1]:8\n1.2.3.4:0"
        => ["V4(16909060) 80", "1.2.3.4/32", "V6(42540766411282592856903984951653826561) 8"], [4]);
    t!(ports_without_brackets, Endpoints "2001:db8::1:2\n2001:db8::1:65536\n2001:db8::1:65535"
        => ["2001:db8::1:2/128"], [1, 2, 3]);
    t!(names, Names "xmrig\n/usr/bin/xmrig\nmy miner\n[\nxmrig*\n" => ["xmrig", "my miner", "["], [2, 5]);
    t!(digests, Sha256 "aabb\nABCDEF00000000000000000000000000000000000000000000000000000000ff"
        => ["ab"], [1]);
    t!(nothing, Domains "" => [], []);

    #[test]
    fn an_exception_is_no_wider_than_it_is_written() {
        let reading = Reading { format: ListFormat::Networks, below: false, exceptions: true };
        let list = parse(b"10.0.0.0/8\n9.1.2.3/16\n", reading);
        assert_eq!((list.items.len(), list.masked), (1, 0));
        assert_eq!(list.refused[0].line, 2);
        assert!(list.refused[0].reason.contains("9.1.0.0/16"));
    }

    #[test]
    fn an_exception_with_a_port_without_brackets_is_refused() {
        let reading = Reading { format: ListFormat::Endpoints, below: false, exceptions: true };
        let list = parse(b"2001:db8::1:2\n2001:db8::1\n", reading);
        assert_eq!((list.items.len(), list.used), (1, 1));
        assert_eq!(list.refused[0].line, 1);
        assert!(list.refused[0].reason.contains("`[2001:db8::1]:2`"));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let reading = Reading { format: ListFormat::Domains, below: false, exceptions: false };
        let list = parse(b"a.com\n\xff\xfe\nb.com", reading);
        assert_eq!((list.items.len(), list.lines, list.used), (2, 3, 2));
        assert_eq!(list.refused[0].line, 2);
    }
}
