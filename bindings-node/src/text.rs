//! Texts that JavaScript hands over, copied onto the stack as far as they fit.

use std::mem::MaybeUninit;
use std::ptr;

use napi::sys::{self, napi_env, napi_value};

use crate::call::bytes;

/// Why arguments were not read.
pub(crate) enum Unread {
    /// Half a surrogate pair.
    Surrogate,
    /// They are not what the mask says: `lib/event.js` never sends such.
    Wrong,
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
    /// `env` is live and `value` came with the present call, in which no JavaScript runs
    /// during `'a`.
    #[inline]
    pub(crate) unsafe fn read(&mut self, value: napi_value) -> Result<(&'a [u8], bool), Unread> {
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
    unsafe fn read_long(&mut self, value: napi_value) -> Result<&'a [u8], Unread> {
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
/// `env` is live and `value` is a string that came with the present call.
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

/// V8 is fast where a string's length fits three times; most paths do.
pub(crate) const SPACE: usize = 4096;
