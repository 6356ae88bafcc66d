//! Libraries that are loaded into the process: by ctypes, as extension modules, by
//! SQLite, or by the loader because a variable says so.
//!
//! A library is asked about as a file that is executed and, because its code runs
//! without the hook seeing it, as a program. What belongs to the interpreter itself
//! is asked about as a file only.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use wardline::{Activity, Exec, File, FileOperation, Invalid, Kind};
use wardline_commands::libraries as loader;
use wardline_commands::paths::{self, Start};

use super::files;
use super::given::{self, Given, at};
use super::watch::{Answer, Question, Watch, watch};

/// Functions of the C library and of Python that do what the hook should see, or
/// take it away.
const AROUND: &[&str] = &[
    "PySys_AddAuditHook",
    "_PySys_ClearAuditHooks",
    "__environ",
    "bind",
    "chmod",
    "chown",
    "chroot",
    "clone",
    "clone3",
    "connect",
    "creat",
    "creat64",
    "dlmopen",
    "dlopen",
    "dlsym",
    "dlvsym",
    "environ",
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execveat",
    "execvp",
    "execvpe",
    "fchmodat",
    "fexecve",
    "fopen",
    "fopen64",
    "fork",
    "freopen",
    "freopen64",
    "getaddrinfo",
    "getenv",
    "gethostbyname",
    "gethostbyname2",
    "gethostbyname2_r",
    "gethostbyname_r",
    "lchown",
    "link",
    "linkat",
    "memfd_create",
    "mmap",
    "mmap64",
    "mount",
    "mprotect",
    "open",
    "open64",
    "open_by_handle_at",
    "openat",
    "openat2",
    "openat64",
    "pivot_root",
    "pkey_mprotect",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "putenv",
    "rename",
    "renameat",
    "renameat2",
    "secure_getenv",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setenv",
    "symlink",
    "symlinkat",
    "syscall",
    "system",
    "truncate",
    "truncate64",
    "unlink",
    "unlinkat",
    "unsetenv",
    "vfork",
];

/// Modules of which functions are replaced.
const REPLACED: &[&str] = &["_posixsubprocess", "_socket"];

/// `ctypes.dlopen(name)`. None is the process itself: nothing is loaded.
pub(crate) fn load(args: &Bound<'_, PyTuple>) -> Answer {
    named("ctypes.dlopen", &at(args, 0))
}

/// `sqlite3.load_extension(connection, path)`.
pub(crate) fn extension(args: &Bound<'_, PyTuple>) -> Answer {
    named("sqlite3.load_extension", &at(args, 1))
}

/// `import(module, filename, …)`: with a file name, an extension module.
pub(crate) fn import(args: &Bound<'_, PyTuple>) -> Answer {
    let file = at(args, 1);
    if let (Some(watch), Some(name)) = (watch(), given::text(&at(args, 0))) {
        // What a file holds is called by what stands behind the last dot.
        let own = if file.is_none() { None } else { name.rsplit(|&byte| byte == b'.').next() };
        if wardline_commands::is(REPLACED, own.unwrap_or(&name)) {
            // They are loaded, and functions of theirs replaced: again they would be as before.
            watch.around(args.py(), "import", &name)?;
        }
    }
    if file.is_none() { Ok(()) } else { named("import", &file) }
}

fn named(call: &'static str, name: &Bound<'_, PyAny>) -> Answer {
    let Some(watch) = watch() else { return Ok(()) };
    match Given::read(name) {
        Given::Name(file) => library(name.py(), watch, call, &file),
        Given::Nothing | Given::Descriptor(_) => Ok(()),
        Given::Strange => watch.ask(
            name.py(),
            &Question {
                call,
                name: b"",
                activity: Activity::Unknown(Some(Kind::Exec)),
                program: None,
                malformed: Some(Invalid::FieldType),
            },
        ),
    }
}

/// Asks about one library, by its path or by the name that the loader looks for.
fn library(py: Python<'_>, watch: &Watch, call: &'static str, name: &[u8]) -> Answer {
    let own = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default().into_encoded_bytes();
    let place = if name.contains(&b'/') {
        paths::absolute(name, Start::Here)
    } else {
        loader::found(name, &own)
    };
    let Some((real, deleted)) = files::real(&place, Start::Here, false) else {
        // A file in memory.
        return program(py, watch, call, name, &Exec { memfd: true, ..Exec::new(name) });
    };
    let requested = (place != real).then_some(place.as_slice());
    watch.file(
        py,
        call,
        name,
        File { requested, deleted, ..File::new(FileOperation::Execute, &real) },
    )?;
    if real.starts_with(&watch.libraries) && real.get(watch.libraries.len()) == Some(&b'/') {
        return Ok(());
    }
    program(py, watch, call, name, &Exec { requested, deleted, ..Exec::new(&real) })
}

fn program(
    py: Python<'_>,
    watch: &Watch,
    call: &'static str,
    name: &[u8],
    exec: &Exec<'_>,
) -> Answer {
    if !watch.asks(Kind::Exec) {
        return Ok(());
    }
    watch.ask(
        py,
        &Question { call, name, activity: Activity::Exec(*exec), program: None, malformed: None },
    )
}

/// Asks about the libraries of a variable.
pub(crate) fn listed(py: Python<'_>, watch: &Watch, call: &'static str, value: &[u8]) -> Answer {
    loader::listed(value).try_for_each(|name| library(py, watch, call, name))
}

/// `ctypes.dlsym(library, name)`: functions that do unseen what the hook should see.
pub(crate) fn symbol(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = watch() else { return Ok(()) };
    match given::text(&at(args, 1)) {
        Some(name) if goes_around(&name) => watch.around(args.py(), "ctypes.dlsym", &name),
        _ => Ok(()),
    }
}

/// Whether a function is one of [`AROUND`], by any of the names that libraries give it.
fn goes_around(name: &[u8]) -> bool {
    if wardline_commands::is(AROUND, name) {
        return true;
    }
    let mut name = name;
    for start in [b"_".as_slice(), b"_", b"libc_", b"GI_", b"Py_", b"IO_"] {
        name = name.strip_prefix(start).unwrap_or(name);
    }
    for end in [b"_chk".as_slice(), b"_nocancel", b"_noraise", b"_obj", b"_2", b"64"] {
        name = name.strip_suffix(end).unwrap_or(name);
    }
    wardline_commands::is(AROUND, name)
}
