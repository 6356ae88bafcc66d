//! Laws that hold whatever the policies are: how an object is spelt, how
//! policies are ordered, and what adding to them may change.
//!
//! Policies and events come from the seeded generators of the property tests.

#[path = "../random/mod.rs"]
mod random;
mod spelling;

use std::collections::BTreeSet;

use random::Random;
use serde_json::{Value, json};
use wardline::json::EventBuf;
use wardline::{
    Action, Binding, Compiler, Decision, Engine, Event, Format, Mode, Platform, RuleId,
};

/// Rounds of policies, each with [`EVENTS`] events.
const ROUNDS: usize = 500;
const EVENTS: usize = 60;
const TARGET: [(&str, &str); 2] = [("host.name", "web-1"), ("os.type", "linux")];

#[test]
fn adding_a_deny_rule_never_removes_a_match() {
    let mut added = 0;
    rounds(1, |random, texts| {
        let mut more = texts.to_vec();
        if random.one_in(3) {
            let mut policy = random_policy(random, texts, "more");
            policy["controls"].as_object_mut().unwrap().retain(|name, _| !is_allow_list(name));
            if policy["controls"].as_object().unwrap().is_empty() {
                return;
            }
            let place = random.below(more.len() + 1);
            more.insert(place, policy);
        } else if !add_entry(random, &mut more, |control, field| {
            !is_allow_list(control) && LISTED.contains(&field)
        }) {
            return;
        }
        let (Some(few), Some(many)) = (Case::new(texts), Case::new(&more)) else { return };
        events(random, texts, |event| {
            let (before, after) = (few.decide(event), many.decide(event));
            assert!(after.matched.is_superset(&before.matched), "{texts:?}\n{more:?}\n{event:?}");
            assert!(after.action >= before.action, "{texts:?}\n{more:?}\n{event:?}");
            added += after.matched.len() - before.matched.len();
        });
    });
    assert!(added > 300, "{added} more matches");
}

#[test]
fn an_exception_never_adds_a_match() {
    let mut removed = 0;
    rounds(12, |random, texts| {
        let mut excepted = texts.to_vec();
        let added = if random.one_in(2) {
            add_entry(random, &mut excepted, |_, field| field.starts_with("except_"))
        } else {
            except_some(random, &mut excepted)
        };
        if !added {
            return;
        }
        let (Some(before), Some(after)) = (Case::new(texts), Case::new(&excepted)) else { return };
        events(random, texts, |event| {
            let (before, after) = (before.decide(event), after.decide(event));
            assert!(after.matched.is_subset(&before.matched), "{texts:?}\n{excepted:?}\n{event:?}");
            assert!(after.action <= before.action, "{texts:?}\n{excepted:?}\n{event:?}");
            removed += before.matched.len() - after.matched.len();
        });
    });
    assert!(removed > 100, "{removed} fewer matches");
}

#[test]
fn the_order_of_policies_decides_ties_only() {
    let mut ties = 0;
    rounds(3, |random, texts| {
        let mut other = texts.to_vec();
        other.reverse();
        let place = random.below(other.len());
        other.rotate_left(place);
        let (Some(one), Some(other)) = (Case::new(texts), Case::new(&other)) else { return };
        events(random, texts, |event| {
            let (a, b) = (one.decide(event), other.decide(event));
            assert_eq!(a.matched, b.matched, "{texts:?}\n{event:?}");
            let mut alike = b.decision;
            if alike.rule.is_some() {
                alike.rule = a.decision.rule;
            }
            assert_eq!(alike, a.decision, "{texts:?}\n{event:?}");
            ties += usize::from(a.rule != b.rule);
        });
    });
    assert!(ties > 100, "{ties} ties");
}

