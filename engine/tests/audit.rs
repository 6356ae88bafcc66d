//! Audit events: every case's decision as JSON that parses, says what was
//! decided, and holds an event that is decided alike.

mod cases;

use cases::Case;
use serde_json::Value;
use wardline::json::EventBuf;
use wardline::{Activity, Base, Binding, Compiler, Engine, Event, Exec, Process, Reason};

fn engine(case: &Case) -> Engine<Vec<u8>> {
    let target = case.target();
    let binding = Binding {
        target: target.as_deref(),
        fail: case.fail(),
        mode_cap: case.mode_cap(),
        volumes: &case.volumes(),
        generation: 7,
        ..Binding::default()
    };
    let compiler = case.compiler().unwrap();
    Engine::load(compiler.build().unwrap().bytes, &binding).unwrap()
}

#[test]
fn every_case_has_an_audit_event_that_can_be_decided_again() {
    for case in cases::all() {
        // What a state remembers is not in an event.
        let Some(step) = case.single() else { continue };
        let engine = engine(&case);
        let target = case.target().unwrap_or_default();
        let id = format!("{}/{}", case.file, case.name);
        let (line, decision, malformed) = step.with_event(|event| {
            let decision = engine.decide(event);
            let line = engine.audit(event, &decision, &target).to_string();
            (line, decision, event.malformed)
        });
        let audit: Value =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{id}: {e} {line}"));
        assert!(!line.contains('\n'), "{id}");
        assert_eq!(audit["version"], 1, "{id}");
        assert_eq!(audit["action"], decision.action.as_str(), "{id}");
        assert_eq!(audit["intent"], decision.intent.as_str(), "{id}");
        assert_eq!(audit["reason"], decision.reason.as_str(), "{id}");
        assert_eq!(audit["matched"], decision.matched, "{id}");
        assert_eq!(audit["generation"], 7, "{id}");
        let rule = decision.rule.and_then(|rule| engine.rule(rule));
        assert_eq!(
            audit.get("policy").and_then(Value::as_str),
            rule.map(|rule| rule.policy),
            "{id}"
        );
        let code = match decision.reason {
            Reason::InvalidEvent(code) => Some(code.as_str()),
            _ => None,
        };
        assert_eq!(audit.get("code").and_then(Value::as_str), code, "{id}");
        let mut buffer = EventBuf::default();
        buffer.read(audit["event"].to_string().as_bytes());
        let still = buffer.with_event(|event| event.malformed.is_some());
        assert_eq!(still, malformed.is_some(), "{id}: {}", audit["event"]);
        // What was not understood is not told again, nor what is not for logs.
        if malformed.is_some() || audit.get("arguments_removed").is_some() {
            continue;
        }
        let again = buffer.with_event(|event| engine.decide(event));
        assert_eq!(again, decision, "{id}: {}", audit["event"]);
    }
}

#[test]
fn hostile_text_stays_inside_its_string() {
    let case = &cases::all()[0];
    let engine = engine(case);
    let names: [&[u8]; 6] = [
        b"/\"},{\"action\":\"allow",
        b"/\\",
        b"/\x00\x1f\x7f\n",
        b"/\xff\"",
        "/\u{2028}".as_bytes(),
        b"",
    ];
    for name in names {
        let (one, two) = ([name], [name, name]);
        let event = Event {
            process: Process { path: Some(name), name: Some(name), pid: Some(1), argv: &one },
            ..Event::new(Activity::Exec(Exec {
                requested: Some(name),
                aliases: &two,
                argv: &one,
                base: Base { cwd: Some(name), ..Base::NONE },
                ..Exec::new(name)
            }))
        };
        let target = [("host.name\"", "a\\")];
        let line = engine.audit(&event, &engine.decide(&event), &target).to_string();
        let audit: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e} {line}"));
        let read = |value: &Value| match value.get("hex").and_then(Value::as_str) {
            None => value.as_str().unwrap().as_bytes().to_vec(),
            Some(hex) => (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect(),
        };
        assert_eq!(read(&audit["event"]["path"]), name);
        assert_eq!(read(&audit["event"]["aliases"][1]), name);
        assert_eq!(audit["target"]["host.name\""], "a\\");
        assert_eq!(audit["arguments_removed"], 2);
        assert!(audit["event"].get("argv").is_none());
        assert!(audit["event"]["process"].get("argv").is_none());
    }
}

