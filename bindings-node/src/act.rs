//! Changes of files that leave nothing open, decided and made in one call: the usual case, at less
//! than the price of finding the real path first.
//!
//! Unsafe as `hot` is; arguments are borrowed with `call` and `text`.

use std::mem::MaybeUninit;
use std::ptr;

use napi::sys::{napi_callback_info, napi_env, napi_value};
use rustix::fs::{Mode, Timespec, Timestamps};
use wardline::{Activity, Event, File, FileOperation};

use crate::acts::{Act, Undone};
use crate::bound::Bound;
use crate::call::{arguments, number, word};
use crate::place::{Place, Room, from_root};
use crate::text::{SPACE, Texts};
use crate::touch::allows;

/// Nothing was changed.
const ASK: i32 = -1;
const DONE: i32 = 0;

/// `act(what, path, …)`: 0 if it was done, the number of the error if it is allowed and the
/// system refuses, and -1 if `touch` has to be asked, and Node does it then. By `what` follow:
///
/// * 0 `unlink`, 1 `rmdir`: nothing
/// * 2 `mkdir`, 3 `chmod`: the mode
/// * 4 `utimes`: both times, in whole seconds
/// * 5 `rename`, 6 `link`: the new name
/// * 7 `symlink`: what the link says
/// * 8 `copyFile`: where the copy will be
///
/// What is asked is what `touch` would be asked, on what the path says; where the kernel finds
/// no link on the way, what it says is what was changed.
pub(crate) unsafe extern "C" fn act(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 4];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, given)) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: the values came with this call.
    let answer = unsafe { acted(env, bound, given) }.unwrap_or(ASK);
    // SAFETY: `env` is live.
    unsafe { number(env, answer) }
}

/// # Safety
///
/// `env` is live and `given` came with the present call.
unsafe fn acted(env: napi_env, bound: &Bound, given: &[napi_value]) -> Option<i32> {
    let toucher = bound.toucher.as_ref()?;
    // With a state an event must not be decided before it is known to be one.
    if bound.decider.memory.is_some() {
        return None;
    }
    let (&[what, path], more) = given.split_first_chunk()?;
    // SAFETY: by contract.
    let what = unsafe { word(env, what)? };
    let mut space = [MaybeUninit::<u8>::uninit(); 2 * SPACE];
    let mut long = Vec::new();
    let mut texts = Texts { env, space: &mut space, long: &mut long, lossy: true };
    let mut text = |value| {
        // SAFETY: by contract. Bytes another thread could change between the question and the act.
        unsafe { texts.read(value) }.ok().and_then(|(text, bytes)| (!bytes).then_some(text))
    };
    // SAFETY: by contract.
    let word = |at: usize| unsafe { word(env, *more.get(at)?) };
    let mode = || Some(Mode::from_raw_mode(word(0)?));
    let seconds = |at| Some(Timespec { tv_sec: i64::from(word(at)?), tv_nsec: 0 });

    let given = text(path)?;
    let other = if let 5..=8 = what { text(*more.first()?)? } else { &[] };
    let (mut room, mut beside) = (Room::new(), Room::new());
    let whole = from_root(given, &mut room);
    // What a link says is no path yet.
    let target = if what == 7 { other.into() } else { from_root(other, &mut beside) };
    let path = Place::new(given, &whole, toucher.main);
    let target = Place::new(other, &target, toucher.main);
    let act = match what {
        0 => Act::Unlink,
        1 => Act::Rmdir,
        2 => Act::Mkdir(mode()?),
        3 => Act::Chmod(mode()?),
        4 => Act::Utimes(Timestamps { last_access: seconds(0)?, last_modification: seconds(1)? }),
        5 => Act::Rename(target),
        6 => Act::Link(target),
        7 => Act::Symlink(other),
        8 => Act::Copy(target),
        _ => return None,
    };
    if !act.is_possible(path.whole) {
        return None;
    }
    // Who and when is found out once.
    let event = toucher.event(File::new(FileOperation::Read, path.whole));
    let allowed = act.is_allowed(path.whole, |file| {
        allows(bound, &Event { activity: Activity::File(file), ..event })
    });
    if !allowed {
        return None;
    }
    match act.make(path) {
        Ok(()) => Some(DONE),
        Err(Undone::Refused(error)) => Some(error.raw_os_error()),
        Err(Undone::Unsure) => None,
    }
}
