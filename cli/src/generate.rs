//! `wardline completions` and `wardline man`: what packages install beside the
//! command, made from its own declaration.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline completions bash > /usr/share/bash-completion/completions/wardline
  wardline completions zsh > ~/.zfunc/_wardline
  wardline completions fish > ~/.config/fish/completions/wardline.fish")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Write the manual pages
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline man /usr/local/share/man/man1
  wardline man . && man ./wardline-decide.1")]
pub(crate) struct Man {
    /// The directory they go to, which is made if it is not there
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
}

pub(crate) fn completions(arguments: &Completions) -> Result<()> {
    // Generated whole, so that a closed pipe is an error and no panic.
    let mut text = Vec::new();
    let mut command = crate::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "wardline", &mut text);
    io::stdout().write_all(&text)?;
    Ok(())
}

pub(crate) fn man(arguments: &Man) -> Result<()> {
    std::fs::create_dir_all(&arguments.directory)
        .with_context(|| format!("cannot make {}", arguments.directory.display()))?;
    let command = crate::Arguments::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, &arguments.directory)
        .with_context(|| format!("cannot write to {}", arguments.directory.display()))
}
