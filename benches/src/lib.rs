//! What benches share: rules, events, and engines that know the rules. All made from
//! fixed seeds, so that every run everywhere measures the same.

pub mod addresses;
pub mod asked;
pub mod counted;
pub mod domains;
pub mod events;
pub mod hosts;
pub mod paths;
pub mod policy;
pub mod random;
pub mod rules;

use std::path::PathBuf;

use wardline::Engine;

/// An engine with one control of an enforcing host policy for Linux.
///
/// # Panics
///
/// If the control is not understood.
pub fn engine(control: &str) -> Engine<Vec<u8>> {
    policy::load(policy::compile(&policy::policy(control)))
}

/// The contents of a file of `../shared` beside the repository, if it is there.
pub fn beside(file: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    // A working tree may lie one deeper than the repository itself.
    let places = [root.join("shared"), root.join("../shared")];
    places.iter().find_map(|place| std::fs::read(place.join(file)).ok())
}
