//! The bundle: compiled policies as bytes. This comment is its specification.
//!
//! A bundle is little-endian, position-independent and deterministic: the same
//! policies give the same bytes. Nothing in it needs alignment.
//!
//! | offset | size | field |
//! |--:|--:|---|
//! | 0 | 8 | magic `89 57 4C 42 0D 0A 1A 0A` |
//! | 8 | 2 | format version: a reader takes only its own |
//! | 10 | 2 | revision: grows with optional sections, readers take any |
//! | 12 | 1 | platform: 0 Linux, 1 Windows |
//! | 13 | 1 | flags: bit 0, some policy has a scope |
//! | 14 | 2 | version of the upper-case table, 0 if names are not folded |
//! | 16 | 8 | length of the whole bundle |
//! | 24 | 8 | checksum of bytes 0 to 24 and 32 to the end |
//! | 32 | 4 | number of sections, at most 256 |
//! | 36 | 4 | zero |
//! | 40 | 16 n | directory, sorted by section and kind |
//!
//! A directory entry is section `u16`, kind of event `u16` (`FFFF` for sections
//! that belong to no kind), flags `u32` (bit 0: required), offset `u32`, length
//! `u32`. Sections start at multiples of 8; equal ones may be one. An unknown section is an error if
//! it is required and is skipped otherwise; section 255 is kept for signatures
//! and is optional. What a section holds is specified where it is read; see
//! [`Section`].
//!
//! The magic follows PNG's: its first byte is no text, and both line endings in
//! it break when a transfer converts them (W3C PNG, section 5.2).
//!
//! Any bytes may be given to [`Layout::read`]. Contents of sections are not
//! validated: every reader is total, so that damage behind a repaired checksum
//! can give a wrong answer but nothing worse. Only a signature protects against
//! a bundle made to answer wrongly.

use crate::bytes::{record_at, slice_at, u16_at, u32_at, u64_at};
use crate::canonical::upcase;
use crate::decide::rule::RECORD as RULE;
use crate::error::LoadError;
use crate::event::{Kind, vocabulary};
use crate::hash::{checksum, hash};

pub(crate) const MAGIC: [u8; 8] = *b"\x89WLB\r\n\x1a\n";
pub(crate) const VERSION: u16 = 7;
#[cfg(feature = "compile")]
pub(crate) const REVISION: u16 = 1;
pub(crate) const HEADER: usize = 40;
pub(crate) const ENTRY: usize = 16;
pub(crate) const NO_KIND: u16 = 0xffff;
pub(crate) const REQUIRED: u32 = 1;
pub(crate) const FLAG_SCOPED: u8 = 1;
const MAX_SECTIONS: usize = 256;

vocabulary! {
    /// The operating system whose names a bundle understands.
    Platform {
        /// Bytes, case-sensitive.
        Linux = 0 "linux",
        /// WTF-8, folded.
        Windows = 1 "windows",
    }
}

vocabulary! {
    /// The sections of a bundle. Numbers are never reused.
    Section {
        /// Text that others point into.
        Strings = 1 "strings",
        /// One record per policy (`engine/policies.rs`).
        Policies = 2 "policies",
        /// Scope programs (`scope.rs`), four `u32` per pair: offset and length
        /// of scope and bypass scope, then their code.
        Scopes = 3 "scopes",
        /// Entries as written, for `explain` (`explain/mod.rs`).
        Entries = 4 "entries",
        /// Their patterns (`explain/pattern.rs`).
        Patterns = 5 "patterns",
        /// Controls over time (`watch.rs`).
        Watches = 6 "watches",
        /// How many audits are reported, by policy (`throttle.rs`). Optional.
        Throttles = 7 "throttles",
        /// Decoys to lay out (`decoys.rs`); optional.
        Decoys = 8 "decoys",
        /// Rules of a kind (`decide/rule.rs`).
        Rules = 16 "rules",
        /// Bit rows over the rules of a kind, row 0 empty (`matcher/rows.rs`).
        Rows = 17 "rows",
        /// Outcomes: four row numbers each (`matcher/rows.rs`).
        Outcomes = 18 "outcomes",
        /// Row numbers by condition (`matcher/rows.rs`).
        Conditions = 19 "conditions",
        /// Patterns for the object's path (`matcher/path/mod.rs`).
        Objects = 20 "objects",
        /// Patterns for the actor's program (`matcher/path/mod.rs`).
        Processes = 21 "processes",
        /// Users (`matcher/text.rs`).
        Users = 22 "users",
        /// SHA-256 digests (`matcher/text.rs`).
        Digests = 23 "digests",
        /// Groups (`matcher/text.rs`).
        Groups = 24 "groups",
        /// Domain names, compared byte by byte (`matcher/domain.rs`).
        Domains = 25 "domains",
        /// Domain names of large lists, by fingerprint (`matcher/domain.rs`).
        Feeds = 26 "feeds",
        /// Networks (`matcher/address.rs`).
        Addresses = 27 "addresses",
        /// Addresses with a port (`matcher/text.rs`).
        Endpoints = 28 "endpoints",
        /// Ports (`matcher/port.rs`).
        Ports = 29 "ports",
        /// Which named list gave an outcome, for `explain` (`explain/mod.rs`).
        Sources = 30 "sources",
        /// Environment variables and access keys (`matcher/text.rs`).
        Credentials = 31 "credentials",
        /// Secrets inside arguments (`matcher/substring.rs`).
        Secrets = 32 "secrets",
    }
}

