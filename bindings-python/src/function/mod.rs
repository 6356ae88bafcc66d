//! The function wrapper: a hook in the interpreter that asks the engine about what
//! the program does, before it is done.
//!
//! An event's way: `hook` tells by its name who looks at it; `files`, `programs`,
//! `network`, `libraries` and `variables` turn it into what the engine is asked
//! (`given` reads arguments, `paths` finds objects, `start`, `commands` and `shell`
//! find what a command starts); `watch` asks and reports. `replaced` and `environment` stand in
//! for what raises no event.

mod caller;
mod environment;
mod files;
mod given;
mod hook;
mod libraries;
mod network;
mod plant;
mod programs;
mod replaced;
mod report;
mod system;
mod variables;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCFunction;
use wardline::{Binding, Capabilities, Engine, Fail, Kind, Mode, SharedState};

use crate::error;
use report::{Reports, Sink};
use watch::Watch;

/// What is remembered, in bytes: hundreds of quarantined actors and scanners.
const BUDGET: usize = 1 << 18;
/// How long the end of the process waits for reports.
const PATIENCE: Duration = Duration::from_secs(1);

/// Arms this process and returns the first report, or raises and changes nothing.
///
/// * `audit` - None (standard error), a path, or a function that gets a line of JSON.
/// * `modes` - `fail` and `mode_cap`, as for an engine.
/// * `places` - the directory of the bundle, where decoys of the layer
///   stand, and where the interpreter's own libraries are.
/// * `inherited` - the variables that arm a child.
#[pyfunction]
pub(crate) fn arm(
    py: Python<'_>,
    bundle: &[u8],
    target: Vec<(String, String)>,
    modes: (String, String),
    audit: &Bound<'_, PyAny>,
    places: (PathBuf, PathBuf),
    inherited: Vec<(Vec<u8>, Vec<u8>)>,
) -> PyResult<String> {
    let ((fail, mode_cap), (layer, libraries)) = (modes, places);
    if watch::watch().is_some() {
        return Err(PyRuntimeError::new_err("this process is armed already"));
    }
    let fail = Fail::parse(fail.as_bytes())
        .ok_or_else(|| PyValueError::new_err("fail: expected \"closed\" or \"open\""))?;
    let mode = Mode::parse(mode_cap.as_bytes())
        .ok_or_else(|| PyValueError::new_err("mode_cap: expected \"enforce\" or \"audit\""))?;
    let engine = loaded(py, bundle, &target, fail, mode)?;
    let memory = engine.needs_state().then(|| memory(py)).transpose()?;
    let reports = Reports::open(sink(audit)?)?;
    let planted = plant::plant(&engine, &layer);
    let environ = py.import("os")?.getattr("environ")?;
    for (name, value) in &planted.values {
        environ.set_item(name, value)?;
    }
    let mut watch = Watch::new(engine, target, mode, memory, reports);
    watch.libraries =
        std::fs::canonicalize(libraries).unwrap_or_default().into_os_string().into_encoded_bytes();
    watch.inherited = inherited;
    watch.planted = planted;
    if watch.asks(Kind::Network) || watch.asks(Kind::Dns) {
        network::prepare(py)?;
    }
    environment::prepare(py)?;
    replaced::install(py, &watch)?;
    if watch.asks(Kind::Credential) {
        environment::install(py)?;
    }
    let ending = PyCFunction::new_closure(py, None, None, |args, _| {
        if let Some(watch) = watch::watch() {
            watch.reports.flush(args.py(), PATIENCE);
        }
    })?;
    py.import("atexit")?.call_method1("register", (ending,))?;
    let status = watch.status();
    watch.reports.line(py, &status);
    if let Some(line) = watch.laid_out() {
        watch.reports.line(py, &line);
    }
    if !watch::set(watch) {
        return Err(PyRuntimeError::new_err("this process is armed already"));
    }
    hook::install(py)?;
    Ok(status)
}

/// Writes the decoys of a layer that is packed, and says how many.
#[pyfunction]
pub(crate) fn lay_out(
    py: Python<'_>,
    bundle: &[u8],
    target: Vec<(String, String)>,
    layer: PathBuf,
) -> PyResult<usize> {
    let engine = loaded(py, bundle, &target, Fail::Closed, Mode::Enforce)?;
    Ok(plant::layer(&engine, &layer))
}

/// Whether this process is armed.
#[pyfunction]
pub(crate) fn is_armed() -> bool {
    watch::watch().is_some()
}

fn loaded(
    py: Python<'_>,
    bundle: &[u8],
    target: &[(String, String)],
    fail: Fail,
    mode: Mode,
) -> PyResult<Engine<Vec<u8>>> {
    let pairs: Vec<_> =
        target.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let kinds = [Kind::File, Kind::Exec, Kind::Network, Kind::Dns, Kind::Credential];
    let capabilities = kinds.into_iter().fold(Capabilities::NONE, Capabilities::with);
    let binding =
        Binding { target: Some(&pairs), fail, mode_cap: mode, capabilities, ..Binding::default() };
    Engine::load(bundle.to_vec(), &binding).map_err(|wrong| error::load(py, wrong))
}

fn memory(py: Python<'_>) -> PyResult<SharedState> {
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(|wrong| PyOSError::new_err(wrong.to_string()))?;
    SharedState::new(BUDGET, 1, seed).map_err(|wrong| error::state(py, wrong))
}

fn sink(audit: &Bound<'_, PyAny>) -> PyResult<Sink> {
    Ok(if audit.is_none() {
        Sink::Error
    } else if audit.is_callable() {
        Sink::Function(audit.clone().unbind())
    } else {
        Sink::File(audit.extract()?)
    })
}
