//! The calls that are made once or seldom. Answers are JSON, which `lib/` parses.

use std::sync::Arc;

use napi::bindgen_prelude::{External, Object, Uint8Array, Uint32Array, Unknown};
use napi::{Env, Error, Result};
use napi_derive::napi;
use serde_json::{Value, json};
use wardline::json::EventBuf;
use wardline::{
    ActorKind, Capabilities, Entry, Explanation, Fail, Kind, LoadError, Mode, Platform, RuleId,
    State, StateError,
};

use crate::actor::Who;
use crate::bound;
use crate::handle::{Decider, Handle, Memory, Options, Source, locked, read_words, words};
use crate::wire::Reader;

type Engine = External<Arc<Handle>>;
type Held = External<Arc<wardline::Engine<Source>>>;
type Store = External<Arc<Memory>>;

/// Loads a bundle. `kinds` are those that can be prevented, as bits.
#[napi]
pub(crate) fn load(
    bytes: Uint8Array,
    target: Option<Vec<(String, String)>>,
    fail: String,
    mode_cap: String,
    kinds: u32,
    volumes: Vec<(String, String)>,
) -> Result<Engine> {
    let capabilities = Kind::ALL
        .iter()
        .filter(|&&kind| kinds >> kind as u32 & 1 != 0)
        .fold(Capabilities::NONE, |all, &kind| all.with(kind));
    loaded(&bytes, target, &fail, &mode_cap, capabilities, volumes).map(External::new)
}

/// An engine, bound to what was given as words.
pub(crate) fn loaded(
    bytes: &[u8],
    target: Option<Vec<(String, String)>>,
    fail: &str,
    mode_cap: &str,
    capabilities: Capabilities,
    volumes: Vec<(String, String)>,
) -> Result<Arc<Handle>> {
    let options = Options {
        target,
        fail: Fail::parse(fail.as_bytes()).ok_or_else(|| wrong("fail"))?,
        mode_cap: Mode::parse(mode_cap.as_bytes()).ok_or_else(|| wrong("modeCap"))?,
        capabilities,
        volumes,
    };
    Handle::load(Arc::from(bytes), options).map_err(load_error)
}

/// The functions that decide, for this thread; with an actor's record about that
/// actor, whatever process and user the event has.
#[napi]
pub(crate) fn bind<'e>(
    env: &'e Env,
    engine: &Engine,
    state: Option<&Store>,
    actor: Option<&[u8]>,
    out: Unknown<'_>,
) -> Result<Object<'e>> {
    let memory = state.map(|state| Arc::clone(state));
    let who = actor.map(|record| {
        Who::new(&engine.engine.engine(), record).ok_or_else(|| wrong("an actor's record"))
    });
    let decider = Decider { handle: Arc::clone(engine), memory, who: who.transpose()? };
    bound::functions(env, &decider, &out)
}

/// A further handle to an engine that was shared and that some thread holds.
#[napi]
pub(crate) fn attach_engine(number: f64) -> Option<Engine> {
    Handle::find(number as u64).map(External::new)
}

#[napi]
pub(crate) fn number_of_engine(engine: &Engine) -> f64 {
    engine.share() as f64
}

#[napi]
pub(crate) fn replace(engine: &Engine, other: &Engine) -> Result<f64> {
    engine.replace(other).map(|generation| generation as f64).map_err(load_error)
}

/// In which place an engine is, of all places in this process.
#[napi]
pub(crate) fn place_of_engine(engine: &Engine) -> f64 {
    engine.number as f64
}

/// The engine of a generation, for what is asked after it was replaced; none if it was
/// already.
#[napi]
pub(crate) fn hold_engine(engine: &Engine, generation: f64) -> Option<Held> {
    let now = engine.engine.engine();
    (now.generation() == generation as u64).then(|| External::new(Arc::clone(&now)))
}

