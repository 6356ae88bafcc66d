//! `decide --audit`, from policy to audit events.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const POLICY: &str = "\
wardline: 1
kind: host
name: no-tunnels
platform: linux
mode: enforce
controls:
  executables_blocked: { executables: [nc] }
";

const EVENTS: &str = r#"
{"time":7,"kind":"exec","path":"/bin/nc","argv":["nc","-pw"],"metadata":{"id": 1.50}}
{"time":8,"kind":"exec","path":"/bin/ls","metadata":"of what is allowed"}
not an event
"#;

/// Runs the command with some input: its exit code, output and errors.
fn wardline(directory: &Path, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wardline"))
        .current_dir(directory)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn prints_what_is_not_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    std::fs::write(directory.join("p.yaml"), POLICY).unwrap();
    let compiled = wardline(directory, &["compile", "-q", "-o", "p.wlb", "p.yaml"], "");
    assert_eq!(compiled.0, Some(0), "{}", compiled.2);
    let decide = ["decide", "-b", "p.wlb", "-t", "host.name=web-1", "--audit"];
    let (code, lines, errors) = wardline(directory, &decide, EVENTS);
    assert_eq!(code, Some(0), "{errors}");

    let lines: Vec<&str> = lines.lines().collect();
    let [blocked, invalid] = lines[..] else { panic!("{lines:?}") };
    for member in [
        r#"{"version":1,"type":"enforcer","time":7,"action":"block","#,
        r#""entry":{"list":"executables","text":"nc","file":"p.yaml","line":7,"column":40}"#,
        r#""event":{"kind":"exec","time":7,"path":"/bin/nc"},"arguments_removed":2,"#,
        r#""metadata":{"id": 1.50},"target":{"host.name":"web-1"},"#,
    ] {
        assert!(blocked.contains(member), "{member} is not in {blocked}");
    }
    assert!(!blocked.contains("-pw"), "{blocked}");
    assert!(invalid.contains(r#""code":"not_an_event""#), "{invalid}");
}

#[test]
fn is_no_summary() {
    let both = ["decide", "-b", "none.wlb", "--audit", "--summary"];
    let (code, _, errors) = wardline(Path::new("."), &both, "");
    assert_eq!(code, Some(2));
    assert!(errors.contains("'--audit' cannot be used with '--summary'"), "{errors}");
}
