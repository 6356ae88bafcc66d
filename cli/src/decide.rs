//! `wardline decide`: ask a bundle about events.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use indicatif::ProgressBar;
use wardline::json::EventBuf;
use wardline::{Action, Engine, SharedEngine, State};

use crate::input::Line;
use crate::said::{counted, shown};
use crate::state::file::{self, StateFile};
use crate::state::kept::Kept;
use crate::summary::Summary;
use crate::watch::Watch;
use crate::{bind, input, line, progress};

/// Decide events: JSON lines in, one JSON line out per event
///
/// A line that is no event is decided too, as an invalid event. Files may be
/// compressed with zstd or gzip.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline decide -b host.wlb events.jsonl
  zstdcat events.jsonl.zst | wardline decide -b host.wlb --summary -
  wardline decide -b host.wlb --audit --state host.state events.jsonl >> audit.jsonl

Exit status: 0 everything is decided, whatever came out; 1 the bundle does not load, a
file cannot be read or written, or another command uses the state; 2 the command line is
wrong.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    bind: bind::Options,

    /// The events; standard input if none or -
    #[arg(value_name = "EVENTS", default_value = "-")]
    files: Vec<PathBuf>,

    /// Print counts by action, control and program instead of decisions
    #[arg(short, long)]
    summary: bool,

    /// Write what is enforced, and then the audit event of every event that is
    /// neither simply allowed nor suppressed by a throttle, instead of decisions
    #[arg(short, long, conflicts_with = "summary")]
    audit: bool,

    /// Load the bundle again whenever it changes on disk. One that does not
    /// load is reported, and the one before stays
    #[arg(long)]
    watch: bool,

    /// Where controls over time keep what they remember; made if it is not
    /// there, and held against other commands by a lock on FILE.lock. It is
    /// saved every few seconds, at the end, and when SIGINT or SIGTERM ends
    /// the command. Without it they remember as long as the command runs
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Bytes of a new state
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    state_size: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    arguments.bind.only_one_from_standard_input(arguments.files.iter().map(PathBuf::as_path));
    let watch = arguments.watch.then(|| Watch::new(&arguments.bind)).transpose()?;
    let shared = Arc::new(arguments.bind.shared()?);
    if let Some(watch) = watch {
        watch.start(&shared);
    }
    let file = arguments.state.as_deref().map(StateFile::hold).transpose()?;
    let state = match &file {
        Some(file) => file.open(arguments.state_size)?,
        None => file::empty(arguments.state_size)?,
    };
    let before = state.forgotten();
    let kept = Kept::new(state, file);
    let out = Arc::new(Mutex::new(BufWriter::new(io::stdout())));
    kept.keep_saving(&out)?;
    let replayed = replay(arguments, &shared, &kept, &out);
    if replayed.is_err() {
        // What was answered before is told; who cannot hear it is the error, or hears of it.
        let _ = kept.answering(&out).flush();
    }
    tell_forgotten(kept.state().forgotten().saturating_sub(before));
    // What was decided before an error, or before whoever read the answers
    // left, is remembered all the same.
    match (replayed, kept.save()) {
        // Of a reader that has left, nobody hears; of a state that is lost, somebody must.
        (Err(replayed), Err(saved)) => Err(saved.context(format!("{replayed:#}"))),
        (replayed, saved) => replayed.and(saved),
    }
}

