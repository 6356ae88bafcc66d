//! Handles: what is behind the opaque pointers of the header, in memory of their own
//! or of the caller's.

use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;

use super::{In, Mut, Out};
use crate::status::{Checked, wardline_status};

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

/// Handles are used by several threads; one whose value could not be does not
/// compile.
const fn shared<T: Send + Sync>() {}

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
