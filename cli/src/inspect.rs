//! `wardline inspect`: what a bundle holds.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use wardline::{Kind, Section};

use crate::bind;

/// Show what a bundle holds and how it is bound.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wardline inspect -b host.wlb --target host.name=web-1")]
pub(crate) struct Arguments {
    #[command(flatten)]
    bind: bind::Options,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let engine = arguments.bind.engine()?;
    let mut out = io::stdout().lock();
    writeln!(out, "platform: {}", engine.platform())?;
    writeln!(out, "hash: {:016x}", engine.bundle_hash())?;
    writeln!(out, "policies:")?;
    for status in engine.report() {
        let applies = match (status.applies, status.undecided) {
            (false, _) => "does not apply here",
            (true, false) => "applies",
            (true, true) => "applies, undecided for want of an attribute",
        };
        let later = match status.enforce_after {
            Some(time) => format!(", enforces from {time} ms after 1970"),
            None => String::new(),
        };
        let default = if status.default { ", default" } else { "" };
        writeln!(
            out,
            "  {}: {}{default}{later}, {applies}, enforced: {}",
            status.policy, status.mode, status.enforcement
        )?;
    }
    writeln!(out, "controls:")?;
    for status in engine.controls() {
        let lacking: Vec<_> = Kind::ALL
            .iter()
            .filter(|&&kind| status.lacking.can_block(kind))
            .map(|kind| kind.as_str())
            .collect();
        let lacking = match lacking.as_slice() {
            [] => String::new(),
            kinds => format!(", cannot block {}", kinds.join(", ")),
        };
        writeln!(
            out,
            "  {}/{}: enforced: {}{lacking}",
            status.policy, status.control, status.enforcement
        )?;
    }
    writeln!(out, "rules:")?;
    for (id, rule) in engine.rules() {
        let effect = if rule.can_block { "may block" } else { "audit only" };
        writeln!(
            out,
            "  {:>4}  {:10} {}/{} ({effect})",
            id.number(),
            rule.kind,
            rule.policy,
            rule.control
        )?;
    }
    writeln!(out, "tables:")?;
    for &section in Section::ALL {
        for kind in [None].into_iter().chain(Kind::ALL.iter().copied().map(Some)) {
            let bytes = engine.section(section, kind).len();
            if bytes > 0 {
                let kind = kind.map_or(String::new(), |kind| format!("{kind} "));
                writeln!(out, "  {bytes:>9} bytes  {kind}{section}")?;
            }
        }
    }
    Ok(())
}
