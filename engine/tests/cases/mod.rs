//! Reading `tests/cases/*.yaml`.
//!
//! A case has `name`, `policy` or `policies`, perhaps `binding`, `event` and
//! `want`; or `events`, each with its `want`, that one state decides in turn. Of a policy's header only what differs from the usual is written:
//! `wardline: 1`, `kind: host` (`function` if a control asks for it),
//! `name: test`, `platform: linux`, `mode: enforce`; `controls` may be a list of
//! names, and a list has `text` instead of `file`. What a case does not know is an error, never passed over.
#![allow(
    unreachable_pub,
    dead_code,
    reason = "each test file includes this module and uses a part of it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use wardline::json::EventBuf;
use wardline::policy::Policy;
use wardline::{Compiler, Event, Fail, Format, Mode, Platform};

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    pub file: String,
    pub name: String,
    pub policies: Vec<Value>,
    /// The contents of lists, by policy and name.
    pub lists: BTreeMap<(String, String), String>,
    pub binding: Map<String, Value>,
    /// One event, or several that one state decides one after another.
    pub steps: Vec<Step>,
}

/// An event and what is wanted of it.
#[derive(Clone, Debug)]
pub struct Step {
    pub event: Value,
    pub want: Want,
}

/// What a case wants, as far as it says; and what was decided, all of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Want {
    pub action: Option<String>,
    pub intent: Option<String>,
    pub reason: Option<String>,
    pub code: Option<String>,
    pub policy: Option<String>,
    pub control: Option<String>,
    pub matched: Option<usize>,
    pub remediation: Option<String>,
    pub suppressed: Option<bool>,
    pub suppressed_before: Option<usize>,
}

/// Every case of every file.
pub fn all() -> Vec<Case> {
    // This module is included by crates at different depths.
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let folder = above.map(|folder| folder.join("tests/cases")).find(|folder| folder.is_dir());
    let folder = folder.expect("the repository has cases");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let list: Vec<Map<String, Value>> =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        cases.extend(list.into_iter().map(|members| Case::new(&file, members)));
    }
    assert!(cases.len() > 100, "{} cases", cases.len());
    cases
}

impl Case {
    fn new(file: &str, mut members: Map<String, Value>) -> Case {
        let mut take = |key: &str| members.remove(key);
        let name = take("name").and_then(|name| name.as_str().map(str::to_owned));
        let name = name.unwrap_or_else(|| panic!("{file}: a case without a name"));
        let wrong = |what: &str| -> ! { panic!("{file}/{name}: {what}") };
        let policies = match (take("policy"), take("policies")) {
            (Some(one), None) => vec![one],
            (None, Some(Value::Array(several))) => several,
            _ => wrong("`policy` or a list `policies`"),
        };
        let count = policies.len();
        let policies = policies.into_iter().enumerate();
        let mut policies: Vec<Value> =
            policies.map(|(index, policy)| complete(policy, index, count)).collect();
        let mut lists = BTreeMap::new();
        policies.iter_mut().for_each(|policy| take_lists(policy, &mut lists));
        let binding = match take("binding") {
            None => Map::new(),
            Some(Value::Object(binding)) => binding,
            Some(_) => wrong("`binding` is a mapping"),
        };
        let known = ["target", "fail", "mode_cap", "volumes"];
        if let Some(key) = binding.keys().find(|key| !known.contains(&key.as_str())) {
            wrong(&format!("unknown key binding.{key}"));
        }
        let step = |event: Option<Value>, want: Option<Value>| {
            let event = event.unwrap_or_else(|| wrong("no event"));
            let Some(Value::Object(want)) = want else { wrong("no want") };
            let want =
                Want::new(want).unwrap_or_else(|key| wrong(&format!("unknown key want.{key}")));
            Step { event, want }
        };
        let steps = match take("events") {
            None => vec![step(take("event"), take("want"))],
            Some(Value::Array(steps)) => steps
                .into_iter()
                .map(|mut one| {
                    let members = one.as_object_mut().unwrap_or_else(|| wrong("an event"));
                    let want = members.remove("want");
                    step(Some(one), want)
                })
                .collect(),
            Some(_) => wrong("`events` is a list"),
        };
        if let Some(key) = members.keys().next() {
            wrong(&format!("unknown key {key}"));
        }
        Case { file: file.to_owned(), name, policies, lists, binding, steps }
    }

    /// The policies as the front end reads them.
    pub fn parsed(&self) -> Result<Vec<Policy>, String> {
        let parse = |policy: &Value| {
            let text = policy.to_string();
            let parsed = wardline::policy::parse("case.json", text.as_bytes(), Format::Json);
            parsed.map(|(policy, _)| policy).map_err(|errors| errors.to_string())
        };
        self.policies.iter().map(parse).collect()
    }

    /// A compiler with the policies and the contents of their lists.
    pub fn compiler(&self) -> Result<Compiler, String> {
        let mut compiler = Compiler::new(self.platform());
        for policy in self.parsed()? {
            compiler.add(policy);
        }
        for ((policy, list), text) in &self.lists {
            compiler.list(policy, list, text.as_str());
        }
        Ok(compiler)
    }

