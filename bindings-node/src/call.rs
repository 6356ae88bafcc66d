//! What a call of Node-API brings, and what it gives back.

use std::ffi::{CStr, c_void};
use std::ptr;

use napi::sys::{self, napi_callback_info, napi_env, napi_status, napi_value};
use napi::{Error, Result};

use crate::bound::Bound;

/// The arguments as far as there is place for them, and the function's data.
///
/// # Safety
///
/// `env` and `info` are those of the present call to a function that `function`
/// made.
#[inline]
pub(crate) unsafe fn arguments(
    env: napi_env,
    info: napi_callback_info,
    values: &mut [napi_value],
) -> Option<(&'static Bound, &[napi_value])> {
    let mut count = values.len();
    let mut data = ptr::null_mut();
    // SAFETY: `values` is writable for `count` values; the rest by contract.
    let status = unsafe {
        let start = values.as_mut_ptr();
        sys::napi_get_cb_info(env, info, &raw mut count, start, ptr::null_mut(), &raw mut data)
    };
    if status != sys::Status::napi_ok {
        return None;
    }
    // SAFETY: the data is a `Bound` that lives as long as the function, and the
    // function lives during its own call.
    let bound = unsafe { &*data.cast_const().cast::<Bound>() };
    let given = count.min(values.len());
    Some((bound, &values[..given]))
}

/// # Safety
///
/// `env` is live and `value` came with the present call.
#[inline]
pub(crate) unsafe fn word(env: napi_env, value: napi_value) -> Option<u32> {
    let mut word = 0;
    // SAFETY: `word` is writable.
    let status = unsafe { sys::napi_get_value_uint32(env, value, &raw mut word) };
    (status == sys::Status::napi_ok).then_some(word)
}

/// The bytes of a `Uint8Array`.
///
/// # Safety
///
/// As [`word`]; and nobody writes the bytes during `'a`.
pub(crate) unsafe fn bytes<'a>(env: napi_env, value: napi_value) -> Option<&'a [u8]> {
    // SAFETY: by contract.
    let (start, length) = unsafe { elements(env, value, sys::TypedarrayType::uint8_array)? };
    if length == 0 {
        return Some(&[]);
    }
    // SAFETY: Node says that `length` bytes are there; by contract they stay.
    Some(unsafe { std::slice::from_raw_parts(start.cast(), length) })
}

/// The first `given[1]` bytes of `given[0]`.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn prefix<'a>(env: napi_env, given: &[napi_value]) -> Option<&'a [u8]> {
    let &[array, length, ..] = given else { return None };
    // SAFETY: by contract.
    let (bytes, length) = unsafe { (bytes(env, array)?, word(env, length)?) };
    bytes.get(..length as usize)
}

/// Room for the words of answers.
///
/// # Safety
///
/// As [`bytes`]; and nothing else borrows the array.
pub(crate) unsafe fn answers<'a>(
    env: napi_env,
    value: Option<napi_value>,
) -> Option<&'a mut [u32]> {
    // SAFETY: by contract.
    let (start, length) = unsafe { elements(env, value?, sys::TypedarrayType::uint32_array)? };
    if length == 0 {
        return Some(&mut []);
    }
    // SAFETY: Node says that `length` words are there, and aligns them; by contract
    // nothing else borrows them.
    Some(unsafe { std::slice::from_raw_parts_mut(start.cast(), length) })
}

/// Where a typed array of a type begins and how many elements it has.
///
/// # Safety
///
/// `env` is live and `value` came with the present call.
pub(crate) unsafe fn elements(
    env: napi_env,
    value: napi_value,
    of: i32,
) -> Option<(*mut c_void, usize)> {
    let (mut found, mut length, mut start) = (-1, 0, ptr::null_mut());
    // SAFETY: each out-parameter is writable or NULL.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &raw mut found,
            &raw mut length,
            &raw mut start,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    (status == sys::Status::napi_ok && found == of).then_some((start, length))
}

/// # Safety
///
/// `env` is live.
#[inline]
pub(crate) unsafe fn number(env: napi_env, number: i32) -> napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: `value` is writable; it stays NULL, which is `undefined`, if Node
    // cannot make a number.
    unsafe { sys::napi_create_int32(env, number, &raw mut value) };
    value
}

/// # Safety
///
/// `env` is live.
pub(crate) unsafe fn throw(env: napi_env, message: &CStr) {
    // SAFETY: both texts end with a zero byte.
    unsafe { sys::napi_throw_error(env, c"ERR_WARDLINE_CALL".as_ptr(), message.as_ptr()) };
}

pub(crate) fn check(status: napi_status) -> Result<()> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    Err(Error::from_reason(format!("Node-API answered {status}")))
}
