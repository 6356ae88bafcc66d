//! State: what controls over time remember.

use core::ffi::{c_char, c_void};

#[cfg(feature = "std")]
use wardline::SharedState;
use wardline::{Alert, Decision, Engine, Event, Quarantine, State};

use crate::engine::{Bytes, wardline_engine};
#[cfg(feature = "std")]
use crate::raw::wardline_bytes;
use crate::raw::{self, In, Mut, OneAtATime, Out};
use crate::status::{Checked, guard, wardline_status};
use crate::words::number;

/// Bounded memory for controls over time: failed logins, who touched a decoy, who
/// tries many ports or hosts. One for the life of the enforcer, over all engines
/// that follow one another. Any number of threads may use it at once: each look-up
/// locks one shard for a short, bounded time. (One that was placed, by
/// `wardline_state_place`, refuses a second thread with `BUSY`.)
///
/// After a fork the child must not use a state of its parent, whose locks other
/// threads may have held: make a new one, or restore a saved one.
pub struct wardline_state([u8; 0]);

/// What a handle holds.
pub(crate) enum Memory {
    #[cfg(feature = "std")]
    Shared(SharedState),
    Placed(OneAtATime<State<&'static mut [u8]>>),
}

impl Memory {
    pub(crate) fn decide(
        &self,
        engine: &Engine<Bytes>,
        event: &Event<'_>,
    ) -> Checked<(Decision, Option<Alert>)> {
        match self {
            #[cfg(feature = "std")]
            Memory::Shared(state) => Ok(state.decide(engine, event)),
            Memory::Placed(state) => state.with(|state| {
                let decision = engine.decide_with(state, event);
                (decision, state.alert())
            }),
        }
    }
}

/// An empty state.
///
/// `budget` is how many bytes it uses, all together and ever; `shards` into how many
/// parts they are divided, two to four for each thread, 0 for 16; each needs 4,160
/// bytes (else `STATE_TOO_SMALL`). `seed` is 16 bytes that nobody else knows, or NULL
/// to take them from the operating system (`UNREADABLE` if it has none). `*out` is
/// written on `WARDLINE_STATUS_OK` only: a handle to be freed with
/// `wardline_state_free`. Any thread. Errors besides: `NULL_ARGUMENT`.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_new(
    budget: usize,
    shards: usize,
    seed: In<'_, u8>,
    out: Out<'_, *mut wardline_state>,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let key = seed_of(seed)?;
        let shards = if shards == 0 { 16 } else { shards };
        let state = SharedState::new(budget, shards, key)?;
        out.put(raw::new_handle(Memory::Shared(state)));
        Ok(())
    })
}

#[cfg(feature = "std")]
fn seed_of(seed: In<'_, u8>) -> Checked<[u8; 16]> {
    let mut key = [0; 16];
    match seed.maybe() {
        Some(_) => key.copy_from_slice(seed.items(16)?),
        None => getrandom::fill(&mut key).map_err(|_| wardline_status::Unreadable)?,
    }
    Ok(key)
}

/// A state that was saved by `wardline_state_save`; `saved` is copied.
///
/// `*out` is written on `WARDLINE_STATUS_OK` only: a handle to be freed with
/// `wardline_state_free`. Any bytes may be given. Any thread. Errors:
/// `NULL_ARGUMENT`, `NOT_A_STATE`, `STATE_VERSION`, `STATE_DAMAGED`.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_restore(
    saved: wardline_bytes<'_>,
    out: Out<'_, *mut wardline_state>,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let state = SharedState::restore(saved.given()?)?;
        out.put(raw::new_handle(Memory::Shared(state)));
        Ok(())
    })
}

/// How much memory `wardline_state_place` needs besides the state's own, in bytes.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_size() -> usize {
    raw::handle_size::<wardline_state>()
}

/// A state in memory of the caller's: nothing is allocated.
///
/// `memory` has `size` bytes, at least `wardline_state_size()`, aligned to 16 (else
/// `BUFFER_TOO_SMALL`); `block` has `length` initialised bytes, at least 4,160,
/// in which everything is remembered. Both belong to the state until
/// `wardline_state_free`, which frees no memory. `seed` is 16 bytes that nobody
/// else knows for an empty state, or NULL to restore what `block` holds. All else is
/// as with `wardline_state_new` and `wardline_state_restore`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_place(
    memory: Out<'static, c_void>,
    size: usize,
    block: Out<'static, u8>,
    length: usize,
    seed: In<'_, u8>,
    out: Out<'_, *mut wardline_state>,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let memory = raw::memory::<wardline_state>(memory, size)?;
        let block = raw::block(block, length)?;
        let state = match seed.items(16) {
            Ok(seed) => State::new(block, *seed.first_chunk().unwrap_or(&[0; 16]))?,
            Err(_) => State::restore(block)?,
        };
        out.put(raw::place_handle(memory, Memory::Placed(OneAtATime::new(state))));
        Ok(())
    })
}

/// Ends a state; NULL is none. No thread may use it any more.
///
/// Errors: `WRONG_HANDLE`; then nothing was freed.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_free(state: Mut<'_, wardline_state>) -> wardline_status {
    guard(|| state.free())
}

