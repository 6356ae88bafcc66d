//! The only unsafe code: what C passes, as types whose safe methods check it.
//!
//! A pointer arrives in an [`In`], [`Mut`] or [`Out`], bytes in a
//! [`wardline_bytes`], an array in [`Items`]. Safe Rust can make them only of NULL or
//! of slices; all others come from C, which promises for each, as
//! the header says of the parameter: it is NULL or points to what its type names,
//! initialised where it is read, valid and (for [`Out`] and [`Mut`]) not used
//! otherwise during the call. "By contract" below means this promise.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_void};
use core::marker::PhantomData;
use core::mem::{MaybeUninit, align_of, size_of};
use core::sync::atomic::{AtomicBool, Ordering};
use core::{ptr, slice};

use wardline::RuleId;

use crate::status::{Checked, wardline_status};

/// A pointer to what is only read.
#[repr(transparent)]
pub struct In<'a, T>(*const T, PhantomData<&'a T>);

/// A pointer to a handle that changes.
#[repr(transparent)]
pub struct Mut<'a, T>(*mut T, PhantomData<&'a mut T>);

/// A pointer to where a result goes; nothing is read from it but a `size`.
#[repr(transparent)]
pub struct Out<'a, T>(*mut T, PhantomData<&'a mut T>);

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
    data: *const T,
    /// How many.
    count: usize,
    of: PhantomData<&'a [T]>,
}

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

impl<'a, T> In<'a, T> {
    /// No pointer.
    pub const NULL: Self = In(ptr::null(), PhantomData);

    /// As a C program passes it.
    ///
    /// # Safety
    ///
    /// What C promises of the parameter.
    pub const unsafe fn new(to: *const T) -> Self {
        In(to, PhantomData)
    }

    /// What it points to, if it is not NULL.
    #[inline]
    pub(crate) fn maybe(self) -> Option<&'a T> {
        // SAFETY: NULL, or valid during the call by contract.
        unsafe { self.0.as_ref() }
    }

    /// What it points to.
    #[inline]
    pub(crate) fn get(self) -> Checked<&'a T> {
        self.maybe().ok_or(wardline_status::NullArgument)
    }

    /// `count` of what it points to.
    #[inline]
    pub(crate) fn items(self, count: usize) -> Checked<&'a [T]> {
        Items { data: self.0, count, of: PhantomData }.get().map(|items| items.unwrap_or(&[]))
    }
}

/// Structs whose first field is their size, so that they may grow.
///
/// # Safety
///
/// `repr(C)`, and the first field is a `u32`.
pub(crate) unsafe trait Sized32: Sized {}

macro_rules! sized {
    ($($struct:ty),+ $(,)?) => {
        $(
            // SAFETY: `repr(C)` and `size: u32` first, as one sees where it is declared.
            unsafe impl Sized32 for $struct {}
        )+
    };
}
sized!(
    crate::binding::wardline_binding<'_>,
    crate::decision::wardline_decision,
    crate::event::wardline_event<'_>,
    crate::report::wardline_control_status<'_>,
    crate::report::wardline_policy_status<'_>,
    crate::report::wardline_rule<'_>,
    crate::state::wardline_quarantine,
);
#[cfg(feature = "compiler")]
sized!(
    crate::compile::wardline_diagnostic<'_>,
    crate::compile::wardline_list<'_>,
    crate::compile::wardline_source<'_>,
);

impl<'a, T: Sized32> In<'a, T> {
    /// A struct whose size is that of this build.
    #[inline]
    pub(crate) fn sized(self) -> Checked<&'a T> {
        sized(self.0)?;
        self.get()
    }

    /// Structs whose sizes are those of this build.
    pub(crate) fn sized_items(self, count: usize) -> Checked<&'a [T]> {
        if count == 0 {
            return Ok(&[]);
        }
        sized(self.0)?;
        let items = self.items(count)?;
        items.iter().try_for_each(|item| sized(item))?;
        Ok(items)
    }
}

impl<'a, T> Out<'a, T> {
    /// No pointer.
    pub const NULL: Self = Out(ptr::null_mut(), PhantomData);

