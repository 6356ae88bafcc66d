//! Engines: loaded, opened, placed, asked what they are, freed.

use core::ffi::{c_char, c_void};
#[cfg(feature = "std")]
use std::sync::Arc;

use wardline::{Binding, Engine, Platform};

use crate::binding::{wardline_binding, with_binding};
use crate::raw::{self, In, Mut, Out, wardline_bytes};
use crate::status::{Checked, guard, wardline_status};
use crate::text;

/// A bundle that was loaded and bound: it does not change, and any number of
/// threads may use it at once, without a lock. Made by `wardline_engine_load`,
/// `_open` or `_place` or by `wardline_shared_engine`; ended by
/// `wardline_engine_free`.
pub struct wardline_engine([u8; 0]);

/// A bundle's bytes.
pub(crate) enum Bytes {
    Borrowed(&'static [u8]),
    #[cfg(feature = "std")]
    Owned(std::boxed::Box<[u8]>),
    #[cfg(feature = "std")]
    Mapped(memmap2::Mmap),
}

impl AsRef<[u8]> for Bytes {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        match self {
            Bytes::Borrowed(bytes) => bytes,
            #[cfg(feature = "std")]
            Bytes::Owned(bytes) => bytes,
            #[cfg(feature = "std")]
            Bytes::Mapped(map) => map,
        }
    }
}

/// What a handle holds: an engine of its own, or one that was shared.
#[allow(clippy::large_enum_variant, reason = "it lies in a box, and each call reads it")]
pub(crate) enum Held {
    Own(Engine<Bytes>),
    #[cfg(feature = "std")]
    Shared(Arc<Engine<Bytes>>),
}

impl Held {
    #[inline]
    pub(crate) fn engine(&self) -> &Engine<Bytes> {
        match self {
            Held::Own(engine) => engine,
            #[cfg(feature = "std")]
            Held::Shared(engine) => engine,
        }
    }
}

/// How a file is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_open {
    /// Its bytes are copied. What happens to the file afterwards does not matter.
    Read = 0,
    /// It is mapped, so that processes share its memory. Nobody may write to the
    /// file while the engine lives: replace it by renaming another over it. If it
    /// is cut short in place, the next look beyond its end ends the process with
    /// SIGBUS; if bytes change, answers are wrong, and still nothing is read or
    /// written outside the map.
    Map = 1,
}

/// Loads a bundle from memory, of which a copy is kept, and evaluates its scopes.
///
/// `binding` may be NULL. `*out` is written on `WARDLINE_STATUS_OK` only: a handle
/// to be freed with `wardline_engine_free`. Otherwise `message` says what is wrong,
/// cut off to `capacity` bytes with a zero byte at their end; it may be NULL with
/// capacity 0. Any thread.
///
/// Errors: `NULL_ARGUMENT`, `WRONG_SIZE`, `INVALID_ARGUMENT` of `binding`, and 10 to
/// 20 where the bytes are no bundle that can be bound.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_load(
    bundle: wardline_bytes<'_>,
    binding: In<'_, wardline_binding<'_>>,
    out: Out<'_, *mut wardline_engine>,
    message: Out<'_, c_char>,
    capacity: usize,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let bytes = Bytes::Owned(bundle.given()?.into());
        let engine = loaded(bytes, binding, message, capacity)?;
        out.put(raw::new_handle(Held::Own(engine)));
        Ok(())
    })
}

/// Loads a bundle from a file.
///
/// `path` is a path of the operating system; `how` a `wardline_open`. All else is
/// as with `wardline_engine_load`; besides, `UNREADABLE` where the file cannot be
/// opened, read or mapped.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_open(
    path: wardline_bytes<'_>,
    how: u32,
    binding: In<'_, wardline_binding<'_>>,
    out: Out<'_, *mut wardline_engine>,
    mut message: Out<'_, c_char>,
    capacity: usize,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let bytes = opened(path, how, message.again(), capacity)?;
        let engine = loaded(bytes, binding, message, capacity)?;
        out.put(raw::new_handle(Held::Own(engine)));
        Ok(())
    })
}

/// How much memory `wardline_engine_place` needs, in bytes. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_size() -> usize {
    raw::handle_size::<wardline_engine>()
}

