//! The oracle: decides events straight from the typed policies,
//! obviously right and slow.
//!
//! It shares the types of policies and events with the engine and nothing of
//! its canonicalisation or matching. Every condition is three-valued: `None`
//! where a field that it reads is invalid.
#![allow(unreachable_pub, reason = "each test file includes this module and uses a part of it")]

mod glob;
mod login;
mod memory;
mod network;
mod object;
mod path;
mod peer;
mod registry;
mod windows;
pub mod world;

use wardline::policy::control::{Actors, MalwareResponse, PrincipalName};
use wardline::policy::scope::Expression;
use wardline::policy::{Control, Policy, Throttle};
use wardline::{
    Action, Activity, Base, Decision, Engine, Event, Fail, Invalid, Kind, Mode, Platform,
    Principal, Process, Reason, Remediation, RuleId,
};

use glob::{Entry, Reach};
pub use memory::Memory;
use memory::Told;
pub use network::Contents;
use network::Peers;
use world::World;

/// Policies as bound to a target.
#[derive(Debug)]
pub struct Oracle<'p> {
    policies: &'p [Policy],
    /// What each control of each policy lists, looked up once.
    peers: Vec<Vec<Peers>>,
    target: Vec<(String, String)>,
    fail: Fail,
    mode_cap: Mode,
    world: World,
}

/// What the oracle says about an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    pub action: Action,
    pub intent: Action,
    pub reason: &'static str,
    pub code: Option<Invalid>,
    pub rule: Option<RuleName>,
    pub matched: Vec<RuleName>,
    /// The file is to be deleted.
    pub delete: bool,
    /// Nobody needs to be told.
    pub suppressed: bool,
    /// How many were suppressed and are told with this one.
    pub suppressed_before: usize,
}

impl Answer {
    /// A decision of an engine in the same words.
    #[allow(dead_code, reason = "not every test file compares")]
    pub fn of<B: AsRef<[u8]>>(
        engine: &Engine<B>,
        event: &Event<'_>,
        decision: &Decision,
    ) -> Answer {
        let name = |rule: RuleId| {
            let rule = engine.rule(rule).unwrap();
            (rule.policy.to_owned(), rule.control.as_str().to_owned())
        };
        let mut rules = [RuleId::from_number(0); 32];
        let count = engine.matches(event, &mut rules);
        assert!(count <= decision.matched as usize);
        let code = match decision.reason {
            Reason::InvalidEvent(code) => Some(code),
            _ => None,
        };
        Answer {
            action: decision.action,
            intent: decision.intent,
            reason: decision.reason.as_str(),
            code,
            rule: decision.rule.map(name),
            matched: rules[..count].iter().copied().map(name).collect(),
            delete: decision.remediation == Remediation::Delete,
            suppressed: decision.suppressed,
            suppressed_before: decision.suppressed_before as usize,
        }
    }
}

/// Policy and control.
pub type RuleName = (String, String);

/// True, false, or not known.
type Truth = Option<bool>;

/// What a rule says: whether it matches, and which faults it may have read.
struct Judged {
    truth: Truth,
    read: Vec<Invalid>,
}

/// The strongest action so far and the first rule with it.
#[derive(Clone)]
struct Best {
    action: Action,
    intent: Action,
    rule: Option<RuleName>,
}

impl Best {
    const NONE: Best = Best { action: Action::Allow, intent: Action::Allow, rule: None };

    fn add(&mut self, rule: &RuleName, action: Action, intent: Action) {
        if action > self.action {
            self.action = action;
            self.rule = Some(rule.clone());
        }
        self.intent = self.intent.max(intent);
    }
}

