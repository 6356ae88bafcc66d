//! Rows about loading.

use std::time::{Duration, Instant};

use wardline::{Binding, Engine};
use wardline_benches::paths::best;
use wardline_benches::rules::{Mix, rules};
use wardline_benches::{events, policy};

use super::board::Board;

/// Ten thousand rules.
pub fn rows(board: &mut Board) {
    if !board.wants("load") {
        return;
    }
    let (all, _) = best(200_000);
    let bytes = policy::compile(&policy::of_paths(&rules(&all, Mix::Inner, 10_000))).bytes;
    let load = || Engine::load(bytes.as_slice(), &Binding::default()).expect("an engine");
    let loaded = shortest(|| load().generation());
    let checked = micros(loaded) * 2e6 / bytes.len() as f64;
    board.at_most("load, checksummed, per 2 MB", checked, 200.0, " µs");

    let trust = || Engine::load_trusted(bytes.as_slice(), &Binding::default()).expect("an engine");
    let trusted = shortest(|| trust().generation());
    board.at_most("load, without checksum", micros(trusted), 1.0, " µs");

    let directory = std::env::temp_dir().join("wardline-goals");
    std::fs::create_dir_all(&directory).expect("a directory");
    let file = directory.join("load.wlb");
    std::fs::write(&file, &bytes).expect("a bundle");
    let first = shortest(|| {
        let file = std::fs::File::open(&file).expect("a bundle");
        // SAFETY: nobody else knows the file.
        let map = unsafe { memmap2::Mmap::map(&file) }.expect("a map");
        // As whoever maps a bundle of his own does: a checksum reads every page.
        let engine = Engine::load_trusted(map, &Binding::default()).expect("an engine");
        u64::from(engine.decide(&events::read(&all[0])).matched)
    });
    board.at_most("load, first decision after mmap", micros(first), 20.0, " µs");
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

fn shortest(mut run: impl FnMut() -> u64) -> Duration {
    let times = (0..300).map(|_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed()
    });
    times.min().expect("some")
}
