//! The dataclasses of `wardline/_records.py`, made from what the engine says.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple, PyType};
use wardline::policy::PolicyScopes;
use wardline::{Alert, ControlStatus, Entry, Explanation, Kind, PolicyStatus, Rule, RuleId};

type Record<'py> = PyResult<Bound<'py, PyAny>>;

macro_rules! class {
    ($py:expr, $name:literal) => {{
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        CLASS.import($py, "wardline._records", $name)
    }};
}

pub(crate) fn rule<'py>(py: Python<'py>, id: RuleId, rule: &Rule<'_>) -> Record<'py> {
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

pub(crate) fn alert<'py>(py: Python<'py>, alert: &Alert, rule: Bound<'py, PyAny>) -> Record<'py> {
    class!(py, "Alert")?.call1((alert.count, alert.others, rule))
}

pub(crate) fn explanation<'py>(
    py: Python<'py>,
    rule: Bound<'py, PyAny>,
    explanation: &Explanation<'_>,
) -> Record<'py> {
    let mut not_on = Vec::new();
    let (result, condition, found, code) = match explanation {
        Explanation::Matches(found) => ("matches", None, found.as_ref(), None),
        Explanation::Unlisted(lists) => {
            not_on.extend(lists.iter().map(|list| list.as_str()));
            ("matches", None, None, None)
        }
        Explanation::OverTime => ("over_time", None, None, None),
        Explanation::Fails(condition, found) => {
            ("fails", Some(condition.as_str()), found.as_ref(), None)
        }
        Explanation::Undecided(invalid) => ("undecided", None, None, Some(invalid.as_str())),
        // A reason that this build does not know.
        _ => ("undecided", None, None, None),
    };
    let entry = found.map(|found| entry(py, found)).transpose()?;
    class!(py, "Explanation")?.call1((
        rule,
        result,
        condition,
        entry,
        code,
        PyTuple::new(py, not_on)?,
    ))
}

fn entry<'py>(py: Python<'py>, entry: &Entry<'_>) -> Record<'py> {
    let (list, text, file) = (entry.list.as_str(), entry.text, entry.file);
    class!(py, "Entry")?.call1((list, text, file, entry.line, entry.column))
}

pub(crate) fn policy<'py>(
    py: Python<'py>,
    status: &PolicyStatus<'_>,
    scopes: Option<&PolicyScopes<'_>>,
) -> Record<'py> {
    class!(py, "PolicyStatus")?.call1((
        status.policy,
        status.mode.as_str(),
        status.enforce_after,
        status.default,
        status.applies,
        status.undecided,
        status.enforcement.as_str(),
        scopes.and_then(|scopes| scopes.scope.as_deref()),
        scopes.and_then(|scopes| scopes.bypass_scope.as_deref()),
    ))
}

pub(crate) fn control<'py>(py: Python<'py>, status: &ControlStatus<'_>) -> Record<'py> {
    let lacking = Kind::ALL.iter().filter(|&&kind| status.lacking.can_block(kind));
    class!(py, "ControlStatus")?.call1((
        status.policy,
        status.control.as_str(),
        status.enforcement.as_str(),
        PyTuple::new(py, lacking.map(|kind| kind.as_str()).collect::<Vec<_>>())?,
    ))
}

pub(crate) fn section<'py>(
    py: Python<'py>,
    section: &str,
    kind: Option<Kind>,
    bytes: usize,
) -> Record<'py> {
    class!(py, "SectionSize")?.call1((section, kind.map(|kind| kind.as_str()), bytes))
}

/// A quarantine: id, kind, pid, text, since, duration.
#[expect(clippy::type_complexity, reason = "the members of one record, owned by the caller")]
pub(crate) fn quarantine<'py>(
    py: Python<'py>,
    (id, kind, pid, text, since, duration): (
        &[u8; 16],
        &str,
        Option<u32>,
        &[u8],
        &Option<u64>,
        &Option<u64>,
    ),
) -> Record<'py> {
    class!(py, "Quarantine")?.call1((
        PyBytes::new(py, id),
        kind,
        pid,
        PyBytes::new(py, text),
        *since,
        *duration,
    ))
}
