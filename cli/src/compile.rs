//! `wardline compile`: policies in, a bundle out.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Map, Value, json};
use wardline::policy::Format;
use wardline::{Bundle, ListReport, Report};

use crate::output::{self, Readers};
use crate::said::{counted, sections, shown, table};
use crate::{diagnostics, input, progress};

/// Compile policies into a bundle
///
/// The report goes to standard output, errors and warnings to standard error.
/// Nothing is written if any policy has an error.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline compile policies/*.yaml -o host.wlb
  wardline compile --quiet -o - web.yaml | wardline decide -b - events.jsonl

Ties between policies go to the first. Lists are read relative to their policy's file.

Exit status: 0 the bundle is written, 1 a policy is refused or a file cannot be read
or written (if that is the report, the bundle is), 2 the command line is wrong.")]
pub(crate) struct Arguments {
    /// The policies (.yaml, .yml, .json, or - for YAML on standard input)
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,

    /// Where the bundle goes, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Print no report
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    tell: diagnostics::Options,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let to_standard_output = arguments.output == Path::new("-");
    if to_standard_output && io::stdout().is_terminal() {
        bail!("a bundle is nothing for a terminal; name a file, or let another program read it");
    }
    if to_standard_output && arguments.tell.is_for_programs() {
        crate::wrong_usage(
            "both the bundle and the diagnostics would go to standard output; name a file with -o",
        );
    }
    if Format::from_file_name(&arguments.output.to_string_lossy()).is_some() {
        // As `-o *.yaml` would have it, which the shell makes several names of.
        let output = arguments.output.display();
        crate::wrong_usage(&format!("{output} is the name of a policy; -o names the bundle"));
    }
    if !to_standard_output {
        output::spare(&arguments.output, &Bundle::MAGIC, "a bundle")?;
    }
    let start = Instant::now();
    let spinner = progress::spinner("compiling");
    let compiled = input::compile(&arguments.files);
    spinner.finish_and_clear();
    let mut compiled = compiled?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    let more = compiled.bundle.as_ref().map(|bundle| members(bundle, &arguments.output));
    arguments.tell.tell(&compiled.told, &mut compiled.texts, more.unwrap_or_default())?;
    let Some(bundle) = compiled.bundle else {
        return Ok(ExitCode::FAILURE);
    };
    if to_standard_output {
        let mut out = io::stdout().lock();
        out.write_all(&bundle.bytes)?;
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    output::replace(&arguments.output, &bundle.bytes, Readers::All)?;
    if !arguments.quiet && !arguments.tell.is_for_programs() {
        let mut out = io::stdout().lock();
        print(&bundle.report, &mut out)?;
        writeln!(
            out,
            "{}: {} bytes in {milliseconds:.1} ms, {}",
            shown(arguments.output.as_os_str().as_encoded_bytes()),
            bundle.bytes.len(),
            counted(compiled.told.as_slice().len(), "warning")
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What `--format json` says about the bundle.
fn members(bundle: &Bundle, output: &Path) -> Map<String, Value> {
    let report = &bundle.report;
    let mut members = Map::new();
    members.insert("bundle".into(), json!(output.display().to_string()));
    members.insert("bytes".into(), json!(bundle.bytes.len()));
    members.insert("policies".into(), json!(report.policies));
    let controls = report.controls.iter().map(|one| {
        json!({ "policy": one.policy, "control": one.control.as_str(), "effect": one.effect.as_str() })
    });
    members.insert("controls".into(), controls.collect());
    members
}

/// What became of each list.
fn lists(lists: &[ListReport]) -> String {
    let head =
        ["policy/control", "list", "lines", "used", "refused", "masked", "excepted", "special use"];
    table(
        head,
        2,
        lists.iter().map(|list| {
            let exception = if list.exception { " (except)" } else { "" };
            [
                format!("{}/{}", list.policy, list.control),
                format!("{}{exception}", list.list),
                list.lines.to_string(),
                list.used.to_string(),
                list.refused.len().to_string(),
                list.masked.to_string(),
                list.swallowed.to_string(),
                list.special_use.to_string(),
            ]
        }),
    )
}

fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} in effect", counted(report.policies, "policy"))?;
    let controls = report
        .controls
        .iter()
        .map(|one| [one.policy.clone(), one.control.to_string(), one.effect.to_string()]);
    writeln!(out, "\n{}", table(["policy", "control", "effect"], 3, controls))?;
    if !report.lists.is_empty() {
        writeln!(out, "\n{}", lists(&report.lists))?;
    }
    let rules = report.rules.iter().map(|(kind, count)| [kind.to_string(), count.to_string()]);
    writeln!(out, "\n{}", table(["events", "rules"], 1, rules))?;
    writeln!(out, "\n{}\n", sections(report.sections.iter().copied()))
}