#[test]
fn audit_and_enforce_differ_in_the_action_only() {
    let mut blocks = 0;
    rounds(4, |random, texts| {
        let with = |mode: &str| -> Vec<Value> {
            let mut texts = texts.to_vec();
            for text in &mut texts {
                text["mode"] = json!(mode);
                text.as_object_mut().unwrap().remove("enforce_after");
            }
            texts
        };
        let (Some(audit), Some(enforce)) = (Case::new(&with("audit")), Case::new(&with("enforce")))
        else {
            return;
        };
        let capped = Case::capped(&with("enforce")).unwrap();
        events(random, texts, |event| {
            let (audit, enforce) = (audit.decide(event), enforce.decide(event));
            assert_eq!(audit.matched, enforce.matched, "{texts:?}\n{event:?}");
            assert_eq!(audit.decision.intent, enforce.decision.intent, "{texts:?}\n{event:?}");
            assert_eq!(audit.decision.intent, enforce.action, "{texts:?}\n{event:?}");
            assert_eq!(audit.action, enforce.action.min(Action::Audit), "{texts:?}\n{event:?}");
            // A cap is the same as auditing policies, but for what to do besides.
            let capped = capped.decide(event).decision;
            assert_eq!(capped, audit.decision, "{texts:?}\n{event:?}");
            blocks += usize::from(enforce.action == Action::Block);
        });
    });
    assert!(blocks > 1_000, "{blocks} blocks");
}

#[test]
fn bytes_decide_as_what_was_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.wlb");
    rounds(5, |random, texts| {
        let Some(compiled) = Case::new(texts) else { return };
        let bytes = bundle(texts).unwrap();
        assert!(bundle(texts).unwrap() == bytes, "not deterministic: {texts:?}");
        std::fs::write(&file, &bytes).unwrap();
        // At an address that nothing is aligned to.
        let mut moved = vec![0xaa];
        moved.extend(std::fs::read(&file).unwrap());
        let volumes = &spelling::VOLUMES;
        let binding = Binding { target: Some(&TARGET), volumes, ..Binding::default() };
        let loaded = Engine::load(&moved[1..], &binding).unwrap();
        let shared: std::sync::Arc<[u8]> = bytes.into();
        let shared = Engine::load(shared, &binding).unwrap();
        let reported: Vec<_> = compiled.engine.rules().collect();
        assert_eq!(loaded.rules().collect::<Vec<_>>(), reported);
        events(random, texts, |event| {
            let expected = compiled.engine.decide(event);
            assert_eq!(loaded.decide(event), expected, "{texts:?}\n{event:?}");
            assert_eq!(shared.decide(event), expected, "{texts:?}\n{event:?}");
            for (id, _) in &reported {
                let explanation = compiled.engine.explain(event, *id);
                assert_eq!(loaded.explain(event, *id), explanation, "{texts:?}\n{event:?}");
            }
        });
    });
}

/// Policies that were compiled and bound.
struct Case {
    engine: Engine<Vec<u8>>,
}

/// A decision, with the names of what matched.
struct Decided {
    decision: Decision,
    action: Action,
    rule: Option<(String, String)>,
    matched: BTreeSet<(String, String)>,
}

impl Case {
    /// `None` where the policies are refused, as with an exception that shares
    /// nothing with what it excepts from.
    fn new(texts: &[Value]) -> Option<Case> {
        Case::bound(texts, Mode::Enforce)
    }

    /// With blocking capped.
    fn capped(texts: &[Value]) -> Option<Case> {
        Case::bound(texts, Mode::Audit)
    }

    fn bound(texts: &[Value], mode_cap: Mode) -> Option<Case> {
        let volumes = &spelling::VOLUMES;
        let binding = Binding { target: Some(&TARGET), mode_cap, volumes, ..Binding::default() };
        Some(Case { engine: Engine::load(bundle(texts)?, &binding).unwrap() })
    }

    fn decide(&self, event: &Event<'_>) -> Decided {
        let decision = self.engine.decide(event);
        let name = |rule: RuleId| {
            let rule = self.engine.rule(rule).unwrap();
            (rule.policy.to_owned(), rule.control.as_str().to_owned())
        };
        let mut rules = [RuleId::from_number(0); 64];
        let count = self.engine.matches(event, &mut rules);
        let matched = rules[..count].iter().copied().map(name).collect();
        Decided { decision, action: decision.action, rule: decision.rule.map(name), matched }
    }
}

