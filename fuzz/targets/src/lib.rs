//! What the fuzz targets do with their input, and what they demand of Wardline.
//!
//! Each target is a function from bytes to nothing that panics when a law is
//! broken. `fuzz/fuzz_targets` calls them under libFuzzer; `cargo test` replays
//! `fuzz/corpus` and `fuzz/regressions` through the same functions. Pieces that
//! the engine keeps to itself, such as canonical paths, are driven through its
//! public API and compared with the oracle of the engine's tests, which shares
//! no matching code with it. `docs/fuzzing.md` has the table of laws.

mod address;
mod agree;
mod bundle;
mod decide;
mod domain;
mod event;
mod glob;
mod list;
mod path;
mod policy;
mod registry;
mod scope;
pub mod specimen;

#[allow(missing_docs, reason = "test code, documented where it lives")]
#[path = "../../../engine/tests/oracle/mod.rs"]
mod oracle;
#[allow(missing_docs, dead_code, reason = "test code, documented where it lives")]
#[path = "../../../engine/tests/random/mod.rs"]
mod random;

pub use address::address;
pub use bundle::{ask, bundle, interrogate, is_sealable};
pub use decide::{decide, decide_windows};
pub use domain::domain;
pub use event::event;
pub use glob::glob;
pub use list::list;
pub use path::{path_linux, path_windows};
pub use policy::{policy_json, policy_yaml, read_policy};
pub use registry::registry;
pub use scope::scope;

/// What a target does with its input.
pub type Target = fn(&[u8]);

/// Every target by its name: that of its file in `fuzz/fuzz_targets` and of its
/// directories below `fuzz/corpus` and `fuzz/regressions`.
pub const TARGETS: &[(&str, Target)] = &[
    ("policy_yaml", policy_yaml),
    ("policy_json", policy_json),
    ("scope", scope),
    ("glob", glob),
    ("path_linux", path_linux),
    ("path_windows", path_windows),
    ("registry", registry),
    ("domain", domain),
    ("address", address),
    ("list", list),
    ("bundle", bundle),
    ("event", event),
    ("decide", decide),
    ("decide_windows", decide_windows),
];
