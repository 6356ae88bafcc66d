//! `decide --watch` takes up a bundle that changes on disk, also one that is
//! renamed over the old one, and keeps the old one where the new is bad.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn compile(directory: &Path, name: &str, program: &str) -> Vec<u8> {
    let policy = format!(
        "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols: {{ executables_blocked: {{ executables: [{program}] }} }}\n"
    );
    let (source, bundle) = (directory.join(format!("{name}.yaml")), directory.join(name));
    fs::write(&source, policy).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_wardline"))
        .args(["compile", "--quiet", "-o"])
        .args([&bundle, &source])
        .status();
    assert!(status.unwrap().success());
    fs::read(bundle).unwrap()
}

#[test]
fn a_bundle_that_changes_is_loaded_again() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (nc, other) = (compile(directory, "a", "nc"), compile(directory, "b", "other"));
    let bundle = directory.join("live.wlb");
    fs::write(&bundle, &nc).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_wardline"))
        .args(["decide", "--watch", "-b"])
        .arg(&bundle)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut blocks = || {
        writeln!(input, r#"{{"kind":"exec","path":"/usr/bin/nc"}}"#).unwrap();
        output.next().unwrap().unwrap().contains(r#""action":"block""#)
    };
    let mut until = |wanted: bool| {
        let start = Instant::now();
        while blocks() != wanted {
            assert!(start.elapsed() < Duration::from_secs(20), "no change in 20 s");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until(true);
    // Written in place.
    fs::write(&bundle, &other).unwrap();
    until(false);
    assert!(said.next().unwrap().unwrap().contains("generation 2"));
    // Renamed over it.
    fs::write(directory.join("next"), &nc).unwrap();
    fs::rename(directory.join("next"), &bundle).unwrap();
    until(true);
    assert!(said.next().unwrap().unwrap().contains("generation 3"));
    // Not a bundle: told, and nothing changes.
    fs::write(directory.join("next"), b"nonsense").unwrap();
    fs::rename(directory.join("next"), &bundle).unwrap();
    let line = said.next().unwrap().unwrap();
    assert!(line.starts_with("kept the engine: ") && line.contains("not a bundle"), "{line}");
    until(true);
    child.kill().unwrap();
    child.wait().unwrap();
}
