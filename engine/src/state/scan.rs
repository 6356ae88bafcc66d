//! Ports and hosts that one source or process tried: the latest distinct ones.
//!
//! Body: when it was told last `u64` (`u64::MAX` for never), then entries for
//! ports, then entries for hosts, 12 bytes each: the value hashed `u32` (0 for
//! none), when it was tried last `u64`.
//!
//! One entry more than are too many is enough to know, exactly, whether more
//! were tried within the window. Above [`EXACT`] only every second, fourth, …
//! value is looked at, chosen by its hash, and the limit is divided likewise:
//! such a limit is met within about a tenth.

use super::table::{HEAD, Head, Kind, Overload, Place, SET, Table};
use crate::bytes::{u32_at, u64_at};

/// The largest limit that is counted exactly.
pub(crate) const EXACT: u64 = 128;
const ENTRY: usize = 12;
const NEVER: u64 = u64::MAX;
const TOLD: u8 = 180;

/// What a control asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScanLimits {
    pub(crate) max_ports: u64,
    pub(crate) max_hosts: u64,
    pub(crate) window: u64,
}

/// What a connection led to: how many ports or hosts, if they are too many and
/// that was not told within the window.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ScanOutcome {
    pub(crate) alert: Option<u32>,
    pub(crate) overload: Overload,
}

/// A limit as it is counted: which values are looked at, and how many are too
/// many.
fn sampled(limit: u64) -> (u32, u32, usize) {
    let mut shift = 0u32;
    while limit.wrapping_shr(shift) > EXACT {
        shift = shift.wrapping_add(1);
    }
    let mask = 1u32.wrapping_shl(shift).wrapping_sub(1);
    (shift, mask, limit.wrapping_shr(shift) as usize)
}

/// Notes a connection of a key to a port and a host, both hashed.
pub(crate) fn connect(
    table: &mut Table<'_>,
    (key, identity): (&[u8; 16], u64),
    limits: &ScanLimits,
    now: u64,
    port: Option<u32>,
    host: Option<u32>,
) -> ScanOutcome {
    let (_, _, ports) = sampled(limits.max_ports);
    let (_, _, hosts) = sampled(limits.max_hosts);
    let room = |count: usize| count.saturating_add(1).wrapping_mul(ENTRY);
    let body = room(ports).wrapping_add(room(hosts)).wrapping_add(8);
    let head = Head {
        kind: Kind::Scan,
        danger: 0,
        key: *key,
        identity,
        last: now,
        expires: now.saturating_add(limits.window),
    };
    let mut overload = Overload(false);
    let place = match table.find(Kind::Scan, key) {
        Some(place) => place,
        None => {
            let (place, forgot) = table.insert(&head, body, now);
            overload = forgot;
            let Some(place) = place else { return ScanOutcome { alert: None, overload } };
            set_told(table, place, NEVER);
            place
        }
    };
    let entries = table.body_mut(place).get_mut(8..).unwrap_or(&mut []);
    let (first, second) = entries.split_at_mut(room(ports).min(entries.len()));
    let many_ports = note(first, limits.max_ports, port, now, limits.window);
    let many_hosts = note(second, limits.max_hosts, host, now, limits.window);
    let told = u64_at(table.body(place), 0);
    let silent = told != NEVER && now.saturating_sub(told) < limits.window;
    let too_many = [(many_ports, limits.max_ports), (many_hosts, limits.max_hosts)]
        .into_iter()
        .find(|&(count, limit)| u64::from(count) > limit)
        .map(|(count, _)| count);
    let alert = too_many.filter(|_| !silent);
    if alert.is_some() {
        set_told(table, place, now);
    }
    let most = many_ports.max(many_hosts).min(u32::from(TOLD.wrapping_sub(1))) as u8;
    let danger = if silent || alert.is_some() { TOLD } else { most };
    table.set_head(place, &Head { danger, ..head });
    ScanOutcome { alert, overload }
}

/// Notes a value and says about how many there are within the window.
fn note(entries: &mut [u8], limit: u64, value: Option<u32>, now: u64, window: u64) -> u32 {
    let (shift, mask, most) = sampled(limit);
    let entries = entries.as_chunks_mut::<ENTRY>().0;
    let time = |entry: &[u8; ENTRY]| {
        u64::from(u32_at(entry, 1)) | u64::from(u32_at(entry, 2)).wrapping_shl(32)
    };
    if let Some(value) = value.filter(|value| value & mask == 0) {
        // Never 0, which is no entry.
        let value = value.max(1 << shift.min(31));
        let oldest = |entry: &[u8; ENTRY]| match u32_at(entry, 0) {
            known if known == value => (0, 0),
            0 => (1, 0),
            _ => (2, time(entry)),
        };
        let place = entries.iter_mut().take(most.saturating_add(1)).min_by_key(|e| oldest(e));
        if let Some(entry) = place {
            // The latest time counts, also where a clock went back.
            let (known, then) = (u32_at(entry.as_slice(), 0), time(entry));
            let at = if known == value { now.max(then) } else { now };
            // A stamp before all others, of a clock that went back, is the one
            // to be left out.
            let (value, at) = if known == 0 || at >= then { (value, at) } else { (known, then) };
            let bytes = value.to_le_bytes().into_iter().chain(at.to_le_bytes());
            entry.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        }
    }
    let counting = entries.iter().filter(|entry| {
        u32_at(entry.as_slice(), 0) != 0 && now.saturating_sub(time(entry)) < window
    });
    let count = counting.fold(0u32, |count, _| count.saturating_add(1));
    count.checked_shl(shift).unwrap_or(u32::MAX)
}

fn set_told(table: &mut Table<'_>, place: Place, time: u64) {
    if let Some(bytes) = table.body_mut(place).first_chunk_mut::<8>() {
        *bytes = time.to_le_bytes();
    }
}

const _: () = assert!(HEAD + 8 + 2 * (EXACT as usize + 1) * ENTRY <= SET);
