//! Recorded attacks on Windows hosts through a real policy: every decision is
//! the oracle's, with and without the drives of devices.
//!
//! The traces are not part of the project; without them beside the repository
//! the test says `skipped`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use crate::agreed;
use crate::oracle::{Contents, Oracle};
use serde_json::Value;
use wardline::json::EventBuf;
use wardline::policy::Policy;
use wardline::{Action, Binding, Compiler, Engine, Fail, Format, Invalid, Mode, Platform, Reason};

/// The system drive of every host in the recordings.
const VOLUMES: [(&str, &str); 3] = [
    (r"\Device\HarddiskVolume1", "C:"),
    (r"\Device\HarddiskVolume2", "C:"),
    (r"\Device\HarddiskVolume4", "C:"),
];

/// Connections by shells, and those of them whose path has a drive.
const SHELLS: usize = 18;
const SHELLS_ON_DRIVES: usize = 9;

/// What came of a replay.
#[derive(Debug, Default)]
struct Seen {
    actions: BTreeMap<Action, usize>,
    /// By action and control.
    controls: BTreeMap<(Action, String), usize>,
    invalid: BTreeMap<Invalid, usize>,
    /// By recorded technique: events that a control matched, by control.
    techniques: BTreeMap<String, BTreeMap<String, usize>>,
}

#[test]
fn every_decision_is_the_oracles_with_volumes_and_without() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let data = root.join("../shared/data/traces");
    let Ok(file) = fs::File::open(data.join("windows_otrf.events.jsonl.zst")) else {
        println!("skipped: no traces beside the repository");
        return;
    };
    let labels = fs::read(data.join("windows_otrf.labels.json")).unwrap();
    let labels: Value = serde_json::from_slice(&labels).unwrap();
    let text = fs::read(root.join("tests/policies/traces-windows.yaml")).unwrap();
    let (policy, _) = wardline::policy::parse("traces-windows.yaml", &text, Format::Yaml).unwrap();
    let bundle = Compiler::new(Platform::Windows).add(policy.clone()).build().unwrap().bytes;
    let text = zstd::decode_all(file).unwrap();
    let lines: Vec<&[u8]> =
        text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 163_726);

    let policies = [policy];
    let replayed = |volumes: &'static [(&'static str, &'static str)]| {
        let binding = Binding { volumes, ..Binding::default() };
        let engine = Engine::load(&bundle[..], &binding).unwrap();
        let (first, second) = lines.split_at(lines.len() / 2);
        thread::scope(|scope| {
            let other = scope.spawn(|| replay(&engine, &policies, volumes, second, &labels));
            let mut seen = replay(&engine, &policies, volumes, first, &labels);
            seen.add(other.join().unwrap());
            seen
        })
    };
    let (with, without) = (replayed(&VOLUMES), replayed(&[]));
    println!("with volumes: {with:#?}");
    println!("without: {:#?} {:#?} {:#?}", without.actions, without.controls, without.invalid);

    // Shadow copies and CD-ROMs are no drive's: a rule on files could be about
    // them, so they are told. The 10,369 processes on device paths are not.
    let invalid = [
        (Invalid::UnknownValue, 120), // protocols by number
        (Invalid::PathShortName, 11),
        (Invalid::PathVolume, 38),
        (Invalid::PrincipalName, 1),
    ];
    let count = |seen: &Seen, action, control: &str| {
        seen.controls.get(&(action, control.to_owned())).copied().unwrap_or(0)
    };
    for seen in [&with, &without] {
        assert_eq!(seen.invalid, invalid.into());
        assert_eq!(count(seen, Action::Block, "windows_registry_protection"), 12);
        assert_eq!(count(seen, Action::Audit, "windows_registry_monitoring"), 214);
        assert_eq!(count(seen, Action::Audit, "file_integrity_monitoring"), 23);
        assert_eq!(count(seen, Action::Block, "executables_blocked"), 10);
    }
    // Shells that connect are known by their path, and so by its drive: without
    // it they are missed, but nothing else is taken for one.
    assert_eq!(count(&with, Action::Block, "reverse_shell_block"), SHELLS);
    assert_eq!(count(&without, Action::Block, "reverse_shell_block"), SHELLS_ON_DRIVES);
}

fn replay(
    engine: &Engine<&[u8]>,
    policies: &[Policy],
    volumes: &[(&str, &str)],
    lines: &[&[u8]],
    labels: &Value,
) -> Seen {
    let oracle = Oracle::new(policies, &Contents::new(), &[], Fail::Closed, Mode::Enforce)
        .with_volumes(volumes);
    let mut seen = Seen::default();
    let mut buffer = EventBuf::default();
    for line in lines {
        buffer.read(line);
        buffer.with_event(|event| {
            let decision = engine.decide(event);
            let control = agreed(engine, &decision, &oracle.decide(event), line);
            *seen.actions.entry(decision.action).or_default() += 1;
            if let Reason::InvalidEvent(code) = decision.reason {
                *seen.invalid.entry(code).or_default() += 1;
            }
            let Some(control) = control else { return };
            if decision.reason == Reason::Matched {
                *seen.controls.entry((decision.action, control.to_owned())).or_default() += 1;
                let line: Value = serde_json::from_slice(line).unwrap();
                let recording = line["metadata"]["ds"].as_str().unwrap_or_default();
                let techniques = labels[recording]["techniques"].as_array();
                for technique in techniques.into_iter().flatten().filter_map(Value::as_str) {
                    let of = seen.techniques.entry(technique.to_owned()).or_default();
                    *of.entry(control.to_owned()).or_default() += 1;
                }
            }
        });
    }
    seen
}

impl Seen {
    fn add(&mut self, other: Seen) {
        fn sum<K: Ord>(into: &mut BTreeMap<K, usize>, from: BTreeMap<K, usize>) {
            for (key, count) in from {
                *into.entry(key).or_default() += count;
            }
        }
        sum(&mut self.actions, other.actions);
        sum(&mut self.controls, other.controls);
        sum(&mut self.invalid, other.invalid);
        for (technique, controls) in other.techniques {
            sum(self.techniques.entry(technique).or_default(), controls);
        }
    }
}
