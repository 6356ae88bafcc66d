//! The engine: a bundle that was loaded and bound, and what is asked of it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyAny, PyType};
use wardline::{Capabilities, Fail, Mode, SharedEngine as Shared};

use crate::decision::Decision;
use crate::error;
use crate::given::Given;
use crate::keep::{Keep, Lists};
use crate::read;
use crate::source::{Options, Source};

/// A loaded, bound bundle. Any number of threads may use it at once.
#[pyclass(frozen, subclass, module = "wardline")]
pub(crate) struct Engine {
    pub(crate) shared: Arc<Shared<Source>>,
}

impl Engine {
    /// Decides what was given.
    #[inline]
    pub(crate) fn answer(&self, given: &Given<'_>) -> PyResult<Decision> {
        let (keep, lists) = (Keep::default(), Lists::default());
        let event = read::event(given, &keep, &lists)?;
        let engine = self.shared.engine();
        let decision = engine.decide(&event);
        Ok(Decision::new(&engine, &event, decision, None))
    }
}

#[pymethods]
impl Engine {
    /// Loads a bundle from memory.
    #[classmethod]
    #[pyo3(signature = (bundle, *, target=None, fail="closed", mode_cap="enforce"))]
    fn load(
        cls: &Bound<'_, PyType>,
        bundle: &[u8],
        target: Option<Vec<(String, String)>>,
        fail: &str,
        mode_cap: &str,
    ) -> PyResult<Engine> {
        let options = Options {
            target,
            fail: Fail::parse(fail.as_bytes()).unwrap(),
            mode_cap: Mode::parse(mode_cap.as_bytes()).unwrap(),
            capabilities: Capabilities::ALL,
            volumes: Vec::new(),
        };
        let shared = Source::new(bundle, options).load().map_err(|e| error::load(cls.py(), e))?;
        Ok(Engine { shared: Arc::new(shared) })
    }

    /// Decides one event.
    fn decide(&self, event: &Bound<'_, PyAny>) -> PyResult<Decision> {
        self.answer(&Given::dict(event)?)
    }
}
