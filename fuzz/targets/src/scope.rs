//! Scope expressions.

use serde_json::json;
use wardline::policy::scope::Scope;
use wardline::policy::{Source, Span};
use wardline::{Activity, Event, Exec, Fail, Mode, Platform};

use crate::agree::{Both, compile, policy};

/// The first line is an expression, each further one an attribute of the
/// target, `name=value`. An error has its place in the expression. An accepted
/// one means what the oracle says, and the same in parentheses, denied twice,
/// and joined with itself; its denial means the opposite unless it is undecided.
pub fn scope(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let expression = lines.next().unwrap_or_default();
    let target: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once('=')).collect();

    let source = Source { name: "p".into() };
    let length = expression.chars().count() as u32;
    let span = Span { line: 1, column: 1, length: length.max(1) };
    if let Err(error) = Scope::new(&source, expression, span) {
        assert!(!error.message.is_empty() && error.length > 0, "{error}");
        assert!((1..=length + 1).contains(&error.column), "{error}: {expression}");
        return;
    }
    let Some(meaning) = applies(expression, &target) else { return };
    for same in [
        format!("({expression})"),
        format!("!(!({expression}))"),
        format!("({expression}) && ({expression})"),
        format!("({expression}) || ({expression})"),
    ] {
        if let Some(found) = applies(&same, &target) {
            assert_eq!(found, meaning, "{same}");
        }
    }
    if let Some((applies, undecided)) = applies(&format!("!({expression})"), &target) {
        assert_eq!(undecided, meaning.1, "{expression}");
        assert_eq!(applies, undecided || !meaning.0, "{expression}");
    }
}

/// Whether a policy with this scope applies to a target, and whether that is
/// undecided; `None` where the expression is too long or too deep.
fn applies(expression: &str, target: &[(&str, &str)]) -> Option<(bool, bool)> {
    let mut text = policy(Platform::Linux, json!({ "fileless_execution_block": {} }));
    text["scope"] = json!(expression);
    let compiled = compile(Platform::Linux, &[text]).ok()?;
    let both = Both::bound(&compiled, target, &[], Fail::Closed, Mode::Enforce);
    let answer =
        both.decide(&Event::new(Activity::Exec(Exec { memfd: true, ..Exec::new(b"memfd:x") })));
    let status = both.engine.report().next().expect("one policy");
    assert_eq!(status.applies, !answer.matched.is_empty(), "report, decision: {expression}");
    assert!(status.applies || !status.undecided, "undecided scopes apply: {expression}");
    Some((status.applies, status.undecided))
}
