//! Actors: what an engine's rules say about a process, found once.

use core::ffi::c_void;

use wardline::{Actor, Principal, Process};

use crate::engine::wardline_engine;
use crate::event::{wardline_principal, wardline_process};
use crate::raw::{self, In, Mut, Out};
use crate::read::{Fault, principal, process};
use crate::status::{Checked, guard, wardline_status};

/// What one engine's rules say about a process and its user. Made when a process
/// starts or changes its identity, kept beside it, and given with each of its
/// events, whose cost is then that of its object alone. It does not change; any
/// number of threads may use it. It answers for the engine that made it; another
/// looks at the fields of the event instead.
pub struct wardline_actor([u8; 0]);

/// Finds out what the rules say about a process, its user and the user's groups.
///
/// The events it is given with must have the same process, user and groups. What
/// `process` and `user` point to is not kept; `groups` may be NULL with count 0.
/// `*out` is written on `WARDLINE_STATUS_OK` only: a handle to be freed with
/// `wardline_actor_free`. Any thread.
///
/// Errors: `NULL_ARGUMENT`, `WRONG_HANDLE`; `INVALID_ARGUMENT` where a number is
/// given without its `has_…`.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_actor(
    engine: In<'_, wardline_engine>,
    of: In<'_, wardline_process<'_>>,
    user: In<'_, wardline_principal<'_>>,
    groups: In<'_, wardline_principal<'_>>,
    group_count: usize,
    out: Out<'_, *mut wardline_actor>,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        out.put(raw::new_handle(actor(engine, of, user, groups, group_count)?));
        Ok(())
    })
}

/// How much memory `wardline_engine_actor_place` needs, in bytes. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_actor_size() -> usize {
    raw::handle_size::<wardline_actor>()
}

/// As `wardline_engine_actor`, in memory of the caller's: nothing is allocated.
///
/// `memory` has `size` bytes, at least `wardline_actor_size()`, aligned to 16
/// (else `BUFFER_TOO_SMALL`), and belongs to the actor until
/// `wardline_actor_free`, which frees no memory.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_actor_place(
    engine: In<'_, wardline_engine>,
    memory: Out<'static, c_void>,
    size: usize,
    of: In<'_, wardline_process<'_>>,
    user: In<'_, wardline_principal<'_>>,
    groups: In<'_, wardline_principal<'_>>,
    group_count: usize,
    out: Out<'_, *mut wardline_actor>,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let memory = raw::memory::<wardline_actor>(memory, size)?;
        out.put(raw::place_handle(memory, actor(engine, of, user, groups, group_count)?));
        Ok(())
    })
}

fn actor(
    engine: In<'_, wardline_engine>,
    of: In<'_, wardline_process<'_>>,
    user: In<'_, wardline_principal<'_>>,
    groups: In<'_, wardline_principal<'_>>,
    group_count: usize,
) -> Checked<Actor> {
    let engine = engine.handle()?.engine();
    let mut fault = Fault(None);
    let (mut acting, mut identity) = (Process::UNKNOWN, Principal::UNKNOWN);
    process(&mut acting, of.get()?, &mut fault)?;
    principal(&mut identity, user.get()?, &mut fault)?;
    // The core asks nobody's groups yet but those of logins, which are no actors';
    // they are looked at so that a wrong list shows now.
    for group in groups.items(group_count)? {
        principal(&mut { Principal::UNKNOWN }, group, &mut fault)?;
    }
    match fault.0 {
        None => Ok(engine.actor(&acting, &identity, &[])),
        Some(_) => Err(wardline_status::InvalidArgument),
    }
}

/// Whether an engine made an actor, so that it is worth giving; otherwise it is time
/// for a new one.
///
/// `*out` is written, 0 or 1, on `WARDLINE_STATUS_OK` only. Any thread. Errors:
/// `NULL_ARGUMENT`, `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_knows(
    engine: In<'_, wardline_engine>,
    actor: In<'_, wardline_actor>,
    out: Out<'_, u32>,
) -> wardline_status {
    guard(|| {
        let knows = engine.handle()?.engine().knows(actor.handle()?);
        out.place()?.put(knows.into());
        Ok(())
    })
}

/// Ends an actor; NULL is none. No thread may use it any more.
///
/// Errors: `WRONG_HANDLE`; then nothing was freed.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_actor_free(actor: Mut<'_, wardline_actor>) -> wardline_status {
    guard(|| actor.free())
}
