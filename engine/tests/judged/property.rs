//! The engine against the oracle, on random policies and events.
//!
//! Seeded, so that every run decides the same; a difference prints the policies,
//! the event and both answers.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::thread;

use crate::oracle::{Answer, Contents, Memory, Oracle};
use crate::random::Random;
use crate::{cases, random};
use serde_json::Value;
use wardline::json::EventBuf;
use wardline::policy::Policy;
use wardline::{
    Action, Binding, Compiler, Engine, Event, Explanation, Fail, Format, Invalid, Mode, Platform,
    RuleId, State,
};

/// Decisions per round of policies.
const EVENTS: usize = 500;
const ROUNDS: usize = 2_100;
const THREADS: usize = 2;
const TARGET: [(&str, &str); 2] = [("host.name", "web-1"), ("os.type", "linux")];

/// What was decided, to show that the pools reach everything.
#[derive(Default)]
struct Seen {
    decisions: u64,
    not_allowed: u64,
    suppressed: u64,
    told: u64,
    controls: BTreeMap<String, u64>,
    codes: BTreeMap<Invalid, u64>,
}

/// Runs rounds in threads and adds up what they saw.
fn all(rounds: fn(u64) -> Seen) -> Seen {
    let threads: Vec<_> =
        (0..THREADS).map(|thread| thread::spawn(move || rounds(thread as u64))).collect();
    let mut seen = Seen::default();
    for thread in threads {
        let part = thread.join().unwrap();
        seen.decisions += part.decisions;
        seen.not_allowed += part.not_allowed;
        seen.suppressed += part.suppressed;
        seen.told += part.told;
        for (control, count) in part.controls {
            *seen.controls.entry(control).or_default() += count;
        }
        for (code, count) in part.codes {
            *seen.codes.entry(code).or_default() += count;
        }
    }
    seen
}

#[test]
fn decides_as_the_oracle_does_on_windows() {
    let seen = all(run_windows);
    assert!(seen.decisions >= 300_000, "{} decisions", seen.decisions);
    assert!(seen.not_allowed * 5 >= seen.decisions, "{} not allowed", seen.not_allowed);
    for control in [
        "file_block",
        "file_integrity_monitoring",
        "read_only_files",
        "executables_blocked",
        "executables_allowed",
        "windows_registry_monitoring",
        "windows_registry_protection",
        "os_users_and_groups_allowed",
        "os_users_and_groups_blocked",
        "realtime_malware_protection",
        "brute_force_login_detection",
        "reverse_shell_block",
        "block_cryptocurrency_mining",
    ] {
        let count = seen.controls.get(control).copied().unwrap_or(0);
        assert!(count >= 500, "{control} matched {count} times");
    }
    for code in [
        Invalid::PathEmpty,
        Invalid::PathNul,
        Invalid::PathDotDot,
        Invalid::PathRelative,
        Invalid::PathTruncated,
        Invalid::PathCharacter,
        Invalid::PathDevice,
        Invalid::PathShortName,
        Invalid::PathVolume,
        Invalid::PathRedirected,
        Invalid::RegistryHive,
        Invalid::PrincipalName,
        Invalid::PrincipalSid,
        Invalid::GroupsIncomplete,
    ] {
        let count = seen.codes.get(&code).copied().unwrap_or(0);
        assert!(count >= 100, "{code} came {count} times");
    }
}

