//! What controls over time remember: everything.

use std::collections::BTreeMap;

use wardline::policy::Throttle;
use wardline::policy::control::{
    BruteForceLoginDetection, Honeypot, LoginKey, PortScanDetection, QuarantineActor,
};
use wardline::{Action, Activity, Base, Direction, Event, Invalid, Kind};

use super::RuleName;
use super::network::Peers;
use super::peer;

/// What is known of who acts, what counts first first.
fn actor(wanted: QuarantineActor, event: &Event<'_>) -> Vec<Option<String>> {
    let address = match &event.activity {
        Activity::Network(network) => network.ip,
        Activity::Exec(exec) => exec.ip,
        Activity::Login(login) => login.source,
        _ => None,
    };
    let address = address.and_then(|address| peer::ip(&address).ok());
    let pid = event.process.pid.map(|pid| format!("process {pid}"));
    let path = event.process.path.and_then(|path| super::path::canonical(path, &Base::NONE).ok());
    let path = path.map(|path| format!("program {path:?}"));
    let source = address.map(|ip| format!("source {ip}"));
    match wanted {
        QuarantineActor::Program => vec![path, pid],
        QuarantineActor::Source => vec![source, pid, path],
        _ => vec![pid, path],
    }
}

/// Whether one who acts may be the one who touched a decoy.
fn may_be(touched: &[Option<String>], acts: &[Option<String>]) -> bool {
    for pair in touched.iter().zip(acts) {
        if let (Some(touched), Some(acts)) = pair {
            return touched == acts;
        }
    }
    // Nothing tells them apart. If nothing at all is known, nobody else is meant.
    touched.iter().any(Option::is_some) || acts.iter().all(Option::is_none)
}

/// What was known of who touched a decoy, and when.
type Touch = (Vec<Option<String>>, Option<u64>);

/// Every failure, by rule and key.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    keys: BTreeMap<(RuleName, String), Kept>,
    /// Who touched the decoys of a rule, and when.
    touches: BTreeMap<RuleName, Vec<Touch>>,
    /// When each port and host was tried last, by rule and key.
    scans: BTreeMap<(RuleName, String), Tried>,
    /// Every audit of a throttled rule, by rule and kind of event.
    reports: BTreeMap<(RuleName, Kind), Reported>,
}

#[derive(Clone, Debug, Default)]
struct Reported {
    /// The times of those that were reported, by window.
    windows: Vec<Vec<i128>>,
    /// Those that were not, since one was.
    suppressed: usize,
}

/// What throttles say about the rules that match an event.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// All of them have reported enough.
    pub all_over: bool,
    /// How many were suppressed before.
    pub before: usize,
}

impl Told {
    /// Nobody was asked.
    pub const ALL: Told = Told { all_over: false, before: 0 };
}

#[derive(Clone, Debug, Default)]
struct Tried {
    ports: BTreeMap<u16, i128>,
    hosts: BTreeMap<String, i128>,
    alerted: Alerted,
}

impl Tried {
    /// Leaves of ports or hosts those that were tried last, one more than are too many.
    fn latest<K: Ord + Clone>(tried: &mut BTreeMap<K, i128>, limit: u64) {
        let mut by_time: Vec<(i128, K)> = tried.iter().map(|(k, at)| (*at, k.clone())).collect();
        by_time.sort();
        let surplus = by_time.len().saturating_sub(limit as usize + 1);
        by_time.iter().take(surplus).for_each(|(_, key)| {
            tried.remove(key);
        });
    }
}

#[derive(Clone, Debug, Default)]
struct Kept {
    /// The latest by their stamps.
    failures: Vec<i128>,
    alerted: Alerted,
}

/// The stamp of the last event that led to an alert, and the latest stamp that was
/// ever counted for one.
#[derive(Clone, Copy, Debug, Default)]
struct Alerted {
    by: Option<i128>,
    latest: Option<i128>,
}

impl Alerted {
    /// Whether something follows from it for a span: before either stamp or after.
    fn lasts(&self, now: i128, span: u64) -> bool {
        let near = |then: i128| (now - then).abs() < i128::from(span);
        self.by.is_some_and(near) || self.latest.is_some_and(near)
    }

