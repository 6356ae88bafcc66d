//! What a function answers, and the wall that no panic crosses.

use wardline::{LoadError, StateError};

use crate::raw::wardline_text;

/// What became of a call. Numbers are never reused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_status {
    /// Done; results are written.
    Ok = 0,
    /// A pointer is NULL that must not be, or bytes are NULL but not empty.
    NullArgument = 1,
    /// A handle is live, but of another kind.
    WrongHandle = 2,
    /// A struct's `size` is not the one this library knows: it was not
    /// set, or the program was compiled with the header of another version.
    WrongSize = 3,
    /// A number is none of those that the parameter knows, a size is one that no
    /// object has, or a text that must be UTF-8 is not.
    InvalidArgument = 4,
    /// The result does not fit; the length that is needed was written.
    BufferTooSmall = 5,
    /// There is no such rule, policy, diagnostic or actor.
    NotFound = 6,
    /// A file cannot be read.
    Unreadable = 7,
    /// A fault of the library, stopped before it reached the caller. Please
    /// report it.
    Internal = 8,
    /// Without the standard library: a target has more pairs than there is
    /// room for, or another thread uses the state.
    Busy = 9,
    /// The bytes are no bundle at all.
    NotABundle = 10,
    /// The bundle has another format than this library reads.
    Version = 11,
    /// The bundle was cut short or has something appended.
    Length = 12,
    /// The bundle changed since it was written.
    Checksum = 13,
    /// The bundle is for a platform this library does not know.
    Platform = 14,
    /// The bundle's directory is damaged.
    Directory = 15,
    /// The bundle needs a section that this library does not know.
    Section = 16,
    /// Some policy has a scope, but the binding has no target.
    TargetMissing = 17,
    /// A volume of the binding is not a device and a drive.
    Volume = 18,
    /// The bundle needs an upper-case table that this library does not have.
    UpperCase = 19,
    /// The bundle is refused for a reason of its own; see the message.
    Load = 20,
    /// A policy is refused; the diagnostics say why.
    Refused = 30,
    /// Too few bytes for a state.
    StateTooSmall = 40,
    /// The bytes are no saved state.
    NotAState = 41,
    /// Saved by a build with another format of states.
    StateVersion = 42,
    /// The saved state was cut short or changed.
    StateDamaged = 43,
}

/// A result inside the library: what is wrong is already a status.
pub(crate) type Checked<T> = Result<T, wardline_status>;

impl From<LoadError> for wardline_status {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::NotABundle => wardline_status::NotABundle,
            LoadError::Version { .. } => wardline_status::Version,
            LoadError::Length { .. } => wardline_status::Length,
            LoadError::Checksum => wardline_status::Checksum,
            LoadError::Platform { .. } => wardline_status::Platform,
            LoadError::Directory => wardline_status::Directory,
            LoadError::Section { .. } => wardline_status::Section,
            LoadError::TargetMissing => wardline_status::TargetMissing,
            LoadError::Volume { .. } => wardline_status::Volume,
            LoadError::UpperCase { .. } => wardline_status::UpperCase,
            _ => wardline_status::Load,
        }
    }
}

impl From<StateError> for wardline_status {
    fn from(error: StateError) -> Self {
        match error {
            StateError::TooSmall { .. } => wardline_status::StateTooSmall,
            StateError::TooLarge { .. } => wardline_status::InvalidArgument,
            StateError::Version { .. } => wardline_status::StateVersion,
            StateError::Damaged => wardline_status::StateDamaged,
            _ => wardline_status::NotAState,
        }
    }
}

/// Runs the body of a function; a panic in it becomes a status.
#[inline]
pub(crate) fn guard(body: impl FnOnce() -> Checked<()>) -> wardline_status {
    #[cfg(feature = "std")]
    let done = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)) {
        Ok(done) => done,
        Err(payload) => {
            // Dropping it could panic again.
            core::mem::forget(payload);
            Err(wardline_status::Internal)
        }
    };
    // The reader has no panic in it: see `no-std/check`.
    #[cfg(not(feature = "std"))]
    let done = body();
    match done {
        Ok(()) => wardline_status::Ok,
        Err(status) => status,
    }
}

/// What a status means, in a few words of English. Never NULL; static. For a
/// number that is no status, "unknown status". Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_status_text(status: u32) -> wardline_text<'static> {
    const ALL: [(wardline_status, &str); 26] = [
        (wardline_status::Ok, "done"),
        (wardline_status::NullArgument, "an argument is NULL"),
        (wardline_status::WrongHandle, "a handle is of another kind"),
        (wardline_status::WrongSize, "a struct has another size than this library knows"),
        (wardline_status::InvalidArgument, "an argument has an impossible value"),
        (wardline_status::BufferTooSmall, "the buffer is too small"),
        (wardline_status::NotFound, "there is no such thing"),
        (wardline_status::Unreadable, "a file cannot be read"),
        (wardline_status::Internal, "a fault of the library"),
        (wardline_status::Busy, "no room, or in use by another thread"),
        (wardline_status::NotABundle, "not a bundle"),
        (wardline_status::Version, "a bundle of another format"),
        (wardline_status::Length, "a bundle that was cut short or appended to"),
        (wardline_status::Checksum, "a damaged bundle"),
        (wardline_status::Platform, "a bundle for an unknown platform"),
        (wardline_status::Directory, "a bundle with a damaged directory"),
        (wardline_status::Section, "a bundle of a newer compiler"),
        (wardline_status::TargetMissing, "policies have scopes, but the binding has no target"),
        (wardline_status::Volume, "a volume is not a device and a drive"),
        (wardline_status::UpperCase, "a bundle of another upper-case table"),
        (wardline_status::Load, "the bundle is refused"),
        (wardline_status::Refused, "a policy is refused"),
        (wardline_status::StateTooSmall, "too few bytes for a state"),
        (wardline_status::NotAState, "not a saved state"),
        (wardline_status::StateVersion, "a state of another format"),
        (wardline_status::StateDamaged, "a damaged state"),
    ];
    let found = ALL.iter().find(|(one, _)| *one as u32 == status);
    wardline_text::new(found.map_or("unknown status", |(_, text)| *text))
}