impl Platform {
    /// The version of the table by which names are compared in upper case, 0 for
    /// none.
    pub(crate) const fn upper_case(self) -> u16 {
        match self {
            Platform::Windows => upcase::VERSION,
            Platform::Linux => 0,
        }
    }
}

/// Where a section lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    offset: u32,
    length: u32,
}

impl Extent {
    /// Whether nothing lies there.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(crate) const NONE: Extent = Extent { offset: 0, length: 0 };

    #[inline]
    pub(crate) fn of<'a>(&self, bundle: &'a [u8]) -> &'a [u8] {
        slice_at(bundle, self.offset as usize, self.length as usize)
    }
}

/// Header and directory of a bundle, as offsets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) platform: Platform,
    pub(crate) scoped: bool,
    pub(crate) hash: u64,
    shared: [Extent; SHARED],
    kinds: [Sections; Kind::ALL.len()],
    /// The number of each kind's first rule among all rules, then their sum.
    first_rules: [u32; Kind::ALL.len() + 1],
}

const SHARED: usize = 9;
const FIRST_PER_KIND: usize = 16;
const PER_KIND: usize = 20;

/// Whether a bundle's bytes are read to see that they are whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Checksum {
    Verify,
    Trust,
}

impl Layout {
    /// Checks everything that [`crate::Engine::load`] promises to check.
    pub(crate) fn read(bundle: &[u8], checked: Checksum) -> Result<Layout, LoadError> {
        if bundle.len() < HEADER || !bundle.starts_with(&MAGIC) {
            return Err(LoadError::NotABundle);
        }
        let version = u16_at(bundle, 4);
        if version != VERSION {
            return Err(LoadError::Version { found: version });
        }
        let length = u64_at(bundle, 2);
        if length != bundle.len() as u64 {
            return Err(LoadError::Length { expected: length, found: bundle.len() as u64 });
        }
        let hash = u64_at(bundle, 3);
        if checked == Checksum::Verify && hash != sum(bundle) {
            return Err(LoadError::Checksum);
        }
        let [platform, flags] = record_at::<2>(bundle, 6).copied().unwrap_or_default();
        let platform =
            Platform::from_number(platform).ok_or(LoadError::Platform { found: platform })?;
        let upper_case = u16_at(bundle, 7);
        if upper_case != platform.upper_case() {
            return Err(LoadError::UpperCase { found: upper_case });
        }
        let mut layout = Layout {
            platform,
            scoped: flags & FLAG_SCOPED != 0,
            hash,
            shared: [Extent::NONE; SHARED],
            kinds: [Sections::NONE; Kind::ALL.len()],
            first_rules: [0; Kind::ALL.len() + 1],
        };
        let sections = u32_at(bundle, 8) as usize;
        if sections > MAX_SECTIONS {
            return Err(LoadError::Directory);
        }
        let directory = slice_at(bundle, HEADER, sections.wrapping_mul(ENTRY));
        if directory.len() != sections.wrapping_mul(ENTRY) {
            return Err(LoadError::Directory);
        }
        for entry in directory.as_chunks::<ENTRY>().0 {
            layout.place(entry, bundle)?;
        }
        let mut sum = 0u32;
        for (first, &kind) in layout.first_rules.iter_mut().zip(Kind::ALL) {
            *first = sum;
            let rules = layout.kinds.get(kind as usize).map_or(0, Sections::rules);
            sum = sum.wrapping_add(rules);
        }
        if let Some(last) = layout.first_rules.last_mut() {
            *last = sum;
        }
        Ok(layout)
    }

