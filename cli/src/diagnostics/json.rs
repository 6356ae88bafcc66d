//! Diagnostics as one JSON object, described in `docs/cli.md`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use wardline::{Diagnostic, Diagnostics};

use super::Count;

pub(super) fn write(all: &Diagnostics, more: Map<String, Value>) -> io::Result<()> {
    let Count { errors, warnings } = Count::of(all);
    let mut members = Map::new();
    members.insert("version".into(), json!(1));
    members.insert("errors".into(), json!(errors));
    members.insert("warnings".into(), json!(warnings));
    members.insert("diagnostics".into(), all.iter().map(diagnostic).collect());
    members.extend(more);
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &members).map_err(io::Error::from)?;
    writeln!(out)
}

fn diagnostic(one: &Diagnostic) -> Value {
    json!({
        "severity": one.severity.as_str(),
        "code": one.code.as_str(),
        "message": one.message,
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "length": one.length,
        "field": one.field,
        "expected": one.expected,
        "help": one.help,
        "replacement": one.replacement,
        "page": one.code.page(),
        "text": one.to_string(),
    })
}
