//! The audit hook of the interpreter (PEP 578): native, so that no Python frame runs
//! for an event, and an event that nobody asks about is told by its name alone.
#![allow(unsafe_code, reason = "the hook is called by the interpreter itself")]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::{PyPermissionError, PyRuntimeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use super::watch::{Answer, Refusal};
use super::{files, libraries, network, programs, variables};

unsafe extern "C" {
    // Not declared by pyo3 for the stable ABI; exported by every Python since 3.8.
    fn PySys_AddAuditHook(
        hook: unsafe extern "C" fn(*const c_char, *mut ffi::PyObject, *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
}

/// Has the interpreter call the hook from now on. Nothing takes it away again.
pub(crate) fn install(py: Python<'_>) -> PyResult<()> {
    // SAFETY: attached (`py`); the function lives as long as the process, because
    // extension modules are never unloaded.
    if unsafe { PySys_AddAuditHook(hook, std::ptr::null_mut()) } != 0 {
        return Err(PyErr::fetch(py));
    }
    Ok(())
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, what this thread does is no event: it is the wrapper's own. No
/// code of the program may run meanwhile.
pub(crate) struct Inside(bool);

impl Inside {
    pub(crate) fn enter() -> Inside {
        Inside(INSIDE.replace(true))
    }

    /// Lets go of it for as long as `work` takes, which makes Python objects: that may
    /// collect garbage, and run code of the program that waits for it.
    pub(crate) fn pause<R>(work: impl FnOnce() -> R) -> R {
        let before = Inside(INSIDE.replace(false));
        let result = work();
        drop(before);
        result
    }

    /// Whether this thread is inside.
    pub(crate) fn is() -> bool {
        INSIDE.get()
    }

    /// This thread does only the wrapper's own work, as long as it lives.
    pub(crate) fn stay() {
        INSIDE.set(true);
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}

/// What looks at an event.
type Look = fn(&Bound<'_, PyTuple>) -> Answer;

/// Who looks at an event of a name. Compared as bytes; the length alone tells most apart.
fn look(name: &[u8]) -> Option<Look> {
    Some(match name {
        b"open" => files::open,
        b"os.listdir" | b"os.scandir" => files::list,
        b"os.remove" => files::remove,
        b"os.rmdir" => files::remove_folder,
        b"os.mkdir" => files::make_folder,
        b"os.rename" => files::rename,
        b"os.link" => files::link,
        b"os.symlink" => files::symbolic_link,
        b"os.truncate" => files::truncate,
        b"os.chmod" => files::change_mode,
        b"os.chown" => files::change_owner,
        b"os.utime" => files::change_times,
        b"os.setxattr" | b"os.removexattr" => files::change_attributes,
        b"sqlite3.connect" => files::database,
        b"subprocess.Popen" => programs::popen,
        b"os.system" => programs::system,
        b"os.exec" => programs::exec,
        b"os.posix_spawn" => programs::posix_spawn,
        b"socket.connect" => network::connect,
        b"socket.sendto" | b"socket.sendmsg" => network::send,
        b"socket.bind" => network::bind,
        b"socket.getaddrinfo" | b"socket.gethostbyname" | b"socket.gethostbyaddr" => {
            network::look_up
        }
        b"ctypes.dlopen" => libraries::load,
        b"ctypes.dlsym" | b"ctypes.dlsym/handle" => libraries::symbol,
        b"import" => libraries::import,
        b"sqlite3.load_extension" => libraries::extension,
        b"os.putenv" => variables::put,
        b"os.unsetenv" => variables::unset,
        _ => return None,
    })
}

unsafe extern "C" fn hook(event: *const c_char, args: *mut ffi::PyObject, _: *mut c_void) -> c_int {
    // SAFETY: the interpreter gives a name that ends with NUL.
    let name = unsafe { CStr::from_ptr(event) }.to_bytes();
    let Some(look) = look(name) else { return 0 };
    if INSIDE.get() {
        return 0;
    }
    // SAFETY: hooks are called by the thread that is attached, with its arguments as
    // a tuple that lives until they return.
    let py = unsafe { Python::assume_attached() };
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let _inside = Inside::enter();
        // SAFETY: as above; checked to be a tuple.
        let args = unsafe { Bound::from_borrowed_ptr_or_opt(py, args) };
        match args.as_ref().and_then(|args| args.cast::<PyTuple>().ok()) {
            Some(args) => look(args),
            None => Ok(()),
        }
    }));
    let error = match answer {
        Ok(Ok(())) => return 0,
        Ok(Err(refusal)) => error(py, &refusal),
        // What could not be decided is not done.
        Err(_) => PyRuntimeError::new_err("wardline: the hook failed, the call is refused"),
    };
    error.restore(py);
    -1
}

/// The error that the call gives: that of a system which does not permit it, with
/// the rule in its text and as `wardline`.
pub(crate) fn error(py: Python<'_>, refusal: &Refusal) -> PyErr {
    let message = format!("{}, {}", refusal.message, refusal.call);
    let name = PyBytes::new(py, &refusal.name);
    // SAFETY: `name` is live; a new reference or NULL with an error set.
    let name = unsafe {
        let bytes = refusal.name.as_ptr().cast();
        let length = ffi::Py_ssize_t::try_from(refusal.name.len()).unwrap_or(0);
        Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_DecodeFSDefaultAndSize(bytes, length))
    }
    .unwrap_or_else(|_| name.into_any());
    let error = if refusal.name.is_empty() {
        PyPermissionError::new_err((libc::EPERM, message))
    } else {
        PyPermissionError::new_err((libc::EPERM, message, name.unbind()))
    };
    let rule = PyDict::new(py);
    if let Some([policy, control, severity]) = &refusal.rule {
        for (key, value) in [("policy", policy), ("control", control), ("severity", severity)] {
            // Three strings in a new dictionary: nothing to fail but memory.
            let _ = rule.set_item(key, value);
        }
    }
    let _ = error.value(py).setattr("wardline", rule);
    error
}