#[test]
fn secrets_of_decoys_are_in_no_audit_event() {
    let policy = br#"{"wardline":1,"kind":"function","name":"bait","platform":"linux","mode":"enforce",
        "controls":{"honeypot":{"decoys":[{"kind":"access_key","id":"AKIADECOY","secret":"hunter2hunter2"}]}}}"#;
    let mut compiler = Compiler::new(wardline::Platform::Linux);
    compiler.policy("bait.json", policy, wardline::Format::Json).unwrap();
    let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
    let audit = |line: &str| {
        let mut buffer = EventBuf::default();
        buffer.read(line.as_bytes());
        buffer.with_event(|event| {
            let decision = engine.decide(event);
            engine.audit(event, &decision, &[]).with_metadata(buffer.metadata()).to_string()
        })
    };
    let line = audit(
        r#"{"kind":"exec","path":"/tmp/hunter2hunter2","argv":["x hunter2hunter2"],
            "aliases":["/a","/hunter2hunter2/b"],"cwd":"/hunter2hunter2",
            "user":{"name":"hunter2hunter2"},"metadata":{"raw":"hunter2hunter2"}}"#,
    );
    assert!(!line.contains("hunter2"), "{line}");
    let audit_event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(audit_event["type"], "function_runtime");
    assert_eq!(audit_event["event"]["path"], "[decoy]");
    assert_eq!(audit_event["event"]["aliases"], serde_json::json!(["/a", "[decoy]"]));
    assert_eq!(audit_event["metadata"], "[decoy]");
    // What stands where an address does may be any text.
    for line in [
        r#"{"kind":"network","direction":"outbound","ip":"hunter2hunter2"}"#,
        r#"{"kind":"network","direction":"outbound","ip":"fe80::1%hunter2hunter2"}"#,
        r#"{"kind":"dns","name":"a.example","answers":["192.0.2.1","hunter2hunter2"]}"#,
        r#"{"kind":"login","source":"hunter2hunter2"}"#,
    ] {
        let told = audit(line);
        assert!(!told.contains("hunter2") && told.contains("[decoy]"), "{told}");
    }
    // Which decoy it was is no secret.
    assert_eq!(audit_event["entry"]["text"], "AKIADECOY");
    assert!(audit(r#"{"kind":"credential","id":"AKIADECOY"}"#).contains(r#""id":"AKIADECOY""#));
}

#[test]
fn secrets_of_decoys_are_in_no_metadata_however_they_are_escaped() {
    let policy =
        br#"{"wardline":1,"kind":"function","name":"bait","platform":"linux","mode":"enforce",
        "controls":{"honeypot":{"decoys":[
            {"kind":"access_key","id":"AKIADECOY","secret":"wJal/rXUtn\u00e9"},
            {"kind":"environment","name":"TOKEN","value":"se\"cret\\12345"}]}}}"#;
    let mut compiler = Compiler::new(wardline::Platform::Linux);
    compiler.policy("bait.json", policy, wardline::Format::Json).unwrap();
    let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
    for metadata in [
        r#"{"a":"x wJal/rXUtné"}"#,
        r#"{"a":"wJal\/rXUtn\u00E9"}"#,
        r#"["\u0077\u004aal/rXUtné"]"#,
        r#"{"wJal/rXUtn\u00e9":1}"#,
        r#""se\"cret\\12345""#,
        r#"[[{"a":"\u0073e\u0022cret\u005c12345"}]]"#,
    ] {
        let line = format!(r#"{{"kind":"credential","name":"TOKEN","metadata":{metadata}}}"#);
        let mut buffer = EventBuf::default();
        buffer.read(line.as_bytes());
        let told = buffer.with_event(|event| {
            let decision = engine.decide(event);
            engine.audit(event, &decision, &[]).with_metadata(buffer.metadata()).to_string()
        });
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["metadata"], "[decoy]", "{metadata}");
    }
}

