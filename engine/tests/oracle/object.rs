//! What each control says about the object of a file or exec event.

use wardline::policy::control::{Decoy, Honeypot};
use wardline::policy::{Control, Entry as Text, Located};
use wardline::{Base, Exec, File, FileOperation, Invalid, Kind, Principal};

use super::glob::{Entry, Reach};
use super::network::{self, Peers};
use super::path::{self, Components};
use super::{Truth, and, not, or, windows, world};

/// Whether a control has a rule for a kind of event.
pub(super) fn acts_on(control: &Control, kind: Kind) -> bool {
    match control {
        Control::FileBlock(_) | Control::BlockMaliciousExecutables(_) => {
            matches!(kind, Kind::File | Kind::Exec)
        }
        Control::FileIntegrityMonitoring(_) | Control::ReadOnlyFiles(_) => kind == Kind::File,
        Control::ExecutablesBlocked(_)
        | Control::ExecutablesAllowed(_)
        | Control::FilelessExecutionBlock(_) => kind == Kind::Exec,
        Control::Honeypot(_) => {
            use Kind::{Credential, Dns, Exec, File, Network};
            matches!(kind, File | Exec | Network | Dns | Credential)
        }
        Control::Forensics(own) => own.os_user_activity && kind == Kind::Exec,
        _ => false,
    }
}

pub(super) fn required_file(file: &File<'_>) -> Option<Invalid> {
    let path = path::real(file.path, &file.base, file.truncated, file.deleted).err();
    path.or_else(|| has_target(file).then(|| target(file).err()).flatten())
}

pub(super) fn required_exec(exec: &Exec<'_>) -> Option<Invalid> {
    if is_memory(exec) {
        return memory_fault(exec);
    }
    path::real(exec.path, &exec.base, exec.truncated, exec.deleted).err()
}

fn has_target(file: &File<'_>) -> bool {
    matches!(file.operation, FileOperation::Rename | FileOperation::Link)
}

fn target(file: &File<'_>) -> Result<Components, Invalid> {
    path::canonical(file.target.ok_or(Invalid::MissingField)?, &file.base)
}

/// What an operation does to `path` and to `target`.
fn effects(operation: FileOperation) -> (Vec<FileOperation>, Vec<FileOperation>) {
    use FileOperation::{Attributes, Create, Delete, Link, Modify, Rename};
    match operation {
        Rename => (vec![Delete, Modify], vec![Create, Modify]),
        Link => (vec![Attributes, Modify], vec![Create]),
        other => (vec![other], vec![]),
    }
}

/// All that is known about the names of an object.
struct Names {
    /// `None` where there is no file and so no path.
    real: Option<Result<Components, Invalid>>,
    /// Other names with canonical form.
    others: Vec<Components>,
    /// Ends of names without one.
    ends: Vec<Components>,
    /// An alias without canonical form.
    fault: Option<Invalid>,
}

impl Names {
    fn only(real: Result<Components, Invalid>) -> Names {
        Names { real: Some(real), others: Vec::new(), ends: Vec::new(), fault: None }
    }

    fn used(mut self, names: &[Option<&[u8]>], base: &Base<'_>) -> Names {
        for name in names.iter().flatten() {
            match path::canonical(name, base) {
                Ok(path) => self.others.push(path),
                Err(_) => {
                    self.ends.push(path::trusted(name));
                    if world::is_windows() {
                        self.ends.extend(windows::trusted_stream(name).map(|stream| vec![stream]));
                    }
                }
            }
        }
        self
    }

    /// With what Win32 may take the names for.
    fn loosened(mut self, program: bool) -> Names {
        if !world::is_windows() {
            return self;
        }
        let real = self.real.iter().filter_map(|real| real.as_ref().ok());
        let all: Vec<Components> = real.chain(&self.others).cloned().collect();
        for path in &all {
            self.others.push(windows::loose(path));
            if program {
                self.ends.extend(windows::stream(path).map(|stream| vec![stream]));
            }
        }
        self
    }

