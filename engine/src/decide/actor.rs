//! Who acts: the conditions on user and process.
//!
//! What is not known satisfies a restriction and no exception, so that
//! ignorance never weakens a rule. What is invalid leaves open whether it does.

use super::names;
use super::{Fault, Tables};
use crate::canonical::path_linux::LinuxPath;
use crate::decision::Invalid;
use crate::event::{Base, Principal, Process};
use crate::matcher::rows::{Condition, Hits, Rows, Truth};
use crate::matcher::text::Tag;

/// The largest user or group id; 4294967295 means "none" to the kernel.
pub(crate) const MAX_ID: u64 = 4_294_967_294;

/// Which rules the user satisfies.
pub(crate) fn user<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    user: &Principal<'_>,
) -> (Truth<W>, Option<Fault>) {
    if tables.users.is_empty() {
        return (Truth::YES, None);
    }
    let mut restricted = Truth::known(rows.condition(Condition::AnyUser));
    let mut excepted = Truth::NO;
    let mut fault = None;
    let id_bytes;
    let parts = [
        (Tag::Name, user.name.map(name), Condition::UserNames, Condition::ExceptUserNames),
        (
            Tag::Id,
            match user.id.map(id) {
                Some(Ok(bytes)) => {
                    id_bytes = bytes;
                    Some(Ok(&id_bytes[..]))
                }
                Some(Err(code)) => Some(Err(code)),
                None => None,
            },
            Condition::UserIds,
            Condition::ExceptUserIds,
        ),
        (Tag::Sid, user.sid.map(Ok), Condition::UserSids, Condition::ExceptUserSids),
    ];
    for (tag, key, only, except) in parts {
        match key {
            None => restricted = restricted.or(Truth::known(rows.condition(only))),
            Some(Ok(key)) => {
                let mut hits = Hits::NONE;
                rows.add(tables.users.find(tag, key), &mut hits);
                restricted = restricted.or(Truth::known(hits.listed));
                excepted = excepted.or(Truth::known(hits.excepted));
            }
            Some(Err(code)) => {
                let only = Truth::unknown(rows.condition(only));
                let except = Truth::unknown(rows.condition(except));
                if only.or(except).maybe != [0; W] {
                    fault = Fault::worse(fault, Some(Fault { code, required: false }));
                }
                restricted = restricted.or(only);
                excepted = excepted.or(except);
            }
        }
    }
    (restricted.and(excepted.not()), fault)
}

/// Which rules the process satisfies. One without canonical path is unknown.
pub(crate) fn process<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    process: &Process<'_>,
) -> Truth<W> {
    if !tables.restricts_processes {
        return Truth::YES;
    }
    let path = process.path.ok_or(Invalid::PathEmpty);
    let path = path.and_then(|path| LinuxPath::new(path, &Base::NONE));
    match names::real(tables.processes, rows, path) {
        Ok(hits) => {
            let restricted = Truth::known(rows.condition(Condition::AnyProcess));
            let restricted = restricted.or(Truth::known(hits.listed));
            restricted.and(Truth::known(hits.excepted).not())
        }
        Err(_) => Truth::YES,
    }
}

/// The key of a name.
pub(crate) fn name(name: &[u8]) -> Result<&[u8], Invalid> {
    // A loop, not `contains`: core's memchr has a path to a panic that stays linked.
    let has_nul = name.iter().fold(false, |found, &byte| found | (byte == 0));
    if name.is_empty() || has_nul { Err(Invalid::PrincipalName) } else { Ok(name) }
}

/// The key of an id.
pub(crate) fn id(id: u64) -> Result<[u8; 4], Invalid> {
    if id > MAX_ID {
        return Err(Invalid::PrincipalId);
    }
    Ok((id as u32).to_le_bytes())
}
