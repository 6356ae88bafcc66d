//! The engine against the oracle: on random policies and events, on real traces and feeds.
//!
//! One program, so that the oracle is compiled once for all of them.

#[path = "../cases/mod.rs"]
mod cases;
#[path = "../oracle/mod.rs"]
mod oracle;
mod property;
#[path = "../random/mod.rs"]
mod random;
mod reputation;
mod traces;
mod traces_windows;

use oracle::Answer;
use wardline::{Decision, Engine};

/// Fails unless a decision is the oracle's; gives the control of the rule that won.
#[track_caller]
fn agreed<'e, B: AsRef<[u8]>>(
    engine: &'e Engine<B>,
    decision: &Decision,
    expected: &Answer,
    line: &[u8],
) -> Option<&'e str> {
    let rule = decision.rule.and_then(|rule| engine.rule(rule));
    let control = rule.map(|rule| rule.control.as_str());
    let text = String::from_utf8_lossy(line);
    assert_eq!(decision.action, expected.action, "{text}");
    assert_eq!(decision.intent, expected.intent, "{text}");
    assert_eq!(decision.reason.as_str(), expected.reason, "{text}");
    assert_eq!(control, expected.rule.as_ref().map(|(_, name)| name.as_str()), "{text}");
    assert_eq!(decision.matched as usize, expected.matched.len(), "{text}");
    control
}