impl<'p> Oracle<'p> {
    pub fn new(
        policies: &'p [Policy],
        contents: &Contents,
        target: &[(&str, &str)],
        fail: Fail,
        mode_cap: Mode,
    ) -> Self {
        let peers = |policy: &Policy| {
            let controls = policy.controls.iter();
            controls.map(|control| Peers::new(policy, &control.value, contents)).collect()
        };
        let peers = policies.iter().map(peers).collect();
        let target: Vec<(String, String)> =
            target.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let host = target.iter().find(|(name, _)| name == "host.name");
        let host = host.map(|(_, name)| name.clone());
        let windows = policies.iter().any(|policy| policy.platform == Platform::Windows);
        let world = World { windows, volumes: Vec::new(), host };
        Oracle { policies, peers, target, fail, mode_cap, world }
    }

    /// With the drives of devices.
    #[allow(dead_code, reason = "few test files have volumes")]
    pub fn with_volumes(mut self, volumes: &[(&str, &str)]) -> Self {
        let owned = |&(device, drive): &(&str, &str)| (device.into(), drive.into());
        self.world.volumes = volumes.iter().map(owned).collect();
        self
    }

    /// The canonical form of a path in its strict form: its components, on
    /// Windows with the root as the first.
    #[allow(dead_code, reason = "only fuzzers ask")]
    pub fn components(&self, name: &[u8], base: &Base<'_>) -> Result<Vec<Vec<u8>>, Invalid> {
        world::enter(&self.world);
        path::canonical(name, base)
    }

    /// The components that deny-type rules compare: on Windows, what Win32
    /// drops is left out.
    #[allow(dead_code, reason = "only fuzzers ask")]
    pub fn denied_components(&self, name: &[u8], base: &Base<'_>) -> Result<Vec<Vec<u8>>, Invalid> {
        let path = self.components(name, base)?;
        Ok(if world::is_windows() { windows::loose(&path) } else { path })
    }

    #[allow(dead_code, reason = "each test file uses one or the other")]
    pub fn decide(&self, event: &Event<'_>) -> Answer {
        self.decide_with(&mut Memory::default(), event)
    }

