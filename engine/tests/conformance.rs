//! The cases of `tests/cases`: what a decision means, one behaviour each.
//!
//! Each runs through an engine from the compiler's bytes, one reloaded from a
//! copy of them at an odd address, and the oracle; deciding must not allocate.

mod cases;
mod oracle;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use cases::{Case, Step, Want};
use oracle::{Answer, Memory, Oracle};
use wardline::{Binding, Decision, Engine, Reason, State};

#[test]
fn every_case_is_decided_as_it_says() {
    let cases = cases::all();
    let mut failures = Vec::new();
    for case in &cases {
        if let Err(why) = run(case) {
            failures.push(format!("{}/{}: {why}", case.file, case.name));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
    println!("{} cases", cases.len());
}

#[test]
fn names_of_cases_are_unique() {
    let mut names = BTreeSet::new();
    for case in cases::all() {
        assert!(
            names.insert((case.file.clone(), case.name.clone())),
            "{}/{} twice",
            case.file,
            case.name
        );
    }
}

fn run(case: &Case) -> Result<(), String> {
    let policies = case.parsed()?;
    let compiler = case.compiler()?;
    let bundle = compiler.build().map_err(|errors| errors.to_string())?;
    let again = compiler.build().map_err(|errors| errors.to_string())?;
    if bundle.bytes != again.bytes {
        return Err("the same policies gave other bytes".to_owned());
    }
    let target = case.target();
    let binding = Binding {
        target: target.as_deref(),
        fail: case.fail(),
        mode_cap: case.mode_cap(),
        volumes: &case.volumes(),
        ..Binding::default()
    };
    let load = |padding: usize| {
        let bytes = [0].repeat(padding).into_iter().chain(bundle.bytes.clone()).collect();
        Engine::load(Shifted { bytes, padding }, &binding).map_err(|error| error.to_string())
    };
    let (fresh, reloaded) = (load(0)?, load(1)?);
    let target = target.as_deref().unwrap_or(&[]);
    let oracle = Oracle::new(&policies, &case.lists, target, case.fail(), case.mode_cap())
        .with_volumes(&case.volumes());

    if let Some(step) = case.single() {
        return step.with_event(|event| {
            check(step, &fresh, &reloaded, oracle.decide(event), |engine| engine.decide(event))
        });
    }
    let mut memory = Memory::default();
    let states = [(); 2].map(|()| State::new(vec![0; 1 << 14], [7; 16]).unwrap());
    let states = RefCell::new(states);
    for (index, step) in case.steps.iter().enumerate() {
        step.with_event(|event| {
            let expected = oracle.decide_with(&mut memory, event);
            let turn = Cell::new(0);
            check(step, &fresh, &reloaded, expected, |engine| {
                let mut states = states.borrow_mut();
                let state = &mut states[turn.replace(1)];
                engine.decide_with(state, event)
            })
        })
        .map_err(|why| format!("event {index}: {why}"))?;
    }
    Ok(())
}

/// Checks one decision: of an engine, of one reloaded, of the oracle, and as it
/// is wanted.
fn check(
    step: &Step,
    fresh: &Engine<Shifted>,
    reloaded: &Engine<Shifted>,
    expected: Answer,
    decide: impl Fn(&Engine<Shifted>) -> Decision,
) -> Result<(), String> {
    let mut decision = None;
    let allocated = allocation_counter::measure(|| decision = Some(decide(fresh))).count_total;
    let decision = decision.expect("a decision");
    if allocated != 0 {
        return Err(format!("deciding allocated {allocated} times"));
    }
    let found = words(fresh, &decision);
    if words(reloaded, &decide(reloaded)) != found {
        return Err("a reloaded bundle decides otherwise".to_owned());
    }
    let (policy, control) = expected.rule.unzip();
    let expected = Want {
        action: Some(expected.action.as_str().to_owned()),
        intent: Some(expected.intent.as_str().to_owned()),
        reason: Some(expected.reason.to_owned()),
        code: expected.code.map(|code| code.as_str().to_owned()),
        policy,
        control,
        matched: Some(expected.matched.len()),
        remediation: Some(if expected.delete { "delete" } else { "none" }.to_owned()),
        suppressed: Some(expected.suppressed),
        suppressed_before: Some(expected.suppressed_before),
    };
    if expected != found {
        return Err(format!("the oracle says {expected:?}, the engine {found:?}"));
    }
    step.want.check(&found)
}

/// A bundle behind some bytes, so that it lies at any address.
struct Shifted {
    bytes: Vec<u8>,
    padding: usize,
}

impl AsRef<[u8]> for Shifted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.padding..]
    }
}

/// A decision in the words of a case.
fn words(engine: &Engine<Shifted>, decision: &Decision) -> Want {
    let rule = decision.rule.and_then(|rule| engine.rule(rule));
    Want {
        action: Some(decision.action.as_str().to_owned()),
        intent: Some(decision.intent.as_str().to_owned()),
        reason: Some(decision.reason.as_str().to_owned()),
        code: match decision.reason {
            Reason::InvalidEvent(code) => Some(code.as_str().to_owned()),
            _ => None,
        },
        policy: rule.map(|rule| rule.policy.to_owned()),
        control: rule.map(|rule| rule.control.as_str().to_owned()),
        matched: Some(decision.matched as usize),
        remediation: Some(decision.remediation.as_str().to_owned()),
        suppressed: Some(decision.suppressed),
        suppressed_before: Some(decision.suppressed_before as usize),
    }
}
