//! The names of an event's object, each tested on the globs of one entry.

use super::pattern::{any_below, any_matches};
use crate::canonical::names::{Form, Names, PathName, Visit};
use crate::canonical::path_linux::DELETED;
use crate::canonical::registry::{RegistryKey, VALUE};
use crate::canonical::room::with_room;
use crate::decide::MEMFD;
use crate::event::{Activity, Event, Exec, File, FileOperation, Registry, RegistryOperation};

/// Whether one of these encoded globs matches a name of the object.
pub(crate) fn any_name(names: &Names, event: &Event<'_>, globs: &[u8]) -> bool {
    let removes = matches!(
        &event.activity,
        Activity::File(file) if matches!(file.operation, FileOperation::Delete | FileOperation::Rename)
    );
    let known = |path: PathName<'_>, tree: bool| {
        let above = tree.then_some(Above::Literal);
        let mut replay = Replay { above, ..Replay::new(globs) };
        names.path(&path, &mut replay).is_ok().then_some(replay.found)
    };
    let used = |path: PathName<'_>| {
        known(path, removes).unwrap_or_else(|| {
            let mut replay = Replay::new(globs);
            names.bare(path.name, &mut replay);
            replay.found
        })
    };
    let is = |path| known(path, removes) == Some(true);
    match &event.activity {
        Activity::File(file) => {
            is(PathName::of_file(file))
                || file.requested.is_some_and(|name| used(PathName::from(name, &file.base)))
                || file.aliases.iter().any(|alias| is(PathName::new(alias)))
                || target(file).is_some_and(|target| known(target, false) == Some(true))
        }
        Activity::Exec(exec) => {
            let path = |name| PathName { program: true, ..PathName::from(name, &exec.base) };
            // A program in memory has names, of which further ones may be paths of files.
            let own = match exec.memfd || exec.path.starts_with(MEMFD) {
                true => any_last(names, exec, globs),
                false => is(PathName::of_program(exec)),
            };
            own || exec.requested.is_some_and(|name| used(path(name)))
                || exec.script.is_some_and(|name| used(path(name)))
                || exec.aliases.iter().any(|name| is(PathName::of_process(name)))
        }
        Activity::Malware(malware) => is(PathName::new(malware.path)),
        Activity::Registry(registry) => any_key(registry, globs),
        _ => false,
    }
}

/// Whether one matches the last component of a name of a program in memory.
fn any_last(names: &Names, exec: &Exec<'_>, globs: &[u8]) -> bool {
    let shown = exec.path.strip_suffix(DELETED).unwrap_or(exec.path);
    let used = [Some(shown), exec.requested, exec.script].into_iter().flatten();
    let mut last = LastName { globs, found: false };
    used.chain(exec.aliases.iter().copied()).for_each(|name| names.bare(name, &mut last));
    last.found
}

/// Whether one of these encoded globs matches the real name of the object, or that
/// of the target, in the form that names nothing else: what may be excepted or allowed.
pub(crate) fn is_real(names: &Names, event: &Event<'_>, globs: &[u8]) -> bool {
    let is = |path: PathName<'_>| is_strictly(names, &path, globs);
    match &event.activity {
        Activity::File(file) => is(PathName::of_file(file)) || target(file).is_some_and(is),
        Activity::Exec(exec) if exec.memfd || exec.path.starts_with(MEMFD) => false,
        Activity::Exec(exec) => is(PathName::of_program(exec)),
        Activity::Malware(malware) => is(PathName::new(malware.path)),
        Activity::Registry(registry) => is_key(registry, globs),
        _ => false,
    }
}

/// Whether one of these encoded globs excepts the actor's program.
pub(crate) fn is_program(names: &Names, path: &[u8], globs: &[u8]) -> bool {
    is_strictly(names, &PathName::new(path), globs)
}

fn is_strictly(names: &Names, path: &PathName<'_>, globs: &[u8]) -> bool {
    let mut replay = Replay { strict: true, ..Replay::new(globs) };
    names.path(path, &mut replay).is_ok() && replay.found
}

