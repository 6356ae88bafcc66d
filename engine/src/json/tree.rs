//! JSON values as a tree that keeps what events need and serde's own tree
//! loses: duplicate keys, the spelling of numbers, and where a value stood.
//!
//! Each level is split into the raw texts of its parts and each part is then
//! read by its first byte. Depth is limited, so that any line takes stack and
//! time in proportion to its length.

use core::fmt;
use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One JSON value.
#[derive(Debug)]
pub(super) enum Tree {
    Bool(bool),
    /// As it was written: `1`, `1.0` and `1e0` differ.
    Number(String),
    Text(String),
    /// The bytes of `{"hex": "…"}`.
    Hex(Vec<u8>),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
    /// `null`, which stands for no value of any field.
    Null,
    /// JSON by its grammar, but nested too deeply or with half a surrogate pair.
    Unreadable,
}

/// What was noticed anywhere in a tree.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Noticed {
    /// Some object has a key twice. The first of them comes first in the tree.
    pub(super) duplicate: bool,
    /// There is a [`Tree::Unreadable`].
    pub(super) unreadable: bool,
}

/// The members of an object with the raw text of their values, or `None` if
/// `line` is not one JSON object.
pub(super) fn members(line: &[u8]) -> Option<Vec<(String, &str)>> {
    let Members(members) = serde_json::from_slice(line).ok()?;
    Some(members)
}

/// Whether two members have the same key. O(n log n), because an attacker may
/// choose how many members there are.
pub(super) fn duplicate<T>(members: &[(String, T)]) -> bool {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair.first() == pair.last())
}

/// Reads one value inside `depth` others. `raw` is valid JSON without
/// surrounding white space, as [`members`] gives it.
pub(super) fn read(raw: &str, depth: usize, noticed: &mut Noticed) -> Tree {
    let tree = match raw.as_bytes().first() {
        Some(b't') => Tree::Bool(true),
        Some(b'f') => Tree::Bool(false),
        Some(b'n') => Tree::Null,
        Some(b'"') => serde_json::from_str(raw).map_or(Tree::Unreadable, Tree::Text),
        Some(b'[') if depth < DEPTH => list(raw, depth, noticed),
        Some(b'{') if depth < DEPTH => object(raw, depth, noticed),
        Some(b'-' | b'0'..=b'9') => Tree::Number(raw.to_owned()),
        _ => Tree::Unreadable,
    };
    noticed.unreadable |= matches!(tree, Tree::Unreadable);
    tree
}

fn list(raw: &str, depth: usize, noticed: &mut Noticed) -> Tree {
    match serde_json::from_str::<Vec<&RawValue>>(raw) {
        Ok(parts) => {
            Tree::List(parts.iter().map(|part| read(part.get(), depth + 1, noticed)).collect())
        }
        Err(_) => Tree::Unreadable,
    }
}

fn object(raw: &str, depth: usize, noticed: &mut Noticed) -> Tree {
    let Some(parts) = members(raw.as_bytes()) else { return Tree::Unreadable };
    noticed.duplicate |= duplicate(&parts);
    let members: Vec<(String, Tree)> =
        parts.into_iter().map(|(key, part)| (key, read(part, depth + 1, noticed))).collect();
    if let [(key, Tree::Text(digits))] = members.as_slice()
        && key == "hex"
        && let Some(bytes) = hex(digits)
    {
        return Tree::Hex(bytes);
    }
    Tree::Object(members)
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    pairs
        .iter()
        .map(|&[high, low]| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok()
        })
        .collect()
}

struct Members<'de>(Vec<(String, &'de str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((key, value.get()));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// How deep values may be nested, the event itself counted; as in policies.
const DEPTH: usize = 64;