    fn place(&mut self, entry: &[u8; ENTRY], bundle: &[u8]) -> Result<(), LoadError> {
        let section = u16_at(entry, 0);
        let kind = u16_at(entry, 1);
        let extent = Extent { offset: u32_at(entry, 2), length: u32_at(entry, 3) };
        if u64::from(extent.offset).wrapping_add(u64::from(extent.length)) > bundle.len() as u64 {
            return Err(LoadError::Directory);
        }
        let required = u32_at(entry, 1) & REQUIRED != 0;
        let known = u8::try_from(section).ok().and_then(Section::from_number).is_some();
        let place = if kind == NO_KIND {
            self.shared.get_mut(usize::from(section))
        } else {
            self.kinds
                .get_mut(usize::from(kind))
                .and_then(|kind| kind.0.get_mut(usize::from(section).wrapping_sub(FIRST_PER_KIND)))
        };
        match place {
            Some(place) if known => *place = extent,
            _ if required => return Err(LoadError::Section { found: section }),
            _ => {}
        }
        Ok(())
    }

    /// The number of a kind's first rule among all rules.
    #[inline]
    pub(crate) fn first_rule(&self, kind: Kind) -> u32 {
        self.first_rules.get(kind as usize).copied().unwrap_or(0)
    }

    /// The kind of a rule and its number within the kind.
    pub(crate) fn find_rule(&self, rule: u32) -> Option<(Kind, usize)> {
        let mut kinds = Kind::ALL.iter().zip(self.first_rules.windows(2));
        kinds.find_map(|(&kind, bounds)| match bounds {
            [first, end] if (*first..*end).contains(&rule) => {
                Some((kind, rule.wrapping_sub(*first) as usize))
            }
            _ => None,
        })
    }

    /// A section that belongs to no kind; empty if there is none.
    #[inline]
    pub(crate) fn shared<'a>(&self, bundle: &'a [u8], section: Section) -> &'a [u8] {
        self.shared.get(section as usize).map_or(&[], |extent| extent.of(bundle))
    }

    /// A section of a kind; empty if there is none.
    #[inline]
    pub(crate) fn of_kind<'a>(&self, bundle: &'a [u8], kind: Kind, section: Section) -> &'a [u8] {
        self.sections(kind).of(bundle, section)
    }

    /// Where the sections of a kind lie.
    #[inline]
    pub(crate) fn sections(&self, kind: Kind) -> &Sections {
        self.kinds.get(kind as usize).unwrap_or(&Sections::NONE)
    }
}

/// Where the sections of one kind lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sections([Extent; PER_KIND]);

impl Sections {
    const NONE: Sections = Sections([Extent::NONE; PER_KIND]);

    /// A section; empty if there is none.
    #[inline]
    pub(crate) fn of<'a>(&self, bundle: &'a [u8], section: Section) -> &'a [u8] {
        self.extent(section).of(bundle)
    }

    /// Where a section lies; an empty extent if there is none.
    #[inline]
    pub(crate) fn extent(&self, section: Section) -> Extent {
        let extent = self.0.get((section as usize).wrapping_sub(FIRST_PER_KIND));
        extent.copied().unwrap_or(Extent::NONE)
    }

    /// How many rules there are.
    #[inline]
    pub(crate) fn rules(&self) -> u32 {
        self.extent(Section::Rules).length.checked_div(RULE as u32).unwrap_or(0)
    }
}

/// The checksum that a bundle should carry.
pub(crate) fn sum(bundle: &[u8]) -> u64 {
    checksum(hash(0, slice_at(bundle, 0, 24)), bundle.get(32..).unwrap_or(&[]))
}
