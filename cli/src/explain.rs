//! `wardline explain`: why a bundle decides an event as it does.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use wardline::json::EventBuf;
use wardline::{Condition, Entry, Explanation, Invalid, Reason};

use crate::said::shown;
use crate::state::file;
use crate::{bind, input};

/// Explain a decision
///
/// For each rule about that kind of event: the entry that matches, or the first
/// condition that fails.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline explain -b host.wlb '{\"kind\":\"exec\",\"path\":\"/tmp/payload\"}'
  tail -1 events.jsonl | wardline explain -b host.wlb --rule web-server/file_block -
  wardline explain -b host.wlb --state host.state \"$(tail -1 logins.jsonl)\"

Exit status: 0 done, 1 the bundle or state does not load or there is no such rule, 2 the
command line is wrong.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    bind: bind::Options,

    /// The event as JSON, or - for standard input
    #[arg(value_name = "EVENT")]
    event: String,

    /// Only this rule
    #[arg(short, long, value_name = "POLICY/CONTROL")]
    rule: Option<String>,

    /// A state of `decide --state`, as it was saved last: the event is decided after what it
    /// remembers. The file stays as it is. Without it the event is the first of all
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let state = arguments.state.as_deref();
    let others = [Path::new(&arguments.event)].into_iter().chain(state);
    arguments.bind.only_one_from_standard_input(others);
    let engine = arguments.bind.engine()?;
    let mut state = match state {
        Some(file) => file::restore(file)?,
        None => file::empty(STATE)?,
    };
    engine.adopt(&mut state);
    let text = match arguments.event.as_str() {
        "-" => input::bytes(Path::new("-"), input::LONGEST)?,
        event => event.as_bytes().to_vec(),
    };
    let mut buffer = EventBuf::default();
    buffer.read(text.trim_ascii());
    buffer.with_event(|event| {
        let mut out = io::stdout().lock();
        let decision = engine.decide_with(&mut state, event);
        write!(
            out,
            "{} (intent {}), {}",
            decision.action,
            decision.intent,
            decision.reason.as_str()
        )?;
        if let Reason::InvalidEvent(code) = decision.reason {
            write!(out, " ({code})")?;
        }
        writeln!(out)?;
        if let Reason::InvalidEvent(code) = decision.reason {
            writeln!(out, "`wardline errors {code}` says what to do about it")?;
            if code == Invalid::NotAnEvent && Path::new(&arguments.event).is_file() {
                let file = shown(&arguments.event);
                writeln!(
                    out,
                    "{file} is a file: write `-` and `< {file}` to read the event there"
                )?;
            }
        }
        let mut told = 0;
        for (id, rule) in engine.rules() {
            let name = format!("{}/{}", rule.policy, rule.control);
            if Some(rule.kind) != event.activity.kind()
                || arguments.rule.as_ref().is_some_and(|wanted| *wanted != name)
            {
                continue;
            }
            if let Some(explanation) = engine.explain(event, id) {
                writeln!(out, "{}: {}", shown(name), sentence(&explanation))?;
                told += 1;
            }
        }
        match &arguments.rule {
            Some(rule) if told == 0 => bail!("no rule `{rule}` about this kind of event"),
            _ => Ok(()),
        }
    })
}

/// More than one event takes up.
const STATE: u32 = 1 << 16;

fn sentence(explanation: &Explanation<'_>) -> String {
    match explanation {
        Explanation::Matches(None) => "matches".to_owned(),
        Explanation::Matches(Some(entry)) => format!("matches by {}", written(entry)),
        Explanation::Unlisted(lists) => {
            let lists: Vec<_> = lists.iter().map(|list| list.as_str()).collect();
            format!("matches, not on {}", lists.join(" or "))
        }
        Explanation::Fails(condition, entry) => {
            let what = match condition {
                Condition::Kind => "is about another kind of event",
                Condition::Scope => "does not apply to this target",
                Condition::Operation => "does not act on this operation",
                Condition::Object if entry.is_some() => "allows this object",
                Condition::Object => "does not list this object",
                Condition::Exception => "excepts this object",
                Condition::User => "is not about this user",
                Condition::Process => "is not about this process",
                _ => "does not match",
            };
            match entry {
                Some(entry) => format!("{what} by {}", written(entry)),
                None => what.to_owned(),
            }
        }
        Explanation::Undecided(code) => format!("cannot be judged: {code}"),
        Explanation::OverTime => "depends on earlier events".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn written(entry: &Entry<'_>) -> String {
    let (text, file) = (shown(entry.text), shown(entry.file));
    format!("{} `{text}` ({file}:{}:{})", entry.list, entry.line, entry.column)
}
