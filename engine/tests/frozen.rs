//! Bundles that were written before decide as ones of today: an engine must read
//! every bundle of its version as the engine that wrote it.
//!
//! `tests/bundles/v<version>/*.wlb` stay as they are. A change to the format that
//! makes this fail needs another `VERSION` in `engine/src/bundle.rs`; with
//! `UPDATE=1` the bundles of that version are written, once.

use std::fs;
use std::path::{Path, PathBuf};

use wardline::json::EventBuf;
use wardline::{Action, Binding, Compiler, Decision, Engine, Format, LoadError, Platform, Reason};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bundles")
}

/// Asks a bundle written before and one of today the same.
fn compare(name: &str, platform: Platform) {
    let text = fs::read(directory().join(name).with_extension("yaml")).unwrap();
    let events = fs::read(directory().join(name).with_extension("jsonl")).unwrap();
    let mut compiler = Compiler::new(platform);
    compiler.policy(name, &text, Format::Yaml).unwrap();
    let fresh = compiler.build().unwrap().bytes;
    let version = u16::from_le_bytes([fresh[8], fresh[9]]);
    let kept = directory().join(format!("v{version}")).join(name).with_extension("wlb");
    if std::env::var_os("UPDATE").is_some() && !kept.exists() {
        fs::create_dir_all(kept.parent().unwrap()).unwrap();
        fs::write(&kept, &fresh).unwrap();
    }
    let kept = fs::read(&kept).unwrap_or_else(|error| panic!("{}: {error}", kept.display()));
    let [kept, fresh] =
        [kept, fresh].map(|bytes| Engine::load(bytes, &Binding::default()).unwrap());
    let mut counts = [0; 3];
    let mut buffer = EventBuf::default();
    for line in events.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        buffer.read(line);
        let decide = |engine: &Engine<Vec<u8>>| -> Decision {
            buffer.with_event(|event| engine.decide(event))
        };
        let (mut then, now) = (decide(&kept), decide(&fresh));
        then.generation = now.generation;
        assert_eq!(then, now, "{}", String::from_utf8_lossy(line));
        counts[now.action as usize] += usize::from(now.reason != Reason::NoMatch);
        counts[Action::Allow as usize] += usize::from(now.reason == Reason::NoMatch);
    }
    assert!(counts.iter().all(|&count| count >= 3), "{counts:?} allowed, audited, blocked");
}

#[test]
fn linux_bundles_of_this_version_mean_what_they_meant() {
    compare("linux", Platform::Linux);
}

#[test]
fn function_bundles_of_this_version_mean_what_they_meant() {
    compare("function", Platform::Linux);
}

#[test]
fn windows_bundles_of_this_version_mean_what_they_meant() {
    compare("windows", Platform::Windows);
}

/// What was written for another reader is refused, never read as something else.
#[test]
fn bundles_of_versions_before_are_refused() {
    for name in ["linux.wlb", "windows.wlb"] {
        let bytes = fs::read(directory().join("v2").join(name)).unwrap();
        let refused = Engine::load(bytes, &Binding::default()).err();
        assert_eq!(refused, Some(LoadError::Version { found: 2 }));
    }
}
