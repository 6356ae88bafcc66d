//! Bytes, text and arrays.

use core::ffi::{c_char, c_void};
use core::marker::PhantomData;
use core::{ptr, slice};

use crate::status::{Checked, wardline_status};

/// Bytes of the caller: a path, a name, a whole bundle. They need not be UTF-8
/// nor end with a zero byte. `data` NULL and `length` 0 mean that there is none.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_bytes<'a> {
    /// The first byte, or NULL.
    data: *const c_void,
    /// How many.
    length: usize,
    of: PhantomData<&'a [u8]>,
}

/// Text of the library, UTF-8, without a zero byte at its end. Whose it is, and
/// how long it stays, the function says that gives it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_text<'a> {
    /// The first byte; never NULL.
    data: *const c_char,
    /// How many bytes.
    length: usize,
    of: PhantomData<&'a str>,
}

/// An array of the caller. `data` NULL and `count` 0 mean that there is none.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Items<'a, T> {
    /// The first, or NULL.
    pub(super) data: *const T,
    /// How many.
    pub(super) count: usize,
    pub(super) of: PhantomData<&'a [T]>,
}

/// All bits of what C filled in, in one word: 0 where nothing is. One look at many
/// fields, most of which are not known of most events.
pub(crate) trait Bits {
    fn bits(&self) -> u64;
}

impl Bits for wardline_bytes<'_> {
    #[inline]
    fn bits(&self) -> u64 {
        (self.data.addr() | self.length) as u64
    }
}

impl<T> Bits for Items<'_, T> {
    #[inline]
    fn bits(&self) -> u64 {
        (self.data.addr() | self.count) as u64
    }
}

impl Bits for [u8; 16] {
    #[inline]
    fn bits(&self) -> u64 {
        let all = u128::from_ne_bytes(*self);
        all as u64 | (all >> 64) as u64
    }
}

impl Bits for [u8; 4] {
    #[inline]
    fn bits(&self) -> u64 {
        u32::from_ne_bytes(*self).into()
    }
}

impl Bits for [u8; 3] {
    #[inline]
    fn bits(&self) -> u64 {
        let [a, b, c] = *self;
        [a, b, c, 0].bits()
    }
}

impl Bits for u32 {
    #[inline]
    fn bits(&self) -> u64 {
        (*self).into()
    }
}

impl<'a> wardline_bytes<'a> {
    /// None.
    pub const NONE: Self = wardline_bytes { data: ptr::null(), length: 0, of: PhantomData };

    /// As a C program passes them.
    pub const fn new(bytes: &'a [u8]) -> Self {
        wardline_bytes { data: bytes.as_ptr().cast(), length: bytes.len(), of: PhantomData }
    }

    /// The bytes; empty if there are none, or no such.
    pub fn as_slice(self) -> &'a [u8] {
        self.get().ok().flatten().unwrap_or(&[])
    }

    /// The bytes, or `None` if there are none.
    #[inline]
    pub(crate) fn get(self) -> Checked<Option<&'a [u8]>> {
        Items { data: self.data.cast::<u8>(), count: self.length, of: PhantomData }.get()
    }

    /// The bytes; none is an error.
    #[inline]
    pub(crate) fn given(self) -> Checked<&'a [u8]> {
        self.get()?.ok_or(wardline_status::NullArgument)
    }

    /// The text; none is an error, and so is what is not UTF-8.
    pub(crate) fn text(self) -> Checked<&'a str> {
        core::str::from_utf8(self.given()?).map_err(|_| wardline_status::InvalidArgument)
    }
}

impl<'a> wardline_text<'a> {
    /// A text of the library.
    pub const fn new(text: &'a str) -> Self {
        wardline_text { data: text.as_ptr().cast(), length: text.len(), of: PhantomData }
    }

    /// The text again.
    pub fn as_str(&self) -> &'a str {
        // SAFETY: made from a `&'a str` by `new`; C gives none of these back.
        unsafe {
            let bytes = slice::from_raw_parts(self.data.cast::<u8>(), self.length);
            core::str::from_utf8_unchecked(bytes)
        }
    }
}

impl<'a, T> Items<'a, T> {
    /// None.
    pub const NONE: Self = Items { data: ptr::null(), count: 0, of: PhantomData };

    /// As a C program passes them.
    pub const fn new(items: &'a [T]) -> Self {
        Items { data: items.as_ptr(), count: items.len(), of: PhantomData }
    }

    /// Whether there is something to read.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The items, or `None` if there are none. Sizes that no object has are
    /// refused, as is a place where no `T` can be.
    #[inline]
    pub(crate) fn get(&self) -> Checked<Option<&'a [T]>> {
        if self.data.is_null() {
            return if self.count == 0 { Ok(None) } else { Err(wardline_status::NullArgument) };
        }
        let most = (isize::MAX as usize).checked_div(size_of::<T>()).unwrap_or(usize::MAX);
        let fits = self.count <= most;
        if !fits || !self.data.is_aligned() {
            return Err(wardline_status::InvalidArgument);
        }
        // SAFETY: not NULL, aligned and of a possible size (all checked above), so
        // by contract readable for `count` items during `'a`.
        Ok(Some(unsafe { slice::from_raw_parts(self.data, self.count) }))
    }
}
