//! Known ways around such engines: each gives the outcome that the contract
//! chooses.
//!
//! The collection is not part of the project; without it beside the repository
//! the test says `skipped`. Its cases for other platforms say so too. What it calls a match is a rule that fires, whatever the action.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use wardline::json::EventBuf;
use wardline::{
    Action, Activity, Address, Binding, Compiler, Engine, Event, Format, Login, Platform,
    Principal, Reason, State,
};

/// Of several sound outcomes, the one that Wardline has, where it is not the
/// first choice of the collection; with the reason.
const CHOSEN: &[(&str, &str)] = &[
    // `..` and magic links may lead elsewhere: refused, never folded.
    ("alias-006", "invalid_event"),
    ("alias-010", "invalid_event"),
    ("exclude-005", "invalid_event"),
    ("exec-040", "invalid_event"),
    ("glob-010", "invalid_event"),
    ("path-010", "invalid_event"),
    ("path-011", "invalid_event"),
    // What was cut off is not judged by what is left.
    ("long-009", "invalid_event"),
    // Every byte that no name is refused for is data.
    ("dns-044", "no_match"),
    // The root directory is a path, of which no name is listed.
    ("exec-025", "no_match"),
    // Any name that the program is known by counts.
    ("exec-046", "match"),
    // A digest that is not given is not a listed one, and the compiler cannot
    // know where /bin leads: it warns.
    ("exec-053", "no_match"),
    ("exec-054", "no_match"),
    // Entries are literal, what looks like a wildcard is refused, and ids end at 4294967294.
    ("user-019", "invalid_policy"),
    ("user-020", "match"),
    ("user-021", "invalid_policy"),
    // The effective identity decides, not who logged in before.
    ("user-033", "no_match"),
    // Groups are told by name or by identifier, as the entry is; names of the
    // built-in ones are translated on some hosts.
    ("user-043", "no_match"),
    // The address bar's `Computer` is no hive.
    ("reg-009", "invalid_event"),
    // An 8.3 name may be that of any file.
    ("win-040", "invalid_event"),
];

#[test]
fn every_case_has_the_outcome_that_was_chosen() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/evasion-sample.json");
    let Ok(text) = fs::read(path) else {
        println!("skipped: no collection of evasions beside the repository");
        return;
    };
    let collection: Value = serde_json::from_slice(&text).unwrap();
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    let (mut decided, mut wrong) = (0, Vec::new());
    for case in collection["cases"].as_array().unwrap() {
        let text = |key: &str| case[key].as_str().unwrap().to_owned();
        if case["platform"] == "macos" {
            *skipped.entry(text("platform")).or_default() += 1;
            continue;
        }
        decided += 1;
        let found = outcome(case);
        let id = text("id");
        let chosen = CHOSEN.iter().find(|(one, _)| *one == id).map(|(_, outcome)| *outcome);
        let sound = [&case["expect"]]
            .into_iter()
            .chain(case["accept"].as_array().into_iter().flatten())
            .any(|outcome| outcome == found);
        if !sound || chosen.or(case["expect"].as_str()) != Some(found) {
            wrong.push(format!("{id}: {found}, not {}: {case}", case["expect"]));
        }
    }
    for (what, count) in skipped {
        println!("skipped: {count} cases, {what}");
    }
    println!("{decided} cases");
    assert!(wrong.is_empty(), "{} of {decided}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(decided >= 210);
}

fn outcome(case: &Value) -> &'static str {
    let (rule, event) = (&case["rule"], &case["event"]);
    let windows = case["platform"] == "windows";
    let platform = if windows { Platform::Windows } else { Platform::Linux };
    let format = if rule["format"] == "yaml" { Format::Yaml } else { Format::Json };
    let text = if rule["control"] == "policy" {
        policy_text(event, format)
    } else {
        policy(rule, platform).to_string().into_bytes()
    };
    let mut compiler = Compiler::new(platform);
    if compiler.policy("case", &text, format).is_err() {
        return "invalid_policy";
    }
    let strings = |value: &Value| -> String {
        let lines = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        lines.collect::<Vec<_>>().join("\n")
    };
    compiler.list("case", "networks", strings(&rule["cidrs"]));
    let Ok(bundle) = compiler.build() else { return "invalid_policy" };
    if event["kind"] == "policy_text" {
        return "no_match";
    }
    let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();
    if event["kind"] == "sequence" {
        return sequence(&engine, event["events"].as_array().unwrap());
    }
    with_event(event, |event| {
        let decision = engine.decide(event);
        match decision.reason {
            Reason::InvalidEvent(_) => "invalid_event",
            Reason::Matched => "match",
            _ => "no_match",
        }
    })
}