/// What an engine is, as JSON; of another generation than the present one if it
/// was replaced lately, else `null`.
#[napi]
pub(crate) fn describe_engine(engine: &Engine, generation: Option<f64>) -> Option<String> {
    engine.describe(generation.map(|generation| generation as u64))
}

/// The same of one that was held.
#[napi]
pub(crate) fn describe_held(held: &Held) -> String {
    describe(held)
}

/// Generation, hash, platform, whether a state is needed, rules, and the reports
/// of the binding.
pub(crate) fn describe(current: &wardline::Engine<Source>) -> String {
    let rules: Vec<_> = current
        .rules()
        .map(|(id, rule)| {
            json!({
                "id": id.number(),
                "policy": rule.policy,
                "control": rule.control.as_str(),
                "kind": rule.kind.as_str(),
                "message": rule.message,
                "severity": rule.severity.as_str(),
                "tags": rule.tags().collect::<Vec<_>>(),
                "mode": rule.mode.as_str(),
                "canBlock": rule.can_block,
                "keepsArguments": rule.keeps_arguments,
                "forFunction": rule.for_function,
            })
        })
        .collect();
    let controls: Vec<_> = current
        .controls()
        .map(|status| {
            let lacking = Kind::ALL.iter().filter(|&&kind| status.lacking.can_block(kind));
            json!({
                "policy": status.policy,
                "control": status.control.as_str(),
                "enforcement": status.enforcement.as_str(),
                "lacking": lacking.map(|kind| kind.as_str()).collect::<Vec<_>>(),
            })
        })
        .collect();
    let policies: Vec<_> = current
        .report()
        .map(|status| {
            json!({
                "policy": status.policy,
                "mode": status.mode.as_str(),
                "enforceAfter": status.enforce_after,
                "default": status.default,
                "applies": status.applies,
                "undecided": status.undecided,
                "enforcement": status.enforcement.as_str(),
            })
        })
        .collect();
    json!({
        "generation": current.generation(),
        "platform": if current.platform() == Platform::Linux { "linux" } else { "windows" },
        "bundleHash": format!("{:016x}", current.bundle_hash()),
        "needsState": current.needs_state(),
        "rules": rules,
        "policies": policies,
        "controls": controls,
    })
    .to_string()
}

/// The generation and the numbers of the rules that match one record.
#[napi]
pub(crate) fn matches(engine: &Engine, record: &[u8]) -> Result<Vec<f64>> {
    let (fields, lists) = Reader(record).record().ok_or_else(not_a_record)?;
    fields.with_event(&lists, |event| {
        let engine = engine.engine.engine();
        let mut rules = vec![RuleId::from_number(0); engine.rules().count()];
        let count = engine.matches(event, &mut rules);
        let numbers = rules.iter().take(count).map(|rule| f64::from(rule.number()));
        Ok(std::iter::once(engine.generation() as f64).chain(numbers).collect())
    })
}

#[napi]
pub(crate) fn should_scan(engine: &Engine, record: &[u8]) -> Result<bool> {
    let (fields, lists) = Reader(record).record().ok_or_else(not_a_record)?;
    fields.with_event(&lists, |event| match &event.activity {
        wardline::Activity::Malware(malware) => {
            Ok(engine.engine.engine().should_scan(malware.path, &event.process))
        }
        _ => Err(not_a_record()),
    })
}

/// For each rule about the record's kind of event, why it matches or does not.
#[napi]
pub(crate) fn explain(engine: &Engine, record: &[u8]) -> Result<String> {
    let (fields, lists) = Reader(record).record().ok_or_else(not_a_record)?;
    fields.with_event(&lists, |event| {
        let engine = engine.engine.engine();
        let all: Vec<Value> = engine
            .rules()
            .filter(|(_, rule)| Some(rule.kind) == event.activity.kind())
            .filter_map(|(id, _)| {
                let mut shown = explanation(&engine.explain(event, id)?);
                shown["rule"] = json!(id.number());
                Some(shown)
            })
            .collect();
        Ok(Value::from(all).to_string())
    })
}