    /// Alerts again. What is a window or more ahead counts as now from then on.
    fn again<'t>(&mut self, now: i128, window: u64, counted: impl Iterator<Item = &'t mut i128>) {
        self.by = Some(now);
        self.latest = self.latest.max(Some(now));
        for then in counted {
            self.latest = self.latest.max(Some(*then));
            if *then - now >= i128::from(window) {
                *then = now;
            }
        }
    }
}

/// What a login is, after those before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    pub blocked: bool,
    pub alert: bool,
    /// Why it cannot be said.
    pub fault: Option<Invalid>,
}

impl Memory {
    /// Reports the audits among the rules that match an event.
    pub fn reports(
        &mut self,
        matched: &[(RuleName, Action, Option<&Throttle>)],
        event: &Event<'_>,
    ) -> Told {
        let mut told = Told { all_over: !matched.is_empty(), before: 0 };
        let now = event.time.filter(|&time| time <= i64::MAX as u64).map(i128::from);
        for (rule, action, throttle) in matched {
            let (Some(throttle), Action::Audit, Some(kind)) =
                (throttle, action, event.activity.kind())
            else {
                told.all_over = false;
                continue;
            };
            let known = self.reports.entry((rule.clone(), kind)).or_default();
            let mut report = |known: &mut Reported| {
                told.all_over = false;
                told.before += std::mem::take(&mut known.suppressed);
            };
            let Some(now) = now else {
                report(known);
                continue;
            };
            match known.windows.last_mut() {
                Some(window) if (now - window[0]).abs() < i128::from(throttle.window) => {
                    if (window.len() as u64) < throttle.max_alerts {
                        window.push(now);
                        report(known);
                    }
                }
                _ => {
                    known.windows.push(vec![now]);
                    report(known);
                }
            }
        }
        told
    }

    /// Remembers that an event which a rule decided is not reported.
    pub fn suppress(&mut self, rule: &RuleName, event: &Event<'_>) {
        let kind = event.activity.kind().expect("a rule is of a kind");
        self.reports.get_mut(&(rule.clone(), kind)).expect("it has reported").suppressed += 1;
    }

    /// Whether somebody tries too many ports or hosts.
    pub fn scan(&mut self, rule: &RuleName, own: &PortScanDetection, event: &Event<'_>) -> Found {
        let mut found = Found::default();
        let Activity::Network(network) = &event.activity else { return found };
        if network.direction == Direction::Listen {
            return found;
        }
        let Some(now) = event.time.filter(|&time| time <= i64::MAX as u64).map(i128::from) else {
            found.fault = Some(Invalid::Time);
            return found;
        };
        let ip = network.ip.and_then(|ip| peer::ip(&ip).ok());
        let inbound = network.direction == Direction::Inbound;
        let key = match ip {
            _ if !inbound => {
                let known = actor(QuarantineActor::Process, event);
                known.into_iter().flatten().next().unwrap_or_default()
            }
            Some(ip) if ip.is_ipv6() => peer::masked(ip, 64).to_string(),
            ip => format!("{ip:?}"),
        };
        let tried = self.scans.entry((rule.clone(), format!("{inbound} {key}"))).or_default();
        let later = |known: Option<&i128>| known.map_or(now, |known| now.max(*known));
        if let Some(port) = network.port {
            let at = later(tried.ports.get(&port));
            tried.ports.insert(port, at);
        }
        let named = |name: &[u8]| match peer::Host::new(name) {
            peer::Host::Address(ip) => ip.to_string(),
            peer::Host::Name(name) => format!("{name:?}"),
            peer::Host::Number | peer::Host::Wrong => format!("wrong {name:?}"),
        };
        let host = ip.map(|ip| ip.to_string()).or(network.domain.map(named));
        if let Some(host) = host.filter(|_| !inbound) {
            let at = later(tried.hosts.get(&host));
            tried.hosts.insert(host, at);
        }
        Tried::latest(&mut tried.ports, own.max_ports);
        Tried::latest(&mut tried.hosts, own.max_hosts);
        let window = i128::from(own.window);
        let recent = |times: &mut dyn Iterator<Item = &i128>| {
            times.filter(|then| now - **then < window).count() as u64
        };
        let too_many = recent(&mut tried.ports.values()) > own.max_ports
            || recent(&mut tried.hosts.values()) > own.max_hosts;
        if too_many && !tried.alerted.lasts(now, own.window) {
            let counted = tried.ports.values_mut().chain(tried.hosts.values_mut());
            tried.alerted.again(now, own.window, counted);
            found.alert = true;
        }
        found
    }

