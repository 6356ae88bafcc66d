//! The only unsafe code: what C passes, as types whose safe methods check it.
//!
//! A pointer arrives in an [`In`], [`Mut`] or [`Out`], bytes in a
//! [`wardline_bytes`], an array in [`Items`]. Safe Rust can make them only of NULL or
//! of slices; all others come from C, which promises for each, as
//! the header says of the parameter: it is NULL or points to what its type names,
//! initialised where it is read, valid and (for [`Out`] and [`Mut`]) not used
//! otherwise during the call. "By contract" below means this promise.

mod bytes;
mod handle;
mod one_at_a_time;
mod pointer;
mod room;
mod sized;

pub(crate) use bytes::Bits;
pub use bytes::{Items, wardline_bytes, wardline_text};
#[cfg(feature = "std")]
pub(crate) use handle::new_handle;
pub(crate) use handle::{handle_size, memory, place_handle};
pub(crate) use one_at_a_time::OneAtATime;
pub(crate) use pointer::Place;
pub use pointer::{In, Mut, Out};
pub(crate) use room::{block, buffer, rules};

use wardline::Kind;

use crate::event::{Of, wardline_activity};

/// What happens, by the kind that the event says.
#[inline]
pub(crate) fn activity<'e, 'a>(of: &'e wardline_activity<'a>, kind: Kind) -> Of<'e, 'a> {
    // SAFETY: the whole event is initialised by contract, and every member is
    // made of integers and pointers, for which any bits are valid.
    unsafe {
        match kind {
            Kind::File => Of::File(&of.file),
            Kind::Exec => Of::Exec(&of.exec),
            Kind::Network => Of::Network(&of.network),
            Kind::Dns => Of::Dns(&of.dns),
            Kind::Login => Of::Login(&of.login),
            Kind::Account => Of::Account(&of.account),
            Kind::Registry => Of::Registry(&of.registry),
            Kind::System => Of::System(&of.system),
            Kind::Malware => Of::Malware(&of.malware),
            Kind::Credential => Of::Credential(&of.credential),
            _ => Of::Unknown,
        }
    }
}

/// Maps a file. Truncating it while it is mapped ends the process (SIGBUS), as the
/// header says of `WARDLINE_OPEN_MAP`.
#[cfg(feature = "std")]
pub(crate) fn map(file: &std::fs::File) -> std::io::Result<memmap2::Mmap> {
    // SAFETY: by contract nobody writes to the file while it is mapped. Answers
    // are then wrong, but the engine's reads are total whatever the bytes are.
    unsafe { memmap2::MmapOptions::new().map(file) }
}
