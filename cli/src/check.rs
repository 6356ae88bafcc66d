//! `wardline check`: say what is wrong with policies.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use crate::input;

/// Check policies and say what is wrong with them.
///
/// Errors and warnings go to standard error, one a line.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wardline check policies/*.yaml")]
pub(crate) struct Arguments {
    /// The policies (.yaml, .yml, .json, or - for YAML on standard input).
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match input::compiler(&arguments.files)?.build() {
        Ok(bundle) => {
            for warning in &bundle.warnings {
                eprintln!("{warning}");
            }
            println!("{} policies, no errors", arguments.files.len());
            Ok(())
        }
        Err(errors) => bail!("{errors}"),
    }
}
