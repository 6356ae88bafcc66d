//! Texts of attackers: whatever stands in events, policies and names of files, nothing
//! that the command prints acts on a terminal or hides from it.

mod run;

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;

use run::{Run, wardline};
use serde_json::json;
use wardline::Bundle;

/// Escape sequences of both kinds, a line, a direction, and characters without width.
const HOSTILE: &str =
    "\u{1b}]0;x\u{7}\r\nforged /usr/bin/true\u{9b}8m\u{202e}\u{2066}\u{200b}\u{61c}\u{feff}\u{7f}";

fn acts(character: char) -> bool {
    character.is_control() && character != '\n'
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A policy with this text in all of its names.
fn policy(text: &str) -> String {
    let policy = json!({
        "wardline": 1, "kind": "function", "name": format!("web{text}"), "platform": "linux",
        "mode": "enforce", "scope": format!("host.name != \"{}\"", text.replace(['\r', '\n'], "")),
        "throttle": { "max_alerts": 1, "window": "1m" },
        "controls": {
            "executables_blocked": { "executables": [format!("/y{text}"), "/x*/**", "nc"] },
            "honeypot": { "decoys": [{ "kind": "environment", "name": "K" }] },
            "dns_ip_reputation": { "lists": [format!("l{text}")] },
        },
        "lists": { format!("l{text}"): { "format": "domains", "file": "l.txt" } },
    });
    policy.to_string()
}

/// A policy that is refused, one that is not, and its bundle, forged to hold what no policy
/// can.
fn compiled(directory: &Path) {
    let harmless = "h".repeat(HOSTILE.len());
    fs::write(directory.join("refused.json"), policy(HOSTILE)).unwrap();
    fs::write(directory.join("p.json"), policy(&harmless)).unwrap();
    fs::write(directory.join("l.txt"), format!("bad.com\na{HOSTILE}..b\n")).unwrap();
    let run = wardline(directory, &["compile", "p.json", "-o", "p.wlb"], "");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let bundle = directory.join("p.wlb");
    let mut bytes = fs::read(&bundle).unwrap();
    let mut forged = 0;
    for at in 0..bytes.len() - HOSTILE.len() {
        let place = &mut bytes[at..at + HOSTILE.len()];
        if place == harmless.as_bytes() {
            place.copy_from_slice(HOSTILE.as_bytes());
            forged += 1;
        }
    }
    assert!(forged >= 4, "{forged}");
    Bundle::seal(&mut bytes);
    fs::write(bundle, bytes).unwrap();
}

fn tame(run: &Run, what: &[&str]) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(acts), "{what:?}: {text:?}");
        assert!(!text.contains("\nforged"), "{what:?}: {text:?}");
    }
}

#[test]
fn texts_for_people_are_tame() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    compiled(directory);
    let path = format!("/x{HOSTILE}");
    let event = json!({ "kind": "exec", "path": path, "time": 1 }).to_string();
    let touch = json!({ "kind": "credential", "name": "K", "process": { "path": "/a\u{1b}[2J\n\u{9b}", "pid": 1 } });
    fs::write(directory.join("e.jsonl"), format!("{event}\n{touch}\n")).unwrap();
    let bound = ["-b", "p.wlb", "-t", "host.name=a"];
    let mut shown = 0;
    for (verb, rest) in [
        ("check", &["refused.json"][..]),
        ("check", &["--format", "full", "refused.json"]),
        ("compile", &["refused.json", "-o", "q.wlb"]),
        ("check", &["--format", "full", "p.json"]),
        ("inspect", &["-b", "p.wlb", "-t", "host.name=a"]),
        ("explain", &[&bound[..], &[&event]].concat()),
        ("explain", &[&bound[..], &[&event, "--rule", HOSTILE]].concat()),
        ("decide", &[&bound[..], &["--summary", "--state", "s", "e.jsonl"]].concat()),
        ("state", &["inspect", "s"]),
        ("decide", &["-b", HOSTILE]),
        ("decide", &["-b", "p.wlb", HOSTILE]),
        ("check", &[&format!("{HOSTILE}.json")]),
        ("compile", &["p.json", "-o", &format!("none{HOSTILE}/p.wlb")]),
        ("compile", &["p.json", "-o", &format!("{HOSTILE}.json")]),
        ("compile", &["p.json", "-o", &format!("{HOSTILE}.wlb")]),
        ("errors", &[HOSTILE]),
        ("state", &["inspect", HOSTILE]),
    ] {
        let arguments = [&[verb], rest].concat();
        let run = wardline(directory, &arguments, "");
        tame(&run, &arguments);
        shown += usize::from((run.stdout + &run.stderr).contains(r"\u{1b}"));
    }
    assert!(shown >= 14, "{shown}");
}

