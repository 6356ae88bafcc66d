//! Policies as text: YAML and JSON.

use serde_json::{Value, json};
use wardline::policy::{Format, ListFormat, Policy, parse};
use wardline::{Binding, Compiler, Diagnostics, Engine};

/// Any bytes as YAML: see [`read_policy`]. Nothing that is appended to an
/// accepted document is ignored.
pub fn policy_yaml(data: &[u8]) {
    if read_policy(data, Format::Yaml).is_some() {
        let more = [data, b"\nunknown-key: 1\n"].concat();
        assert!(parse("p", &more, Format::Yaml).is_err(), "a key at the end is ignored");
    }
}

/// Any bytes as JSON: see [`read_policy`]. A key put into any object of an
/// accepted document is named in an error, and what YAML accepts too means the
/// same there.
pub fn policy_json(data: &[u8]) {
    let Some(policy) = read_policy(data, Format::Json) else { return };
    if let Ok((same, _)) = parse("p", data, Format::Yaml) {
        assert_eq!(same, policy, "YAML, JSON");
    }
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let document: Value = serde_json::from_slice(text).expect("accepted JSON is JSON");
    for place in 0..objects(&document).min(12) {
        let mut document = document.clone();
        insert(&mut document, &mut { place }, "unknown-key");
        match parse("p", document.to_string().as_bytes(), Format::Json) {
            Ok(_) => panic!("a key is ignored: {document}"),
            Err(errors) => assert!(
                errors.iter().any(|one| {
                    one.message.contains("unknown-key") || one.field.contains("unknown-key")
                }),
                "a key is not named: {errors}\n{document}"
            ),
        }
    }
}

/// Reads a policy, and compiles one that is accepted: every diagnostic has its
/// place in the text and is one line; the same policy gives the same bundle,
/// which loads, in bounded room.
pub fn read_policy(data: &[u8], format: Format) -> Option<Policy> {
    let policy = match parse("p", data, format) {
        Ok((policy, warnings)) => {
            assert!(!warnings.has_errors(), "accepted with {warnings}");
            placed(&warnings, data);
            policy
        }
        Err(errors) => {
            assert!(errors.has_errors(), "refused without an error");
            placed(&errors, data);
            return None;
        }
    };
    let mut compiler = Compiler::new(policy.platform);
    compiler.add(policy.clone());
    for list in &policy.lists {
        compiler.list(&policy.name.text, &list.name.text, lines(list.definition.format));
    }
    match compiler.build() {
        Ok(bundle) => {
            assert!(!bundle.warnings.has_errors(), "built with {}", bundle.warnings);
            placed(&bundle.warnings, data);
            assert!(bundle.bytes.len() < LARGEST, "{} bytes", bundle.bytes.len());
            let again = compiler.build().expect("the same policy");
            assert!(again.bytes == bundle.bytes, "not deterministic");
            let binding = Binding { target: Some(&[]), ..Binding::default() };
            let engine = Engine::load(&bundle.bytes[..], &binding).expect("a fresh bundle");
            let rules = bundle.report.rules.iter().map(|(_, count)| count).sum::<usize>();
            assert_eq!(engine.rules().count(), rules);
        }
        Err(errors) => {
            assert!(errors.has_errors(), "refused without an error");
            placed(&errors, data);
        }
    }
    Some(policy)
}

/// Every diagnostic is one line about a place that the text has.
pub(crate) fn placed(diagnostics: &Diagnostics, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines: Vec<&str> = text.split_inclusive(['\n', '\r']).collect();
    // CR LF is one end of a line, not two.
    let pairs = text.matches("\r\n").count();
    for one in diagnostics {
        let shown = one.to_string();
        assert!(!shown.contains(['\n', '\r']), "more than a line: {shown:?}");
        assert!(!one.message.is_empty() && one.length > 0, "{shown}");
        assert!(one.line >= 1 && one.line as usize <= lines.len() - pairs + 1, "{shown}");
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(one.column >= 1 && one.column as usize <= longest + 1, "{shown}");
    }
}

/// Usable contents of a list.
fn lines(format: ListFormat) -> &'static str {
    match format {
        ListFormat::Domains => "a.example\n",
        ListFormat::Hosts => "0.0.0.0 a.example\n",
        ListFormat::Networks => "203.0.113.0/24\n",
        ListFormat::Endpoints => "203.0.113.9:80\n",
        ListFormat::Names => "xmrig\n",
        _ => "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
    }
}

/// How many objects a document has.
fn objects(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(objects).sum::<usize>(),
        Value::Array(items) => items.iter().map(objects).sum(),
        _ => 0,
    }
}

/// Puts a key into the object with this number.
fn insert(value: &mut Value, place: &mut usize, key: &str) {
    match value {
        Value::Object(members) => {
            if *place == 0 {
                members.insert(key.into(), json!(1));
                *place = usize::MAX;
                return;
            }
            *place -= 1;
            members.values_mut().for_each(|value| {
                if *place != usize::MAX {
                    insert(value, place, key);
                }
            });
        }
        Value::Array(items) => items.iter_mut().for_each(|value| {
            if *place != usize::MAX {
                insert(value, place, key);
            }
        }),
        _ => {}
    }
}

/// No policy of a fuzzer's size may come to more.
const LARGEST: usize = 64 << 20;
