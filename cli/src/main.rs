//! The `wardline` command: check, compile, inspect and replay policies.
//!
//! Exit codes: 0 done, 1 the input is wrong, 2 the command line is wrong.
#![forbid(unsafe_code)]

mod bind;
mod check;
mod compile;
mod decide;
mod explain;
mod input;
mod inspect;
mod line;
mod state;
mod summary;
mod watch;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Compile runtime-security policies and ask them about events.
#[derive(Debug, Parser)]
#[command(name = "wardline", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Arguments),
    Compile(compile::Arguments),
    Inspect(inspect::Arguments),
    Decide(decide::Arguments),
    Explain(explain::Arguments),
    State(state::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().verb {
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Compile(arguments) => compile::run(&arguments),
        Verb::Inspect(arguments) => inspect::run(&arguments),
        Verb::Decide(arguments) => decide::run(&arguments),
        Verb::Explain(arguments) => explain::run(&arguments),
        Verb::State(arguments) => state::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough, as in `wardline decide … | head`.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == ErrorKind::BrokenPipe)
}
