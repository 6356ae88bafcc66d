//! The engine: a loaded, bound bundle that decides.

use crate::actor::Actor;
use crate::audit::{AuditEvent, Explanations, StatusEvent};
use crate::binding::{Binding, Bound};
use crate::bundle::{Checksum, Layout, Platform, Section};
use crate::decide;
use crate::decision::{Action, Decision, RuleId};
use crate::decoys::{self, Decoy};
use crate::error::LoadError;
use crate::event::{Activity, Event, Kind, Malware, Principal, Process};
use crate::explain::{self, Explanation};
use crate::matcher::substring::SubstringTable;
use crate::policies::{ControlStatus, Policies, PolicyStatus, Rule};
#[cfg(feature = "std")]
use crate::state::Alert;
use crate::state::State;

/// A bundle that was loaded and bound: immutable, shared by threads, replaced
/// as a whole.
///
/// `B` owns or borrows the bytes: `&'static [u8]`, `Vec<u8>`, `Arc<[u8]>`, a
/// memory map. The engine keeps offsets into them, never references. The bytes
/// must not change while it lives; if they do, answers are wrong, but safe.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "text")] {
/// use wardline::{Action, Activity, Binding, Compiler, Engine, Event, Exec, Format, Platform};
///
/// let policy = "
/// wardline: 1
/// kind: host
/// name: no-miners
/// platform: linux
/// mode: enforce
/// controls:
///   executables_blocked: { executables: [xmrig, '/tmp/**'] }
/// ";
/// let mut compiler = Compiler::new(Platform::Linux);
/// compiler.policy("no-miners.yaml", policy.as_bytes(), Format::Yaml).unwrap();
/// let bundle = compiler.build().unwrap();
///
/// let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();
/// let event = Event::new(Activity::Exec(Exec::new(b"/home/eve/xmrig")));
/// let decision = engine.decide(&event);
/// assert_eq!(decision.action, Action::Block);
/// assert_eq!(engine.rule(decision.rule.unwrap()).unwrap().policy, "no-miners");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Engine<B> {
    bytes: B,
    layout: Layout,
    bound: Bound,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// Loads a bundle and evaluates its scopes.
    ///
    /// Any bytes may be given. Header, version, directory and checksum are
    /// checked, O(length); tables are not, because reading them is safe
    /// whatever they hold.
    ///
    /// # Errors
    ///
    /// See [`LoadError`]: the bytes are no bundle, of another version, damaged,
    /// or do not fit the binding.
    pub fn load(bytes: B, binding: &Binding<'_>) -> Result<Self, LoadError> {
        let layout = Layout::read(bytes.as_ref(), Checksum::Verify)?;
        Engine::bind(bytes, layout, binding)
    }

    /// Like [`Engine::load`], but reads no more than header and directory: for
    /// bytes that something else vouches for, such as a signature that was
    /// checked or an image that cannot change.
    ///
    /// Any bytes are as safe as with `load`; but damage that the checksum would
    /// have found may give wrong answers, also a wrong "allow".
    ///
    /// # Errors
    ///
    /// As [`Engine::load`], but for [`LoadError::Checksum`].
    pub fn load_trusted(bytes: B, binding: &Binding<'_>) -> Result<Self, LoadError> {
        let layout = Layout::read(bytes.as_ref(), Checksum::Trust)?;
        Engine::bind(bytes, layout, binding)
    }

    fn bind(bytes: B, layout: Layout, binding: &Binding<'_>) -> Result<Self, LoadError> {
        if layout.scoped && binding.target.is_none() {
            return Err(LoadError::TargetMissing);
        }
        let scopes = layout.shared(bytes.as_ref(), Section::Scopes);
        let bound = Bound::new(scopes, layout.platform, binding)?;
        Ok(Engine { bytes, layout, bound })
    }

    /// Decides one event by itself; controls over time need
    /// [`Engine::decide_with`], see [`Engine::needs_state`].
    ///
    /// Never fails, panics, allocates, locks or calls out. O(length of the
    /// event), whatever the number of rules.
    #[inline]
    pub fn decide(&self, event: &Event<'_>) -> Decision {
        decide::decide(self.bytes(), &self.layout, &self.bound, event, None)
    }

    /// Decides one event after those that `state` remembers, and has it
    /// remembered: for controls over time.
    ///
    /// As [`Engine::decide`] in all else; bounded work, no allocation. With a
    /// state the order of events counts, so give them as they come. Events have
    /// no identity: one that is given twice counts twice.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "text")] {
    /// use wardline::{Action, Activity, Address, Binding, Compiler, Engine, Event, Format};
    /// use wardline::{Login, Platform, Principal, State};
    ///
    /// let policy = b"
    /// wardline: 1
    /// kind: host
    /// name: logins
    /// platform: linux
    /// mode: enforce
    /// controls:
    ///   brute_force_login_detection: { max_failures: 3, window: 1m, block_for: 1h }
    /// ";
    /// let mut compiler = Compiler::new(Platform::Linux);
    /// compiler.policy("logins.yaml", policy, Format::Yaml).unwrap();
    /// let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
    /// let mut state = State::new(vec![0; 1 << 16], [7; 16]).unwrap();
    ///
    /// let source = Some(Address::V4([203, 0, 113, 9]));
    /// let failure = Login { source, success: Some(false), groups_complete: true };
    /// let user = Principal { name: Some(b"root"), ..Principal::UNKNOWN };
    /// let at = |time| Event { time: Some(time), user, ..Event::new(Activity::Login(failure)) };
    /// let actions = [0, 1, 2, 3].map(|time| engine.decide_with(&mut state, &at(time)).action);
    /// assert_eq!(actions, [Action::Allow, Action::Allow, Action::Audit, Action::Block]);
    /// # }
    /// ```
    pub fn decide_with<S: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        state: &mut State<S>,
        event: &Event<'_>,
    ) -> Decision {
        let mut table = state.table();
        let (decision, told) =
            decide::decide_with(self.bytes(), &self.layout, &self.bound, event, &mut table);
        state.set_alert(told.alert, told.overload);
        decision
    }

    #[cfg(feature = "std")]
    pub(crate) fn decide_keeping(
        &self,
        keep: &mut impl crate::state::table::Keep,
        event: &Event<'_>,
    ) -> (Decision, Option<Alert>) {
        let decided = decide::decide_with(self.bytes(), &self.layout, &self.bound, event, keep);
        (decided.0, decided.1.alert)
    }

    /// Finds out what the rules say about a process, its user and the user's
    /// groups, for the events of that process: see [`Actor`].
    ///
    /// Costs about as much as a decision about each kind of event; O(length of
    /// the names).
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "text")] {
    /// use wardline::{Action, Activity, Binding, Compiler, Engine, Event, File, FileOperation};
    /// use wardline::{Format, Platform, Principal, Process};
    ///
    /// let policy = b"
    /// wardline: 1
    /// kind: host
    /// name: keys
    /// platform: linux
    /// mode: enforce
    /// controls:
    ///   file_block: { paths: [/etc/ssl/private], except_processes: [/usr/sbin/nginx] }
    /// ";
    /// let mut compiler = Compiler::new(Platform::Linux);
    /// compiler.policy("keys.yaml", policy, Format::Yaml).unwrap();
    /// let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
    ///
    /// // When the process starts:
    /// let process = Process { path: Some(b"/usr/sbin/nginx"), ..Process::UNKNOWN };
    /// let nginx = engine.actor(&process, &Principal::UNKNOWN, &[]);
    ///
    /// // With each of its events:
    /// let file = File::new(FileOperation::Read, b"/etc/ssl/private/site.key");
    /// let event = Event { process, actor: Some(&nginx), ..Event::new(Activity::File(file)) };
    /// assert_eq!(engine.decide(&event).action, Action::Allow);
    /// # }
    /// ```
    pub fn actor(
        &self,
        process: &Process<'_>,
        user: &Principal<'_>,
        groups: &[Principal<'_>],
    ) -> Actor {
        // No condition but those of logins reads groups, and a login is decided
        // by its own; they are asked for so that callers need not change.
        let _ = groups;
        decide::actor(self.bytes(), &self.layout, &self.bound, process, user)
    }

    /// Whether this engine made an actor, so that it is worth handing in.
    pub fn knows(&self, actor: &Actor) -> bool {
        actor.is_of(self.bound.identity)
    }

    /// What the engine was loaded from: for bindings, which keep more than the
    /// bytes in it.
    pub fn source(&self) -> &B {
        &self.bytes
    }

    /// Which engine this is among those that follow one another.
    pub fn generation(&self) -> u64 {
        self.bound.generation
    }

    /// Whether some rule counts over time or is throttled, so that only
    /// [`Engine::decide_with`] says all.
    pub fn needs_state(&self) -> bool {
        let sections = [Section::Watches, Section::Throttles];
        sections.iter().any(|&section| !self.section(section, None).is_empty())
    }

    /// Has a state forget what no rule of this engine counts; returns how many
    /// entries went. To be called after an engine was replaced: what was counted
    /// for a control is kept as long as nothing about the control changed, also
    /// while its policy does not apply to the target.
    pub fn adopt<S: AsRef<[u8]> + AsMut<[u8]>>(&self, state: &mut State<S>) -> usize {
        state.retain(|identity| decide::over_time::knows(self.bytes(), &self.layout, identity))
    }

    /// The throttled rules of which audits were suppressed that no decision has
    /// told yet, with how many: to be reported now and then, and at the end.
    pub fn suppressed<S: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        state: &State<S>,
    ) -> impl Iterator<Item = (RuleId, u64)> {
        state.reports().filter_map(|(identity, count)| {
            let mut rules = decide::throttled::rules(self.bytes(), &self.layout);
            let (rule, _) = rules.find(|&(_, own)| own == identity)?;
            Some((rule, count))
        })
    }

    /// Every rule that matches, strongest or not, in bundle order; rules over time
    /// match only with a state and are left out.
    ///
    /// Fills `rules` as far as they fit and returns how many matched. Costs as
    /// much as [`Engine::decide`].
    pub fn matches(&self, event: &Event<'_>, rules: &mut [RuleId]) -> usize {
        let mut left = rules.iter_mut();
        let mut found = |rule| {
            if let Some(place) = left.next() {
                *place = rule;
            }
        };
        let decision =
            decide::decide(self.bytes(), &self.layout, &self.bound, event, Some(&mut found));
        decision.matched as usize
    }

    /// Whether a file is worth scanning for malware: whether a finding in it
    /// would be reported, given the process that uses it.
    ///
    /// A path without canonical form is worth scanning if any rule is about
    /// malware. Costs as much as [`Engine::decide`].
    pub fn should_scan(&self, path: &[u8], process: &Process<'_>) -> bool {
        let rules = self.layout.of_kind(self.bytes(), Kind::Malware, Section::Rules);
        let malware = Activity::Malware(Malware { path, signature: None });
        let event = Event { process: *process, ..Event::new(malware) };
        !rules.is_empty() && self.decide(&event).action != Action::Allow
    }

    /// What a rule is; `None` if there is no such rule.
    pub fn rule(&self, id: RuleId) -> Option<Rule<'_>> {
        self.policies().rule(id)
    }

    /// Every rule, in the order of their numbers.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, Rule<'_>)> {
        self.policies().rules()
    }

    /// Why a rule matches an event or why it does not: the pattern with its
    /// text and source line, or the first condition that fails.
    ///
    /// Replays the one rule against the entries as they were written: far
    /// slower than deciding, and still without allocation. `None` if there is
    /// no such rule.
    pub fn explain(&self, event: &Event<'_>, rule: RuleId) -> Option<Explanation<'_>> {
        explain::explain(self.bytes(), &self.layout, &self.bound, event, rule)
    }

    /// Why each rule about an event's kind matches it or does not, as JSON.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "text")] {
    /// use wardline::{Activity, Binding, Compiler, Engine, Event, Exec, Format, Platform};
    ///
    /// # let policy = b"{\"wardline\":1,\"kind\":\"host\",\"name\":\"p\",\"platform\":\"linux\",\"mode\":\"enforce\",\"controls\":{\"executables_blocked\":{\"executables\":[\"nc\"]}}}";
    /// # let mut compiler = Compiler::new(Platform::Linux);
    /// # compiler.policy("p.json", policy, Format::Json).unwrap();
    /// # let bundle = compiler.build().unwrap();
    /// let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();
    /// let event = Event::new(Activity::Exec(Exec::new(b"/usr/bin/vi")));
    /// let why = engine.explanations(&event).to_string();
    /// assert_eq!(
    ///     why,
    ///     r#"[{"rule":0,"policy":"p","control":"executables_blocked","result":"fails","condition":"object"}]"#
    /// );
    /// # }
    /// ```
    pub fn explanations<'a>(&'a self, event: &'a Event<'a>) -> Explanations<'a, B> {
        Explanations { engine: self, event }
    }

    /// The audit event of a decision: what happened, what was decided, and the
    /// entry of the policy that it was decided by, as JSON.
    ///
    /// * `decision` - of this engine about this event. One of another generation is
    ///   told without what this engine cannot know: bundle, rule, entry and all
    ///   arguments. Engines of one generation cannot be told apart.
    /// * `target` - the attributes that the engine was bound to.
    ///
    /// Arguments are removed unless a policy with a rule that matched asks for
    /// them (`forensics.full_command_arguments`). Costs two decisions and an
    /// explanation; allocates nothing.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "text")] {
    /// use wardline::{Activity, Binding, Compiler, Engine, Event, Exec, Format, Platform};
    ///
    /// # let policy = b"{\"wardline\":1,\"kind\":\"host\",\"name\":\"p\",\"platform\":\"linux\",\"mode\":\"enforce\",\"controls\":{\"executables_blocked\":{\"executables\":[\"nc\"]}}}";
    /// # let mut compiler = Compiler::new(Platform::Linux);
    /// # compiler.policy("p.json", policy, Format::Json).unwrap();
    /// # let bundle = compiler.build().unwrap();
    /// let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();
    /// let event = Event::new(Activity::Exec(Exec::new(b"/usr/bin/nc")));
    /// let audit = engine.audit(&event, &engine.decide(&event), &[]).to_string();
    /// assert!(audit.contains(r#""action":"block""#));
    /// assert!(audit.contains(r#""entry":{"list":"executables","text":"nc""#));
    /// # }
    /// ```
    pub fn audit<'a>(
        &'a self,
        event: &'a Event<'a>,
        decision: &Decision,
        target: &'a [(&'a str, &'a str)],
    ) -> AuditEvent<'a> {
        let policies = self.policies();
        let mut arguments = false;
        let mut found = |rule| {
            arguments |= policies.rule(rule).is_some_and(|rule| rule.keeps_arguments);
        };
        // Numbers of rules mean something only to the engine that gave them, and what may
        // be kept is for its policies to say.
        let own = decision.generation == self.generation();
        if own {
            decide::decide(self.bytes(), &self.layout, &self.bound, event, Some(&mut found));
        }
        let rule = decision.rule.filter(|_| own);
        AuditEvent {
            event,
            decision: *decision,
            rule: rule.and_then(|rule| self.rule(rule)),
            why: rule.and_then(|rule| self.explain(event, rule)),
            arguments,
            target,
            bundle: own.then_some(self.layout.hash),
            metadata: None,
            alert: None,
            secrets: SubstringTable::new(self.section(Section::Secrets, Some(Kind::Exec))),
        }
    }

    /// The binding's report: each policy, whether it applies here, whether that
    /// could not be decided, and how far it is enforced.
    pub fn report(&self) -> impl Iterator<Item = PolicyStatus<'_>> {
        self.policies().report(&self.bound)
    }

    /// The scopes of each policy, in bundle order, as text that means what was
    /// written.
    #[cfg(feature = "compile")]
    pub fn scopes(&self) -> alloc::vec::Vec<crate::policy::PolicyScopes<'_>> {
        let codes = self.layout.shared(self.bytes.as_ref(), Section::Scopes);
        let written = crate::policy::scope_text::written;
        let scopes = self.policies().all().map(|policy| {
            let [scope, bypass] = crate::binding::scope_codes(codes, usize::from(policy.scope));
            crate::policy::PolicyScopes {
                policy: policy.name,
                scope: written(scope),
                bypass_scope: written(bypass),
            }
        });
        scopes.collect()
    }

    /// The binding's report by control: how far each is enforced, and the kinds
    /// of events that it would block but the enforcer cannot.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "text")] {
    /// use wardline::{Binding, Capabilities, Compiler, Enforcement, Engine, Format, Kind, Platform};
    ///
    /// # let policy = b"{\"wardline\":1,\"kind\":\"host\",\"name\":\"p\",\"platform\":\"linux\",\"mode\":\"enforce\",\"controls\":{\"network_block\":{\"networks\":[\"10.0.0.0/8\"]}}}";
    /// # let mut compiler = Compiler::new(Platform::Linux);
    /// # compiler.policy("p.json", policy, Format::Json).unwrap();
    /// # let bundle = compiler.build().unwrap();
    /// // An enforcer that sees connections, but not look-ups.
    /// let capabilities = Capabilities::NONE.with(Kind::Network);
    /// let binding = Binding { capabilities, ..Binding::default() };
    /// let engine = Engine::load(bundle.bytes, &binding).unwrap();
    /// let status = engine.controls().next().unwrap();
    /// assert_eq!(status.enforcement, Enforcement::Partial);
    /// assert!(status.lacking.can_block(Kind::Dns));
    /// # }
    /// ```
    pub fn controls(&self) -> impl Iterator<Item = ControlStatus<'_>> {
        self.policies().controls(&self.bound)
    }

    /// What is enforced here, as an event to report when the enforcer starts and
    /// after each replaced bundle: every policy and control, whether it applies,
    /// and how far it is enforced.
    ///
    /// * `target` - the attributes that the engine was bound to.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "text")] {
    /// use wardline::{Binding, Capabilities, Compiler, Engine, Format, Kind, Platform};
    ///
    /// # let policy = b"{\"wardline\":1,\"kind\":\"host\",\"name\":\"p\",\"platform\":\"linux\",\"mode\":\"enforce\",\"controls\":{\"network_block\":{\"networks\":[\"10.0.0.0/8\"]}}}";
    /// # let mut compiler = Compiler::new(Platform::Linux);
    /// # compiler.policy("p.json", policy, Format::Json).unwrap();
    /// # let bundle = compiler.build().unwrap();
    /// let capabilities = Capabilities::NONE.with(Kind::Network);
    /// let binding = Binding { capabilities, ..Binding::default() };
    /// let engine = Engine::load(bundle.bytes, &binding).unwrap();
    /// let status = engine.status(&[]).to_string();
    /// assert!(status.contains(r#""enforcement":"partial","lacking":["dns"]"#), "{status}");
    /// # }
    /// ```
    pub fn status<'a>(&'a self, target: &'a [(&'a str, &'a str)]) -> StatusEvent<'a> {
        StatusEvent {
            policies: self.policies(),
            bound: &self.bound,
            platform: self.layout.platform,
            target,
            bundle: self.layout.hash,
            time: None,
        }
    }

    /// The decoys of the policies that apply here, for an enforcer that lays them out
    /// when it starts. Deciding needs none of them to exist.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "text")] {
    /// use wardline::{Binding, Compiler, DecoyKind, Engine, Format, Platform};
    ///
    /// # let policy = br#"{"wardline":1,"kind":"function","name":"p","platform":"linux","mode":"enforce","controls":{"honeypot":{"decoys":[{"kind":"environment","name":"DB_PASSWORD","value":"hunter2-decoy"}]}}}"#;
    /// # let mut compiler = Compiler::new(Platform::Linux);
    /// # compiler.policy("p.json", policy, Format::Json).unwrap();
    /// # let bundle = compiler.build().unwrap();
    /// let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();
    /// let decoy = engine.decoys().next().unwrap();
    /// assert_eq!((decoy.kind, decoy.name), (DecoyKind::Environment, "DB_PASSWORD"));
    /// assert_eq!(decoy.secret, Some("hunter2-decoy"));
    /// # }
    /// ```
    pub fn decoys(&self) -> impl Iterator<Item = Decoy<'_>> {
        let strings = self.section(Section::Strings, None);
        let all = decoys::decoys(self.section(Section::Decoys, None), strings);
        all.filter_map(move |(policy, decoy)| {
            let policy = self.policies().policy(policy)?;
            self.bound.applies(policy.scope).then_some(decoy)
        })
    }

    /// The operating system whose names the bundle understands.
    pub fn platform(&self) -> Platform {
        self.layout.platform
    }

    /// The bundle's checksum, which names it in reports and audit events.
    pub fn bundle_hash(&self) -> u64 {
        self.layout.hash
    }

    /// The bytes of one section, for tools that show what a bundle holds.
    pub fn section(&self, section: Section, kind: Option<Kind>) -> &[u8] {
        match kind {
            Some(kind) => self.layout.of_kind(self.bytes(), kind, section),
            None => self.layout.shared(self.bytes(), section),
        }
    }

    fn policies(&self) -> Policies<'_> {
        Policies::new(self.bytes(), &self.layout)
    }

    #[cfg(feature = "internals")]
    pub(crate) fn tables(&self, kind: Kind) -> decide::Tables<'_> {
        decide::Tables::new(self.bytes(), &self.layout, &self.bound, kind)
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}