/// Loads a bundle that stays where it is, with the engine in memory of the caller's:
/// nothing is allocated.
///
/// `memory` has `size` bytes, at least `wardline_engine_size()`, aligned to 16
/// (else `BUFFER_TOO_SMALL`). It and `bundle` belong to the engine, which only
/// reads `bundle`, until `wardline_engine_free`, which ends the engine and frees
/// no memory. All else is as with `wardline_engine_load`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_place(
    memory: Out<'static, c_void>,
    size: usize,
    bundle: wardline_bytes<'static>,
    binding: In<'_, wardline_binding<'_>>,
    out: Out<'_, *mut wardline_engine>,
    message: Out<'_, c_char>,
    capacity: usize,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        let memory = raw::memory::<wardline_engine>(memory, size)?;
        let engine = loaded(Bytes::Borrowed(bundle.given()?), binding, message, capacity)?;
        out.put(raw::place_handle(memory, Held::Own(engine)));
        Ok(())
    })
}

/// Ends an engine; NULL is none. No thread may use it any more. Actors that it made
/// stay, but say nothing to other engines.
///
/// Errors: `WRONG_HANDLE`; then nothing was freed.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_free(engine: Mut<'_, wardline_engine>) -> wardline_status {
    guard(|| engine.free())
}

/// What an engine is.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_engine_info {
    /// The bundle's checksum, which names it in reports.
    pub bundle_hash: u64,
    /// Which engine this is among those that follow one another.
    pub generation: u64,
    /// How many rules it has; they are numbered from 0.
    pub rules: u32,
    /// Whether its paths are those of Windows, not of Linux.
    pub windows: u32,
    /// Whether some control counts over time, so that decisions need a state.
    pub needs_state: u32,
    /// Zero.
    pub reserved: u32,
}

/// Says what an engine is. O(number of rules).
///
/// `*out` is written on `WARDLINE_STATUS_OK` only. Any thread. Errors:
/// `NULL_ARGUMENT`, `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_describe(
    engine: In<'_, wardline_engine>,
    out: Out<'_, wardline_engine_info>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        out.place()?.put(wardline_engine_info {
            bundle_hash: engine.bundle_hash(),
            generation: engine.generation(),
            rules: engine.rules().fold(0, |count: u32, _| count.wrapping_add(1)),
            windows: (engine.platform() == Platform::Windows).into(),
            needs_state: engine.needs_state().into(),
            reserved: 0,
        });
        Ok(())
    })
}

/// Loads bytes; where that fails, says why.
fn loaded(
    bytes: Bytes,
    binding: In<'_, wardline_binding<'_>>,
    message: Out<'_, c_char>,
    capacity: usize,
) -> Checked<Engine<Bytes>> {
    bound(binding, message, capacity, |binding| Engine::load(bytes, binding))
}

/// Does something with a binding that may be refused.
pub(crate) fn bound<R>(
    binding: In<'_, wardline_binding<'_>>,
    mut message: Out<'_, c_char>,
    capacity: usize,
    load: impl FnOnce(&Binding<'_>) -> Result<R, wardline::LoadError>,
) -> Checked<R> {
    // A wrong buffer shows also where there is nothing to say.
    raw::buffer(message.again(), capacity)?;
    with_binding(binding, |binding| {
        load(binding).map_err(|error| match text::message(message, capacity, &error) {
            Ok(()) => error.into(),
            Err(status) => status,
        })
    })
}

/// The bytes of a file.
#[cfg(feature = "std")]
pub(crate) fn opened(
    path: wardline_bytes<'_>,
    how: u32,
    mut message: Out<'_, c_char>,
    capacity: usize,
) -> Checked<Bytes> {
    raw::buffer(message.again(), capacity)?;
    const READ: u32 = wardline_open::Read as u32;
    const MAP: u32 = wardline_open::Map as u32;
    let path = path_of(path.given()?)?;
    let bytes = match how {
        READ => std::fs::read(path).map(|bytes| Bytes::Owned(bytes.into())),
        MAP => std::fs::File::open(path).and_then(|file| raw::map(&file)).map(Bytes::Mapped),
        _ => return Err(wardline_status::InvalidArgument),
    };
    bytes.map_err(|error| match text::message(message, capacity, &error) {
        Ok(()) => wardline_status::Unreadable,
        Err(status) => status,
    })
}

/// A path of the operating system.
#[cfg(feature = "std")]
pub(crate) fn path_of(bytes: &[u8]) -> Checked<&std::path::Path> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Ok(std::path::Path::new(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        let text = std::str::from_utf8(bytes).map_err(|_| wardline_status::InvalidArgument)?;
        Ok(std::path::Path::new(text))
    }
}
