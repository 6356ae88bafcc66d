//! The calls that decide one event, on Python's own fast calling convention: their
//! arguments are found by where their names are, and nothing is held or counted.
//!
//! PyO3 compares the name of each argument with those of all twenty parameters; that
//! alone would cost more than a decision does.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{Borrowed, PyTypeInfo, ffi};
use wardline::Kind;

use crate::actor::Actor;
use crate::decision::Decision;
use crate::engine::Engine;
use crate::field::{COMMON, FIELDS, Field, Fields, named};
use crate::given::{Given, What};
use crate::slots::Slots;
use crate::state::State;

/// A call: its name, its kind, its arguments.
struct Call {
    name: &'static str,
    /// Of calls about one kind.
    kind: Option<Kind>,
    /// Those that may be given without their name; the first ones must be given.
    places: &'static [Field],
    must: Fields,
    /// All that may be given by name.
    names: Fields,
    function: ffi::PyCFunctionFastWithKeywords,
    /// Ends with a zero byte; begins with the signature.
    doc: &'static str,
}

const STATE_AND_ACTOR: Fields = Fields::of(&[Field::State, Field::Actor]);
/// What is given to a call beside the members of an event.
const BESIDE: Fields = STATE_AND_ACTOR.and(Fields::of(&[Field::Event]));

macro_rules! calls {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $kind:ident
            ($($must:ident $Must:ident),*) ($($next:ident $Next:ident),*) [$($may:ident $May:ident),*]
    )+) => {
        const CALLS: &[Call] = &[
            Call {
                name: "decide",
                kind: None,
                places: &[Field::Event, Field::State],
                must: Fields::of(&[Field::Event]),
                names: Fields::of(&[Field::Event]).and(STATE_AND_ACTOR),
                function: entry::<0>,
                doc: concat!(
                    "decide($self, event, state=None, *, actor=None)\n--\n\n",
                    "Decides one event, a mapping or a line of JSON as bytes; with a state, ",
                    "after those that it remembers.\0",
                ),
            },
            $(Call {
                name: stringify!($name),
                kind: Some(Kind::$kind),
                places: &[$(Field::$Must,)* $(Field::$Next,)*],
                must: Fields::of(&[$(Field::$Must),*]),
                names: Fields::of(&[$(Field::$Must,)* $(Field::$Next,)* $(Field::$May,)*])
                    .and(COMMON)
                    .and(STATE_AND_ACTOR),
                function: entry::<{ Kind::$kind as usize + 1 }>,
                doc: concat!(
                    stringify!($name), "($self", $(", ", stringify!($must),)*
                    $(", ", stringify!($next), "=None",)* ", *, process=None, user=None", $(", ", stringify!($may), "=None",)*
                    ", groups=None, time=None, metadata=None, state=None, actor=None)\n--\n\n",
                    $($doc,)+ "\0",
                ),
            },)+
        ];
    };
}

// In the order of the kinds' numbers.
calls! {
    /// Decides a file access.
    file File (operation Operation, path Path) () [
        target Target, requested Requested, aliases Aliases, cwd Cwd, dirfd_path DirfdPath,
        root Root, mode Mode, truncated Truncated, deleted Deleted
    ]
    /// Decides a program that is about to be run.
    exec Exec (path Path) () [
        requested Requested, aliases Aliases, argv Argv, cwd Cwd, dirfd_path DirfdPath, root Root,
        script Script, sha256 Sha256, memfd Memfd, truncated Truncated, deleted Deleted,
        stdio_socket StdioSocket, ip Ip
    ]
    /// Decides a connection, made, accepted or listened for.
    network Network (direction Direction) (ip Ip) [domain Domain, port Port, protocol Protocol]
    /// Decides a look-up of a name.
    dns Dns (name Name) () [answers Answers, cnames Cnames]
    /// Decides a login of `user`.
    login Login () () [source Source, success Success, groups_complete GroupsComplete]
    /// Decides a change to a user or group.
    account Account (subject Subject, operation Operation, name Name) () []
    /// Decides an access to the Windows registry.
    registry Registry (operation Operation, key Key) () [value Value]
    /// Decides a change to the system itself.
    system System (what What) () [name Name]
    /// Decides a finding of malware in a file.
    malware Malware (path Path) () [signature Signature]
    /// Decides a use of a secret.
    credential Credential () () [name Name, id Id]
}

