//! Compiling: policies and lists in, a bundle and a report out. The interpreter lock
//! is released; `python/wardline/_compile.py` gives it its shape.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};
use wardline::{Bundle, Diagnostic, Diagnostics, Format, Platform, Sources};

/// A policy: its name, its text if it was given, the file to read otherwise, and
/// whether it is JSON.
type Policies = Vec<(String, Option<Vec<u8>>, PathBuf, bool)>;

/// Compiles. The bytes are `None` if something is wrong; the report is JSON.
#[pyfunction]
pub(crate) fn compile<'py>(
    py: Python<'py>,
    policies: Policies,
    lists: Vec<(String, String, Vec<u8>)>,
    platform: Option<&str>,
) -> (Option<Bound<'py, PyBytes>>, String) {
    let platform = platform.map(|name| match name {
        "windows" => Platform::Windows,
        _ => Platform::Linux,
    });
    let (bytes, report) = py.detach(|| compiled(&policies, lists, platform));
    (bytes.map(|bytes| PyBytes::new(py, &bytes)), report)
}

fn compiled(
    policies: &Policies,
    lists: Vec<(String, String, Vec<u8>)>,
    platform: Option<Platform>,
) -> (Option<Vec<u8>>, String) {
    let mut sources = Sources::new(|file: &Path| std::fs::read(file));
    if let Some(platform) = platform {
        sources.platform(platform);
    }
    for (name, text, file, json) in policies {
        let format = if *json { Format::Json } else { Format::Yaml };
        match text {
            Some(text) => sources.policy(name, text, format),
            None => sources.file(name, file, format),
        };
    }
    for (policy, name, text) in lists {
        sources.list(&policy, &name, text);
    }
    match sources.compile() {
        Ok(bundle) => {
            let report = report(&bundle.warnings, Some(&bundle));
            (Some(bundle.bytes), report)
        }
        Err(errors) => (None, report(&errors, None)),
    }
}

/// Members have the names of the dataclasses in `_compile.py`.
fn report(found: &Diagnostics, bundle: Option<&Bundle>) -> String {
    let diagnostics: Vec<_> = found.iter().map(diagnostic).collect();
    let mut report = json!({ "diagnostics": diagnostics });
    if let Some(bundle) = bundle {
        let made = &bundle.report;
        report["policies"] = json!(made.policies);
        let controls = made.controls.iter().map(|control| {
            json!({
                "policy": control.policy,
                "control": control.control.as_str(),
                "effect": control.effect.as_str(),
            })
        });
        report["controls"] = controls.collect();
        let lists = made.lists.iter().map(|list| {
            json!({
                "policy": list.policy,
                "control": list.control.as_str(),
                "list": list.list,
                "exception": list.exception,
                "lines": list.lines,
                "used": list.used,
                "refused": list.refused.len(),
                "masked": list.masked,
                "excepted": list.swallowed,
                "special_use": list.special_use,
            })
        });
        report["lists"] = lists.collect();
        let rules = made.rules.iter();
        report["rules"] =
            rules.map(|(kind, count)| json!({ "kind": kind.as_str(), "count": count })).collect();
        let sections = made.sections.iter().map(|(section, kind, bytes)| {
            json!({
                "section": section.to_string(),
                "kind": kind.map(|kind| kind.as_str()),
                "bytes": bytes,
            })
        });
        report["sections"] = sections.collect();
    }
    report.to_string()
}

fn diagnostic(one: &Diagnostic) -> Value {
    json!({
        "code": one.code.as_str(),
        "severity": one.severity.to_string(),
        "message": one.message,
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "length": one.length,
        "field": one.field,
        "expected": one.expected,
        "help": one.help,
        "text": one.to_string(),
    })
}
