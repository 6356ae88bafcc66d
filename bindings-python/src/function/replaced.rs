//! Functions of the interpreter's own modules that are replaced: those that start
//! programs without an event, and those whose answers are to be asked about. What was
//! there is held where no Python object leads to it.
#![allow(unsafe_code, reason = "paths are asked for their names as the interpreter does")]

use std::ffi::CStr;
use std::net::IpAddr;

use pyo3::exceptions::PyUnicodeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyCFunction, PyDict, PyList, PyString, PyTuple};
use wardline::Kind;

use super::given;
use super::hook::{self, Inside};
use super::network::{self, Host};
use super::programs;
use super::watch::{Watch, watch};

/// The look-ups of `_socket`, twice for those who want to be told with a NUL.
const LOOK_UPS: [(&str, &CStr); 4] = [
    ("getaddrinfo", c"getaddrinfo"),
    ("gethostbyname", c"gethostbyname"),
    ("gethostbyname_ex", c"gethostbyname_ex"),
    ("gethostbyaddr", c"gethostbyaddr"),
];

pub(crate) fn install(py: Python<'_>, watch: &Watch) -> PyResult<()> {
    // Loaded whatever is asked about: what is loaded later is not what is replaced here.
    py.import("_socket")?;
    py.import("_posixsubprocess")?;
    if watch.asks(Kind::Exec) || watch.asks(Kind::Credential) {
        let original = py.import("_posixsubprocess")?.getattr("fork_exec")?.unbind();
        let name = c"fork_exec";
        let own = PyCFunction::new_closure(py, Some(name), None, move |args, named| {
            fork_exec(original.bind(args.py()), args, named).map(Bound::unbind)
        })?;
        put(py, "_posixsubprocess", "fork_exec", &own)?;
        put(py, "subprocess", "_fork_exec", &own)?;
    }
    for (name, shown, call) in ROOTS {
        let module = py.import("posix")?;
        if module.hasattr(name)? {
            let original = module.getattr(name)?.unbind();
            let own = PyCFunction::new_closure(py, Some(shown), None, move |args, named| {
                refuse(args.py(), call)?;
                original.bind(args.py()).call(args, named).map(Bound::unbind)
            })?;
            put(py, "posix", name, &own)?;
            put(py, "os", name, &own)?;
        }
    }
    if watch.asks(Kind::Dns) {
        for (name, shown) in LOOK_UPS {
            let own = look_up(py, name, shown)?;
            put(py, "_socket", name, &own)?;
            if name != "getaddrinfo" {
                put(py, "socket", name, &own)?;
            }
        }
    }
    Ok(())
}

/// After these calls no path is what it was.
const ROOTS: [(&str, &CStr, &str); 3] = [
    ("chroot", c"chroot", "os.chroot"),
    ("setns", c"setns", "os.setns"),
    ("unshare", c"unshare", "os.unshare"),
];

fn refuse(py: Python<'_>, call: &'static str) -> PyResult<()> {
    let Some(watch) = watch().filter(|_| !Inside::is()) else { return Ok(()) };
    let answer = {
        let _inside = Inside::enter();
        watch.around(py, call, b"")
    };
    answer.map_err(|refusal| hook::error(py, &refusal))
}

/// Has `subprocess` start programs by `fork_exec`, where it could choose
/// `posix_spawn`, which cannot be given another environment. The switch is documented.
pub(crate) fn prefer_fork_exec(py: Python<'_>) {
    // What cannot be set stays: the event of `posix_spawn` is asked about as well.
    let _ = Inside::pause(|| {
        let modules = py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?;
        match modules.get_item("subprocess")? {
            Some(module) => module.setattr("_USE_POSIX_SPAWN", false),
            None => Ok(()),
        }
    });
}

/// Puts a function into a module, if that is loaded and has one of the name.
fn put(py: Python<'_>, module: &str, name: &str, own: &Bound<'_, PyCFunction>) -> PyResult<()> {
    let modules = py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?;
    match modules.get_item(module)? {
        Some(module) if module.hasattr(name)? => module.setattr(name, own),
        _ => Ok(()),
    }
}

/// `fork_exec(args, files, close_fds, pass_fds, cwd, environment, …)`, as every
/// Python from 3.10 to 3.13 has it. Everything is made bytes once, so that what is
/// asked about is what is started.
fn fork_exec<'py>(
    original: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = args.py();
    let Some(watch) = watch().filter(|_| !Inside::is() && args.len() > 5) else {
        return original.call(args, named);
    };
    let words = encoded(&given::at(args, 0))?;
    let files = encoded(&given::at(args, 1))?;
    let folder = given::at(args, 4);
    let folder = if folder.is_none() { None } else { Some(name(&folder)?) };
    let environment = given::at(args, 5);
    let mut environment = if environment.is_none() { None } else { Some(encoded(&environment)?) };
    let answer = {
        let _inside = Inside::enter();
        programs::forked(py, watch, &files, &words, folder.clone(), environment.as_deref())
    };
    answer.map_err(|refusal| hook::error(py, &refusal))?;
    if let Some(environment) = &mut environment {
        watch.rearm(environment);
    }
    let list = |all: &[Vec<u8>]| PyList::new(py, all.iter().map(|one| PyBytes::new(py, one)));
    let mut all: Vec<_> = args.iter().collect();
    let own = [
        (0, Some(list(&words)?.into_any())),
        (1, Some(list(&files)?.to_tuple().into_any())),
        (4, folder.map(|folder| PyBytes::new(py, &folder).into_any())),
        (5, environment.map(|environment| list(&environment)).transpose()?.map(Bound::into_any)),
    ];
    for (index, own) in own {
        if let (Some(place), Some(own)) = (all.get_mut(index), own) {
            *place = own;
        }
    }
    original.call(PyTuple::new(py, all)?, named)
}

