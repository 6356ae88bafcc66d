//! Controls over time: what an event means after those before it.

use super::{Fault, Tables, Tally, peer};
use crate::binding::Bound;
use crate::bundle::{Layout, Section};
use crate::canonical::address::Ip;
use crate::decide::rule::Rule;
use crate::decision::{Action, Invalid, RuleId};
use crate::event::{Activity, Kind, Login, Principal};
use crate::matcher::address::mask;
use crate::matcher::rows::Rows;
use crate::state::Alert;
use crate::state::Hash;
use crate::state::failures::{fail, is_blocked};
use crate::state::table::Keep;
use crate::watch::{LoginKey, LoginWatch, logins};

/// What a state was told by one event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) alert: Option<Alert>,
    pub(crate) overload: bool,
}

/// Judges the controls over time.
pub(super) fn judge<F: FnMut(RuleId)>(
    tally: &mut Tally<'_, F>,
    bundle: &[u8],
    layout: &Layout,
    keep: &mut impl Keep,
) -> Told {
    let mut told = Told::default();
    let Activity::Login(login) = &tally.event.activity else { return told };
    let tables = Tables::new(bundle, layout, Kind::Login);
    for watch in logins(layout.shared(bundle, Section::Watches)) {
        let Some(rule) = Rule::read(tables.rules(), watch.rule) else { continue };
        if tally.bound.applies(rule.scope) {
            let id = RuleId(layout.first_rule(Kind::Login).wrapping_add(watch.rule as u32));
            login_watch(tally, &tables, (&watch, &rule, id), login, keep, &mut told);
        }
    }
    told
}

fn login_watch<F: FnMut(RuleId)>(
    tally: &mut Tally<'_, F>,
    tables: &Tables<'_>,
    (watch, rule, id): (&LoginWatch, &Rule, RuleId),
    login: &Login<'_>,
    keep: &mut impl Keep,
    told: &mut Told,
) {
    let failed = login.success == Some(false);
    if !failed && watch.limits.block_for.is_none() {
        return;
    }
    let source = match login.source.as_ref().map(Ip::new) {
        None => None,
        Some(Ok(ip)) => {
            if is_excepted(tables, watch.rule, ip) {
                return;
            }
            Some(ip)
        }
        Some(Err(code)) => {
            // It could be any, an excepted one too: it counts for itself.
            tally.doubt(id, rule, Fault { code, required: false });
            None
        }
    };
    let Some(now) = tally.time() else {
        tally.doubt(id, rule, Fault { code: Invalid::Time, required: false });
        return;
    };
    let user = &tally.event.user;
    let seed = keep.seed();
    let key = key(seed, watch, source, user);
    let other = if failed { other(seed, watch, source, user) } else { None };
    // One look at the table, so that one lock is held once.
    let (blocked, outcome) = keep.with(&key, |table| {
        let blocked = is_blocked(table, &key, &watch.limits, now);
        let counted =
            failed.then(|| fail(table, (&key, watch.identity), &watch.limits, now, other));
        (blocked, counted.unwrap_or_default())
    });
    told.overload |= outcome.overload.0;
    if let Some(failures) = outcome.alert {
        told.alert = told.alert.or(Some(Alert { rule: id, failures }));
    }
    if blocked {
        let action = rule.action(Some(now)).unwrap_or(Action::Block);
        tally.matched(id, action, rule.intent());
    } else if outcome.alert.is_some() {
        tally.matched(id, Action::Audit, Action::Audit);
    }
}

/// Whether a source does not count for a rule.
fn is_excepted(tables: &Tables<'_>, rule: usize, ip: Ip) -> bool {
    let rows: Rows<'_, 1> = tables.window(rule / 64);
    let [word] = peer::excepts(tables, &rows, ip);
    word.wrapping_shr((rule % 64) as u32) & 1 == 1
}

/// The key that a login counts under.
fn key(seed: [u64; 2], watch: &LoginWatch, source: Option<Ip>, user: &Principal<'_>) -> [u8; 16] {
    let mut hash = Hash::new(seed);
    hash.add(&watch.identity.to_le_bytes());
    if watch.key != LoginKey::User {
        add_source(&mut hash, source, watch.ipv6_prefix);
    }
    if watch.key != LoginKey::Source {
        add_user(&mut hash, user);
    }
    hash.finish()
}

/// The other side of a login than the one it counts under.
fn other(
    seed: [u64; 2],
    watch: &LoginWatch,
    source: Option<Ip>,
    user: &Principal<'_>,
) -> Option<[u8; 16]> {
    let mut hash = Hash::new(seed);
    match watch.key {
        LoginKey::Source => add_user(&mut hash, user),
        LoginKey::User => add_source(&mut hash, source, watch.ipv6_prefix),
        LoginKey::SourceAndUser => return None,
    }
    Some(hash.finish())
}

/// Adds a source; without one, that there is none.
fn add_source(hash: &mut Hash, source: Option<Ip>, ipv6_prefix: u8) {
    match source {
        None => hash.add(&[0]),
        Some(Ip::V4(bits)) => {
            hash.add(&[4]);
            hash.add(&bits.to_be_bytes());
        }
        Some(Ip::V6(bits)) => {
            hash.add(&[6]);
            hash.add(&mask(bits, ipv6_prefix).to_be_bytes());
        }
    }
}

/// Adds a user by the first of its names that is known.
fn add_user(hash: &mut Hash, user: &Principal<'_>) {
    match (user.name, user.id, user.sid) {
        (Some(name), _, _) => {
            hash.add(&[1]);
            hash.add_field(name);
        }
        (None, Some(id), _) => {
            hash.add(&[2]);
            hash.add(&id.to_le_bytes());
        }
        (None, None, Some(sid)) => {
            hash.add(&[3]);
            hash.add_field(sid);
        }
        (None, None, None) => hash.add(&[0]),
    }
}

/// Whether some rule of a bundle counts under an identity.
pub(crate) fn knows(bundle: &[u8], layout: &Layout, bound: &Bound, identity: u64) -> bool {
    let tables = Tables::new(bundle, layout, Kind::Login);
    logins(layout.shared(bundle, Section::Watches)).any(|watch| {
        let rule = Rule::read(tables.rules(), watch.rule);
        watch.identity == identity && rule.is_some_and(|rule| bound.applies(rule.scope))
    })
}
