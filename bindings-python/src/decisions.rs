//! The decisions of a batch: objects when they are asked for, columns for tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyList, PyString};
use wardline::{Action, Alert, Reason};

use crate::decision::Decision;
use crate::source::Source;
use crate::words;

type Engine = wardline::Engine<Source>;

/// What was decided, in the order of the events.
#[derive(Default)]
pub(crate) struct Answers {
    decisions: Vec<wardline::Decision>,
    /// By the decision's index, in order.
    alerts: Vec<(usize, Alert)>,
    /// The lines that the events stood in, from 1; none if they were no lines.
    lines: Vec<u32>,
}

impl Answers {
    pub(crate) fn reserve(&mut self, more: usize) {
        self.decisions.reserve(more);
    }

    pub(crate) fn reserve_lines(&mut self, more: usize) {
        self.reserve(more);
        self.lines.reserve(more);
    }

    #[inline]
    pub(crate) fn add(&mut self, decision: wardline::Decision, alert: Option<Alert>) {
        if let Some(alert) = alert {
            self.alerts.push((self.decisions.len(), alert));
        }
        self.decisions.push(decision);
    }

    pub(crate) fn add_line(&mut self, line: u32) {
        self.lines.push(line);
    }
}

/// The decisions of a batch, all by one engine.
#[pyclass(frozen, sequence, module = "wardline")]
pub(crate) struct Decisions {
    engine: Arc<Engine>,
    answers: Answers,
}

impl Decisions {
    pub(crate) fn new(engine: Arc<Engine>, answers: Answers) -> Decisions {
        Decisions { engine, answers }
    }

    fn index(&self, index: isize) -> PyResult<usize> {
        let length = self.answers.decisions.len();
        let place = if index < 0 { index.checked_add_unsigned(length) } else { Some(index) };
        place
            .and_then(|place| usize::try_from(place).ok())
            .filter(|&place| place < length)
            .ok_or_else(|| {
                PyIndexError::new_err(format!("index {index} is not among {length} decisions"))
            })
    }

    /// One value of each decision.
    fn column<'py, T: IntoPyObject<'py>>(
        &self,
        py: Python<'py>,
        value: impl Fn(&wardline::Decision) -> T,
    ) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.answers.decisions.iter().map(value))
    }
}

#[pymethods]
impl Decisions {
    fn __len__(&self) -> usize {
        self.answers.decisions.len()
    }

    /// The decision at an index; its `rules` has only the rule that won.
    fn __getitem__(&self, index: isize) -> PyResult<Decision> {
        let index = self.index(index)?;
        let alert = self.answers.alerts.binary_search_by_key(&index, |&(place, _)| place);
        let alert = alert.ok().map(|place| self.answers.alerts[place].1);
        Ok(Decision::without_event(&self.engine, self.answers.decisions[index], alert))
    }

    fn __iter__(slf: Py<Self>) -> Cursor {
        Cursor { decisions: slf, next: AtomicUsize::new(0) }
    }

    /// The number of the line that the event at an index stood in, from 1.
    fn line(&self, index: isize) -> PyResult<Option<u32>> {
        let index = self.index(index)?;
        Ok(self.answers.lines.get(index).copied())
    }

    /// What to do about each event.
    #[getter]
    fn actions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.column(py, |decision| words::action(py, decision.action))
    }

    /// How many are allowed, audited and blocked.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for &action in Action::ALL {
            let all = self.answers.decisions.iter();
            let count = all.filter(|decision| decision.action == action).count();
            counts.set_item(words::action(py, action), count)?;
        }
        Ok(counts)
    }

    /// Lists of equal length by name, as `pandas.DataFrame` and `polars.DataFrame`
    /// take them.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rules = self.engine.source().rules(py, &self.engine)?;
        let mut policies = Vec::with_capacity(rules.len());
        let mut controls = Vec::with_capacity(rules.len());
        for rule in rules.iter() {
            policies.push(rule.getattr("policy")?);
            controls.push(rule.getattr("control")?);
        }
        let named = |all: &[Bound<'py, PyAny>], decision: &wardline::Decision| {
            decision.rule.and_then(|rule| all.get(rule.number() as usize).cloned())
        };
        let columns = PyDict::new(py);
        if !self.answers.lines.is_empty() {
            columns.set_item("line", &self.answers.lines)?;
        }
        columns.set_item("action", self.actions(py)?)?;
        columns.set_item("intent", self.column(py, |one| words::action(py, one.intent))?)?;
        columns.set_item("reason", self.column(py, |one| words::reason(py, one.reason))?)?;
        columns.set_item("code", self.column(py, |one| code(py, one.reason))?)?;
        columns.set_item("policy", self.column(py, |one| named(&policies, one))?)?;
        columns.set_item("control", self.column(py, |one| named(&controls, one))?)?;
        columns.set_item("matched", self.column(py, |one| one.matched)?)?;
        let remediation = self.column(py, |one| words::remediation(py, one.remediation))?;
        columns.set_item("remediation", remediation)?;
        Ok(columns)
    }

    fn __repr__(&self) -> String {
        format!("<Decisions of {} events>", self.answers.decisions.len())
    }
}

/// The decisions one by one.
#[pyclass(frozen, name = "_DecisionsIterator", module = "wardline")]
pub(crate) struct Cursor {
    decisions: Py<Decisions>,
    next: AtomicUsize,
}

#[pymethods]
impl Cursor {
    fn __iter__(slf: Py<Cursor>) -> Py<Cursor> {
        slf
    }

    fn __next__(&self) -> Option<Decision> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        isize::try_from(index).ok().and_then(|index| self.decisions.get().__getitem__(index).ok())
    }
}

fn code(py: Python<'_>, reason: Reason) -> Option<Bound<'_, PyString>> {
    match reason {
        Reason::InvalidEvent(code) => Some(words::code(py, code)),
        _ => None,
    }
}
