//! The names of an event's object, one by one.

use crate::canonical::path_linux::{Components, DELETED, LinuxPath, RawComponents, raw_components};
use crate::decide::MEMFD;
use crate::event::{Activity, Base, Event, FileOperation};

/// How a name is compared with patterns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Test {
    /// As a path.
    Path,
    /// As a path, of which what lies below is removed or renamed with it.
    Tree,
    /// With bare names only.
    BareNames,
}

/// Whether `found` says yes to a name of the object.
pub(crate) fn any_name<'a>(
    event: &Event<'a>,
    found: impl Fn(NameComponents<'a>, Test) -> bool,
) -> bool {
    let canonical = |name, base: &Base<'a>| {
        LinuxPath::new(name, base)
            .ok()
            .filter(|path| path.components().finish().is_ok())
            .map(|path| NameComponents::Canonical(path.components()))
    };
    let removes = matches!(
        &event.activity,
        Activity::File(file) if matches!(file.operation, FileOperation::Delete | FileOperation::Rename)
    );
    let test = if removes { Test::Tree } else { Test::Path };
    let used = |name: Option<&'a [u8]>, base: &Base<'a>| {
        name.is_some_and(|name| match canonical(name, base) {
            Some(components) => found(components, test),
            None => found(NameComponents::Raw(raw_components(name)), Test::BareNames),
        })
    };
    let known = |name, base: &Base<'a>| canonical(name, base).is_some_and(|name| found(name, test));
    match &event.activity {
        Activity::File(file) => {
            let two = matches!(file.operation, FileOperation::Rename | FileOperation::Link);
            LinuxPath::real(file.path, &file.base, file.truncated, file.deleted)
                .is_ok_and(|path| found(NameComponents::Canonical(path.components()), test))
                || used(file.requested, &file.base)
                || file.aliases.iter().any(|alias| known(alias, &Base::NONE))
                || (two
                    && file.target.is_some_and(|target| {
                        canonical(target, &file.base)
                            .is_some_and(|target| found(target, Test::Path))
                    }))
        }
        // A program in memory has names but no path.
        Activity::Exec(exec) if exec.memfd || exec.path.starts_with(MEMFD) => {
            let shown = exec.path.strip_suffix(DELETED).unwrap_or(exec.path);
            let used = [Some(shown), exec.requested, exec.script].into_iter().flatten();
            let mut names = used.chain(exec.aliases.iter().copied());
            names.any(|name| {
                let Some(last) = raw_components(name).last() else { return false };
                let plain = last.strip_prefix(MEMFD).unwrap_or(last);
                [last, plain]
                    .into_iter()
                    .any(|name| found(NameComponents::Raw(raw_components(name)), Test::BareNames))
            })
        }
        Activity::Exec(exec) => {
            LinuxPath::real(exec.path, &exec.base, exec.truncated, exec.deleted)
                .is_ok_and(|path| found(NameComponents::Canonical(path.components()), test))
                || used(exec.requested, &exec.base)
                || used(exec.script, &exec.base)
                || exec.aliases.iter().any(|alias| known(alias, &Base::NONE))
        }
        Activity::Malware(malware) => LinuxPath::new(malware.path, &Base::NONE)
            .is_ok_and(|path| found(NameComponents::Canonical(path.components()), test)),
        _ => false,
    }
}

/// The components of a name, canonical or as written.
#[derive(Clone)]
pub(crate) enum NameComponents<'a> {
    Canonical(Components<'a>),
    Raw(RawComponents<'a>),
}

impl<'a> Iterator for NameComponents<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        match self {
            NameComponents::Canonical(components) => components.next(),
            NameComponents::Raw(components) => components.next(),
        }
    }
}