/// The audit event of a decision, given as its words: by the engine of now if it made
/// it, else by the one that was held.
#[napi]
pub(crate) fn audit(
    engine: &Engine,
    held: Option<&Held>,
    record: &[u8],
    decision: Uint32Array,
    metadata: Option<String>,
) -> Result<String> {
    let held = held.map(|held| &***held);
    audited(engine, held, record, &decision, metadata.as_deref())
}

pub(crate) fn audited(
    engine: &Handle,
    held: Option<&wardline::Engine<Source>>,
    record: &[u8],
    decision: &[u32],
    metadata: Option<&str>,
) -> Result<String> {
    let (fields, lists) = Reader(record).record().ok_or_else(not_a_record)?;
    let (decision, alert) = read_words(decision).ok_or_else(|| wrong("a decision"))?;
    let now = engine.engine.engine();
    let engine: &wardline::Engine<Source> = match held {
        // No other can say what was decided, or which arguments may be told.
        _ if now.generation() == decision.generation => &now,
        Some(held) if held.generation() == decision.generation => held,
        // Without a rule to be told, what this one cannot know is left out.
        _ if decision.rule.is_none() && alert.is_none() => &now,
        _ => return Err(replaced(decision.generation)),
    };
    // The target too is that of the engine that decided, or nobody's.
    let told = engine.generation() == decision.generation;
    let target = if told { engine.source().target() } else { Vec::new() };
    fields.with_event(&lists, |event| {
        let audit = engine.audit(event, &decision, &target);
        Ok(audit.with_metadata(metadata).with_alert(alert).to_string())
    })
}

