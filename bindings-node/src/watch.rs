//! The engine and the state of a process that the function wrapper watches: one
//! for all of its threads, whichever arms itself first.
//!
//! Neither can be reached from JavaScript: the program that is watched can find
//! the addon too, and must not replace the one or release a quarantine of the other.

use std::sync::{Mutex, PoisonError};

use napi::bindgen_prelude::{Object, Uint8Array, Unknown};
use napi::{Env, Error, Result};
use napi_derive::napi;
use wardline::{Capabilities, Kind};

use crate::bound;
use crate::cold;
use crate::handle::Decider;

/// What is remembered, in bytes: thousands of quarantined actors.
const BUDGET: usize = 1 << 18;

static WATCH: Mutex<Option<Decider>> = Mutex::new(None);

/// The functions that decide for this process, which runs `program`. Only the first thread's bundle
/// counts, as it counts for the whole process.
#[napi]
pub(crate) fn watch<'e>(
    env: &'e Env,
    bytes: Uint8Array,
    target: Vec<(String, String)>,
    fail: String,
    mode_cap: String,
    program: &[u8],
    out: Unknown<'_>,
) -> Result<Object<'e>> {
    let mut watch = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
    let decider = match &*watch {
        Some(decider) => decider.clone(),
        None => {
            let all = Kind::ALL.iter().fold(Capabilities::NONE, |all, &kind| all.with(kind));
            let handle = cold::loaded(&bytes, Some(target), &fail, &mode_cap, all, Vec::new())?;
            let needed = handle.engine.engine().needs_state();
            let memory = needed.then(|| cold::memory(BUDGET, cold::unknown_seed()?)).transpose()?;
            watch.insert(Decider { handle, memory, who: None }).clone()
        }
    };
    bound::watching(env, &decider, program, &out)
}

/// What the watching engine is, as JSON.
#[napi]
pub(crate) fn describe_watch() -> Result<String> {
    let decider = watching()?;
    decider.handle.describe(None).ok_or_else(|| Error::from_reason("no description"))
}

/// The audit event of a decision of the watching engine.
#[napi]
pub(crate) fn audit_watch(record: &[u8], words: &[u32]) -> Result<String> {
    cold::audited(&watching()?.handle, None, record, words, None)
}

fn watching() -> Result<Decider> {
    let watch = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
    watch.clone().ok_or_else(|| Error::from_reason("nothing watches this process"))
}
