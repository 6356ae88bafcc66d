//! `decide --watch` takes up a bundle that changes on disk, also one that is
//! renamed over the old one, and keeps the old one where the new is bad.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
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

/// `decide --watch`, asked the same again and again.
struct Watching {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    said: Lines<BufReader<ChildStderr>>,
}

impl Watching {
    fn start(bundle: &Path) -> Watching {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wardline"))
            .args(["decide", "--watch", "-b"])
            .arg(bundle)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Watching {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            said: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
        }
    }

    /// Waits until `nc` is blocked, or is not.
    fn until(&mut self, blocked: bool) {
        let start = Instant::now();
        loop {
            writeln!(self.input, r#"{{"kind":"exec","path":"/usr/bin/nc"}}"#).unwrap();
            let line = self.output.next().unwrap().unwrap();
            if line.contains(r#""action":"block""#) == blocked {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "no change in 20 s");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn said(&mut self) -> String {
        self.said.next().unwrap().unwrap()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_bundle_that_changes_is_loaded_again() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (nc, other) = (compile(directory, "a", "nc"), compile(directory, "b", "other"));
    let bundle = directory.join("live.wlb");
    fs::write(&bundle, &nc).unwrap();
    let mut watching = Watching::start(&bundle);
    watching.until(true);
    // Written in place.
    fs::write(&bundle, &other).unwrap();
    watching.until(false);
    assert!(watching.said().contains("generation 2"));
    // Renamed over it.
    fs::write(directory.join("next"), &nc).unwrap();
    fs::rename(directory.join("next"), &bundle).unwrap();
    watching.until(true);
    assert!(watching.said().contains("generation 3"));
    // Not a bundle: told, and nothing changes.
    fs::write(directory.join("next"), b"nonsense").unwrap();
    fs::rename(directory.join("next"), &bundle).unwrap();
    let line = watching.said();
    assert!(line.starts_with("kept the engine: ") && line.contains("not a bundle"), "{line}");
    watching.until(true);
}

/// As Kubernetes mounts a configuration: `host.wlb -> ..data/host.wlb`, and `..data`, a
/// link to a directory, is renamed over.
#[test]
fn a_link_on_the_way_that_is_replaced_leads_to_another_bundle() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (nc, other) = (compile(directory, "a", "nc"), compile(directory, "b", "other"));
    for (version, bundle) in [("..1", &nc), ("..2", &other)] {
        fs::create_dir(directory.join(version)).unwrap();
        fs::write(directory.join(version).join("host.wlb"), bundle).unwrap();
    }
    symlink("..1", directory.join("..data")).unwrap();
    symlink("..data/host.wlb", directory.join("host.wlb")).unwrap();
    let mut watching = Watching::start(&directory.join("host.wlb"));
    watching.until(true);
    symlink("..2", directory.join("..next")).unwrap();
    fs::rename(directory.join("..next"), directory.join("..data")).unwrap();
    watching.until(false);
    // What the link leads to now is watched.
    fs::write(directory.join("..2/host.wlb"), &nc).unwrap();
    watching.until(true);
    // A link that is made anew.
    fs::remove_file(directory.join("host.wlb")).unwrap();
    symlink("b", directory.join("host.wlb")).unwrap();
    watching.until(false);
}
