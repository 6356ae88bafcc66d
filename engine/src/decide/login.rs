//! Login events: who logs in, by user and groups.

use super::actor::{self, Conditions};
use super::{Fault, Tables};
use crate::decision::Invalid;
use crate::event::{Event, Login};
use crate::matcher::rows::{Condition, Rows, Truth};

/// The number of an outcome in `Rows::operation`.
pub(crate) const fn number(success: Option<bool>) -> usize {
    match success {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}

const GROUPS: Conditions =
    Conditions([Condition::GroupNames, Condition::GroupIds, Condition::GroupSids]);

/// Which rules the user satisfies.
///
/// What is not known about the user counts as listed for those who deny and as
/// not listed for those who allow.
pub(super) fn object<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    login: &Login<'_>,
    event: &Event<'_>,
) -> (Truth<W>, Option<Fault>) {
    let required = Fault { code: Invalid::MissingField, required: true };
    let mut fault = event.user.is_unknown().then_some(required);
    let user = actor::says(tables.names(), tables.users(), rows, &event.user, Conditions::USERS);
    fault = Fault::worse(fault, user.fault);
    let (mut found, mut lacking) = (user.listed, Truth::known(user.lacking));
    let mut in_group = Truth::NO;
    for group in event.groups {
        let group = actor::says(tables.names(), tables.groups(), rows, group, GROUPS);
        fault = Fault::worse(fault, group.fault);
        in_group = in_group.or(group.listed);
        lacking = lacking.or(Truth::known(group.lacking));
    }
    if !login.groups_complete {
        // Those that are not given could be listed.
        let could_be = GROUPS.readers(rows).and(in_group.not());
        if could_be.maybe != [0; W] {
            let code = Invalid::GroupsIncomplete;
            fault = Fault::worse(fault, Some(Fault { code, required: false }));
        }
        in_group = in_group.or(Truth::unknown(GROUPS.readers(rows).yes));
    }
    found = found.or(in_group);
    let allow_lists = Truth::known(rows.condition(Condition::AllowList));
    let denied = found.or(lacking).and(allow_lists.not());
    let not_allowed = found.not().and(allow_lists);
    let any = Truth::known(rows.condition(Condition::AnyObject));
    (any.or(denied).or(not_allowed), fault)
}
