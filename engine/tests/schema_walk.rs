//! Walks the table of controls: every option of every control has a case in which the control matches and one in which it does not, and
//! every exception a case that it decides.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use cases::Case;
use serde_json::Value;
use wardline::policy::CONTROLS;
use wardline::policy::spec::Shape;
use wardline::{Binding, Engine, RuleId, State};

/// What the cases show of one option.
#[derive(Default)]
struct Shown {
    matching: bool,
    other: bool,
}

#[test]
fn every_option_has_cases() {
    let cases = cases::all();
    let mut shown: BTreeMap<String, Shown> = BTreeMap::new();
    let mut excepting = BTreeSet::new();
    for case in &cases {
        let matched = matched(case);
        for (index, control, fields) in controls(case) {
            let matches = matched.contains(&(index, control.clone()));
            for option in options(&control, &fields) {
                let shown = shown.entry(option).or_default();
                shown.matching |= matches;
                shown.other |= !matches;
            }
            for field in fields.keys().filter(|field| field.starts_with("except_")) {
                let name = format!("{control}.{field}");
                if !matches
                    && !excepting.contains(&name)
                    && matches_without(case, index, &control, field)
                {
                    excepting.insert(name);
                }
            }
        }
    }
    let mut missing = Vec::new();
    for option in wanted() {
        let shown = shown.remove(&option).unwrap_or_default();
        if !shown.matching {
            missing.push(format!("{option}: no case in which the control matches"));
        }
        if !shown.other {
            missing.push(format!("{option}: no case in which it does not"));
        }
        if option.contains(".except_") && !excepting.contains(&option) {
            missing.push(format!("{option}: no case that it decides"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Every option of every control.
fn wanted() -> Vec<String> {
    let mut wanted = Vec::new();
    for control in CONTROLS {
        wanted.push(control.name.to_owned());
        for field in control.fields() {
            let name = format!("{}.{}", control.name, field.name);
            match field.shape {
                Shape::Choices(values) | Shape::Choice(values) => {
                    wanted.extend(values.iter().map(|value| format!("{name}={value}")));
                }
                Shape::Boolean => wanted.push(format!("{name}=true")),
                _ => wanted.push(name),
            }
        }
    }
    wanted
}

type Fields = serde_json::Map<String, Value>;

/// The controls of a case: index of the policy, name, fields.
fn controls(case: &Case) -> Vec<(usize, String, Fields)> {
    let mut all = Vec::new();
    for (index, policy) in case.policies.iter().enumerate() {
        for (name, fields) in policy["controls"].as_object().unwrap() {
            all.push((index, name.clone(), fields.as_object().cloned().unwrap_or_default()));
        }
    }
    all
}

/// The options that a control of a case uses.
fn options(control: &str, fields: &Fields) -> Vec<String> {
    let mut options = vec![control.to_owned()];
    for (field, value) in fields {
        let name = format!("{control}.{field}");
        match value {
            Value::Bool(value) => options.push(format!("{name}={value}")),
            Value::String(value) => options.extend([format!("{name}={value}"), name]),
            Value::Array(values) => {
                options.push(name.clone());
                options.extend(
                    values.iter().filter_map(|value| Some(format!("{name}={}", value.as_str()?))),
                );
            }
            _ => options.push(name),
        }
    }
    options
}

/// The controls that match, with the index of their policy.
fn matched(case: &Case) -> BTreeSet<(usize, String)> {
    let policies = case.parsed().unwrap();
    let Ok(bundle) = case.compiler().unwrap().build() else { return BTreeSet::new() };
    let target = case.target();
    let binding = Binding {
        target: target.as_deref(),
        fail: case.fail(),
        mode_cap: case.mode_cap(),
        volumes: &case.volumes(),
        ..Binding::default()
    };
    let engine = Engine::load(bundle.bytes, &binding).unwrap();
    let mut rules = Vec::new();
    if let Some(step) = case.single() {
        rules = vec![RuleId::from_number(0); 16];
        let count = step.with_event(|event| engine.matches(event, &mut rules));
        rules.truncate(count);
    }
    let mut state = State::new(vec![0; 1 << 14], [7; 16]).unwrap();
    for step in case.steps.iter().filter(|_| case.single().is_none()) {
        rules.extend(step.with_event(|event| engine.decide_with(&mut state, event)).rule);
    }
    let named = rules.iter().filter_map(|&rule| engine.rule(rule));
    named
        .filter_map(|rule| {
            let index = policies.iter().position(|policy| policy.name.text == rule.policy)?;
            Some((index, rule.control.as_str().to_owned()))
        })
        .collect()
}

/// Whether the control would match without one of its fields.
fn matches_without(case: &Case, index: usize, control: &str, field: &str) -> bool {
    let mut without = case.clone();
    without.policies[index]["controls"][control].as_object_mut().unwrap().remove(field);
    matched(&without).contains(&(index, control.to_owned()))
}
