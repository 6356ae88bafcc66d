//! An audit hook that does nothing, for bench/function.py: what any hook costs.

use std::ffi::{c_char, c_int, c_void};

use pyo3::ffi;
use pyo3::prelude::*;

unsafe extern "C" {
    fn PySys_AddAuditHook(
        hook: unsafe extern "C" fn(*const c_char, *mut ffi::PyObject, *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
}

unsafe extern "C" fn empty(_: *const c_char, _: *mut ffi::PyObject, _: *mut c_void) -> c_int {
    0
}

/// Installs the hook.
#[pyfunction]
fn install() {
    // SAFETY: attached, as functions of modules are; the function stays loaded.
    unsafe { PySys_AddAuditHook(empty, std::ptr::null_mut()) };
}

/// The module.
#[pymodule]
mod empty_hook {
    #[pymodule_export]
    use super::install;
}
