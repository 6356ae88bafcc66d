//! What controls over time remember: one for the life of the enforcer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};
use wardline::ActorKind;

use crate::error;
use crate::record;

/// Bounded memory for controls over time.
#[pyclass(frozen, module = "wardline")]
pub(crate) struct State {
    state: Mutex<wardline::State<Vec<u8>>>,
}

impl State {
    /// The state, for one look-up. Whoever holds it never waits for the interpreter.
    pub(crate) fn lock(&self) -> MutexGuard<'_, wardline::State<Vec<u8>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl State {
    /// A state of `budget` bytes, never exceeded; `seed` are 16 bytes nobody knows.
    #[new]
    #[pyo3(signature = (budget=1_048_576, *, seed=None))]
    fn new(py: Python<'_>, budget: u32, seed: Option<&[u8]>) -> PyResult<State> {
        let key = match seed {
            Some(seed) => seed.try_into().map_err(|_| {
                PyValueError::new_err(format!("seed: expected 16 bytes, found {}", seed.len()))
            })?,
            None => {
                let mut key = [0; 16];
                getrandom::fill(&mut key).map_err(|error| PyOSError::new_err(error.to_string()))?;
                key
            }
        };
        let state = wardline::State::with_budget(budget as usize, key);
        let state = Mutex::new(state.map_err(|error| error::state(py, error))?);
        Ok(State { state })
    }

    /// The state that `save` gave.
    #[classmethod]
    fn restore(cls: &Bound<'_, PyType>, saved: &[u8]) -> PyResult<State> {
        let state = wardline::State::restore(saved.to_vec());
        let state = state.map_err(|error| error::state(cls.py(), error))?;
        Ok(State { state: Mutex::new(state) })
    }

    /// The bytes, with the seed in them: keep them as secret as the policies.
    fn save<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let saved = self.lock().save().to_vec();
        PyBytes::new(py, &saved)
    }

    /// How many keys are remembered.
    #[getter]
    fn entries(&self) -> usize {
        self.lock().entries()
    }

    /// How often something was forgotten for want of room.
    #[getter]
    fn forgotten(&self) -> u64 {
        self.lock().forgotten()
    }

    /// How many audits throttles suppressed that no decision has told of yet.
    #[getter]
    fn suppressed(&self) -> u64 {
        self.lock().suppressed()
    }

    /// Who is quarantined.
    #[getter]
    fn quarantines<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        // Owned, so that the lock is not held while Python makes objects.
        let all: Vec<_> = self
            .lock()
            .quarantines()
            .map(|one| {
                let pid = (one.kind == ActorKind::Process).then_some(one.pid);
                (one.id, one.kind.as_str(), pid, one.text.to_vec(), one.since, one.duration)
            })
            .collect();
        let all = all.iter().map(|(id, kind, pid, text, since, duration)| {
            record::quarantine(py, (id, kind, *pid, text, since, duration))
        });
        all.collect()
    }

    /// Ends a quarantine, by its id; whether there was one.
    fn release(&self, id: &[u8]) -> PyResult<bool> {
        let id = id.try_into().map_err(|_| {
            PyValueError::new_err(format!("id: expected 16 bytes, found {}", id.len()))
        })?;
        Ok(self.lock().release(id))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().save(slf.py()),)))
    }

    fn __repr__(&self) -> String {
        let state = self.lock();
        format!(
            "<State of {} entries, {} quarantined>",
            state.entries(),
            state.quarantines().count()
        )
    }
}
