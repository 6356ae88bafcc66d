//! Files that a watched process touches, in one call: the path is resolved, the
//! event made and decided here, because each of these costs more than deciding.
//!
//! Unsafe as `hot` is; arguments are borrowed with `call` and `text`.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::os::fd::IntoRawFd;
use std::ptr;
use std::time::{SystemTime, UNIX_EPOCH};

use napi::sys::{self, napi_callback_info, napi_env, napi_value};
use rustix::fs::{Mode, OFlags};
use wardline::{Action, Activity, Event, File, FileOperation, Principal, Process};

use crate::bound::Bound;
use crate::call::{arguments, number, word};
use crate::paths::{exists, list_linkless, open_linkless, resolve, resolve_names};
use crate::place::{Place, Room, from_root};
use crate::text::{SPACE, Texts};

/// The process that is watched, and what it touched last.
pub(crate) struct Toucher {
    pub(crate) program: Vec<u8>,
    pub(crate) pid: u32,
    /// Node keeps a list of the descriptors that its other threads open, and lets none of them
    /// change the working directory.
    pub(crate) main: bool,
    touched: RefCell<[Option<Vec<u8>>; 2]>,
}

/// The path is that of a link itself, not of what it leads to.
const NOFOLLOW: u32 = 1 << 4;
/// With `create`: the file is modified if it is there.
const WRITE: u32 = 1 << 5;
/// In an answer: the path is the environment of a process.
const ENVIRONMENT: i32 = 1 << 15;
/// In an answer to `WRITE`: it is there.
const MODIFIES: i32 = 1 << 16;
/// What a file can be opened for.
const OPENED: [FileOperation; 3] =
    [FileOperation::Read, FileOperation::Create, FileOperation::Modify];
const NO_PATH: i32 = -1;
const NO_FILE: i32 = -1;
/// The mode that Node gives a new file.
const NEW: u32 = 0o666;

impl Toucher {
    pub(crate) fn new(program: Vec<u8>) -> Toucher {
        Toucher { program, pid: std::process::id(), main: is_main(), touched: RefCell::default() }
    }

    /// What is done, as an event of this process.
    pub(crate) fn event<'e>(&'e self, file: File<'e>) -> Event<'e> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let process =
            Process { path: Some(&self.program), pid: Some(self.pid), ..Process::UNKNOWN };
        let id = Some(u64::from(rustix::process::geteuid().as_raw()));
        Event {
            time: now.ok().and_then(|now| u64::try_from(now.as_millis()).ok()),
            process,
            user: Principal { id, ..Principal::UNKNOWN },
            ..Event::new(Activity::File(file))
        }
    }
}

/// Whether an event is allowed. Only without a state: with one, asking is an event too.
pub(crate) fn allows(bound: &Bound, event: &Event<'_>) -> bool {
    bound.decider.decide(event).0.action == Action::Allow
}

/// The answer to `create`, or to `modify` if there is something at `path` already. To look for
/// it costs more than to decide: that is done where the answers may differ, or are reported.
fn writes(bound: &Bound, create: &Event<'_>, path: &[u8]) -> i32 {
    let file = File::new(FileOperation::Modify, path);
    let modify = Event { activity: Activity::File(file), ..*create };
    let stateless = bound.decider.memory.is_none();
    if stateless && allows(bound, create) && allows(bound, &modify) {
        Action::Allow as i32
    } else if exists(path) {
        bound.answer(&modify) | MODIFIES
    } else {
        bound.answer(create)
    }
}

/// Whether this is the thread that the process began with.
pub(crate) fn is_main() -> bool {
    rustix::process::getpid() == rustix::thread::gettid()
}

/// `touch(what, mode, path[, target])`: an answer's first word, or -1 if nothing
/// needs to be asked. `what` is the operation, 16 for a link itself, and 32 with `create`
/// for what is there already, perhaps; `mode` the permissions, or -1.
pub(crate) unsafe extern "C" fn touch(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 4];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, given)) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: the values came with this call.
    let answer = unsafe { touched_by(env, bound, given) }.unwrap_or(NO_PATH);
    // SAFETY: `env` is live.
    unsafe { number(env, answer) }
}

