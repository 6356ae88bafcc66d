//! A state that is saved while a command goes on: every few seconds if something changed,
//! and when a signal ends the command.

use std::fs;
use std::io::Write;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use wardline::State;

use super::file::StateFile;
use crate::say_failure;

/// A state and the file that it is kept in, if there is one.
///
/// Who writes answers locks those before the state, and keeps the state no longer than
/// deciding takes: a reader that does not read must not keep a state from being saved.
pub(crate) struct Kept {
    state: Mutex<State<Vec<u8>>>,
    /// How many times the state was taken to be changed.
    taken: AtomicU64,
    /// Held while saving, so that what is older is never written over what is newer: how
    /// many times the state had been taken when it was saved.
    saved: Mutex<u64>,
    file: Option<StateFile>,
    is_ending: AtomicBool,
}

impl Kept {
    pub(crate) fn new(state: State<Vec<u8>>, file: Option<StateFile>) -> Arc<Kept> {
        let (taken, saved) = (AtomicU64::new(1), Mutex::new(0));
        let is_ending = AtomicBool::new(false);
        Arc::new(Kept { state: Mutex::new(state), taken, saved, file, is_ending })
    }

    /// The state, to decide with.
    pub(crate) fn state(&self) -> MutexGuard<'_, State<Vec<u8>>> {
        let state = locked(&self.state);
        self.taken.fetch_add(1, Ordering::Relaxed);
        state
    }

    /// Saves what changed since it was saved last; where there is no file, nothing.
    pub(crate) fn save(&self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut saved = locked(&self.saved);
        let (bytes, taken) = {
            let mut state = locked(&self.state);
            let taken = self.taken.load(Ordering::Relaxed);
            if taken == *saved {
                return Ok(());
            }
            // Deciding need not wait for the disk.
            (state.save().to_vec(), taken)
        };
        file.replace(&bytes)?;
        *saved = taken;
        Ok(())
    }

    /// The answers, to add that of one event; once a signal ends the command, never.
    pub(crate) fn answering<'a, W>(&self, answers: &'a Mutex<W>) -> MutexGuard<'a, W> {
        let answers = locked(answers);
        // Told before the answers are flushed, so whoever locks them later knows.
        if self.is_ending.load(Ordering::Relaxed) {
            drop(answers);
            loop {
                thread::park();
            }
        }
        answers
    }

    /// Has threads save the state from now on, if it has a file; before a signal ends the
    /// command, also what is written to `answers` is flushed.
    pub(crate) fn keep_saving<W: Write + Send + 'static>(
        self: &Arc<Self>,
        answers: &Arc<Mutex<W>>,
    ) -> Result<()> {
        if self.file.is_none() {
            return Ok(());
        }
        // One that is ignored, as with `nohup`, stays so.
        let signals = [SIGINT, SIGTERM].into_iter().filter(|&signal| !is_ignored(signal));
        let mut signals = Signals::new(signals).context("cannot wait for signals")?;
        let (kept, answers) = (Arc::clone(self), Arc::clone(answers));
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                kept.end(signal, answers);
            }
        });
        let kept = Arc::clone(self);
        thread::spawn(move || kept.save_now_and_then());
        Ok(())
    }

    fn save_now_and_then(&self) {
        let mut pause = PAUSE;
        let mut fails = false;
        loop {
            thread::sleep(pause);
            let start = Instant::now();
            let saved = self.save();
            // Said once; the next save may do better, and the end fails if it does not.
            if let Err(error) = &saved
                && !fails
            {
                say_failure(&anyhow!("{error:#}; trying again until it can be saved"));
            }
            fails = saved.is_err();
            // Large states on slow disks are saved less often.
            pause = PAUSE.max(start.elapsed().saturating_mul(20));
        }
    }

    /// Ends the command as the signal does, when all that was decided is saved and told.
    fn end<W: Write + Send + 'static>(self: Arc<Self>, signal: i32, answers: Arc<Mutex<W>>) {
        self.is_ending.store(true, Ordering::Relaxed);
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let flushed = locked(&answers).flush();
            // Nobody waits any longer where the reader was too slow.
            let _ = tell.send(flushed.is_ok());
        });
        // A reader that has stopped reading does not hold the command up for ever.
        let _ = told.recv_timeout(PATIENCE);
        if let Err(error) = self.save() {
            say_failure(&error);
            process::exit(1);
        }
        let _ = emulate_default_handler(signal);
        process::exit(1);
    }
}

/// Whether a signal does nothing to this process (proc(5), `SigIgn`).
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask.checked_shr(signal.unsigned_abs().saturating_sub(1)).unwrap_or(0) & 1 == 1
}

/// Between two saves.
const PAUSE: Duration = Duration::from_secs(2);

/// How long a signal waits for whoever reads the answers.
const PATIENCE: Duration = Duration::from_secs(1);

/// A lock that a panic elsewhere does not take away.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
