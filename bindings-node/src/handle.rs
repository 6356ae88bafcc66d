//! What JavaScript holds: engines and states that several threads may share.
//!
//! A handle that was shared is found again from another thread by its number, as
//! long as one thread still holds it. One that was not shared is found by nobody:
//! the function wrapper's engine cannot be replaced by the program it watches.

use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use wardline::{
    Action, Alert, Binding, Capabilities, Decision, Engine, Event, Fail, Invalid, LoadError, Mode,
    Reason, Remediation, RuleId, SharedEngine, State,
};

use crate::actor::Who;
use crate::cold::describe;

/// What engines are made from, shared by all that were loaded from it.
#[derive(Clone)]
pub(crate) struct Source {
    bytes: Arc<[u8]>,
    options: Arc<Options>,
}

impl AsRef<[u8]> for Source {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Source {
    /// The attributes that the engine was bound to.
    pub(crate) fn target(&self) -> Vec<(&str, &str)> {
        let target = self.options.target.as_deref().unwrap_or_default();
        target.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// An engine that is replaced in its place.
pub(crate) struct Handle {
    pub(crate) engine: SharedEngine<Source>,
    /// Tells the places of a process apart.
    pub(crate) number: u64,
    /// What the last engines were that were replaced: their generation and
    /// description. A thread may still hold a decision of theirs.
    before: Mutex<VecDeque<(u64, String)>>,
}

/// How many engines are described after they were replaced.
const BEFORE: usize = 8;

/// A binding that owns its texts.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) target: Option<Vec<(String, String)>>,
    pub(crate) fail: Fail,
    pub(crate) mode_cap: Mode,
    pub(crate) capabilities: Capabilities,
    /// Devices and the drives they are.
    pub(crate) volumes: Vec<(String, String)>,
}

impl Options {
    fn with_binding<R>(&self, f: impl FnOnce(&Binding<'_>) -> R) -> R {
        let target: Option<Vec<(&str, &str)>> = self
            .target
            .as_ref()
            .map(|all| all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect());
        let volumes: Vec<(&str, &str)> =
            self.volumes.iter().map(|(name, drive)| (name.as_str(), drive.as_str())).collect();
        f(&Binding {
            target: target.as_deref(),
            fail: self.fail,
            mode_cap: self.mode_cap,
            capabilities: self.capabilities,
            volumes: &volumes,
            ..Binding::default()
        })
    }
}

impl Handle {
    pub(crate) fn load(bytes: Arc<[u8]>, options: Options) -> Result<Arc<Handle>, LoadError> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let options = Arc::new(options);
        let source = Source { bytes, options: Arc::clone(&options) };
        let engine = options.with_binding(|binding| SharedEngine::load(source, binding))?;
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Arc::new(Handle { engine, number, before: Mutex::default() }))
    }

    /// Puts another engine's bundle and binding in the place of these, for every
    /// thread. Returns the generation.
    pub(crate) fn replace(&self, other: &Handle) -> Result<u64, LoadError> {
        let source = other.engine.engine().source().clone();
        let options = Arc::clone(&source.options);
        // Held until the engine is in place, so that none is missed.
        let mut before = locked(&self.before);
        let last = describe(&self.engine.engine());
        let generation = options.with_binding(|binding| self.engine.replace(source, binding))?;
        before.push_back((generation - 1, last));
        if before.len() > BEFORE {
            before.pop_front();
        }
        Ok(generation)
    }

    /// What the engine of a generation is; `None` if it is long gone.
    pub(crate) fn describe(&self, generation: Option<u64>) -> Option<String> {
        let before = locked(&self.before);
        let engine = self.engine.engine();
        match generation {
            Some(wanted) if wanted != engine.generation() => before
                .iter()
                .find(|(generation, _)| *generation == wanted)
                .map(|(_, description)| description.clone()),
            _ => Some(describe(&engine)),
        }
    }

    pub(crate) fn share(self: &Arc<Handle>) -> u64 {
        share(&ENGINES, self)
    }

    pub(crate) fn find(number: u64) -> Option<Arc<Handle>> {
        find(&ENGINES, number)
    }
}

/// A state.
pub(crate) struct Memory {
    pub(crate) state: Mutex<State<Vec<u8>>>,
}

impl Memory {
    pub(crate) fn new(state: State<Vec<u8>>) -> Arc<Memory> {
        Arc::new(Memory { state: Mutex::new(state) })
    }

    pub(crate) fn share(self: &Arc<Memory>) -> u64 {
        share(&STATES, self)
    }

    pub(crate) fn find(number: u64) -> Option<Arc<Memory>> {
        find(&STATES, number)
    }
}

/// Who decides: an engine, perhaps with a state, perhaps about one actor.
#[derive(Clone)]
pub(crate) struct Decider {
    pub(crate) handle: Arc<Handle>,
    pub(crate) memory: Option<Arc<Memory>>,
    /// Who acts, for functions that are about one actor.
    pub(crate) who: Option<Arc<Who>>,
}

impl Decider {
    /// The engine of now.
    #[inline]
    pub(crate) fn engine(&self) -> impl Deref<Target = Arc<Engine<Source>>> {
        self.handle.engine.engine()
    }

