//! What is asked of an engine besides decisions: reasons, reports, audit events.

use pyo3::exceptions::{PyException, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString, PyTuple};
use wardline::json::EventBuf;
use wardline::{Kind, Platform, Section};

use crate::actor::Actor;
use crate::decision::Decision;
use crate::engine::Engine;
use crate::field::{Field, named};
use crate::given::{Given, What, members};
use crate::keep::Keep;
use crate::read;
use crate::record;
use crate::source::pairs;

#[pymethods]
impl Engine {
    /// For each rule about the event's kind, why it matches or does not.
    #[pyo3(signature = (event, *, actor=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyAny>,
        actor: Option<&Bound<'py, Actor>>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let engine = self.shared.engine();
        let rules = engine.source().rules(py, &engine)?;
        read::held_event(&Given::new(What::Event(event)), actor, |event, _| {
            let mut all = Vec::new();
            for (id, rule) in engine.rules() {
                if Some(rule.kind) == event.activity.kind()
                    && let Some(explanation) = engine.explain(event, id)
                {
                    let rule = rules.get_item(id.number() as usize)?;
                    all.push(record::explanation(py, rule, &explanation)?);
                }
            }
            Ok(all)
        })
    }

    /// A decision with its event, as one line of JSON or as a dictionary: as the engine
    /// that decided tells it, if it was replaced meanwhile. Raises `ValueError` for a
    /// decision of another engine, or one that was unpickled.
    #[pyo3(signature = (event, decision, *, actor=None, format="json"))]
    fn audit_event<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyAny>,
        decision: &Bound<'py, Decision>,
        actor: Option<&Bound<'py, Actor>>,
        format: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let metadata = metadata(event)?;
        let now = self.shared.engine();
        let engine = decision.get().engine(&now)?;
        let (decision, alert) = decision.get().answer();
        // The target too is that of the engine that decided, or nobody's.
        let target = engine.source().options().target.as_deref();
        let target = target.filter(|_| engine.generation() == decision.generation);
        let target = pairs(target.unwrap_or_default());
        read::held_event(&Given::new(What::Event(event)), actor, |event, of_line| {
            let line = |metadata| {
                let audit = engine.audit(event, &decision, &target);
                audit.with_metadata(metadata).with_alert(alert).to_string()
            };
            let metadata = metadata.as_deref().or(of_line);
            match written(py, &line(metadata), format) {
                // Python may refuse to read a number that is JSON.
                Err(error) if metadata.is_some() && error.is_instance_of::<PyException>(py) => {
                    written(py, &line(None), format)
                }
                told => told,
            }
        })
    }

    /// What is enforced here: to be reported when an enforcer starts, and after each
    /// `replace`.
    #[pyo3(signature = (*, format="json"))]
    fn status_event<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyAny>> {
        let engine = self.shared.engine();
        let target = pairs(engine.source().options().target.as_deref().unwrap_or_default());
        written(py, &engine.status(&target).to_string(), format)
    }

    /// Whether a finding in this file would be reported.
    #[pyo3(signature = (path, *, process=None))]
    fn should_scan(
        &self,
        path: &Bound<'_, PyAny>,
        process: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let arguments = [(Field::Path, Some(path)), (Field::Process, process)];
        let given = Given::arguments(What::Arguments(Kind::Malware), &arguments);
        read::held_event(&given, None, |event, _| match &event.activity {
            wardline::Activity::Malware(malware) if event.malformed.is_none() => {
                Ok(self.shared.engine().should_scan(malware.path, &event.process))
            }
            // A name that cannot be understood may be any file.
            _ => Ok(true),
        })
    }

    /// Every rule, in the order of their numbers.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let engine = self.shared.engine();
        engine.source().rules(py, &engine)
    }

    /// The rule with this number, or `None`.
    fn rule<'py>(&self, py: Python<'py>, id: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.rules(py)?.get_item(id).ok())
    }

    /// What became of each policy when the bundle was bound.
    #[getter]
    fn policies<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let engine = self.shared.engine();
        let scopes = engine.scopes();
        // Both are in the order of the bundle.
        let all = engine.report().enumerate();
        let all = all.map(|(index, status)| record::policy(py, &status, scopes.get(index)));
        PyTuple::new(py, all.collect::<PyResult<Vec<_>>>()?)
    }

    /// How far each control is enforced.
    #[getter]
    fn controls<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let engine = self.shared.engine();
        let all = engine.controls().map(|status| record::control(py, &status));
        PyTuple::new(py, all.collect::<PyResult<Vec<_>>>()?)
    }

    /// The parts of the bundle and their sizes.
    #[getter]
    fn sections<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let engine = self.shared.engine();
        let kinds = [None].into_iter().chain(Kind::ALL.iter().copied().map(Some));
        let all = kinds.flat_map(|kind| Section::ALL.iter().map(move |&section| (section, kind)));
        let all = all.filter_map(|(section, kind)| {
            let bytes = engine.section(section, kind).len();
            (bytes > 0).then(|| record::section(py, &section.to_string(), kind, bytes))
        });
        PyTuple::new(py, all.collect::<PyResult<Vec<_>>>()?)
    }

    /// Which engine this is among those that followed one another in its place.
    #[getter]
    fn generation(&self) -> u64 {
        self.shared.engine().generation()
    }

    /// The operating system whose names the bundle understands.
    #[getter]
    fn platform<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        match self.shared.engine().platform() {
            Platform::Windows => intern!(py, "windows").clone(),
            _ => intern!(py, "linux").clone(),
        }
    }

    /// The bundle's checksum, which names it in reports and audit events.
    #[getter]
    fn bundle_hash(&self) -> String {
        format!("{:016x}", self.shared.engine().bundle_hash())
    }

    /// Some control counts over time: give `decide` a state.
    #[getter]
    fn needs_state(&self) -> bool {
        self.shared.engine().needs_state()
    }
}

/// The metadata of a mapping, as JSON; `None` also if it is none.
///
/// # Errors
///
/// What the mapping raises, and what is no `Exception`, such as `KeyboardInterrupt`.
fn metadata(event: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = event.py();
    let Some(dict) = members(event)? else { return Ok(None) };
    let keep = Keep::default();
    let mut all = keep.members(&dict).iter();
    let Some((_, value)) = all.find(|(key, _)| named(key).field() == Some(Field::Metadata)) else {
        return Ok(None);
    };
    match json(py, "dumps", value).and_then(|text| text.extract::<String>()) {
        Ok(text) => Ok(readable(&text)),
        // The event was decided and must be told.
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What an event on a line would have for its metadata: Python also writes `NaN` and half
/// surrogate pairs, and nests deeper.
fn readable(text: &str) -> Option<String> {
    let mut line = EventBuf::default();
    line.read(format!(r#"{{"metadata":{text}}}"#).as_bytes());
    line.metadata().map(str::to_owned)
}

/// A line of JSON in the form that was asked for.
fn written<'py>(py: Python<'py>, line: &str, format: &str) -> PyResult<Bound<'py, PyAny>> {
    let line = PyString::new(py, line).into_any();
    match format {
        "json" => Ok(line),
        "dict" => json(py, "loads", &line),
        _ => Err(PyValueError::new_err(format!(
            "format: expected `json` or `dict`, found `{format}`"
        ))),
    }
}

fn json<'py>(
    py: Python<'py>,
    function: &str,
    value: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1(function, (value,))
}
