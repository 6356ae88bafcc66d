//! Ports and hosts that one source or process tried: the latest distinct ones.
//!
//! Body: the two stamps of when it was told last `u64` (`u64::MAX` for never), then
//! entries for ports, then entries for hosts, 12 bytes each: the value hashed `u32`
//! (0 for none), when it was tried last `u64`.
//!
//! How times are compared: `state/clock.rs`.
//!
//! One entry more than are too many is enough to know, exactly, whether more
//! were tried within the window. Above [`EXACT`] only every second, fourth, …
//! value is looked at, chosen by its hash, and the limit is divided likewise:
//! such a limit is met within about a tenth.

use super::clock::{Told, counts, settled};
use super::table::{HEAD, Head, Kind, Overload, SET, Table};
use crate::bytes::u32_at;

/// The largest limit that is counted exactly.
pub(crate) const EXACT: u64 = 128;
const ENTRY: usize = 12;
const ENTRIES: usize = 16;
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
    let body = room(ports).wrapping_add(room(hosts)).wrapping_add(ENTRIES);
    // The danger that it will have: with less, it could never come in where others
    // tried one.
    let first = weight(limits.max_ports, port).max(weight(limits.max_hosts, host));
    let expires = now.saturating_add(limits.window);
    let fresh = Head { kind: Kind::Scan, danger: untold(first), key: *key, identity, expires };
    let mut overload = Overload(false);
    let place = match table.find(Kind::Scan, key) {
        Some(place) => place,
        None => {
            let (place, forgot) = table.insert(&fresh, body, now);
            overload = forgot;
            let Some(place) = place else { return ScanOutcome { alert: None, overload } };
            Told::NEVER.write(table.body_mut(place));
            place
        }
    };
    let entries = table.body_mut(place).get_mut(ENTRIES..).unwrap_or(&mut []);
    let (first, second) = entries.split_at_mut(room(ports).min(entries.len()));
    let many_ports = note(first, limits.max_ports, port, now, limits.window);
    let many_hosts = note(second, limits.max_hosts, host, now, limits.window);
    let told = Told::read(table.body(place));
    let silent = told.lasts(now, limits.window);
    let too_many = [(many_ports, limits.max_ports), (many_hosts, limits.max_hosts)]
        .into_iter()
        .find(|&(count, limit)| u64::from(count) > limit)
        .map(|(count, _)| count);
    let alert = too_many.filter(|_| !silent);
    if alert.is_some() {
        let entries = table.body_mut(place).get_mut(ENTRIES..).unwrap_or(&mut []);
        let latest = settle(entries, now, limits.window);
        told.again(now, latest).write(table.body_mut(place));
    }
    let most = many_ports.max(many_hosts);
    let danger = if silent || alert.is_some() { TOLD } else { untold(most) };
    let old = table.head(place).map_or(expires, |head| head.expires);
    table.set_head(place, &Head { danger, expires: expires.max(old), ..fresh });
    ScanOutcome { alert, overload }
}

/// The danger of a key that was not told, by how many ports or hosts it tried.
fn untold(most: u32) -> u8 {
    most.min(u32::from(TOLD.wrapping_sub(1))) as u8
}

/// For how many a value stands: none, if it is not looked at.
fn weight(limit: u64, value: Option<u32>) -> u32 {
    let (shift, mask, _) = sampled(limit);
    let looked_at = value.is_some_and(|value| value & mask == 0);
    u32::from(looked_at).wrapping_shl(shift)
}

/// Notes a value and says about how many there are within the window.
fn note(entries: &mut [u8], limit: u64, value: Option<u32>, now: u64, window: u64) -> u32 {
    let (shift, mask, most) = sampled(limit);
    let entries = entries.as_chunks_mut::<ENTRY>().0;
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
            write(entry, value, at);
        }
    }
    let counting = entries
        .iter()
        .filter(|entry| u32_at(entry.as_slice(), 0) != 0 && counts(now, time(entry), window));
    let count = counting.fold(0u32, |count, _| count.saturating_add(1));
    count.checked_shl(shift).unwrap_or(u32::MAX)
}

/// Has entries that lead to an alert count as of it; returns the latest of their
/// times before.
fn settle(entries: &mut [u8], now: u64, window: u64) -> u64 {
    let mut latest = now;
    for entry in entries.as_chunks_mut::<ENTRY>().0 {
        let (value, then) = (u32_at(entry.as_slice(), 0), time(entry));
        if value != 0 {
            latest = latest.max(then);
            write(entry, value, settled(now, then, window));
        }
    }
    latest
}

fn time(entry: &[u8; ENTRY]) -> u64 {
    u64::from(u32_at(entry, 1)) | u64::from(u32_at(entry, 2)).wrapping_shl(32)
}

fn write(entry: &mut [u8; ENTRY], value: u32, time: u64) {
    let bytes = value.to_le_bytes().into_iter().chain(time.to_le_bytes());
    entry.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
}

const _: () = assert!(HEAD + ENTRIES + 2 * (EXACT as usize + 1) * ENTRY <= SET);
