//! Diagnostics as a SARIF 2.1.0 log: the form in which code hosts and editors
//! take the findings of a tool. Numbers in comments are sections of the OASIS
//! standard.

use std::io::{self, Write};

use serde_json::{Value, json};
use wardline::diagnostic::{Code, Severity};
use wardline::{Diagnostic, Diagnostics};

use crate::errors;

pub(super) fn write(all: &Diagnostics) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &log(all)).map_err(io::Error::from)?;
    writeln!(out)
}

/// §3.13. One run with the rules that it found something by.
fn log(all: &Diagnostics) -> Value {
    let mut codes: Vec<Code> = all.iter().map(|one| one.code).collect();
    codes.sort();
    codes.dedup();
    let results = all.iter().map(|one| result(one, &codes));
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "wardline",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|&code| rule(code)).collect::<Value>(),
            } },
            // §3.14.17: columns count code points, not UTF-16 units.
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Value>(),
        }],
    })
}

/// §3.49.
fn rule(code: Code) -> Value {
    let mut rule = json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.meaning() },
        "defaultConfiguration": { "level": level(code.severity()) },
    });
    if let Some(page) = errors::page(code.as_str()) {
        rule["help"] = json!({ "text": page, "markdown": page });
    }
    rule
}

/// §3.27.
fn result(one: &Diagnostic, codes: &[Code]) -> Value {
    let text = match &one.help {
        Some(help) => format!("{}; {help}", one.message),
        None => one.message.clone(),
    };
    // A region of no characters is an insertion point (§3.30.2): the end is one past.
    let region = json!({
        "startLine": one.line,
        "startColumn": one.column,
        "endColumn": one.column + one.length,
    });
    let artifact = json!({ "uri": uri(&one.file) });
    let mut location = json!({
        "physicalLocation": { "artifactLocation": artifact, "region": region },
    });
    if !one.field.is_empty() {
        location["logicalLocations"] =
            json!([{ "fullyQualifiedName": one.field, "kind": "property" }]);
    }
    let mut result = json!({
        "ruleId": one.code.as_str(),
        "ruleIndex": codes.binary_search(&one.code).ok(),
        "level": level(one.severity),
        "message": { "text": text },
        "locations": [location],
    });
    if let Some(replacement) = &one.replacement {
        let change = json!({ "deletedRegion": region, "insertedContent": { "text": replacement } });
        let change = json!({ "artifactLocation": artifact, "replacements": [change] });
        let description = one.help.as_deref().unwrap_or("write it so");
        result["fixes"] =
            json!([{ "description": { "text": description }, "artifactChanges": [change] }]);
    }
    result
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A path as a relative reference or a `file` address (RFC 3986, RFC 8089).
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for &byte in path.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped() {
        assert_eq!(uri("a b/ü#.yaml"), "a%20b/%C3%BC%23.yaml");
        assert_eq!(uri("/etc/p.yaml"), "file:///etc/p.yaml");
        assert_eq!(uri("c:x.yaml"), "c%3Ax.yaml");
    }
}
