//! What is said about policies: to people with the line it is about, to
//! programs as one line, as JSON or as SARIF.

mod excerpt;
mod json;
mod sarif;
mod texts;

pub(crate) use texts::Texts;

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};
use wardline::Diagnostics;

use crate::said::counted;

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Options {
    /// How errors and warnings are told.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// How diagnostics are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// `full` on a terminal, `short` elsewhere; on standard error.
    Text,
    /// With the line that is meant and what to write instead; on standard error.
    Full,
    /// One line each, `file:line:column: severity[code]: …`; on standard error.
    Short,
    /// One JSON object with everything; on standard output.
    Json,
    /// A SARIF 2.1.0 log, for code scanning; on standard output.
    Sarif,
}

/// How many errors and warnings there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
}

impl Count {
    pub(crate) fn of(all: &Diagnostics) -> Count {
        let errors = all.iter().filter(|one| one.severity == wardline::diagnostic::Severity::Error);
        let errors = errors.count();
        Count { errors, warnings: all.as_slice().len() - errors }
    }
}

impl Options {
    /// Whether standard output belongs to the diagnostics.
    pub(crate) fn is_for_programs(self) -> bool {
        matches!(self.format, Format::Json | Format::Sarif)
    }

    /// Tells all of them.
    ///
    /// * `more` - further members of the JSON object.
    pub(crate) fn tell(
        self,
        all: &Diagnostics,
        texts: &mut Texts,
        more: Map<String, Value>,
    ) -> io::Result<()> {
        let full = match self.format {
            Format::Json => return json::write(all, more),
            Format::Sarif => return sarif::write(all),
            Format::Text => io::stderr().is_terminal(),
            Format::Full => true,
            Format::Short => false,
        };
        let mut out = anstream::stderr().lock();
        for one in all {
            if full {
                writeln!(out, "{}\n", excerpt::render(one, texts))?;
            } else {
                writeln!(out, "{one}")?;
            }
        }
        if full && !all.is_empty() {
            let Count { errors, warnings } = Count::of(all);
            let counts = [(errors, "error"), (warnings, "warning")];
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            let counts: Vec<_> = counts.map(|&(count, what)| counted(count, what)).collect();
            let code = all.as_slice()[0].code;
            writeln!(out, "{}; `wardline errors {code}` says more", counts.join(" and "))?;
        }
        Ok(())
    }
}