    /// Whether the actor of an event is refused it; and quarantines it, if it
    /// has touched a decoy.
    pub fn quarantine(
        &mut self,
        rule: &RuleName,
        own: &Honeypot,
        touched: bool,
        event: &Event<'_>,
    ) -> bool {
        let now = event.time.filter(|&time| time <= i64::MAX as u64);
        let acts = actor(own.quarantine.actor, event);
        let kind = event.activity.kind();
        let refused = own.quarantine.block.iter().any(|one| Some(one.value) == kind);
        let touches = self.touches.entry(rule.clone()).or_default();
        let quarantined = touches.iter().any(|(who, since)| {
            let lasts = match (now, since, own.quarantine.duration) {
                (Some(now), Some(since), Some(duration)) => {
                    i128::from(now) - i128::from(*since) < i128::from(duration)
                }
                _ => true,
            };
            lasts && may_be(who, &acts)
        });
        if touched {
            touches.push((acts, now));
        }
        refused && quarantined
    }

    pub fn login(
        &mut self,
        rule: &RuleName,
        own: &BruteForceLoginDetection,
        peers: &Peers,
        event: &Event<'_>,
    ) -> Found {
        let mut found = Found::default();
        let Activity::Login(login) = &event.activity else { return found };
        let failed = login.success == Some(false);
        if !failed && own.block_for.is_none() {
            return found;
        }
        let source = match login.source.as_ref().map(peer::ip) {
            Some(Ok(ip)) if peers.excepts(ip) => return found,
            Some(Ok(ip)) if ip.is_ipv6() => peer::masked(ip, own.ipv6_prefix as u8).to_string(),
            Some(Ok(ip)) => ip.to_string(),
            Some(Err(code)) => {
                found.fault = Some(code);
                "none".to_owned()
            }
            None => "none".to_owned(),
        };
        let Some(now) = event.time.filter(|&time| time <= i64::MAX as u64) else {
            // Of two faults the one with the lower code is told.
            found.fault = found.fault.or(Some(Invalid::Time));
            return found;
        };
        let now = i128::from(now);
        let user = match (event.user.name, event.user.id) {
            (Some(name), _) if super::world::is_windows() => {
                format!("name {:?}", super::windows::account(name))
            }
            (Some(name), _) => format!("name {name:?}"),
            (None, Some(id)) => format!("id {id}"),
            // One that is no identifier is at least itself.
            (None, None) => match event.user.sid {
                Some(sid) if super::login::is_sid(Some(sid)) => {
                    format!("sid {:?}", sid.to_ascii_uppercase())
                }
                sid => format!("sid {sid:?}"),
            },
        };
        let key = match own.key {
            LoginKey::Source => source,
            LoginKey::User => user,
            _ => format!("{source} {user}"),
        };
        let kept = self.keys.entry((rule.clone(), key)).or_default();
        found.blocked = own.block_for.is_some_and(|span| kept.alerted.lasts(now, span));
        if failed {
            let max = own.max_failures as usize;
            kept.failures.push(now);
            kept.failures.sort_unstable_by(|a, b| b.cmp(a));
            kept.failures.truncate(max);
            let too_many = kept.failures.len() == max
                && kept.failures.iter().all(|then| now - then < i128::from(own.window));
            // Whoever is no longer blocked is blocked again.
            let cooldown = own.cooldown.unwrap_or(own.window);
            let silence = own.block_for.map_or(cooldown, |span| span.min(cooldown));
            if too_many && !kept.alerted.lasts(now, silence) {
                kept.alerted.again(now, own.window, kept.failures.iter_mut());
                found.alert = true;
            }
        }
        found
    }
}
