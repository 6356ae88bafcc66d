//! Account, system and credential events: what has few fields to look at.

use super::{Fault, Tables, actor};
use crate::canonical::names::Names;
use crate::decision::Invalid;
use crate::event::{Account, Credential};
use crate::matcher::rows::{Condition, Hits, Rows, Truth};
use crate::matcher::text::Tag;

/// Which rules are about every object.
pub(super) fn any<const W: usize>(rows: &Rows<'_, W>) -> Truth<W> {
    Truth::known(rows.condition(Condition::AnyObject))
}

/// What is wrong with an account.
pub(super) fn account(names: &Names, account: &Account<'_>) -> Option<Fault> {
    let code = actor::name(names, account.name).err()?;
    Some(Fault { code, required: true })
}

/// Which rules the credential satisfies, and what is wrong with it.
pub(super) fn credential<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    credential: &Credential<'_>,
) -> (Truth<W>, Option<Fault>) {
    let mut hits = Hits::NONE;
    let mut find = |tag, key: &[u8]| rows.add(tables.credentials().find(tag, key), &mut hits);
    if let Some(name) = credential.name {
        tables.names().variable(name, |name| find(Tag::Variable, name));
    }
    if let Some(id) = credential.id {
        find(Tag::AccessKey, id);
    }
    let missing = credential.name.is_none() && credential.id.is_none();
    let fault = missing.then_some(Fault { code: Invalid::MissingField, required: true });
    (any(rows).or(Truth::known(hits.listed)), fault)
}