fn replay(
    arguments: &Arguments,
    shared: &SharedEngine<Vec<u8>>,
    kept: &Kept,
    out: &Mutex<BufWriter<io::Stdout>>,
) -> Result<()> {
    let target = arguments.bind.target();
    let out = || kept.answering(out);
    let take_up = |engine: &Engine<Vec<u8>>, out: &mut dyn Write| {
        adopt(engine, &mut kept.state());
        if arguments.audit { writeln!(out, "{}", engine.status(&target)) } else { Ok(()) }
    };
    let mut generation = {
        let engine = shared.engine();
        take_up(&engine, &mut *out())?;
        engine.generation()
    };
    let mut summary = arguments.summary.then(Summary::default);
    // Decisions that scroll by are progress enough.
    let progress = match arguments.summary || !io::stdout().is_terminal() {
        true => progress::events(&arguments.files),
        false => ProgressBar::hidden(),
    };
    let mut decided = 0u64;
    let mut buffer = EventBuf::default();
    let mut text = Vec::new();
    for path in &arguments.files {
        let mut events = input::open_watched(path, &progress)?;
        // Lines are numbered in each file.
        let file = (arguments.files.len() > 1).then(|| input::name(path));
        for number in 1u64.. {
            let read = input::line(&mut *events, &mut text);
            match read.with_context(|| format!("cannot read {}", input::name(path)))? {
                Line::End => break,
                // Whatever it is, it is no event.
                Line::TooLong => buffer.read(b""),
                Line::Whole => match text.trim_ascii() {
                    b"" => continue,
                    event => buffer.read(event),
                },
            }
            buffer.with_event(|event| {
                let mut out = out();
                let engine = shared.engine();
                if engine.generation() != generation {
                    generation = engine.generation();
                    take_up(&engine, &mut *out)?;
                }
                let start = Instant::now();
                let (decision, alert) = {
                    let mut state = kept.state();
                    (engine.decide_with(&mut state, event), state.alert())
                };
                let took = if summary.is_some() { start.elapsed() } else { Duration::ZERO };
                match &mut summary {
                    Some(summary) => summary.add(&engine, event, &decision, took),
                    None if arguments.audit => {
                        if decision.action != Action::Allow && !decision.suppressed {
                            let audit = engine.audit(event, &decision, &target);
                            let audit = audit.with_metadata(buffer.metadata());
                            writeln!(out, "{}", audit.with_alert(alert))?;
                        }
                    }
                    None => {
                        let line = line::decision(&engine, file.as_deref(), number, &decision);
                        // As an I/O error it is known for a closed pipe.
                        serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
                        out.write_all(b"\n")?;
                        // Whoever watches waits for each answer.
                        if arguments.watch {
                            out.flush()?;
                        }
                    }
                }
                anyhow::Ok(())
            })?;
            decided += 1;
            if decided.is_multiple_of(4096) {
                progress.set_message(format!("{decided} events"));
            }
        }
    }
    progress.finish_and_clear();
    let mut out = out();
    if let Some(summary) = summary {
        writeln!(out, "{summary}")?;
    }
    out.flush()?;
    if arguments.audit {
        tell_suppressed(&shared.engine(), &kept.state());
    }
    Ok(())
}

/// Tells of overloads, which decisions that allow do not show in audit events.
fn tell_forgotten(times: u64) {
    if times > 0 {
        let times = counted(usize::try_from(times).unwrap_or(usize::MAX), "time");
        // Where standard error is closed, nobody wants to know.
        let _ = writeln!(
            anstream::stderr(),
            "the state was full and forgot what was worth keeping {times}: give a new one more \
             bytes by --state-size"
        );
    }
}

/// Tells of audits that no audit event has told of.
fn tell_suppressed(engine: &Engine<Vec<u8>>, state: &State<Vec<u8>>) {
    for (id, count) in engine.suppressed(state) {
        if let Some(rule) = engine.rule(id) {
            let name = format!("{}/{} on {} events", rule.policy, rule.control, rule.kind);
            eprintln!("suppressed {count} audits of {}", shown(name));
        }
    }
}

/// Has a state forget what a new engine does not count.
fn adopt(engine: &Engine<Vec<u8>>, state: &mut State<Vec<u8>>) {
    let dropped = engine.adopt(state);
    if dropped > 0 {
        let dropped = counted(dropped, "remembered entry");
        // Where standard error is closed, nobody wants to know.
        let _ =
            writeln!(anstream::stderr(), "forgot {dropped} of controls that are not in the bundle");
    }
}
