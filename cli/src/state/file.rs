//! The file of a state: read once, replaced whole, and held against other commands.
//!
//! What holds it is a lock on a file beside it, `FILE.lock`, which is made once and stays:
//! the state itself is another file after each save, and a lock on it would be one on what
//! is no longer there. The system lets the lock go however the command ends.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wardline::State;

use crate::input;
use crate::output::{self, Readers};

/// A state's file that no other command changes meanwhile.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    is_new: bool,
    /// Open for as long as it holds.
    _lock: File,
}

impl StateFile {
    /// Holds a file that is there, or the place of one that is not.
    ///
    /// # Errors
    ///
    /// Whatever hides whether there is a state is one: who cannot reach what was remembered
    /// must not go on as if nothing had been.
    pub(crate) fn hold(file: &Path) -> Result<StateFile> {
        let name = file.display();
        if input::is_standard_input(file) {
            bail!("a state is written back, which standard input cannot be: name a file");
        }
        let is_new = match fs::metadata(file) {
            Ok(there) if there.is_dir() => bail!("{name} is a directory; name a file in it"),
            Ok(there) if !there.is_file() => bail!("{name} is not a regular file"),
            Ok(_) => false,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if fs::symlink_metadata(file).is_ok() {
                    bail!("{name} is a symbolic link to a file that is not there");
                }
                true
            }
            Err(error) => return Err(error).with_context(|| format!("cannot open {name}")),
        };
        // Links to one state share its lock.
        let path = match is_new {
            true => file.to_owned(),
            false => fs::canonicalize(file).with_context(|| format!("cannot open {name}"))?,
        };
        let mut beside = OsString::from(&path);
        beside.push(".lock");
        let beside = PathBuf::from(beside);
        // Nothing that somebody else put there: a link to what is not theirs, or a pipe to
        // wait at.
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(&beside)
            .with_context(|| format!("cannot make {}", beside.display()))?;
        if !lock.metadata().is_ok_and(|found| found.is_file()) {
            bail!("{} is not a regular file", beside.display());
        }
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("{name} is in use by another command: let that end first")
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", beside.display()));
            }
        }
        // Another command may have made it before this one held it.
        let is_new = is_new && !path.try_exists().with_context(|| format!("cannot open {name}"))?;
        Ok(StateFile { path, is_new, _lock: lock })
    }

    /// Likewise, a file that must be there: where there is none, no lock is left behind.
    pub(crate) fn hold_kept(file: &Path) -> Result<StateFile> {
        if !input::is_standard_input(file) {
            fs::metadata(file).with_context(|| format!("cannot open {}", file.display()))?;
        }
        StateFile::hold(file)
    }

    /// The state; an empty one of so many bytes if there is none yet.
    pub(crate) fn open(&self, budget: u32) -> Result<State<Vec<u8>>> {
        if self.is_new { empty(budget) } else { self.restore() }
    }

    /// The state that is there.
    pub(crate) fn restore(&self) -> Result<State<Vec<u8>>> {
        restore(&self.path)
    }

    /// Puts a state in the place of the one before, or leaves that one whole.
    pub(crate) fn replace(&self, saved: &[u8]) -> Result<()> {
        output::replace(&self.path, saved, Readers::Owner)
    }
}

/// A state in which nothing is remembered.
pub(crate) fn empty(budget: u32) -> Result<State<Vec<u8>>> {
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).context("cannot get random bytes for a state")?;
    Ok(State::with_budget(budget as usize, seed)?)
}

/// The state of a file or of standard input, to look at: as it was saved last.
pub(crate) fn restore(file: &Path) -> Result<State<Vec<u8>>> {
    let name = input::name(file);
    State::restore(input::beginning(&State::MAGIC, file)?)
        .with_context(|| format!("cannot restore {name}"))
}
