//! Deciding: which rules an event matches, and what follows.
//!
//! One file per kind of event says which fields feed which tables. Each answers
//! with a [`Truth`] over the rules of the kind; [`Tally`] turns that into the
//! [`Decision`]. Nothing here allocates, fails or depends on the number of
//! rules but by the words of a row.

pub(crate) mod actor;
mod exec;
pub(crate) mod file;
mod login;
mod malware;
mod names;
pub(crate) mod network;
pub(crate) mod over_time;
mod peer;
mod registry;
pub(crate) mod rule;
mod system;
#[cfg(feature = "internals")]
pub(crate) mod table;
pub(crate) mod throttled;
mod who;

use crate::actor::Actor;
use crate::binding::Bound;
use crate::bundle::{Layout, Section, Sections};
use crate::canonical::names::Names;
use crate::decision::{Action, Decision, Invalid, Reason, Remediation, RuleId};
use crate::event::{Activity, Event, Kind, Principal, Process};
use crate::matcher::address::AddressTable;
use crate::matcher::domain::{DomainTable, FeedTable};
use crate::matcher::path::PathTable;
use crate::matcher::port::PortTable;
use crate::matcher::rows::{Condition, Rows, Truth};
use crate::matcher::substring::SubstringTable;
use crate::matcher::text::TextTable;
use crate::state::table::Keep;
use over_time::Told;
use rule::Rule;
use throttled::Throttled;

pub(crate) use exec::MEMFD;
#[cfg(feature = "compile")]
pub(crate) use file::number as file_operation;
pub(crate) use file::number::COUNT as OPERATIONS;
#[cfg(feature = "compile")]
pub(crate) use login::number as login_outcome;
pub(crate) use peer::Key as AddressKey;

/// The tables of one kind of event, each looked up when it is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables<'a> {
    bundle: &'a [u8],
    sections: &'a Sections,
    bound: &'a Bound,
    kind: Kind,
    /// How many words a row has.
    words: usize,
}

impl<'a> Tables<'a> {
    #[inline]
    pub(crate) fn new(bundle: &'a [u8], layout: &'a Layout, bound: &'a Bound, kind: Kind) -> Self {
        let sections = layout.sections(kind);
        let words = sections.rules().div_ceil(64) as usize;
        Tables { bundle, sections, bound, kind, words }
    }

    /// How names are read.
    pub(crate) fn names(&self) -> &'a Names {
        &self.bound.names
    }

    #[inline]
    fn section(&self, section: Section) -> &'a [u8] {
        self.sections.of(self.bundle, section)
    }

    /// Whether a section has anything in it.
    #[inline]
    pub(crate) fn has(&self, section: Section) -> bool {
        !self.sections.extent(section).is_empty()
    }

    #[inline]
    pub(crate) fn rules(&self) -> &'a [u8] {
        self.section(Section::Rules)
    }

    #[inline]
    pub(crate) fn objects(&self) -> PathTable<'a> {
        PathTable::new(self.section(Section::Objects))
    }

    #[inline]
    pub(crate) fn processes(&self) -> PathTable<'a> {
        PathTable::new(self.section(Section::Processes))
    }

    #[inline]
    pub(crate) fn users(&self) -> TextTable<'a> {
        TextTable::new(self.section(Section::Users))
    }

    #[inline]
    pub(crate) fn groups(&self) -> TextTable<'a> {
        TextTable::new(self.section(Section::Groups))
    }

    #[inline]
    pub(crate) fn digests(&self) -> TextTable<'a> {
        TextTable::new(self.section(Section::Digests))
    }

    #[inline]
    pub(crate) fn domains(&self) -> DomainTable<'a> {
        DomainTable::new(self.section(Section::Domains))
    }

    #[inline]
    pub(crate) fn feeds(&self) -> FeedTable<'a> {
        FeedTable::new(self.section(Section::Feeds))
    }

    #[inline]
    pub(crate) fn addresses(&self) -> AddressTable<'a> {
        AddressTable::new(self.section(Section::Addresses))
    }

    #[inline]
    pub(crate) fn endpoints(&self) -> TextTable<'a> {
        TextTable::new(self.section(Section::Endpoints))
    }

    #[inline]
    pub(crate) fn credentials(&self) -> TextTable<'a> {
        TextTable::new(self.section(Section::Credentials))
    }

    #[inline]
    pub(crate) fn secrets(&self) -> SubstringTable<'a> {
        SubstringTable::new(self.section(Section::Secrets))
    }

    #[inline]
    pub(crate) fn ports(&self) -> PortTable<'a> {
        PortTable::new(self.section(Section::Ports))
    }

    /// How many words a row has.
    #[inline]
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    #[inline]
    pub(crate) fn window<const W: usize>(&self, start: usize) -> Rows<'a, W> {
        let rows = [Section::Rows, Section::Outcomes, Section::Conditions];
        let rows = rows.map(|section| self.sections.extent(section));
        Rows::new(self.bundle, rows, self.words(), start)
    }
}

