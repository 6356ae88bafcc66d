//! Who else was seen: the users that a source tried, or the sources of a user, as
//! a few bytes each.
//!
//! 32 bytes: what it is `u8`, bytes that are shown `u8`, those bytes (up to
//! [`SHOWN`]), and eight bytes of a keyed hash of the whole, by which they are
//! told apart.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::bytes::{slice_at, u64_at};
use crate::canonical::address::Ip;
use crate::event::Principal;

pub(crate) const SIZE: usize = 32;
/// Of longer names so much is shown.
pub(crate) const SHOWN: usize = 22;

const NOBODY: u8 = 0;
const NAME: u8 = 1;
const ID: u8 = 2;
const SID: u8 = 3;
const V4: u8 = 4;
const V6: u8 = 6;

/// A user or source, short.
pub(crate) type Short = [u8; SIZE];

/// A user or source that an alert tells of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Seen<'a> {
    /// A source; of IPv6 the network that sources are grouped by.
    Source(IpAddr),
    /// A login without source.
    NoSource,
    /// A user's name; of one longer than 22 bytes, these.
    User(&'a [u8]),
    /// A user's id.
    UserId(u64),
    /// A user's security identifier, as a name.
    UserSid(&'a [u8]),
    /// A login without user.
    NoUser,
}

fn short(tag: u8, shown: &[u8], hash: [u8; 16]) -> Short {
    let mut short = [0; SIZE];
    let kept = slice_at(shown, 0, shown.len().min(SHOWN));
    let (head, rest) = ([tag, kept.len() as u8], hash.into_iter().take(8));
    let parts = head.iter().chain(kept);
    short.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
    short.iter_mut().skip(SIZE.wrapping_sub(8)).zip(rest).for_each(|(to, from)| *to = from);
    short
}

/// A source, masked as it is counted.
pub(crate) fn source(source: Option<Ip>, hash: [u8; 16]) -> Short {
    match source {
        None => short(NOBODY, &[], hash),
        Some(Ip::V4(bits)) => short(V4, &bits.to_be_bytes(), hash),
        Some(Ip::V6(bits)) => short(V6, &bits.to_be_bytes(), hash),
    }
}

/// A user by the first of its names that is known.
pub(crate) fn user(user: &Principal<'_>, hash: [u8; 16]) -> Short {
    match (user.name, user.id, user.sid) {
        (Some(name), _, _) => short(NAME, name, hash),
        (None, Some(id), _) => short(ID, &id.to_le_bytes(), hash),
        (None, None, Some(sid)) => short(SID, sid, hash),
        (None, None, None) => short(NAME, &[], hash),
    }
}

/// Whether both are the same.
pub(crate) fn same(a: &Short, b: &Short) -> bool {
    a.first() == b.first() && u64_at(a, 3) == u64_at(b, 3)
}

impl<'a> Seen<'a> {
    pub(crate) fn read(short: &'a Short) -> Seen<'a> {
        let [tag, length, shown @ ..] = short;
        let shown = slice_at(shown, 0, usize::from(*length).min(SHOWN));
        match (*tag, shown) {
            (V4, &[a, b, c, d]) => Seen::Source(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
            (V6, shown) => match shown.first_chunk::<16>() {
                Some(bytes) => Seen::Source(IpAddr::V6(Ipv6Addr::from(*bytes))),
                None => Seen::NoSource,
            },
            (NAME, []) => Seen::NoUser,
            (NAME, name) => Seen::User(name),
            (ID, id) => {
                Seen::UserId(id.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
            }
            (SID, sid) => Seen::UserSid(sid),
            _ => Seen::NoSource,
        }
    }
}
