//! The engine as a module for Python.
//!
//! Nothing is decided here. Events are read from Python objects as
//! `engine/src/json` reads them from JSON (`field`, `slots`, `read`), given to the
//! engine, and answered with values that never change (`decision`). What is made
//! seldom – rules, explanations, reports – are dataclasses of `python/wardline`.

mod compile;
mod decision;
mod engine;
mod error;
mod field;
mod function;
mod given;
mod keep;
mod name;
mod read;
mod record;
mod slots;
mod source;
mod words;

use pyo3::prelude::*;

/// The native half of the package `wardline`.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::compile::compile;
    #[pymodule_export]
    use crate::decision::Decision;
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::function::{arm, is_armed};
}
