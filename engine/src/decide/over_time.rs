//! Controls over time: what an event means after those before it.

use super::throttled::{self, Throttled};
use super::who::{Set, Who};
use super::{Asks, Fault, Tables, Tally, peer};
use crate::bundle::{Layout, Section};
use crate::bytes::u32_at;
use crate::canonical::address::Ip;
use crate::canonical::domain::{Host, Suffix};
use crate::canonical::names::Names;
use crate::canonical::sid::Sid;
use crate::decide::rule::Rule;
use crate::decision::{Action, Invalid, RuleId};
use crate::event::{Activity, Direction, Event, Kind, Login, Network, Principal};
use crate::matcher::address::mask;
use crate::matcher::rows::Rows;
use crate::matcher::text::Tag;
use crate::state::Alert;
use crate::state::Hash;
use crate::state::failures::{Count, fail, is_blocked};
use crate::state::quarantine::{Term, is_quarantined, is_traced, shut_in, trace, traced};
use crate::state::scan::connect;
use crate::state::seen::{self, Short};
use crate::state::table::Keep;
use crate::watch::{DecoyWatch, LoginKey, LoginWatch, QuarantineActor, decoys, logins, scans};

/// What a state was told by one event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) alert: Option<Alert>,
    pub(crate) overload: bool,
}

/// What a rule over time makes of an event before any other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// It counts the event, or refuses it after others.
    Counts,
    /// The event's source is excepted.
    Excepted,
    /// A field is missing without which nothing can be counted.
    Lacks(Invalid),
}

/// What one rule makes of an event; `None` if that does not depend on others.
pub(crate) fn reading(
    tables: &Tables<'_>,
    layout: &Layout,
    event: &Event<'_>,
    rule: usize,
) -> Option<Reading> {
    let watches = layout.shared(tables.bundle, Section::Watches);
    let in_time = match event.known_time() {
        Some(_) => Reading::Counts,
        None => Reading::Lacks(Invalid::Time),
    };
    match &event.activity {
        Activity::Login(login) => {
            let watch = logins(watches).find(|watch| watch.rule == rule)?;
            is_about(&watch, login).then(|| match login.source.as_ref().map(Ip::new) {
                Some(Ok(ip)) if is_excepted(tables, rule, ip) => Reading::Excepted,
                // Of two faults the one with the lower code is told: `Fault::worse`.
                Some(Err(code)) => match in_time {
                    Reading::Lacks(time) => Reading::Lacks(time.min(code)),
                    _ => Reading::Lacks(code),
                },
                _ => in_time,
            })
        }
        Activity::Network(network) if scans(watches).any(|watch| watch.rule == rule) => {
            is_scanned(network).then_some(in_time)
        }
        activity => {
            let kind = activity.kind()?;
            let mut decoys = decoys(watches);
            let watch = decoys.find(|watch| watch.kind == kind as u8 && watch.rule == rule)?;
            refuses(&watch, kind).then_some(Reading::Counts)
        }
    }
}

/// Whether a control counts or refuses such a login.
fn is_about(watch: &LoginWatch, login: &Login<'_>) -> bool {
    login.success == Some(false) || watch.limits.block_for.is_some()
}

/// Whether ports and hosts of such a connection are counted.
fn is_scanned(network: &Network<'_>) -> bool {
    network.direction != Direction::Listen
}

/// Whether who is quarantined by a control is refused events of a kind.
fn refuses(watch: &DecoyWatch, kind: Kind) -> bool {
    watch.blocks.wrapping_shr(kind as u32) & 1 == 1
}

/// Judges the controls over time.
pub(super) fn judge(
    tally: &mut Tally<'_, '_>,
    bundle: &[u8],
    layout: &Layout,
    keep: &mut impl Keep,
    throttled: &mut Throttled<'_>,
) -> Told {
    let mut told = Told::default();
    decoys_touched(tally, (bundle, layout), keep, throttled, &mut told);
    let event = tally.event;
    let login = match &event.activity {
        Activity::Login(login) => login,
        Activity::Network(network) => {
            scanned(tally, (bundle, layout), network, keep, throttled, &mut told);
            return told;
        }
        _ => return told,
    };
    let tables = Tables::new(bundle, layout, tally.bound, Kind::Login);
    for watch in logins(layout.shared(bundle, Section::Watches)) {
        let Some(rule) = Rule::read(tables.rules(), watch.rule) else { continue };
        if tally.bound.applies(rule.scope) {
            let id = RuleId(layout.first_rule(Kind::Login).wrapping_add(watch.rule as u32));
            login_watch(tally, &tables, (&watch, &rule, id), login, keep, throttled, &mut told);
        }
    }
    told
}

