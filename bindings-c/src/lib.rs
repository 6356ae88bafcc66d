//! The C library: `include/wardline.h` is made of this crate's exported functions
//! and the types they name, and documents them.
//!
//! A function borrows what it is given, makes one call of the core, and converts
//! the answer. All that is unsafe is in `raw`.
//!
//! Features: `compiler` (default) is everything; `std` leaves out the compiler and
//! JSON events; without either, the reader for agents that have no standard library,
//! whose handles lie in memory of the caller's.
#![no_std]
#![allow(
    non_camel_case_types,
    private_bounds,
    private_interfaces,
    clippy::too_many_arguments,
    reason = "types and functions are those of the C header"
)]
#![cfg_attr(
    not(feature = "std"),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

#[cfg(feature = "std")]
extern crate std;

pub mod actor;
pub mod binding;
#[cfg(feature = "compiler")]
pub mod compile;
pub mod decide;
pub mod decision;
pub mod engine;
pub mod event;
mod few;
mod lists;
#[cfg(feature = "compiler")]
mod names;
pub mod raw;
mod read;
pub mod report;
#[cfg(feature = "std")]
pub mod shared;
pub mod state;
pub mod status;
mod text;
pub mod version;
pub mod words;
