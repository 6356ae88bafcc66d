//! Pointers as they arrive.

use core::marker::PhantomData;
use core::ptr;

use super::Items;
use crate::status::{Checked, wardline_status};

/// A pointer to what is only read.
#[repr(transparent)]
pub struct In<'a, T>(pub(super) *const T, pub(super) PhantomData<&'a T>);

/// A pointer to a handle that changes.
#[repr(transparent)]
pub struct Mut<'a, T>(pub(super) *mut T, pub(super) PhantomData<&'a mut T>);

/// A pointer to where a result goes; nothing is read from it but a `size`.
#[repr(transparent)]
pub struct Out<'a, T>(pub(super) *mut T, pub(super) PhantomData<&'a mut T>);

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

/// Where a result goes; not NULL.
pub(crate) struct Place<'a, T>(pub(super) Out<'a, T>);

impl<T> Place<'_, T> {
    #[inline]
    pub(crate) fn put(self, value: T) {
        // SAFETY: not NULL, so writable for a `T` by contract.
        unsafe { self.0.0.write(value) }
    }
}
