//! Account, system and credential events: what has few fields to look at.

use super::{Fault, actor};
use crate::decision::Invalid;
use crate::event::{Account, Credential};
use crate::matcher::rows::{Condition, Rows, Truth};

/// Which rules are about every object.
pub(super) fn any<const W: usize>(rows: &Rows<'_, W>) -> Truth<W> {
    Truth::known(rows.condition(Condition::AnyObject))
}

/// What is wrong with an account.
pub(super) fn account(account: &Account<'_>) -> Option<Fault> {
    let code = actor::name(account.name).err()?;
    Some(Fault { code, required: true })
}

/// What is wrong with a credential.
pub(super) fn credential(credential: &Credential<'_>) -> Option<Fault> {
    let missing = credential.name.is_none() && credential.id.is_none();
    missing.then_some(Fault { code: Invalid::MissingField, required: true })
}
