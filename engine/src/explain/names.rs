//! The names of an event's object, one by one.

use crate::canonical::path_linux::{Components, DELETED, LinuxPath, RawComponents, raw_components};
use crate::decide::MEMFD;
use crate::event::{Activity, Base, Event, FileOperation};

/// Whether `found` says yes to a name of the object: its components, and
/// whether only bare names may be tested on them.
pub(crate) fn any_name<'a>(
    event: &Event<'a>,
    found: impl Fn(NameComponents<'a>, bool) -> bool,
) -> bool {
    let canonical = |name, base: &Base<'a>| {
        LinuxPath::new(name, base)
            .ok()
            .filter(|path| path.components().finish().is_ok())
            .map(|path| NameComponents::Canonical(path.components()))
    };
    let used = |name: Option<&'a [u8]>, base: &Base<'a>| {
        name.is_some_and(|name| match canonical(name, base) {
            Some(components) => found(components, false),
            None => found(NameComponents::Raw(raw_components(name)), true),
        })
    };
    let known = |name, base: &Base<'a>| canonical(name, base).is_some_and(|name| found(name, false));
    match &event.activity {
        Activity::File(file) => {
            let two = matches!(file.operation, FileOperation::Rename | FileOperation::Link);
            LinuxPath::real(file.path, &file.base, file.truncated, file.deleted)
                .is_ok_and(|path| found(NameComponents::Canonical(path.components()), false))
                || used(file.requested, &file.base)
                || file.aliases.iter().any(|alias| known(alias, &Base::NONE))
                || (two && file.target.is_some_and(|target| known(target, &file.base)))
        }
        // A program in memory has names but no path.
        Activity::Exec(exec) if exec.memfd || exec.path.starts_with(MEMFD) => {
            let shown = exec.path.strip_suffix(DELETED).unwrap_or(exec.path);
            let used = [Some(shown), exec.requested, exec.script].into_iter().flatten();
            let mut names = used.chain(exec.aliases.iter().copied());
            names.any(|name| {
                let Some(last) = raw_components(name).last() else { return false };
                let plain = last.strip_prefix(MEMFD).unwrap_or(last);
                [last, plain].into_iter().any(|name| found(NameComponents::Raw(raw_components(name)), true))
            })
        }
        Activity::Exec(exec) => {
            LinuxPath::real(exec.path, &exec.base, exec.truncated, exec.deleted)
                .is_ok_and(|path| found(NameComponents::Canonical(path.components()), false))
                || used(exec.requested, &exec.base)
                || used(exec.script, &exec.base)
                || exec.aliases.iter().any(|alias| known(alias, &Base::NONE))
        }
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
