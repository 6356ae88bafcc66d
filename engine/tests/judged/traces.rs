//! Real system calls through a real policy: every decision is the oracle's, and
//! the planted acts are blocked.
//!
//! The traces are not part of the project; without them beside the repository
//! the test says `skipped`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::agreed;
use crate::oracle::{Contents, Oracle};
use wardline::json::EventBuf;
use wardline::{Action, Activity, Binding, Compiler, Engine, Event, Fail, Format, Mode, Platform};

/// Who did what, for events that were blocked.
type Blocked = BTreeMap<(String, String), usize>;

#[test]
fn planted_acts_are_blocked_and_every_decision_is_the_oracles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let Ok(folder) = fs::read_dir(root.join("../shared/data/traces/linux")) else {
        println!("skipped: no traces beside the repository");
        return;
    };
    let text = fs::read(root.join("tests/policies/traces-linux.yaml")).unwrap();
    let (policy, _) = wardline::policy::parse("traces-linux.yaml", &text, Format::Yaml).unwrap();
    let mut compiler = Compiler::new(Platform::Linux);
    let bundle = compiler.add(policy.clone()).build().unwrap();
    let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();

    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".events.jsonl.zst"));
    files.sort();
    let lines: Vec<Vec<u8>> = files
        .iter()
        .flat_map(|path| {
            let text = zstd::decode_all(fs::File::open(path).unwrap()).unwrap();
            text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
        })
        .filter(|line| !line.is_empty())
        .collect();
    let (first, second) = lines.split_at(lines.len() / 2);
    let policies = [policy];
    let (mut blocked, more) = thread::scope(|scope| {
        let second = scope.spawn(|| compare(&engine, &policies, second));
        (compare(&engine, &policies, first), second.join().unwrap())
    });
    blocked.extend(more);

    assert_eq!(lines.len(), 109_042);
    let expected: Blocked = [
        ("executables_blocked", "/home/dev/work/nb/xmrig"),
        ("executables_blocked", "/tmp/rdx_payload"),
        ("file_block", "/etc/shadow"),
    ]
    .map(|(control, object)| ((control.to_owned(), object.to_owned()), 1))
    .into();
    assert_eq!(blocked, expected);
}

fn compare(
    engine: &Engine<Vec<u8>>,
    policies: &[wardline::policy::Policy],
    lines: &[Vec<u8>],
) -> Blocked {
    let oracle = Oracle::new(policies, &Contents::new(), &[], Fail::Closed, Mode::Enforce);
    let mut blocked = Blocked::new();
    let mut buffer = EventBuf::default();
    for line in lines {
        buffer.read(line);
        buffer.with_event(|event| {
            let decision = engine.decide(event);
            let control = agreed(engine, &decision, &oracle.decide(event), line);
            if decision.action == Action::Block {
                let control = control.unwrap_or_default().to_owned();
                *blocked.entry((control, object(event))).or_default() += 1;
            }
        });
    }
    blocked
}

fn object(event: &Event<'_>) -> String {
    let path = match &event.activity {
        Activity::File(file) => file.path,
        Activity::Exec(exec) => exec.path,
        _ => b"",
    };
    String::from_utf8_lossy(path).into_owned()
}
