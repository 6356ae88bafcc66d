//! The calls that decide, on plain Node-API: arguments are copied into a buffer
//! on the stack and the answer is one integer.
//!
//! napi-rs costs 293 to 486 ns a call, as much as several decisions. The unsafe
//! code of the addon is here and in `touch`. A function carries its [`Decider`] as data, so that
//! no call can bring the wrong one; the rest of the answer goes into `out`, nine
//! words that the function keeps alive.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{JsObjectValue, JsValue, Object, Unknown};
use napi::sys::{self, napi_callback_info, napi_env, napi_ref, napi_status, napi_value};
use napi::{Env, Error, Result};

use crate::handle::{Decider, WORDS, Words, code, words};
use crate::touch::{self, Toucher};
use crate::wire::{self, Fields, Lists, NO_LISTS, Reader};

/// What the data of a function points to.
pub(crate) struct Bound {
    decider: Decider,
    /// Of a process that is watched.
    pub(crate) toucher: Option<Rc<Toucher>>,
    /// Nine words in the memory of `kept`.
    out: *mut u32,
    kept: napi_ref,
}

/// An object with the functions `decide(head, mask, ...values)`,
/// `decideRecord(bytes, length)` and `decideRecords(bytes, length, answers)`,
/// each bound to `decider`. `out` receives the words of one answer.
pub(crate) fn functions<'e>(
    env: &'e Env,
    decider: &Decider,
    out: &Unknown<'_>,
) -> Result<Object<'e>> {
    let mut object = Object::new(env)?;
    for (name, callback) in [
        (c"decide", decide as Callback),
        (c"decideRecord", decide_record as Callback),
        (c"decideRecords", decide_records as Callback),
    ] {
        add(env, &mut object, (name, callback), decider, None, out)?;
    }
    Ok(object)
}

/// The same for a process that is watched: the program of its own.
pub(crate) fn watching<'e>(
    env: &'e Env,
    decider: &Decider,
    program: &[u8],
    out: &Unknown<'_>,
) -> Result<Object<'e>> {
    let mut object = functions(env, decider, out)?;
    // One of them remembers for the other what was touched.
    let toucher = Rc::new(Toucher::new(program.to_vec()));
    for (name, callback) in [
        (c"touch", touch::touch as Callback),
        (c"touched", touch::touched as Callback),
        (c"resolve", touch::resolved as Callback),
    ] {
        add(env, &mut object, (name, callback), decider, Some(Rc::clone(&toucher)), out)?;
    }
    Ok(object)
}

fn add(
    env: &Env,
    object: &mut Object<'_>,
    (name, callback): (&CStr, Callback),
    decider: &Decider,
    toucher: Option<Rc<Toucher>>,
    out: &Unknown<'_>,
) -> Result<()> {
    let function = function(env, name.as_ptr(), callback, (decider, toucher), out)?;
    // SAFETY: `function` was just made by this environment.
    let function = unsafe { Unknown::from_raw_unchecked(env.raw(), function) };
    object.set_named_property(&name.to_string_lossy(), function)
}

type Callback = unsafe extern "C" fn(napi_env, napi_callback_info) -> napi_value;

fn function(
    env: &Env,
    name: *const c_char,
    callback: Callback,
    (decider, toucher): (&Decider, Option<Rc<Toucher>>),
    out: &Unknown<'_>,
) -> Result<napi_value> {
    let raw = env.raw();
    let mut kept = ptr::null_mut();
    // SAFETY: `raw` is live during the call that gave `env`; each out-parameter
    // is writable. `data` outlives the function: only its finalizer frees it.
    unsafe {
        let found = elements(raw, out.raw(), sys::TypedarrayType::uint32_array);
        let Some((array, WORDS)) = found else {
            return Err(Error::from_reason("expected nine words"));
        };
        check(sys::napi_create_reference(raw, out.raw(), 1, &raw mut kept))?;
        let bound = Bound { decider: decider.clone(), toucher, out: array.cast(), kept };
        let data: *mut c_void = Box::into_raw(Box::new(bound)).cast();
        let mut function = ptr::null_mut();
        let made =
            sys::napi_create_function(raw, name, -1, Some(callback), data, &raw mut function);
        let mut owned = made;
        if made == sys::Status::napi_ok {
            owned = sys::napi_add_finalizer(
                raw,
                function,
                data,
                Some(finalize),
                ptr::null_mut(),
                ptr::null_mut(),
            );
        }
        if owned != sys::Status::napi_ok {
            drop(Box::from_raw(data.cast::<Bound>()));
            sys::napi_delete_reference(raw, kept);
        }
        check(owned)?;
        Ok(function)
    }
}

