//! What the arguments of an audit event say, read without running any Python code:
//! code of the program's own could answer differently each time, or do something
//! while the hook is not looking.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

use wardline_commands::paths::Start;

/// A path as a call got it.
#[derive(Debug)]
pub(crate) enum Given {
    /// A name.
    Name(Vec<u8>),
    /// An open file.
    Descriptor(i32),
    /// None: the working directory, or nothing.
    Nothing,
    /// An object that says what it is when it is asked.
    Strange,
}

impl Given {
    /// Reads a path argument.
    pub(crate) fn read(object: &Bound<'_, PyAny>) -> Given {
        if let Some(name) = text(object) {
            Given::Name(name)
        } else if object.is_none() {
            Given::Nothing
        } else if let Some(number) = number(object) {
            Given::Descriptor(number)
        } else {
            Given::Strange
        }
    }
}

/// Argument `index` of an event, or None.
pub(crate) fn at<'py>(args: &Bound<'py, PyTuple>, index: usize) -> Bound<'py, PyAny> {
    args.get_item(index).unwrap_or_else(|_| args.py().None().into_bound(args.py()))
}

/// The bytes of a `str` (as the system gets them) or `bytes`.
pub(crate) fn text(object: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Some(bytes.as_bytes().to_vec());
    }
    let text = object.cast::<PyString>().ok()?;
    encoded(text)
}

fn encoded(text: &Bound<'_, PyString>) -> Option<Vec<u8>> {
    // SAFETY: `text` is a live string; a new reference or NULL with an error set.
    let bytes = unsafe {
        Bound::from_owned_ptr_or_err(text.py(), ffi::PyUnicode_EncodeFSDefault(text.as_ptr()))
    };
    // What cannot be encoded fails in the call itself.
    Some(bytes.ok()?.cast_into::<PyBytes>().ok()?.as_bytes().to_vec())
}

/// A whole number.
pub(crate) fn number(object: &Bound<'_, PyAny>) -> Option<i32> {
    object.cast::<PyInt>().ok()?.extract().ok()
}

/// A `dir_fd` argument; −1 is the working directory.
pub(crate) fn start(object: &Bound<'_, PyAny>) -> Start<'static> {
    match number(object) {
        Some(number) if number >= 0 => Start::Descriptor(number),
        _ => Start::Here,
    }
}

/// The items of a list or tuple.
pub(crate) fn items<'py>(object: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    if let Ok(list) = object.cast::<PyList>() {
        return Some(list.iter().collect());
    }
    Some(object.cast::<PyTuple>().ok()?.iter().collect())
}

/// The words of a command; `None` for one that is no `str` or `bytes`.
pub(crate) fn words(object: &Bound<'_, PyAny>) -> Option<Vec<Option<Vec<u8>>>> {
    if let Some(word) = text(object) {
        return Some(vec![Some(word)]);
    }
    Some(items(object)?.iter().map(text).collect())
}