#[test]
fn nothing_is_told_twice_or_lost() {
    let policy = br#"{"wardline":1,"kind":"host","name":"record","platform":"linux","mode":"audit",
        "controls":{"forensics":{"os_user_activity":true,"full_command_arguments":true}}}"#;
    let mut compiler = Compiler::new(wardline::Platform::Linux);
    compiler.policy("record.json", policy, wardline::Format::Json).unwrap();
    let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
    let process = Process { argv: &[b"sh", b"-c"], ..Process::UNKNOWN };
    let event = Event { process, ..Event::new(Activity::Exec(Exec::new(b"/bin/ls"))) };
    let target = [("host.group", "a"), ("os.type", "linux"), ("host.group", "b")];
    let line = engine.audit(&event, &engine.decide(&event), &target).to_string();
    // A host may be in several groups, but a key stands once in an object.
    assert!(line.contains(r#""target":{"host.group":["a","b"],"os.type":"linux"}"#), "{line}");
    // Of the process nothing but its arguments may be known.
    assert!(line.contains(r#""process":{"argv":["sh","-c"]}"#), "{line}");
}

#[test]
fn arguments_stay_where_forensics_asks_for_them() {
    let policy = br#"{"wardline":1,"kind":"host","name":"record","platform":"linux","mode":"audit",
        "severity":"high","tags":["a","b"],"controls":{"forensics":{"os_user_activity":true,
        "full_command_arguments":true},"executables_blocked":{"executables":["nc"]}}}"#;
    let mut compiler = Compiler::new(wardline::Platform::Linux);
    compiler.policy("record.json", policy, wardline::Format::Json).unwrap();
    let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
    let mut buffer = EventBuf::default();
    buffer.read(
        br#"{"kind":"exec","path":"/bin/nc","argv":["nc","-e"],"metadata":{"x":[1]},"time":5}"#,
    );
    let line = buffer.with_event(|event| {
        let decision = engine.decide(event);
        engine.audit(event, &decision, &[]).with_metadata(buffer.metadata()).to_string()
    });
    let bundle = format!("{:016x}", engine.bundle_hash());
    let want = serde_json::json!({
        "version": 1, "type": "enforcer", "time": 5, "action": "audit", "intent": "block",
        "reason": "matched", "matched": 2, "policy": "record", "control": "forensics",
        "message": "activity recorded for forensics", "severity": "high", "tags": ["a", "b"],
        "event": { "kind": "exec", "time": 5, "path": "/bin/nc", "argv": ["nc", "-e"] },
        "metadata": { "x": [1] }, "bundle": bundle, "generation": 0,
    });
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), want, "{line}");
}

#[test]
fn a_decision_of_another_generation_is_not_described_by_this_ones_policies() {
    let load = |controls: &str, generation| {
        let policy = format!(
            r#"{{"wardline":1,"kind":"host","name":"record","platform":"linux","mode":"enforce","controls":{controls}}}"#
        );
        let mut compiler = Compiler::new(wardline::Platform::Linux);
        compiler.policy("record.json", policy.as_bytes(), wardline::Format::Json).unwrap();
        let binding = Binding { generation, ..Binding::default() };
        Engine::load(compiler.build().unwrap().bytes, &binding).unwrap()
    };
    let first = load(r#"{"executables_blocked":{"executables":["curl"]}}"#, 1);
    let next = load(r#"{"forensics":{"os_user_activity":true,"full_command_arguments":true}}"#, 2);
    let argv: &[&[u8]] = &[b"curl", b"-u", b"eve:hunter2"];
    let event = Event::new(Activity::Exec(Exec { argv, ..Exec::new(b"/usr/bin/curl") }));
    let decision = first.decide(&event);
    assert!(first.audit(&event, &decision, &[]).to_string().contains("executables_blocked"));
    let line = next.audit(&event, &decision, &[]).to_string();
    let audit: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&audit["action"], &audit["generation"]), (&"block".into(), &1.into()));
    assert!(["policy", "message", "bundle"].iter().all(|key| audit.get(key).is_none()), "{line}");
    assert!(!line.contains("hunter2") && audit["arguments_removed"] == 3, "{line}");
}
