//! Exec events: a program by all its names, its digest, and what it is.

use super::file::listed;
use super::names::{self, Names, Path};
use super::{Fault, Tables};
use crate::bundle::Section;
use crate::bytes::has_nul;
use crate::canonical::digest::sha256;
use crate::canonical::names::{Form, Names as Canonical, PathName, Visit, domain_and_user};
use crate::canonical::path_linux::DELETED;
use crate::canonical::room::equals_folded;
use crate::canonical::sid::Sid;
use crate::decision::Invalid;
use crate::event::{Exec, Principal};
use crate::matcher::rows::{Condition, Hits, Rows, Truth};
use crate::matcher::text::Tag;

/// Which rules the program satisfies.
pub(crate) fn object<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    exec: &Exec<'_>,
    user: &Principal<'_>,
) -> (Truth<W>, Option<Fault>) {
    let is_memory = exec.memfd || exec.path.starts_with(MEMFD);
    let (real, others, mut fault) = if is_memory {
        // It is on no allow-list whatever its name; without one, it could have any.
        let unnamed = memory_fault(exec);
        let mut others = memory_names(tables, rows, exec);
        others.fault = unnamed.or(others.fault);
        (Ok(Path::NONE), Some(others), unnamed.map(|code| Fault { code, required: true }))
    } else {
        let path = PathName::of_program(exec);
        let real = names::path(tables.names(), tables.objects(), rows, &path);
        let used = [exec.requested, exec.script];
        let others = names::others(tables, rows, &path, used, exec.aliases);
        let fault = real.as_ref().err().map(|&code| Fault { code, required: true });
        (real, others, fault)
    };
    fault = Fault::worse(fault, others.as_ref().and_then(Names::doubt));

    let allow_lists = Truth::known(rows.condition(Condition::AllowList));
    let mut denied = listed(rows, &real, others.as_ref(), false).and(allow_lists.not());
    let fileless = rows.condition(Condition::Fileless);
    if is_memory || all_names(exec).any(is_named_as_memory) {
        denied = denied.or(Truth::known(fileless));
    } else if real.is_err() {
        // `/dev/fd/3`, which `fexecve` runs, may be a memory file, as may what was cut off.
        denied = denied.or(Truth::unknown(fileless));
    }
    if let Some(digest) = exec.sha256 {
        let (found, digest_fault) = by_digest(tables, rows, digest);
        denied = denied.or(found);
        fault = Fault::worse(fault, digest_fault);
    }
    if tables.has(Section::Secrets) {
        let secrets = tables.secrets();
        let mut found = Hits::NONE;
        for argument in exec.argv {
            secrets.search(argument, |outcome| rows.add(outcome, &mut found));
        }
        denied = denied.or(Truth::known(found.listed));
    }
    let (sockets, socket_fault) = sockets(tables, rows, exec);
    denied = denied.or(sockets);
    fault = Fault::worse(fault, socket_fault);
    if allow_lists.maybe != [0; W] {
        let (not_allowed, root_fault) = not_allowed(tables, rows, &real, user);
        fault = Fault::worse(fault, root_fault);
        denied = denied.or(not_allowed.and(allow_lists));
    }
    let any = Truth::known(rows.condition(Condition::AnyObject));
    (any.or(denied), fault)
}

/// How the path of a program without a file begins.
pub(crate) const MEMFD: &[u8] = b"memfd:";

/// The path and all further names.
fn all_names<'a>(exec: &Exec<'a>) -> impl Iterator<Item = &'a [u8]> {
    [Some(exec.path)].into_iter().flatten().chain(further_names(exec))
}

fn further_names<'a>(exec: &Exec<'a>) -> impl Iterator<Item = &'a [u8]> {
    [exec.requested, exec.script].into_iter().flatten().chain(exec.aliases.iter().copied())
}

/// `/proc/<pid>/exe` shows a memory file as `/memfd:name (deleted)`, which
/// `deleted` turns into a path that looks like a file's.
fn is_named_as_memory(path: &[u8]) -> bool {
    let mut rest = path;
    while let [b'/', b'.', b'/', ..] | [b'/', b'/', ..] = rest {
        rest = rest
            .split_first()
            .map_or(&[], |(_, behind)| behind.strip_prefix(b".").unwrap_or(behind));
    }
    rest.strip_prefix(b"/").unwrap_or(rest).starts_with(MEMFD)
}

/// Why the name of a program without a file is not known, if it is not.
fn memory_fault(exec: &Exec<'_>) -> Option<Invalid> {
    match exec.path {
        _ if exec.truncated => Some(Invalid::PathTruncated),
        [] => Some(Invalid::PathEmpty),
        path if has_nul(path) => Some(Invalid::PathNul),
        _ => None,
    }
}

