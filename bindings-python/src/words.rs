//! The words of decisions as Python has them: one `str` each, made once.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use wardline::{Action, Invalid, Reason, Remediation};

type Words = PyOnceLock<Vec<Py<PyString>>>;

/// The word of an action.
pub(crate) fn action(py: Python<'_>, action: Action) -> Bound<'_, PyString> {
    static WORDS: Words = PyOnceLock::new();
    word(py, &WORDS, action as usize, Action::ALL.iter().map(|one| one.as_str()), action.as_str())
}

/// The word of a remediation.
pub(crate) fn remediation(py: Python<'_>, what: Remediation) -> Bound<'_, PyString> {
    static WORDS: Words = PyOnceLock::new();
    word(py, &WORDS, what as usize, Remediation::ALL.iter().map(|one| one.as_str()), what.as_str())
}

/// The word of a reason.
pub(crate) fn reason(py: Python<'_>, reason: Reason) -> Bound<'_, PyString> {
    match reason {
        Reason::NoMatch => intern!(py, "no_match").clone(),
        Reason::Matched => intern!(py, "matched").clone(),
        Reason::InvalidEvent(_) => intern!(py, "invalid_event").clone(),
        other => PyString::intern(py, other.as_str()),
    }
}

/// What was invalid.
pub(crate) fn code(py: Python<'_>, code: Invalid) -> Bound<'_, PyString> {
    PyString::intern(py, code.as_str())
}

fn word<'py>(
    py: Python<'py>,
    words: &'static Words,
    number: usize,
    all: impl Iterator<Item = &'static str>,
    otherwise: &str,
) -> Bound<'py, PyString> {
    let words =
        words.get_or_init(py, || all.map(|one| PyString::intern(py, one).unbind()).collect());
    words.get(number).map_or_else(|| PyString::intern(py, otherwise), |word| word.bind(py).clone())
}
