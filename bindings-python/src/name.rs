//! Names as Python has them: `str`, `bytes` or `os.PathLike`, borrowed where that
//! can be done.
//!
//! A `str` is encoded as `os.fsencode` does it, so that names which are no Unicode
//! (surrogate escapes) are the bytes that they were.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::keep::Keep;

/// The bytes of a name, if they are there; `None` if it is none, or one that is
/// [`encoded`] first. Runs no code of others.
#[inline]
pub(crate) fn plain<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str().ok()?;
        (file_names_are_utf8(value.py()) || text.is_ascii()).then_some(text.as_bytes())
    } else {
        value.cast::<PyBytes>().ok().map(|bytes| bytes.as_bytes())
    }
}

/// The bytes of text that names no file, such as a domain; `None` if it is none.
pub(crate) fn text<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    value.cast::<PyString>().ok()?.to_str().ok().map(str::as_bytes)
}

/// The bytes that `os.fsencode` makes of a name; `None` if it is none.
///
/// # Errors
///
/// Only what `__fspath__` raises besides `TypeError` and `ValueError`.
#[cold]
pub(crate) fn encoded<'a, 'py>(
    value: &Bound<'py, PyAny>,
    keep: &'a Keep<'py>,
) -> PyResult<Option<&'a [u8]>> {
    let py = value.py();
    match py.import("os")?.call_method1("fsencode", (value,)) {
        Ok(bytes) => Ok(bytes.cast_into::<PyBytes>().ok().map(|bytes| keep.bytes(bytes))),
        Err(error)
            if error.is_instance_of::<PyTypeError>(py)
                || error.is_instance_of::<PyValueError>(py) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether `os.fsencode` gives UTF-8; it nearly always does.
#[inline]
fn file_names_are_utf8(py: Python<'_>) -> bool {
    static UTF8: PyOnceLock<bool> = PyOnceLock::new();
    *UTF8.get_or_init(py, || {
        let encoding = py.import("sys").and_then(|sys| sys.call_method0("getfilesystemencoding"));
        encoding.is_ok_and(|name| name.extract::<String>().is_ok_and(|name| name == "utf-8"))
    })
}
