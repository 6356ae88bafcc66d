//! Lists that stay on the stack while they are short.

#[cfg(feature = "std")]
use std::vec::Vec;

#[cfg(not(feature = "std"))]
use wardline::Invalid;

use crate::raw::Items;
use crate::read::Fault;
#[cfg(not(feature = "std"))]
use crate::read::Faults as _;
use crate::status::Checked;

/// So many items need no allocation. Without an allocator they are all there can
/// be.
const FEW: usize = if cfg!(feature = "std") { 16 } else { 64 };

/// A list of few items; with an allocator, of any number.
pub(crate) struct Few<T> {
    /// Its places, of which the first `count` are used. Most lists are empty, and those
    /// take no time.
    few: Option<[T; FEW]>,
    count: usize,
    #[cfg(feature = "std")]
    many: Vec<T>,
}

impl<T: Copy> Few<T> {
    /// An empty list. No constant, which would be copied with its empty places.
    #[inline]
    pub(crate) fn new() -> Few<T> {
        Few {
            few: None,
            count: 0,
            #[cfg(feature = "std")]
            many: Vec::new(),
        }
    }

    /// Reads a list of C; `any` is any item. Without an allocator, an event with a longer
    /// list than there is room for is not understood as a whole.
    pub(crate) fn read<C>(
        &mut self,
        items: &Items<'_, C>,
        any: T,
        fault: &mut Fault,
        convert: impl Fn(&C, &mut Fault) -> Checked<T>,
    ) -> Checked<()> {
        if items.is_empty() {
            return Ok(());
        }
        let items = items.get()?.unwrap_or(&[]);
        if items.len() > FEW {
            #[cfg(feature = "std")]
            {
                self.many =
                    items.iter().map(|item| convert(item, fault)).collect::<Checked<_>>()?;
                return Ok(());
            }
            #[cfg(not(feature = "std"))]
            fault.note(Invalid::FieldType)?;
        }
        let few = self.few.insert([any; FEW]);
        for (place, item) in few.iter_mut().zip(items) {
            *place = convert(item, fault)?;
        }
        self.count = items.len().min(FEW);
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        #[cfg(feature = "std")]
        if !self.many.is_empty() {
            return &self.many;
        }
        self.few.as_ref().and_then(|few| few.get(..self.count)).unwrap_or(&[])
    }
}