/// Decides JSON lines: nine words for each line that is not blank, and its
/// number.
#[napi]
pub(crate) fn decide_lines(engine: &Engine, state: Option<&Store>, lines: &[u8]) -> Uint32Array {
    let memory = state.map(|state| Arc::clone(state));
    let decider = Decider { handle: Arc::clone(engine), memory, who: None };
    // One engine decides all of them, as it does those of a batch.
    let now = decider.engine();
    let mut buffer = EventBuf::default();
    let mut answers = Vec::new();
    for (number, line) in (1u32..).zip(lines.split(|&byte| byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        buffer.read(line);
        let (decision, alert) = buffer.with_event(|event| decider.decide_by(&now, event));
        answers.extend(words(&decision, alert));
        answers.push(number);
    }
    Uint32Array::new(answers)
}

/// A state of so many bytes. Without a seed it gets one that nobody knows.
#[napi]
pub(crate) fn create_state(budget: u32, seed: Option<&[u8]>) -> Result<Store> {
    let key = match seed {
        Some(seed) => *seed.first_chunk().ok_or_else(|| wrong("seed"))?,
        None => unknown_seed()?,
    };
    let memory = memory(budget as usize, key)?;
    Ok(External::new_with_size_hint(memory, budget as usize))
}

pub(crate) fn memory(budget: usize, seed: [u8; 16]) -> Result<Arc<Memory>> {
    State::with_budget(budget, seed).map(Memory::new).map_err(state_error)
}

/// A seed that nobody knows.
pub(crate) fn unknown_seed() -> Result<[u8; 16]> {
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(|error| Error::from_reason(error.to_string()))?;
    Ok(seed)
}

#[napi]
pub(crate) fn restore_state(saved: &[u8]) -> Result<Store> {
    let state = State::restore(saved.to_vec()).map_err(state_error)?;
    Ok(External::new_with_size_hint(Memory::new(state), saved.len()))
}

#[napi]
pub(crate) fn attach_state(number: f64) -> Option<Store> {
    Memory::find(number as u64).map(External::new)
}

#[napi]
pub(crate) fn number_of_state(state: &Store) -> f64 {
    state.share() as f64
}

#[napi]
pub(crate) fn save_state(state: &Store) -> Uint8Array {
    Uint8Array::new(locked(&state.state).save().to_vec())
}

/// The numbers of throttled rules and how many of their audits no decision has
/// told, one after the other.
#[napi]
pub(crate) fn suppressed(engine: &Engine, state: &Store) -> Vec<f64> {
    let engine = engine.engine.engine();
    let state = locked(&state.state);
    let pairs = engine.suppressed(&state);
    pairs.flat_map(|(rule, count)| [f64::from(rule.number()), count as f64]).collect()
}

#[napi]
pub(crate) fn adopt_state(engine: &Engine, state: &Store) -> u32 {
    engine.engine.engine().adopt(&mut locked(&state.state)) as u32
}

/// How much a state remembers, and who is quarantined.
#[napi]
pub(crate) fn describe_state(state: &Store) -> String {
    let state = locked(&state.state);
    let quarantines: Vec<_> = state
        .quarantines()
        .map(|one| {
            json!({
                "id": hex(&one.id),
                "kind": one.kind.as_str(),
                "pid": (one.kind == ActorKind::Process).then_some(one.pid),
                "text": hex(one.text),
                "since": one.since,
                "duration": one.duration,
            })
        })
        .collect();
    json!({
        "entries": state.entries(),
        "forgotten": state.forgotten(),
        "suppressed": state.suppressed(),
        "quarantines": quarantines,
    })
    .to_string()
}

#[napi]
pub(crate) fn release(state: &Store, id: &[u8]) -> Result<bool> {
    let id = id.try_into().map_err(|_| wrong("a quarantine's id"))?;
    Ok(locked(&state.state).release(id))
}

fn explanation(explanation: &Explanation<'_>) -> Value {
    match explanation {
        Explanation::Matches(found) => {
            json!({ "result": "matches", "entry": entry(found), "notOn": [] })
        }
        Explanation::Unlisted(lists) => {
            let lists: Vec<_> = lists.iter().map(|list| list.as_str()).collect();
            json!({ "result": "matches", "entry": null, "notOn": lists })
        }
        Explanation::Fails(condition, found) => {
            json!({ "result": "fails", "condition": condition.as_str(), "entry": entry(found) })
        }
        Explanation::Undecided(invalid) => {
            json!({ "result": "undecided", "code": invalid.as_str() })
        }
        Explanation::OverTime => json!({ "result": "over_time" }),
        other => json!({ "result": format!("{other:?}") }),
    }
}

fn entry(entry: &Option<Entry<'_>>) -> Value {
    entry.as_ref().map_or(Value::Null, |entry| {
        json!({
            "list": entry.list.as_str(),
            "text": entry.text,
            "file": entry.file,
            "line": entry.line,
            "column": entry.column,
        })
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn wrong(what: &str) -> Error {
    Error::from_reason(format!("{what}: not of the expected form"))
}

fn replaced(generation: u64) -> Error {
    Error::from_reason(format!(
        "ERR_WARDLINE_DECISION|decision: of generation {generation}, which was replaced and not kept"
    ))
}

fn not_a_record() -> Error {
    wrong("a record")
}

/// `CODE|message`: the code is for `error.code`.
fn load_error(error: LoadError) -> Error {
    let code = match error {
        LoadError::NotABundle => "NOT_A_BUNDLE",
        LoadError::Version { .. } => "VERSION",
        LoadError::Length { .. } => "LENGTH",
        LoadError::Checksum => "CHECKSUM",
        LoadError::Platform { .. } => "PLATFORM",
        LoadError::Directory => "DIRECTORY",
        LoadError::Section { .. } => "SECTION",
        LoadError::TargetMissing => "TARGET_MISSING",
        LoadError::Volume { .. } => "VOLUME",
        LoadError::UpperCase { .. } => "UPPER_CASE",
        _ => "LOAD",
    };
    Error::from_reason(format!("ERR_WARDLINE_{code}|{error}"))
}

fn state_error(error: StateError) -> Error {
    Error::from_reason(format!("ERR_WARDLINE_STATE|{error}"))
}