    /// As a C program passes it.
    ///
    /// # Safety
    ///
    /// What C promises of the parameter.
    pub const unsafe fn new(to: *mut T) -> Self {
        Out(to, PhantomData)
    }

    /// The same place, for a shorter time.
    pub(crate) fn again(&mut self) -> Out<'_, T> {
        Out(self.0, PhantomData)
    }

    /// The place for a result.
    #[inline]
    pub(crate) fn place(self) -> Checked<Place<'a, T>> {
        if self.0.is_null() { Err(wardline_status::NullArgument) } else { Ok(Place(self)) }
    }
}

impl<'a, T: Sized32> Out<'a, T> {
    /// The place for a struct whose size is that of this build.
    #[inline]
    pub(crate) fn sized(self) -> Checked<Place<'a, T>> {
        sized(self.0)?;
        self.place()
    }

    /// The places for structs whose sizes are those of this build.
    pub(crate) fn sized_places(self, count: usize) -> Checked<impl Iterator<Item = Place<'a, T>>> {
        In::<T>(self.0, PhantomData).sized_items(count)?;
        let place = move |index| Place(Out(self.0.wrapping_add(index), PhantomData));
        Ok((0..count).map(place))
    }
}

/// Checks the `size` that a struct begins with.
#[inline]
fn sized<T: Sized32>(at: *const T) -> Checked<()> {
    if at.is_null() {
        return Err(wardline_status::NullArgument);
    }
    // SAFETY: not NULL, so by contract a `T`, which begins with its size.
    let size = unsafe { at.cast::<u32>().read_unaligned() };
    if size as usize == size_of::<T>() { Ok(()) } else { Err(wardline_status::WrongSize) }
}

/// Where a result goes; not NULL.
pub(crate) struct Place<'a, T>(Out<'a, T>);

impl<T> Place<'_, T> {
    #[inline]
    pub(crate) fn put(self, value: T) {
        // SAFETY: not NULL, so writable for a `T` by contract.
        unsafe { self.0.0.write(value) }
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

/// What is behind an opaque pointer of the header.
///
/// # Safety
///
/// Only one type has this tag.
pub(crate) unsafe trait Opaque {
    /// Tells a live handle of this kind from all others.
    const TAG: u32;
    /// What the handle holds.
    type Value;
}

macro_rules! opaque {
    ($($handle:ty: $tag:literal holds $value:ty;)+) => {
        $(
            // SAFETY: no tag stands here twice.
            unsafe impl Opaque for $handle {
                const TAG: u32 = $tag;
                type Value = $value;
            }
            const _: () = shared::<$value>();
        )+
    };
}
opaque! {
    crate::engine::wardline_engine: 0x5741_0001 holds crate::engine::Held;
    crate::actor::wardline_actor: 0x5741_0002 holds wardline::Actor;
    crate::state::wardline_state: 0x5741_0003 holds crate::state::Memory;
}
#[cfg(feature = "std")]
opaque! {
    crate::shared::wardline_shared: 0x5741_0004 holds crate::shared::Replaced;
}
#[cfg(feature = "compiler")]
opaque! {
    crate::compile::wardline_compiled: 0x5741_0005 holds crate::compile::Compiled;
}

/// A handle as it lies in memory.
#[repr(C, align(16))]
pub(crate) struct Handle<V> {
    tag: u32,
    /// It lies in memory of the caller's.
    placed: bool,
    value: V,
}

/// No handle is live with this tag.
const FREED: u32 = 0;

/// Checks that a pointer leads to a live handle of a kind.
#[inline]
fn handle<T: Opaque>(at: *const T) -> Checked<*const Handle<T::Value>> {
    if at.is_null() {
        return Err(wardline_status::NullArgument);
    }
    let at = at.cast::<Handle<T::Value>>();
    if !at.is_aligned() {
        return Err(wardline_status::WrongHandle);
    }
    // SAFETY: by contract a live handle of some kind, which all begin with a tag.
    let tag = unsafe { at.cast::<u32>().read() };
    if tag == T::TAG { Ok(at) } else { Err(wardline_status::WrongHandle) }
}

impl<'a, T: Opaque> In<'a, T>
where
    T::Value: 'a,
{
    /// What a live handle of this kind holds.
    #[inline]
    pub(crate) fn handle(self) -> Checked<&'a T::Value> {
        let at = handle(self.0)?;
        // SAFETY: the tag is that of this kind, so it was made by `new_handle` or
        // `place_handle` below, and it is live during the call by contract.
        Ok(unsafe { &(*at).value })
    }

    /// As `handle`, of one that may be NULL.
    #[inline]
    pub(crate) fn maybe_handle(self) -> Checked<Option<&'a T::Value>> {
        if self.0.is_null() { Ok(None) } else { self.handle().map(Some) }
    }
}

