//! The options that bind a bundle to a host or function.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use wardline::{Binding, Capabilities, Engine, Fail, Kind, Mode};

use crate::input;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The bundle that `compile` wrote.
    #[arg(short, long, value_name = "FILE")]
    bundle: PathBuf,

    /// An attribute of the host or function for scopes, such as
    /// `host.name=web-1` or `label.team=payments`; may be repeated.
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = attribute)]
    target: Vec<(String, String)>,

    /// What an event that cannot be understood comes to.
    #[arg(long, default_value = "closed", value_parser = ["closed", "open"])]
    fail: String,

    /// The strongest mode: `audit` turns every block into an audit.
    #[arg(long, default_value = "enforce", value_parser = ["audit", "enforce"])]
    mode_cap: String,

    /// The kinds of events the enforcer can prevent, separated by commas; all
    /// if not given.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    can_block: Option<Vec<Kind>>,
}

impl Options {
    /// Loads and binds.
    pub(crate) fn engine(&self) -> Result<Engine<Vec<u8>>> {
        let bytes = input::bytes(&self.bundle)?;
        let target = self.target();
        let capabilities = match &self.can_block {
            None => Capabilities::ALL,
            Some(kinds) => kinds.iter().fold(Capabilities::NONE, |all, &kind| all.with(kind)),
        };
        let binding = Binding {
            target: Some(&target[..]).filter(|target| !target.is_empty()),
            fail: Fail::parse(self.fail.as_bytes()).context("--fail")?,
            mode_cap: Mode::parse(self.mode_cap.as_bytes()).context("--mode-cap")?,
            capabilities,
            ..Binding::default()
        };
        Engine::load(bytes, &binding)
            .with_context(|| format!("cannot load {}", self.bundle.display()))
    }

    /// The attributes of the host or function.
    pub(crate) fn target(&self) -> Vec<(&str, &str)> {
        self.target.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, for example host.name=web-1".to_owned()),
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text.as_bytes()).ok_or_else(|| {
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("expected one of {}", kinds.join(", "))
    })
}
