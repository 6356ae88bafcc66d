//! The engine as a module for Python.
//!
//! Nothing is decided here. Events are read from Python objects as
//! `engine/src/json` reads them from JSON (`field`, `slots`, `given`, `read`,
//! `members`, most of them by `usual`), given to the engine by calls on Python's own convention (`calls`), and
//! answered with values that never change (`decision`). What is made
//! seldom – rules, explanations, reports – are dataclasses of `python/wardline`.

mod actor;
mod batch;
mod calls;
mod compile;
mod copy;
mod decision;
mod decisions;
mod engine;
mod error;
mod field;
mod function;
mod given;
mod keep;
mod members;
mod name;
mod read;
mod record;
mod report;
mod slots;
mod source;
mod state;
mod token;
mod usual;
mod words;

use pyo3::prelude::*;

/// The native half of the package `wardline`.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    /// Adds the calls that PyO3 cannot make as fast.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::calls::add(module.py())
    }

    #[pymodule_export]
    use crate::actor::Actor;
    #[pymodule_export]
    use crate::batch::Batch;
    #[pymodule_export]
    use crate::compile::compile;
    #[pymodule_export]
    use crate::decision::{Decision, restored};
    #[pymodule_export]
    use crate::decisions::Decisions;
    #[pymodule_export]
    use crate::engine::{Engine, SharedEngine};
    #[pymodule_export]
    use crate::function::{arm, is_armed, lay_out};
    #[pymodule_export]
    use crate::state::State;
}
