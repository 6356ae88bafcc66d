//! The calls that decide, on plain Node-API: arguments are copied into a buffer
//! on the stack and the answer is one integer.
//!
//! napi-rs costs 293 to 486 ns a call, as much as several decisions. The unsafe
//! code of the addon is here, in `act`, `acts`, `bound`, `call`, `text` and `touch`.

use std::mem::MaybeUninit;
use std::ptr;

use napi::sys::{self, napi_callback_info, napi_env, napi_value};
use wardline::{Activity, Event, Exec, Process};

use crate::bound::Bound;
use crate::call::{answers, arguments, number, prefix, throw, word};
use crate::handle::{WORDS, words};
use crate::text::{SPACE, Texts, Unread};
use crate::wire::{self, Fields, Lists, Little, NO_LISTS, Reader};

/// `decide(head, mask, ...values)`: an answer's first word, or -1 if a text
/// holds half a surrogate pair, which UTF-8 cannot carry: JavaScript then looks
/// which one it is.
pub(crate) unsafe extern "C" fn decide(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 2 + wire::NUMBERS + wire::TEXTS];
    let mut space = [MaybeUninit::<u8>::uninit(); SPACE];
    let mut long = Vec::new();
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, given)) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    let mut fields = Fields::default();
    // SAFETY: `values` came with this call; `space` and `long` outlive the event.
    let answer = match unsafe { read(env, given, &mut space, &mut long, &mut fields) } {
        Ok(()) => fields.with_event(&NO_LISTS, |event| bound.answer(event)),
        Err(Unread::Surrogate) => -1,
        Err(Unread::Wrong) => {
            // SAFETY: `env` is live.
            unsafe { throw(env, c"not the values that the mask names") };
            return ptr::null_mut();
        }
    };
    // SAFETY: `env` is live.
    unsafe { number(env, answer) }
}

/// `checkExec(path)` or `checkExec(path, process)`: the action alone, or -1 if
/// one is no Unicode. JavaScript sends strings only.
pub(crate) unsafe extern "C" fn check_exec(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 2];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, given)) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: `given` came with this call.
    let answer = unsafe { exec(env, bound, given) }.unwrap_or(-1);
    // SAFETY: `env` is live.
    unsafe { number(env, answer) }
}

/// # Safety
///
/// `env` is live and `given` came with the present call.
unsafe fn exec(env: napi_env, bound: &Bound, given: &[napi_value]) -> Option<i32> {
    let mut space = [MaybeUninit::<u8>::uninit(); SPACE];
    let mut long = Vec::new();
    let mut texts = Texts { env, space: &mut space, long: &mut long, lossy: false };
    let (&path, process) = given.split_first()?;
    // SAFETY: by contract; no JavaScript runs before the decision.
    let path = unsafe { texts.read(path) }.ok()?.0;
    let process = match process.first() {
        // SAFETY: as above.
        Some(&process) => Some(unsafe { texts.read(process) }.ok()?.0),
        None => None,
    };
    let process = Process { path: process, ..Process::UNKNOWN };
    let event = Event { process, ..Event::new(Activity::Exec(Exec::new(path))) };
    Some(bound.decider.decide(&event).0.action as i32)
}

/// `decideRecord(bytes, length)`: an answer's first word for one record.
pub(crate) unsafe extern "C" fn decide_record(
    env: napi_env,
    info: napi_callback_info,
) -> napi_value {
    let mut values = [ptr::null_mut(); 2];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, given)) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: as above; no JavaScript runs while the bytes are borrowed.
    let bytes = unsafe { prefix(env, given) };
    let Some((fields, lists)) = bytes.and_then(|bytes| Reader(bytes).record()) else {
        // SAFETY: `env` is live.
        unsafe { throw(env, c"not a record") };
        return ptr::null_mut();
    };
    let answer = fields.with_event(&lists, |event| bound.answer(event));
    // SAFETY: `env` is live.
    unsafe { number(env, answer) }
}

/// So many words has an answer without a state.
const SHORT: usize = 3;

