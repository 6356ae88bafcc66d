//! The engine against the oracle: on random policies and events, on real traces and feeds.
//!
//! One program, so that the oracle is compiled once for all of them.

#[path = "../cases/mod.rs"]
mod cases;
#[path = "../oracle/mod.rs"]
mod oracle;
mod property;
#[path = "../random/mod.rs"]
mod random;
mod reputation;
mod traces;
mod traces_windows;