/// What a kind of event says about `W` words of its rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judgement<const W: usize> {
    /// Which rules match.
    pub(crate) truth: Truth<W>,
    /// The first fault found in a field that a rule may read.
    pub(crate) fault: Option<Fault>,
}

impl<const W: usize> Judgement<W> {
    /// Whether no rule matches and nothing is in doubt.
    fn is_nothing(&self) -> bool {
        self.truth == Truth::NO && self.fault.is_none()
    }
}

/// A field that could not be understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: Invalid,
    /// A required field: the event is at least audited, whoever reads it.
    pub(crate) required: bool,
}

impl Fault {
    /// The fault that is told: one in a required field, `path` before `target`;
    /// else the one with the lowest code, whichever rules read it.
    pub(crate) fn worse(a: Option<Fault>, b: Option<Fault>) -> Option<Fault> {
        let (Some(first), Some(second)) = (a, b) else { return a.or(b) };
        let second_is_worse = match (first.required, second.required) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => second.code < first.code,
        };
        Some(if second_is_worse { second } else { first })
    }
}

/// Decides one event by itself; `found` is told every rule that matches.
///
/// Inlined with the end of [`Tally`], so that a binding writes its answer from
/// registers: reading a decision as soon as it was written byte by byte waits
/// for memory.
#[inline(always)]
pub(crate) fn decide(
    bundle: &[u8],
    layout: &Layout,
    bound: &Bound,
    event: &Event<'_>,
    found: Option<&mut dyn FnMut(RuleId)>,
) -> Decision {
    let Some(kind) = event.activity.kind() else {
        // Nothing can be judged, so nothing but the fail mode's floor applies.
        return Tally::new(bound, event, None).finish();
    };
    let tables = Tables::new(bundle, layout, bound, kind);
    let few = few(&tables, event, Asks::AsNeeded);
    if few.as_ref().is_some_and(Judgement::is_nothing) && malformed(event).is_none() {
        // What a tally comes to in which nothing was counted.
        return Decision { generation: bound.generation, ..Decision::ALLOW };
    }
    let mut tell;
    let found: Option<Found<'_>> = match found {
        None => None,
        Some(found) => {
            tell = |rule, _: Action| found(rule);
            Some(&mut tell)
        }
    };
    let mut tally = Tally::new(bound, event, found);
    tally.all(&tables, layout, few);
    tally.finish()
}

/// Decides one event after those that a state remembers, and has it remembered.
pub(crate) fn decide_with(
    bundle: &[u8],
    layout: &Layout,
    bound: &Bound,
    event: &Event<'_>,
    keep: &mut impl Keep,
) -> (Decision, Told) {
    let mut tally = Tally::new(bound, event, None);
    let Some(kind) = event.activity.kind() else {
        return (tally.finish(), Told::default());
    };
    let tables = Tables::new(bundle, layout, bound, kind);
    let few = few(&tables, event, Asks::Everything);
    tally.all(&tables, layout, few);
    let mut throttled = Throttled::new(bundle, layout, event);
    let mut told = over_time::judge(&mut tally, bundle, layout, keep, &mut throttled);
    let understood = tally.is_understood();
    let decision = tally.finish();
    let audit = decision.action == Action::Audit && decision.reason == Reason::Matched;
    let mut suppressed = false;
    if audit && understood && !throttled.is_empty() {
        let mut count = |rule, _: Action| throttled.count(keep, rule);
        Tally::new(bound, event, Some(&mut count)).all(&tables, layout, few);
        throttled.count_noted(keep);
        suppressed = throttled.are_over();
    }
    if suppressed {
        throttled.suppress(keep, decision.rule);
    }
    told.overload |= throttled.overload();
    let (overload, suppressed_before) = (told.overload, throttled.before());
    (Decision { overload, suppressed, suppressed_before, ..decision }, told)
}

