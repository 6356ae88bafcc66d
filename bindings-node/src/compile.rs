//! Compiling: policies and lists in, a bundle and a report out, on the calling
//! thread or on one of Node's own.

use std::path::Path;

use napi::bindgen_prelude::{AsyncTask, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;
use serde_json::{Value, json};
use wardline::{Bundle, Diagnostic, Diagnostics, Format, Platform, Sources};

/// A policy's text, or a file that holds it.
#[napi(object)]
pub(crate) struct Source {
    pub name: String,
    /// Absent: the file of that name is read.
    pub text: Option<Uint8Array>,
    /// `yaml` or `json`.
    pub format: String,
}

/// The contents of a list.
#[napi(object)]
pub(crate) struct ListSource {
    pub policy: String,
    pub name: String,
    pub text: Uint8Array,
}

/// A bundle, or none and why.
#[napi(object)]
pub(crate) struct Compiled {
    pub bytes: Option<Uint8Array>,
    /// JSON: diagnostics and, with a bundle, what it is made of.
    pub report: String,
}

#[napi]
pub(crate) fn compile_sync(
    sources: Vec<Source>,
    lists: Vec<ListSource>,
    platform: Option<String>,
) -> Compiled {
    Job::new(sources, lists, platform).run()
}

#[napi]
pub(crate) fn compile(
    sources: Vec<Source>,
    lists: Vec<ListSource>,
    platform: Option<String>,
) -> AsyncTask<Job> {
    AsyncTask::new(Job::new(sources, lists, platform))
}

/// What is to be compiled, owned, so that another thread can do it.
pub(crate) struct Job {
    /// Name, text if given, format.
    sources: Vec<(String, Option<Vec<u8>>, Format)>,
    lists: Vec<(String, String, Vec<u8>)>,
    platform: Option<Platform>,
}

impl Task for Job {
    type Output = (Option<Vec<u8>>, String);
    type JsValue = Compiled;

    fn compute(&mut self) -> Result<Self::Output> {
        Ok(self.compile())
    }

    fn resolve(&mut self, _env: Env, (bytes, report): Self::Output) -> Result<Compiled> {
        Ok(Compiled { bytes: bytes.map(Uint8Array::new), report })
    }
}

impl Job {
    fn new(sources: Vec<Source>, lists: Vec<ListSource>, platform: Option<String>) -> Job {
        let sources = sources.into_iter().map(|source| {
            let format = if source.format == "json" { Format::Json } else { Format::Yaml };
            (source.name, source.text.map(|text| text.to_vec()), format)
        });
        let lists = lists.into_iter().map(|list| (list.policy, list.name, list.text.to_vec()));
        let platform = platform.map(|name| match name.as_str() {
            "windows" => Platform::Windows,
            _ => Platform::Linux,
        });
        Job { sources: sources.collect(), lists: lists.collect(), platform }
    }

    fn run(&self) -> Compiled {
        let (bytes, report) = self.compile();
        Compiled { bytes: bytes.map(Uint8Array::new), report }
    }

    fn compile(&self) -> (Option<Vec<u8>>, String) {
        let mut sources = Sources::new(|file: &Path| std::fs::read(file));
        if let Some(platform) = self.platform {
            sources.platform(platform);
        }
        for (name, text, format) in &self.sources {
            match text {
                Some(text) => sources.policy(name, text, *format),
                None => sources.file(name, Path::new(name), *format),
            };
        }
        for (policy, name, text) in &self.lists {
            sources.list(policy, name, text.as_slice());
        }
        match sources.compile() {
            Ok(bundle) => {
                let report = report(&bundle.warnings, Some(&bundle));
                (Some(bundle.bytes), report)
            }
            Err(errors) => (None, report(&errors, None)),
        }
    }
}

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
                "specialUse": list.special_use,
            })
        });
        report["lists"] = lists.collect();
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
        "replacement": one.replacement,
        "text": one.to_string(),
    })
}
