//! What depends on who is at the other end: colours, excerpts and progress on a
//! terminal, and pipes that are closed early.

mod run;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use run::wardline;

const GOOD: &str = "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols: { executables_blocked: { executables: [nc] } }\n";
const BAD: &str = "wardline: 1\nkind: hosst\nname: p\nplatform: linux\nmode: enforce\ncontrols: { fileless_execution_block: {} }\n";

/// Runs a command line at a terminal of its own, made by script(1).
fn at_a_terminal(directory: &Path, line: &str, environment: &[(&str, &str)]) -> Option<String> {
    let command = format!("{} {line}", env!("CARGO_BIN_EXE_wardline"));
    let run = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(directory)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output();
    match run {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(_) => {
            println!("skipped: needs script(1) for a terminal");
            None
        }
    }
}

#[test]
fn a_terminal_gets_excerpts_in_colours() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("p.yaml"), BAD).unwrap();
    let shown =
        |environment: &[(&str, &str)], line| at_a_terminal(directory.path(), line, environment);
    let Some(text) = shown(&[], "check p.yaml") else { return };
    assert!(text.contains("\u{1b}[") && text.contains("did you mean `host`?"), "{text}");
    assert!(text.contains("--> ") && text.contains('^'), "{text}");

    let plain = shown(&[("NO_COLOR", "1")], "check p.yaml").unwrap();
    assert!(!plain.contains("\u{1b}["), "{plain}");
    assert!(plain.contains(" --> p.yaml:2:7"), "{plain}");
    let never = shown(&[], "--color never check p.yaml").unwrap();
    assert_eq!(never, plain);
    // What is asked for on the command line goes before the environment.
    let always = shown(&[("NO_COLOR", "1")], "check --color=always p.yaml").unwrap();
    assert!(always.contains("\u{1b}["), "{always}");
    let short = shown(&[], "check --format short p.yaml").unwrap();
    assert!(short.starts_with("p.yaml:2:7: error[unknown-value]"), "{short}");
    let help = shown(&[], "--help").unwrap();
    assert!(help.contains("\u{1b}["), "{help}");
    let help = shown(&[], "--color never --help").unwrap();
    assert!(!help.contains("\u{1b}["), "{help}");
}

#[test]
fn colours_can_be_asked_for_without_a_terminal() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("p.yaml"), BAD).unwrap();
    let run = wardline(directory.path(), &["check", "--format", "full", "p.yaml"], "");
    assert!(!run.stderr.contains("\u{1b}["), "{}", run.stderr);
    let forced = ["check", "--format", "full", "--color", "always", "p.yaml"];
    let run = wardline(directory.path(), &forced, "");
    assert!(run.stderr.contains("\u{1b}["), "{}", run.stderr);
}

#[test]
fn progress_is_shown_on_a_terminal_only() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("p.yaml"), GOOD).unwrap();
    let event = "{\"kind\":\"exec\",\"path\":\"/usr/bin/nc\"}\n";
    fs::write(directory.join("events.jsonl"), event.repeat(200_000)).unwrap();
    let compile = ["compile", "-q", "-o", "p.wlb", "p.yaml"];
    assert_eq!(wardline(directory, &compile, "").code, Some(0));
    let quiet = wardline(directory, &["decide", "-b", "p.wlb", "-s", "events.jsonl"], "");
    assert_eq!(quiet.stderr, "");
    assert!(quiet.stdout.contains("200000 events"), "{}", quiet.stdout);
    let line = "decide -b p.wlb -s events.jsonl";
    let Some(shown) = at_a_terminal(directory, line, &[]) else { return };
    assert!(shown.contains("% of 7") && shown.contains(" events"), "{shown}");
    assert!(shown.contains("200000 events"), "{shown}");
}

/// Starts the command, reads the first line and leaves.
fn first_line(directory: &Path, arguments: &[&str]) -> (String, Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wardline"))
        .current_dir(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    (line, output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn whoever_stops_reading_ends_it_quietly() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let bait = "wardline: 1\nkind: function\nname: bait\nplatform: linux\nmode: enforce\ncontrols: { honeypot: { decoys: [{ kind: environment, name: K }] } }\n";
    fs::write(directory.join("bait.yaml"), bait).unwrap();
    let compile = ["compile", "-q", "-o", "p.wlb", "bait.yaml"];
    assert_eq!(wardline(directory, &compile, "").code, Some(0));
    let touch = "{\"kind\":\"credential\",\"name\":\"K\",\"process\":{\"pid\":7}}\n";
    let mut events = fs::File::create(directory.join("events.jsonl")).unwrap();
    events.write_all(touch.repeat(100_000).as_bytes()).unwrap();
    let decide = ["decide", "-b", "p.wlb", "--state", "s", "events.jsonl"];
    let (line, code, said) = first_line(directory, &decide);
    assert!(line.contains(r#""action":"block""#), "{line}");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    // What was decided until then is remembered.
    let shown = wardline(directory, &["state", "inspect", "s"], "").stdout;
    assert!(shown.contains("process 7"), "{shown}");
    for arguments in [
        &["inspect", "-b", "p.wlb"][..],
        &["completions", "bash"],
        &["errors"],
        &["compile", "bait.yaml", "-o", "q.wlb"],
        &["check", "--format", "json", "bait.yaml"],
        &["--help"],
    ] {
        let (_, code, said) = first_line(directory, arguments);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_bundle_goes_through_pipes() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("events.jsonl"), "{\"kind\":\"exec\",\"path\":\"/bin/nc\"}\n")
        .unwrap();
    let run = |arguments: &[&str], input: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wardline"));
        command.current_dir(directory).args(arguments).stdin(input).stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut compile = run(&["compile", "-o", "-", "-"], Stdio::piped());
    compile.stdin.take().unwrap().write_all(GOOD.as_bytes()).unwrap();
    let bundle = compile.stdout.take().unwrap();
    let decide = run(&["decide", "-b", "-", "events.jsonl"], bundle.into());
    let decided = String::from_utf8(decide.wait_with_output().unwrap().stdout).unwrap();
    assert!(decided.contains(r#""action":"block""#), "{decided}");
    assert!(compile.wait().unwrap().success());
}

#[test]
fn completions_and_manual_pages_name_every_verb() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let verbs = [
        "check",
        "compile",
        "inspect",
        "decide",
        "explain",
        "state",
        "errors",
        "completions",
        "man",
    ];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = wardline(directory, &["completions", shell], "").stdout;
        for verb in verbs {
            assert!(script.contains(verb), "{verb} in {shell}");
        }
    }
    if let Ok(mut bash) = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn() {
        let script = wardline(directory, &["completions", "bash"], "").stdout;
        bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(bash.wait().unwrap().success());
    }
    assert_eq!(wardline(directory, &["man", "pages/man1"], "").code, Some(0));
    for verb in verbs {
        let page =
            fs::read_to_string(directory.join(format!("pages/man1/wardline-{verb}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{verb}");
    }
    let page = fs::read_to_string(directory.join("pages/man1/wardline-state-release.1")).unwrap();
    assert!(page.contains("quarantined"), "{page}");
}
