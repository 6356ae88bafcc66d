//! Addresses and networks.

use std::net::{IpAddr, Ipv6Addr};

use serde_json::json;
use wardline::{Activity, Address, Direction, Event, Network, Platform};

use crate::agree::{Both, compile, fields, policy};
use crate::oracle::Answer;

/// The fields are a network, an exception and an address. Whether a text is an
/// address is what the standard library says, which reads the same grammar; as
/// bytes it is decided alike, and so is every other text of those bytes.
pub fn address(data: &[u8]) {
    let [network, exception, address] = fields::<3>(data);
    let text = |bytes| core::str::from_utf8(bytes).unwrap_or("10.0.0.0/8");
    let networks = [
        json!({ "networks": ["10.0.0.0/8", "2a00::/16", "93.184.216.34"] }),
        json!({ "networks": [text(network)], "except_networks": ["10.1.0.0/16"] }),
        json!({ "networks": ["0.0.0.0/0", "::/0"], "except_networks": [text(exception)] }),
    ];
    for control in networks {
        let text = policy(Platform::Linux, json!({ "network_block": control }));
        let Ok(compiled) = compile(Platform::Linux, &[text]) else { continue };
        let both = Both::new(&compiled);
        let answer = ask(&both, Address::Text(address));
        let Some(ip) = parsed(address) else {
            assert!(answer.code.is_some(), "no address: {}", address.escape_ascii());
            continue;
        };
        assert_eq!(answer.code, None, "an address: {}", address.escape_ascii());
        match ip {
            IpAddr::V4(ip) => {
                assert_eq!(ask(&both, Address::V4(ip.octets())), answer, "{ip}");
                let mapped = ip.to_ipv6_mapped();
                assert_eq!(ask(&both, Address::V6(mapped.octets())), answer, "{mapped}");
                assert_eq!(
                    ask(&both, Address::Text(mapped.to_string().as_bytes())),
                    answer,
                    "{mapped}"
                );
            }
            IpAddr::V6(ip) => {
                assert_eq!(ask(&both, Address::V6(ip.octets())), answer, "{ip}");
                for same in spellings(ip) {
                    assert_eq!(ask(&both, Address::Text(same.as_bytes())), answer, "{same}");
                }
            }
        }
    }
}

fn ask(both: &Both<'_>, ip: Address<'_>) -> Answer {
    both.decide(&Event::new(Activity::Network(Network {
        direction: Direction::Outbound,
        ip: Some(ip),
        domain: None,
        port: None,
        protocol: None,
    })))
}

/// An address, perhaps with a zone behind IPv6.
fn parsed(text: &[u8]) -> Option<IpAddr> {
    // A zone may be any bytes.
    let (ip, zone) = match text.iter().position(|&byte| byte == b'%') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let ip = core::str::from_utf8(ip).ok()?;
    match zone {
        Some(zone) if !zone.is_empty() => ip.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        Some(_) => None,
        None => ip.parse().ok(),
    }
}

fn spellings(ip: Ipv6Addr) -> [String; 5] {
    let groups = ip.segments();
    let full: Vec<String> = groups.iter().map(|group| format!("{group:04x}")).collect();
    let short: Vec<String> = groups.iter().map(|group| format!("{group:x}")).collect();
    let [.., a, b, c, d] = ip.octets();
    let head = full[..6].join(":");
    [
        ip.to_string(),
        full.join(":").to_uppercase(),
        short.join(":"),
        format!("{head}:{a}.{b}.{c}.{d}"),
        format!("{ip}%eth0"),
    ]
}
