//! Exceptions: those of `wardline/_errors.py`, each with a stable `code`.

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use wardline::{LoadError, StateError};

/// A bundle that was not taken.
pub(crate) fn load(py: Python<'_>, error: LoadError) -> PyErr {
    let code = match error {
        LoadError::NotABundle => "not_a_bundle",
        LoadError::Version { .. } => "version",
        LoadError::Length { .. } => "length",
        LoadError::Checksum => "checksum",
        LoadError::Platform { .. } => "platform",
        LoadError::Directory => "directory",
        LoadError::Section { .. } => "section",
        LoadError::TargetMissing => "target_missing",
        LoadError::Volume { .. } => "volume",
        LoadError::UpperCase { .. } => "upper_case",
        _ => "load",
    };
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    raised(py, &CLASS, "LoadError", code, &error.to_string())
}

/// Bytes that are no state.
pub(crate) fn state(py: Python<'_>, error: StateError) -> PyErr {
    let code = match error {
        StateError::TooSmall { .. } => "too_small",
        StateError::TooLarge { .. } => return PyMemoryError::new_err(error.to_string()),
        StateError::NotAState => "not_a_state",
        StateError::Version { .. } => "version",
        _ => "damaged",
    };
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    raised(py, &CLASS, "StateError", code, &error.to_string())
}

fn raised(
    py: Python<'_>,
    class: &'static PyOnceLock<Py<PyType>>,
    name: &str,
    code: &str,
    message: &str,
) -> PyErr {
    class
        .import(py, "wardline._errors", name)
        .and_then(|class| class.call1((code, message)))
        .map_or_else(|error| error, PyErr::from_value)
}