    /// Decides an event after those that `memory` keeps, and keeps it.
    pub fn decide_with(&self, memory: &mut Memory, event: &Event<'_>) -> Answer {
        world::enter(&self.world);
        let malformed = match (event.malformed, &event.activity) {
            (None, Activity::Unknown(_)) => Some(Invalid::UnknownKind),
            (code, _) => code,
        };
        let required = malformed.or_else(|| required_fault(event));
        let mut optional: Vec<Invalid> = Vec::new();
        let (mut certain, mut doubtful) = (Best::NONE, Best::NONE);
        let mut matched = Vec::new();
        // What the match of each comes to, with the throttle of its policy.
        let mut audits: Vec<(RuleName, Action, Option<&Throttle>)> = Vec::new();
        let mut delete = false;
        let mut quarantined = None;
        let policies = self.policies.iter().zip(&self.peers);
        for (policy, peers) in policies.filter(|(policy, _)| policy.enabled) {
            for (control, peers) in policy.controls.iter().zip(peers) {
                let control = &control.value;
                let Some(judged) = judge(control, peers, event) else { continue };
                optional.extend(judged.read);
                if !self.applies(policy) {
                    continue;
                }
                let rule = (policy.name.text.clone(), control.spec().name.to_owned());
                let throttle = policy.throttle.as_ref();
                if let Control::BruteForceLoginDetection(own) = control {
                    let found = memory.login(&rule, own, peers, event);
                    if found.blocked {
                        let action = mode(policy, event).unwrap_or(Action::Block);
                        certain.add(&rule, self.cap(action), Action::Block);
                        matched.push(rule.clone());
                        audits.push((rule.clone(), self.cap(action), throttle));
                    } else if found.alert {
                        certain.add(&rule, Action::Audit, Action::Audit);
                        matched.push(rule.clone());
                        audits.push((rule.clone(), Action::Audit, throttle));
                    }
                    optional.extend(found.fault);
                    if found.fault.is_some() || malformed.is_some() {
                        let blocks = own.block_for.is_some();
                        let intent = if blocks { Action::Block } else { Action::Audit };
                        let now = mode(policy, event).unwrap_or(Action::Block).min(intent);
                        doubtful.add(&rule, self.fail(self.cap(now)), self.fail(intent));
                    }
                    continue;
                }
                let truth = match judged.truth {
                    Some(true) => Some(true),
                    _ if malformed.is_some() => None,
                    other => other,
                };
                let intent = if may_block(control, event) { Action::Block } else { Action::Audit };
                let action =
                    if intent == Action::Audit { Some(intent) } else { mode(policy, event) };
                if let Control::PortScanDetection(own) = control {
                    let found = memory.scan(&rule, own, event);
                    if found.alert {
                        certain.add(&rule, Action::Audit, Action::Audit);
                        matched.push(rule.clone());
                        audits.push((rule.clone(), Action::Audit, throttle));
                    }
                    optional.extend(found.fault);
                    if found.fault.is_some() || malformed.is_some() {
                        doubtful.add(&rule, Action::Audit, Action::Audit);
                    }
                    continue;
                }
                if let Control::Honeypot(own) = control {
                    let enforces =
                        self.cap(action.unwrap_or(self.fail(Action::Block))) == Action::Block;
                    let touched = truth == Some(true) && enforces;
                    let quarantined_now = memory.quarantine(&rule, own, touched, event);
                    if quarantined_now && enforces {
                        quarantined = quarantined.or(Some(rule.clone()));
                    }
                    if quarantined_now && truth != Some(true) {
                        let now = if enforces { Action::Block } else { Action::Audit };
                        certain.add(&rule, now, Action::Block);
                        matched.push(rule.clone());
                        audits.push((rule.clone(), now, throttle));
                    }
                }
                if truth == Some(true) {
                    let now = self.cap(action.unwrap_or(Action::Audit));
                    certain.add(&rule, now, intent);
                    delete |= now == Action::Block && deletes(control) && required.is_none();
                    matched.push(rule.clone());
                    audits.push((rule.clone(), now, throttle));
                    if action.is_none() {
                        optional.push(Invalid::Time);
                    }
                }
                if truth.is_none() || truth == Some(true) && action.is_none() {
                    let action = self.fail(self.cap(action.unwrap_or(Action::Block)));
                    doubtful.add(&rule, action, self.fail(intent));
                }
            }
        }
        if required.is_some() {
            doubtful.action = doubtful.action.max(Action::Audit);
            doubtful.intent = doubtful.intent.max(Action::Audit);
        }
        // Of faults in optional fields, the one with the lowest code.
        optional.sort_unstable();
        let code = required.or(optional.first().copied());
        let intent = certain.intent.max(doubtful.intent);
        // What is told in any case uses up nothing of a limit.
        let doubt = doubtful.action != Action::Allow || code.is_some();
        let audit = certain.action == Action::Audit && quarantined.is_none() && !doubt;
        let told = if audit { memory.reports(&audits, event) } else { Told::ALL };
        let suppressed_before = told.before;
        if quarantined.is_some() {
            let (action, reason) = (Action::Block, "quarantined");
            let (rule, intent, suppressed) = (quarantined, Action::Block, false);
            return Answer {
                action,
                intent,
                reason,
                code: None,
                rule,
                matched,
                delete,
                suppressed,
                suppressed_before,
            };
        }
        if doubtful.action > certain.action {
            assert!(code.is_some(), "doubt without a fault: {event:?}");
            let Best { action, rule, .. } = doubtful;
            return Answer {
                action,
                intent,
                reason: "invalid_event",
                code,
                rule,
                matched,
                delete,
                suppressed: false,
                suppressed_before,
            };
        }
        let reason = if matched.is_empty() { Reason::NoMatch } else { Reason::Matched }.as_str();
        let Best { action, rule, .. } = certain;
        let suppressed = audit && told.all_over;
        if suppressed {
            memory.suppress(rule.as_ref().expect("a rule won"), event);
        }
        Answer {
            action,
            intent,
            reason,
            code: None,
            rule,
            matched,
            delete,
            suppressed,
            suppressed_before,
        }
    }