/// The second object, of operations that have one.
fn target<'a>(file: &'a File<'a>) -> Option<PathName<'a>> {
    let two = matches!(file.operation, FileOperation::Rename | FileOperation::Link);
    file.target.filter(|_| two).map(|target| PathName::from(target, &file.base))
}

/// Whether one matches a key or the key with its value.
fn any_key(registry: &Registry<'_>, globs: &[u8]) -> bool {
    let removes = registry.operation == RegistryOperation::Delete && registry.value.is_none();
    let length = registry.key.len().saturating_add(registry.value.map_or(0, <[u8]>::len));
    with_room(length, |room| {
        let Ok(key) = RegistryKey::read(registry.key, registry.value, room) else { return false };
        let value = key.value();
        let above = removes.then_some(Above::Wild);
        let mut replay = Replay { above, ..Replay::new(globs) };
        for name in key.names() {
            replay.visit(Form::Strict, &mut name.strict());
            if value.is_some() {
                replay.visit(Form::Strict, &mut name.strict().chain(value));
            }
            if let Some(mut loose) = name.loose() {
                if value.is_some() {
                    replay.visit(Form::Loose, &mut loose.clone().chain(value));
                }
                replay.visit(Form::Loose, &mut loose);
            }
        }
        replay.found
    })
}

/// Whether one matches every name that a key may have, alone or with its value:
/// which of them is the real one is not known.
fn is_key(registry: &Registry<'_>, globs: &[u8]) -> bool {
    let length = registry.key.len().saturating_add(registry.value.map_or(0, <[u8]>::len));
    with_room(length, |room| {
        let Ok(key) = RegistryKey::read(registry.key, registry.value, room) else { return false };
        let value = key.value();
        key.names().into_iter().all(|name| {
            any_matches(globs, name.strict(), false)
                || value.is_some() && any_matches(globs, name.strict().chain(value), false)
        })
    })
}

/// Whether one matches the name of the value that is meant, or of all below a key.
pub(crate) fn is_value(registry: &Registry<'_>, globs: &[u8]) -> bool {
    let length = registry.key.len().saturating_add(registry.value.map_or(0, <[u8]>::len));
    with_room(length, |room| {
        let Ok(key) = RegistryKey::read(registry.key, registry.value, room) else { return false };
        match key.value() {
            Some(value) => any_matches(globs, [VALUE, value].into_iter(), false),
            None => registry.operation == RegistryOperation::Delete,
        }
    })
}

/// Which directories above what is listed count.
#[derive(Clone, Copy, PartialEq)]
enum Above {
    Literal,
    Wild,
}

/// Tests globs on every form of a name.
struct Replay<'g> {
    globs: &'g [u8],
    /// What lies below is removed or renamed with it.
    above: Option<Above>,
    /// Only the form counts that names nothing else.
    strict: bool,
    found: bool,
}

impl<'g> Replay<'g> {
    fn new(globs: &'g [u8]) -> Replay<'g> {
        Replay { globs, above: None, strict: false, found: false }
    }
}

impl Visit for Replay<'_> {
    fn visit<'p>(&mut self, form: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone)) {
        let counts = !self.strict || form == Form::Strict;
        let bare = form == Form::Bare;
        let below =
            |above| any_below(self.globs, components.clone(), above == Above::Wild) && !bare;
        self.found |= counts
            && (any_matches(self.globs, components.clone(), bare) || self.above.is_some_and(below));
        // Whether the path is canonical is known only at its end.
        components.for_each(drop);
    }
}

/// Tests bare names on the last component, with and without what the kernel
/// puts before it.
struct LastName<'g> {
    globs: &'g [u8],
    found: bool,
}

impl Visit for LastName<'_> {
    fn visit<'p>(&mut self, _: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone)) {
        let Some(last) = components.last() else { return };
        for name in [Some(last), last.strip_prefix(MEMFD)].into_iter().flatten() {
            self.found |= any_matches(self.globs, core::iter::once(name), true);
        }
    }
}