#[test]
fn lines_for_programs_stay_lines() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    compiled(directory);
    let compile = ["compile", "--format", "json", "p.json", "-o", "q.wlb"];
    let run = wardline(directory, &compile, "");
    assert!(run.stdout.lines().count() == 1 && !run.stdout.contains('\u{1b}'), "{}", run.stdout);
    let event = json!({ "kind": "exec", "path": format!("/x{HOSTILE}"), "time": 1 }).to_string();
    for how in ["--audit", "--fail=closed"] {
        let arguments = ["decide", "-b", "p.wlb", "-t", "host.name=a", how];
        let run = wardline(directory, &arguments, &event);
        for line in run.stdout.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
        assert!(run.stdout.contains(r#""action":"block""#), "{}", run.stdout);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_without_end_takes_bounded_memory() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    compiled(directory);
    let event = json!({ "kind": "exec", "path": "/x1/y" }).to_string();
    let mut events = File::create(directory.join("e.jsonl")).unwrap();
    writeln!(events, "{event}").unwrap();
    // Zeros that take no room on the disk.
    events.seek(SeekFrom::Current(1 << 30)).unwrap();
    write!(events, "\n{event}").unwrap();
    let output = Command::new("sh")
        .args(["-c", r#"ulimit -v 524288 && exec "$0" "$@""#, env!("CARGO_BIN_EXE_wardline")])
        .args(["decide", "-b", "p.wlb", "-t", "host.name=a", "e.jsonl"])
        .current_dir(directory)
        .output()
        .unwrap();
    let decisions = String::from_utf8(output.stdout).unwrap();
    let codes = decisions.lines().map(|line| {
        let decision: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_ne!(decision["action"], "allow", "{line}");
        decision["code"].as_str().map(str::to_owned)
    });
    let codes: Vec<_> = codes.collect();
    assert_eq!(codes, [None, Some("not_an_event".to_owned()), None], "{:?}", output.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn input_without_end_is_refused_for_how_it_begins() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    compiled(directory);
    let zeros = File::create(directory.join("zeros")).unwrap();
    zeros.set_len(3 << 30).unwrap();
    let listed = policy("x").replace("l.txt", "/dev/zero");
    fs::write(directory.join("listed.json"), listed).unwrap();
    for (arguments, code, said) in [
        ("decide -b zeros", 1, "cannot load zeros: not a bundle"),
        ("inspect -b /dev/zero", 1, "cannot load /dev/zero: not a bundle"),
        ("state inspect zeros", 1, "cannot restore zeros"),
        ("explain -b p.wlb -t host.name=a - < zeros", 0, "invalid_event (not_an_event)"),
        ("check listed.json", 1, "it is not a regular file"),
    ] {
        let script = format!(r#"ulimit -v 1048576 && exec "$0" {arguments}"#);
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_wardline")])
            .current_dir(directory)
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {told}");
        assert!(told.contains(said), "{arguments}: {told}");
    }
}

#[test]
fn a_bundle_replaces_bundles_only() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    compiled(directory);
    fs::write(directory.join("empty"), "").unwrap();
    std::os::unix::fs::symlink("p.json", directory.join("link")).unwrap();
    let list = fs::read(directory.join("l.txt")).unwrap();
    for (output, replaced) in
        [("l.txt", false), ("link", false), ("empty", true), ("p.wlb", true), ("new", true)]
    {
        let run = wardline(directory, &["compile", "-q", "p.json", "-o", output], "");
        assert_eq!(run.code, Some(if replaced { 0 } else { 1 }), "{output}: {}", run.stderr);
        assert_eq!(run.stderr.contains("is not a bundle"), !replaced, "{}", run.stderr);
    }
    assert_eq!(fs::read(directory.join("l.txt")).unwrap(), list);
    assert!(fs::read_to_string(directory.join("p.json")).unwrap().starts_with('{'));
}

#[test]
fn a_file_that_is_given_for_an_event_is_told() {
    let directory = tempfile::tempdir().unwrap();
    compiled(directory.path());
    let explain = ["explain", "-b", "p.wlb", "-t", "host.name=a", "p.json"];
    let run = wardline(directory.path(), &explain, "");
    assert!(run.stdout.contains("p.json is a file: write `-`"), "{}", run.stdout);
}

#[test]
fn a_state_of_more_bytes_than_there_are_is_a_wrong_command_line() {
    let directory = tempfile::tempdir().unwrap();
    compiled(directory.path());
    let arguments = ["decide", "-b", "p.wlb", "--state", "s", "--state-size", "99999999999999"];
    let run = wardline(directory.path(), &arguments, "");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("--state-size"), "{}", run.stderr);
}
