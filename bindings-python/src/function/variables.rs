//! Variables of the environment: decoys that are read, and variables that change how
//! programs are started.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use wardline::{Activity, Credential, Kind};
use wardline_commands::libraries::VARIABLES;

use super::given::{self, at};
use super::libraries;
use super::watch::{Answer, Question, Watch, watch};

/// How the names of the wrapper's own variables begin.
const OWN: &[u8] = b"WARDLINE_";

/// `os.putenv(name, value)`: what arms children stays, and what the loader is told
/// to put into them is asked about.
pub(crate) fn put(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = watch() else { return Ok(()) };
    let name = given::text(&at(args, 0)).unwrap_or_default();
    if name.starts_with(OWN) {
        return watch.around(args.py(), "os.putenv", &name);
    }
    if VARIABLES.iter().any(|known| known.as_bytes() == name) {
        let value = given::text(&at(args, 1)).unwrap_or_default();
        return libraries::listed(args.py(), watch, "os.putenv", &value);
    }
    Ok(())
}

pub(crate) fn unset(args: &Bound<'_, PyTuple>) -> Answer {
    let name = given::text(&at(args, 0)).unwrap_or_default();
    match watch() {
        Some(watch) if name.starts_with(OWN) => watch.around(args.py(), "os.unsetenv", &name),
        _ => Ok(()),
    }
}

/// Asks about a variable that is read.
pub(crate) fn read(watch: &Watch, py: Python<'_>, call: &'static str, name: &[u8]) -> Answer {
    if !watch.asks(Kind::Credential) {
        return Ok(());
    }
    let credential = Credential { name: Some(name), id: watch.key_of(name) };
    watch.ask(
        py,
        &Question {
            call,
            name,
            activity: Activity::Credential(credential),
            program: None,
            malformed: None,
        },
    )
}

/// The whole environment is read at once: every decoy in it is touched.
pub(crate) fn all(watch: &Watch, py: Python<'_>, call: &'static str) -> Answer {
    use std::os::unix::ffi::OsStringExt;
    if !watch.asks(Kind::Credential) {
        return Ok(());
    }
    let mut first = Ok(());
    for (name, _) in std::env::vars_os() {
        // Each is asked about and reported, whatever the others are.
        let answer = read(watch, py, call, &name.into_vec());
        first = first.and(answer);
    }
    first
}

/// `/proc/<pid>/environ`, of whatever process.
pub(crate) fn environment_file(
    watch: &Watch,
    py: Python<'_>,
    call: &'static str,
    real: &[u8],
) -> Answer {
    if real.starts_with(b"/proc/") && real.ends_with(b"/environ") {
        return all(watch, py, call);
    }
    Ok(())
}