    fn aliases(mut self, aliases: &[&[u8]]) -> Names {
        for alias in aliases {
            match path::canonical(alias, &Base::NONE) {
                Ok(path) => self.others.push(path),
                Err(code) => self.fault = self.fault.or(Some(code)),
            }
        }
        self
    }

    /// Whether any name is covered by the entries.
    fn any(
        &self,
        entries: &[Entry],
        reach: Reach,
        removes: bool,
        read: &mut Vec<Invalid>,
    ) -> Truth {
        if entries.is_empty() {
            return Some(false);
        }
        let covered = |path: &Components| {
            entries.iter().any(|entry| entry.covers(path, reach) || removes && entry.is_above(path))
        };
        let real = match &self.real {
            Some(real) => real.as_ref().ok().map(covered),
            None => Some(false),
        };
        let others = self.others.iter().any(covered);
        let ends =
            self.ends.iter().any(|end| entries.iter().any(|entry| entry.covers_name(end, reach)));
        read.extend(self.fault);
        let doubt = if self.fault.is_some() { None } else { Some(false) };
        or([real, Some(others), Some(ends), doubt])
    }

    /// Whether the real name is covered by the entries.
    fn real(&self, entries: &[Entry], reach: Reach) -> Truth {
        if entries.is_empty() {
            return Some(false);
        }
        let Some(real) = &self.real else { return Some(false) };
        let real = real.as_ref().ok()?;
        // What Win32 may take for another is never what an entry means.
        if world::is_windows() && windows::loose(real) != *real {
            return Some(false);
        }
        Some(entries.iter().any(|entry| entry.covers(real, reach)))
    }
}

fn entries(texts: &[Text]) -> Vec<Entry> {
    texts.iter().map(|entry| Entry::parse(&entry.text)).collect()
}

/// Whether operation and object of a file event satisfy a control.
pub(super) fn file(control: &Control, file: &File<'_>, read: &mut Vec<Invalid>) -> Option<Truth> {
    if !acts_on(control, Kind::File) {
        return None;
    }
    let (listed, excepted, reach) = match control {
        Control::FileBlock(own) => (entries(&own.paths), entries(&own.except_paths), Reach::Tree),
        Control::ReadOnlyFiles(own) => {
            (entries(&own.paths), entries(&own.except_paths), Reach::Tree)
        }
        Control::FileIntegrityMonitoring(own) => {
            let mut listed = entries(&own.paths);
            for name in &own.presets {
                let preset = {
                    use wardline::policy::preset::{LINUX, WINDOWS, find};
                    find(if world::is_windows() { WINDOWS } else { LINUX }, &name.text)
                }
                .expect("a known preset");
                listed.extend(preset.paths.iter().map(|path| Entry::parse(path)));
            }
            (listed, entries(&own.except_paths), Reach::Entries)
        }
        Control::BlockMaliciousExecutables(own) => {
            (entries(&own.directories), vec![], Reach::Below)
        }
        Control::Honeypot(own) => (entries(&decoy_files(own)), vec![], Reach::Exact),
        _ => return None,
    };
    let executable = file.mode.is_some_and(|mode| mode & 0o111 != 0);
    let acts = |effect: &FileOperation, on_path: bool| match control {
        Control::ReadOnlyFiles(_) => {
            !matches!(effect, FileOperation::Read | FileOperation::Execute)
        }
        Control::FileIntegrityMonitoring(own) => {
            own.operations.iter().any(|one| one.value == *effect)
        }
        Control::BlockMaliciousExecutables(_) => {
            // Of the event's own operation, not of a link's effect on its path.
            let appears = if on_path {
                file.operation == *effect
                    && matches!(effect, FileOperation::Create | FileOperation::Attributes)
            } else {
                *effect == FileOperation::Create
            };
            executable && appears
        }
        _ => true,
    };
    let violates =
        |names: &Names, effects: &[FileOperation], on_path: bool, read: &mut Vec<Invalid>| {
            let removes = on_path
                && matches!(file.operation, FileOperation::Delete | FileOperation::Rename)
                && !matches!(control, Control::BlockMaliciousExecutables(_));
            and([
                Some(effects.iter().any(|effect| acts(effect, on_path))),
                names.any(&listed, reach, removes, read),
                not(names.real(&excepted, reach)),
            ])
        };
    let (on_path, on_target) = effects(file.operation);
    let real = path::real(file.path, &file.base, file.truncated, file.deleted);
    let names =
        Names::only(real).used(&[file.requested], &file.base).aliases(file.aliases).loosened(false);
    let mut truth = violates(&names, &on_path, true, read);
    if has_target(file) {
        let names = Names::only(target(file)).loosened(false);
        truth = or([truth, violates(&names, &on_target, false, read)]);
    }
    Some(truth)
}