    #[inline]
    pub(crate) fn decide(&self, event: &Event<'_>) -> (Decision, Option<Alert>) {
        self.decide_by(&self.engine(), event)
    }

    /// Decides with an engine that was this one's just now.
    #[inline]
    pub(crate) fn decide_by(
        &self,
        engine: &Engine<Source>,
        event: &Event<'_>,
    ) -> (Decision, Option<Alert>) {
        match &self.who {
            None => self.answer(engine, event),
            Some(who) => who.acts(event, |event| self.answer(engine, event)),
        }
    }

    #[inline]
    fn answer(&self, engine: &Engine<Source>, event: &Event<'_>) -> (Decision, Option<Alert>) {
        match &self.memory {
            None => (engine.decide(event), None),
            Some(memory) => {
                let mut state = locked(&memory.state);
                (engine.decide_with(&mut state, event), state.alert())
            }
        }
    }
}

/// A decision in nine words: see [`words`].
pub(crate) type Words = [u32; WORDS];

pub(crate) const WORDS: usize = 9;

/// No rule.
pub(crate) const NO_RULE: u32 = u32::MAX;

/// What `lib/decision.js` reads: action (2 bits), intent (2), reason (2),
/// remediation, overload, what was invalid (6), suppressed; rule; matched;
/// generation, low and high; the alert's count (0 for none), others and rule; how
/// many were suppressed before.
pub(crate) fn words(decision: &Decision, alert: Option<Alert>) -> Words {
    let generation = decision.generation;
    let (count, others, rule) = alert.map_or((0, 0, NO_RULE), |alert| {
        (alert.count, u32::from(alert.others), alert.rule.number())
    });
    [
        code(decision),
        decision.rule.map_or(NO_RULE, |rule| rule.number()),
        decision.matched,
        generation as u32,
        (generation >> 32) as u32,
        count,
        others,
        rule,
        decision.suppressed_before,
    ]
}

#[inline]
pub(crate) fn code(decision: &Decision) -> u32 {
    let (reason, invalid) = match decision.reason {
        Reason::NoMatch => (0, 0),
        Reason::Matched => (1, 0),
        Reason::Quarantined => (2, 0),
        Reason::InvalidEvent(invalid) => (3, invalid as u32),
        // A reason that this build does not know must not look harmless.
        _ => (1, 0),
    };
    decision.action as u32
        | (decision.intent as u32) << 2
        | reason << 4
        | u32::from(decision.remediation == Remediation::Delete) << 6
        | u32::from(decision.overload) << 7
        | invalid << 8
        | u32::from(decision.suppressed) << 14
}

/// The decision and the alert of which these are the words; the reverse of
/// [`words`].
pub(crate) fn read_words(words: &[u32]) -> Option<(Decision, Option<Alert>)> {
    let &[code, rule, matched, low, high, count, others, alert_rule, before] =
        words.first_chunk()?;
    let mut decision = Decision::ALLOW;
    decision.action = Action::from_number((code & 3) as u8)?;
    decision.intent = Action::from_number((code >> 2 & 3) as u8)?;
    decision.reason = match code >> 4 & 3 {
        0 => Reason::NoMatch,
        1 => Reason::Matched,
        2 => Reason::Quarantined,
        _ => Reason::InvalidEvent(Invalid::from_number((code >> 8 & 63) as u8)?),
    };
    decision.rule = Some(rule).filter(|&rule| rule != NO_RULE).map(RuleId::from_number);
    decision.matched = matched;
    decision.remediation = Remediation::from_number((code >> 6 & 1) as u8)?;
    decision.overload = code >> 7 & 1 != 0;
    decision.suppressed = code >> 14 & 1 != 0;
    decision.suppressed_before = before;
    decision.generation = u64::from(low) | u64::from(high) << 32;
    let alert = (count > 0)
        .then(|| Alert::new(RuleId::from_number(alert_rule), count, others.min(255) as u8));
    Some((decision, alert))
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Handles by number, for other threads. The dead are swept when one is added.
struct Registry<T> {
    last: u64,
    alive: HashMap<u64, Weak<T>>,
}

static ENGINES: LazyLock<Mutex<Registry<Handle>>> = LazyLock::new(Registry::empty);
static STATES: LazyLock<Mutex<Registry<Memory>>> = LazyLock::new(Registry::empty);

impl<T> Registry<T> {
    fn empty() -> Mutex<Registry<T>> {
        Mutex::new(Registry { last: 0, alive: HashMap::new() })
    }
}

/// The number of a handle; the same each time.
fn share<T>(registry: &Mutex<Registry<T>>, handle: &Arc<T>) -> u64 {
    let mut registry = locked(registry);
    registry.alive.retain(|_, one| one.strong_count() > 0);
    let known = registry.alive.iter().find(|(_, one)| one.as_ptr() == Arc::as_ptr(handle));
    if let Some((&number, _)) = known {
        return number;
    }
    registry.last += 1;
    let number = registry.last;
    registry.alive.insert(number, Arc::downgrade(handle));
    number
}

fn find<T>(registry: &Mutex<Registry<T>>, number: u64) -> Option<Arc<T>> {
    locked(registry).alive.get(&number)?.upgrade()
}
