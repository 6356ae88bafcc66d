//! The dataclasses of `wardline/_records.py`, made from what the engine says.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use wardline::{Alert, Rule, RuleId};

macro_rules! class {
    ($py:expr, $name:literal) => {{
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        CLASS.import($py, "wardline._records", $name)
    }};
}

/// A rule.
pub(crate) fn rule<'py>(
    py: Python<'py>,
    id: RuleId,
    rule: &Rule<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    class!(py, "Rule")?.call1((
        id.number(),
        rule.policy,
        rule.control.as_str(),
        rule.kind.as_str(),
        rule.message,
        rule.severity.as_str(),
        PyTuple::new(py, rule.tags().collect::<Vec<_>>())?,
        rule.mode.as_str(),
        rule.can_block,
        rule.keeps_arguments,
        rule.for_function,
    ))
}

/// What a control over time found.
pub(crate) fn alert<'py>(
    py: Python<'py>,
    alert: &Alert,
    rule: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    class!(py, "Alert")?.call1((alert.count, alert.others, rule))
}
