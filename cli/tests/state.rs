//! `decide --state` remembers from one run to the next; `state` shows and
//! releases.

mod run;

#[test]
fn a_quarantine_outlives_the_command_until_it_is_released() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let policy = "wardline: 1\nkind: function\nname: bait\nplatform: linux\nmode: enforce\ncontrols: { honeypot: { decoys: [{ kind: environment, name: K }] } }\n";
    std::fs::write(directory.join("bait.yaml"), policy).unwrap();
    let run = |arguments: &[&str], input: &str| {
        let run = run::wardline(directory, arguments, input);
        (run.code == Some(0), run.stdout + &run.stderr)
    };
    assert!(run(&["compile", "-q", "-o", "bait.wlb", "bait.yaml"], "").0);

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