/// Adds the calls to the class.
pub(crate) fn add(py: Python<'_>) -> PyResult<()> {
    let class = Engine::type_object(py);
    for call in CALLS {
        let text = CStr::from_bytes_with_nul(call.doc.as_bytes());
        let doc = text.expect("it ends with a zero byte").as_ptr();
        // The signature begins with the name, but a name of its own ends with a zero.
        let name = std::ffi::CString::new(call.name).expect("without a zero byte").into_raw();
        // The class keeps it for the life of the process.
        let method = Box::leak(Box::new(ffi::PyMethodDef {
            ml_name: name as *const c_char,
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: call.function },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: doc,
        }));
        // SAFETY: a class, and a method that is never freed and whose function has the
        // signature that its flags say.
        let method = unsafe { ffi::PyDescr_NewMethod(class.as_type_ptr(), method) };
        // SAFETY: a new object, or NULL with an exception.
        let method = unsafe { Bound::from_owned_ptr_or_err(py, method)? };
        class.setattr(call.name, method)?;
    }
    Ok(())
}

/// What Python calls, for the call of that number.
///
/// # Safety
///
/// As Python calls a method of [`Engine`]: with the interpreter's lock, `args` holding
/// `nargs` objects and then those that `kwnames`, NULL or a tuple, names.
unsafe extern "C" fn entry<const CALL: usize>(
    slf: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python has called, so this thread has its lock.
    let py = unsafe { Python::assume_attached() };
    let work = AssertUnwindSafe(|| {
        // SAFETY: by contract an engine, which the caller holds.
        let engine = unsafe { Borrowed::from_ptr(py, slf).cast_unchecked::<Engine>() };
        // SAFETY: by contract; objects and pointers to objects have one size.
        let arguments = unsafe { Arguments::new(py, args, nargs, kwnames) };
        decided(&CALLS[CALL], engine.get(), &arguments)
    });
    let answer = catch_unwind(work).unwrap_or_else(|_| {
        Err(PyRuntimeError::new_err("wardline failed inside; please report it"))
    });
    match answer {
        Ok(decision) => decision.into_ptr(),
        Err(error) => {
            error.restore(py);
            ptr::null_mut()
        }
    }
}

#[inline]
fn decided<'py>(
    call: &Call,
    engine: &Engine,
    arguments: &Arguments<'_, 'py>,
) -> PyResult<Bound<'py, Decision>> {
    if call.kind.is_none()
        && arguments.names.is_none()
        && let [event] = arguments.values
    {
        // As most are: an event and nothing else.
        let mut given = Given::new(What::Event(event));
        return engine.answer(arguments.py, &mut given, None, None);
    }
    let mut given = Given::new(call.kind.map_or(What::Nothing, What::Arguments));
    arguments.read(call, &mut given.event)?;
    if !given.event.present().any_in(BESIDE) {
        return engine.answer(arguments.py, &mut given, None, None);
    }
    let state = given.event.take(Field::State);
    let state = state.as_ref().map(|state| state.cast::<State>());
    let state = state.transpose().map_err(|_| mistyped("state", "a State"))?;
    let actor = given.event.take(Field::Actor);
    let actor = actor.as_ref().map(|actor| actor.cast::<Actor>());
    let actor = actor.transpose().map_err(|_| mistyped("actor", "an Actor"))?;
    let (py, state, actor) = (arguments.py, state.as_deref(), actor.as_deref());
    let event = given.event.take(Field::Event);
    if let Some(event) = &event {
        let mut given = Given::new(What::Event(event));
        return engine.answer(py, &mut given, state, actor);
    }
    engine.answer(py, &mut given, state, actor)
}

