//! Domain names as policies and lists write them.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::canonical::address::Ip;
use crate::canonical::domain::{Domain, ends_in_number};
use crate::compile::domain::DomainKey;

/// Why a text is no domain entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DomainError {
    /// A wildcard in another place than before everything else.
    Wildcard,
    /// An IP address.
    Address,
    /// No name by UTS 46.
    Unmapped,
    /// A character that no host's name has.
    Character,
    /// No name.
    Syntax,
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DomainError::Wildcard => {
                "has a wildcard that no name may have: `*.example.com` is everything below, `.example.com` the name too"
            }
            DomainError::Address => "is an address, which belongs among networks",
            DomainError::Unmapped => "has characters that UTS 46 maps to no name",
            DomainError::Character => {
                "has a character other than letters, digits, `-`, `_` and `.`: marks of other formats of lists are not read"
            }
            DomainError::Syntax => "is no domain name",
        })
    }
}

/// Reads `example.com`, `*.example.com` (below it) or `.example.com` (both).
pub(crate) fn parse(text: &str) -> Result<DomainKey, DomainError> {
    let (name, at, below) = if let Some(name) = text.strip_prefix("*.") {
        (name, false, true)
    } else if let Some(name) = text.strip_prefix('.') {
        (name, true, true)
    } else {
        (text, true, false)
    };
    if name.contains(['*', '?']) {
        return Err(DomainError::Wildcard);
    }
    if is_address(name) {
        return Err(DomainError::Address);
    }
    let name = map(name.as_bytes()).ok_or(DomainError::Unmapped)?;
    Domain::new(&name).map_err(|_| DomainError::Syntax)?;
    // An event's name may have any others, which DNS takes; an entry with them is a
    // line of some other format (`||example.com^`, `example.com,`) that would match
    // nothing.
    if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)) {
        return Err(DomainError::Character);
    }
    let name = name.strip_suffix(b".").unwrap_or(&name);
    Ok(DomainKey { name: name.to_ascii_lowercase(), at, below })
}

/// Whether a text is an address or a network, or is read as one by lenient
/// readers, as those of events are.
fn is_address(text: &str) -> bool {
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    let name = address.strip_suffix('.').unwrap_or(address);
    Ip::parse(address.as_bytes()).is_some() || ends_in_number(name.as_bytes())
}

/// A name in A-labels by UTS 46, non-transitional; one without bytes above ASCII
/// as it is. `None` if it cannot be mapped.
///
/// For enforcers that build an [`Event`](crate::Event) themselves: map names, and leave
/// those that cannot be mapped as they are, which are invalid then.
pub fn map(name: &[u8]) -> Option<Cow<'_, [u8]>> {
    if name.is_ascii() {
        return Some(Cow::Borrowed(name));
    }
    let mapped =
        Uts46::new().to_ascii(name, AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore);
    Some(Cow::Owned(Vec::from(mapped.ok()?.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! t {
        ($name:ident, $text:expr => $want:expr) => {
            #[test]
            fn $name() {
                let want: Result<(&str, bool, bool), DomainError> = $want;
                let want = want.map(|(name, at, below)| DomainKey { name: name.into(), at, below });
                assert_eq!(parse($text), want);
            }
        };
    }

    t!(plain, "Example.COM." => Ok(("example.com", true, false)));
    t!(below, "*.example.com" => Ok(("example.com", false, true)));
    t!(both, ".example.com" => Ok(("example.com", true, true)));
    t!(top_level, "*.com" => Ok(("com", false, true)));
    t!(international, "B\u{fc}cher.example" => Ok(("xn--bcher-kva.example", true, false)));
    t!(not_transitional, "stra\u{df}e.example" => Ok(("xn--strae-oqa.example", true, false)));
    t!(full_width_dot, "b\u{fc}cher\u{3002}example" => Ok(("xn--bcher-kva.example", true, false)));
    t!(full_width_slash, "a\u{ff0f}b.example" => Err(DomainError::Syntax));
    t!(bad_label, "xn--\u{fc}.com" => Err(DomainError::Unmapped));
    t!(inner_wildcard, "*x.com" => Err(DomainError::Wildcard));
    t!(wildcard_alone, "*" => Err(DomainError::Wildcard));
    t!(two_wildcards, "*.*.com" => Err(DomainError::Wildcard));
    t!(address, "203.0.113.7" => Err(DomainError::Address));
    t!(address_in_another_spelling, "0xcb.29.7" => Err(DomainError::Address));
    t!(address_in_hexadecimal, "1.2.3.0x4" => Err(DomainError::Address));
    t!(network, "203.0.113.0/24" => Err(DomainError::Address));
    t!(address_v6, "2001:db8::1" => Err(DomainError::Address));
    t!(path, "example.com/x" => Err(DomainError::Syntax));
    t!(two_dots, "a..b" => Err(DomainError::Syntax));
    t!(adblock, "||example.com^" => Err(DomainError::Character));
    t!(defanged, "example[.]com" => Err(DomainError::Character));
    t!(comma, "example.com," => Err(DomainError::Character));
    t!(quotes, "\"example.com\"" => Err(DomainError::Character));
    t!(comment, "example.com#x" => Err(DomainError::Character));
    t!(service, "_dmarc.example.com" => Ok(("_dmarc.example.com", true, false)));
    t!(hyphens, "-a-.example.com" => Ok(("-a-.example.com", true, false)));
    t!(dot, "." => Err(DomainError::Syntax));
    t!(empty, "" => Err(DomainError::Syntax));
    t!(long_label, &["a".repeat(64).as_str(), ".com"].concat() => Err(DomainError::Syntax));
}
