//! What a field may hold, as data: the same rows decode policies, fill in
//! defaults, and later write the documentation and the JSON Schema.

use crate::event::Kind;
use crate::policy::{Platform, PolicyKind};

/// One control, as a row of [`CONTROLS`](crate::policy::CONTROLS).
#[derive(Clone, Copy, Debug)]
pub struct ControlSpec {
    /// Its key under `controls`.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The kinds of policies that may use it.
    pub applies_to: &'static [PolicyKind],
    /// The platforms it exists on.
    pub platforms: &'static [Platform],
    /// The kinds of events it decides about.
    pub acts_on: &'static [Kind],
    /// It never blocks, whatever the mode.
    pub audit_only: bool,
    /// The techniques it is against, and the standards that ask for it.
    pub sources: &'static [&'static str],
    /// Its own fields, in the order of the documentation.
    pub own_fields: &'static [FieldSpec],
    /// The fields that say to whom it applies.
    pub actor_fields: &'static [FieldSpec],
}

impl ControlSpec {
    /// All fields.
    pub fn fields(&self) -> impl Iterator<Item = &'static FieldSpec> + use<> {
        self.own_fields.iter().chain(self.actor_fields)
    }

    /// Whether it may be written without any field.
    pub fn all_optional(&self) -> bool {
        self.fields().all(|field| !field.is_required())
    }
}

/// One field of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its key.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// What leaving it out means.
    pub absent: Absent,
}

impl FieldSpec {
    /// Whether it must be given.
    pub const fn is_required(&self) -> bool {
        matches!(self.absent, Absent::Refused)
    }
}

/// What an absent field means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Absent {
    /// An error: the field is required.
    Refused,
    /// Something else than any value, said in the field's doc sentence.
    Unset,
    /// This plain scalar.
    Scalar(&'static str),
    /// A list of these texts.
    List(&'static [&'static str]),
    /// The empty mapping.
    Mapping,
}

/// What a field may hold.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// `true` or `false`.
    Boolean,
    /// A plain decimal integer, both ends included.
    Integer {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// `30s`, `10m`, `12h` or `7d`; from one second to thirty days.
    Duration,
    /// An RFC 3339 time in UTC, such as `2026-12-01T00:00:00Z`.
    Timestamp,
    /// Any text but the empty one.
    Text,
    /// One line of text that can be seen.
    Line,
    /// A scope expression.
    Scope,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of these words.
    Choices(&'static [&'static str]),
    /// A list of what an [`Item`] is.
    List(Item),
    /// Port numbers and ranges: `23`, `6000-6063`.
    Ports,
    /// A mapping with these fields.
    Mapping(&'static [FieldSpec]),
    /// A mapping from names that the author chooses to mappings with these fields.
    Named(&'static [FieldSpec]),
    /// A list of mappings whose fields depend on the word in the field `kind`.
    Tagged(&'static [Variant]),
    /// A mapping with one key per control.
    Controls,
}

/// One form of [`Shape::Tagged`].
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The word in the field `kind`.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its other fields.
    pub fields: &'static [FieldSpec],
}

/// What the texts of a list are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// Path patterns and bare names.
    Path,
    /// Base names of programs, and absolute path patterns.
    Program,
    /// `alice`, `uid:1000`, `sid:S-1-5-18`.
    User,
    /// `wheel`, `gid:27`, `sid:S-1-5-32-544`.
    Group,
    /// Addresses and networks.
    Network,
    /// Domain names, `*.example.com`, `.example.com`.
    Domain,
    /// Names under `lists`.
    ListName,
    /// Names of presets.
    Preset,
    /// SHA-256 hashes, 64 hexadecimal digits in either case.
    Sha256,
    /// Registry key patterns.
    RegistryKey,
    /// Registry value name patterns.
    RegistryValue,
    /// Tags, any text.
    Tag,
}

/// A doc comment without the space that follows its slashes.
pub(crate) const fn sentence(doc: &'static str) -> &'static str {
    match doc.as_bytes() {
        [b' ', ..] => doc.split_at(1).1,
        _ => doc,
    }
}