/// # Safety
///
/// `env` is live and `given` came with the present call.
unsafe fn touched_by(env: napi_env, bound: &Bound, given: &[napi_value]) -> Option<i32> {
    let (&[what, mode, path], target) = given.split_first_chunk()?;
    let toucher = bound.toucher.as_ref()?;
    *toucher.touched.borrow_mut() = [None, None];
    // SAFETY: by contract.
    let (what, mode) = unsafe { (word(env, what)?, word(env, mode)?) };
    let (path, target) = match target.first() {
        // SAFETY: by contract.
        None => (unsafe { real(env, path, what & NOFOLLOW != 0)? }, None),
        Some(&target) => {
            // SAFETY: by contract. What gets a new name is no link that is followed.
            let (path, target) = unsafe { real_names(env, path, target)? };
            (path, Some(target))
        }
    };
    let operation = FileOperation::from_number((what & 15) as u8)?;
    let mode = Some(mode).filter(|&mode| mode != u32::MAX);
    let file = File { target: target.as_deref(), mode, ..File::new(operation, &path) };
    let event = toucher.event(file);
    let answer =
        if what & WRITE == 0 { bound.answer(&event) } else { writes(bound, &event, &path) };
    let environment = path.starts_with(b"/proc/") && path.ends_with(b"/environ");
    *toucher.touched.borrow_mut() = [Some(path), target];
    Some(if environment { answer | ENVIRONMENT } else { answer })
}

/// The real path of a text or bytes; `None` for anything else.
///
/// # Safety
///
/// As [`touched_by`].
unsafe fn real(env: napi_env, value: napi_value, nofollow: bool) -> Option<Vec<u8>> {
    let mut space = [MaybeUninit::<u8>::uninit(); SPACE];
    let mut long = Vec::new();
    let mut texts = Texts { env, space: &mut space, long: &mut long, lossy: true };
    // SAFETY: by contract.
    let (path, _) = unsafe { texts.read(value) }.ok()?;
    resolve(path, nofollow)
}

/// The real paths of two names that are not followed.
///
/// # Safety
///
/// As [`touched_by`].
unsafe fn real_names(
    env: napi_env,
    path: napi_value,
    target: napi_value,
) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut space = [MaybeUninit::<u8>::uninit(); SPACE];
    let mut long = Vec::new();
    let mut texts = Texts { env, space: &mut space, long: &mut long, lossy: true };
    // SAFETY: by contract.
    let ((path, _), (target, _)) = unsafe { (texts.read(path).ok()?, texts.read(target).ok()?) };
    resolve_names(path, target)
}

/// `open(path, operations, flags, mode)`: the descriptor of a file that was opened, or -1
/// if it was not: it is asked about by `touch` then, and opened by Node. `operations` has a
/// bit for each that the flags let it be; `mode` is that of a new file, or -1.
///
/// The usual case at the price of none: if all of them are allowed on what the path says, and
/// there is no link in it when it is opened, what it says is what was opened.
pub(crate) unsafe extern "C" fn open(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 4];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, given)) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: the values came with this call.
    let descriptor = unsafe { opened(env, bound, given) }.unwrap_or(NO_FILE);
    // SAFETY: `env` is live.
    unsafe { number(env, descriptor) }
}

/// # Safety
///
/// As [`touched_by`].
unsafe fn opened(env: napi_env, bound: &Bound, given: &[napi_value]) -> Option<i32> {
    let &[path, operations, flags, mode] = given else { return None };
    if !bound.toucher.as_ref()?.main {
        return None;
    }
    // SAFETY: by contract.
    let (operations, flags, mode) =
        unsafe { (word(env, operations)?, word(env, flags)?, word(env, mode)?) };
    let mode = Some(mode).filter(|&mode| mode != u32::MAX);
    let open = |place: Place<'_>| {
        let mode = Mode::from_raw_mode(mode.unwrap_or(NEW));
        open_linkless(place, OFlags::from_bits_retain(flags), mode)
    };
    // SAFETY: by contract.
    Some(unsafe { allowed(env, bound, path, (operations, mode), open)? }.into_raw_fd())
}

/// `list(path)`: the names in a folder as JSON, or `undefined`: it is asked about by
/// `touch` then, and listed by Node. As `open`.
///
/// JSON makes an array that nobody's setters are met by, faster than calls of Node-API.
pub(crate) unsafe extern "C" fn list(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 1];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, &[path])) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    let read = (1 << FileOperation::Read as u32, None);
    // SAFETY: `path` came with this call.
    let names = unsafe { allowed(env, bound, path, read, list_linkless) };
    let json = names.and_then(|names| {
        // As Node decodes them.
        let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
        serde_json::to_vec(&names).ok()
    });
    // SAFETY: `env` is live.
    json.map_or(ptr::null_mut(), |json| unsafe { text(env, &json) })
}