/// Whether the program of an exec event satisfies a control.
pub(super) fn exec(
    control: &Control,
    peers: &Peers,
    exec: &Exec<'_>,
    user: &Principal<'_>,
    read: &mut Vec<Invalid>,
) -> Truth {
    let names = program_names(exec);
    match control {
        Control::BlockCryptocurrencyMining(_) => {
            names.any(&entries(&network::programs(peers)), Reach::Exact, false, read)
        }
        Control::ReverseShellBlock(_) => network::socket(peers, exec, read),
        Control::Honeypot(own) => {
            let secrets: Vec<&[u8]> = own.decoys.iter().filter_map(secret).collect();
            let holds = |argument: &&[u8]| {
                let inside =
                    |secret: &&[u8]| argument.windows(secret.len()).any(|part| part == *secret);
                secrets.iter().any(inside)
            };
            let named = names.any(&entries(&decoy_files(own)), Reach::Exact, false, read);
            or([named, Some(exec.argv.iter().any(holds))])
        }
        Control::FileBlock(own) => and([
            names.any(&entries(&own.paths), Reach::Tree, false, read),
            not(names.real(&entries(&own.except_paths), Reach::Tree)),
        ]),
        Control::BlockMaliciousExecutables(own) => {
            names.any(&entries(&own.directories), Reach::Below, false, read)
        }
        Control::ExecutablesBlocked(own) => {
            let named = names.any(&entries(&own.executables), Reach::Exact, false, read);
            or([named, has_digest(exec, &own.sha256, read)])
        }
        Control::ExecutablesAllowed(own) => {
            let listed = |list: &[Text]| names.real(&entries(list), Reach::Exact);
            let for_root = own
                .root_executables
                .as_ref()
                .map_or(Some(false), |list| and([is_root(user, read), not(listed(list))]));
            or([not(listed(&own.executables)), for_root])
        }
        Control::FilelessExecutionBlock(_) => {
            let mut names = vec![exec.path];
            names.extend(exec.requested.into_iter().chain(exec.script));
            names.extend(exec.aliases);
            match is_memory(exec) || names.into_iter().any(is_named_as_memory) {
                true => Some(true),
                // A path that is not understood may be a memory file's.
                false => required_exec(exec).map_or(Some(false), |_| None),
            }
        }
        _ => Some(true),
    }
}

fn decoy_files(own: &Honeypot) -> Vec<Text> {
    let file = |decoy: &Located<Decoy>| match &decoy.value {
        Decoy::File(file) => Some(file.path.clone()),
        _ => None,
    };
    own.decoys.iter().filter_map(file).collect()
}

/// What must not stand in arguments.
fn secret(decoy: &Located<Decoy>) -> Option<&[u8]> {
    match &decoy.value {
        Decoy::AccessKey(key) => Some(key.secret.as_ref()?.text.as_bytes()),
        Decoy::Environment(variable) => Some(variable.value.as_ref()?.text.as_bytes()),
        _ => None,
    }
}