    pub fn target(&self) -> Option<Vec<(&str, &str)>> {
        let target = self.binding.get("target")?.as_object()?;
        Some(target.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect())
    }

    /// The platform of the policies, which is one.
    pub fn platform(&self) -> Platform {
        let platform = self.policies[0]["platform"].as_str().unwrap();
        Platform::parse(platform.as_bytes()).unwrap()
    }

    /// The devices whose drives the binding knows.
    pub fn volumes(&self) -> Vec<(&str, &str)> {
        let Some(volumes) = self.binding.get("volumes") else { return Vec::new() };
        let pairs = volumes.as_object().unwrap().iter();
        pairs.map(|(device, drive)| (device.as_str(), drive.as_str().unwrap())).collect()
    }

    pub fn fail(&self) -> Fail {
        let fail = self.binding.get("fail").map(|fail| fail.as_str().unwrap());
        fail.map_or(Fail::Closed, |fail| Fail::parse(fail.as_bytes()).unwrap())
    }

    pub fn mode_cap(&self) -> Mode {
        let mode = self.binding.get("mode_cap").map(|mode| mode.as_str().unwrap());
        mode.map_or(Mode::Enforce, |mode| Mode::parse(mode.as_bytes()).unwrap())
    }

    /// The only event, if there is one.
    pub fn single(&self) -> Option<&Step> {
        match self.steps.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

impl Step {
    /// Calls `f` with the event, read from JSON as every embedder's is. An event
    /// that is a string is the line itself.
    pub fn with_event<R>(&self, f: impl FnOnce(&Event<'_>) -> R) -> R {
        let mut buffer = EventBuf::default();
        match &self.event {
            Value::String(line) => buffer.read(line.as_bytes()),
            event => buffer.read(event.to_string().as_bytes()),
        }
        buffer.with_event(f)
    }
}

impl Want {
    fn new(members: Map<String, Value>) -> Result<Want, String> {
        let mut want = Want::default();
        for (key, value) in members {
            let text = value.as_str().map(str::to_owned);
            match key.as_str() {
                "action" => want.action = text,
                "intent" => want.intent = text,
                "reason" => want.reason = text,
                "code" => want.code = text,
                "policy" => want.policy = text,
                "control" => want.control = text,
                "remediation" => want.remediation = text,
                "matched" => want.matched = value.as_u64().map(|count| count as usize),
                "suppressed" => want.suppressed = value.as_bool(),
                "suppressed_before" => {
                    want.suppressed_before = value.as_u64().map(|count| count as usize);
                }
                _ => return Err(key),
            }
        }
        Ok(want)
    }

    /// Whether all that is wanted was found.
    pub fn check(&self, found: &Want) -> Result<(), String> {
        let differs =
            |wanted: &Option<String>, found: &Option<String>| wanted.is_some() && wanted != found;
        let wrong = self.action.is_none()
            || differs(&self.action, &found.action)
            || differs(&self.intent, &found.intent)
            || differs(&self.reason, &found.reason)
            || differs(&self.code, &found.code)
            || differs(&self.policy, &found.policy)
            || differs(&self.control, &found.control)
            || differs(&self.remediation, &found.remediation)
            || self.matched.is_some() && self.matched != found.matched
            || self.suppressed.is_some() && self.suppressed != found.suppressed
            || self.suppressed_before.is_some()
                && self.suppressed_before != found.suppressed_before;
        if wrong { Err(format!("wanted {self:?}, found {found:?}")) } else { Ok(()) }
    }
}

/// Takes the contents out of a policy's lists.
pub fn take_lists(policy: &mut Value, contents: &mut BTreeMap<(String, String), String>) {
    let policy_name = policy["name"].as_str().unwrap().to_owned();
    let Some(Value::Object(lists)) = policy.get_mut("lists") else { return };
    for (name, list) in lists {
        let list = list.as_object_mut().unwrap();
        let Some(Value::String(text)) = list.remove("text") else { panic!("list {name}") };
        list.insert("file".into(), json!(format!("{name}.txt")));
        contents.insert((policy_name.clone(), name.clone()), text);
    }
}

/// The policy with the header that cases leave out.
fn complete(policy: Value, index: usize, count: usize) -> Value {
    let Value::Object(mut policy) = policy else { panic!("a policy is a mapping: {policy}") };
    if let Some(Value::Array(names)) = policy.get("controls") {
        let controls: Map<String, Value> =
            names.iter().map(|name| (name.as_str().unwrap().to_owned(), json!({}))).collect();
        policy.insert("controls".into(), Value::Object(controls));
    }
    let function = ["block_malicious_executables", "honeypot"]
        .iter()
        .any(|name| policy.get("controls").is_some_and(|controls| controls.get(name).is_some()));
    let kind = if function { "function" } else { "host" };
    let name = if count == 1 { "test".to_owned() } else { format!("test-{index}") };
    for (key, value) in [
        ("wardline", json!(1)),
        ("kind", json!(kind)),
        ("name", json!(name)),
        ("platform", json!("linux")),
        ("mode", json!("enforce")),
    ] {
        policy.entry(key).or_insert(value);
    }
    Value::Object(policy)
}
