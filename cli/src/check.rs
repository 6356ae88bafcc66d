//! `wardline check`: say what is wrong with policies.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::Map;

use crate::said::counted;
use crate::{diagnostics, input};

/// Check policies and say what is wrong with them
///
/// Everything is checked that compiling checks, and nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline check policies/*.yaml
  wardline check --format sarif policies/*.yaml > wardline.sarif
  generate-policy | wardline check -

Exit status: 0 no errors (there may be warnings), 1 a policy is refused or a file
cannot be read, 2 the command line is wrong.")]
pub(crate) struct Arguments {
    /// The policies (.yaml, .yml, .json, or - for YAML on standard input)
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    tell: diagnostics::Options,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut compiled = input::compile(&arguments.files)?;
    arguments.tell.tell(&compiled.told, &mut compiled.texts, Map::new())?;
    if compiled.bundle.is_none() {
        return Ok(ExitCode::FAILURE);
    }
    if !arguments.tell.is_for_programs() {
        let policies = counted(arguments.files.len(), "policy");
        let warnings = match compiled.told.as_slice().len() {
            0 => String::new(),
            warnings => format!(", {}", counted(warnings, "warning")),
        };
        writeln!(io::stdout(), "{policies}, no errors{warnings}")?;
    }
    Ok(ExitCode::SUCCESS)
}
