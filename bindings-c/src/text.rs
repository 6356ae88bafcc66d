//! Text into a buffer of the caller's.

use core::ffi::c_char;
use core::fmt::{Display, Result, Write};
use core::mem::MaybeUninit;

use crate::raw::{self, Out};
use crate::status::{Checked, wardline_status};

/// Counts what is written, and keeps as much as fits before a zero byte.
struct Room<'a> {
    place: &'a mut [MaybeUninit<u8>],
    length: usize,
}

impl Write for Room<'_> {
    fn write_str(&mut self, text: &str) -> Result {
        // The last byte is for the zero.
        let room = self.place.len().saturating_sub(1);
        let free = self.place.get_mut(..room).and_then(|place| place.get_mut(self.length..));
        for (to, from) in free.into_iter().flatten().zip(text.bytes()) {
            to.write(from);
        }
        self.length = self.length.saturating_add(text.len());
        Ok(())
    }
}

impl Room<'_> {
    /// Puts the zero byte behind what fits.
    fn end(self) -> usize {
        let last = self.length.min(self.place.len().saturating_sub(1));
        if let Some(place) = self.place.get_mut(last) {
            place.write(0);
        }
        self.length
    }
}

/// Writes text into a buffer, with a zero byte at its end, and its length, without
/// the zero byte, to `length`.
pub(crate) fn write(
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
    text: impl FnOnce(&mut dyn Write) -> Result,
) -> Checked<()> {
    let place = raw::buffer(out, capacity)?;
    let length = length.place()?;
    let mut room = Room { place, length: 0 };
    // Nothing that is written here has errors of its own.
    let _ = text(&mut room);
    let needed = room.end();
    length.put(needed);
    if needed < capacity { Ok(()) } else { Err(wardline_status::BufferTooSmall) }
}

/// Writes why something failed into a buffer, cut off if it does not fit.
pub(crate) fn message(out: Out<'_, c_char>, capacity: usize, text: &dyn Display) -> Checked<()> {
    let mut room = Room { place: raw::buffer(out, capacity)?, length: 0 };
    let _ = write!(room, "{text}");
    room.end();
    Ok(())
}