/// `decideRecords(bytes, length, answers)`: fills `answers`, a `Uint32Array`, with the
/// words of each record's answer; returns how many there were. With a state these are
/// nine; without one the first three, and after the last answer the generation's two:
/// new memory costs more than deciding does.
pub(crate) unsafe extern "C" fn decide_records(
    env: napi_env,
    info: napi_callback_info,
) -> napi_value {
    let mut values = [ptr::null_mut(); 3];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, given)) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: as above. No JavaScript runs while the bytes are borrowed, and
    // `answers` is another array: `lib/batch.js` made it for this call.
    let borrowed = unsafe { prefix(env, given).zip(answers(env, given.get(2).copied())) };
    let Some((bytes, mut room)) = borrowed else {
        // SAFETY: `env` is live.
        unsafe { throw(env, c"expected records, their length and room for answers") };
        return ptr::null_mut();
    };
    let mut reader = Reader(bytes);
    let mut little = Little::new();
    let (mut fields, mut lists) = (Fields::default(), Lists::default());
    let mut count = 0;
    // One engine decides all of them, and is looked up once.
    let engine = bound.decider.engine();
    let stride = if bound.decider.memory.is_some() { WORDS } else { SHORT };
    let whole = loop {
        if reader.0.is_empty() {
            break true;
        }
        let taken = std::mem::take(&mut room).split_at_mut_checked(stride);
        let Some((place, rest)) = taken else { break false };
        let mut decide = |event: &Event<'_>| {
            let (decision, alert) = bound.decider.decide_by(&engine, event);
            let words = words(&decision, alert);
            if let Some(place) = place.first_chunk_mut::<WORDS>() {
                *place = words;
            } else if let Some(place) = place.first_chunk_mut::<SHORT>() {
                let [code, rule, matched, ..] = words;
                *place = [code, rule, matched];
            }
        };
        if let Some(event) = little.read(&mut reader) {
            decide(event);
        } else if reader.read(&mut fields, &mut lists).is_some() {
            fields.with_event(&lists, decide);
        } else {
            break false;
        }
        room = rest;
        count += 1;
    };
    let ends = match room {
        _ if stride == WORDS => true,
        [low, high, ..] => {
            let generation = engine.generation();
            (*low, *high) = (generation as u32, (generation >> 32) as u32);
            true
        }
        _ => false,
    };
    if !whole || !ends {
        // SAFETY: `env` is live.
        unsafe { throw(env, c"not records, or more than there is room for") };
        return ptr::null_mut();
    }
    // SAFETY: `env` is live.
    unsafe { number(env, count) }
}

/// Reads head, mask and values into `fields`, which are empty.
///
/// # Safety
///
/// `env` is live and `given` came with the present call, in which no JavaScript
/// runs before the fields are dropped.
unsafe fn read<'a>(
    env: napi_env,
    given: &[napi_value],
    space: &'a mut [MaybeUninit<u8>],
    long: &'a mut Vec<Vec<u8>>,
    fields: &mut Fields<'a>,
) -> Result<(), Unread> {
    let (&[head, mask], mut values) = given.split_first_chunk().ok_or(Unread::Wrong)?;
    // SAFETY: by contract.
    let (head, mask) = unsafe { (word(env, head), word(env, mask)) };
    let (head, mask) = head.zip(mask).ok_or(Unread::Wrong)?;
    if mask >> (wire::NUMBERS + wire::TEXTS) != 0 || mask.count_ones() as usize != values.len() {
        return Err(Unread::Wrong);
    }
    (fields.head, fields.mask) = (head, mask);
    let mut texts = Texts { env, space, long, lossy: false };
    let mut left = mask;
    while left != 0 {
        let slot = left.trailing_zeros() as usize;
        left &= left - 1;
        let (&value, rest) = values.split_first().ok_or(Unread::Wrong)?;
        values = rest;
        if slot < wire::NUMBERS {
            let mut number = 0;
            // SAFETY: by contract.
            let status = unsafe { sys::napi_get_value_int64(env, value, &raw mut number) };
            if status != sys::Status::napi_ok {
                return Err(Unread::Wrong);
            }
            // Negative is what no id may be; JavaScript sends nothing else so.
            fields.numbers[slot] = number.cast_unsigned();
        } else {
            // SAFETY: by contract.
            let (text, raw) = unsafe { texts.read(value)? };
            fields.texts[slot - wire::NUMBERS] = text;
            // The address is the last text.
            fields.raw_address = raw;
        }
    }
    Ok(())
}