/// Several logins: a match if one of them is told.
fn sequence(engine: &Engine<Vec<u8>>, steps: &[Value]) -> &'static str {
    let mut state = State::new(vec![0; 1 << 20], [7; 16]).unwrap();
    let mut told = false;
    for step in steps {
        let seconds = |key: &str| step[key].as_f64().unwrap();
        for index in 0..step["n"].as_u64().unwrap() {
            let time = ((seconds("t0") + seconds("dt") * index as f64) * 1_000.0) as u64;
            let source = match step["gen"].as_str().unwrap() {
                // As many sources as there are failures.
                "noise_ips" => Some(Address::V4((0x0b00_0000 + index as u32).to_be_bytes())),
                _ => step.get("ip").map(|ip| Address::Text(ip.as_str().unwrap().as_bytes())),
            };
            let success = Some(step["gen"] == "success");
            let user = step.get("user").map_or("root", |user| user.as_str().unwrap());
            let login = Login { source, success, groups_complete: true };
            let event = Event {
                time: Some(time),
                user: Principal { name: Some(user.as_bytes()), ..Principal::UNKNOWN },
                ..Event::new(Activity::Login(login))
            };
            told |= engine.decide_with(&mut state, &event).action != Action::Allow;
        }
    }
    if told { "match" } else { "no_match" }
}

/// A rule as a policy.
fn policy(rule: &Value, platform: Platform) -> Value {
    let take = |key: &str| rule.get(key).cloned().unwrap_or(json!([]));
    let prefixed = |prefix: &str, key: &str| -> Vec<Value> {
        let ids = take(key);
        ids.as_array().unwrap().iter().map(|id| json!(format!("{prefix}:{id}"))).collect()
    };
    let seconds = |key: &str| json!(format!("{}s", rule[key]));
    let principals = || {
        let mut users = take("users").as_array().unwrap().clone();
        users.extend(prefixed("uid", "uids"));
        json!({ "users": users, "groups": take("groups") })
    };
    let mut kind = "host";
    let mut lists = json!({});
    let (name, fields) = match rule["control"].as_str().unwrap() {
        "file_block" => ("file_block", json!({ "paths": take("patterns") })),
        "fim" => {
            let all = json!(["create", "read", "modify", "delete", "attributes"]);
            let operations = rule.get("ops").cloned().unwrap_or(all);
            let fields = json!({
                "paths": take("patterns"), "except_paths": take("exclude"), "operations": operations,
            });
            ("file_integrity_monitoring", fields)
        }
        "exec_block" => {
            let both = [take("names"), take("patterns")];
            let programs: Vec<Value> =
                both.iter().flat_map(|list| list.as_array().unwrap().clone()).collect();
            ("executables_blocked", json!({ "executables": programs, "sha256": take("sha256") }))
        }
        "exec_block_dir" => {
            kind = "function";
            let patterns = take("patterns");
            let directories: Vec<&str> = patterns
                .as_array()
                .unwrap()
                .iter()
                .map(|pattern| pattern.as_str().unwrap().trim_end_matches("/**"))
                .collect();
            ("block_malicious_executables", json!({ "directories": directories }))
        }
        "net_block" => {
            let fields = json!({ "networks": take("cidrs"), "except_networks": take("allow") });
            ("network_block", fields)
        }
        "dns_block" => ("network_block", json!({ "domains": take("domains") })),
        "reputation" => {
            lists = json!({ "networks": { "file": "networks.txt", "format": "networks" } });
            let fields = json!({ "lists": ["networks"], "include_special_use": true });
            ("dns_ip_reputation", fields)
        }
        "registry_protect" => ("windows_registry_protection", json!({ "keys": take("patterns") })),
        "users_block" => ("os_users_and_groups_blocked", principals()),
        "users_allow" => ("os_users_and_groups_allowed", principals()),
        "brute_force" => {
            let key = match rule["key"].as_str().unwrap() {
                "ip" => "source",
                other => panic!("key {other}"),
            };
            let fields = json!({
                "max_failures": rule["threshold"], "window": seconds("window_s"), "key": key,
                "ipv6_prefix": rule.get("ipv6_prefix").cloned().unwrap_or(json!(128)),
            });
            ("brute_force_login_detection", fields)
        }
        other => panic!("control {other}"),
    };
    json!({
        "wardline": 1, "kind": kind, "name": "case", "platform": platform.as_str(), "mode": "enforce",
        "lists": lists, "controls": { name: fields },
    })
}

