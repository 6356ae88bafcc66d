//! The options that bind a bundle to a host or function.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use wardline::{
    Binding, Bundle, Capabilities, Engine, Fail, Format, Kind, LoadError, Mode, SharedEngine,
};

use crate::input;

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// The bundle that `compile` wrote, or - for standard input
    #[arg(short, long, value_name = "FILE")]
    bundle: PathBuf,

    /// An attribute of the host or function for scopes, such as
    /// `host.name=web-1` or `label.team=payments`; may be repeated
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = attribute)]
    target: Vec<(String, String)>,

    /// What an event that cannot be understood comes to
    #[arg(long, default_value = "closed", value_parser = ["closed", "open"])]
    fail: String,

    /// The strongest mode: `audit` turns every block into an audit
    #[arg(long, default_value = "enforce", value_parser = ["audit", "enforce"])]
    mode_cap: String,

    /// The kinds of events the enforcer can prevent, separated by commas; all
    /// if not given
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    can_block: Option<Vec<Kind>>,

    /// The drive that a device or volume is, on Windows, such as
    /// `\Device\HarddiskVolume2=C:`; may be repeated
    #[arg(long, value_name = "DEVICE=DRIVE", value_parser = volume)]
    volume: Vec<(String, String)>,
}

impl Options {
    /// Loads and binds.
    pub(crate) fn engine(&self) -> Result<Engine<Vec<u8>>> {
        self.bind(Engine::load)
    }

    /// Loads and binds, to any target if none is given.
    pub(crate) fn any_engine(&self) -> Result<Engine<Vec<u8>>> {
        self.bind_to(Some(&self.target()), Engine::load)
    }

    /// Loads and binds, to be replaced later.
    pub(crate) fn shared(&self) -> Result<SharedEngine<Vec<u8>>> {
        self.bind(SharedEngine::load)
    }

    /// Loads the bundle again in the place of the one before.
    pub(crate) fn replace(&self, shared: &SharedEngine<Vec<u8>>) -> Result<u64> {
        self.bind(|bytes, binding| shared.replace(bytes, binding))
    }

    /// Refuses a command line that takes standard input for two things.
    pub(crate) fn only_one_from_standard_input<'p>(
        &self,
        others: impl IntoIterator<Item = &'p Path>,
    ) {
        let others = others.into_iter().filter(|path| input::is_standard_input(path)).count();
        if others + usize::from(input::is_standard_input(&self.bundle)) > 1 {
            crate::wrong_usage("standard input can be read once: name files for all else");
        }
    }

    /// The bundle's file.
    pub(crate) fn bundle(&self) -> &Path {
        &self.bundle
    }

    fn bind<R>(
        &self,
        load: impl FnOnce(Vec<u8>, &Binding<'_>) -> Result<R, LoadError>,
    ) -> Result<R> {
        let target = self.target();
        self.bind_to(Some(&target[..]).filter(|target| !target.is_empty()), load)
    }

    fn bind_to<R>(
        &self,
        target: Option<&[(&str, &str)]>,
        load: impl FnOnce(Vec<u8>, &Binding<'_>) -> Result<R, LoadError>,
    ) -> Result<R> {
        let volumes: Vec<_> =
            self.volume.iter().map(|(name, drive)| (name.as_str(), drive.as_str())).collect();
        let capabilities = match &self.can_block {
            None => Capabilities::ALL,
            Some(kinds) => kinds.iter().fold(Capabilities::NONE, |all, &kind| all.with(kind)),
        };
        let binding = Binding {
            target,
            fail: Fail::parse(self.fail.as_bytes()).context("--fail")?,
            mode_cap: Mode::parse(self.mode_cap.as_bytes()).context("--mode-cap")?,
            capabilities,
            volumes: &volumes,
            ..Binding::default()
        };
        let name = input::name(&self.bundle);
        load(input::beginning(&Bundle::MAGIC, &self.bundle)?, &binding).map_err(
            |error| match advice(error, &name) {
                Some(advice) => anyhow!("cannot load {name}: {error}; {advice}"),
                None => anyhow!("cannot load {name}: {error}"),
            },
        )
    }

    /// The attributes of the host or function.
    pub(crate) fn target(&self) -> Vec<(&str, &str)> {
        self.target.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// What to do about a bundle that does not load, where the error cannot know.
fn advice(error: LoadError, name: &str) -> Option<String> {
    match error {
        LoadError::NotABundle if Format::from_file_name(name).is_some() => {
            Some(format!("compile the policy first: wardline compile {name} -o policy.wlb"))
        }
        LoadError::NotABundle => Some("a bundle is what wardline compile writes".into()),
        LoadError::TargetMissing => Some("give one, such as --target host.name=web-1".into()),
        LoadError::Volume { .. } => Some(r"write --volume \Device\HarddiskVolume2=C:".into()),
        _ => None,
    }
}

/// Refuses what no scope asks for: a policy that is meant for this target would not apply.
fn attribute(text: &str) -> Result<(String, String), String> {
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        return Err("expected NAME=VALUE, for example host.name=web-1".to_owned());
    };
    let is_label = name.starts_with("label.");
    if !is_label && name.contains(|one: char| one.is_whitespace() || one == '[') {
        return Err("a scope has no such name; write label.KEY=VALUE for a label".to_owned());
    }
    if value.is_empty() && !is_label {
        return Err(format!("{name} has no value; leave it out if it is not known"));
    }
    if value.trim() != value {
        return Err("the value begins or ends with white space".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn volume(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((device, drive)) if !device.is_empty() => Ok((device.to_owned(), drive.to_owned())),
        _ => Err(r"expected DEVICE=DRIVE, for example \Device\HarddiskVolume2=C:".to_owned()),
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text.as_bytes()).ok_or_else(|| {
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("expected one of {}", kinds.join(", "))
    })
}
