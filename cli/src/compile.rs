//! `wardline compile`: policies in, a bundle out.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use wardline::{ListReport, Report};

use crate::input;

/// Compile policies into a bundle.
///
/// The report goes to standard output, warnings to standard error. Nothing is
/// written if any policy has an error.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wardline compile policies/*.yaml -o host.wlb")]
pub(crate) struct Arguments {
    /// The policies (.yaml, .yml, .json, or - for YAML on standard input); ties
    /// between them go to the first.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,

    /// Where the bundle goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Print no report.
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let start = Instant::now();
    let bundle = match input::compiler(&arguments.files)?.build() {
        Ok(bundle) => bundle,
        Err(errors) => bail!("{errors}"),
    };
    let time = start.elapsed();
    for warning in &bundle.warnings {
        eprintln!("{warning}");
    }
    std::fs::write(&arguments.output, &bundle.bytes)
        .with_context(|| format!("cannot write {}", arguments.output.display()))?;
    if !arguments.quiet {
        print(&bundle.report);
        println!(
            "{}: {} bytes in {:.1} ms, {} warnings",
            arguments.output.display(),
            bundle.bytes.len(),
            time.as_secs_f64() * 1e3,
            bundle.warnings.as_slice().len()
        );
    }
    Ok(())
}

/// What became of each list.
fn lists(lists: &[ListReport]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header([
        "  policy/control",
        "list",
        "lines",
        "used",
        "refused",
        "masked",
        "excepted",
        "special use",
    ]);
    for list in lists {
        let name =
            if list.exception { format!("{} (except)", list.list) } else { list.list.clone() };
        let mut row = vec![format!("  {}/{}", list.policy, list.control), name];
        let counts = [
            list.lines,
            list.used,
            list.refused.len(),
            list.masked,
            list.swallowed,
            list.special_use,
        ];
        row.extend(counts.map(|count| count.to_string()));
        table.add_row(row);
    }
    table.column_iter_mut().skip(2).for_each(|column| {
        column.set_cell_alignment(CellAlignment::Right);
    });
    table
}

fn print(report: &Report) {
    println!("policies: {}", report.policies);
    println!("controls in effect:");
    for control in &report.controls {
        println!("  {:5}  {}/{}", control.effect.as_str(), control.policy, control.control);
    }
    if !report.lists.is_empty() {
        println!("lists:");
        println!("{}", lists(&report.lists));
    }
    println!("rules:");
    for (kind, count) in &report.rules {
        println!("  {kind}: {count}");
    }
    println!("tables:");
    for (section, kind, bytes) in &report.sections {
        let kind = kind.map_or(String::new(), |kind| format!("{kind} "));
        println!("  {bytes:>9} bytes  {kind}{section}");
    }
}