/// A policy's text, with the header that the skeleton does without.
fn policy_text(event: &Value, format: Format) -> Vec<u8> {
    let text = string(event, "text").unwrap_or_default();
    let mapping =
        [&b"file_block"[..], b"brute_force", b"mode"].iter().any(|key| text.starts_with(key));
    if format == Format::Json || !mapping {
        return text;
    }
    let header = b"wardline: 1\nkind: host\nname: case\nplatform: linux\n";
    if text.starts_with(b"mode") {
        return [&header[..], &text, b"\ncontrols: { fileless_execution_block: {} }\n"].concat();
    }
    let text = String::from_utf8(text).unwrap();
    let text = text.replace("brute_force", "brute_force_login_detection");
    let text = text.replace("threshold", "max_failures");
    [&header[..], b"mode: enforce\ncontrols:\n  ", text.as_bytes()].concat()
}

/// A field of bytes, in whichever form it is written.
fn string(event: &Value, key: &str) -> Option<Vec<u8>> {
    if let Some(hex) = event.get(format!("{key}_hex")).and_then(Value::as_str) {
        return Some(unhex(hex));
    }
    if let Some(made) = event.get(format!("{key}_gen")) {
        let part = |key: &str| made[key].as_str().unwrap();
        let times = made["times"].as_u64().unwrap() as usize;
        return Some(
            [part("prefix"), &part("repeat").repeat(times), part("suffix")].concat().into(),
        );
    }
    event.get(key).and_then(Value::as_str).map(|text| text.as_bytes().to_vec())
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Bytes as the JSON form of events has them.
fn bytes(value: &[u8]) -> Value {
    match str::from_utf8(value) {
        Ok(text) => json!(text),
        Err(_) => {
            let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "hex": hex })
        }
    }
}

/// Calls `f` with an event, read as a line wherever its form allows.
fn with_event<R>(event: &Value, f: impl FnOnce(&Event<'_>) -> R) -> R {
    let mut line = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            line.insert(key.to_owned(), value);
        }
    };
    let copied = |key: &str| event.get(key).cloned();
    let path = |key: &str| string(event, key).map(|path| bytes(&path));
    for key in [
        "requested",
        "aliases",
        "cwd",
        "dirfd_path",
        "root",
        "argv",
        "truncated",
        "deleted",
        "answers",
    ] {
        put(key, copied(key));
    }
    match event["kind"].as_str().unwrap() {
        "file" => {
            put("kind", Some(json!("file")));
            put("operation", copied("op"));
            put("path", path("path"));
            put("target", copied("dest"));
        }
        "registry" => {
            put("kind", Some(json!("registry")));
            let operation = copied("op").filter(|operation| operation != "set_value");
            put("operation", operation.or(Some(json!("modify"))));
            // Key and value in one, as many sensors tell them.
            put("key", path("path"));
        }
        "exec" => {
            put("kind", Some(json!("exec")));
            put("path", path("exe"));
        }
        "net" => {
            put("kind", Some(json!("network")));
            put("direction", Some(json!("outbound")));
            put("ip", copied("ip").or(Some(json!("::"))));
        }
        "dns" => {
            put("kind", Some(json!("dns")));
            let wire = event.get("wire_hex").and_then(Value::as_str).map(|hex| name(&unhex(hex)));
            put("name", wire.map(|name| bytes(&name)).or_else(|| path("domain")));
            put("cnames", copied("cname_chain"));
        }
        "login" => {
            put("kind", Some(json!("login")));
            let mut user = Map::new();
            for (to, from) in [("name", "user"), ("id", "uid")] {
                if !event[from].is_null() {
                    user.insert(to.into(), event[from].clone());
                }
            }
            put("user", Some(Value::Object(user)));
            let groups = event.get("groups").and_then(Value::as_array);
            let groups = groups.map(|groups| {
                let group = |(index, name): (usize, &Value)| match &event["group_sids"][index] {
                    Value::Null => json!({ "name": name }),
                    sid => json!({ "name": name, "sid": sid }),
                };
                groups.iter().enumerate().map(group).collect()
            });
            put("groups", groups);
        }
        other => panic!("event {other}"),
    }
    let mut buffer = EventBuf::default();
    buffer.read(Value::Object(line).to_string().as_bytes());
    buffer.with_event(|read| {
        let mut read = *read;
        // Sixteen bytes have no form in a line.
        if let (Some(raw), Activity::Network(network)) = (event.get("ip_hex"), &mut read.activity) {
            let raw = unhex(raw.as_str().unwrap());
            network.ip = Some(Address::V6(raw.try_into().unwrap()));
        }
        f(&read)
    })
}

/// A name in the form of DNS messages (RFC 1035, section 3.1), with dots inside
/// labels escaped (section 5.1).
fn name(mut wire: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    while let Some((&length, rest)) = wire.split_first().filter(|(length, _)| **length > 0) {
        let (label, rest) = rest.split_at(length.into());
        if !name.is_empty() {
            name.push(b'.');
        }
        name.extend(label.iter().flat_map(|&byte| match byte {
            b'.' => vec![b'\\', b'0', b'4', b'6'],
            byte => vec![byte],
        }));
        wire = rest;
    }
    name
}
