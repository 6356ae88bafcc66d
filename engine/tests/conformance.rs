//! The cases of `tests/cases`: what a decision means, one behaviour each.
//!
//! Each runs through an engine from the compiler's bytes, one reloaded from a
//! copy of them at an odd address, and the oracle; deciding must not allocate.

mod cases;
mod oracle;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;

use cases::{Case, Want};
use oracle::Oracle;
use wardline::{Binding, Decision, Engine, Reason};

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
        ..Binding::default()
    };
    let fresh = Engine::load(bundle.bytes.clone(), &binding).map_err(|error| error.to_string())?;
    let shifted: Vec<u8> = [0].into_iter().chain(bundle.bytes).collect();
    let reloaded = Engine::load(&shifted[1..], &binding).map_err(|error| error.to_string())?;
    let target = target.as_deref().unwrap_or(&[]);
    let oracle = Oracle::new(&policies, &case.lists, target, case.fail(), case.mode_cap());

    case.with_event(|event| {
        let before = ALLOCATIONS.get();
        let decision = fresh.decide(event);
        let allocated = ALLOCATIONS.get() - before;
        if allocated != 0 {
            return Err(format!("deciding allocated {allocated} times"));
        }
        let found = words(&fresh, &decision);
        if words(&reloaded, &reloaded.decide(event)) != found {
            return Err("a reloaded bundle decides otherwise".to_owned());
        }
        let expected = oracle.decide(event);
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
        };
        if expected != found {
            return Err(format!("the oracle says {expected:?}, the engine {found:?}"));
        }
        case.want.check(&found)
    })
}

/// A decision in the words of a case.
fn words<B: AsRef<[u8]>>(engine: &Engine<B>, decision: &Decision) -> Want {
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
    }
}

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting for the thread that calls it.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}