    fn applies(&self, policy: &Policy) -> bool {
        let value = |expression: &Expression| self.evaluate(expression);
        let scope = policy.scope.as_ref().map_or(Some(true), |scope| value(&scope.expression));
        let bypass =
            policy.bypass_scope.as_ref().map_or(Some(false), |scope| value(&scope.expression));
        scope != Some(false) && bypass != Some(true)
    }

    fn evaluate(&self, expression: &Expression) -> Truth {
        match expression {
            Expression::Test { attribute, globs } => {
                let values: Vec<Vec<char>> = self
                    .target
                    .iter()
                    .filter(|(name, _)| name == attribute)
                    .map(|(_, value)| value.chars().collect())
                    .collect();
                if values.is_empty() {
                    return None;
                }
                let matches = |glob: &String| {
                    let glob: Vec<char> = glob.chars().collect();
                    values.iter().any(|value| text_matches(&glob, value))
                };
                Some(globs.iter().any(matches))
            }
            Expression::Not(one) => self.evaluate(one).map(|value| !value),
            Expression::And(all) => and(all.iter().map(|one| self.evaluate(one))),
            Expression::Or(all) => or(all.iter().map(|one| self.evaluate(one))),
        }
    }

    fn cap(&self, action: Action) -> Action {
        if self.mode_cap == Mode::Audit { action.min(Action::Audit) } else { action }
    }

    fn fail(&self, action: Action) -> Action {
        if self.fail == Fail::Open { action.min(Action::Audit) } else { action }
    }
}

/// What a violation of a blocking control comes to, if the time needed to say
/// so is known.
fn mode(policy: &Policy, event: &Event<'_>) -> Option<Action> {
    if policy.mode == Mode::Enforce {
        return Some(Action::Block);
    }
    let Some(start) = policy.enforce_after else { return Some(Action::Audit) };
    let now = event.time.filter(|&time| time <= i64::MAX as u64)?;
    Some(if now >= start { Action::Block } else { Action::Audit })
}

fn may_block(control: &Control, event: &Event<'_>) -> bool {
    let audit_only_here = match control {
        Control::BlockMaliciousExecutables(_) => event.activity.kind() == Some(Kind::File),
        Control::RealtimeMalwareProtection(own) => own.response == MalwareResponse::Alert,
        _ => false,
    };
    !control.spec().audit_only && !audit_only_here
}

fn deletes(control: &Control) -> bool {
    matches!(control, Control::RealtimeMalwareProtection(own) if own.response == MalwareResponse::Delete)
}

/// The first fault in a field that every event of the kind must have.
fn required_fault(event: &Event<'_>) -> Option<Invalid> {
    match &event.activity {
        Activity::File(file) => object::required_file(file),
        Activity::Exec(exec) => object::required_exec(exec),
        Activity::Network(network) => network::required_network(network),
        Activity::Dns(dns) => network::required_dns(dns),
        Activity::Login(_) => login::required_login(&event.user),
        Activity::Account(account) => login::required_account(account),
        Activity::Malware(malware) => login::required_malware(malware),
        Activity::Registry(key) => registry::required(key),
        Activity::Credential(credential) => login::required_credential(credential),
        _ => None,
    }
}

/// Whether a control matches an event; `None` if it is not about this kind.
fn judge(control: &Control, peers: &Peers, event: &Event<'_>) -> Option<Judged> {
    let kind = event.activity.kind()?;
    let acts_on = object::acts_on(control, kind)
        || network::acts_on(control, peers, kind)
        || login::acts_on(control, kind)
        || registry::acts_on(control, kind);
    if !acts_on {
        return None;
    }
    let mut read = Vec::new();
    let object = match &event.activity {
        Activity::File(file) => object::file(control, file, &mut read)?,
        Activity::Exec(exec) => object::exec(control, peers, exec, &event.user, &mut read),
        Activity::Network(network) => network::network(control, peers, network, &event.process),
        Activity::Dns(dns) => network::dns(peers, dns, &mut read),
        Activity::Login(login) => login::login(control, login, event, &mut read),
        Activity::Account(_) => Some(true),
        Activity::System(system) => login::system(control, system),
        Activity::Malware(malware) => login::malware(control, malware),
        Activity::Credential(credential) => login::credential(control, credential),
        Activity::Registry(key) => registry::registry(control, key),
        // Nothing is known but the kind.
        Activity::Unknown(_) => Some(false),
        _ => return None,
    };
    let actors = control.actors();
    let user = user(actors, &event.user, &mut read);
    let process = process(actors, &event.process);
    Some(Judged { truth: and([object, user, Some(process)]), read })
}

