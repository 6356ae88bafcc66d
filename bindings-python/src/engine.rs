//! The engine: a bundle that was loaded and bound, and what decides.

use std::sync::Arc;

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyDict, PyString, PyType};
use wardline::{Capabilities, Fail, Kind, Mode, SharedEngine as Shared};

use crate::actor::Actor;
use crate::batch;
use crate::decision::Decision;
use crate::decisions::Decisions;
use crate::error;
use crate::given::{Given, members};
use crate::read;
use crate::source::{Options, Source};
use crate::state::State;
use crate::token;

/// A loaded, bound bundle. Any number of threads may use it at once.
#[pyclass(frozen, subclass, module = "wardline")]
pub(crate) struct Engine {
    pub(crate) shared: Arc<Shared<Source>>,
}

/// An engine that other parts of the process find by its token.
#[pyclass(frozen, subclass, extends = Engine, module = "wardline")]
pub(crate) struct SharedEngine;

impl Engine {
    /// Decides what is given.
    #[inline]
    pub(crate) fn answer<'py>(
        &self,
        py: Python<'py>,
        given: &mut Given<'_, 'py>,
        state: Option<&Bound<'py, State>>,
        actor: Option<&Bound<'py, Actor>>,
    ) -> PyResult<Bound<'py, Decision>> {
        let engine = self.shared.engine();
        let source = engine.source();
        let mut answer = Answer::None;
        read::event(given, actor, &mut |event| {
            let (decision, alert) = match state {
                None => (engine.decide(event), None),
                Some(state) => {
                    let mut state = state.get().lock();
                    (engine.decide_with(&mut state, event), state.alert())
                }
            };
            answer = if alert.is_none() && source.is_usual(py, &decision) {
                Answer::Usual
            } else {
                Answer::Own(Decision::new(&engine, event, decision, alert))
            };
        })?;
        match answer {
            Answer::Own(decision) => decision.into_object(py, source),
            Answer::Usual => source.usual(py, wardline::Decision::ALLOW).cloned(),
            Answer::None => Err(PyRuntimeError::new_err("the event was not decided")),
        }
    }
}

/// What came of one event.
enum Answer {
    None,
    /// The decision that most events get.
    Usual,
    Own(Decision),
}

#[pymethods]
impl Engine {
    /// Loads a bundle from memory.
    #[new]
    #[pyo3(signature = (bundle, *, target=None, fail="closed", mode_cap="enforce", capabilities=None, volumes=None))]
    fn new(
        py: Python<'_>,
        bundle: &Bound<'_, PyAny>,
        target: Option<&Bound<'_, PyAny>>,
        fail: &str,
        mode_cap: &str,
        capabilities: Option<Vec<String>>,
        volumes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Engine> {
        let bytes = match bundle.cast::<PyBytes>() {
            Ok(bytes) => bytes.clone(),
            Err(_) => bundle
                .getattr(intern!(py, "bytes"))
                .and_then(|bytes| Ok(bytes.cast_into::<PyBytes>()?))
                .map_err(|_| PyTypeError::new_err("bundle: expected bytes or a Bundle"))?,
        };
        let options = Options {
            target: target.map(|target| pairs("target", target)).transpose()?,
            fail: Fail::parse(fail.as_bytes())
                .ok_or_else(|| wrong("fail", "`closed` or `open`", fail))?,
            mode_cap: Mode::parse(mode_cap.as_bytes())
                .ok_or_else(|| wrong("mode_cap", "`audit` or `enforce`", mode_cap))?,
            capabilities: capabilities.map_or(Ok(Capabilities::ALL), |kinds| {
                kinds.iter().try_fold(Capabilities::NONE, |all, kind| {
                    let known = Kind::parse(kind.as_bytes());
                    known.map(|kind| all.with(kind)).ok_or_else(|| {
                        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                        wrong("capabilities", &format!("some of {}", kinds.join(", ")), kind)
                    })
                })
            })?,
            volumes: volumes.map_or(Ok(Vec::new()), |volumes| pairs("volumes", volumes))?,
        };
        let source = Source::new(bytes.as_bytes(), options);
        let shared = py.detach(|| source.load()).map_err(|error| error::load(py, error))?;
        Ok(Engine { shared: Arc::new(shared) })
    }

    /// Loads a bundle from memory.
    #[classmethod]
    #[pyo3(signature = (bundle, **options))]
    fn load<'py>(
        cls: &Bound<'py, PyType>,
        bundle: &Bound<'py, PyAny>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.call((bundle,), options)
    }