impl<'a, T> Mut<'a, T> {
    /// No pointer.
    pub const NULL: Self = Mut(ptr::null_mut(), PhantomData);

    /// As a C program passes it.
    ///
    /// # Safety
    ///
    /// What C promises of the parameter.
    pub const unsafe fn new(handle: *mut T) -> Self {
        Mut(handle, PhantomData)
    }

    /// The same, only to be read.
    #[inline]
    pub fn as_in(&self) -> In<'a, T> {
        In(self.0, PhantomData)
    }
}

impl<T: Opaque> Mut<'_, T> {
    /// Ends a handle; NULL is none.
    pub(crate) fn free(self) -> Checked<()> {
        if self.0.is_null() {
            return Ok(());
        }
        let at = handle(self.0)?.cast_mut();
        // SAFETY: a live handle of this kind (checked above) that by contract
        // nobody uses any more. One that was not placed came from `Box::into_raw`.
        unsafe {
            ptr::addr_of_mut!((*at).tag).write_volatile(FREED);
            if (*at).placed {
                at.drop_in_place();
            } else {
                #[cfg(feature = "std")]
                drop(std::boxed::Box::from_raw(at));
            }
        }
        Ok(())
    }
}

/// A handle of its own memory.
#[cfg(feature = "std")]
pub(crate) fn new_handle<T: Opaque>(value: T::Value) -> *mut T {
    let handle = Handle { tag: T::TAG, placed: false, value };
    std::boxed::Box::into_raw(std::boxed::Box::new(handle)).cast()
}

/// How much memory a placed handle needs.
pub(crate) const fn handle_size<T: Opaque>() -> usize {
    size_of::<Handle<T::Value>>()
}

/// Memory of the caller's for a handle.
pub(crate) struct Memory<T>(*mut Handle<T>);

/// Checks that memory can hold a handle; it is the caller's, unused, and stays
/// until the handle is freed.
pub(crate) fn memory<T: Opaque>(at: Out<'_, c_void>, size: usize) -> Checked<Memory<T::Value>> {
    let at = at.0.cast::<Handle<T::Value>>();
    if at.is_null() {
        Err(wardline_status::NullArgument)
    } else if size < handle_size::<T>() || !at.is_aligned() {
        Err(wardline_status::BufferTooSmall)
    } else {
        Ok(Memory(at))
    }
}

/// A handle in memory of the caller's.
pub(crate) fn place_handle<T: Opaque>(memory: Memory<T::Value>, value: T::Value) -> *mut T {
    // SAFETY: aligned and large enough (`memory` checked it), writable by contract.
    unsafe { memory.0.write(Handle { tag: T::TAG, placed: true, value }) };
    memory.0.cast()
}