/// Writes what is to be kept over a restart into a buffer, and its length to
/// `*length`. The bytes hold the seed: keep them secret.
///
/// On `BUFFER_TOO_SMALL` `*length` says what is needed and nothing else was written;
/// `out` may be NULL with capacity 0. Any thread. Other errors: `NULL_ARGUMENT`,
/// `WRONG_HANDLE`, `INVALID_ARGUMENT`, `BUSY`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_save(
    state: Mut<'_, wardline_state>,
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let state = state.as_in().handle()?;
        let room = raw::buffer(out, capacity)?;
        let length = length.place()?;
        let copy = |saved: &[u8]| {
            length.put(saved.len());
            let room = room.get_mut(..saved.len()).ok_or(wardline_status::BufferTooSmall)?;
            for (to, from) in room.iter_mut().zip(saved) {
                to.write(*from);
            }
            Ok(())
        };
        match state {
            #[cfg(feature = "std")]
            Memory::Shared(state) => copy(&state.save()),
            Memory::Placed(state) => state.with(|state| copy(state.save()))?,
        }
    })
}

/// How much a state remembers.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_state_info {
    /// Keys that are remembered.
    pub entries: u64,
    /// How often something was forgotten that was worth keeping.
    pub forgotten: u64,
    /// Audits that throttles suppressed and that no decision has told of yet.
    pub suppressed: u64,
}

/// Says how much a state remembers. O(its budget).
///
/// `*out` is written on `WARDLINE_STATUS_OK` only. Any thread. Errors:
/// `NULL_ARGUMENT`, `WRONG_HANDLE`, `BUSY`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_describe(
    state: In<'_, wardline_state>,
    out: Out<'_, wardline_state_info>,
) -> wardline_status {
    guard(|| {
        let state = state.handle()?;
        let out = out.place()?;
        let (entries, forgotten, suppressed) = match state {
            #[cfg(feature = "std")]
            Memory::Shared(state) => {
                (state.entries(), state.forgotten(), state.suppressed_in_all())
            }
            Memory::Placed(state) => {
                state.with(|state| (state.entries(), state.forgotten(), state.suppressed()))?
            }
        };
        out.put(wardline_state_info { entries: entries as u64, forgotten, suppressed });
        Ok(())
    })
}

/// Has a state forget what no rule of an engine counts. To be called after an engine
/// was replaced.
///
/// `*forgotten`, how many keys went, may be NULL. Any thread. Errors:
/// `NULL_ARGUMENT`, `WRONG_HANDLE`, `BUSY`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_adopt(
    engine: In<'_, wardline_engine>,
    state: Mut<'_, wardline_state>,
    forgotten: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let gone = match state.as_in().handle()? {
            #[cfg(feature = "std")]
            Memory::Shared(state) => state.adopt(engine),
            Memory::Placed(state) => state.with(|state| engine.adopt(state))?,
        };
        if let Ok(forgotten) = forgotten.place() {
            forgotten.put(gone);
        }
        Ok(())
    })
}

/// Somebody who is quarantined.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_quarantine {
    /// `sizeof(wardline_quarantine)`.
    pub size: u32,
    /// A `wardline_actor_kind`.
    pub kind: u32,
    /// The process, if it is one.
    pub pid: u32,
    /// How many bytes of `text` there are.
    pub text_length: u32,
    /// Names the entry, for `wardline_state_release`.
    pub id: [u8; 16],
    /// Since when, in milliseconds since the Unix epoch; `UINT64_MAX` if that is not
    /// known.
    pub since: u64,
    /// For how many milliseconds; `UINT64_MAX` until released.
    pub duration: u64,
    /// The path or address; of a long path the first bytes.
    pub text: [u8; 200],
}

/// The quarantined, one by one: `index` counts from 0. The order is that of the
/// state's memory and changes with it. O(the state's budget).
///
/// `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK`
/// only. `NOT_FOUND` means that there are no more. Any thread. Other errors:
/// `NULL_ARGUMENT`, `WRONG_HANDLE`, `WRONG_SIZE`, `BUSY`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_quarantine(
    state: In<'_, wardline_state>,
    index: usize,
    out: Out<'_, wardline_quarantine>,
) -> wardline_status {
    guard(|| {
        let state = state.handle()?;
        let out = out.sized()?;
        let found = match state {
            #[cfg(feature = "std")]
            Memory::Shared(state) => {
                let (mut left, mut found) = (index, None);
                state.each_quarantine(|one| {
                    if left == 0 && found.is_none() {
                        found = Some(quarantine(&one));
                    }
                    left = left.saturating_sub(1);
                });
                found
            }
            Memory::Placed(state) => {
                state.with(|state| state.quarantines().nth(index).as_ref().map(quarantine))?
            }
        };
        out.put(found.ok_or(wardline_status::NotFound)?);
        Ok(())
    })
}

fn quarantine(one: &Quarantine<'_>) -> wardline_quarantine {
    let mut text = [0; 200];
    text.iter_mut().zip(one.text).for_each(|(to, from)| *to = *from);
    wardline_quarantine {
        size: size_of::<wardline_quarantine>() as u32,
        kind: number!(one.kind),
        pid: one.pid,
        text_length: one.text.len().min(text.len()) as u32,
        id: one.id,
        since: one.since.unwrap_or(u64::MAX),
        duration: one.duration.unwrap_or(u64::MAX),
        text,
    }
}

/// Releases somebody who is quarantined.
///
/// `id` is the 16 bytes of `wardline_quarantine.id`. `NOT_FOUND` if nobody is
/// quarantined by that id. Any thread. Other errors: `NULL_ARGUMENT`,
/// `WRONG_HANDLE`, `BUSY`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_state_release(
    state: Mut<'_, wardline_state>,
    id: In<'_, u8>,
) -> wardline_status {
    guard(|| {
        let state = state.as_in().handle()?;
        let id = id.items(16)?.first_chunk().ok_or(wardline_status::NullArgument)?;
        let released = match state {
            #[cfg(feature = "std")]
            Memory::Shared(state) => state.release(id),
            Memory::Placed(state) => state.with(|state| state.release(id))?,
        };
        if released { Ok(()) } else { Err(wardline_status::NotFound) }
    })
}