    /// Loads a bundle from a file.
    #[classmethod]
    #[pyo3(signature = (path, **options))]
    fn open<'py>(
        cls: &Bound<'py, PyType>,
        path: std::path::PathBuf,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        let bytes = py.detach(|| std::fs::read(&path))?;
        cls.call((PyBytes::new(py, &bytes),), options)
    }

    /// Decides any number of events: an iterable of mappings, a batch, or JSON lines
    /// as bytes.
    #[pyo3(signature = (events, state=None))]
    fn decide_batch(
        &self,
        events: &Bound<'_, PyAny>,
        state: Option<&Bound<'_, State>>,
    ) -> PyResult<Decisions> {
        batch::decide(&self.shared, events, state.map(|state| state.get()))
    }

    /// Takes over another engine's bundle and binding, whole and for every thread;
    /// returns the new generation.
    fn replace(&self, py: Python<'_>, other: &Bound<'_, Engine>) -> PyResult<u64> {
        let source = other.get().shared.engine().source().clone();
        py.detach(|| source.replace(&self.shared)).map_err(|error| error::load(py, error))
    }

    /// Has a state forget what no rule counts; returns how many entries went.
    fn adopt(&self, state: &Bound<'_, State>) -> usize {
        self.shared.engine().adopt(&mut *state.get().lock())
    }

    /// As bytes with the binding: `pickle` calls the class with these.
    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<((Bound<'py, PyBytes>,), Bound<'py, PyDict>)> {
        let engine = self.shared.engine();
        let options = engine.source().options();
        let named = PyDict::new(py);
        named.set_item("target", options.target.clone())?;
        named.set_item("fail", options.fail.as_str())?;
        named.set_item("mode_cap", options.mode_cap.as_str())?;
        let kinds = Kind::ALL.iter().filter(|&&kind| options.capabilities.can_block(kind));
        named.set_item("capabilities", kinds.map(|kind| kind.as_str()).collect::<Vec<_>>())?;
        named.set_item("volumes", options.volumes.clone())?;
        Ok(((PyBytes::new(py, engine.source().as_ref()),), named))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let engine = slf.get().shared.engine();
        let policies: Vec<_> = engine.report().map(|status| status.policy.to_owned()).collect();
        let name = slf.get_type().name()?;
        Ok(format!(
            "<{name} {} {:016x} generation {}>",
            policies.join(", "),
            engine.bundle_hash(),
            engine.generation()
        ))
    }
}

#[pymethods]
impl SharedEngine {
    #[new]
    #[pyo3(signature = (bundle, *, target=None, fail="closed", mode_cap="enforce", capabilities=None, volumes=None))]
    fn new(
        py: Python<'_>,
        bundle: &Bound<'_, PyAny>,
        target: Option<&Bound<'_, PyAny>>,
        fail: &str,
        mode_cap: &str,
        capabilities: Option<Vec<String>>,
        volumes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<SharedEngine>> {
        let engine = Engine::new(py, bundle, target, fail, mode_cap, capabilities, volumes)?;
        Ok(PyClassInitializer::from(engine).add_subclass(SharedEngine))
    }

    /// What another part of the process needs for `attach`.
    #[getter]
    fn token(slf: &Bound<'_, Self>) -> u64 {
        token::of(&slf.as_super().get().shared)
    }

    /// The engine of a token, as long as some part of the process holds it.
    #[staticmethod]
    fn attach(py: Python<'_>, token: u64) -> PyResult<Py<SharedEngine>> {
        let shared = token::find(token).ok_or_else(|| {
            PyValueError::new_err(format!("token: nobody holds an engine {token}"))
        })?;
        Py::new(py, PyClassInitializer::from(Engine { shared }).add_subclass(SharedEngine))
    }
}

/// The names and values of a mapping, or of pairs. A list of values is that many
/// pairs.
fn pairs(argument: &str, given: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let wrong = || PyTypeError::new_err(format!("{argument}: expected names with texts"));
    let items = match members(given)? {
        Some(dict) => dict.items().into_any(),
        None => given.clone(),
    };
    let mut all = Vec::new();
    for item in items.try_iter()? {
        let (name, value): (String, Bound<'_, PyAny>) = item?.extract().map_err(|_| wrong())?;
        if value.is_instance_of::<PyString>() {
            all.push((name, value.extract()?));
        } else {
            let values: Vec<String> = value.extract().map_err(|_| wrong())?;
            all.extend(values.into_iter().map(|value| (name.clone(), value)));
        }
    }
    Ok(all)
}

fn wrong(argument: &str, expected: &str, found: &str) -> PyErr {
    PyValueError::new_err(format!("{argument}: expected {expected}, found `{found}`"))
}