/// Counts the ports and hosts that an inbound source or a process tries.
fn scanned(
    tally: &mut Tally<'_, '_>,
    (bundle, layout): (&[u8], &Layout),
    network: &Network<'_>,
    keep: &mut impl Keep,
    throttled: &mut Throttled<'_>,
    told: &mut Told,
) {
    let tables = Tables::new(bundle, layout, tally.bound, Kind::Network);
    let ip = network.ip.as_ref().and_then(|ip| Ip::new(ip).ok());
    for watch in scans(layout.shared(bundle, Section::Watches)) {
        let Some(rule) = Rule::read(tables.rules(), watch.rule) else { continue };
        if !is_scanned(network) || !tally.bound.applies(rule.scope) {
            continue;
        }
        let id = RuleId(layout.first_rule(Kind::Network).wrapping_add(watch.rule as u32));
        let Some(now) = tally.time() else {
            tally.doubt(id, &rule, Fault { code: Invalid::Time, required: false });
            continue;
        };
        let mut hash = Hash::new(keep.seed());
        hash.add(&watch.identity.to_le_bytes());
        let inbound = network.direction == Direction::Inbound;
        if inbound {
            hash.add(&[1]);
            add_source(&mut hash, ip, 64);
        } else {
            let who = Who::new(tables.names(), QuarantineActor::Process, tally.event);
            hash.add(&[2]);
            who.hash(who.first(), Set::default(), &mut hash);
        }
        let key = hash.finish();
        let value = |fill: &dyn Fn(&mut Hash)| {
            let mut hash = Hash::new(keep.seed());
            fill(&mut hash);
            u32_at(&hash.finish(), 0)
        };
        let port = network.port.map(|port| value(&|hash| hash.add(&port.to_le_bytes())));
        // From outside there is one host: this one.
        let host = match (inbound, ip, network.domain.map(Host::new)) {
            (true, _, _) | (_, None, None) => None,
            (_, Some(ip), _) | (_, None, Some(Ok(Host::Address(ip)))) => {
                Some(value(&|hash| add_source(hash, Some(ip), 128)))
            }
            (_, None, Some(Ok(Host::Name(name)))) => {
                let [seed, _] = keep.seed();
                Some(value(&|hash| {
                    let mut whole = |suffix: Suffix<'_>| hash.add(&suffix.hash.to_le_bytes());
                    name.suffixes(seed, |suffix| {
                        if suffix.is_whole() {
                            whole(suffix)
                        }
                    });
                }))
            }
            (_, None, Some(Err(_))) => {
                Some(value(&|hash| hash.add_field(network.domain.unwrap_or(&[]))))
            }
        };
        let outcome = keep.with(&key, |table| {
            connect(table, (&key, watch.identity), &watch.limits, now, port, host)
        });
        told.overload |= outcome.overload.0;
        if let Some(count) = outcome.alert {
            tally.matched(id, Action::Audit, Action::Audit);
            throttled.note(id);
            told.alert = told.alert.or(Some(Alert::new(id, count, 0)));
        }
    }
}

/// Refuses what a quarantined actor does, and quarantines who touches a decoy.
fn decoys_touched(
    tally: &mut Tally<'_, '_>,
    (bundle, layout): (&[u8], &Layout),
    keep: &mut impl Keep,
    throttled: &mut Throttled<'_>,
    told: &mut Told,
) {
    let Some(kind) = tally.event.activity.kind() else { return };
    let tables = Tables::new(bundle, layout, tally.bound, kind);
    let now = tally.time();
    for watch in decoys(layout.shared(bundle, Section::Watches)) {
        let Some(rule) = Rule::read(tables.rules(), watch.rule) else { continue };
        if watch.kind != kind as u8 || !tally.bound.applies(rule.scope) {
            continue;
        }
        let judged = super::judge::<1>(&tables, watch.rule / 64, tally.event, Asks::Everything);
        let [yes] = judged.truth.yes;
        let touched = yes.wrapping_shr((watch.rule % 64) as u32) & 1 == 1;
        // Without a time, a policy that is yet to enforce is taken to, unless doubt audits.
        let doubt = tally.bound.fail_action(Action::Block);
        let action = tally.bound.cap(rule.action(now).unwrap_or(doubt));
        let enforces = action == Action::Block;
        let id = RuleId(layout.first_rule(kind).wrapping_add(watch.rule as u32));
        let who = Who::new(tables.names(), watch.actor, tally.event);
        let seed = keep.seed();
        let key = |kind, before| {
            let mut hash = Hash::new(seed);
            hash.add(&watch.identity.to_le_bytes());
            who.hash(kind, before, &mut hash);
            hash.finish()
        };
        let quarantined = refuses(&watch, kind)
            && who.may_be(|kind, before| {
                let key = key(kind, before);
                if before.is_empty() {
                    keep.with(&key, |table| is_quarantined(table, &key, now))
                } else {
                    let mut traced = keep.with(&key, |table| traced(table, &key));
                    traced
                        .any(|trace| keep.with(trace.key(), |table| is_traced(table, &trace, now)))
                }
            });
        if touched && enforces {
            let actor = key(who.first(), Set::default());
            let term = Term { since: now, duration: watch.duration };
            who.each_known(|kind, before| {
                let key = key(kind, before);
                let entry = (&key, watch.identity);
                let overload = keep.with(&key, |table| match before.is_empty() {
                    true => shut_in(table, entry, &who.shown(), term),
                    false => trace(table, entry, &actor, term),
                });
                told.overload |= overload.0;
            });
        }
        if quarantined {
            if !touched {
                let now = if enforces { Action::Block } else { Action::Audit };
                tally.matched(id, now, Action::Block);
                throttled.note(id);
            }
            if enforces {
                tally.quarantined = tally.quarantined.or(Some(id));
            }
        }
    }
}

