//! One component of a path: its symbol, and the wildcard components it matches.

use super::general::General;
use super::{Header, Kind, Part, Parts, START, WILD_NAMES, emit_some};
use crate::bytes::{record_at, u16_at, u32_at};
use crate::matcher::text::Tag;

/// A component and what is known about it.
pub(super) struct Component<'p> {
    bytes: &'p [u8],
    /// 0 if it is in no pattern.
    pub(super) symbol: u32,
    /// By kind, computed when first asked for.
    classes: [Option<Class>; 3],
}

impl<'p> Component<'p> {
    /// Looks a component up in the dictionary.
    #[inline]
    pub(super) fn new(parts: &Parts<'_>, bytes: &'p [u8]) -> Self {
        let symbol = parts.dictionary.find(Tag::Component, bytes);
        Component { bytes, symbol, classes: [None; 3] }
    }

    /// Emits what patterns of one component say.
    #[inline]
    pub(super) fn names(&mut self, parts: &Parts<'_>, last: bool, emit: &mut dyn FnMut(u32)) {
        if self.symbol != 0 {
            emit_some(self.field(parts, usize::from(!last)), emit);
        } else if parts.flags & WILD_NAMES != 0 {
            self.wild_names(parts, last, emit);
        }
    }

    fn wild_names(&mut self, parts: &Parts<'_>, last: bool, emit: &mut dyn FnMut(u32)) {
        for kind in [Kind::Prefix, Kind::Suffix, Kind::General] {
            if parts.flags & kind.names() != 0 {
                let class = self.class(kind, parts);
                emit_some(if last { class.last } else { class.inner }, emit);
            }
        }
        self.contained(parts, last, emit);
    }

    /// The set of a kind's wildcard components that match.
    #[inline]
    pub(super) fn set(&mut self, kind: Kind, parts: &Parts<'_>) -> u32 {
        if self.symbol != 0 {
            return self.field(parts, (kind as usize).wrapping_add(2));
        }
        self.class(kind, parts).set
    }

    /// A field of the record of its symbol.
    #[inline]
    fn field(&self, parts: &Parts<'_>, field: usize) -> u32 {
        let record = record_at::<20>(parts.part(Part::Symbols), self.symbol as usize);
        record.map_or(0, |record| u32_at(record, field))
    }

    /// The class of a component that is not in the dictionary.
    fn class(&mut self, kind: Kind, parts: &Parts<'_>) -> Class {
        if let Some(Some(class)) = self.classes.get(kind as usize) {
            return *class;
        }
        let class = match kind {
            Kind::Prefix => {
                let trie = [Part::PrefixNodes, Part::PrefixClasses];
                longest(trie.map(|part| parts.part(part)), self.bytes.iter())
            }
            Kind::Suffix => {
                let trie = [Part::SuffixNodes, Part::SuffixClasses];
                longest(trie.map(|part| parts.part(part)), self.bytes.iter().rev())
            }
            Kind::General => general(parts, self.bytes),
        };
        if let Some(known) = self.classes.get_mut(kind as usize) {
            *known = Some(class);
        }
        class
    }

    /// Emits what patterns `*lit*` say.
    fn contained(&self, parts: &Parts<'_>, last: bool, emit: &mut dyn FnMut(u32)) {
        let table = parts.part(Part::Contained);
        if table.is_empty() {
            return;
        }
        let outcomes = parts.part(Part::ContainedOutcomes);
        let stride = parts.header(Header::ContainedStride);
        let mut state = START as u16;
        for &byte in self.bytes {
            state = dense_step(table, stride, state, byte);
            let index = usize::from(state).wrapping_mul(2).wrapping_add(usize::from(!last));
            emit_some(u32_at(outcomes, index), emit);
        }
    }
}

/// What wildcard components of a kind say about a component.
#[derive(Clone, Copy)]
struct Class {
    set: u32,
    last: u32,
    inner: u32,
}

impl Class {
    const NONE: Class = Class { set: 0, last: 0, inner: 0 };

    fn read(classes: &[u8], index: u32) -> Class {
        match record_at::<12>(classes, index as usize) {
            Some(class) if index != 0 => {
                Class { set: u32_at(class, 0), last: u32_at(class, 1), inner: u32_at(class, 2) }
            }
            _ => Class::NONE,
        }
    }
}

/// Walks a trie as far as it goes.
#[inline]
fn longest<'p>([nodes, classes]: [&[u8]; 2], bytes: impl Iterator<Item = &'p u8>) -> Class {
    let (nodes, _) = nodes.as_chunks::<12>();
    let Some(mut node) = nodes.first() else { return Class::NONE };
    let mut place = 0;
    for &byte in bytes {
        let next = u32_at(node, 1).wrapping_add(u32::from(byte));
        match nodes.get(next as usize) {
            Some(found) if u32_at(found, 0) == place => (place, node) = (next, found),
            _ => break,
        }
    }
    Class::read(classes, u32_at(node, 2))
}

/// Runs the automaton of general wildcards.
fn general(parts: &Parts<'_>, component: &[u8]) -> Class {
    let automaton = General {
        states: parts.part(Part::GeneralStates),
        cells: parts.part(Part::GeneralCells),
        ranges: parts.part(Part::GeneralRanges),
    };
    Class::read(parts.part(Part::GeneralClasses), automaton.class(component))
}

/// One step of a dense automaton: 256 byte classes, then rows of `u16`.
#[inline]
fn dense_step(table: &[u8], stride: u32, state: u16, byte: u8) -> u16 {
    let class = table.get(usize::from(byte)).copied().unwrap_or(0);
    let row = usize::from(state).wrapping_mul(stride as usize);
    // The classes take the room of 128 states.
    u16_at(table, row.wrapping_add(usize::from(class)).wrapping_add(128))
}
