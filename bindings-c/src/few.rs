//! Lists that stay on the stack while they are short.

#[cfg(feature = "std")]
use std::vec::Vec;

#[cfg(not(feature = "std"))]
use wardline::Invalid;

use crate::raw::Items;
use crate::read::Fault;
use crate::status::Checked;

/// So many items need no allocation. Without an allocator they are all there can
/// be.
const FEW: usize = if cfg!(feature = "std") { 16 } else { 64 };

/// A list of few items; with an allocator, of any number.
pub(crate) struct Few<T> {
    few: [T; FEW],
    count: usize,
    #[cfg(feature = "std")]
    many: Vec<T>,
}

impl<T: Copy> Few<T> {
    /// An empty list; `item` is any.
    pub(crate) fn new(item: T) -> Few<T> {
        Few {
            few: [item; FEW],
            count: 0,
            #[cfg(feature = "std")]
            many: Vec::new(),
        }
    }

    /// Reads a list of C. Without an allocator, an event with a longer list than
    /// there is room for is not understood as a whole.
    pub(crate) fn read<C>(
        &mut self,
        items: &Items<'_, C>,
        fault: &mut Fault,
        convert: impl Fn(&C, &mut Fault) -> Checked<T>,
    ) -> Checked<()> {
        let items = items.get()?.unwrap_or(&[]);
        if items.len() > FEW {
            #[cfg(feature = "std")]
            {
                self.many =
                    items.iter().map(|item| convert(item, fault)).collect::<Checked<_>>()?;
                return Ok(());
            }
            #[cfg(not(feature = "std"))]
            fault.note(Invalid::FieldType);
        }
        for (place, item) in self.few.iter_mut().zip(items) {
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
        self.few.get(..self.count).unwrap_or(&[])
    }
}