/// Judges all rules, if they fit into one word, as those of almost every bundle do.
#[inline]
fn few(tables: &Tables<'_>, event: &Event<'_>, asks: Asks) -> Option<Judgement<1>> {
    (tables.words() <= 1).then(|| judge(tables, 0, event, asks))
}

/// What an event is asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asks {
    /// What the decision hangs on: who acts only if something happens that a rule is about.
    AsNeeded,
    /// All, so that every fault is found: one of who acts is told of where other rules are in
    /// doubt, and what is not understood is not counted.
    Everything,
}

/// Words judged at once where there are more than 64 rules. With one, the code that judges
/// is there once.
pub(crate) const WINDOW: usize = if cfg!(feature = "small") { 1 } else { 16 };

/// Judges the rules of one window.
#[inline(never)]
fn judge<const W: usize>(
    tables: &Tables<'_>,
    start: usize,
    event: &Event<'_>,
    asks: Asks,
) -> Judgement<W> {
    let rows = tables.window::<W>(start);
    let (object, fault) = object(tables, &rows, event);
    let happens = match event.activity {
        // Each of a file's objects has been asked about with its own operation.
        Activity::File(_) => object,
        _ => object.and(operation(&rows, event)),
    };
    if asks == Asks::AsNeeded && happens == Truth::NO && fault.is_none() {
        return Judgement { truth: Truth::NO, fault: None };
    }
    let known = known(tables.bound, event).and_then(|actor| actor.known::<W>(tables.kind, start));
    let (who, who_fault) = match known {
        Some(known) => known,
        None => who(tables, &rows, &event.process, &event.user),
    };
    Judgement { truth: happens.and(who), fault: Fault::worse(fault, who_fault) }
}

/// The event's actor, if this engine made it.
fn known<'e>(bound: &Bound, event: &Event<'e>) -> Option<&'e Actor> {
    event.actor.filter(|actor| actor.is_of(bound.identity))
}

/// What the rules of every kind say about a process and its user.
pub(crate) fn actor(
    bundle: &[u8],
    layout: &Layout,
    bound: &Bound,
    process: &Process<'_>,
    user: &Principal<'_>,
) -> Actor {
    let mut found = Actor::new(bound.identity, actor::is_shell(&bound.names, process));
    for &kind in Kind::ALL {
        let tables = Tables::new(bundle, layout, bound, kind);
        found.keep(kind, tables.words(), || who(&tables, &tables.window(0), process, user));
    }
    found
}

/// The conditions on who acts.
fn who<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    process: &Process<'_>,
    user: &Principal<'_>,
) -> (Truth<W>, Option<Fault>) {
    let (user, fault) = actor::user(tables, rows, user);
    (user.and(actor::process(tables, rows, process)), fault)
}

/// The conditions of the rules of one window, each by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions<const W: usize> {
    pub(crate) operation: Truth<W>,
    /// Together with the operation: a rename has two objects, each with its own.
    pub(crate) object: Truth<W>,
    pub(crate) user: Truth<W>,
    pub(crate) process: Truth<W>,
    pub(crate) fault: Option<Fault>,
}

/// Evaluates the conditions of the rules in `W` words from `start`, those on who
/// acts by the fields of the event.
pub(crate) fn condition<const W: usize>(
    tables: &Tables<'_>,
    start: usize,
    event: &Event<'_>,
) -> Conditions<W> {
    let rows = tables.window::<W>(start);
    let operation = operation(&rows, event);
    let (object, fault) = object(tables, &rows, event);
    let (user, user_fault) = actor::user(tables, &rows, &event.user);
    let process = actor::process(tables, &rows, &event.process);
    Conditions { operation, object, user, process, fault: Fault::worse(fault, user_fault) }
}

