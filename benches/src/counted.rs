//! Instructions of single decisions, counted by callgrind.
//!
//! This process compiles; another one, under valgrind, loads the bundle and decides.
//! Its counters are dumped after every decision, so that the median is known, not
//! only the mean. Counts are exact: the same program and events give the same
//! numbers on every run, whatever else the machine does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use wardline::{Binding, Bundle, Decision, Engine, Event};

use crate::asked::Asked;

/// Decisions to count: a policy and what it is asked.
pub struct Group {
    /// How budgets call it.
    pub name: String,
    /// The compiled policy.
    pub bundle: Bundle,
    /// The events.
    pub events: Vec<Asked>,
    /// Whether the engine finds out about the actor before, not with each event.
    pub actors: bool,
}

/// What the decisions of a group took.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counts {
    /// Instructions of each decision, in the order of the events.
    pub each: Vec<u64>,
}

impl Counts {
    /// The median.
    pub fn median(&self) -> u64 {
        let mut sorted = self.each.clone();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    }

    /// The mean.
    pub fn mean(&self) -> u64 {
        self.each.iter().sum::<u64>() / self.each.len() as u64
    }

    /// The largest.
    pub fn most(&self) -> u64 {
        self.each.iter().copied().max().unwrap_or(0)
    }
}

/// Whether there is a valgrind to count with.
pub fn is_possible() -> bool {
    let version = Command::new("valgrind").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// Counts the decisions of one group. Files are left in `directory`, among them
/// `NAME.callgrind`, which `callgrind_annotate` reads.
///
/// # Errors
///
/// If valgrind does not run or what it writes is not understood.
pub fn count(directory: &Path, group: &Group) -> io::Result<Counts> {
    fs::create_dir_all(directory)?;
    let file = |ending: &str| directory.join(format!("{}.{ending}", group.name));
    fs::write(file("wlb"), &group.bundle.bytes)?;
    let lines: Vec<String> = group.events.iter().map(Asked::to_line).collect();
    fs::write(file("events"), lines.join("\n"))?;
    let out = file("callgrind");
    // Dumps are numbered files, which would otherwise stay from an earlier run.
    let _ = fs::remove_file(&out);
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--quiet", "--combine-dumps=yes", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={MEASURED}"))
        .arg(format!("--dump-before={AFTERWARDS}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe()?)
        .args(["decide", if group.actors { "actors" } else { "plain" }])
        .args([file("wlb"), file("events")]);
    let output = command.output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let each = totals(&fs::read_to_string(&out)?);
    if each.len() != group.events.len() {
        let message = format!("{} of {} decisions counted", each.len(), group.events.len());
        return Err(io::Error::other(message));
    }
    Ok(Counts { each })
}

/// The instructions of every dump but the last, which is that of the end.
fn totals(text: &str) -> Vec<u64> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("totals: "));
    lines.filter_map(|number| number.trim().parse().ok()).filter(|&number| number > 0).collect()
}

/// What runs under valgrind: `decide plain|actors BUNDLE EVENTS`.
///
/// # Panics
///
/// If the files are not those that [`count`] wrote.
pub fn decide(arguments: &[String]) {
    let [how, bundle, events] = arguments else { panic!("decide plain|actors BUNDLE EVENTS") };
    let bytes = fs::read(PathBuf::from(bundle)).expect("a bundle");
    let engine = Engine::load(bytes, &Binding::default()).expect("an engine");
    let text = fs::read_to_string(PathBuf::from(events)).expect("events");
    let events: Vec<Asked> = text.lines().map(Asked::from_line).collect();
    let groups: Vec<_> = events.iter().map(Asked::groups).collect();
    let mut events: Vec<Event<'_>> =
        events.iter().zip(&groups).map(|(event, groups)| event.event(groups)).collect();
    let actors: Vec<_> = match how.as_str() {
        "actors" => events
            .iter()
            .map(|event| engine.actor(&event.process, &event.user, event.groups))
            .collect(),
        _ => Vec::new(),
    };
    for (event, actor) in events.iter_mut().zip(&actors) {
        event.actor = Some(actor);
    }
    // The first call of a function resolves it in the shared library; not to be counted.
    let warm = events.iter().map(|event| engine.decide(event).matched).sum::<u32>();
    let mut counted = 0;
    for event in &events {
        counted += measured_decision(&engine, event).matched;
        after_a_decision();
    }
    assert_eq!(warm, counted);
}

/// The function that is counted, by name.
#[inline(never)]
fn measured_decision(engine: &Engine<Vec<u8>>, event: &Event<'_>) -> Decision {
    engine.decide(std::hint::black_box(event))
}

/// Before this one the counters are dumped: valgrind takes one such order for each
/// function.
#[inline(never)]
fn after_a_decision() {
    std::hint::black_box(());
}

const MEASURED: &str = "*measured_decision*";
const AFTERWARDS: &str = "*after_a_decision*";
