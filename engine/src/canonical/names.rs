//! The names of files and accounts in the forms they are compared in, on either
//! platform.
//!
//! Whoever looks names up gives a [`Visit`]: forms live on the stack, so they
//! cannot be returned.

use super::path_linux::{self, LinuxPath};
use super::path_windows::{self, WindowsPath};
use super::plain::Plain;
use super::room::{equals_folded, with_room};
use super::volumes::Volumes;
use crate::binding::Binding;
use crate::bundle::Platform;
use crate::decision::Invalid;
use crate::error::LoadError;
use crate::event::{Base, Exec, File};
use crate::matcher::text::Tag;

/// How names are read: what the bundle and the binding say.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    platform: Platform,
    volumes: Volumes,
    /// The target's `host.name` in upper case, on Windows, and its length.
    host: ([u8; MAX_HOST], usize),
}

/// Longer than any name of a Windows host.
const MAX_HOST: usize = 256;

/// Which form of a name this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// The one that names this object only.
    Strict,
    /// Likewise, but Win32 may open another: for rules that deny.
    Doubtful,
    /// One that may name another object too: for rules that deny.
    Loose,
    /// No path: bare names are compared with its components.
    Bare,
}

/// Looks a name up.
pub(crate) trait Visit {
    fn visit<'p>(&mut self, form: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone));

    /// Likewise the strict and only form of a path that is [`Plain`].
    #[inline]
    fn visit_plain(&mut self, path: &Plain<'_>) {
        let mut components = (0..path.len()).filter_map(|index| path.component(index));
        self.visit(Form::Strict, &mut components);
    }
}

/// A path as an event has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathName<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) base: &'a Base<'a>,
    pub(crate) truncated: bool,
    pub(crate) deleted: bool,
    /// It is run: a named stream of it is a program, too.
    pub(crate) program: bool,
}

impl<'a> PathName<'a> {
    /// A path that is absolute by itself.
    pub(crate) fn new(name: &'a [u8]) -> Self {
        PathName::from(name, &Base::NONE)
    }

    /// That of the program that somebody runs.
    pub(crate) fn of_process(path: &'a [u8]) -> Self {
        PathName { program: true, ..PathName::new(path) }
    }

    /// A name as a process in `base` would use it.
    pub(crate) fn from(name: &'a [u8], base: &'a Base<'a>) -> Self {
        PathName { name, base, truncated: false, deleted: false, program: false }
    }

    /// The real name of a file.
    pub(crate) fn of_file(file: &'a File<'a>) -> Self {
        let File { truncated, deleted, .. } = *file;
        PathName { truncated, deleted, ..PathName::from(file.path, &file.base) }
    }

    /// The real name of a program.
    pub(crate) fn of_program(exec: &'a Exec<'a>) -> Self {
        let Exec { truncated, deleted, .. } = *exec;
        PathName { truncated, deleted, program: true, ..PathName::from(exec.path, &exec.base) }
    }
}

impl Names {
    pub(crate) fn new(platform: Platform, binding: &Binding<'_>) -> Result<Names, LoadError> {
        let volumes = Volumes::new(binding.volumes)
            .map_err(|index| LoadError::Volume { index: index as u32 })?;
        let mut host = ([0; MAX_HOST], 0);
        let mut target = binding.target.unwrap_or(&[]).iter();
        if let Some((_, name)) = target.find(|(name, _)| *name == "host.name")
            && platform == Platform::Windows
        {
            with_room(name.len(), |room| {
                room.push_folded(name.as_bytes());
                let name = room.get().unwrap_or(&[]);
                if name.len() <= MAX_HOST {
                    host.0.iter_mut().zip(name).for_each(|(place, byte)| *place = *byte);
                    host.1 = name.len();
                }
            });
        }
        Ok(Names { platform, volumes, host })
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.platform == Platform::Windows
    }

    /// Visits the forms of a path: the strict or doubtful one first, then those that
    /// differ.
    ///
    /// What was visited counts only if this returns `Ok`.
    #[inline]
    pub(crate) fn path(&self, path: &PathName<'_>, visit: &mut impl Visit) -> Result<(), Invalid> {
        if self.is_windows() {
            return self.windows_path(path, visit);
        }
        // Of an absolute path, only the root can be a base.
        let as_it_is = !path.truncated && !path.deleted && path.base.root.is_none();
        let mut plain = Plain::unread(path.name);
        if as_it_is && plain.read().is_some() {
            visit.visit_plain(&plain);
            return Ok(());
        }
        self.linux_path(path, visit)
    }

    #[inline(never)]
    fn linux_path(&self, path: &PathName<'_>, visit: &mut impl Visit) -> Result<(), Invalid> {
        let linux = LinuxPath::real(path.name, path.base, path.truncated, path.deleted)?;
        let mut components = linux.components();
        visit.visit(Form::Strict, &mut components);
        components.finish()
    }

