//! Files: what each event does, to which object.
//!
//! What is opened already was asked about when it was opened; mode, owner, times and
//! attributes need no right to write, and are asked about by descriptor too.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use wardline::{Activity, Credential, File, FileOperation, Invalid, Kind};

use super::given::{self, Given, at};
use super::variables;
use super::watch::{Answer, Question, Watch, watch};
use wardline_commands::paths::{self, Object, Start};

/// An access, before its path is resolved.
struct Access<'a> {
    call: &'static str,
    operation: FileOperation,
    start: Start<'a>,
    /// A link at the end is the object itself.
    nofollow: bool,
    mode: Option<u32>,
}

impl Access<'static> {
    fn new(call: &'static str, operation: FileOperation) -> Self {
        Access { call, operation, start: Start::Here, nofollow: false, mode: None }
    }

    fn from(self, folder: &Bound<'_, PyAny>) -> Self {
        Access { start: given::start(folder), ..self }
    }

    fn nofollow(self) -> Self {
        Access { nofollow: true, ..self }
    }
}

/// The watch, if files are anything to ask about.
fn asking() -> Option<&'static Watch> {
    watch().filter(|watch| watch.asks(Kind::File) || watch.asks(Kind::Credential))
}

impl Watch {
    /// Asks about one path.
    fn access(&self, py: Python<'_>, path: &Given, access: &Access<'_>) -> Answer {
        match path {
            Given::Name(name) => self.access_name(py, name, access),
            Given::Nothing => self.access_name(py, b".", access),
            Given::Descriptor(number) => {
                let name = format!("/proc/self/fd/{number}").into_bytes();
                self.access_name(
                    py,
                    &name,
                    &Access { start: Start::Here, nofollow: false, ..*access },
                )
            }
            Given::Strange => self.ask(
                py,
                &Question {
                    call: access.call,
                    name: b"",
                    activity: Activity::Unknown(Some(Kind::File)),
                    program: None,
                    malformed: Some(Invalid::FieldType),
                },
            ),
        }
    }

    fn access_name(&self, py: Python<'_>, name: &[u8], access: &Access<'_>) -> Answer {
        let Some((real, deleted)) = real(name, access.start, access.nofollow) else {
            return Ok(());
        };
        if access.operation == FileOperation::Read {
            variables::environment_file(self, py, access.call, &real)?;
            if let Some(id) = self.key_in(&real) {
                let credential = Credential { name: None, id: Some(id) };
                let activity = Activity::Credential(credential);
                self.ask(
                    py,
                    &Question { call: access.call, name, activity, program: None, malformed: None },
                )?;
            }
        }
        let requested = paths::absolute(name, access.start);
        self.file(
            py,
            access.call,
            name,
            File {
                requested: (requested != real).then_some(requested.as_slice()),
                mode: access.mode,
                deleted,
                ..File::new(access.operation, &real)
            },
        )
    }

    pub(crate) fn file(
        &self,
        py: Python<'_>,
        call: &'static str,
        name: &[u8],
        file: File<'_>,
    ) -> Answer {
        if !self.asks(Kind::File) {
            return Ok(());
        }
        self.ask(
            py,
            &Question {
                call,
                name,
                activity: Activity::File(file),
                program: None,
                malformed: None,
            },
        )
    }

    /// Asks about a path and the second one that it gets.
    fn access_two(
        &self,
        call: &'static str,
        operation: FileOperation,
        args: &Bound<'_, PyTuple>,
    ) -> Answer {
        let [from, to] = [Given::read(&at(args, 0)), Given::read(&at(args, 1))];
        let starts = [given::start(&at(args, 2)), given::start(&at(args, 3))];
        let (Given::Name(from), Given::Name(to)) = (&from, &to) else {
            return self.access(args.py(), &Given::Strange, &Access::new(call, operation));
        };
        let (Some((path, _)), Some((target, _))) =
            (real(from, starts[0], true), real(to, starts[1], true))
        else {
            return Ok(());
        };
        let requested = paths::absolute(from, starts[0]);
        let ask = |path: &[u8]| {
            let requested = (requested != path).then_some(requested.as_slice());
            let file = File { target: Some(&target), requested, ..File::new(operation, path) };
            self.file(args.py(), call, from, file)
        };
        ask(&path)?;
        // `link` from or in a directory links what a link at the end leads to.
        match (operation == FileOperation::Link).then(|| real(from, starts[0], false)).flatten() {
            Some((followed, _)) if followed != path => ask(&followed),
            _ => Ok(()),
        }
    }
}

/// The real path, and whether it was deleted; `None` where no rule can be about it.
pub(crate) fn real(name: &[u8], start: Start<'_>, nofollow: bool) -> Option<(Vec<u8>, bool)> {
    match paths::resolve(name, start, nofollow) {
        Object::File(path) => Some((path, false)),
        Object::Deleted(path) => Some((path, true)),
        Object::Memory(_) | Object::Nameless => None,
    }
}

/// `open(path, mode, flags)`: of `os.open`, which has no mode, nobody says what a
/// relative path starts from.
pub(crate) fn open(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    let path = Given::read(&at(args, 0));
    if matches!(path, Given::Descriptor(_)) {
        return Ok(());
    }
    let flags = given::number(&at(args, 2)).unwrap_or(0);
    opened(watch, args.py(), &path, flags, Start::Here)?;
    let Given::Name(name) = &path else { return Ok(()) };
    if name.first() == Some(&b'/') || !at(args, 1).is_none() {
        return Ok(());
    }
    for folder in paths::open_folders() {
        let start = Start::Descriptor(folder);
        let creates = flags & libc::O_CREAT != 0;
        if creates || paths::exists(&paths::absolute(name, start)) {
            opened(watch, args.py(), &path, flags, start)?;
        }
    }
    Ok(())
}

