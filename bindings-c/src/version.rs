//! Which library this is.

use crate::raw::wardline_text;

/// The version of the binary interface that this header describes. It grows with every
/// change that a compiled program would notice; the shared library's name has the
/// same number.
pub const WARDLINE_ABI_VERSION: u32 = 0;

/// The version of the binary interface that this library has; a program that links
/// it dynamically may compare it with `WARDLINE_ABI_VERSION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_abi_version() -> u32 {
    WARDLINE_ABI_VERSION
}

/// The library's version, such as `0.1.0`. Static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_version() -> wardline_text<'static> {
    wardline_text::new(env!("CARGO_PKG_VERSION"))
}
