//! Networks and endpoints as policies and lists write them.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::canonical::address::Ip;
use crate::compile::address::Network;

/// Why a text is no network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum NetworkError {
    /// Bits behind the prefix; this is the network without them.
    HostBits(Network),
    /// The prefix is too long for the address.
    Length,
    /// A zone, which names an interface of one host.
    Zone,
    /// No address or network.
    Syntax,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetworkError::HostBits(network) => {
                write!(f, "has bits behind its prefix, the network is `{}`", written(network))
            }
            NetworkError::Length => f.write_str("has a prefix longer than the address"),
            NetworkError::Zone => f.write_str("has a zone, which only one host knows"),
            NetworkError::Syntax => {
                f.write_str("is no address or network such as `192.0.2.0/24` or `2001:db8::/32`")
            }
        }
    }
}

/// Reads an address or a network in prefix notation.
pub(crate) fn parse(text: &str) -> Result<Network, NetworkError> {
    let (network, host_bits) = parse_masked(text)?;
    if host_bits { Err(NetworkError::HostBits(network)) } else { Ok(network) }
}

/// Likewise, without bits behind the prefix, and whether there were any.
pub(crate) fn parse_masked(text: &str) -> Result<(Network, bool), NetworkError> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(number(length).ok_or(NetworkError::Syntax)?)),
        None => (text, None),
    };
    if address.contains('%') {
        return Err(NetworkError::Zone);
    }
    let ip = Ip::parse(address.as_bytes()).ok_or(NetworkError::Syntax)?;
    let longest = if address.contains(':') { 128 } else { 32 };
    let length = length.unwrap_or(longest);
    if length > longest {
        return Err(NetworkError::Length);
    }
    Ok(match (ip, longest) {
        // An IPv4 address written as a mapped one: the network of IPv4
        // addresses, unless the prefix is about more than those.
        (Ip::V4(_), 128) if length >= 96 => Network::new(ip, (length - 96) as u8),
        (Ip::V4(bits), 128) => {
            Network::new(Ip::V6(0xffff_0000_0000 | u128::from(bits)), length as u8)
        }
        _ => Network::new(ip, length as u8),
    })
}

/// Reads `address:port` or `[address]:port`.
pub(crate) fn parse_endpoint(text: &str) -> Option<(Ip, u16)> {
    let (address, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("]:").filter(|(address, _)| address.contains(':'))?,
        None => text.split_once(':')?,
    };
    let port = number(port)?.try_into().ok().filter(|&port| port != 0)?;
    Some((Ip::parse(address.as_bytes()).filter(|_| !address.contains('%'))?, port))
}

/// What a text without brackets may be meant for if it ends in a port that belongs to
/// an IPv6 address: `[2001:db8::8888]:53` and 53 for `2001:db8::8888:53`.
pub(crate) fn without_brackets(text: &str) -> Option<(String, u32)> {
    let (address, port) = text.rsplit_once(':')?;
    let port = number(port).filter(|port| (1..=65_535).contains(port))?;
    let is_address = address.contains(':') && !address.contains('%');
    Ip::parse(address.as_bytes()).filter(|_| is_address)?;
    Some((format!("[{address}]:{port}"), port))
}

/// A plain decimal number below 100,000.
fn number(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty()
        && digits.len() <= 5
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

/// A network as it is best written.
pub(crate) fn written(network: &Network) -> String {
    match network.address {
        Ip::V4(bits) => format!("{}/{}", Ipv4Addr::from_bits(bits), network.length),
        Ip::V6(bits) => format!("{}/{}", Ipv6Addr::from_bits(bits), network.length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! t {
        ($name:ident, $text:literal => $want:expr) => {
            #[test]
            fn $name() {
                let found = parse($text).map(|network| written(&network));
                let want: Result<&str, NetworkError> = $want;
                assert_eq!(found.as_deref().map_err(Clone::clone), want);
            }
        };
    }

    t!(address, "203.0.113.7" => Ok("203.0.113.7/32"));
    t!(network, "10.0.0.0/8" => Ok("10.0.0.0/8"));
    t!(everything, "0.0.0.0/0" => Ok("0.0.0.0/0"));
    t!(address_v6, "2001:DB8::1" => Ok("2001:db8::1/128"));
    t!(network_v6, "2001:db8::/32" => Ok("2001:db8::/32"));
    t!(mapped, "::ffff:10.0.0.0/104" => Ok("10.0.0.0/8"));
    t!(all_mapped, "::ffff:0:0/96" => Ok("0.0.0.0/0"));
    t!(around_mapped, "::/80" => Ok("::/80"));
    t!(netmask, "10.0.0.0/255.0.0.0" => Err(NetworkError::Syntax));
    t!(wildcard, "10.*.*.*" => Err(NetworkError::Syntax));
    t!(range, "10.0.0.1-10.0.0.9" => Err(NetworkError::Syntax));
    t!(too_long, "10.0.0.0/33" => Err(NetworkError::Length));
    t!(too_long_v6, "::/129" => Err(NetworkError::Length));
    t!(padded_length, "10.0.0.0/08" => Err(NetworkError::Syntax));
    t!(no_length, "10.0.0.0/" => Err(NetworkError::Syntax));
    t!(zone, "fe80::1%eth0" => Err(NetworkError::Zone));
    t!(name, "example.com" => Err(NetworkError::Syntax));
    t!(empty, "" => Err(NetworkError::Syntax));

    #[test]
    fn host_bits_are_told_with_the_network() {
        let error = parse("10.1.2.3/8").unwrap_err();
        assert_eq!(format!("{error}"), "has bits behind its prefix, the network is `10.0.0.0/8`");
    }

    #[test]
    fn endpoints() {
        assert_eq!(parse_endpoint("1.2.3.4:3333"), Some((Ip::V4(0x0102_0304), 3333)));
        assert_eq!(parse_endpoint("[2001:db8::1]:80"), Some((Ip::V6(0x2001_0db8 << 96 | 1), 80)));
        for wrong in ["1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "[1.2.3.4]:80", "::1:80"]
        {
            assert_eq!(parse_endpoint(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ports_of_addresses_without_brackets() {
        let meant = |text| without_brackets(text).map(|(meant, _)| meant);
        assert_eq!(meant("2001:db8::8888:53").as_deref(), Some("[2001:db8::8888]:53"));
        assert_eq!(meant("1:2:3:4:5:6:7:8:53").as_deref(), Some("[1:2:3:4:5:6:7:8]:53"));
        assert_eq!(meant("2001:db8::1:33434").as_deref(), Some("[2001:db8::1]:33434"));
        assert_eq!(meant("::ffff:1.2.3.4:80").as_deref(), Some("[::ffff:1.2.3.4]:80"));
        for plain in [
            "2001:4860:4860::8888",
            "2001:db8::53",
            "1:2:3:4:5:6:7:8",
            "2001:db8::1:0",
            "2001:db8::1:053",
            "2001:db8::1:a",
            "2001:db8::1:2/112",
            "1.2.3.4:80",
        ] {
            assert_eq!(meant(plain), None, "{plain}");
        }
    }
}
