//! Whole documents: good ones field by field, bad ones by their diagnostics,
//! and damaged ones that must not bring anything down.

mod bad;
mod good;

use alloc::string::{String, ToString};

use super::parse::{Format, parse};
use super::{Control, Policy};
use crate::diagnostic::Diagnostics;

pub(super) const HOST_LINUX: &str = include_str!("host-linux.yaml");
pub(super) const HOST_WINDOWS: &str = include_str!("host-windows.yaml");
pub(super) const FUNCTION: &str = include_str!("function.yaml");
pub(super) const FUNCTION_JSON: &str = include_str!("function.json");

/// The policy of a document without errors and warnings.
fn good(text: &str, format: Format) -> Policy {
    match parse("test", text.as_bytes(), format) {
        Ok((policy, warnings)) => {
            assert!(warnings.is_empty(), "{warnings}");
            policy
        }
        Err(errors) => panic!("{errors}"),
    }
}

/// The first control of a policy whose controls are this text.
fn control(kind: &str, platform: &str, controls: &str) -> Control {
    let text = document(kind, platform, controls);
    good(&text, Format::Yaml).controls.remove(0).value
}

fn document(kind: &str, platform: &str, controls: &str) -> String {
    let header = "wardline: 1\nname: test\nmode: enforce\n".to_string();
    header + "kind: " + kind + "\nplatform: " + platform + "\ncontrols:\n" + controls
}

/// One line per diagnostic: place, code, field.
fn told(diagnostics: &Diagnostics) -> String {
    let mut lines = String::new();
    for one in diagnostics {
        let place = alloc::format!("{}:{} {} {}", one.line, one.column, one.code, one.field);
        lines.push_str(place.trim_end());
        lines.push('\n');
    }
    lines
}