/// What `open` finds at a path, if the operations are allowed on what the path says, of
/// which one that creates gives `mode`.
///
/// # Safety
///
/// As [`touched_by`].
unsafe fn allowed<T>(
    env: napi_env,
    bound: &Bound,
    path: napi_value,
    (operations, mode): (u32, Option<u32>),
    open: impl FnOnce(Place<'_>) -> Option<T>,
) -> Option<T> {
    let toucher = bound.toucher.as_ref()?;
    // With a state an event must not be decided before it is known to be one.
    if bound.decider.memory.is_some() {
        return None;
    }
    let mut space = [MaybeUninit::<u8>::uninit(); SPACE];
    let mut long = Vec::new();
    let mut texts = Texts { env, space: &mut space, long: &mut long, lossy: true };
    // SAFETY: by contract.
    let (given, shared) = unsafe { texts.read(path) }.ok()?;
    let mut room = Room::new();
    let path = &*from_root(given, &mut room);
    // Another thread could change bytes between the question and the opening. What is
    // below `/proc` can be an environment.
    if shared || path.starts_with(b"/proc/") {
        return None;
    }
    // Who and when is found out once.
    let read = toucher.event(File::new(FileOperation::Read, path));
    let event = |operation| {
        let mode = mode.filter(|_| operation == FileOperation::Create);
        let file = File { mode, ..File::new(operation, path) };
        Event { activity: Activity::File(file), ..read }
    };
    let mut asked = OPENED.into_iter().filter(|&one| operations & 1 << one as u32 != 0);
    if !asked.all(|one| allows(bound, &event(one))) {
        return None;
    }
    open(Place::new(given, path, toucher.main))
}

/// `touched(index)`: the real path that `touch` asked about last, its target for
/// 1. Text, or bytes where it is none.
pub(crate) unsafe extern "C" fn touched(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 1];
    // SAFETY: Node calls with a live environment and its info.
    let Some((bound, &[index])) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: `env` is live and `index` came with this call.
    let Some((toucher, index)) = bound.toucher.as_ref().zip(unsafe { word(env, index) }) else {
        return ptr::null_mut();
    };
    let touched = toucher.touched.borrow();
    let path = touched.get(index as usize).and_then(Option::as_deref);
    // SAFETY: `env` is live.
    path.map_or(ptr::null_mut(), |path| unsafe { name(env, path) })
}

/// `resolve(path, nofollow)`: the real path, or `undefined`.
pub(crate) unsafe extern "C" fn resolved(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut values = [ptr::null_mut(); 2];
    // SAFETY: Node calls with a live environment and its info.
    let Some((_, &[path, nofollow])) = (unsafe { arguments(env, info, &mut values) }) else {
        return ptr::null_mut();
    };
    // SAFETY: `env` is live and the values came with this call.
    let found = unsafe { word(env, nofollow).and_then(|nofollow| real(env, path, nofollow != 0)) };
    // SAFETY: `env` is live.
    found.map_or(ptr::null_mut(), |path| unsafe { name(env, &path) })
}

/// Text, or a buffer of bytes where they are none.
///
/// # Safety
///
/// `env` is live.
unsafe fn name(env: napi_env, name: &[u8]) -> napi_value {
    if std::str::from_utf8(name).is_ok() {
        // SAFETY: `env` is live.
        return unsafe { text(env, name) };
    }
    let mut value = ptr::null_mut();
    // SAFETY: `name` is readable for its length; `value` is writable, and stays
    // NULL, which is `undefined`, if Node has no memory.
    unsafe {
        let data = name.as_ptr().cast();
        sys::napi_create_buffer_copy(env, name.len(), data, ptr::null_mut(), &raw mut value);
    }
    value
}

/// UTF-8 as text.
///
/// # Safety
///
/// `env` is live.
unsafe fn text(env: napi_env, text: &[u8]) -> napi_value {
    let mut value = ptr::null_mut();
    let length = text.len().cast_signed();
    // SAFETY: `text` is readable for its length; `value` is writable, and stays
    // NULL, which is `undefined`, if Node has no memory.
    unsafe { sys::napi_create_string_utf8(env, text.as_ptr().cast(), length, &raw mut value) };
    value
}
