//! Structs that begin with their size.

use core::marker::PhantomData;

use super::{In, Out, Place};
use crate::status::{Checked, wardline_status};

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