unsafe extern "C" fn finalize(env: napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `data` is the box that `function` leaked, and finalizers run once.
    let bound = unsafe { Box::from_raw(data.cast::<Bound>()) };
    // SAFETY: made in this environment, deleted once.
    unsafe { sys::napi_delete_reference(env, bound.kept) };
}

/// `decide(head, mask, ...values)`: an answer's first word, or -1 if a text
/// holds half a surrogate pair, which UTF-8 cannot carry: JavaScript then looks
/// which one it is.
unsafe extern "C" fn decide(env: napi_env, info: napi_callback_info) -> napi_value {
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

/// `decideRecord(bytes, length)`: an answer's first word for one record.
unsafe extern "C" fn decide_record(env: napi_env, info: napi_callback_info) -> napi_value {
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

/// `decideRecords(bytes, length, answers)`: fills `answers`, a `Uint32Array`,
/// with nine words for each record; returns how many there were.
unsafe extern "C" fn decide_records(env: napi_env, info: napi_callback_info) -> napi_value {
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
    let (mut fields, mut lists) = (Fields::default(), Lists::default());
    let mut count = 0;
    // One engine decides all of them, and is looked up once.
    let engine = bound.decider.engine();
    while !reader.0.is_empty() {
        let read = reader.read(&mut fields, &mut lists);
        let (Some(()), Some((place, rest))) = (read, room.split_first_mut()) else {
            // SAFETY: `env` is live.
            unsafe { throw(env, c"not records, or more than there is room for") };
            return ptr::null_mut();
        };
        fields.with_event(&lists, |event| {
            let (decision, alert) = bound.decider.decide_by(&engine, event);
            *place = words(&decision, alert);
        });
        room = rest;
        count += 1;
    }
    // SAFETY: `env` is live.
    unsafe { number(env, count) }
}

impl Bound {
    /// Decides; leaves the answer's words in `out` and returns the first.
    #[inline]
    pub(crate) fn answer(&self, event: &wardline::Event<'_>) -> i32 {
        let (decision, alert) = self.decider.decide(event);
        // SAFETY: `out` are nine words that `kept` keeps alive, written and read
        // by this thread only.
        unsafe { self.out.cast::<Words>().write_unaligned(words(&decision, alert)) };
        code(&decision) as i32
    }
}

/// Why arguments were not read.
pub(crate) enum Unread {
    /// Half a surrogate pair.
    Surrogate,
    /// They are not what the mask says: `lib/event.js` never sends such.
    Wrong,
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
) -> std::result::Result<(), Unread> {
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

/// Copies of texts, on the stack as far as they fit.
pub(crate) struct Texts<'a> {
    pub(crate) env: napi_env,
    pub(crate) space: &'a mut [MaybeUninit<u8>],
    pub(crate) long: &'a mut Vec<Vec<u8>>,
    /// Half a surrogate pair becomes a replacement character, as in Node's own `fs`.
    pub(crate) lossy: bool,
}

impl<'a> Texts<'a> {
    /// A string's UTF-8, or the bytes of a `Uint8Array`; and which it was.
    ///
    /// # Safety
    ///
    /// As [`read`].
    #[inline]
    pub(crate) unsafe fn read(
        &mut self,
        value: napi_value,
    ) -> std::result::Result<(&'a [u8], bool), Unread> {
        let mut length = 0;
        let start: *mut u8 = self.space.as_mut_ptr().cast();
        let room = self.space.len();
        // SAFETY: `start` is writable for `room` bytes.
        let status = unsafe {
            sys::napi_get_value_string_utf8(self.env, value, start.cast(), room, &raw mut length)
        };
        if status != sys::Status::napi_ok {
            // SAFETY: by contract.
            return unsafe { bytes(self.env, value) }
                .map(|bytes| (bytes, true))
                .ok_or(Unread::Wrong);
        }
        // Only whole characters are written, and a zero byte: what comes this
        // near to the end may have been cut off.
        if length + 4 >= room {
            // SAFETY: by contract.
            return unsafe { self.read_long(value) }.map(|bytes| (bytes, false));
        }
        let (taken, rest) = std::mem::take(&mut self.space).split_at_mut(length);
        self.space = rest;
        // SAFETY: Node wrote these `length` bytes.
        let text = unsafe { &*(ptr::from_mut(taken) as *const [u8]) };
        // SAFETY: by contract.
        if !self.lossy && unsafe { replaced(self.env, value, text) } {
            return Err(Unread::Surrogate);
        }
        Ok((text, false))
    }

    #[cold]
    unsafe fn read_long(&mut self, value: napi_value) -> std::result::Result<&'a [u8], Unread> {
        let mut length = 0;
        // SAFETY: without a buffer, only the length is written.
        let status = unsafe {
            sys::napi_get_value_string_utf8(self.env, value, ptr::null_mut(), 0, &raw mut length)
        };
        let mut buffer = vec![0u8; length + 1];
        let start = buffer.as_mut_ptr();
        // SAFETY: `start` is writable for `length + 1` bytes.
        let again = unsafe {
            sys::napi_get_value_string_utf8(
                self.env,
                value,
                start.cast(),
                length + 1,
                &raw mut length,
            )
        };
        if status != sys::Status::napi_ok || again != sys::Status::napi_ok {
            return Err(Unread::Wrong);
        }
        buffer.truncate(length);
        let text = ptr::from_ref(buffer.as_slice());
        self.long.push(buffer);
        // SAFETY: the buffer's memory stays where it is, in `long`, during 'a:
        // nothing takes buffers out or changes them.
        let text = unsafe { &*text };
        // SAFETY: by contract.
        if !self.lossy && unsafe { replaced(self.env, value, text) } {
            return Err(Unread::Surrogate);
        }
        Ok(text)
    }
}

/// Whether `text` has a replacement character where `value` has half a
/// surrogate pair: two names would become one.
///
/// # Safety
///
/// As [`read`]; `value` is a string.
#[inline]
unsafe fn replaced(env: napi_env, value: napi_value, text: &[u8]) -> bool {
    if text.is_ascii() || !text.windows(3).any(|three| three == [0xEF, 0xBF, 0xBD]) {
        return false;
    }
    // UTF-16 has at most as many units as UTF-8 has bytes.
    let mut units = vec![0u16; text.len() + 1];
    let mut length = 0;
    // SAFETY: `units` is writable for its length.
    let status = unsafe {
        let start = units.as_mut_ptr();
        sys::napi_get_value_string_utf16(env, value, start, units.len(), &raw mut length)
    };
    let read = units.get(..length).filter(|_| status == sys::Status::napi_ok);
    read.is_none_or(|units| char::decode_utf16(units.iter().copied()).any(|one| one.is_err()))
}

/// The arguments as far as there is place for them, and the function's data.
///
/// # Safety
///
/// `env` and `info` are those of the present call to a function that `function`
/// made.
#[inline]
pub(crate) unsafe fn arguments(
    env: napi_env,
    info: napi_callback_info,
    values: &mut [napi_value],
) -> Option<(&'static Bound, &[napi_value])> {
    let mut count = values.len();
    let mut data = ptr::null_mut();
    // SAFETY: `values` is writable for `count` values; the rest by contract.
    let status = unsafe {
        let start = values.as_mut_ptr();
        sys::napi_get_cb_info(env, info, &raw mut count, start, ptr::null_mut(), &raw mut data)
    };
    if status != sys::Status::napi_ok {
        return None;
    }
    // SAFETY: the data is a `Bound` that lives as long as the function, and the
    // function lives during its own call.
    let bound = unsafe { &*data.cast_const().cast::<Bound>() };
    let given = count.min(values.len());
    Some((bound, &values[..given]))
}

/// # Safety
///
/// As [`read`].
#[inline]
pub(crate) unsafe fn word(env: napi_env, value: napi_value) -> Option<u32> {
    let mut word = 0;
    // SAFETY: `word` is writable.
    let status = unsafe { sys::napi_get_value_uint32(env, value, &raw mut word) };
    (status == sys::Status::napi_ok).then_some(word)
}

/// The bytes of a `Uint8Array`.
///
/// # Safety
///
/// As [`read`]; and nobody writes the bytes during `'a`.
unsafe fn bytes<'a>(env: napi_env, value: napi_value) -> Option<&'a [u8]> {
    // SAFETY: by contract.
    let (start, length) = unsafe { elements(env, value, sys::TypedarrayType::uint8_array)? };
    if length == 0 {
        return Some(&[]);
    }
    // SAFETY: Node says that `length` bytes are there; by contract they stay.
    Some(unsafe { std::slice::from_raw_parts(start.cast(), length) })
}

/// The first `given[1]` bytes of `given[0]`.
///
/// # Safety
///
/// As [`bytes`].
unsafe fn prefix<'a>(env: napi_env, given: &[napi_value]) -> Option<&'a [u8]> {
    let &[array, length, ..] = given else { return None };
    // SAFETY: by contract.
    let (bytes, length) = unsafe { (bytes(env, array)?, word(env, length)?) };
    bytes.get(..length as usize)
}

/// Room for answers.
///
/// # Safety
///
/// As [`bytes`]; and nothing else borrows the array.
unsafe fn answers<'a>(env: napi_env, value: Option<napi_value>) -> Option<&'a mut [Words]> {
    // SAFETY: by contract.
    let (start, length) = unsafe { elements(env, value?, sys::TypedarrayType::uint32_array)? };
    if length < WORDS {
        return Some(&mut []);
    }
    // SAFETY: a `Uint32Array` is aligned to its elements; so is `Words`.
    Some(unsafe { std::slice::from_raw_parts_mut(start.cast(), length / WORDS) })
}

/// Where a typed array of a type begins and how many elements it has.
///
/// # Safety
///
/// `env` is live and `value` came with the present call.
unsafe fn elements(env: napi_env, value: napi_value, of: i32) -> Option<(*mut c_void, usize)> {
    let (mut found, mut length, mut start) = (-1, 0, ptr::null_mut());
    // SAFETY: each out-parameter is writable or NULL.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &raw mut found,
            &raw mut length,
            &raw mut start,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    (status == sys::Status::napi_ok && found == of).then_some((start, length))
}

/// # Safety
///
/// `env` is live.
#[inline]
pub(crate) unsafe fn number(env: napi_env, number: i32) -> napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: `value` is writable; it stays NULL, which is `undefined`, if Node
    // cannot make a number.
    unsafe { sys::napi_create_int32(env, number, &raw mut value) };
    value
}

/// # Safety
///
/// `env` is live.
unsafe fn throw(env: napi_env, message: &CStr) {
    // SAFETY: both texts end with a zero byte.
    unsafe { sys::napi_throw_error(env, c"ERR_WARDLINE_CALL".as_ptr(), message.as_ptr()) };
}

fn check(status: napi_status) -> Result<()> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    Err(Error::from_reason(format!("Node-API answered {status}")))
}

/// V8 is fast where a string's length fits three times; most paths do.
pub(crate) const SPACE: usize = 4096;
