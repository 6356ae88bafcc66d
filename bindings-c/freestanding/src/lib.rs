//! The C library without standard library, allocator and panic.
//!
//! There is no panic to handle: the handler calls a symbol that does not exist, so
//! that a program links only if the optimiser removed every path to it.
//! `scripts/install-c` looks at what is left undefined.
#![no_std]

use core::panic::PanicInfo;

pub use wardline_c::*;

unsafe extern "C" {
    fn a_panic_is_left() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: never linked; that is the point.
    unsafe { a_panic_is_left() }
}
