//! Compiling: policies and lists in, a bundle and a report out. The interpreter lock
//! is released; `python/wardline/_compile.py` gives it its shape.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};
use wardline::policy::Policy;
use wardline::{Bundle, Compiler, Diagnostic, Diagnostics, Format, Platform};

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

/// All policies are read before anything is refused, so that every error is told at
/// once.
fn compiled(
    sources: &Policies,
    lists: Vec<(String, String, Vec<u8>)>,
    platform: Option<Platform>,
) -> (Option<Vec<u8>>, String) {
    let mut found = Diagnostics::default();
    let mut unread = Vec::new();
    let mut policies: Vec<(Policy, Option<&Path>)> = Vec::new();
    for (name, text, file, json) in sources {
        let (text, directory) = match text {
            Some(text) => (text.clone(), None),
            None => match std::fs::read(file) {
                Ok(text) => (text, Some(file.parent().unwrap_or(Path::new("")))),
                Err(error) => {
                    unread.push(unreadable(name, &error));
                    continue;
                }
            },
        };
        let format = if *json { Format::Json } else { Format::Yaml };
        match wardline::policy::parse(name, &text, format) {
            Ok((policy, warnings)) => {
                policies.push((policy, directory));
                found.append(warnings);
            }
            Err(errors) => found.append(errors),
        }
    }
    let first = policies.first().map_or(Platform::Linux, |(policy, _)| policy.platform);
    let mut compiler = Compiler::new(platform.unwrap_or(first));
    for (policy, directory) in policies {
        if let Some(directory) = directory
            && let Err(errors) = compiler.read_lists(&policy, directory, |list| std::fs::read(list))
        {
            found.append(errors);
        }
        compiler.add(policy);
    }
    for (policy, name, text) in lists {
        compiler.list(&policy, &name, text);
    }
    if found.has_errors() || !unread.is_empty() {
        return (None, report(&found, unread, None));
    }
    match compiler.warn(found).build() {
        Ok(bundle) => {
            let report = report(&bundle.warnings, unread, Some(&bundle));
            (Some(bundle.bytes), report)
        }
        Err(errors) => (None, report(&errors, unread, None)),
    }
}

/// Members have the names of the dataclasses in `_compile.py`.
fn report(found: &Diagnostics, mut diagnostics: Vec<Value>, bundle: Option<&Bundle>) -> String {
    diagnostics.extend(found.as_slice().iter().map(diagnostic));
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

/// A policy's file that is not there is told like everything else about it.
fn unreadable(name: &str, error: &std::io::Error) -> Value {
    let message = format!("cannot read the policy: {error}");
    json!({
        "code": "unreadable",
        "severity": "error",
        "text": format!("{name}:1:1: error[unreadable]: {message}"),
        "message": message,
        "file": name,
        "line": 1,
        "column": 1,
        "length": 0,
        "field": "",
        "expected": null,
        "help": "check the file's name and permissions",
    })
}
