//! `decide --audit`, from policy to audit events.

mod run;

use std::path::Path;

use run::wardline;

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

#[test]
fn prints_what_is_not_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    std::fs::write(directory.join("p.yaml"), POLICY).unwrap();
    let compiled = wardline(directory, &["compile", "-q", "-o", "p.wlb", "p.yaml"], "");
    assert_eq!(compiled.code, Some(0), "{}", compiled.stderr);
    let decide = ["decide", "-b", "p.wlb", "-t", "host.name=web-1", "--audit"];
    let decided = wardline(directory, &decide, EVENTS);
    assert_eq!(decided.code, Some(0), "{}", decided.stderr);

    let lines: Vec<&str> = decided.stdout.lines().collect();
    let [status, blocked, invalid] = lines[..] else { panic!("{lines:?}") };
    assert!(status.starts_with(r#"{"version":1,"type":"status","platform":"linux","#), "{status}");
    let control = r#""controls":[{"control":"executables_blocked","enforcement":"full"}]"#;
    assert!(status.contains(control), "{status}");
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
    let refused = wardline(Path::new("."), &both, "");
    assert_eq!(refused.code, Some(2));
    let said = refused.stderr;
    assert!(said.contains("'--audit' cannot be used with '--summary'"), "{said}");
}
