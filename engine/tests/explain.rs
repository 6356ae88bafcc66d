//! What explanations say is so: an entry that is told decides by itself, an
//! exception that is told is what excepts, and none contradicts a decision.

mod cases;
mod random;

use std::collections::BTreeMap;

use random::Random;
use serde_json::{Map, Value, json};
use wardline::json::EventBuf;
use wardline::{
    Activity, Binding, Compiler, Condition, Engine, Entry, Event, Explanation, Format, Invalid,
    Platform, Reason, Rule, RuleId, State,
};

/// An engine of one policy, and how its rules explain an event, in one line.
fn explained(controls: Value, event: Value) -> Vec<String> {
    let function = controls.get("honeypot").is_some();
    let policy = json!({
        "wardline": 1, "kind": if function { "function" } else { "host" }, "name": "p",
        "platform": "linux", "mode": "enforce", "controls": controls,
    });
    let engine = load(&policy).unwrap();
    let mut buffer = EventBuf::default();
    buffer.read(event.to_string().as_bytes());
    let all = buffer.with_event(|event| engine.explanations(event).to_string());
    let all: Value = serde_json::from_str(&all).unwrap();
    all.as_array().unwrap().iter().map(in_one_line).collect()
}

fn in_one_line(one: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let lists = one["not_on"].as_array().map(|lists| {
        lists.iter().filter_map(Value::as_str).map(|list| format!("-{list}")).collect::<String>()
    });
    let parts = [
        text(&one["result"]),
        text(&one["condition"]),
        text(&one["code"]),
        text(&one["entry"]["list"]),
        text(&one["entry"]["text"]),
        lists,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

macro_rules! t {
    ($name:ident, $controls:tt, $event:tt => $want:expr) => {
        #[test]
        fn $name() {
            assert_eq!(explained(json!($controls), json!($event)), $want);
        }
    };
}

t!(an_excepted_address_is_not_why,
    { "network_block": { "networks": ["10.0.0.0/8"], "except_networks": ["10.1.0.0/16"], "domains": ["bad.com"] } },
    { "kind": "network", "direction": "outbound", "ip": "10.1.1.1", "domain": "bad.com" }
    => ["matches domains bad.com"]);
t!(an_excepted_cname_is_not_why,
    { "network_block": { "domains": [".evil.com", "bad.com"], "except_domains": ["ok.evil.com"] } },
    { "kind": "dns", "name": "x.y", "cnames": ["ok.evil.com", "bad.com"] }
    => ["matches domains bad.com"]);
t!(what_carries_an_excepted_address_is_no_exception,
    { "network_block": { "networks": ["10.0.0.0/8"], "domains": ["a.b"], "except_networks": ["10.1.0.0/16"] } },
    { "kind": "network", "direction": "outbound", "ip": "64:ff9b::10.1.1.1" }
    => ["matches networks 10.0.0.0/8"]);
t!(ports_are_told_only_if_nothing_else_is,
    { "network_block": { "ports": ["1-99"], "networks": ["10.0.0.0/8"] } },
    { "kind": "network", "direction": "outbound", "ip": "10.1.1.1", "port": 80 }
    => ["matches networks 10.0.0.0/8"]);
t!(root_is_not_on_its_own_list,
    { "executables_allowed": { "executables": ["/usr/**"], "root_executables": ["/usr/bin/id"] } },
    { "kind": "exec", "path": "/usr/bin/x", "user": { "id": 0 } }
    => ["matches -root_executables"]);
t!(a_program_is_on_no_list,
    { "executables_allowed": { "executables": ["/usr/**"], "root_executables": ["/usr/bin/id"] } },
    { "kind": "exec", "path": "/tmp/x", "user": { "id": 0 } }
    => ["matches -executables"]);
t!(what_an_alias_is_allowed_is_not_why,
    { "executables_allowed": { "executables": ["/opt/**", "/usr/**"] } },
    { "kind": "exec", "path": "/usr/x", "aliases": ["/opt/x"] }
    => ["fails object executables /usr/**"]);
t!(a_user_is_on_neither_list,
    { "os_users_and_groups_allowed": { "users": ["alice"], "groups": ["ops"] } },
    { "kind": "login", "user": { "name": "bob" }, "groups": [] }
    => ["matches -users-groups"]);
t!(an_excepted_path_is_not_why,
    { "file_block": { "paths": ["/a/**", "/b/**"], "except_paths": ["/a/ok"] } },
    { "kind": "file", "operation": "rename", "path": "/a/ok", "target": "/b/x" }
    => ["matches paths /b/**"]);
t!(what_is_not_created_is_not_why,
    { "file_integrity_monitoring": { "operations": ["create"], "paths": ["/c", "/d"] } },
    { "kind": "file", "operation": "rename", "path": "/c/x", "target": "/d/x" }
    => ["matches paths /d"]);
t!(an_exception_of_another_object_is_not_why,
    { "file_block": { "paths": ["/a/**"], "except_paths": ["/b/x", "/a/ok"] } },
    { "kind": "file", "operation": "rename", "path": "/a/ok", "target": "/b/x" }
    => ["fails exception except_paths /a/ok"]);
t!(an_excepted_name_that_is_not_the_real_one_is_not_why,
    { "file_block": { "paths": ["/a/**"], "except_paths": ["/b/x"] } },
    { "kind": "file", "operation": "read", "path": "/c", "aliases": ["/b/x"] }
    => ["fails object"]);
t!(a_certain_match_is_one_in_a_malformed_event,
    { "network_block": { "domains": ["bad.com"] } },
    { "kind": "dns", "name": "bad.com", "zzz": 1 }
    => ["matches domains bad.com"]);
t!(what_was_meant_by_a_malformed_event_is_not_known,
    { "network_block": { "domains": ["bad.com"] } },
    { "kind": "dns", "name": "good.com", "zzz": 1 }
    => ["undecided unknown_field"]);
t!(a_login_of_nobody_certainly_matches,
    { "os_users_and_groups_blocked": { "users": ["eve"] } },
    { "kind": "login", "groups": [] }
    => ["matches"]);
t!(failed_logins_are_counted,
    { "brute_force_login_detection": { "max_failures": 1, "except_networks": ["10.0.0.0/8"] } },
    { "kind": "login", "time": 1, "user": { "name": "a" }, "source": "1.1.1.1", "success": false }
    => ["over_time"]);
t!(logins_that_succeed_are_not_counted,
    { "brute_force_login_detection": { "max_failures": 1 } },
    { "kind": "login", "time": 1, "user": { "name": "a" }, "success": true }
    => ["fails operation"]);
t!(logins_from_excepted_sources_are_not_counted,
    { "brute_force_login_detection": { "max_failures": 1, "except_networks": ["10.0.0.0/8"] } },
    { "kind": "login", "time": 1, "user": { "name": "a" }, "source": "10.1.1.1", "success": false }
    => ["fails exception except_networks 10.0.0.0/8"]);
t!(nothing_is_counted_without_a_time,
    { "brute_force_login_detection": { "max_failures": 1 } },
    { "kind": "login", "user": { "name": "a" }, "success": false }
    => ["undecided time"]);
t!(whose_source_is_unknown_cannot_be_judged,
    { "brute_force_login_detection": { "max_failures": 1, "block_for": "1h" } },
    { "kind": "login", "time": 1, "user": { "name": "a" }, "source": "bad" }
    => ["undecided address"]);
t!(a_time_that_lacks_is_told_as_the_decision_tells_it,
    { "brute_force_login_detection": { "max_failures": 1, "block_for": "1h" } },
    { "kind": "login", "user": { "name": "a" }, "source": "bad" }
    => ["undecided address"]);
t!(ports_that_are_tried_are_counted,
    { "port_scan_detection": {} },
    { "kind": "network", "time": 1, "direction": "inbound", "ip": "1.1.1.1", "port": 1 }
    => ["over_time"]);
t!(a_port_that_is_listened_on_is_not_tried,
    { "port_scan_detection": {} },
    { "kind": "network", "time": 1, "direction": "listen", "ip": "1.1.1.1", "port": 1 }
    => ["fails operation"]);
t!(who_is_quarantined_is_known_over_time,
    { "honeypot": { "decoys": [{ "kind": "environment", "name": "K" }] } },
    { "kind": "exec", "path": "/usr/bin/id" }
    => ["over_time"]);
t!(a_decoy_is_touched_whoever_is_quarantined,
    { "honeypot": { "decoys": [{ "kind": "file", "path": "/k" }] } },
    { "kind": "exec", "path": "/k" }
    => ["matches decoys /k"]);
t!(files_are_refused_to_nobody,
    { "honeypot": { "decoys": [{ "kind": "file", "path": "/k" }] } },
    { "kind": "file", "operation": "read", "path": "/x" }
    => ["fails object"]);

/// What came of random explanations, to show that the pools reach everything.
#[derive(Default)]
struct Seen {
    entries: u64,
    /// Told by control and list.
    lists: BTreeMap<(String, String), u64>,
    exceptions: u64,
    unlisted: u64,
    over_time: u64,
    malformed: u64,
    /// Not to be judged for a field that controls over time read.
    unjudged: u64,
}

#[test]
fn an_entry_that_is_told_decides_by_itself() {
    const ROUNDS: u64 = 1_600;
    const EVENTS: usize = 250;
    let mut seen = Seen::default();
    for seed in 0..ROUNDS {
        let mut random = Random::new(0xe7 + seed);
        let windows = random.one_in(4);
        let mut policy = match windows {
            true => random::windows::policy(&mut random, "p"),
            false => random::policy(&mut random, "p"),
        };
        for field in ["scope", "throttle", "enforce_after"] {
            policy.as_object_mut().unwrap().remove(field);
        }
        let Some(engine) = load(&policy) else { continue };
        let mut law = Law { policy: &policy, narrowed: BTreeMap::new(), seen: &mut seen };
        let mut state = State::new(vec![0; 1 << 16], [7; 16]).unwrap();
        let mut buffer = EventBuf::default();
        for _ in 0..EVENTS {
            if !windows && random.one_in(2) {
                let owned = random::event(&mut random);
                owned.with(|event| law.holds(&engine, &mut state, event));
                continue;
            }
            let line = match windows {
                true => random::windows::line(&mut random),
                false => random::line::line(&mut random),
            };
            buffer.read(line.as_bytes());
            buffer.with_event(|event| law.holds(&engine, &mut state, event));
        }
    }
    println!("{:?}", seen.lists);
    assert!(seen.entries >= 10_000, "{} entries", seen.entries);
    assert!(seen.exceptions >= 500, "{} exceptions", seen.exceptions);
    assert!(seen.unlisted >= 500, "{} unlisted", seen.unlisted);
    assert!(seen.over_time >= 500, "{} over time", seen.over_time);
    assert!(seen.malformed >= 500, "{} malformed", seen.malformed);
    assert!(seen.unjudged >= 500, "{} not judged over time", seen.unjudged);
}

/// A policy, and it with one entry only for each that was told.
struct Law<'a> {
    policy: &'a Value,
    narrowed: BTreeMap<String, Option<Engine<Vec<u8>>>>,
    seen: &'a mut Seen,
}

impl Law<'_> {
    fn holds(&mut self, engine: &Engine<Vec<u8>>, state: &mut State<Vec<u8>>, event: &Event<'_>) {
        let matching = matching(engine, event);
        self.tells_what_is_not_understood(engine, event);
        let decision = engine.decide_with(state, event);
        self.seen.malformed += u64::from(event.malformed.is_some());
        for (id, rule) in engine.rules() {
            let explanation = engine.explain(event, id).unwrap();
            let policy = self.policy;
            let said = || format!("{explanation:?} of {rule:?}\n{event:#?}\n{policy:#}");
            let matches = matches!(explanation, Explanation::Matches(_) | Explanation::Unlisted(_));
            assert_eq!(matches, matching.contains(&id), "{}", said());
            if decision.rule == Some(id) && decision.reason == Reason::Matched {
                // What is known of an event that cannot be judged may still be refused after others.
                let after =
                    matches!(explanation, Explanation::OverTime | Explanation::Undecided(_));
                assert!(matches || after && engine.needs_state(), "{}", said());
            }
            match explanation {
                Explanation::Matches(Some(entry)) => {
                    let key = (rule.control.to_string(), entry.list.to_string());
                    *self.seen.lists.entry(key).or_default() += 1;
                    let Some(alone) = self.narrowed(&rule, &entry, alone) else { continue };
                    assert!(decides(alone, &rule, event), "{}", said());
                    self.seen.entries += 1;
                }
                Explanation::Fails(Condition::Exception, Some(entry)) => {
                    let without = self.narrowed(&rule, &entry, without_exceptions).unwrap();
                    assert!(may_match(without, &rule, event), "{}", said());
                    self.seen.exceptions += 1;
                }
                Explanation::Unlisted(lists) => {
                    self.seen.unlisted += 1;
                    assert!(!lists.is_empty(), "{}", said());
                }
                Explanation::OverTime => self.seen.over_time += 1,
                Explanation::Fails(Condition::Kind, _) => {}
                Explanation::Fails(..) => assert_eq!(event.malformed, None, "{}", said()),
                _ => {}
            }
        }
    }

    /// What is decided about the first event of all, and what is explained: as long as
    /// nothing is remembered, a rule that is in doubt says that it is, and of a login that
    /// cannot be counted one says the code that is told.
    fn tells_what_is_not_understood(&mut self, engine: &Engine<Vec<u8>>, event: &Event<'_>) {
        let mut empty = State::new([0; State::<()>::LEAST], [7; 16]).unwrap();
        let decision = engine.decide_with(&mut empty, event);
        let (Reason::InvalidEvent(code), Some(id)) = (decision.reason, decision.rule) else {
            return;
        };
        let own = engine.explain(event, id).unwrap();
        let said = || format!("{decision:?}: {own:?}\n{event:#?}\n{:#}", self.policy);
        assert!(matches!(own, Explanation::Undecided(_)), "{}", said());
        // Other fields may be told that are required, or read by rules that fail besides.
        let counted = matches!(code, Invalid::Time | Invalid::Address) && event.malformed.is_none();
        if let (Activity::Login(_), true) = (event.activity, counted) {
            let mut told = engine.rules().filter_map(|(id, _)| engine.explain(event, id));
            assert!(told.any(|one| one == Explanation::Undecided(code)), "{}", said());
        }
        let alone = engine.decide(event);
        self.seen.unjudged += u64::from(alone.reason != decision.reason);
    }

    /// The policy with what `change` makes of the rule's control; `None` if that is
    /// none that compiles.
    fn narrowed(
        &mut self,
        rule: &Rule<'_>,
        entry: &Entry<'_>,
        change: fn(&mut Map<String, Value>, &Entry<'_>),
    ) -> Option<&Engine<Vec<u8>>> {
        let mut policy = self.policy.clone();
        let control = rule.control.as_str();
        let mut fields = policy["controls"][control].as_object().unwrap().clone();
        change(&mut fields, entry);
        policy["controls"] = json!({ control: fields });
        let text = policy.to_string();
        self.narrowed.entry(text).or_insert_with(|| load(&policy)).as_ref()
    }
}

/// The one entry in its list, and nothing in the lists beside it that list too.
fn alone(fields: &mut Map<String, Value>, entry: &Entry<'_>) {
    const SIDE_BY_SIDE: [&str; 11] = [
        "paths",
        "presets",
        "executables",
        "sha256",
        "directories",
        "networks",
        "domains",
        "lists",
        "users",
        "groups",
        "keys",
    ];
    let list = entry.list.as_str();
    let logs_in = fields.contains_key("groups");
    // Ports are a condition beside those, and so is who acts.
    for other in SIDE_BY_SIDE {
        let acts = other == "users" && !logs_in;
        if list != "ports" && !acts {
            fields.remove(other);
        }
    }
    match (list, entry.text.strip_prefix("builtin ")) {
        (_, Some("programs")) => drop(fields.insert("programs".into(), json!(true))),
        (_, Some(_)) => {}
        ("decoys", None) => {
            let is = |decoy: &Value| [&decoy["path"], &decoy["name"]].contains(&&json!(entry.text));
            fields["decoys"].as_array_mut().unwrap().retain(is);
        }
        (list, None) => {
            if fields.contains_key("programs") {
                fields.insert("builtin".into(), json!(false));
                fields.insert("programs".into(), json!(false));
            }
            fields.insert(list.into(), json!([entry.text]));
        }
    }
}

fn without_exceptions(fields: &mut Map<String, Value>, _: &Entry<'_>) {
    for list in ["except_paths", "except_networks", "except_domains", "except_lists", "except_keys"]
    {
        fields.remove(list);
    }
}

fn load(policy: &Value) -> Option<Engine<Vec<u8>>> {
    const VOLUMES: [(&str, &str); 1] = [(r"\Device\HarddiskVolume2", "C:")];
    let windows = policy["platform"] == "windows";
    let mut compiler = Compiler::new(if windows { Platform::Windows } else { Platform::Linux });
    let (mut policy, mut contents) = (policy.clone(), BTreeMap::new());
    cases::take_lists(&mut policy, &mut contents);
    compiler.policy("p.json", policy.to_string().as_bytes(), Format::Json).ok()?;
    for ((policy, list), text) in &contents {
        compiler.list(policy, list, text.as_str());
    }
    let bundle = compiler.build().ok()?;
    let target = [("host.name", "web-1")];
    let volumes = if windows { &VOLUMES[..] } else { &[] };
    let binding = Binding { target: Some(&target), volumes, ..Binding::default() };
    Some(Engine::load(bundle.bytes, &binding).unwrap())
}

fn matching(engine: &Engine<Vec<u8>>, event: &Event<'_>) -> Vec<RuleId> {
    let mut rules = [RuleId::from_number(0); 32];
    let count = engine.matches(event, &mut rules);
    rules[..count].to_vec()
}

/// Whether the rule of that control about that kind of event matches.
fn decides(engine: &Engine<Vec<u8>>, rule: &Rule<'_>, event: &Event<'_>) -> bool {
    let matching = matching(engine, event);
    same(engine, rule).is_some_and(|id| matching.contains(&id))
}

/// Whether it fails at most on who acts or on another condition of its own.
fn may_match(engine: &Engine<Vec<u8>>, rule: &Rule<'_>, event: &Event<'_>) -> bool {
    let explanation = same(engine, rule).and_then(|id| engine.explain(event, id));
    !matches!(explanation, Some(Explanation::Fails(Condition::Object, _)))
}

fn same(engine: &Engine<Vec<u8>>, rule: &Rule<'_>) -> Option<RuleId> {
    let mut rules = engine.rules();
    rules.find(|(_, one)| (one.control, one.kind) == (rule.control, rule.kind)).map(|(id, _)| id)
}