/// Which rules act on what happens to the object.
fn operation<const W: usize>(rows: &Rows<'_, W>, event: &Event<'_>) -> Truth<W> {
    let number = match &event.activity {
        Activity::File(file) => return file::operation(rows, file),
        Activity::Network(network) => network::number(network.direction, network.protocol),
        Activity::Login(login) => login::number(login.success),
        Activity::System(system) => system.what as usize,
        Activity::Registry(registry) => registry.operation as usize,
        _ => return Truth::YES,
    };
    Truth::known(rows.operation(number))
}

/// The conditions on the object, together with the operation where it has several.
fn object<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    event: &Event<'_>,
) -> (Truth<W>, Option<Fault>) {
    match &event.activity {
        Activity::File(file) => file::object(tables, rows, file),
        Activity::Exec(exec) => exec::object(tables, rows, exec, &event.user),
        Activity::Network(network) => {
            let asked = rows.condition(Condition::Shells) != [0; W];
            let shell = asked
                && match known(tables.bound, event) {
                    Some(actor) => actor.is_shell(),
                    None => actor::is_shell(tables.names(), &event.process),
                };
            network::object(tables, rows, network, shell)
        }
        Activity::Dns(dns) => network::look_up(tables, rows, dns),
        Activity::Login(login) => login::object(tables, rows, login, event),
        Activity::Account(account) => (system::any(rows), system::account(tables.names(), account)),
        Activity::System(_) => (system::any(rows), None),
        Activity::Malware(malware) => malware::object(tables, rows, malware),
        Activity::Credential(credential) => system::credential(tables, rows, credential),
        Activity::Registry(registry) => registry::object(tables, rows, registry),
        Activity::Unknown(_) => (Truth::NO, None),
    }
}

/// Is told every rule that matches, and what its match comes to.
type Found<'f> = &'f mut dyn FnMut(RuleId, Action);

/// Counts what matched and what could not be judged.
struct Tally<'e, 'f> {
    bound: &'e Bound,
    event: &'e Event<'e>,
    found: Option<Found<'f>>,
    /// The number of the kind's first rule among all rules.
    first: u32,
    matched: u32,
    certain: Best,
    doubtful: Best,
    /// A rule that blocks wants the file deleted.
    delete: bool,
    /// The rule under which the actor is quarantined.
    quarantined: Option<RuleId>,
    fault: Option<Fault>,
}

/// The strongest action so far, the first rule with it, and the intent.
#[derive(Clone, Copy)]
struct Best {
    action: Action,
    rule: Option<RuleId>,
    intent: Action,
}

impl Best {
    const NOTHING: Best = Best { action: Action::Allow, rule: None, intent: Action::Allow };

    fn add(&mut self, rule: RuleId, action: Action, intent: Action) {
        // Rules come in their order, but for those over time.
        let first = action == self.action && action > Action::Allow && Some(rule) < self.rule;
        if action > self.action || first {
            self.action = action;
            self.rule = Some(rule);
        }
        self.intent = self.intent.max(intent);
    }
}

impl<'e, 'f> Tally<'e, 'f> {
    fn new(bound: &'e Bound, event: &'e Event<'e>, found: Option<Found<'f>>) -> Self {
        Tally {
            bound,
            event,
            found,
            first: 0,
            matched: 0,
            certain: Best::NOTHING,
            doubtful: Best::NOTHING,
            delete: false,
            quarantined: None,
            fault: malformed(event).map(|code| Fault { code, required: true }),
        }
    }

    /// Counts what all rules say; `few` is what [`few`] says.
    fn all(&mut self, tables: &Tables<'_>, layout: &Layout, few: Option<Judgement<1>>) {
        self.first = layout.first_rule(tables.kind);
        match few {
            Some(judged) => self.add(tables, 0, judged),
            None => self.windows(tables),
        }
    }

    #[inline(never)]
    fn windows(&mut self, tables: &Tables<'_>) {
        for start in (0..tables.words()).step_by(WINDOW) {
            let judged = judge::<WINDOW>(tables, start, self.event, Asks::Everything);
            self.add(tables, start, judged);
        }
    }