/// The arguments of a call as Python gives them.
struct Arguments<'v, 'py> {
    py: Python<'py>,
    values: &'v [Borrowed<'v, 'py, PyAny>],
    /// How many are given without a name.
    nameless: usize,
    names: Option<Borrowed<'v, 'py, PyTuple>>,
}

impl<'v, 'py> Arguments<'v, 'py> {
    /// # Safety
    ///
    /// As of [`entry`], during `'v`.
    #[inline]
    unsafe fn new(
        py: Python<'py>,
        args: *const *mut ffi::PyObject,
        nargs: ffi::Py_ssize_t,
        kwnames: *mut ffi::PyObject,
    ) -> Self {
        // SAFETY: NULL or a tuple, held by the caller.
        let names = unsafe { Borrowed::from_ptr_or_opt(py, kwnames) };
        // SAFETY: it is a tuple.
        let names = names.map(|names| unsafe { names.cast_unchecked::<PyTuple>() });
        let nameless = nargs.cast_unsigned();
        let count = nameless + names.as_ref().map_or(0, |names| names.len());
        let values: &[Borrowed<'v, 'py, PyAny>] = if count == 0 {
            &[]
        } else {
            // SAFETY: so many pointers to objects that the caller holds; `Borrowed` is
            // one such pointer, which the assertion below checks.
            unsafe { std::slice::from_raw_parts(args.cast(), count) }
        };
        Arguments { py, values, nameless, names }
    }

    /// The values by field. Those that are `None` are not given, but for the ones that
    /// must be.
    #[inline]
    fn read(&self, call: &Call, slots: &mut Slots<'v, 'py, FIELDS>) -> PyResult<()> {
        let (nameless, by_name) = self.values.split_at(self.nameless);
        if nameless.len() > call.places.len() {
            return Err(too_many(call, nameless.len()));
        }
        let mut placed = Fields::default();
        for (&place, &value) in call.places.iter().zip(nameless) {
            placed.add(place);
            if !value.is_none() || call.must.has(place) {
                slots.put(Some(place), value);
            }
        }
        for (index, &value) in by_name.iter().enumerate() {
            let Some(names) = &self.names else { break };
            let name = names.get_borrowed_item(index)?;
            let Some(field) = named(&name).field().filter(|&field| call.names.has(field)) else {
                return Err(unexpected(call, &name));
            };
            // Names that read the same may be unequal to Python.
            if placed.has(field) {
                return Err(twice(call, field));
            }
            placed.add(field);
            if !value.is_none() || call.must.has(field) {
                slots.put(Some(field), value);
            }
        }
        if call.must.are_in(slots.present()) {
            return Ok(());
        }
        let absent = call.places.iter().find(|&&field| slots.get(field).is_none());
        Err(missing(call, *absent.unwrap_or(&Field::Event)))
    }
}

const _: () = assert!(size_of::<Borrowed<'_, '_, PyAny>>() == size_of::<*mut ffi::PyObject>());

#[cold]
fn too_many(call: &Call, found: usize) -> PyErr {
    let most = call.places.len();
    PyTypeError::new_err(format!(
        "{}() takes {most} positional arguments but {found} were given",
        call.name
    ))
}

#[cold]
fn unexpected(call: &Call, name: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{}() got an unexpected keyword argument '{name}'", call.name))
}

#[cold]
fn twice(call: &Call, field: Field) -> PyErr {
    PyTypeError::new_err(format!(
        "{}() got multiple values for argument '{}'",
        call.name,
        field.name()
    ))
}

#[cold]
fn missing(call: &Call, field: Field) -> PyErr {
    PyTypeError::new_err(format!("{}() missing required argument: '{}'", call.name, field.name()))
}

#[cold]
fn mistyped(argument: &str, expected: &str) -> PyErr {
    PyTypeError::new_err(format!("{argument}: expected {expected}"))
}
