//! Memory of the caller's that is written to, or kept.

use core::ffi::c_char;
use core::mem::{MaybeUninit, align_of, size_of};
use core::slice;

use wardline::RuleId;

use super::Out;
use crate::status::{Checked, wardline_status};

/// A buffer for text; NULL with capacity 0 is an empty one.
pub(crate) fn buffer<'a>(
    at: Out<'a, c_char>,
    capacity: usize,
) -> Checked<&'a mut [MaybeUninit<u8>]> {
    if capacity == 0 {
        return Ok(&mut []);
    } else if at.0.is_null() {
        return Err(wardline_status::NullArgument);
    } else if capacity > isize::MAX as usize {
        return Err(wardline_status::InvalidArgument);
    }
    // SAFETY: not NULL and of a possible size, so writable for `capacity` bytes
    // by contract; they need not be initialised.
    Ok(unsafe { slice::from_raw_parts_mut(at.0.cast(), capacity) })
}

/// Room for the numbers of rules.
pub(crate) fn rules<'a>(at: Out<'a, u32>, capacity: usize) -> Checked<&'a mut [RuleId]> {
    const { assert!(size_of::<RuleId>() == 4 && align_of::<RuleId>() == 4) };
    if capacity == 0 {
        return Ok(&mut []);
    } else if at.0.is_null() {
        return Err(wardline_status::NullArgument);
    } else if capacity > isize::MAX as usize / 4 || !at.0.is_aligned() {
        return Err(wardline_status::InvalidArgument);
    }
    // SAFETY: `RuleId` is a transparent `u32`. Not NULL, aligned and of a possible
    // size, so by contract `capacity` numbers that are initialised and writable.
    Ok(unsafe { slice::from_raw_parts_mut(at.0.cast(), capacity) })
}

/// The caller's memory for a state, for as long as the handle lives.
pub(crate) fn block(at: Out<'static, u8>, length: usize) -> Checked<&'static mut [u8]> {
    if at.0.is_null() {
        return Err(wardline_status::NullArgument);
    } else if length > isize::MAX as usize {
        return Err(wardline_status::InvalidArgument);
    }
    // SAFETY: by contract `length` initialised bytes that only the handle uses
    // until it is freed.
    Ok(unsafe { slice::from_raw_parts_mut(at.0, length) })
}