    #[inline(never)]
    fn windows_path(&self, path: &PathName<'_>, visit: &mut impl Visit) -> Result<(), Invalid> {
        if path.truncated {
            return Err(Invalid::PathTruncated);
        }
        let bases = [path.base.cwd, path.base.dirfd_path].map(|base| base.map_or(0, <[u8]>::len));
        let longest = bases.into_iter().max().unwrap_or(0).saturating_add(path.name.len());
        with_room(longest.saturating_add(self.volumes.longest()), |room| {
            let windows = WindowsPath::read(path.name, path.base, &self.volumes, room)?;
            match windows.loose() {
                None => visit.visit(Form::Strict, &mut windows.strict()),
                Some(mut loose) => {
                    visit.visit(Form::Doubtful, &mut windows.strict());
                    visit.visit(Form::Loose, &mut loose);
                }
            }
            if let Some(stream) = windows.stream().filter(|_| path.program) {
                visit.visit(Form::Bare, &mut core::iter::once(stream));
            }
            Ok(())
        })
    }

    /// Visits a name that has no canonical form: enough to test bare names on it.
    pub(crate) fn bare(&self, name: &[u8], visit: &mut impl Visit) {
        if !self.is_windows() {
            return visit.visit(Form::Bare, &mut path_linux::raw_components(name));
        }
        with_room(name.len(), |room| {
            visit.visit(Form::Bare, &mut path_windows::raw_components(name, room));
        });
        with_room(name.len(), |room| {
            if let Some(stream) = path_windows::raw_stream(name, room) {
                visit.visit(Form::Bare, &mut core::iter::once(stream));
            }
        });
    }

    /// Whether a path has a canonical form.
    pub(crate) fn is_canonical(&self, name: &[u8]) -> bool {
        self.path(&PathName::new(name), &mut Nothing).is_ok()
    }

    /// Gives the key of an environment variable, in whose name case does not count on
    /// Windows.
    pub(crate) fn variable(&self, name: &[u8], found: impl FnOnce(&[u8])) {
        if !self.is_windows() {
            return found(name);
        }
        with_room(name.len(), |room| {
            room.push_folded(name);
            room.get().map(found)
        });
    }

    /// Gives every key that a user or group of this name is listed under.
    pub(crate) fn account(&self, name: &[u8], mut found: impl FnMut(Tag, &[u8])) {
        if !self.is_windows() {
            return found(Tag::Name, name);
        }
        let host = self.host.0.get(..self.host.1).unwrap_or(&[]);
        let (domain, user) = domain_and_user(name);
        let domain = domain.filter(|domain| !is_this_host(domain));
        with_room(user.len(), |room| {
            room.push_folded(user);
            room.get().map(|user| found(Tag::Account, user))
        });
        match domain {
            Some(domain) if !equals_folded(domain, host) => {
                qualified(domain, user, |key| found(Tag::Name, key));
            }
            // An account of this host, however that is written.
            _ => {
                qualified(b".", user, |key| found(Tag::Name, key));
                if !host.is_empty() {
                    qualified(host, user, |key| found(Tag::Name, key));
                }
            }
        }
        // Without the host's name, any domain could be it.
        let known = !host.is_empty();
        let here = match domain.map(computer) {
            Some(name) if known && !equals_folded(name, computer(host)) => return,
            Some(name) => name,
            None => computer(host),
        };
        for name in [b".", here] {
            qualified(name, user, |key| found(Tag::Here, key));
        }
    }
}

/// Whether what stands for a domain is this host: nothing, or a dot.
pub(crate) fn is_this_host(domain: &[u8]) -> bool {
    matches!(domain, b"" | b".")
}

/// What the computer of this name is called as a domain: a NetBIOS name, the
/// first 15 bytes of the first label.
///
/// Source: Microsoft Learn, "Naming conventions in Active Directory".
pub(crate) fn computer(name: &[u8]) -> &[u8] {
    let end = name.iter().position(|&byte| byte == b'.').unwrap_or(name.len()).min(15);
    match name.get(..end) {
        None | Some([]) => name,
        Some(label) => label,
    }
}

/// The parts of `DOMAIN\name`.
pub(crate) fn domain_and_user(name: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match name.iter().position(|&byte| byte == b'\\').and_then(|at| name.split_at_checked(at)) {
        Some((domain, user)) => (Some(domain), user.get(1..).unwrap_or(&[])),
        None => (None, name),
    }
}

/// Gives `DOMAIN\NAME`.
fn qualified(domain: &[u8], user: &[u8], found: impl FnOnce(&[u8])) {
    with_room(domain.len().saturating_add(user.len()), |room| {
        room.push_folded(domain);
        room.push(b'\\');
        room.push_folded(user);
        if let Some(key) = room.get() {
            found(key);
        }
    });
}

/// Visits nothing.
struct Nothing;

impl Visit for Nothing {
    fn visit<'p>(&mut self, _: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone)) {
        components.for_each(drop);
    }
}