    fn add<const W: usize>(&mut self, tables: &Tables<'_>, start: usize, judged: Judgement<W>) {
        let Judgement { truth: Truth { yes, mut maybe }, fault } = judged;
        self.fault = Fault::worse(self.fault, fault);
        if malformed(self.event).is_some() {
            // What was meant could have matched any rule.
            maybe = tables.window::<W>(start).condition(Condition::Always);
        }
        for (offset, (yes, maybe)) in yes.into_iter().zip(maybe).enumerate() {
            let mut left = yes | maybe;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                let index = start.wrapping_add(offset).wrapping_mul(64).wrapping_add(bit as usize);
                self.rule(tables, index, yes.wrapping_shr(bit) & 1 == 1);
            }
        }
    }

    fn rule(&mut self, tables: &Tables<'_>, index: usize, certain: bool) {
        let Some(rule) = Rule::read(tables.rules(), index) else { return };
        if !self.bound.applies(rule.scope) {
            return;
        }
        let id = RuleId(self.first.wrapping_add(index as u32));
        let intent = rule.intent();
        let action = rule.action(self.time());
        if certain {
            let now = self.matched(id, action.unwrap_or(Action::Audit), intent);
            // What is not understood may be another file.
            let known = !self.fault.is_some_and(|fault| fault.required);
            self.delete |= now == Action::Block && rule.deletes() && known;
            if action.is_some() {
                return;
            }
            // It may be time to enforce, but the event does not say so.
            let fault = Fault { code: Invalid::Time, required: false };
            self.fault = Fault::worse(self.fault, Some(fault));
        }
        let action = self.bound.cap(self.bound.fail_action(action.unwrap_or(Action::Block)));
        self.doubtful.add(id, action, self.bound.fail_action(intent));
    }

    /// Counts a rule that matches, whose match is `action` and could be
    /// `intent`; returns what it is under the cap.
    fn matched(&mut self, id: RuleId, action: Action, intent: Action) -> Action {
        self.matched = self.matched.saturating_add(1);
        let now = self.bound.cap(action);
        if let Some(found) = &mut self.found {
            found(id, now);
        }
        self.certain.add(id, now, intent);
        now
    }

    /// Counts a rule that a fault keeps from being judged.
    fn doubt(&mut self, id: RuleId, rule: &Rule, fault: Fault) {
        self.fault = Fault::worse(self.fault, Some(fault));
        let action = rule.action(self.time()).unwrap_or(Action::Block);
        let action = self.bound.cap(self.bound.fail_action(action));
        self.doubtful.add(id, action, self.bound.fail_action(rule.intent()));
    }

    /// The event's time, if it has one in range.
    fn time(&self) -> Option<u64> {
        self.event.known_time()
    }

    /// Whether nothing about the event is in doubt.
    fn is_understood(&self) -> bool {
        self.doubtful.action == Action::Allow && self.fault.is_none()
    }

    #[inline]
    fn finish(self) -> Decision {
        let mut doubtful = self.doubtful;
        if self.fault.is_some_and(|fault| fault.required) {
            doubtful.action = doubtful.action.max(Action::Audit);
            doubtful.intent = doubtful.intent.max(Action::Audit);
        }
        let (best, reason) = if let Some(rule) = self.quarantined {
            let action = self.bound.cap(Action::Block);
            let quarantined = Best { action, rule: Some(rule), intent: Action::Block };
            (quarantined, Reason::Quarantined)
        } else if doubtful.action > self.certain.action {
            // Doubt comes from a fault; were one not told, it would still count.
            let code = self.fault.map_or(Invalid::FieldType, |fault| fault.code);
            (doubtful, Reason::InvalidEvent(code))
        } else if self.matched > 0 {
            (self.certain, Reason::Matched)
        } else {
            (Best::NOTHING, Reason::NoMatch)
        };
        Decision {
            action: best.action,
            intent: self.certain.intent.max(doubtful.intent).max(best.intent),
            reason,
            rule: best.rule,
            matched: self.matched,
            remediation: if self.delete { Remediation::Delete } else { Remediation::None },
            generation: self.bound.generation,
            ..Decision::ALLOW
        }
    }
}

/// Why the event as a whole could not be understood, if it could not.
pub(crate) fn malformed(event: &Event<'_>) -> Option<Invalid> {
    match (event.malformed, &event.activity) {
        (Some(code), _) => Some(code),
        (None, Activity::Unknown(_)) => Some(Invalid::UnknownKind),
        (None, _) => None,
    }
}
