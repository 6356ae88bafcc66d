//! The file of `--state`: what cannot be reached is not taken for new, one command at a
//! time changes it, and what was decided outlives a signal.

mod run;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use run::Run;

/// A directory with a bundle that counts logins, and quarantines who touches a decoy.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, kind, controls) in [
        ("ssh", "host", "brute_force_login_detection: { max_failures: 3, block_for: 1h }"),
        ("bait", "function", "honeypot: { decoys: [{ kind: environment, name: K }] }"),
    ] {
        let [source, bundle] = ["yaml", "wlb"].map(|extension| format!("{name}.{extension}"));
        let policy = format!(
            "wardline: 1\nkind: {kind}\nname: {name}\nplatform: linux\nmode: enforce\ncontrols: {{ {controls} }}\n"
        );
        fs::write(directory.path().join(&source), policy).unwrap();
        let run = run::wardline(directory.path(), &["compile", "-q", "-o", &bundle, &source], "");
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    directory
}

fn failed(time: u64) -> String {
    format!(
        "{{\"kind\":\"login\",\"user\":{{\"name\":\"root\"}},\"success\":false,\"time\":{time}}}\n"
    )
}

fn decide(directory: &Path, state: &str, input: &str) -> Run {
    run::wardline(directory, &["decide", "-b", "ssh.wlb", "--state", state], input)
}

fn entries(directory: &Path) -> String {
    let run = run::wardline(directory, &["state", "inspect", "s"], "");
    run.stdout.lines().next().unwrap_or_default().to_owned()
}

/// `decide --state s`, which with `--watch` answers each event at once.
struct Deciding {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Deciding {
    /// Whoever runs the tests in the background ignores SIGINT, which would be inherited.
    fn start(directory: &Path, more: &[&str]) -> Deciding {
        Deciding::start_with("--default-signal=INT,TERM", directory, more)
    }

