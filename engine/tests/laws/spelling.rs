//! One object, spelt in many ways: the decision stays.
//!
//! A spelling that is the same object in every respect is decided the same by
//! any policies. One that only deny-type rules take for the object – because the
//! operating system may, or because it is a further name – is still denied by
//! policies that have nothing but such rules.

#[path = "linux.rs"]
mod linux;
#[path = "peers.rs"]
mod peers;
#[path = "windows.rs"]
mod windows;

use serde_json::{Map, Value, json};
use wardline::Action;
use wardline::json::EventBuf;

use super::{Case, Random, is_allow_list, random_policy, rounds};

/// Devices and their drives, for the spellings that use them.
pub(crate) const VOLUMES: [(&str, &str); 2] =
    [(r"\Device\HarddiskVolume2", "C:"), (r"\\?\Volume{1}\", "D:")];

/// An event as JSON.
type Line = Map<String, Value>;

/// Makes events in their plain spelling.
type Generator = fn(&mut Random) -> Line;

/// How far a spelling is the object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Strength {
    /// In every respect.
    Same,
    /// To rules that deny.
    Denied,
}
use Strength::{Denied, Same};

/// A way to spell an object.
struct Spelling {
    name: &'static str,
    strength: Strength,
    /// Spells an event so, or says that this one cannot be.
    respell: fn(&mut Line, &mut Random) -> bool,
}

#[test]
fn a_denied_object_is_denied_however_it_is_spelt() {
    let all: [(&str, Vec<Spelling>, Generator); 3] = [
        ("linux", linux::spellings(), linux::event),
        ("linux", peers::spellings(), peers::event),
        ("windows", windows::spellings(), windows::event),
    ];
    let mut names: Vec<&str> =
        all.iter().flat_map(|(_, spellings, _)| spellings.iter().map(|one| one.name)).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two spellings of one name");
    println!("{count} spellings");
    assert!(count >= 40, "{count} spellings");

    for (platform, spellings, event) in all {
        let mut denied = vec![0usize; spellings.len()];
        rounds(6, |random, texts| {
            if texts[0]["platform"] != platform {
                return;
            }
            let more = random_policy(random, texts, "more");
            let texts = [texts, &[more]].concat();
            let Some(any) = Case::new(&texts) else { return };
            let Some(denying) = Case::new(&without_exceptions(&texts)) else { return };
            // There are fewer rounds on Windows.
            for _ in 0..if platform == "windows" { 64 } else { 16 } {
                let plain = event(random);
                for (index, spelling) in spellings.iter().enumerate() {
                    let mut spelt = plain.clone();
                    if (spelling.respell)(&mut spelt, random) {
                        let case = if spelling.strength == Same { &any } else { &denying };
                        let found = same(case, spelling, &plain, &spelt, &texts);
                        denied[index] += usize::from(found);
                    }
                }
            }
        });
        for (spelling, denied) in spellings.iter().zip(denied) {
            assert!(denied >= 3, "{}: {denied} denied events", spelling.name);
        }
    }
}

/// Compares both spellings; whether the object is denied.
fn same(case: &Case, spelling: &Spelling, plain: &Line, spelt: &Line, texts: &[Value]) -> bool {
    let told = || format!("{}\n{plain:?}\n{spelt:?}\n{texts:?}", spelling.name);
    let read = |line: &Line| {
        let mut buffer = EventBuf::default();
        buffer.read(Value::Object(line.clone()).to_string().as_bytes());
        buffer
    };
    let decide = |line: &Line| {
        read(line).with_event(|event| {
            assert_eq!(event.malformed, None, "{}", told());
            case.decide(event)
        })
    };
    let (before, after) = (decide(plain), decide(spelt));
    match spelling.strength {
        Same => {
            assert_eq!(after.decision, before.decision, "{}", told());
            assert_eq!(after.matched, before.matched, "{}", told());
        }
        Denied => {
            assert!(after.matched.is_superset(&before.matched), "{}", told());
            assert!(after.action >= before.action, "{}", told());
        }
    }
    before.action != Action::Allow && !before.matched.is_empty()
}

/// The policies with nothing in them but what denies.
fn without_exceptions(texts: &[Value]) -> Vec<Value> {
    let mut texts = texts.to_vec();
    for text in &mut texts {
        let controls = text["controls"].as_object_mut().unwrap();
        controls.retain(|name, _| !is_allow_list(name));
        for (_, fields) in controls.iter_mut() {
            let fields = fields.as_object_mut().unwrap();
            fields.retain(|field, _| !field.starts_with("except_"));
        }
        if controls.is_empty() {
            controls.insert("fileless_execution_block".into(), json!({}));
            if text["platform"] == "windows" {
                text["controls"] = json!({ "reverse_shell_block": {} });
            }
        }
    }
    texts
}

/// The text of a field, if it has one.
fn text(line: &Line, field: &str) -> Option<String> {
    Some(line.get(field)?.as_str()?.to_owned())
}

/// Replaces the text of a field.
fn map(line: &mut Line, field: &str, change: impl FnOnce(&str) -> Option<String>) -> bool {
    let Some(changed) = text(line, field).and_then(|text| change(&text)) else { return false };
    line.insert(field.into(), json!(changed));
    true
}

/// A text as bytes in hexadecimal.
fn hex(text: &str) -> Value {
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    json!({ "hex": digits })
}
