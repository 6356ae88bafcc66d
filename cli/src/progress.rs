//! Progress of long work, on standard error and only where someone watches it.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::input;

/// A spinner for work of unknown length, shown if it takes a while.
pub(crate) fn spinner(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A bar over all bytes of some files, with the events decided so far; a
/// spinner if their length is not known.
pub(crate) fn events(files: &[PathBuf]) -> ProgressBar {
    // Where decisions are printed to the terminal, they are the progress.
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let lengths = files.iter().map(|file| match std::fs::metadata(file) {
        Ok(about) if about.is_file() && !input::is_standard_input(file) => Some(about.len()),
        _ => None,
    });
    let (bar, template) = match lengths.sum::<Option<u64>>() {
        Some(length) => {
            (ProgressBar::new(length), "{wide_bar} {percent}% of {total_bytes}, {eta} left, {msg}")
        }
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
