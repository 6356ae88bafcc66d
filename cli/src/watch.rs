//! Reloading a bundle that changes on disk.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use inotify::{EventMask, Inotify, WatchMask};
use wardline::SharedEngine;

use crate::bind::Options;
use crate::said::shown;

/// A bundle's directory, watched.
///
/// Not the file: a new bundle is best written beside the old one and renamed over it,
/// which ends a watch on the file itself. Where the file is a link, what it leads to is
/// watched too, and a link on the way that is replaced – as Kubernetes does with a
/// mounted configuration – leads to another file.
pub(crate) struct Watch {
    inotify: Inotify,
    options: Options,
    name: OsString,
    /// Which file it was.
    seen: Option<Stamp>,
}

/// What tells a file and its contents from others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Stamp([i64; 5]);

impl Stamp {
    fn of(file: &Path) -> Option<Stamp> {
        let there = fs::metadata(file).ok()?;
        let (device, inode) = (there.dev().cast_signed(), there.ino().cast_signed());
        let length = there.len().cast_signed();
        Some(Stamp([device, inode, length, there.ctime(), there.ctime_nsec()]))
    }
}

impl Watch {
    /// Begins to watch: whatever changes from now on is seen once it is
    /// [started](Watch::start), also if that is before the bundle is loaded.
    pub(crate) fn new(options: &Options) -> Result<Watch> {
        let bundle = options.bundle();
        let name = bundle.file_name().context("--watch needs a bundle in a file")?.to_owned();
        let inotify = Inotify::init().context("cannot watch the bundle")?;
        let watch = Watch { inotify, options: options.clone(), name, seen: Stamp::of(bundle) };
        watch.directories().with_context(|| format!("cannot watch {}", bundle.display()))?;
        Ok(watch)
    }

    /// Watches the directories that the file is in, by its name and behind links.
    fn directories(&self) -> io::Result<()> {
        let bundle = self.options.bundle();
        for file in [bundle, fs::canonicalize(bundle).as_deref().unwrap_or(bundle)] {
            let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
            let changes = WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO | WatchMask::CREATE;
            self.inotify.watches().add(directory.unwrap_or(Path::new(".")), changes)?;
        }
        Ok(())
    }

    /// Has a thread put every new version of the bundle in the place of the one before,
    /// for as long as the command runs. One that does not load is reported, and the
    /// engine stays.
    pub(crate) fn start(mut self, shared: &Arc<SharedEngine<Vec<u8>>>) {
        let shared = Arc::clone(shared);
        thread::spawn(move || self.run(&shared));
    }

    fn run(&mut self, shared: &SharedEngine<Vec<u8>>) {
        let mut buffer = [0; 4096];
        loop {
            let events = match self.inotify.read_events_blocking(&mut buffer) {
                Ok(events) => events,
                Err(error) => {
                    say(format_args!("no longer watching the bundle: {error}"));
                    return;
                }
            };
            // Some changes at once are one reason to look. What is only created will be
            // written; a link is not.
            let written = |event: &inotify::Event<_>| !event.mask.contains(EventMask::CREATE);
            let own =
                events.into_iter().any(|event| event.name == Some(&self.name) && written(&event));
            let stamp = Stamp::of(self.options.bundle());
            if !own && stamp == self.seen {
                continue;
            }
            self.seen = stamp;
            match self.options.replace(shared) {
                Ok(generation) => {
                    say(format_args!("loaded the bundle again, generation {generation}"));
                }
                Err(error) => say(format_args!("kept the engine: {error:#}")),
            }
            if let Err(error) = self.directories() {
                say(format_args!("cannot watch what the bundle has become: {error}"));
            }
        }
    }
}

/// Where standard error is closed, the engine is replaced all the same.
fn say(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stderr(), "{}", shown(what.to_string()));
}