fn user(actors: &Actors, user: &Principal<'_>, read: &mut Vec<Invalid>) -> Truth {
    // What an entry says, given what to say where its type is not known.
    let mut says = |entry: &PrincipalName, unknown: bool| match entry {
        PrincipalName::Name(wanted) => match user.name {
            None => Some(unknown),
            Some(name) if login::bad_name(name) => {
                read.push(Invalid::PrincipalName);
                None
            }
            // Restrictions deny; exceptions want to know the domain.
            Some(name) => Some(login::is_named(wanted, name, !unknown)),
        },
        PrincipalName::Id(wanted) => match user.id {
            None => Some(unknown),
            Some(id) if id > 4_294_967_294 => {
                read.push(Invalid::PrincipalId);
                None
            }
            Some(id) => Some(id == u64::from(*wanted)),
        },
        PrincipalName::Sid(wanted) => match user.sid {
            None => Some(unknown),
            Some(sid) if !login::is_sid(Some(sid)) => {
                read.push(Invalid::PrincipalSid);
                None
            }
            Some(sid) => Some(sid.eq_ignore_ascii_case(wanted.as_bytes())),
        },
    };
    let only: Vec<Truth> = actors.users.iter().map(|user| says(&user.name, true)).collect();
    let except: Vec<Truth> =
        actors.except_users.iter().map(|user| says(&user.name, false)).collect();
    let only = if only.is_empty() { Some(true) } else { or(only) };
    and([only, not(or(except))])
}

fn process(actors: &Actors, process: &Process<'_>) -> bool {
    let path = process.path.map(|path| path::canonical(path, &Base::NONE));
    let Some(Ok(path)) = path else { return true };
    let listed = |entries: &[wardline::policy::Entry]| {
        entries.iter().any(|entry| Entry::parse(&entry.text).covers(&path, Reach::Exact))
    };
    let loose = world::is_windows().then(|| windows::loose(&path));
    // A named stream of a file is a program, too.
    let stream = loose.as_ref().and_then(|_| windows::stream(&path)).map(|stream| vec![stream]);
    let loosely = actors.processes.iter().any(|entry| {
        let entry = Entry::parse(&entry.text);
        loose.as_ref().is_some_and(|path| entry.covers(path, Reach::Exact))
            || stream.as_ref().is_some_and(|stream| entry.covers_name(stream, Reach::Exact))
    });
    let doubtful = loose.is_some_and(|loose| loose != path);
    (actors.processes.is_empty() || listed(&actors.processes) || loosely)
        && (doubtful || !listed(&actors.except_processes))
}

/// A scope's glob: `*` any run, `?` one character.
fn text_matches(glob: &[char], text: &[char]) -> bool {
    match (glob, text) {
        ([], []) => true,
        (['*', later @ ..], _) => {
            (0..=text.len()).any(|skipped| text_matches(later, &text[skipped..]))
        }
        (['?', later @ ..], [_, rest @ ..]) => text_matches(later, rest),
        ([wanted, later @ ..], [found, rest @ ..]) => wanted == found && text_matches(later, rest),
        _ => false,
    }
}

/// False if any is false, else not known if any is not known.
fn and(all: impl IntoIterator<Item = Truth>) -> Truth {
    not(or(all.into_iter().map(not)))
}

/// True if any is true, else not known if any is not known.
fn or(all: impl IntoIterator<Item = Truth>) -> Truth {
    let all: Vec<Truth> = all.into_iter().collect();
    if all.contains(&Some(true)) {
        return Some(true);
    }
    if all.contains(&None) { None } else { Some(false) }
}

fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}
