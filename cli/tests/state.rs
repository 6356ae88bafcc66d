//! `decide --state` remembers from one run to the next; `state` shows and
//! releases.

mod run;

/// A directory with a policy, `NAME.yaml`, and its bundle, `NAME.wlb`.
fn compiled(name: &str, policy: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let [source, bundle] = ["yaml", "wlb"].map(|extension| format!("{name}.{extension}"));
    std::fs::write(directory.path().join(&source), policy).unwrap();
    let run = run::wardline(directory.path(), &["compile", "-q", "-o", &bundle, &source], "");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    directory
}

fn failed(time: u64) -> String {
    format!(
        "{{\"kind\":\"login\",\"user\":{{\"name\":\"root\"}},\"success\":false,\"time\":{time}}}\n"
    )
}

#[test]
fn a_quarantine_outlives_the_command_until_it_is_released() {
    let directory = compiled(
        "bait",
        "wardline: 1\nkind: function\nname: bait\nplatform: linux\nmode: enforce\ncontrols: { honeypot: { decoys: [{ kind: environment, name: K }] } }\n",
    );
    let directory = directory.path();
    let run = |arguments: &[&str], input: &str| {
        let run = run::wardline(directory, arguments, input);
        (run.code == Some(0), run.stdout + &run.stderr)
    };

    let decide = ["decide", "-b", "bait.wlb", "--state", "s", "--state-size", "8192"];
    let touch = r#"{"kind":"credential","name":"K","process":{"pid":7,"path":"/usr/bin/node"}}"#;
    let act = r#"{"kind":"exec","path":"/usr/bin/id","process":{"pid":7}}"#;
    assert!(run(&decide, touch).1.contains(r#""action":"block""#));
    assert!(run(&decide, act).1.contains(r#""reason":"quarantined""#));
    assert_eq!(std::fs::metadata(directory.join("s")).unwrap().len(), 8192);

    let (_, shown) = run(&["state", "inspect", "s"], "");
    let line = shown.lines().last().unwrap();
    assert!(line.ends_with("process 7 /usr/bin/node, since unknown, until released"), "{shown}");
    let id = line.split_whitespace().next().unwrap();
    let (done, said) = run(&["state", "release", "s", "0123"], "");
    assert!(!done && said.contains("nothing was changed"), "{said}");
    assert_eq!(run(&["state", "release", "s", id], ""), (true, "released: 1\n".to_owned()));
    assert!(run(&decide, act).1.contains(r#""action":"allow""#));

    std::fs::write(directory.join("s"), b"nonsense").unwrap();
    let (done, said) = run(&decide, act);
    assert!(!done && said.contains("not a saved state"), "{said}");
}

#[test]
fn a_throttle_outlives_the_command_and_what_it_suppressed_is_told() {
    let directory = compiled(
        "watch",
        "wardline: 1\nkind: host\nname: watch\nplatform: linux\nmode: enforce\nthrottle: { max_alerts: 1, window: 1m }\ncontrols: { file_integrity_monitoring: { operations: [read], paths: [/x] } }\n",
    );
    let directory = directory.path();
    let run = |arguments: &[&str], input: &str| {
        let run = run::wardline(directory, arguments, input);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        (run.stdout, run.stderr)
    };
    let read = |time: u64| {
        format!("{{\"kind\":\"file\",\"operation\":\"read\",\"path\":\"/x\",\"time\":{time}}}\n")
    };
    let decide = ["decide", "-b", "watch.wlb", "--state", "s", "--state-size", "8192"];

    let (first, _) = run(&decide, &(read(1) + &read(2)));
    let lines: Vec<&str> = first.lines().collect();
    assert!(!lines[0].contains("suppressed") && lines[1].contains(r#""suppressed":true"#));
    let audit = [&decide[..], &["--audit"]].concat();
    let (nothing, told) = run(&audit, &read(3));
    assert_eq!(nothing.lines().count(), 1, "only the status: {nothing}");
    let expected = "suppressed 2 audits of watch/file_integrity_monitoring on file events\n";
    assert_eq!(told, expected);
    let (shown, _) = run(&["state", "inspect", "s"], "");
    assert!(shown.contains("suppressed and not told: 2\n"), "{shown}");
    let (next, told) = run(&audit, &read(60_001));
    assert!(next.contains(r#""suppressed_before":2,"matched":1"#), "{next}");
    assert_eq!(told, "");
}

/// That whoever reads the answers has left is no failure.
#[test]
fn a_state_is_saved_also_where_nobody_reads() {
    let directory = compiled(
        "p",
        "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: audit\ncontrols: { fileless_execution_block: {} }\n",
    );
    let directory = directory.path();
    // More answers than a pipe holds.
    let events = "{\"kind\":\"exec\",\"path\":\"/a\"}\n".repeat(20_000);
    let file = tempfile::tempdir().unwrap();
    std::fs::write(file.path().join("events"), events).unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_wardline"))
        .current_dir(directory)
        .args(["decide", "-b", "p.wlb", "--state", "s"])
        .arg(file.path().join("events"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(directory.join("s").is_file());
}

#[test]
fn a_state_that_is_too_small_says_so_and_still_finds_who_fails() {
    let directory = compiled(
        "ssh",
        "wardline: 1\nkind: host\nname: ssh\nplatform: linux\nmode: enforce\ncontrols: { brute_force_login_detection: { max_failures: 3, window: 30d, block_for: 1h } }\n",
    );
    let directory = directory.path();
    let run = |arguments: &[&str], input: &str| {
        let run = run::wardline(directory, arguments, input);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        (run.stdout, run.stderr)
    };
    let failure = |source: &str, time: u64| {
        format!(
            "{{\"kind\":\"login\",\"user\":{{\"name\":\"root\"}},\"source\":\"{source}\",\"success\":false,\"time\":{time}}}\n"
        )
    };
    let once: String = (0..18).map(|last| failure(&format!("198.51.100.{last}"), 1)).collect();
    let often: String = (0..10).map(|time| failure("203.0.113.7", 10 + time)).collect();
    let decide = ["decide", "-b", "ssh.wlb", "--state-size", "4160"];

    let (lines, told) = run(&decide, &(once.clone() + &often));
    let actions = |action: &str| lines.matches(&format!(r#""action":"{action}""#)).count();
    assert_eq!((actions("allow"), actions("audit"), actions("block")), (20, 1, 7), "{lines}");
    assert_eq!(lines.matches(r#""overload":true"#).count(), 1, "{lines}");
    assert!(told.contains("forgot what was worth keeping 1 time:"), "{told}");
    let (summary, _) = run(&[&decide[..], &["--summary"]].concat(), &(once + &often));
    assert!(summary.contains("\n1 event overloaded the state: "), "{summary}");
}

/// A policy that does not apply to a target for a while is no reason to forget.
#[test]
fn a_target_that_a_policy_does_not_fit_forgets_nothing() {
    let directory = compiled(
        "ssh",
        "wardline: 1\nkind: host\nname: ssh\nplatform: linux\nmode: enforce\nscope: host.name == \"a\"\ncontrols: { brute_force_login_detection: { max_failures: 2, block_for: 1h } }\n",
    );
    let directory = directory.path();
    let run = |target: &str, input: &str| {
        let arguments =
            ["decide", "-b", "ssh.wlb", "--state", "s", "--state-size", "8192", "-t", target];
        let run = run::wardline(directory, &arguments, input);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        run.stdout
    };
    run("host.name=a", &(failed(1) + &failed(2)));
    assert!(run("host.name=b", &failed(3)).contains(r#""action":"allow""#));
    assert!(run("host.name=a", &failed(4)).contains(r#""action":"block""#));
}

#[test]
fn what_is_explained_is_what_is_decided_about_the_first_event() {
    let directory = compiled(
        "ssh",
        "wardline: 1\nkind: host\nname: ssh\nplatform: linux\nmode: enforce\ncontrols: { brute_force_login_detection: { max_failures: 3, block_for: 1h } }\n",
    );
    let explained = |event: &str| {
        let run = run::wardline(directory.path(), &["explain", "-b", "ssh.wlb", event], "");
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    for (event, code) in [
        (r#"{"kind":"login","user":{"name":"a"}}"#, "time"),
        (r#"{"kind":"login","user":{"name":"a"},"source":"bad","time":5}"#, "address"),
        (r#"{"kind":"login","user":{"name":"a"},"source":"bad"}"#, "address"),
    ] {
        let decided = run::wardline(directory.path(), &["decide", "-b", "ssh.wlb"], event).stdout;
        assert!(decided.contains(r#""action":"block""#), "{decided}");
        assert!(decided.contains(&format!(r#""code":"{code}""#)), "{decided}");
        let expected = format!(
            "block (intent block), invalid_event ({code})\n`wardline errors {code}` says what to do about it\nssh/brute_force_login_detection: cannot be judged: {code}\n"
        );
        assert_eq!(explained(event), expected);
    }
}

#[test]
fn what_is_explained_after_a_state_is_what_is_decided_next() {
    let directory = compiled(
        "ssh",
        "wardline: 1\nkind: host\nname: ssh\nplatform: linux\nmode: enforce\ncontrols: { brute_force_login_detection: { max_failures: 2, block_for: 1h } }\n",
    );
    let directory = directory.path();
    let decide = ["decide", "-b", "ssh.wlb", "--state", "s"];
    run::wardline(directory, &decide, &(failed(1) + &failed(2)));
    let kept = std::fs::read(directory.join("s")).unwrap();
    let event = failed(3);
    let explained = |state: &str| {
        let arguments = ["explain", "-b", "ssh.wlb", "--state", state, event.trim()];
        run::wardline(directory, &arguments, "")
    };
    for _ in 0..2 {
        let run = explained("s");
        assert_eq!(
            run.stdout,
            "block (intent block), matched\nssh/brute_force_login_detection: depends on earlier events\n",
            "{}",
            run.stderr
        );
    }
    assert_eq!(std::fs::read(directory.join("s")).unwrap(), kept);
    for (state, error) in [("absent", "cannot open absent"), ("ssh.wlb", "cannot restore ssh.wlb")]
    {
        let run = explained(state);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{state}");
        assert!(run.stderr.contains(error), "{}", run.stderr);
    }
    let twice = ["explain", "-b", "ssh.wlb", "--state", "-", "-"];
    assert_eq!(run::wardline(directory, &twice, "").code, Some(2));
}
