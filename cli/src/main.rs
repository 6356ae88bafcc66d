//! The `wardline` command: check, compile, inspect and replay policies.
//!
//! Exit codes: 0 done, 1 the input is wrong, 2 the command line is wrong.
#![forbid(unsafe_code)]

mod bind;
mod check;
mod compile;
mod decide;
mod diagnostics;
mod errors;
mod explain;
mod generate;
mod input;
mod inspect;
mod line;
mod output;
mod progress;
mod said;
mod state;
mod summary;
mod watch;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use said::shown;

/// Compile runtime-security policies and ask them about events
#[derive(Debug, Parser)]
#[command(name = "wardline", version, propagate_version = true)]
#[command(after_help = "Examples:
  wardline check policies/*.yaml
  wardline compile policies/*.yaml -o host.wlb
  wardline decide -b host.wlb --summary events.jsonl
  wardline explain -b host.wlb '{\"kind\":\"exec\",\"path\":\"/tmp/payload\"}'
  wardline errors unknown-key

Where a file is read, - is standard input. Files may be compressed with zstd or gzip.

Exit status: 0 done, 1 a policy is refused or a file cannot be read or written, 2 the
command line is wrong. Whoever stops reading the output early ends the command quietly.

Environment: NO_COLOR, if not empty, turns colours off; CLICOLOR_FORCE turns them on.")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: clap::ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Arguments),
    Compile(compile::Arguments),
    Inspect(inspect::Arguments),
    Decide(decide::Arguments),
    Explain(explain::Arguments),
    State(state::Arguments),
    Errors(errors::Arguments),
    Completions(generate::Completions),
    Man(generate::Man),
}

fn main() -> ExitCode {
    let arguments = arguments();
    let done = |()| ExitCode::SUCCESS;
    let result = match arguments.verb {
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Compile(arguments) => compile::run(&arguments),
        Verb::Inspect(arguments) => inspect::run(&arguments).map(done),
        Verb::Decide(arguments) => decide::run(&arguments).map(done),
        Verb::Explain(arguments) => explain::run(&arguments).map(done),
        Verb::State(arguments) => state::run(&arguments).map(done),
        Verb::Errors(arguments) => errors::run(&arguments).map(done),
        Verb::Completions(arguments) => generate::completions(&arguments).map(done),
        Verb::Man(arguments) => generate::man(&arguments).map(done),
    };
    match result {
        Ok(code) => code,
        // Whoever reads our output has seen enough, as in `wardline decide … | head`.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say_failure(&error);
            ExitCode::FAILURE
        }
    }
}

/// The command line, which says itself whether its help is coloured.
fn arguments() -> Arguments {
    let mut words = std::env::args_os().skip_while(|word| {
        !word.to_str().is_some_and(|word| word == "--color" || word.starts_with("--color="))
    });
    let asked = match words.next().and_then(|word| word.into_string().ok()) {
        Some(word) => match word.strip_prefix("--color=") {
            Some(when) => when.parse().ok(),
            None => words.next().and_then(|when| when.to_str()?.parse().ok()),
        },
        None => None,
    };
    let matches = Arguments::command().color(asked.unwrap_or_default()).get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match arguments.color {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    }
    .write_global();
    arguments
}

/// Ends the command as clap does where arguments do not go together.
pub(crate) fn wrong_usage(message: &str) -> ! {
    Arguments::command().error(clap::error::ErrorKind::ArgumentConflict, shown(message)).exit()
}

pub(crate) fn say_failure(error: &anyhow::Error) {
    let style = clap::builder::Styles::styled();
    let style = style.get_error();
    // Where standard error is closed, the exit code must do.
    let _ = writeln!(anstream::stderr(), "{style}error:{style:#} {}", shown(format!("{error:#}")));
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_declared_soundly() {
        Arguments::command().debug_assert();
    }
}
