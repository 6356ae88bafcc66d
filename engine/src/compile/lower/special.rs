//! Addresses that no reputation is about: private, local, documentation and
//! multicast networks.
//!
//! The IANA special-purpose address registries (RFC 6890, as of 2025) where
//! they say "globally reachable: false", with multicast (RFC 5771, RFC 4291),
//! the retired site-local (RFC 3879) and 6to4 relay (RFC 7526) networks.

use crate::canonical::address::Ip;
use crate::compile::address::Network;

const V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The first 64 bits and the length.
const V6: [(u64, u8); 10] = [
    (0x0064_ff9b_0001_0000, 48),
    (0x0100_0000_0000_0000, 64),
    (0x2001_0002_0000_0000, 48),
    (0x2001_0db8_0000_0000, 32),
    (0x3fff_0000_0000_0000, 20),
    (0x5f00_0000_0000_0000, 16),
    (0xfc00_0000_0000_0000, 7),
    (0xfe80_0000_0000_0000, 10),
    (0xfec0_0000_0000_0000, 10),
    (0xff00_0000_0000_0000, 8),
];

/// Every special-use network.
pub(super) fn special_use() -> impl Iterator<Item = Network> {
    let v4 = V4.map(|(bytes, length)| (Ip::V4(u32::from_be_bytes(bytes)), length));
    let v6 = V6.map(|(bits, length)| (Ip::V6(u128::from(bits) << 64), length));
    // `::` and `::1`.
    let loopback = [(Ip::V6(0), 127)];
    let all = v4.into_iter().chain(v6).chain(loopback);
    all.map(|(address, length)| Network { address, length })
}

/// Whether a network is inside one of them.
pub(super) fn is_special(network: &Network) -> bool {
    special_use().any(|special| special.holds(network))
}
