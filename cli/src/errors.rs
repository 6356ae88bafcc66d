//! `wardline errors`: what a code means and what to do about it.

use std::io::{self, Write};

use anyhow::{Result, bail};
use clap::Args;
use wardline::diagnostic::Code;
use wardline::{Invalid, LoadError, StateError};

/// Explain a code of an error, a warning or an invalid event
///
/// Without a code, all are listed. The texts are those of docs/errors.md.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wardline errors
  wardline errors unknown-key
  wardline errors path_dot_dot

Exit status: 0 done, 1 there is no such code, 2 the command line is wrong.")]
pub(crate) struct Arguments {
    /// A code as it is printed, such as unknown-key
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut out = io::stdout().lock();
    match &arguments.code {
        Some(code) => match page(code) {
            Some(text) => writeln!(out, "{}", for_terminals(&text))?,
            None => bail!("there is no code `{code}`; `wardline errors` lists all"),
        },
        None => {
            for code in Code::ALL {
                writeln!(out, "{:26} {:8} {}", code.as_str(), code.severity(), code.meaning())?;
            }
            let others = LoadError::CODES.iter().map(|code| (*code, "bundle"));
            let others = others.chain(StateError::CODES.iter().map(|code| (*code, "state")));
            let events = Invalid::ALL.iter().map(|code| (code.as_str(), "event"));
            for (code, what) in others.chain(events) {
                let page = page(code).unwrap_or_default().replace('\n', " ");
                let sentence = page.split(". ").next().unwrap_or_default().trim_end_matches('.');
                writeln!(out, "{code:26} {what:8} {sentence}.")?;
            }
        }
    }
    Ok(())
}

/// Examples by indentation, not by marks.
fn for_terminals(page: &str) -> String {
    let mut in_example = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            // One example after another.
            if !in_example && lines.last().is_some_and(|last: &String| !last.is_empty()) {
                lines.push(String::new());
            }
            in_example = !in_example;
        } else if in_example && !line.is_empty() {
            lines.push(format!("    {line}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}

/// The section about a code, without the marks of what is generated in it. Two
/// kinds of errors may share a word.
pub(crate) fn page(code: &str) -> Option<String> {
    let wanted = format!("`{code}`");
    let sections = PAGES.split("\n### ").skip(1).filter_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        (heading.trim() == wanted).then_some(text)
    });
    let pages: Vec<String> = sections
        .map(|text| {
            // The next part of the document is no part of this section.
            let text = text.split("\n## ").next().unwrap_or(text);
            let lines = text.trim().lines().filter(|line| !line.starts_with("<!--"));
            lines.collect::<Vec<_>>().join("\n")
        })
        .collect();
    (!pages.is_empty()).then(|| pages.join("\n\n"))
}

/// A link, so that a packed crate has the text too.
const PAGES: &str = include_str!("../errors.md");
