//! `wardline state`, and the state that `decide` uses.

pub(crate) mod file;
pub(crate) mod kept;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use file::StateFile;
use wardline::{ActorKind, State};

use crate::said::shown;

/// Show or change what `decide --state` remembers
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline state inspect host.state
  wardline state release host.state --all

Exit status: 0 done, 1 the state cannot be read or written, another command uses it, or
nobody of that name is quarantined, 2 the command line is wrong.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show how much is remembered and who is quarantined
    #[command(after_help = "Example:\n  wardline state inspect host.state")]
    Inspect {
        /// The state that `decide --state` wrote, or - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Release who is quarantined
    #[command(after_help = "Examples:
  wardline state release host.state 0f3a…
  wardline state release host.state --all")]
    Release {
        /// The state that `decide --state` wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Whom, as `state inspect` shows it
        #[arg(value_name = "ID", required_unless_present = "all")]
        ids: Vec<String>,
        /// Everybody
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.verb {
        Verb::Inspect { file } => inspect(&file::restore(file)?),
        Verb::Release { file, ids, all } => {
            let ids = ids.iter().map(|id| id.to_ascii_lowercase()).collect();
            release(file, &ids, *all)
        }
    }
}

/// Releases everybody, or those of these ids: if one of them is unknown, nobody.
fn release(file: &Path, ids: &BTreeSet<String>, all: bool) -> Result<()> {
    let file = StateFile::hold_kept(file)?;
    let mut state = file.restore()?;
    let quarantined: Vec<[u8; 16]> = state.quarantines().map(|one| one.id).collect();
    let mut released = 0;
    for id in quarantined {
        if all || ids.contains(&hex(&id)) {
            released += usize::from(state.release(&id));
        }
    }
    if released < ids.len() {
        bail!("{released} of {} are quarantined; nothing was changed", ids.len());
    }
    file.replace(state.save())?;
    writeln!(io::stdout(), "released: {released}")?;
    Ok(())
}

fn inspect(state: &State<Vec<u8>>) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "entries: {}", state.entries())?;
    writeln!(out, "forgotten for want of room: {}", state.forgotten())?;
    writeln!(out, "suppressed and not told: {}", state.suppressed())?;
    writeln!(out, "quarantined:")?;
    for one in state.quarantines() {
        let text = shown(one.text);
        let actor = match one.kind {
            ActorKind::Process => format!("process {} {text}", one.pid),
            kind => format!("{kind} {text}"),
        };
        let since = one.since.map_or("unknown".to_owned(), |since| since.to_string());
        let until = match (one.since, one.duration) {
            (_, None) => "until released".to_owned(),
            (Some(since), Some(duration)) => format!("until {}", since.saturating_add(duration)),
            (None, Some(duration)) => format!("for {duration} ms"),
        };
        writeln!(out, "  {}  {actor}, since {since}, {until}", hex(&one.id))?;
    }
    Ok(())
}

fn hex(id: &[u8; 16]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
