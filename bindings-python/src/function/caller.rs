//! The thread that gives reports to a function of the program's author.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::hook::Inside;

/// Reports that wait for the function.
const WAITING: usize = 4096;

pub(crate) struct Caller {
    function: Arc<Py<PyAny>>,
    thread: Mutex<Option<Thread>>,
    /// Reports that the function has not come back from.
    waiting: Arc<AtomicUsize>,
}

struct Thread {
    /// A fork has no threads but the one that forked.
    process: u32,
    lines: SyncSender<String>,
}

impl Caller {
    pub(crate) fn new(function: Py<PyAny>) -> Caller {
        Caller { function: Arc::new(function), thread: Mutex::new(None), waiting: Arc::default() }
    }

    /// Gives a line to the thread; `false` if too many wait, or there is no thread.
    pub(crate) fn give(&self, _: Python<'_>, line: &str) -> bool {
        let process = std::process::id();
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.as_ref().is_none_or(|thread| thread.process != process) {
            self.waiting.store(0, Ordering::Relaxed);
            *thread = self.started(process);
        }
        let Some(running) = thread.as_ref() else { return false };
        self.waiting.fetch_add(1, Ordering::Relaxed);
        match running.lines.try_send(line.to_owned()) {
            Ok(()) => true,
            Err(error) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                if matches!(error, TrySendError::Disconnected(_)) {
                    *thread = None;
                }
                false
            }
        }
    }

    fn started(&self, process: u32) -> Option<Thread> {
        let (lines, received) = sync_channel(WAITING);
        let (function, waiting) = (Arc::clone(&self.function), Arc::clone(&self.waiting));
        let builder = thread::Builder::new().name("wardline".to_owned());
        builder.spawn(move || run(&function, &received, &waiting)).ok()?;
        Some(Thread { process, lines })
    }

    /// Waits until the function has got all lines, or `patience` is over.
    pub(crate) fn wait(&self, patience: Duration) {
        let end = Instant::now() + patience;
        while self.waiting.load(Ordering::Relaxed) > 0 && Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn run(function: &Py<PyAny>, lines: &Receiver<String>, waiting: &AtomicUsize) {
    Inside::stay();
    while let Ok(line) = lines.recv() {
        // Nothing is called any more when the interpreter ends.
        let called = Python::try_attach(|py| match function.call1(py, (&line,)) {
            Ok(_) => {}
            Err(error) => error.write_unraisable(py, Some(function.bind(py))),
        });
        waiting.fetch_sub(1, Ordering::Relaxed);
        if called.is_none() {
            return;
        }
    }
}
