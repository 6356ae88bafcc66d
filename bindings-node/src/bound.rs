//! Functions for JavaScript that carry their [`Decider`] as data, so that no call
//! can bring the wrong one; the rest of an answer goes into `out`, nine words that
//! the function keeps alive.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{JsObjectValue, JsValue, Object, Unknown};
use napi::sys::{self, napi_callback_info, napi_env, napi_ref, napi_value};
use napi::{Env, Error, Result};

use crate::act::act;
use crate::call::{check, elements};
use crate::handle::{Decider, WORDS, Words, code, words};
use crate::hot::{check_exec, decide, decide_record, decide_records};
use crate::touch::{self, Toucher};

/// What the data of a function points to.
pub(crate) struct Bound {
    pub(crate) decider: Decider,
    /// Of a process that is watched.
    pub(crate) toucher: Option<Rc<Toucher>>,
    /// Nine words in the memory of `kept`.
    out: *mut u32,
    kept: napi_ref,
}

/// An object with the functions `decide(head, mask, ...values)`,
/// `checkExec(path, process)`, `decideRecord(bytes, length)` and
/// `decideRecords(bytes, length, answers)`, each bound to `decider`. `out` receives the words of one answer.
pub(crate) fn functions<'e>(
    env: &'e Env,
    decider: &Decider,
    out: &Unknown<'_>,
) -> Result<Object<'e>> {
    let mut object = Object::new(env)?;
    for (name, callback) in [
        (c"decide", decide as Callback),
        (c"checkExec", check_exec as Callback),
        (c"decideRecord", decide_record as Callback),
        (c"decideRecords", decide_records as Callback),
    ] {
        add(env, &mut object, (name, callback), decider, None, out)?;
    }
    Ok(object)
}

/// The same for a process that is watched: the program of its own.
pub(crate) fn watching<'e>(
    env: &'e Env,
    decider: &Decider,
    program: &[u8],
    out: &Unknown<'_>,
) -> Result<Object<'e>> {
    let mut object = functions(env, decider, out)?;
    // One of them remembers for the other what was touched.
    let toucher = Rc::new(Toucher::new(program.to_vec()));
    object.set_named_property("isMainThread", toucher.main)?;
    for (name, callback) in [
        (c"touch", touch::touch as Callback),
        (c"touched", touch::touched as Callback),
        (c"resolve", touch::resolved as Callback),
        (c"open", touch::open as Callback),
        (c"list", touch::list as Callback),
        (c"act", act as Callback),
    ] {
        add(env, &mut object, (name, callback), decider, Some(Rc::clone(&toucher)), out)?;
    }
    Ok(object)
}

fn add(
    env: &Env,
    object: &mut Object<'_>,
    (name, callback): (&CStr, Callback),
    decider: &Decider,
    toucher: Option<Rc<Toucher>>,
    out: &Unknown<'_>,
) -> Result<()> {
    let function = function(env, name.as_ptr(), callback, (decider, toucher), out)?;
    // SAFETY: `function` was just made by this environment.
    let function = unsafe { Unknown::from_raw_unchecked(env.raw(), function) };
    object.set_named_property(&name.to_string_lossy(), function)
}

type Callback = unsafe extern "C" fn(napi_env, napi_callback_info) -> napi_value;

fn function(
    env: &Env,
    name: *const c_char,
    callback: Callback,
    (decider, toucher): (&Decider, Option<Rc<Toucher>>),
    out: &Unknown<'_>,
) -> Result<napi_value> {
    let raw = env.raw();
    let mut kept = ptr::null_mut();
    // SAFETY: `raw` is live during the call that gave `env`; each out-parameter
    // is writable. `data` outlives the function: only its finalizer frees it.
    unsafe {
        let found = elements(raw, out.raw(), sys::TypedarrayType::uint32_array);
        let Some((array, WORDS)) = found else {
            return Err(Error::from_reason("expected nine words"));
        };
        check(sys::napi_create_reference(raw, out.raw(), 1, &raw mut kept))?;
        let bound = Bound { decider: decider.clone(), toucher, out: array.cast(), kept };
        let data: *mut c_void = Box::into_raw(Box::new(bound)).cast();
        let mut function = ptr::null_mut();
        let made =
            sys::napi_create_function(raw, name, -1, Some(callback), data, &raw mut function);
        let mut owned = made;
        if made == sys::Status::napi_ok {
            owned = sys::napi_add_finalizer(
                raw,
                function,
                data,
                Some(finalize),
                ptr::null_mut(),
                ptr::null_mut(),
            );
        }
        if owned != sys::Status::napi_ok {
            drop(Box::from_raw(data.cast::<Bound>()));
            sys::napi_delete_reference(raw, kept);
        }
        check(owned)?;
        Ok(function)
    }
}

unsafe extern "C" fn finalize(env: napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `data` is the box that `function` leaked, and finalizers run once.
    let bound = unsafe { Box::from_raw(data.cast::<Bound>()) };
    // SAFETY: made in this environment, deleted once.
    unsafe { sys::napi_delete_reference(env, bound.kept) };
}

impl Bound {
    /// Decides; leaves the answer's words in `out` and returns the first.
    #[inline]
    pub(crate) fn answer(&self, event: &wardline::Event<'_>) -> i32 {
        let (decision, alert) = self.decider.decide(event);
        // SAFETY: `out` are nine words that `kept` keeps alive, written and read
        // by this thread only.
        unsafe { self.out.cast::<Words>().write_unaligned(words(&decision, alert)) };
        code(&decision) as i32
    }
}