    /// With what `env` does about signals.
    fn start_with(signals: &str, directory: &Path, more: &[&str]) -> Deciding {
        let mut child = Command::new("env")
            .current_dir(directory)
            .args([signals, env!("CARGO_BIN_EXE_wardline")])
            .args(["decide", "-b", "ssh.wlb", "--state", "s"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Deciding {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn ask(&mut self, event: &str) -> String {
        self.input.write_all(event.as_bytes()).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Deciding {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_state_that_cannot_be_reached_is_no_new_one() {
    let directory = directory();
    let directory = directory.path();
    symlink("loop", directory.join("loop")).unwrap();
    symlink("nothing", directory.join("dangling")).unwrap();
    fs::create_dir(directory.join("folder")).unwrap();
    for (state, reason) in [
        ("loop", "cannot open loop: "),
        ("dangling", "dangling is a symbolic link to a file that is not there"),
        ("folder", "folder is a directory"),
        ("/dev/null", "/dev/null is not a regular file"),
        ("ssh.yaml/s", "cannot open ssh.yaml/s: Not a directory"),
        ("nowhere/s", "cannot make nowhere/s.lock: No such file"),
        ("-", "standard input cannot be"),
    ] {
        let run = decide(directory, state, &failed(1));
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{state}: {}", run.stderr);
        assert!(run.stderr.contains(reason), "{state}: {}", run.stderr);
    }
    assert!(!directory.join("nothing").exists() && !directory.join("-").exists());
}

/// Root may enter every directory, so this shows something only for others.
#[test]
fn a_directory_that_may_not_be_entered_hides_no_state() {
    let directory = directory();
    let directory = directory.path();
    let closed = directory.join("closed");
    fs::create_dir(&closed).unwrap();
    assert_eq!(decide(directory, "closed/s", &failed(1)).code, Some(0));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let may_enter = fs::read_dir(&closed).is_ok();
    let run = decide(directory, "closed/s", &failed(2));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!((run.code, run.stdout.is_empty()), (Some(i32::from(!may_enter)), !may_enter));
}

/// Whatever ends the reading: what is remembered is told.
#[test]
fn answers_before_an_error_are_told() {
    let directory = directory();
    let directory = directory.path();
    fs::write(directory.join("events"), failed(1)).unwrap();
    let arguments = ["decide", "-b", "ssh.wlb", "--state", "s", "events", "missing"];
    let run = run::wardline(directory, &arguments, "");
    assert_eq!((run.code, run.stdout.lines().count()), (Some(1), 1), "{}", run.stderr);
    assert_eq!(entries(directory), "entries: 1");
}

#[test]
fn a_lock_that_somebody_else_made_is_not_followed() {
    let directory = directory();
    let path = directory.path();
    symlink(path.join("made"), path.join("s1.lock")).unwrap();
    let made = Command::new("mkfifo").arg(path.join("s2.lock")).status().unwrap();
    assert!(made.success());
    fs::create_dir(path.join("s3.lock")).unwrap();
    for state in ["s1", "s2", "s3"] {
        let run = decide(path, state, &failed(1));
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{state}: {}", run.stderr);
        assert!(run.stderr.contains(".lock"), "{}", run.stderr);
        assert!(!path.join(state).exists());
    }
    assert!(!path.join("made").exists());
    // Nor is one left where there is no state to release anybody from.
    let run = run::wardline(path, &["state", "release", "s4", "--all"], "");
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(!path.join("s4.lock").exists());
}

#[test]
fn behind_a_link_it_is_the_same_state() {
    let directory = directory();
    let directory = directory.path();
    assert_eq!(decide(directory, "s", &failed(1)).code, Some(0));
    symlink("s", directory.join("link")).unwrap();
    let mut first = Deciding::start(directory, &["--watch"]);
    first.ask(&failed(2));
    let run = decide(directory, "link", &failed(3));
    assert!(run.stderr.contains("link is in use by another command"), "{}", run.stderr);
    drop(first);
    assert_eq!(decide(directory, "link", &failed(3)).code, Some(0));
    assert!(directory.join("link").is_symlink());
}

#[test]
fn one_command_at_a_time_uses_a_state() {
    let directory = directory();
    let directory = directory.path();
    assert_eq!(decide(directory, "s", "").code, Some(0));
    let mut first = Deciding::start(directory, &["--watch"]);
    // Whoever has answered holds the state.
    first.ask(&failed(1));
    for arguments in
        [&["decide", "-b", "ssh.wlb", "--state", "s"][..], &["state", "release", "s", "--all"]]
    {
        let run = run::wardline(directory, arguments, &failed(2));
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(run.stderr.contains("s is in use by another command"), "{}", run.stderr);
    }
    first.signal("TERM");
    first.child.wait().unwrap();
    assert_eq!(decide(directory, "s", "").code, Some(0));
    assert_eq!(entries(directory), "entries: 1");
}

#[test]
fn a_signal_saves_what_was_decided() {
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let directory = directory();
        let mut deciding = Deciding::start(directory.path(), &["--watch"]);
        assert!(deciding.ask(&failed(1)).contains(r#""action":"allow""#));
        deciding.signal(name);
        assert_eq!(deciding.child.wait().unwrap().signal(), Some(number));
        assert_eq!(entries(directory.path()), "entries: 1");
    }
}

#[test]
fn a_signal_that_is_ignored_stays_so() {
    let directory = directory();
    let mut deciding = Deciding::start_with("--ignore-signal=INT", directory.path(), &["--watch"]);
    assert!(deciding.ask(&failed(1)).contains(r#""action":"allow""#));
    deciding.signal("INT");
    assert!(deciding.ask(&failed(2)).contains(r#""action":"allow""#));
    deciding.signal("TERM");
    assert_eq!(deciding.child.wait().unwrap().signal(), Some(15));
}

/// Also the answers that were not written yet: what is remembered is told.
#[test]
fn a_signal_flushes_what_was_decided() {
    let directory = directory();
    let mut deciding = Deciding::start(directory.path(), &[]);
    // Answers are written when there are many, so some are not when the first are read.
    let events = (0..250).map(|last| {
        failed(1).replace("\"success\"", &format!("\"source\":\"198.51.100.{last}\",\"success\""))
    });
    assert!(deciding.ask(&events.collect::<String>()).starts_with('{'));
    deciding.signal("TERM");
    let rest: Vec<String> = deciding.output.by_ref().lines().map(Result::unwrap).collect();
    assert!(rest.iter().all(|line| line.starts_with('{') && line.ends_with('}')), "{rest:?}");
    assert_eq!(deciding.child.wait().unwrap().signal(), Some(15));
    assert_eq!(entries(directory.path()), format!("entries: {}", rest.len() + 1));
}

/// A reader that reads nothing keeps neither the state from being saved nor the command
/// from its end.
#[test]
fn a_signal_does_not_wait_for_whoever_does_not_read() {
    let directory = directory();
    let events = directory.path().join("events");
    fs::write(&events, (0..20_000).map(failed).collect::<String>()).unwrap();
    let mut deciding = Deciding::start(directory.path(), &["events"]);
    // The first line comes when there are many, and the pipe has room for few of them.
    let mut line = String::new();
    deciding.output.read_line(&mut line).unwrap();
    deciding.signal("TERM");
    assert_eq!(deciding.child.wait().unwrap().signal(), Some(15));
    assert_eq!(entries(directory.path()), "entries: 1");
}

#[test]
fn a_state_is_saved_now_and_then() {
    let directory = directory();
    let mut deciding = Deciding::start(directory.path(), &["--watch"]);
    deciding.ask(&failed(1));
    let start = Instant::now();
    while entries(directory.path()) != "entries: 1" {
        assert!(start.elapsed() < Duration::from_secs(60), "not saved in 60 s");
        thread::sleep(Duration::from_millis(20));
    }
    // It still holds what was replaced.
    assert_eq!(decide(directory.path(), "s", "").code, Some(1));
}

#[test]
fn an_id_is_the_same_however_it_is_written_and_however_often() {
    let directory = directory();
    let directory = directory.path();
    let run = |arguments: &[&str], input: &str| run::wardline(directory, arguments, input);
    let touch = r#"{"kind":"credential","name":"K","process":{"pid":7,"path":"/usr/bin/node"}}"#;
    let quarantined = || {
        assert_eq!(run(&["decide", "-b", "bait.wlb", "--state", "s"], touch).code, Some(0));
        let shown = run(&["state", "inspect", "s"], "").stdout;
        shown.lines().last().unwrap().split_whitespace().next().unwrap().to_owned()
    };
    let id = quarantined();
    let twice = run(&["state", "release", "s", &id, &id], "");
    assert_eq!((twice.code, twice.stdout.as_str()), (Some(0), "released: 1\n"));
    let upper = quarantined().to_ascii_uppercase();
    let other = run(&["state", "release", "s", &upper, "00", "00"], "");
    assert!(other.stderr.contains("1 of 2 are quarantined; nothing was changed"));
    let upper = run(&["state", "release", "s", &upper], "");
    assert_eq!((upper.code, upper.stdout.as_str()), (Some(0), "released: 1\n"));
}
