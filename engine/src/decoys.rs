//! Decoys as they are to be laid out, for an enforcer that does so when it starts.
//!
//! Section `Decoys` holds 20-byte records: kind `u8`, flags `u8` (bit 0: in the
//! environment, bit 1: in a file, bit 2: in a layer, bit 3: has a secret), policy
//! `u16`, name (offset and length `u32` into `Strings`), secret (likewise). It is
//! optional: deciding does not read it.

use crate::bytes::{record_at, slice_at, u16_at, u32_at};
use crate::event::vocabulary;
use crate::policies::numbers;

pub(crate) const RECORD: usize = 20;
pub(crate) const FLAG_ENVIRONMENT: u8 = 1;
pub(crate) const FLAG_FILE: u8 = 2;
pub(crate) const FLAG_LAYER: u8 = 4;
pub(crate) const FLAG_SECRET: u8 = 8;

vocabulary! {
    /// What a decoy is.
    DecoyKind {
        /// An access key, by its identifier.
        AccessKey = 0 "access_key",
        /// A file, by its path pattern.
        File = 1 "file",
        /// An environment variable, by its name.
        Environment = 2 "environment",
        /// A domain, by its name.
        Domain = 3 "domain",
    }
}

/// A decoy that a policy wants to be laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Decoy<'a> {
    /// What it is.
    pub kind: DecoyKind,
    /// Its identifier, pattern or name.
    pub name: &'a str,
    /// The secret of a key, the value of a variable.
    pub secret: Option<&'a str>,
    /// A key that belongs into an environment variable.
    pub in_environment: bool,
    /// A key that belongs into a file.
    pub in_file: bool,
    /// A key that belongs into a file of a layer.
    pub in_layer: bool,
}

/// The decoys of a section, each with the number of its policy.
pub(crate) fn decoys<'a>(
    section: &'a [u8],
    strings: &'a [u8],
) -> impl Iterator<Item = (u32, Decoy<'a>)> {
    let text = move |record: &[u8; RECORD], index: usize| {
        let (offset, length) = (u32_at(record, index), u32_at(record, index.wrapping_add(1)));
        core::str::from_utf8(slice_at(strings, offset as usize, length as usize)).unwrap_or("")
    };
    numbers().map_while(move |index| {
        let record = record_at::<RECORD>(section, index as usize)?;
        let [kind, flags, ..] = *record;
        let has = |flag| flags & flag != 0;
        let decoy = Decoy {
            kind: DecoyKind::from_number(kind)?,
            name: text(record, 1),
            secret: has(FLAG_SECRET).then(|| text(record, 3)),
            in_environment: has(FLAG_ENVIRONMENT),
            in_file: has(FLAG_FILE),
            in_layer: has(FLAG_LAYER),
        };
        Some((u32::from(u16_at(record, 1)), decoy))
    })
}