/// A program without a file has names, of which further ones may be those of files: of
/// what it was run by, or of its script.
fn memory_names<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    exec: &Exec<'_>,
) -> Names<W> {
    let path = PathName::of_program(exec);
    let used = [exec.requested, exec.script];
    let further = names::others(tables, rows, &path, used, exec.aliases);
    let mut all = further.unwrap_or(Names { hits: Hits::NONE, fault: None });
    let shown = exec.path.strip_suffix(DELETED).unwrap_or(exec.path);
    for name in [shown].into_iter().chain(further_names(exec)) {
        tables.names().bare(name, &mut MemoryName { tables, rows, found: &mut all.hits });
    }
    all
}

/// Looks up the last component of a name: above it there is no directory to be in.
struct MemoryName<'s, 'a, const W: usize> {
    tables: &'s Tables<'a>,
    rows: &'s Rows<'a, W>,
    found: &'s mut Hits<W>,
}

impl<const W: usize> Visit for MemoryName<'_, '_, W> {
    fn visit<'p>(&mut self, _: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone)) {
        let Some(last) = components.last() else { return };
        for name in [Some(last), last.strip_prefix(MEMFD)].into_iter().flatten() {
            let one = &mut core::iter::once(name);
            self.tables
                .objects()
                .search_names(one, &mut |outcome| self.rows.add(outcome, self.found));
        }
    }
}

fn by_digest<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    digest: &[u8],
) -> (Truth<W>, Option<Fault>) {
    match sha256(digest) {
        Ok(digest) => {
            let mut hits = Hits::NONE;
            rows.add(tables.digests().find(Tag::Digest, &digest), &mut hits);
            (Truth::known(hits.listed), None)
        }
        Err(code) => {
            let readers = rows.condition(Condition::Digests);
            (Truth::unknown(readers), fault_if_read(readers, code))
        }
    }
}

/// Which rules about programs on a socket do not except its peer.
fn sockets<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    exec: &Exec<'_>,
) -> (Truth<W>, Option<Fault>) {
    let about = rows.condition(Condition::Sockets);
    if !exec.stdio_socket || about == [0; W] {
        return (Truth::NO, None);
    }
    let Some(ip) = &exec.ip else { return (Truth::known(about), None) };
    let (peer, ip) = super::peer::address(tables, rows, ip);
    let fault =
        ip.err().and_then(|code| fault_if_read(rows.condition(Condition::ExceptNetworks), code));
    (Truth::known(about).and(peer.excepted.not()), fault)
}

/// Which allow-lists lack the real path, also the one for root.
fn not_allowed<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    real: &Result<Path<W>, Invalid>,
    user: &Principal<'_>,
) -> (Truth<W>, Option<Fault>) {
    let for_root = rows.condition(Condition::AllowRoot);
    let Ok(Path { strict, .. }) = real else { return (Truth::unknown([!0; W]), None) };
    let listed = Truth::known(strict.listed);
    let unlisted_for_root = Truth::known(for_root).and(Truth::known(strict.second).not());
    let root = if tables.names().is_windows() {
        is_system(tables.names(), user)
    } else {
        is_root(tables.names(), user)
    };
    match root {
        Ok(false) => (listed.not(), None),
        Ok(true) => (listed.not().or(unlisted_for_root), None),
        Err(code) => {
            let doubt = Truth::unknown(unlisted_for_root.yes);
            (listed.not().or(doubt), fault_if_read(for_root, code))
        }
    }
}

/// Whether the user is root or could be.
fn is_root(names: &Canonical, user: &Principal<'_>) -> Result<bool, Invalid> {
    match (user.id, user.name) {
        (Some(id), _) if id > super::actor::MAX_ID => Err(Invalid::PrincipalId),
        (Some(id), _) => Ok(id == 0),
        (None, Some(name)) => super::actor::name(names, name).map(|name| name == b"root"),
        (None, None) => Ok(true),
    }
}

/// Whether the user is the local system, root's like on Windows, or could be.
fn is_system(names: &Canonical, user: &Principal<'_>) -> Result<bool, Invalid> {
    let named = match user.name {
        Some(name) => equals_folded(domain_and_user(super::actor::name(names, name)?).1, b"SYSTEM"),
        None => user.sid.is_none(),
    };
    let identified = match user.sid {
        Some(sid) => Sid::new(sid)?.as_bytes() == b"S-1-5-18",
        None => false,
    };
    Ok(named || identified)
}

fn fault_if_read<const W: usize>(readers: [u64; W], code: Invalid) -> Option<Fault> {
    (readers != [0; W]).then_some(Fault { code, required: false })
}
