//! A decision as one line of JSON.

use serde_json::{Map, Value, json};
use wardline::{Decision, Engine, Reason, Remediation};

/// The members of a decision's line. `line` is that of the event, in `file` if events
/// come from several.
pub(crate) fn decision(
    engine: &Engine<Vec<u8>>,
    file: Option<&str>,
    line: u64,
    decision: &Decision,
) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(file) = file {
        members.insert("file".into(), json!(file));
    }
    members.insert("line".into(), json!(line));
    members.insert("action".into(), json!(decision.action.as_str()));
    members.insert("intent".into(), json!(decision.intent.as_str()));
    members.insert("reason".into(), json!(decision.reason.as_str()));
    if let Reason::InvalidEvent(code) = decision.reason {
        members.insert("code".into(), json!(code.as_str()));
    }
    if let Some(rule) = decision.rule.and_then(|rule| engine.rule(rule)) {
        members.insert("policy".into(), json!(rule.policy));
        members.insert("control".into(), json!(rule.control.as_str()));
    }
    if decision.remediation != Remediation::None {
        members.insert("remediation".into(), json!(decision.remediation.as_str()));
    }
    if decision.overload {
        members.insert("overload".into(), json!(true));
    }
    if decision.suppressed {
        members.insert("suppressed".into(), json!(true));
    }
    if decision.suppressed_before > 0 {
        members.insert("suppressed_before".into(), json!(decision.suppressed_before));
    }
    if decision.matched > 1 {
        members.insert("matched".into(), json!(decision.matched));
    }
    members
}