fn login_watch(
    tally: &mut Tally<'_, '_>,
    tables: &Tables<'_>,
    (watch, rule, id): (&LoginWatch, &Rule, RuleId),
    login: &Login<'_>,
    keep: &mut impl Keep,
    throttled: &mut Throttled<'_>,
    told: &mut Told,
) {
    if !is_about(watch, login) {
        return;
    }
    let failed = login.success == Some(false);
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
    let names = tables.names();
    let key = key(names, seed, watch, source, user);
    let other = if failed { other(names, seed, watch, source, user) } else { None };
    // One look at the table, so that one lock is held once.
    let (blocked, outcome) = keep.with(&key, |table| {
        let blocked = is_blocked(table, &key, &watch.limits, now);
        let counted =
            failed.then(|| fail(table, (&key, watch.identity), &watch.limits, now, other));
        (blocked, counted.unwrap_or_default())
    });
    told.overload |= outcome.overload.0;
    if let Some(Count { count, others, seen }) = outcome.alert {
        told.alert = told.alert.or(Some(Alert { rule: id, count, others, seen }));
    }
    let (action, intent) = if blocked {
        (rule.action(Some(now)).unwrap_or(Action::Block), rule.intent())
    } else if outcome.alert.is_some() {
        (Action::Audit, Action::Audit)
    } else {
        return;
    };
    tally.matched(id, action, intent);
    throttled.note(id);
}

/// Whether a source does not count for a rule.
fn is_excepted(tables: &Tables<'_>, rule: usize, ip: Ip) -> bool {
    let rows: Rows<'_, 1> = tables.window(rule / 64);
    let [word] = peer::excepts(tables, &rows, ip);
    word.wrapping_shr((rule % 64) as u32) & 1 == 1
}

/// The key that a login counts under.
fn key(
    names: &Names,
    seed: [u64; 2],
    watch: &LoginWatch,
    source: Option<Ip>,
    user: &Principal<'_>,
) -> [u8; 16] {
    let mut hash = Hash::new(seed);
    hash.add(&watch.identity.to_le_bytes());
    if watch.key != LoginKey::User {
        add_source(&mut hash, source, watch.ipv6_prefix);
    }
    if watch.key != LoginKey::Source {
        add_user(names, &mut hash, user);
    }
    hash.finish()
}

/// The other side of a login than the one it counts under.
fn other(
    names: &Names,
    seed: [u64; 2],
    watch: &LoginWatch,
    source: Option<Ip>,
    user: &Principal<'_>,
) -> Option<Short> {
    let mut hash = Hash::new(seed);
    match watch.key {
        LoginKey::Source => {
            add_user(names, &mut hash, user);
            Some(seen::user(user, hash.finish()))
        }
        LoginKey::User => {
            add_source(&mut hash, source, watch.ipv6_prefix);
            let network = source.map(|ip| match ip {
                Ip::V6(bits) => Ip::V6(mask(bits, watch.ipv6_prefix)),
                ip => ip,
            });
            Some(seen::source(network, hash.finish()))
        }
        LoginKey::SourceAndUser => None,
    }
}

/// Adds a source; without one, that there is none.
pub(super) fn add_source(hash: &mut Hash, source: Option<Ip>, ipv6_prefix: u8) {
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
fn add_user(names: &Names, hash: &mut Hash, user: &Principal<'_>) {
    match (user.name, user.id, user.sid) {
        (Some(name), _, _) => {
            hash.add(&[1]);
            // The one name that every spelling of the account has.
            let mut first = true;
            names.account(name, |tag, key| {
                if tag == Tag::Name && core::mem::take(&mut first) {
                    hash.add_field(key);
                }
            });
        }
        (None, Some(id), _) => {
            hash.add(&[2]);
            hash.add(&id.to_le_bytes());
        }
        (None, None, Some(sid)) => {
            hash.add(&[3]);
            match Sid::new(sid) {
                Ok(sid) => hash.add_field(sid.as_bytes()),
                Err(_) => hash.add_field(sid),
            }
        }
        (None, None, None) => hash.add(&[0]),
    }
}

/// Whether some rule of a bundle counts under an identity, also one that does not apply to
/// this target: the next target may be another, and nothing about the control changed.
pub(crate) fn knows(bundle: &[u8], layout: &Layout, identity: u64) -> bool {
    let watches = layout.shared(bundle, Section::Watches);
    logins(watches).any(|watch| watch.identity == identity)
        || decoys(watches).any(|watch| watch.identity == identity)
        || scans(watches).any(|watch| watch.identity == identity)
        || throttled::rules(bundle, layout).any(|(_, own)| own == identity)
}