/// What opening with these flags does.
fn opened(watch: &Watch, py: Python<'_>, path: &Given, flags: i32, start: Start<'_>) -> Answer {
    let access = |operation| Access { call: "open", operation, start, nofollow: false, mode: None };
    let kind = flags & libc::O_ACCMODE;
    if kind != libc::O_WRONLY {
        watch.access(py, path, &access(FileOperation::Read))?;
    }
    if kind == libc::O_RDONLY && flags & (libc::O_CREAT | libc::O_TRUNC) == 0 {
        return Ok(());
    }
    let is_new = match path {
        Given::Name(name) => {
            flags & libc::O_CREAT != 0
                && !std::fs::exists(to_path(&paths::absolute(name, start))).unwrap_or(false)
        }
        _ => false,
    };
    let operation = if is_new { FileOperation::Create } else { FileOperation::Modify };
    watch.access(py, path, &access(operation))
}

fn to_path(bytes: &[u8]) -> &std::path::Path {
    std::path::Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

fn one(args: &Bound<'_, PyTuple>, access: &Access<'_>) -> Answer {
    match asking() {
        Some(watch) => watch.access(args.py(), &Given::read(&at(args, 0)), access),
        None => Ok(()),
    }
}

/// `os.listdir` and `os.scandir`: a directory that is open was asked about.
pub(crate) fn list(args: &Bound<'_, PyTuple>) -> Answer {
    if matches!(Given::read(&at(args, 0)), Given::Descriptor(_)) {
        return Ok(());
    }
    one(args, &Access::new("listdir", FileOperation::Read))
}

pub(crate) fn remove(args: &Bound<'_, PyTuple>) -> Answer {
    one(args, &Access::new("remove", FileOperation::Delete).from(&at(args, 1)).nofollow())
}

pub(crate) fn remove_folder(args: &Bound<'_, PyTuple>) -> Answer {
    one(args, &Access::new("rmdir", FileOperation::Delete).from(&at(args, 1)).nofollow())
}

pub(crate) fn make_folder(args: &Bound<'_, PyTuple>) -> Answer {
    one(args, &Access::new("mkdir", FileOperation::Create).from(&at(args, 2)).nofollow())
}

pub(crate) fn rename(args: &Bound<'_, PyTuple>) -> Answer {
    asking().map_or(Ok(()), |watch| watch.access_two("rename", FileOperation::Rename, args))
}

pub(crate) fn link(args: &Bound<'_, PyTuple>) -> Answer {
    asking().map_or(Ok(()), |watch| watch.access_two("link", FileOperation::Link, args))
}

/// The text of a symbolic link is no path yet; its name is new.
pub(crate) fn symbolic_link(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    let access = Access::new("symlink", FileOperation::Create).from(&at(args, 2)).nofollow();
    watch.access(args.py(), &Given::read(&at(args, 1)), &access)
}

pub(crate) fn truncate(args: &Bound<'_, PyTuple>) -> Answer {
    one(args, &Access::new("truncate", FileOperation::Modify))
}

pub(crate) fn change_mode(args: &Bound<'_, PyTuple>) -> Answer {
    let mode = given::number(&at(args, 1)).and_then(|mode| u32::try_from(mode).ok());
    let access = Access::new("chmod", FileOperation::Attributes).from(&at(args, 2));
    one(args, &Access { mode, ..access })
}

pub(crate) fn change_owner(args: &Bound<'_, PyTuple>) -> Answer {
    one(args, &Access::new("chown", FileOperation::Attributes).from(&at(args, 3)))
}

pub(crate) fn change_times(args: &Bound<'_, PyTuple>) -> Answer {
    one(args, &Access::new("utime", FileOperation::Attributes).from(&at(args, 3)))
}

pub(crate) fn change_attributes(args: &Bound<'_, PyTuple>) -> Answer {
    one(args, &Access::new("setxattr", FileOperation::Attributes))
}

/// SQLite opens files itself. A name may be a URI; whether it is one, nobody says.
pub(crate) fn database(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = asking() else { return Ok(()) };
    let path = Given::read(&at(args, 0));
    let Given::Name(name) = &path else {
        return match path {
            Given::Strange => {
                watch.access(args.py(), &path, &Access::new("sqlite3.connect", FileOperation::Read))
            }
            _ => Ok(()),
        };
    };
    if name.is_empty() || name == b":memory:" {
        return Ok(());
    }
    for name in [Some(name.clone()), of_uri(name)].into_iter().flatten() {
        for operation in [FileOperation::Read, FileOperation::Modify] {
            watch.access_name(args.py(), &name, &Access::new("sqlite3.connect", operation))?;
        }
    }
    Ok(())
}

/// The path of a `file:` URI, as SQLite takes it (sqlite.org/uri.html).
fn of_uri(name: &[u8]) -> Option<Vec<u8>> {
    let rest = name.strip_prefix(b"file:")?;
    let rest = match rest.strip_prefix(b"//") {
        Some(authority) => {
            let at = authority.iter().position(|&byte| byte == b'/')?;
            authority.get(at..)?
        }
        None => rest,
    };
    let end = rest.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(rest.len());
    let mut bytes = rest.get(..end)?.iter().copied();
    let mut path = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                path.push(u8::try_from(high * 16 + low).unwrap_or(b'%'));
                bytes = ahead;
            }
            _ => path.push(byte),
        }
    }
    Some(path)
}