fn is_memory(exec: &Exec<'_>) -> bool {
    exec.memfd || exec.path.starts_with(b"memfd:")
}

/// Whether the name is that of a program without a file, or as `/proc/<pid>/exe` shows it.
fn is_named_as_memory(name: &[u8]) -> bool {
    let first = path::components(name).into_iter().next();
    let shown = name.starts_with(b"/") && first.is_some_and(|first| first.starts_with(b"memfd:"));
    shown || name.starts_with(b"memfd:")
}

fn program_names(exec: &Exec<'_>) -> Names {
    let used = [exec.requested, exec.script];
    if !is_memory(exec) {
        let real = path::real(exec.path, &exec.base, exec.truncated, exec.deleted);
        return Names::only(real).used(&used, &exec.base).aliases(exec.aliases).loosened(true);
    }
    // No file, so no directory: only the last component of each name counts,
    // with and without what the kernel puts before it.
    let shown = Some(path::without_deleted(exec.path));
    let all = [shown].into_iter().chain(used).flatten().chain(exec.aliases.iter().copied());
    let mut lasts: Vec<Vec<u8>> =
        all.clone().filter_map(|name| path::trusted(name).pop()).collect();
    if world::is_windows() {
        lasts.extend(all.filter_map(windows::trusted_stream));
    }
    let bare = lasts.iter().filter_map(|last| last.strip_prefix(b"memfd:").map(<[u8]>::to_vec));
    let ends = lasts.iter().cloned().chain(bare).map(|last| vec![last]).collect();
    let names = Names { real: None, others: Vec::new(), ends, fault: memory_fault(exec) };
    // Other names may be those of files.
    names.used(&used, &exec.base).aliases(exec.aliases).loosened(true)
}

/// A program without a file must have a name that is whole.
fn memory_fault(exec: &Exec<'_>) -> Option<Invalid> {
    if exec.truncated {
        Some(Invalid::PathTruncated)
    } else if exec.path.is_empty() {
        Some(Invalid::PathEmpty)
    } else if exec.path.contains(&0) {
        Some(Invalid::PathNul)
    } else {
        None
    }
}

fn has_digest(exec: &Exec<'_>, list: &[Text], read: &mut Vec<Invalid>) -> Truth {
    if list.is_empty() {
        return Some(false);
    }
    let Some(digest) = exec.sha256 else { return Some(false) };
    if digest.len() != 64 || !digest.iter().all(u8::is_ascii_hexdigit) {
        read.push(Invalid::Sha256);
        return None;
    }
    Some(list.iter().any(|entry| entry.text.as_bytes().eq_ignore_ascii_case(digest)))
}

/// Whether the user is root or may be.
fn is_root(user: &Principal<'_>, read: &mut Vec<Invalid>) -> Truth {
    if world::is_windows() {
        return is_system(user, read);
    }
    match (user.id, user.name) {
        (Some(id), _) if id > 4_294_967_294 => {
            read.push(Invalid::PrincipalId);
            None
        }
        (Some(id), _) => Some(id == 0),
        (None, Some(name)) if name.is_empty() || name.contains(&0) => {
            read.push(Invalid::PrincipalName);
            None
        }
        (None, Some(name)) => Some(name == b"root"),
        (None, None) => Some(true),
    }
}

/// Whether the user is the local system or may be.
fn is_system(user: &Principal<'_>, read: &mut Vec<Invalid>) -> Truth {
    if let Some(name) = user.name {
        if super::login::bad_name(name) {
            read.push(Invalid::PrincipalName);
            return None;
        }
        if windows::is_account("SYSTEM", name, false) && super::login::is_sid(user.sid) {
            return Some(true);
        }
    }
    if !super::login::is_sid(user.sid) {
        read.push(Invalid::PrincipalSid);
        return None;
    }
    Some(match user.sid {
        Some(sid) => sid.eq_ignore_ascii_case(b"S-1-5-18"),
        None => user.name.is_none(),
    })
}
