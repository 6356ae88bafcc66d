//! A value that threads share without waiting for one another.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::status::{Checked, wardline_status};

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