#[test]
fn decides_as_the_oracle_does() {
    let seen = all(run);
    assert!(seen.decisions >= 1_000_000, "{} decisions", seen.decisions);
    assert!(seen.suppressed >= 1_000, "{} suppressed", seen.suppressed);
    assert!(seen.told >= 1_000, "{} told of suppressed ones", seen.told);
    assert!(seen.not_allowed * 4 >= seen.decisions, "{} not allowed", seen.not_allowed);
    for control in [
        "file_block",
        "file_integrity_monitoring",
        "read_only_files",
        "executables_blocked",
        "executables_allowed",
        "block_malicious_executables",
        "fileless_execution_block",
        "forensics",
        "network_block",
        "dns_ip_reputation",
        "block_cryptocurrency_mining",
        "reverse_shell_block",
        "os_users_and_groups_allowed",
        "os_users_and_groups_blocked",
        "system_integrity_monitoring",
        "realtime_malware_protection",
        "brute_force_login_detection",
        "port_scan_detection",
        "honeypot",
    ] {
        let count = seen.controls.get(control).copied().unwrap_or(0);
        assert!(count >= 1_000, "{control} matched {count} times");
    }
    for code in [
        Invalid::UnknownKind,
        Invalid::UnknownValue,
        Invalid::UnknownField,
        Invalid::MissingField,
        Invalid::FieldType,
        Invalid::PathEmpty,
        Invalid::PathNul,
        Invalid::PathDotDot,
        Invalid::PathRelative,
        Invalid::PathTruncated,
        Invalid::PathTooLong,
        Invalid::PathMagicLink,
        Invalid::Address,
        Invalid::Domain,
        Invalid::PrincipalName,
        Invalid::PrincipalId,
        Invalid::GroupsIncomplete,
        Invalid::Sha256,
        Invalid::Time,
    ] {
        let count = seen.codes.get(&code).copied().unwrap_or(0);
        assert!(count >= 1_000, "{code} came {count} times");
    }
}

fn run(seed: u64) -> Seen {
    let mut random = Random::new(seed);
    let mut seen = Seen::default();
    let mut rounds = 0;
    while rounds < ROUNDS / THREADS {
        let texts: Vec<_> = (0..1 + random.below(4))
            .map(|index| random::policy(&mut random, &format!("p{index}")))
            .collect();
        let Some((policies, contents, bundle)) = compile(&texts) else { continue };
        rounds += 1;
        let fail = *random.pick(&[Fail::Closed, Fail::Closed, Fail::Open]);
        let mode_cap = *random.pick(&[Mode::Enforce, Mode::Enforce, Mode::Audit]);
        let binding = Binding { target: Some(&TARGET), fail, mode_cap, ..Binding::default() };
        let engine = Engine::load(bundle, &binding).unwrap();
        let oracle = Oracle::new(&policies, &contents, &TARGET, fail, mode_cap);
        let mut buffer = EventBuf::default();
        let mut over_time = OverTime {
            state: State::new(vec![0; 1 << 18], [7; 16]).unwrap(),
            memory: Memory::default(),
        };
        for _ in 0..EVENTS {
            if random.one_in(2) {
                let owned = random::event(&mut random);
                owned.with(|event| {
                    compare(&engine, &oracle, &mut over_time, event, &owned, &texts, &mut seen);
                });
            } else {
                let line = random::line::line(&mut random);
                buffer.read(line.as_bytes());
                buffer.with_event(|event| {
                    compare(&engine, &oracle, &mut over_time, event, &line, &texts, &mut seen);
                });
            }
        }
    }
    seen
}

