//! An addon that reads arguments and does nothing with them: the least that any
//! call of Node-API costs. And the engine's own time for the same events, measured
//! without leaving it.

use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::hint::black_box;
use std::ptr;
use std::time::Instant;

use napi_sys::{
    Status, napi_callback_info, napi_create_double, napi_create_function, napi_create_int32,
    napi_env, napi_get_cb_info, napi_get_named_property, napi_get_typedarray_info,
    napi_get_value_string_utf8, napi_set_named_property, napi_value,
};
use wardline::{Activity, Binding, Engine, Event, Exec, Process};

const SPACE: usize = 4096;

thread_local! {
    static CORE: RefCell<Option<(Engine<Vec<u8>>, Vec<u8>)>> = const { RefCell::new(None) };
}

/// `texts(a, b)`: copies two strings.
unsafe extern "C" fn texts(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: Node calls with a live environment and its info, here and below.
    unsafe {
        let [a, b] = arguments::<2>(env, info);
        number(env, text(env, a) + text(env, b))
    }
}

/// `event(object)`: copies `kind`, `path` and `process.path` of an object.
unsafe extern "C" fn event(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: as above.
    unsafe {
        let [object] = arguments::<1>(env, info);
        let process = member(env, object, c"process");
        let length = text(env, member(env, object, c"kind"))
            + text(env, member(env, object, c"path"))
            + text(env, member(env, process, c"path"));
        number(env, length)
    }
}

/// `load(bundle, paths)`: keeps an engine and paths, one a line, for `core`.
unsafe extern "C" fn load(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: as above.
    let (bundle, paths) = unsafe {
        let [bundle, paths] = arguments::<2>(env, info);
        (bytes(env, bundle), bytes(env, paths))
    };
    let engine = Engine::load(bundle, &Binding::default()).expect("a bundle");
    CORE.with(|core| *core.borrow_mut() = Some((engine, paths)));
    ptr::null_mut()
}

/// `core()`: nanoseconds of the engine for each path, run by `/usr/sbin/nginx`.
unsafe extern "C" fn core(env: napi_env, info: napi_callback_info) -> napi_value {
    let _ = info;
    let took = CORE.with(|core| {
        let core = core.borrow();
        let (engine, paths) = core.as_ref().expect("load comes first");
        let paths: Vec<&[u8]> = paths.split(|&byte| byte == b'\n').collect();
        let start = Instant::now();
        for path in &paths {
            let process = Process { path: Some(b"/usr/sbin/nginx"), ..Process::UNKNOWN };
            let event = Event { process, ..Event::new(Activity::Exec(Exec::new(path))) };
            black_box(engine.decide(black_box(&event)));
        }
        start.elapsed().as_nanos() as f64 / paths.len() as f64
    });
    let mut value = ptr::null_mut();
    // SAFETY: as above.
    unsafe { napi_create_double(env, took, &raw mut value) };
    value
}

/// # Safety
///
/// `env` and `info` are those of the present call.
unsafe fn arguments<const N: usize>(env: napi_env, info: napi_callback_info) -> [napi_value; N] {
    let mut values = [ptr::null_mut(); N];
    let mut count = N;
    // SAFETY: `values` has room for `count`.
    unsafe {
        let (this, data) = (ptr::null_mut(), ptr::null_mut());
        napi_get_cb_info(env, info, &raw mut count, values.as_mut_ptr(), this, data);
    }
    values
}

/// # Safety
///
/// As [`arguments`]; `object` is an object.
unsafe fn member(env: napi_env, object: napi_value, name: &CStr) -> napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: by contract.
    unsafe { napi_get_named_property(env, object, name.as_ptr(), &raw mut value) };
    value
}

/// # Safety
///
/// As [`arguments`].
unsafe fn text(env: napi_env, value: napi_value) -> i32 {
    let mut space = [const { std::mem::MaybeUninit::<c_char>::uninit() }; SPACE];
    let mut length = 0;
    // SAFETY: `space` is writable for its length.
    let status = unsafe {
        let start = space.as_mut_ptr().cast();
        napi_get_value_string_utf8(env, value, start, SPACE, &raw mut length)
    };
    black_box(&space);
    assert_eq!(status, Status::napi_ok, "a string");
    length as i32
}

/// # Safety
///
/// As [`arguments`]; `value` is a typed array of bytes.
unsafe fn bytes(env: napi_env, value: napi_value) -> Vec<u8> {
    let (mut length, mut start) = (0, ptr::null_mut());
    // SAFETY: the out-parameters are writable or NULL; Node says how many bytes there are.
    unsafe {
        let (kind, buffer, offset) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        napi_get_typedarray_info(env, value, kind, &raw mut length, &raw mut start, buffer, offset);
        std::slice::from_raw_parts(start.cast::<u8>(), length).to_vec()
    }
}

/// # Safety
///
/// As [`arguments`].
unsafe fn number(env: napi_env, number: i32) -> napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: `value` is writable.
    unsafe { napi_create_int32(env, number, &raw mut value) };
    value
}

/// # Safety
///
/// Called by Node.
#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(env: napi_env, exports: napi_value) -> napi_value {
    type Callback = unsafe extern "C" fn(napi_env, napi_callback_info) -> napi_value;
    for (name, callback) in [
        (c"texts", texts as Callback),
        (c"event", event as Callback),
        (c"load", load as Callback),
        (c"core", core as Callback),
    ] {
        let (mut function, data) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: `env` and `exports` are Node's.
        unsafe {
            napi_create_function(env, name.as_ptr(), -1, Some(callback), data, &raw mut function);
            napi_set_named_property(env, exports, name.as_ptr(), function);
        }
    }
    exports
}

#[unsafe(no_mangle)]
extern "C" fn node_api_module_get_api_version_v1() -> i32 {
    8
}
