//! What people would pick instead of the engine, each used as well as it can be.

pub mod addresses;
pub mod by_hand;
pub mod contests;
pub mod domains;
#[cfg(feature = "engines")]
pub mod engines;
pub mod paths;
pub mod programs;
pub mod race;
pub mod series;
