//! Engines that are replaced while threads decide with them.

use core::ffi::c_char;
use std::sync::Arc;

use wardline::SharedEngine;

use crate::binding::wardline_binding;
use crate::decide::{batch, decide};
use crate::decision::wardline_decision;
use crate::engine::{Bytes, Held, bound, opened, wardline_engine};
use crate::event::wardline_event;
use crate::raw::{self, In, Mut, Out, wardline_bytes};
use crate::read::Little;
use crate::state::wardline_state;
use crate::status::{guard, wardline_status};

/// An engine that threads use without a lock while others replace it whole. Every
/// decision comes from one engine; its `generation` says which, and never goes
/// back. What was replaced is freed when nobody uses it any more.
pub struct wardline_shared([u8; 0]);

/// What a handle holds.
pub(crate) type Replaced = SharedEngine<Bytes>;

/// Loads the first engine, generation 1, from memory, of which a copy is kept.
///
/// `*out` is written on `WARDLINE_STATUS_OK` only: a handle to be freed with
/// `wardline_shared_free`. All else is as with `wardline_engine_load`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_load(
    bundle: wardline_bytes<'_>,
    binding: In<'_, wardline_binding<'_>>,
    out: Out<'_, *mut wardline_shared>,
    message: Out<'_, c_char>,
    capacity: usize,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let bytes = Bytes::Owned(bundle.given()?.into());
        let shared = bound(binding, message, capacity, |bound| SharedEngine::load(bytes, bound))?;
        out.put(raw::new_handle(shared));
        Ok(())
    })
}

/// Loads the first engine, generation 1, from a file; as `wardline_engine_open`, but
/// for the handle, which is to be freed with `wardline_shared_free`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_open(
    path: wardline_bytes<'_>,
    how: u32,
    binding: In<'_, wardline_binding<'_>>,
    out: Out<'_, *mut wardline_shared>,
    mut message: Out<'_, c_char>,
    capacity: usize,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let bytes = opened(path, how, message.again(), capacity)?;
        let shared = bound(binding, message, capacity, |bound| SharedEngine::load(bytes, bound))?;
        out.put(raw::new_handle(shared));
        Ok(())
    })
}

/// Replaces the engine by one of a bundle in memory, of which a copy is kept.
///
/// `*generation`, the new one, may be NULL. After any error the engine of before
/// stays. Any thread, one replacing at a time; those that decide do not wait. Errors
/// are those of `wardline_engine_load`, and `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_replace(
    shared: Mut<'_, wardline_shared>,
    bundle: wardline_bytes<'_>,
    binding: In<'_, wardline_binding<'_>>,
    generation: Out<'_, u64>,
    message: Out<'_, c_char>,
    capacity: usize,
) -> wardline_status {
    guard(|| {
        let shared = shared.as_in().handle()?;
        let bytes = Bytes::Owned(bundle.given()?.into());
        let new = bound(binding, message, capacity, |bound| shared.replace(bytes, bound))?;
        if let Ok(generation) = generation.place() {
            generation.put(new);
        }
        Ok(())
    })
}

/// Replaces the engine by one of a bundle in a file: as `wardline_shared_replace`,
/// and as `wardline_engine_open` about the file.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_reopen(
    shared: Mut<'_, wardline_shared>,
    path: wardline_bytes<'_>,
    how: u32,
    binding: In<'_, wardline_binding<'_>>,
    generation: Out<'_, u64>,
    mut message: Out<'_, c_char>,
    capacity: usize,
) -> wardline_status {
    guard(|| {
        let shared = shared.as_in().handle()?;
        let bytes = opened(path, how, message.again(), capacity)?;
        let new = bound(binding, message, capacity, |bound| shared.replace(bytes, bound))?;
        if let Ok(generation) = generation.place() {
            generation.put(new);
        }
        Ok(())
    })
}

/// The engine of now, for all that is asked of an engine: it stays as it is when it
/// is replaced, until `wardline_engine_free`.
///
/// `*out` is written on `WARDLINE_STATUS_OK` only. Allocates a few bytes. Any
/// thread. Errors: `NULL_ARGUMENT`, `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_engine(
    shared: In<'_, wardline_shared>,
    out: Out<'_, *mut wardline_engine>,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let engine = Arc::clone(&shared.handle()?.engine());
        out.put(raw::new_handle(Held::Shared(engine)));
        Ok(())
    })
}

/// Decides one event with the engine of now: as `wardline_engine_decide`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_decide(
    shared: In<'_, wardline_shared>,
    state: Mut<'_, wardline_state>,
    event: In<'_, wardline_event<'_>>,
    out: Out<'_, wardline_decision>,
) -> wardline_status {
    guard(|| {
        let engine = shared.handle()?.engine();
        let state = state.as_in().maybe_handle()?;
        let out = out.sized()?;
        Little::new().with_event(event.sized()?, |event| decide(&engine, state, event, out))?
    })
}

/// Decides several events, all with the engine of now: as
/// `wardline_engine_decide_batch`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_decide_batch(
    shared: In<'_, wardline_shared>,
    state: Mut<'_, wardline_state>,
    events: In<'_, wardline_event<'_>>,
    out: Out<'_, wardline_decision>,
    count: usize,
    done: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = shared.handle()?.engine();
        let state = state.as_in().maybe_handle()?;
        batch(&engine, state, events, out, count, done)
    })
}

/// Ends a shared engine; NULL is none. No thread may use it any more; engines that
/// it gave stay.
///
/// Errors: `WRONG_HANDLE`; then nothing was freed.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_shared_free(shared: Mut<'_, wardline_shared>) -> wardline_status {
    guard(|| shared.free())
}
