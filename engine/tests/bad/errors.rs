//! `docs/errors.md` has a section for every code and for nothing else, and its
//! examples say what it says. `UPDATE=1 cargo test --test bad` rewrites what
//! stands between the marks.

use std::path::{Path, PathBuf};

use crate::cases::{cases, tell};
use wardline::diagnostic::Code;
use wardline::json::EventBuf;
use wardline::{Binding, Compiler, Engine, Format, Invalid, LoadError, Platform, Reason};
use wardline::{State, StateError};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md")
}

/// The headings of codes below each heading of a part.
fn sections(text: &str) -> Vec<(&str, &str, &str)> {
    let mut found = Vec::new();
    for part in text.split("\n## ").skip(1) {
        let (part_name, rest) = part.split_once('\n').unwrap();
        for section in rest.split("\n### ").skip(1) {
            let (code, body) = section.split_once('\n').unwrap();
            found.push((part_name, code.trim_matches('`'), body));
        }
    }
    found
}

#[test]
fn every_code_has_its_section_and_every_section_its_code() {
    let text = std::fs::read_to_string(path()).unwrap();
    let mut described: Vec<&str> = sections(&text).iter().map(|(_, code, _)| *code).collect();
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    codes.extend(LoadError::CODES);
    codes.extend(StateError::CODES);
    codes.extend(Invalid::ALL.iter().map(|code| code.as_str()));
    described.sort_unstable();
    codes.sort_unstable();
    assert_eq!(described, codes);
}

#[test]
fn examples_of_policies_are_those_of_the_tests() {
    let text = std::fs::read_to_string(path()).unwrap();
    let mut fresh = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after.split_once(" -->\n").unwrap();
        let (_, after) = after.split_once(END).expect("an end for each mark");
        fresh += &format!("{before}{BEGIN}{name} -->\n{}{END}", example(name));
        rest = after;
    }
    fresh += rest;
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path(), &fresh).unwrap();
    } else {
        assert!(fresh == text, "docs/errors.md is stale: run UPDATE=1 cargo test --test bad");
    }
}

#[test]
fn every_code_about_policies_has_an_example_that_triggers_it() {
    let text = std::fs::read_to_string(path()).unwrap();
    let cases = cases();
    for (_, code, body) in sections(&text) {
        if Code::ALL.iter().any(|one| one.as_str() == code) {
            let (_, mark) = body.split_once(BEGIN).unwrap_or_else(|| panic!("no example: {code}"));
            let name = mark.split(" -->").next().unwrap();
            let case = cases.iter().find(|case| case.name == name).unwrap();
            let told = tell(&case.files);
            assert!(told.iter().any(|one| one.code.as_str() == code), "{name} is no {code}");
        }
    }
}

/// The files of a case and what is said about them, cut where they are long.
fn example(name: &str) -> String {
    let cases = cases();
    let case = cases.iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("no case {name} in tests/bad"));
    let mut out = String::new();
    let several = case.files.len() > 1;
    for (file, text) in case.files.iter().take(2) {
        let language = if file.ends_with("json") { "json" } else { "yaml" };
        let language = if file.ends_with("txt") { "text" } else { language };
        out += &format!("```{language}\n");
        if several {
            out += &format!("# {file}\n");
        }
        let text = String::from_utf8_lossy(text);
        out += &shortened(text.lines(), LINES);
        out += "```\n";
    }
    out += "```text\n";
    let said: Vec<String> = tell(&case.files).iter().map(ToString::to_string).collect();
    out += &shortened(said.iter().map(String::as_str), 3);
    out += "```\n";
    out
}

fn shortened<'l>(lines: impl Iterator<Item = &'l str>, most: usize) -> String {
    let mut out = String::new();
    for (index, line) in lines.enumerate() {
        if index == most {
            out += "…\n";
            break;
        }
        let cut: String = line.chars().take(WIDTH).collect();
        let dots = if cut.len() < line.len() { "…" } else { "" };
        out += &format!("{cut}{dots}\n");
    }
    out
}

/// Events of the last part come to the code that they stand for.
#[test]
fn every_code_of_an_event_has_an_example_that_triggers_it() {
    let text = std::fs::read_to_string(path()).unwrap();
    let engines = [engine(LINUX, Platform::Linux), engine(WINDOWS, Platform::Windows)];
    for (part, code, body) in sections(&text) {
        if part != "Invalid events" {
            continue;
        }
        let example = body.split_once("```json\n").and_then(|(_, rest)| rest.split_once("\n```"));
        let event = match example {
            Some((event, _)) => event.to_owned(),
            None => {
                assert_eq!(code, "path_too_long");
                format!(r#"{{"kind":"exec","path":"/{}"}}"#, "a".repeat(65_536))
            }
        };
        let reasons = engines.each_ref().map(|engine| {
            let mut state = State::new(vec![0; State::LEAST], [0; 16]).unwrap();
            engine.adopt(&mut state);
            let mut buffer = EventBuf::default();
            buffer.read(event.as_bytes());
            buffer.with_event(|event| engine.decide_with(&mut state, event).reason)
        });
        let wanted = |reason: &Reason| matches!(reason, Reason::InvalidEvent(found) if found.as_str() == code);
        assert!(reasons.iter().any(wanted), "{event} is no {code} but {reasons:?}");
    }
}

fn engine(policy: &str, platform: Platform) -> Engine<Vec<u8>> {
    let mut compiler = Compiler::new(platform);
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
}

const LINUX: &str = r#"
wardline: 1
kind: host
name: p
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow, shadow], except_users: [root, "uid:0"] }
  executables_blocked: { executables: [/tmp/**], sha256: ['0000000000000000000000000000000000000000000000000000000000000000'] }
  network_block: { networks: [198.51.100.0/24], domains: [bad.example] }
  os_users_and_groups_blocked: { users: [mallory], groups: [guests] }
  brute_force_login_detection: { max_failures: 3 }
"#;
const WINDOWS: &str = "
wardline: 1
kind: host
name: p
platform: windows
mode: enforce
controls:
  file_block: { paths: ['C:\\secret'] }
  executables_blocked: { executables: ['C:\\Temp\\**'] }
  windows_registry_protection: { keys: ['HKLM\\SOFTWARE\\Example'] }
  os_users_and_groups_blocked: { users: ['sid:S-1-5-32-546'] }
";
const BEGIN: &str = "<!-- tests/bad/";
const END: &str = "<!-- end -->";
const LINES: usize = 16;
const WIDTH: usize = 160;
