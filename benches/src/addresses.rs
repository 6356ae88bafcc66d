//! Networks and addresses outside special-use space.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::random::Random;

/// A network: its first address and the length of its prefix.
pub type Prefix = (IpAddr, u8);

/// `count` different IPv4 networks: about as long as those of reputation lists,
/// half single addresses, the rest /16 to /30.
pub fn prefixes_v4(count: usize) -> Vec<Prefix> {
    let mut random = Random::new(5);
    let mut seen = HashSet::new();
    while seen.len() < count {
        let length = if random.chance(50) { 32 } else { 16 + random.below(15) as u8 };
        let bits = public_v4(&mut random) & (u32::MAX << (32 - length));
        seen.insert((IpAddr::V4(Ipv4Addr::from_bits(bits)), length));
    }
    sorted(seen)
}

/// `count` different IPv6 networks below 2000::/3: /32 to /64 and single addresses.
pub fn prefixes_v6(count: usize) -> Vec<Prefix> {
    let mut random = Random::new(6);
    let mut seen = HashSet::new();
    while seen.len() < count {
        let length = *random.pick(&[32u8, 36, 40, 44, 48, 48, 48, 56, 64, 64, 128]);
        let bits = public_v6(&mut random) & (u128::MAX << (128 - u32::from(length)));
        seen.insert((IpAddr::V6(Ipv6Addr::from_bits(bits)), length));
    }
    sorted(seen)
}

/// `count` addresses, half of them in one of `prefixes`.
pub fn asked(prefixes: &[Prefix], count: usize) -> Vec<IpAddr> {
    let mut random = Random::new(7);
    let mut ask = |index: usize| match *random.pick(prefixes) {
        (IpAddr::V4(_), _) if index.is_multiple_of(2) => {
            IpAddr::V4(Ipv4Addr::from_bits(public_v4(&mut random)))
        }
        (IpAddr::V6(_), _) if index.is_multiple_of(2) => {
            IpAddr::V6(Ipv6Addr::from_bits(public_v6(&mut random)))
        }
        (IpAddr::V4(first), length) => {
            let host = (random.bits() as u32).checked_shr(length.into()).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(first.to_bits() | host))
        }
        (IpAddr::V6(first), length) => {
            let bits = u128::from(random.bits()) << 64 | u128::from(random.bits());
            let host = bits.checked_shr(length.into()).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(first.to_bits() | host))
        }
    };
    (0..count).map(&mut ask).collect()
}

/// An address that no registry keeps for special use: 11–99 and 128–168 hold none
/// that matters here.
fn public_v4(random: &mut Random) -> u32 {
    let first = if random.chance(60) { 11 + random.below(89) } else { 129 + random.below(39) };
    (first as u32) << 24 | (random.bits() as u32) >> 8
}

/// Within 2400::/6, which registries hand out, in clusters as they do.
fn public_v6(random: &mut Random) -> u128 {
    let top = (0x2400 + random.below(0x400)) as u128;
    let low = u128::from(random.bits()) << 64 | u128::from(random.bits());
    top << 112 | low >> 16
}

fn sorted(seen: HashSet<Prefix>) -> Vec<Prefix> {
    let mut prefixes: Vec<Prefix> = seen.into_iter().collect();
    prefixes.sort();
    prefixes
}
