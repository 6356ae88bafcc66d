//! Deciding: one event, several, or a line of JSON.

use wardline::{Event, Process};

use crate::decision::wardline_decision;
use crate::engine::{Bytes, wardline_engine};
use crate::event::{wardline_event, wardline_process};
use crate::raw::{In, Mut, Out, Place, rules, wardline_bytes};
use crate::read::{Fault, Little, process, with_event};
use crate::state::{Memory, wardline_state};
use crate::status::{Checked, guard, wardline_status};

/// Decides one event. O(length of the event), whatever the number of rules; nothing
/// is allocated unless a list of the event is longer than 16 or a domain name has
/// bytes above ASCII.
///
/// `state` is NULL, or what controls over time remember; the event is then
/// remembered, and the order of events counts. `*out` is written on
/// `WARDLINE_STATUS_OK` only. Any thread.
///
/// Errors: `NULL_ARGUMENT` – of a pointer, or of bytes in the event that are NULL but
/// not empty –, `WRONG_HANDLE`, `WRONG_SIZE`, `INVALID_ARGUMENT`. The caller decides
/// what an error comes to; to block is safe.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_decide(
    engine: In<'_, wardline_engine>,
    state: Mut<'_, wardline_state>,
    event: In<'_, wardline_event<'_>>,
    out: Out<'_, wardline_decision>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let state = state.as_in().maybe_handle()?;
        let out = out.sized()?;
        Little::new().with_event(event.sized()?, |event| decide(engine, state, event, out))?
    })
}

/// Decides several events, in their order.
///
/// `events` and `out` are arrays of `count`; each element has its `size`, which is
/// checked first, so that after an error about sizes nothing was decided. After
/// any other error those before it are decided and `*done`, which may be NULL,
/// says how many. All else is as with `wardline_engine_decide`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_decide_batch(
    engine: In<'_, wardline_engine>,
    state: Mut<'_, wardline_state>,
    events: In<'_, wardline_event<'_>>,
    out: Out<'_, wardline_decision>,
    count: usize,
    done: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let state = state.as_in().maybe_handle()?;
        batch(engine, state, events, out, count, done)
    })
}

pub(crate) fn batch(
    engine: &wardline::Engine<Bytes>,
    state: Option<&Memory>,
    events: In<'_, wardline_event<'_>>,
    out: Out<'_, wardline_decision>,
    count: usize,
    done: Out<'_, usize>,
) -> Checked<()> {
    let events = events.sized_items(count)?;
    let mut decided_count = 0;
    let mut result = Ok(());
    let mut little = Little::new();
    for (event, out) in events.iter().zip(out.sized_places(count)?) {
        result = little.with_event(event, |event| decide(engine, state, event, out)).flatten();
        if result.is_err() {
            break;
        }
        decided_count = usize::wrapping_add(decided_count, 1);
    }
    if let Ok(done) = done.place() {
        done.put(decided_count);
    }
    result
}

/// Decides one event that is a JSON object on one line, as `docs/events.md` says.
///
/// A line that is no event is an invalid event, not an error. Allocates. All else is
/// as with `wardline_engine_decide`.
#[cfg(feature = "compiler")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_decide_json(
    engine: In<'_, wardline_engine>,
    state: Mut<'_, wardline_state>,
    line: wardline_bytes<'_>,
    out: Out<'_, wardline_decision>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let state = state.as_in().maybe_handle()?;
        let out = out.sized()?;
        let mut event = wardline::json::EventBuf::default();
        event.read(line.given()?);
        event.with_event(|event| decide(engine, state, event, out))
    })
}

/// Asks the engine.
#[inline]
pub(crate) fn decide(
    engine: &wardline::Engine<Bytes>,
    state: Option<&Memory>,
    event: &Event<'_>,
    out: Place<'_, wardline_decision>,
) -> Checked<()> {
    #[cfg(feature = "planted-panic")]
    if let wardline::Activity::Exec(exec) = &event.activity {
        assert_ne!(exec.path, b"/planted/panic", "as planted");
    }
    match state {
        None => {
            out.put(wardline_decision::new(&engine.decide(event), None));
            Ok(())
        }
        Some(state) => decide_with(engine, state, event, out),
    }
}

/// Not inlined, so that the way without a state is short.
#[inline(never)]
fn decide_with(
    engine: &wardline::Engine<Bytes>,
    state: &Memory,
    event: &Event<'_>,
    out: Place<'_, wardline_decision>,
) -> Checked<()> {
    let (decision, alert) = state.decide(engine, event)?;
    out.put(wardline_decision::new(&decision, alert));
    Ok(())
}

/// Every rule that matches an event, in the order of the bundle.
///
/// `numbers`, which may be NULL with capacity 0, takes the first `capacity` of
/// them; it must be initialised. `*count`, how many matched, is written on
/// `WARDLINE_STATUS_OK` only. Any thread. Errors are those of
/// `wardline_engine_decide`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_matches(
    engine: In<'_, wardline_engine>,
    event: In<'_, wardline_event<'_>>,
    numbers: Out<'_, u32>,
    capacity: usize,
    count: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let count = count.place()?;
        let rules = rules(numbers, capacity)?;
        let matched = with_event(event.sized()?, |event| engine.matches(event, rules))?;
        count.put(matched);
        Ok(())
    })
}

/// Whether a file is worth scanning for malware, given the process that uses it:
/// whether a finding in it would be reported.
///
/// `of` may be NULL. `*out` is written, 0 or 1, on `WARDLINE_STATUS_OK` only. Any
/// thread. Errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_should_scan(
    engine: In<'_, wardline_engine>,
    path: wardline_bytes<'_>,
    of: In<'_, wardline_process<'_>>,
    out: Out<'_, u32>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let out = out.place()?;
        let mut fault = Fault(None);
        let mut acting = Process::UNKNOWN;
        if let Some(of) = of.maybe() {
            process(&mut acting, of, &mut fault)?;
        }
        if fault.0.is_some() {
            return Err(wardline_status::InvalidArgument);
        }
        out.put(engine.should_scan(path.given()?, &acting).into());
        Ok(())
    })
}