/// The caller's memory for a state, for as long as the handle lives.
pub(crate) fn block(at: Out<'static, u8>, length: usize) -> Checked<&'static mut [u8]> {
    if at.0.is_null() {
        return Err(wardline_status::NullArgument);
    } else if length > isize::MAX as usize {
        return Err(wardline_status::InvalidArgument);
    }
    // SAFETY: by contract `length` initialised bytes that only the handle uses
    // until it is freed.
    Ok(unsafe { slice::from_raw_parts_mut(at.0, length) })
}

/// A value that one thread uses at a time; another is refused, not kept waiting.
pub(crate) struct OneAtATime<T> {
    used: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `with` lets in one thread at a time, so sharing it is as sending `T`.
unsafe impl<T: Send> Sync for OneAtATime<T> {}

impl<T> OneAtATime<T> {
    pub(crate) fn new(value: T) -> Self {
        OneAtATime { used: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Uses the value, if nobody else does.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Checked<R> {
        /// Lets the next one in, also after a panic.
        struct Leaves<'a>(&'a AtomicBool);
        impl Drop for Leaves<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        if self.used.swap(true, Ordering::Acquire) {
            return Err(wardline_status::Busy);
        }
        let _leaves = Leaves(&self.used);
        // SAFETY: `used` was not set and is now, so nobody else has this reference
        // until `_leaves` is dropped.
        Ok(work(unsafe { &mut *self.value.get() }))
    }
}

/// A buffer for text; NULL with capacity 0 is an empty one.
pub(crate) fn buffer<'a>(
    at: Out<'a, c_char>,
    capacity: usize,
) -> Checked<&'a mut [MaybeUninit<u8>]> {
    if capacity == 0 {
        return Ok(&mut []);
    } else if at.0.is_null() {
        return Err(wardline_status::NullArgument);
    } else if capacity > isize::MAX as usize {
        return Err(wardline_status::InvalidArgument);
    }
    // SAFETY: not NULL and of a possible size, so writable for `capacity` bytes
    // by contract; they need not be initialised.
    Ok(unsafe { slice::from_raw_parts_mut(at.0.cast(), capacity) })
}

/// Room for the numbers of rules.
pub(crate) fn rules<'a>(at: Out<'a, u32>, capacity: usize) -> Checked<&'a mut [RuleId]> {
    const { assert!(size_of::<RuleId>() == 4 && align_of::<RuleId>() == 4) };
    if capacity == 0 {
        return Ok(&mut []);
    } else if at.0.is_null() {
        return Err(wardline_status::NullArgument);
    } else if capacity > isize::MAX as usize / 4 || !at.0.is_aligned() {
        return Err(wardline_status::InvalidArgument);
    }
    // SAFETY: `RuleId` is a transparent `u32`. Not NULL, aligned and of a possible
    // size, so by contract `capacity` numbers that are initialised and writable.
    Ok(unsafe { slice::from_raw_parts_mut(at.0.cast(), capacity) })
}

/// What happens, by the kind that the event says.
pub(crate) fn activity<'e, 'a>(
    of: &'e crate::event::wardline_activity<'a>,
    kind: wardline::Kind,
) -> crate::event::Of<'e, 'a> {
    use crate::event::Of;
    use wardline::Kind;
    // SAFETY: the whole event is initialised by contract, and every member is
    // made of integers and pointers, for which any bits are valid.
    unsafe {
        match kind {
            Kind::File => Of::File(&of.file),
            Kind::Exec => Of::Exec(&of.exec),
            Kind::Network => Of::Network(&of.network),
            Kind::Dns => Of::Dns(&of.dns),
            Kind::Login => Of::Login(&of.login),
            Kind::Account => Of::Account(&of.account),
            Kind::Registry => Of::Registry(&of.registry),
            Kind::System => Of::System(&of.system),
            Kind::Malware => Of::Malware(&of.malware),
            Kind::Credential => Of::Credential(&of.credential),
            _ => Of::Unknown,
        }
    }
}

/// Maps a file. Truncating it while it is mapped ends the process (SIGBUS), as the
/// header says of `WARDLINE_OPEN_MAP`.
#[cfg(feature = "std")]
pub(crate) fn map(file: &std::fs::File) -> std::io::Result<memmap2::Mmap> {
    // SAFETY: by contract nobody writes to the file while it is mapped. Answers
    // are then wrong, but the engine's reads are total whatever the bytes are.
    unsafe { memmap2::MmapOptions::new().map(file) }
}

/// Handles are used by several threads; one whose value could not be does not
/// compile.
const fn shared<T: Send + Sync>() {}
