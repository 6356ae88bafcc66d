//! Where reports go: standard error, a file, or a function of the program's author.
//!
//! A report never waits: what cannot be written at once is kept, up to a bound, and
//! written with the next one; what does not fit is counted, and the count reported. A
//! function is called by a thread of its own, which asks about nothing.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;

use super::caller::Caller;
use super::system;

/// What is kept of lines that cannot be written yet, in bytes.
const KEPT: usize = 1 << 20;
/// A pipe that can be written to takes so many bytes without waiting (pipe(7)).
const PIECE: usize = 4096;

/// Where reports go.
pub(crate) enum Sink {
    /// Standard error, as it was when the process was armed.
    Error,
    /// Appended to a file.
    File(PathBuf),
    /// Given to a Python function.
    Function(Py<PyAny>),
}

/// The reports of a process.
pub(crate) struct Reports {
    function: Option<Caller>,
    out: Mutex<Out>,
}

struct Out {
    file: File,
    /// Device and number of `file`: the program must not put something else in its place.
    identity: (u64, u64),
    path: Option<PathBuf>,
    pending: VecDeque<u8>,
    lost: u64,
}

impl Reports {
    /// Opens the place where reports go.
    pub(crate) fn open(sink: Sink) -> io::Result<Reports> {
        let (function, path) = match sink {
            Sink::Error => (None, None),
            Sink::File(path) => (None, Some(path)),
            Sink::Function(function) => (Some(Caller::new(function)), None),
        };
        let (file, identity) = opened(path.as_ref())?;
        let out = Out { file, identity, path, pending: VecDeque::new(), lost: 0 };
        Ok(Reports { function, out: Mutex::new(out) })
    }

    /// Reports one line. What the function does not get goes to standard error.
    pub(crate) fn line(&self, py: Python<'_>, line: &str) {
        if self.function.as_ref().is_some_and(|function| function.give(py, line)) {
            return;
        }
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.add(line);
        out.drain(Duration::ZERO);
    }

    /// Writes what is kept, before the process ends.
    pub(crate) fn flush(&self, py: Python<'_>, patience: Duration) {
        if let Some(function) = &self.function {
            py.detach(|| function.wait(patience));
        }
        self.out.lock().unwrap_or_else(PoisonError::into_inner).drain(patience);
    }
}

impl Out {
    fn add(&mut self, line: &str) {
        if self.lost > 0 && self.pending.is_empty() {
            let lost = std::mem::take(&mut self.lost);
            let line = format!(
                r#"{{"version":1,"type":"function_runtime","time":{},"action":"audit","reason":"reports_lost","count":{lost}}}"#,
                super::watch::now()
            );
            self.pending.extend(line.bytes());
            self.pending.push_back(b'\n');
        }
        if self.pending.len() + line.len() > KEPT {
            self.lost += 1;
            return;
        }
        self.pending.extend(line.bytes());
        self.pending.push_back(b'\n');
    }

    fn drain(&mut self, patience: Duration) {
        self.check();
        while !self.pending.is_empty() && system::is_writable(self.file.as_fd(), patience) {
            let (first, _) = self.pending.as_slices();
            let piece = first.get(..first.len().min(PIECE)).unwrap_or(first);
            match self.file.write(piece) {
                Ok(written) if written > 0 => drop(self.pending.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
    }

    /// Opens the place again where its descriptor leads elsewhere now.
    fn check(&mut self) {
        if identity(&self.file).is_ok_and(|identity| identity == self.identity) {
            return;
        }
        if let Ok((file, identity)) = opened(self.path.as_ref()) {
            // The number belongs to somebody else now, who must not find it closed.
            std::mem::forget(std::mem::replace(&mut self.file, file));
            self.identity = identity;
        }
    }
}

fn opened(path: Option<&PathBuf>) -> io::Result<(File, (u64, u64))> {
    let file = match path {
        Some(path) => OpenOptions::new().append(true).create(true).mode(0o600).open(path)?,
        None => File::from(io::stderr().as_fd().try_clone_to_owned()?),
    };
    let identity = identity(&file)?;
    Ok((file, identity))
}

fn identity(file: &File) -> io::Result<(u64, u64)> {
    let found = file.metadata()?;
    Ok((found.dev(), found.ino()))
}
