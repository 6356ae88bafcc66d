//! Lays out sections as a bundle; the format is specified in `bundle.rs`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::bundle::{
    ENTRY, FLAG_SCOPED, HEADER, MAGIC, NO_KIND, Platform, REQUIRED, REVISION, Section, VERSION, sum,
};
use crate::event::Kind;

/// A section and its bytes.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) section: Section,
    pub(crate) kind: Option<Kind>,
    pub(crate) bytes: Vec<u8>,
}

/// The bundle of these parts; empty ones are left out.
pub(crate) fn bundle(platform: Platform, scoped: bool, mut parts: Vec<Part>) -> Vec<u8> {
    parts.retain(|part| !part.bytes.is_empty());
    parts.sort_by_key(|part| (part.section, part.kind));
    let mut bytes = vec![0u8; HEADER + parts.len() * ENTRY];
    bytes[0..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
    bytes[10..12].copy_from_slice(&REVISION.to_le_bytes());
    bytes[12] = platform as u8;
    bytes[13] = if scoped { FLAG_SCOPED } else { 0 };
    bytes[14..16].copy_from_slice(&platform.upper_case().to_le_bytes());
    bytes[32..36].copy_from_slice(&(parts.len() as u32).to_le_bytes());
    // Kinds of events that a list concerns alike often have the same table.
    let mut written: BTreeMap<&[u8], u32> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let end = bytes.len() as u32;
        let offset = *written.entry(&part.bytes).or_insert(end);
        let kind = part.kind.map_or(NO_KIND, |kind| kind as u16);
        let entry = &mut bytes[HEADER + index * ENTRY..][..ENTRY];
        entry[0..2].copy_from_slice(&(part.section as u16).to_le_bytes());
        entry[2..4].copy_from_slice(&kind.to_le_bytes());
        // A reader that knows of no throttle reports everything, and one that
        // lays out no decoys decides as well.
        let optional = matches!(part.section, Section::Throttles | Section::Decoys);
        let flags = if optional { 0 } else { REQUIRED };
        entry[4..8].copy_from_slice(&flags.to_le_bytes());
        entry[8..12].copy_from_slice(&offset.to_le_bytes());
        entry[12..16].copy_from_slice(&(part.bytes.len() as u32).to_le_bytes());
        if offset == end {
            bytes.extend_from_slice(&part.bytes);
        }
    }
    let length = bytes.len() as u64;
    bytes[16..24].copy_from_slice(&length.to_le_bytes());
    let sum = sum(&bytes);
    bytes[24..32].copy_from_slice(&sum.to_le_bytes());
    bytes
}
