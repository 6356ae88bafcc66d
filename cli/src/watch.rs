//! Reloading a bundle that changes on disk.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use inotify::{Inotify, WatchMask};
use wardline::SharedEngine;

use crate::bind::Options;

/// Has a thread put every new version of the bundle in the place of the one
/// before, for as long as the command runs.
///
/// The directory is watched, not the file: a new bundle is best written beside
/// the old one and renamed over it, which ends a watch on the file itself. One
/// that does not load is reported, and the engine stays.
pub(crate) fn start(options: &Options, shared: &Arc<SharedEngine<Vec<u8>>>) -> Result<()> {
    let bundle = options.bundle();
    let name = bundle.file_name().context("--watch needs a bundle in a file")?.to_owned();
    let directory = bundle.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let context = || format!("cannot watch {}", directory.display());
    let inotify = Inotify::init().with_context(context)?;
    let changes = WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO;
    inotify.watches().add(directory, changes).with_context(context)?;
    let (options, shared) = (options.clone(), Arc::clone(shared));
    thread::spawn(move || watch(inotify, &name, &options, &shared));
    Ok(())
}

fn watch(mut inotify: Inotify, name: &OsString, options: &Options, shared: &SharedEngine<Vec<u8>>) {
    let mut buffer = [0; 4096];
    loop {
        let events = match inotify.read_events_blocking(&mut buffer) {
            Ok(events) => events,
            Err(error) => {
                say(format_args!("no longer watching the bundle: {error}"));
                return;
            }
        };
        // Some changes at once are one reason to look.
        if !events.into_iter().any(|event| event.name == Some(name)) {
            continue;
        }
        match options.replace(shared) {
            Ok(generation) => say(format_args!("loaded the bundle again, generation {generation}")),
            Err(error) => say(format_args!("kept the engine: {error:#}")),
        }
    }
}

/// Where standard error is closed, the engine is replaced all the same.
fn say(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stderr(), "{what}");
}
