//! One file per kind of table: its layout, its reader and its tests.
//!
//! A reader answers by calling `emit` with the ids of outcomes, which are sets
//! of rules (`compile/outcome.rs`); 0, the empty set, is never emitted.

pub(crate) mod address;
pub(crate) mod domain;
pub(crate) mod path;
pub(crate) mod port;
pub(crate) mod rows;
pub(crate) mod substring;
pub(crate) mod text;
