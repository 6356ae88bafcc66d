//! Presets: named sets of entries that rule sets of the field agree on.
//!
//! Entries are read like those of the control's own list: a path without
//! wildcard is that file, or that directory and its direct entries; a key is
//! that key with its values. Where a whole tree is meant, `/dir` and `/dir/**`
//! both stand here.
//!
//! The paths and keys are facts that the named rule sets agree on; the selection
//! and the descriptions are ours. A preset is a core, not a union: of 1,912 Linux
//! paths that thirteen rule sets name, three or more agree on 85; of 1,211
//! registry keys on 87.

mod linux;
pub mod network;
mod registry;
mod windows;

pub use linux::LINUX;
pub use registry::REGISTRY;
pub use windows::WINDOWS;

use crate::bundle::Platform;

/// A named set of paths or registry keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Preset {
    /// As policies name it.
    pub name: &'static str,
    /// What is in it.
    pub description: &'static str,
    /// Requirements that ask for it.
    pub requirements: &'static [&'static str],
    /// Rule sets that name its paths.
    pub sources: &'static [&'static str],
    /// Its entries.
    pub paths: &'static [&'static str],
}

/// The presets of files on a platform, by name.
pub fn files(platform: Platform) -> &'static [Preset] {
    match platform {
        Platform::Linux => LINUX,
        Platform::Windows => WINDOWS,
    }
}

/// The preset of a name.
pub fn find(presets: &'static [Preset], name: &str) -> Option<&'static Preset> {
    presets.iter().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::glob::{Dialect, parse};
    use alloc::collections::BTreeSet;

    #[test]
    fn names_are_sorted_and_entries_are_globs_that_stand_once() {
        for (presets, dialect) in
            [(LINUX, Dialect::Linux), (WINDOWS, Dialect::Windows), (REGISTRY, Dialect::Registry)]
        {
            assert!(presets.is_sorted_by(|a, b| a.name < b.name));
            for preset in presets {
                let entries: BTreeSet<_> = preset.paths.iter().collect();
                assert_eq!(entries.len(), preset.paths.len(), "{}", preset.name);
                for path in preset.paths {
                    let parsed = parse(path, dialect).unwrap();
                    assert!(parsed.warnings.is_empty() && !parsed.bare_name, "{path}");
                }
            }
        }
    }
}
