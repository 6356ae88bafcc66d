//! What can go wrong while loading. Deciding has no errors.

use core::fmt;

/// Why bytes were not taken as a bundle. The numbers are the C statuses and
/// are never reused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[repr(u16)]
pub enum LoadError {
    /// The bytes are no bundle at all.
    NotABundle = 10,
    /// The format version is not the one this build reads.
    Version {
        /// The version in the header.
        found: u16,
    } = 11,
    /// The bundle was cut short or has something appended.
    Length {
        /// The length in the header.
        expected: u64,
        /// The length given.
        found: u64,
    } = 12,
    /// The bytes changed since they were written.
    Checksum = 13,
    /// A platform this build does not know.
    Platform {
        /// The platform's number.
        found: u8,
    } = 14,
    /// The section directory is damaged.
    Directory = 15,
    /// A required section is not known to this build: it is older than the
    /// compiler that wrote the bundle.
    Section {
        /// The section's number.
        found: u16,
    } = 16,
    /// Some policy has a scope, but the binding gives no target to test it on.
    TargetMissing = 17,
    /// An entry of the binding's `volumes` is not a device and a drive.
    Volume {
        /// Which, from 0.
        index: u32,
    } = 18,
    /// The bundle compares Windows names by a table this build does not have.
    UpperCase {
        /// The table's version in the header.
        found: u16,
    } = 19,
}

/// Spells the errors of an enum, and lists the spellings.
macro_rules! spelled {
    ($name:ident { $($pattern:pat => $text:literal,)+ }) => {
        impl $name {
            /// The spelling of every error, as `docs/errors.md` explains them.
            pub const CODES: &'static [&'static str] = &[$($text),+];

            /// The stable spelling, one of `CODES`.
            pub const fn code(&self) -> &'static str {
                match self { $($pattern => $text,)+ }
            }
        }
    };
}
pub(crate) use spelled;

spelled! {
    LoadError {
        LoadError::NotABundle => "not_a_bundle",
        LoadError::Version { .. } => "version",
        LoadError::Length { .. } => "length",
        LoadError::Checksum => "checksum",
        LoadError::Platform { .. } => "platform",
        LoadError::Directory => "directory",
        LoadError::Section { .. } => "section",
        LoadError::TargetMissing => "target_missing",
        LoadError::Volume { .. } => "volume",
        LoadError::UpperCase { .. } => "upper_case",
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            LoadError::NotABundle => f.write_str("not a bundle"),
            LoadError::Version { found } => write!(
                f,
                "bundle format {found} is not the one this build reads ({}); compile the policies again",
                crate::bundle::VERSION
            ),
            LoadError::Length { expected, found } => {
                write!(f, "bundle of {expected} bytes has {found}")
            }
            LoadError::Checksum => f.write_str("bundle is damaged: its checksum does not fit"),
            LoadError::Platform { found } => write!(f, "bundle for unknown platform {found}"),
            LoadError::Directory => f.write_str("bundle is damaged: its directory does not fit"),
            LoadError::Section { found } => write!(
                f,
                "bundle needs section {found}, which this build does not know; update the engine"
            ),
            LoadError::TargetMissing => f.write_str(
                "bundle has policies with scopes, but the binding has no target to test them on",
            ),
            LoadError::Volume { index } => write!(
                f,
                "volume {index} of the binding is not a device such as `\\Device\\HarddiskVolume2` and a drive such as `C:`"
            ),
            LoadError::UpperCase { found } => write!(
                f,
                "bundle needs upper-case table {found}, which this build does not have; compile the policies again"
            ),
        }
    }
}

impl core::error::Error for LoadError {}