/// The bundle of policies written as JSON, the contents of lists in their `text`.
fn bundle(texts: &[Value]) -> Option<Vec<u8>> {
    let windows = texts[0]["platform"] == "windows";
    let mut compiler = Compiler::new(if windows { Platform::Windows } else { Platform::Linux });
    for text in texts {
        let mut text = text.clone();
        let name = text["name"].as_str().unwrap().to_owned();
        let lists = text.get_mut("lists").and_then(Value::as_object_mut);
        for (list, definition) in lists.into_iter().flatten() {
            let definition = definition.as_object_mut().unwrap();
            if let Some(Value::String(lines)) = definition.remove("text") {
                definition.insert("file".into(), json!(list));
                compiler.list(&name, list, lines);
            }
        }
        compiler.policy("p.json", text.to_string().as_bytes(), Format::Json).ok()?;
    }
    Some(compiler.build().ok()?.bytes)
}

/// Policies of a platform, again and again.
fn rounds(seed: u64, mut law: impl FnMut(&mut Random, &[Value])) {
    let mut random = Random::new(seed);
    for round in 0..ROUNDS {
        let windows = round % 4 == 3;
        let count = 1 + random.below(3);
        let texts: Vec<Value> = (0..count)
            .map(|index| {
                let name = format!("p{index}");
                if windows {
                    random::windows::policy(&mut random, &name)
                } else {
                    random::policy(&mut random, &name)
                }
            })
            .collect();
        law(&mut random, &texts);
    }
}

fn random_policy(random: &mut Random, like: &[Value], name: &str) -> Value {
    if like[0]["platform"] == "windows" {
        random::windows::policy(random, name)
    } else {
        random::policy(random, name)
    }
}

/// Events of the policies' platform.
fn events(random: &mut Random, texts: &[Value], mut each: impl FnMut(&Event<'_>)) {
    let windows = texts[0]["platform"] == "windows";
    let mut buffer = EventBuf::default();
    for _ in 0..EVENTS {
        if !windows && random.one_in(2) {
            random::event(random).with(&mut each);
            continue;
        }
        let line = if windows { random::windows::line(random) } else { random::line::line(random) };
        buffer.read(line.as_bytes());
        buffer.with_event(&mut each);
    }
}

/// Adds to a field of some control an entry that another one has there; whether
/// there was something to add.
fn add_entry(
    random: &mut Random,
    texts: &mut [Value],
    wanted: impl Fn(&str, &str) -> bool,
) -> bool {
    let like = random_policy(random, texts, "like");
    let place = random.below(texts.len());
    let controls = texts[place]["controls"].as_object_mut().unwrap();
    let mut changed = false;
    for (name, fields) in controls.iter_mut() {
        let Some(other) = like["controls"].get(name).and_then(Value::as_object) else { continue };
        let fields = fields.as_object_mut().unwrap();
        for (field, entries) in other.iter().filter(|(field, _)| wanted(name, field)) {
            // A list that is not there yet may narrow a control: ports go with networks.
            let own = match fields.get_mut(field) {
                Some(own) => own,
                None if field.starts_with("except_") => {
                    fields.entry(field.clone()).or_insert(json!([]))
                }
                None => continue,
            };
            let own = own.as_array_mut().unwrap();
            for entry in entries.as_array().unwrap() {
                if !own.contains(entry) {
                    own.push(entry.clone());
                    changed = true;
                }
            }
        }
    }
    changed
}

/// Excepts something that a control lists; whether there was something.
fn except_some(random: &mut Random, texts: &mut [Value]) -> bool {
    let place = random.below(texts.len());
    let controls = texts[place]["controls"].as_object_mut().unwrap();
    let mut changed = false;
    for fields in controls.values_mut() {
        let fields = fields.as_object_mut().unwrap();
        let named = |(field, _): &(&String, &Value)| {
            matches!(field.as_str(), "paths" | "keys" | "networks" | "domains")
        };
        let listed = fields.iter().find(named);
        let Some((field, entry)) = listed.map(|(field, all)| (field.clone(), all[0].clone()))
        else {
            continue;
        };
        let excepted = fields.entry(format!("except_{field}")).or_insert(json!([]));
        let excepted = excepted.as_array_mut().unwrap();
        if !excepted.contains(&entry) {
            excepted.push(entry);
            changed = true;
        }
    }
    changed
}

/// What is listed there violates the policy, and is no condition of anything else.
const LISTED: &[&str] =
    &["paths", "executables", "sha256", "networks", "domains", "ports", "lists", "keys"];

fn is_allow_list(control: &str) -> bool {
    matches!(control, "executables_allowed" | "os_users_and_groups_allowed")
}
