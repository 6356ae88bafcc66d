//! `wardline inspect`: what a bundle holds.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use wardline::{ControlStatus, Kind, PolicyStatus, Section};

use crate::bind;
use crate::said::{counted, sections, table};

/// Show what a bundle holds and how it is bound
///
/// Policies with their scopes, controls, rules, and the tables with their sizes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline inspect -b host.wlb
  wardline inspect -b host.wlb --target host.name=web-1 --can-block exec,file

Without a target every scope is undecided.

Exit status: 0 done, 1 the bundle does not load, 2 the command line is wrong.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    bind: bind::Options,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let engine = arguments.bind.any_engine()?;
    let mut out = io::stdout().lock();
    writeln!(out, "platform {}, hash {:016x}", engine.platform(), engine.bundle_hash())?;

    let policies = engine.report().map(|status| {
        [
            status.policy.into(),
            mode(&status),
            applies(&status).into(),
            status.enforcement.to_string(),
        ]
    });
    writeln!(out, "\n{}", table(["policy", "mode", "here", "enforced"], 4, policies))?;

    let scopes: Vec<_> = engine
        .scopes()
        .into_iter()
        .flat_map(|scopes| {
            let policy = scopes.policy.to_owned();
            let scope = scopes.scope.map(|text| [policy.clone(), "scope".into(), text]);
            let bypass = scopes.bypass_scope.map(|text| [policy, "bypass_scope".into(), text]);
            scope.into_iter().chain(bypass)
        })
        .collect();
    if !scopes.is_empty() {
        writeln!(out, "\n{}", table(["policy", "field", "scope"], 3, scopes.into_iter()))?;
    }

    let controls = engine.controls().map(|status| {
        let control = format!("{}/{}", status.policy, status.control);
        [control, status.enforcement.to_string(), lacking(&status)]
    });
    writeln!(out, "\n{}", table(["control", "enforced", "cannot block"], 3, controls))?;

    let rules = engine.rules().map(|(id, rule)| {
        let effect = if rule.can_block { "block" } else { "audit" };
        let control = format!("{}/{}", rule.policy, rule.control);
        [rule.kind.to_string(), control, effect.into(), id.number().to_string()]
    });
    writeln!(out, "\n{}", table(["events", "rule", "at most", "number"], 3, rules))?;

    let kinds = [None].into_iter().chain(Kind::ALL.iter().copied().map(Some));
    let places = kinds.flat_map(|kind| Section::ALL.iter().map(move |&section| (section, kind)));
    let tables = places.map(|(section, kind)| (section, kind, engine.section(section, kind).len()));
    writeln!(out, "\n{}", sections(tables.filter(|&(.., bytes)| bytes > 0)))?;
    writeln!(
        out,
        "\n{}, {}",
        counted(engine.report().count(), "policy"),
        counted(engine.rules().count(), "rule")
    )?;
    Ok(())
}

fn mode(status: &PolicyStatus<'_>) -> String {
    let mut mode = status.mode.to_string();
    if let Some(time) = status.enforce_after {
        mode.push_str(&format!(", enforces from {time} ms after 1970"));
    }
    if status.default {
        mode.push_str(", default");
    }
    mode
}

fn applies(status: &PolicyStatus<'_>) -> &'static str {
    match (status.applies, status.undecided) {
        (false, _) => "does not apply",
        (true, false) => "applies",
        (true, true) => "applies, undecided for want of an attribute",
    }
}

fn lacking(status: &ControlStatus<'_>) -> String {
    let kinds = Kind::ALL.iter().filter(|&&kind| status.lacking.can_block(kind));
    kinds.map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}
