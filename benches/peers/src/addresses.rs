//! Sets of networks.

use std::net::IpAddr;

use ip_network::IpNetwork;
use ip_network_table::IpNetworkTable;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use iprange::IpRange;
use iptrie::{
    IpPrefix, Ipv4LCTrieSet, Ipv4Prefix, Ipv4RTrieSet, Ipv6LCTrieSet, Ipv6Prefix, Ipv6RTrieSet,
};
use poptrie::Poptrie;
use prefix_trie::PrefixSet;
use wardline_benches::addresses::Prefix;

use crate::race::Racer;

/// How the crate is called that is too slow to fill with more networks than this: it
/// moves all behind a new one.
pub const POPTRIE: &str = "poptrie";
pub const MOST_FOR_POPTRIE: usize = 10_000;

/// Every crate, given the same networks, asked the same addresses. All networks and
/// addresses are of one family.
pub fn racers<'a>(prefixes: &[Prefix], asked: &'a [IpAddr]) -> Vec<Racer<'a>> {
    let mut table = IpNetworkTable::<()>::new();
    for &(first, length) in prefixes {
        table.insert(IpNetwork::new(first, length).expect("a network"), ());
    }
    let mut racers = vec![Racer::new("ip_network_table", move |index| {
        u8::from(table.longest_match(asked[index]).is_some())
    })];
    if matches!(prefixes.first(), Some((IpAddr::V4(_), _))) {
        racers.extend(v4(prefixes, asked));
    } else {
        racers.extend(v6(prefixes, asked));
    }
    racers
}

/// One family: the crates have types of their own for each.
macro_rules! family {
    ($name:ident, $Net:ident, $variant:ident, $Prefix:ident, $Radix:ident, $Compressed:ident) => {
        fn $name<'a>(prefixes: &[Prefix], asked: &'a [IpAddr]) -> Vec<Racer<'a>> {
            let nets = || {
                prefixes.iter().map(|&(first, length)| match IpNet::new(first, length) {
                    Ok(IpNet::$variant(net)) => net,
                    _ => panic!("of one family"),
                })
            };
            let address = move |index: usize| match asked[index] {
                IpAddr::$variant(address) => address,
                _ => panic!("of one family"),
            };
            let mut ranges: IpRange<$Net> = nets().collect();
            ranges.simplify();
            let tree: PrefixSet<$Net> = nets().collect();
            let mut radix = $Radix::new();
            for net in nets() {
                radix.insert($Prefix::new(net.addr(), net.prefix_len()).expect("a prefix"));
            }
            let compressed: $Compressed = radix.compress();
            let mut racers = vec![
                Racer::new("iprange", move |index| u8::from(ranges.contains(&address(index)))),
                Racer::new("prefix-trie", move |index| {
                    u8::from(tree.is_covered(&$Net::from(address(index))))
                }),
                Racer::new("iptrie", move |index| {
                    // Everything is below the root, which stands for nothing here.
                    u8::from(compressed.lookup(&address(index)).len() != 0)
                }),
            ];
            if prefixes.len() <= MOST_FOR_POPTRIE {
                let mut pop = Poptrie::new();
                for net in nets() {
                    pop.insert((net.addr(), net.prefix_len()), ());
                }
                racers.push(Racer::new(POPTRIE, move |index| {
                    u8::from(pop.lookup(address(index)).is_some())
                }));
            }
            racers
        }
    };
}

family!(v4, Ipv4Net, V4, Ipv4Prefix, Ipv4RTrieSet, Ipv4LCTrieSet);
family!(v6, Ipv6Net, V6, Ipv6Prefix, Ipv6RTrieSet, Ipv6LCTrieSet);

/// Sorted, disjoint ranges with an index by their first 16 bits: what is left when
/// everything but the look-up is taken away.
pub struct Indexed<T> {
    index: Vec<u32>,
    first: Vec<T>,
    last: Vec<T>,
}

/// For one width of addresses.
macro_rules! indexed {
    ($T:ty) => {
        impl Indexed<$T> {
            /// The ranges of networks, given as first address and length of prefix.
            pub fn new(networks: impl Iterator<Item = ($T, u8)>) -> Self {
                let mut ranges: Vec<($T, $T)> = networks
                    .map(|(first, length)| {
                        let host = <$T>::MAX.checked_shr(length.into()).unwrap_or(0);
                        (first, first | host)
                    })
                    .collect();
                ranges.sort_unstable();
                let mut merged: Vec<($T, $T)> = Vec::new();
                for (first, last) in ranges {
                    match merged.last_mut() {
                        Some(before) if first <= before.1.saturating_add(1) => {
                            before.1 = before.1.max(last);
                        }
                        _ => merged.push((first, last)),
                    }
                }
                let top = |address: $T| (address >> (<$T>::BITS - 16)) as usize;
                let mut index = Vec::with_capacity((1 << 16) + 1);
                let mut place = 0;
                for bucket in 0..=1 << 16 {
                    while place < merged.len() && top(merged[place].0) < bucket {
                        place += 1;
                    }
                    index.push(place as u32);
                }
                let (first, last) = merged.into_iter().unzip();
                Indexed { index, first, last }
            }

            /// Whether an address is in a range.
            pub fn contains(&self, address: $T) -> bool {
                let bucket = (address >> (<$T>::BITS - 16)) as usize;
                let (start, end) = (self.index[bucket] as usize, self.index[bucket + 1] as usize);
                let after =
                    start + self.first[start..end].partition_point(|&first| first <= address);
                // The range may have begun in an earlier bucket.
                after > 0 && address <= self.last[after - 1]
            }

            /// Bytes it takes.
            pub fn bytes(&self) -> usize {
                self.index.len() * 4 + self.first.len() * 2 * size_of::<$T>()
            }
        }
    };
}

indexed!(u32);
indexed!(u128);

/// The plain index as a racer.
pub fn indexed<'a>(prefixes: &[Prefix], asked: &'a [IpAddr]) -> Racer<'a> {
    const NAME: &str = "16-bit index over ranges";
    if matches!(prefixes.first(), Some((IpAddr::V4(_), _))) {
        let ranges = Indexed::<u32>::new(prefixes.iter().map(|&(first, length)| match first {
            IpAddr::V4(first) => (first.to_bits(), length),
            IpAddr::V6(_) => panic!("of one family"),
        }));
        let bytes = ranges.bytes();
        Racer::new(NAME, move |index| match asked[index] {
            IpAddr::V4(address) => u8::from(ranges.contains(address.to_bits())),
            IpAddr::V6(_) => 0,
        })
        .sized(bytes)
    } else {
        let ranges = Indexed::<u128>::new(prefixes.iter().map(|&(first, length)| match first {
            IpAddr::V6(first) => (first.to_bits(), length),
            IpAddr::V4(_) => panic!("of one family"),
        }));
        let bytes = ranges.bytes();
        Racer::new(NAME, move |index| match asked[index] {
            IpAddr::V6(address) => u8::from(ranges.contains(address.to_bits())),
            IpAddr::V4(_) => 0,
        })
        .sized(bytes)
    }
}
