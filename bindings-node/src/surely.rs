//! A function that must not fail: what it would do later is too late.
//!
//! Unsafe as `hot` is.

use std::ffi::c_void;
use std::ptr;

use napi::bindgen_prelude::{JsValue, Unknown};
use napi::sys::{self, napi_callback_info, napi_env, napi_ref, napi_value};
use napi::{Env, Result};
use napi_derive::napi;

use crate::call::check;
use crate::touch::is_main;

/// A function that calls `function` with its first argument, and ends the process if
/// that throws, whatever the reason: an exception, no stack, or a time limit of `vm`.
/// Node calls a function of an addon although there is no stack left for one in
/// JavaScript, so that nobody can have it left out.
///
/// `undefined` in any thread but the first: others are ended whenever somebody wants,
/// and the process must not end with them.
#[napi]
pub(crate) fn surely<'e>(env: &'e Env, function: Unknown<'e>) -> Result<Option<Unknown<'e>>> {
    if !is_main() {
        return Ok(None);
    }
    let raw = env.raw();
    let (mut kept, mut made) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: `raw` is live during the call that gave `env`, `function` is a value of it,
    // and each out-parameter is writable. The reference is never deleted: the function
    // that has it as data may be called as long as the process runs.
    unsafe {
        check(sys::napi_create_reference(raw, function.raw(), 1, &raw mut kept))?;
        let data: *mut c_void = kept.cast();
        check(sys::napi_create_function(raw, ptr::null(), 0, Some(call), data, &raw mut made))?;
        Ok(Some(Unknown::from_raw_unchecked(raw, made)))
    }
}

unsafe extern "C" fn call(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: Node calls with a live environment and its info.
    if unsafe { called(env, info) }.is_err() {
        eprintln!("wardline: the process ends, because a module of Node could not be watched");
        std::process::abort();
    }
    ptr::null_mut()
}

/// # Safety
///
/// `env` and `info` are those of the present call to a function that `surely` made.
unsafe fn called(env: napi_env, info: napi_callback_info) -> Result<()> {
    let (mut count, mut given, mut data) = (1, ptr::null_mut(), ptr::null_mut());
    let (mut function, mut nothing) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: by contract; each out-parameter is writable, there is place for one
    // argument, and the data is the reference that `surely` made.
    unsafe {
        let (this, given) = (ptr::null_mut(), &raw mut given);
        check(sys::napi_get_cb_info(env, info, &raw mut count, given, this, &raw mut data))?;
        let kept: napi_ref = data.cast();
        check(sys::napi_get_reference_value(env, kept, &raw mut function))?;
        check(sys::napi_get_undefined(env, &raw mut nothing))?;
        check(sys::napi_call_function(env, nothing, function, 1, given, ptr::null_mut()))
    }
}
