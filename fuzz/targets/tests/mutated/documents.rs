//! The documents that are damaged.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use wardline::policy::Format;

use super::cases;

/// A policy as text.
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) format: Format,
    /// The same as a tree, where it is known to be accepted.
    pub(crate) tree: Option<Value>,
}

/// Every document: files as they are, policies of cases in JSON and YAML.
pub(crate) fn all() -> Vec<Document> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut documents = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["examples", "tests/bad", "tests/policies", "fuzz/targets/policies"] {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(format) = Format::from_file_name(&name) else { continue };
        // Some of the bad ones are no text at all.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if text.len() < 16 << 10 {
            documents.push(Document { text, format, tree: None });
        }
    }
    for case in cases::all() {
        for policy in &case.policies {
            let text = policy.to_string();
            let sound = wardline::policy::parse("p", text.as_bytes(), Format::Json).is_ok();
            let tree = sound.then(|| policy.clone());
            if text.len() > 8 << 10 {
                continue;
            }
            let yaml = block(policy);
            if sound {
                let read = wardline::policy::parse("p", yaml.as_bytes(), Format::Yaml);
                assert!(read.is_ok(), "{}\n{yaml}", read.unwrap_err());
            }
            documents.push(Document { text: yaml, format: Format::Yaml, tree: tree.clone() });
            documents.push(Document { text, format: Format::Json, tree });
        }
    }
    assert!(documents.len() > 500, "{} documents", documents.len());
    documents
}

/// A tree as YAML in block style, with quotes round every text.
pub(crate) fn block(tree: &Value) -> String {
    let mut text = String::new();
    let Value::Object(members) = tree else { panic!("a policy is a mapping") };
    mapping(&mut text, members, 0);
    text
}

fn mapping(text: &mut String, members: &Map<String, Value>, indent: usize) {
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 || indent == 0 {
            text.push_str(&" ".repeat(indent));
        }
        // An empty key has to be seen.
        let plain = !key.is_empty()
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-')
            && !matches!(key.as_str(), "null" | "true" | "false")
            && !key.starts_with('-');
        match plain {
            true => text.push_str(key),
            false => text.push_str(&Value::String(key.clone()).to_string()),
        }
        text.push(':');
        node(text, value, indent);
    }
}

fn node(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('\n');
            text.push_str(&" ".repeat(indent + 2));
            mapping(text, members, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                text.push_str(&" ".repeat(indent + 2));
                text.push('-');
                match item {
                    Value::Object(members) if !members.is_empty() => {
                        text.push(' ');
                        mapping(text, members, indent + 4);
                    }
                    other => {
                        text.push(' ');
                        text.push_str(&other.to_string());
                        text.push('\n');
                    }
                }
            }
        }
        other => {
            text.push(' ');
            text.push_str(&other.to_string());
            text.push('\n');
        }
    }
}