fn run_windows(seed: u64) -> Seen {
    const VOLUMES: [(&str, &str); 2] =
        [(r"\Device\HarddiskVolume2", "C:"), (r"\\?\Volume{1}\", r"D:\data")];
    let mut random = Random::new(seed);
    let mut seen = Seen::default();
    let mut rounds = 0;
    while rounds < ROUNDS / THREADS / 3 {
        let texts: Vec<_> = (0..1 + random.below(3))
            .map(|index| random::windows::policy(&mut random, &format!("p{index}")))
            .collect();
        let Some((policies, contents, bundle)) = compile(&texts) else { continue };
        rounds += 1;
        let (fail, mode_cap) = (Fail::Closed, Mode::Enforce);
        let binding = Binding { target: Some(&TARGET), volumes: &VOLUMES, ..Binding::default() };
        let engine = Engine::load(bundle, &binding).unwrap();
        let oracle =
            Oracle::new(&policies, &contents, &TARGET, fail, mode_cap).with_volumes(&VOLUMES);
        let mut buffer = EventBuf::default();
        let mut over_time = OverTime {
            state: State::new(vec![0; 1 << 18], [7; 16]).unwrap(),
            memory: Memory::default(),
        };
        for _ in 0..EVENTS {
            let line = random::windows::line(&mut random);
            buffer.read(line.as_bytes());
            buffer.with_event(|event| {
                compare(&engine, &oracle, &mut over_time, event, &line, &texts, &mut seen);
            });
        }
    }
    seen
}

/// The policies, the contents of their lists, and their bundle; `None` if an
/// exception happens to share no path with what it excepts from, which is an
/// error.
fn compile(texts: &[Value]) -> Option<(Vec<Policy>, Contents, Vec<u8>)> {
    let windows = texts.iter().any(|text| text["platform"] == "windows");
    let mut compiler = Compiler::new(if windows { Platform::Windows } else { Platform::Linux });
    let mut policies = Vec::new();
    let mut contents = Contents::new();
    for (index, text) in texts.iter().enumerate() {
        let name = format!("p{index}.json");
        let mut text = text.clone();
        cases::take_lists(&mut text, &mut contents);
        let text = text.to_string();
        let (policy, _) = wardline::policy::parse(&name, text.as_bytes(), Format::Json)
            .unwrap_or_else(|errors| panic!("{errors}\n{text}"));
        compiler.add(policy.clone());
        policies.push(policy);
    }
    for ((policy, list), text) in &contents {
        compiler.list(policy, list, text.as_str());
    }
    match compiler.build() {
        Ok(bundle) => Some((policies, contents, bundle.bytes)),
        Err(errors) => {
            let expected = errors.iter().all(|one| {
                one.code == wardline::diagnostic::Code::UselessException
                    || one.severity == wardline::diagnostic::Severity::Warning
            });
            assert!(expected, "{errors}\n{texts:?}");
            None
        }
    }
}

/// What both remember of the events of a round.
struct OverTime {
    state: State<Vec<u8>>,
    memory: Memory,
}

fn compare(
    engine: &Engine<Vec<u8>>,
    oracle: &Oracle<'_>,
    over_time: &mut OverTime,
    event: &Event<'_>,
    shown: &dyn Debug,
    texts: &[Value],
    seen: &mut Seen,
) {
    {
        let expected = oracle.decide_with(&mut over_time.memory, event);
        let decision = engine.decide_with(&mut over_time.state, event);
        assert!(!decision.overload, "room for all of a round");
        let mut found = Answer::of(engine, event, &decision);
        if engine.needs_state() {
            // What rules over time match is in no list, only in the count.
            assert_eq!(
                decision.matched as usize,
                expected.matched.len(),
                "{texts:?}\n{shown:?}\n{event:?}"
            );
            found.matched.clone_from(&expected.matched);
        } else {
            assert_eq!(engine.decide(event), decision);
        }
        if seen.decisions.is_multiple_of(4) {
            let actor = engine.actor(&event.process, &event.user, event.groups);
            let known = Event { actor: Some(&actor), ..*event };
            assert_eq!(engine.decide(&known), engine.decide(event), "{texts:?}\n{event:?}");
        }
        assert_eq!(found, expected, "engine, oracle\npolicies {texts:#?}\nevent\n{shown:?}");
        seen.decisions += 1;
        seen.not_allowed += u64::from(decision.action != Action::Allow);
        seen.suppressed += u64::from(decision.suppressed);
        seen.told += u64::from(decision.suppressed_before > 0);
        for (_, control) in &expected.matched {
            *seen.controls.entry(control.clone()).or_default() += 1;
        }
        if let Some(code) = expected.code {
            *seen.codes.entry(code).or_default() += 1;
        }
        if seen.decisions.is_multiple_of(16) {
            explained(engine, event);
        }
    }
}

/// Every explanation agrees with the decision, and one by a list names an entry.
fn explained(engine: &Engine<Vec<u8>>, event: &Event<'_>) {
    let mut rules = [RuleId::from_number(0); 32];
    let count = engine.matches(event, &mut rules);
    for (id, rule) in engine.rules() {
        let matches = rules[..count].contains(&id);
        let explanation = engine.explain(event, id).unwrap();
        match explanation {
            Explanation::Matches(entry) => {
                assert!(matches, "{rule:?} {event:?}");
                let has_list = matches!(
                    rule.control.as_str(),
                    "file_block"
                        | "file_integrity_monitoring"
                        | "read_only_files"
                        | "executables_blocked"
                        | "block_malicious_executables"
                        | "dns_ip_reputation"
                        | "windows_registry_monitoring"
                        | "windows_registry_protection"
                );
                assert!(entry.is_some() || !has_list, "no entry for {rule:?} {event:#?}");
            }
            Explanation::Unlisted(_) => assert!(matches, "{rule:?} {event:?}"),
            _ => assert!(!matches, "{explanation:?} {rule:?} {event:#?}"),
        }
    }
}