fn encoded(sequence: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    sequence.try_iter()?.map(|item| name(&item?)).collect()
}

/// The bytes of a `str`, `bytes` or path, which is asked for its name once.
fn name(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Some(text) = given::text(object) {
        return Ok(text);
    }
    // SAFETY: `object` is live; a new reference or NULL with an error set.
    let path =
        unsafe { Bound::from_owned_ptr_or_err(object.py(), ffi::PyOS_FSPath(object.as_ptr()))? };
    given::text(&path).ok_or_else(|| pyo3::exceptions::PyValueError::new_err("cannot be encoded"))
}

/// A function of `_socket` that looks up the name that is asked about, and asks about
/// what it is answered.
fn look_up<'py>(
    py: Python<'py>,
    name: &'static str,
    shown: &'static CStr,
) -> PyResult<Bound<'py, PyCFunction>> {
    let original = py.import("_socket")?.getattr(name)?.unbind();
    PyCFunction::new_closure(py, Some(shown), None, move |args, named| {
        let original = original.bind(args.py());
        let Some(watch) = watch().filter(|_| !Inside::is()) else {
            return original.call(args, named).map(Bound::unbind);
        };
        let named = named.map(plain).transpose()?;
        let host = match args.get_item(0) {
            Ok(host) => Some(host),
            Err(_) => named.as_ref().map(|named| named.get_item("host")).transpose()?.flatten(),
        };
        // Without one the call fails.
        let Some(host) = host.filter(|host| takes(name, host)) else {
            return original.call(args, named.as_ref()).map(Bound::unbind);
        };
        let name = Host::encoded(&host);
        let found = match &name {
            Host::Name(name) => {
                check(&host, name)?;
                let own = PyBytes::new(args.py(), name).into_any();
                if args.is_empty() {
                    named.as_ref().map(|named| named.set_item("host", own)).transpose()?;
                    original.call(args, named.as_ref())?
                } else {
                    let all = std::iter::once(own).chain(args.iter().skip(1));
                    original
                        .call(PyTuple::new(args.py(), all.collect::<Vec<_>>())?, named.as_ref())?
                }
            }
            // The event of the call is asked about.
            Host::Strange(..) | Host::Nothing => original.call(args, named.as_ref())?,
        };
        answered(watch, &name, &found)?;
        Ok::<_, PyErr>(found.unbind())
    })
}

/// The same names and values, in a dictionary that runs no code when it is searched.
fn plain<'py>(named: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let own = PyDict::new(named.py());
    for (name, value) in named {
        own.set_item(name.cast::<PyString>()?.to_str()?, value)?;
    }
    Ok(own)
}

/// Whether a look-up takes the host in bytes that it takes in this form. What it does
/// not take it refuses.
fn takes(call: &str, host: &Bound<'_, PyAny>) -> bool {
    call != "getaddrinfo" || !host.is_instance_of::<PyByteArray>()
}

/// The error that the codec `idna` gives for text that is no name: bytes are not
/// checked where they are looked up.
fn check(host: &Bound<'_, PyAny>, name: &[u8]) -> PyResult<()> {
    let mut labels = name.strip_suffix(b".").unwrap_or(name).split(|&byte| byte == b'.');
    if !host.is_instance_of::<PyString>()
        || name.is_empty()
        || labels.all(|label| matches!(label.len(), 1..64))
    {
        return Ok(());
    }
    Err(PyUnicodeError::new_err("label empty or too long"))
}

fn answered(watch: &Watch, host: &Host, found: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = found.py();
    let (answers, names) = answers(found);
    if answers.is_empty() && names.is_empty() {
        return Ok(());
    }
    let answer = {
        let _inside = Inside::enter();
        network::looked_up(py, watch, host, &answers, &names)
    };
    answer.map_err(|refusal| hook::error(py, &refusal))
}

/// The addresses and further names of an answer: text, `(name, aliases, addresses)`,
/// or a list of `(family, type, protocol, name, address)`.
fn answers(found: &Bound<'_, PyAny>) -> (Vec<IpAddr>, Vec<Vec<u8>>) {
    let (mut addresses, mut names) = (Vec::new(), Vec::new());
    let mut add = |text: Option<Vec<u8>>| {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        match network::literal(&text) {
            Some(address) => addresses.push(address),
            None => names.push(text),
        }
    };
    if let Some(text) = given::text(found) {
        add(Some(text));
    } else if let Ok(all) = found.cast::<PyTuple>() {
        add(given::text(&given::at(all, 0)));
        for list in [given::at(all, 1), given::at(all, 2)] {
            given::items(&list).unwrap_or_default().iter().for_each(|one| add(given::text(one)));
        }
    } else {
        for one in given::items(found).unwrap_or_default() {
            let Ok(one) = one.cast::<PyTuple>() else { continue };
            add(given::text(&given::at(one, 3)));
            let address = given::at(one, 4);
            add(address
                .cast::<PyTuple>()
                .ok()
                .and_then(|address| given::text(&given::at(address, 0))));
        }
    }
    (addresses, names)
}
