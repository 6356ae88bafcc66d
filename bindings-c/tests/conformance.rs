//! Every case of `tests/cases` through the C interface: as a struct, with an actor, in
//! a batch, and as a line of JSON; and what is said of it.

mod c_program;
#[path = "../../engine/tests/cases/mod.rs"]
mod cases;

use c_program::{Owned, Words, to};
use cases::{Case, Want};
use serde_json::Value;
use wardline_c::binding::{wardline_binding, wardline_pair};
use wardline_c::engine::wardline_engine;
use wardline_c::raw::{In, Items, wardline_bytes};
use wardline_c::report::{wardline_engine_audit, wardline_engine_audit_json};
use wardline_c::report::{wardline_engine_explain, wardline_engine_explain_json};
use wardline_c::status::wardline_status;

#[test]
fn every_case_is_decided_as_it_says() {
    let cases = cases::all();
    let (mut failures, mut structs) = (Vec::new(), 0);
    for case in &cases {
        match run(case) {
            Ok(count) => structs += count,
            Err(why) => failures.push(format!("{}/{}: {why}", case.file, case.name)),
        }
    }
    let all: usize = cases.iter().map(|case| case.steps.len()).sum();
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    // What is left has a field that C cannot spell: unknown, twice, of a wrong type.
    assert!(structs * 10 > all * 9, "only {structs} of {all} events have a struct");
    println!("{} cases, {all} events, {structs} of them as structs", cases.len());
}

fn run(case: &Case) -> Result<usize, String> {
    let policies: Vec<_> =
        case.policies.iter().map(|policy| ("case.json", policy.to_string())).collect();
    let lists: Vec<_> = case
        .lists
        .iter()
        .map(|((policy, list), text)| (policy.as_str(), list.as_str(), text.as_str()))
        .collect();
    let (status, compiled) = c_program::compile(&policies, &lists);
    if status != wardline_status::Ok {
        return Err(format!("{status:?}"));
    }
    let bundle = c_program::bundle(&compiled.unwrap());
    let target = case.target().map(|target| pairs(&target));
    let engine = c_program::load(
        &bundle,
        &wardline_binding {
            fail: case.fail() as u32 + 1,
            mode_cap: case.mode_cap() as u32 + 1,
            target: target.unwrap_or(Items::NONE),
            volumes: pairs(&case.volumes()),
            ..c_program::binding()
        },
    );
    let states: Option<Vec<_>> =
        (case.steps.len() > 1).then(|| (0..4).map(|_| c_program::state(1 << 14, 1)).collect());
    let state = |index: usize| states.as_ref().map(|states| &states[index]);
    let mut structs = 0;
    for (index, step) in case.steps.iter().enumerate() {
        let at = |what: &str, why: String| format!("event {index} {what}: {why}");
        let line = match &step.event {
            Value::String(line) => line.clone(),
            event => event.to_string(),
        };
        let decision = c_program::decide_json(&engine, state(0), line.as_bytes());
        let found = c_program::words(&engine, &decision);
        step.want.check(&want(&found)).map_err(|why| at("as JSON", why))?;
        let Some(event) = c_program::event(&step.event) else { continue };
        structs += 1;
        let same = |what: &str, words: Words| {
            let why = || at(what, format!("{words:?}, as JSON {found:?}"));
            if words == found { Ok(()) } else { Err(why()) }
        };
        let alone = c_program::decide(&engine, state(1), &event);
        same("as a struct", c_program::words(&engine, &alone))?;
        let batch = c_program::decide_batch(&engine, state(2), &[event]);
        same("in a batch", c_program::words(&engine, &batch[0]))?;
        let actor = c_program::actor(&engine, &event);
        let mut known = event;
        known.actor = actor.get();
        let known = c_program::decide(&engine, state(3), &known);
        same("with an actor", c_program::words(&engine, &known))?;
        reports(&engine, &event, &line, &alone).map_err(|why| at("reported", why))?;
    }
    Ok(structs)
}

/// What is explained and reported of a struct is what is of its line.
fn reports(
    engine: &Owned<wardline_engine>,
    event: &wardline_c::event::wardline_event<'_>,
    line: &str,
    decision: &wardline_c::decision::wardline_decision,
) -> Result<(), String> {
    let line = wardline_bytes::new(line.as_bytes());
    let explained = [
        c_program::text(|out, capacity, length| {
            wardline_engine_explain(engine.get(), to(event), out, capacity, length)
        }),
        c_program::text(|out, capacity, length| {
            wardline_engine_explain_json(engine.get(), line, out, capacity, length)
        }),
    ];
    let audited = [
        c_program::text(|out, capacity, length| {
            let (event, decision) = (to(event), to(decision));
            let none = wardline_bytes::NONE;
            let target = In::NULL;
            wardline_engine_audit(
                engine.get(),
                event,
                decision,
                target,
                0,
                none,
                out,
                capacity,
                length,
            )
        }),
        c_program::text(|out, capacity, length| {
            let decision = to(decision);
            let target = In::NULL;
            wardline_engine_audit_json(
                engine.get(),
                line,
                decision,
                target,
                0,
                out,
                capacity,
                length,
            )
        }),
    ];
    for [of_struct, of_line] in [explained, audited] {
        let read = |text: &str| serde_json::from_str::<Value>(text).map_err(|e| e.to_string());
        let (mut of_struct, mut of_line) = (read(&of_struct)?, read(&of_line)?);
        for report in [&mut of_struct, &mut of_line] {
            if let Some(report) = report.as_object_mut() {
                report.remove("metadata");
                // Numbers there, text here: one address.
                report.remove("event");
            }
        }
        if of_struct != of_line {
            return Err(format!("{of_struct} instead of {of_line}"));
        }
    }
    Ok(())
}

fn pairs(pairs: &[(&str, &str)]) -> Items<'static, wardline_pair<'static>> {
    let pair = |(name, value): &(&str, &str)| wardline_pair {
        name: c_program::keep(name.as_bytes()),
        value: c_program::keep(value.as_bytes()),
    };
    c_program::items(pairs.iter().map(pair).collect())
}

/// The words of a case.
fn want(words: &Words) -> Want {
    let (policy, control) = words.rule.clone().unzip();
    Want {
        action: Some(words.action.clone()),
        intent: Some(words.intent.clone()),
        reason: Some(words.reason.clone()),
        code: words.code.clone(),
        policy,
        control,
        matched: Some(words.matched as usize),
        remediation: Some(if words.delete { "delete" } else { "none" }.to_owned()),
        suppressed: Some(words.suppressed),
        suppressed_before: Some(words.suppressed_before as usize),
    }
}
