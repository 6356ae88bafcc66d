//! Policies with mistakes of every kind in them: no panic, no silently ignored
//! key, bounded time and memory.
//!
//! The documents are the examples, `tests/bad`, `tests/policies` and the policies
//! of `tests/cases`, in YAML and JSON, each damaged by a seeded generator.
//! `WARDLINE_EFFORT=full` makes ten million of it.

#[path = "../../../../engine/tests/cases/mod.rs"]
mod cases;
mod damage;
mod documents;
mod misspelt;

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use peak_alloc::PeakAlloc;
use wardline::policy::{Format, parse};
use wardline_fuzz_targets::{policy_json, policy_yaml, read_policy};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What reading one document and compiling it twice may take of the processor,
/// in a build for tests.
const LONGEST: Duration = Duration::from_secs(8);
/// What reading and compiling documents may need in each thread, beside what is
/// kept: 64 MiB for documents of at most 128 KiB.
const LARGEST: usize = 64 << 20;
const THREADS: usize = 2;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Held by each test, so that nothing else allocates meanwhile.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn mutated_documents_are_understood_or_refused() {
    let _alone = ALONE.lock().unwrap();
    let full = std::env::var("WARDLINE_EFFORT").is_ok_and(|effort| effort == "full");
    let count = if full { 10_000_000 } else { 24_000 };
    let documents = documents::all();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let start = Instant::now();
    let accepted: usize = thread::scope(|scope| {
        let part = |seed: u64| {
            let documents = &documents;
            move || {
                let mut random = Random(seed);
                let mut accepted = 0;
                for done in 0..count / THREADS {
                    accepted += usize::from(one(&mut random, documents));
                    if done % 100_000 == 99_999 {
                        println!("{} documents of thread {seed}: {:?}", done + 1, start.elapsed());
                    }
                }
                accepted
            }
        };
        let threads: Vec<_> = (0..THREADS as u64).map(|seed| scope.spawn(part(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let peak = MEMORY.peak_usage() - before;
    println!("{count} documents, {accepted} accepted, {peak} bytes, {:?}", start.elapsed());
    assert!(peak <= LARGEST * THREADS, "{peak} bytes at once");
    assert!(accepted > count / 50, "{accepted} accepted");
}

/// Makes and reads one document; whether it was accepted.
fn one(random: &mut Random, documents: &[documents::Document]) -> bool {
    if random.one_in(4) {
        misspelt::key(random, documents);
        return false;
    }
    let document = random.pick(documents);
    let text = damage::damaged(random, document, documents);
    assert!(text.len() <= damage::LONGEST);
    let start = ThreadTime::now();
    let accepted = read_policy(&text, document.format).is_some();
    let took = start.elapsed();
    assert!(took <= LONGEST, "{took:?} for {}", String::from_utf8_lossy(&text));
    // The laws of the fuzz targets take a few documents more each.
    if accepted && random.one_in(8) {
        match document.format {
            Format::Json => policy_json(&text),
            _ => policy_yaml(&text),
        }
    }
    accepted
}

/// Entries as long as they may be: the square of their length at most.
#[test]
fn long_entries_are_compiled_in_bounded_time() {
    let entries = [
        "/a".repeat(2_000),
        (100..900).map(|name| format!("/{name}")).collect(),
        "/*".repeat(2_000),
        format!("/{}", "?".repeat(4_000)),
        format!("/{}x", "*a".repeat(2_000)),
        format!("/*x{}y", "?".repeat(4_000)),
        format!("/*{}", "[ab]".repeat(1_000)),
        format!("{}/x", "/**/a".repeat(800)),
        format!("/{}", "{a,b}".repeat(6)),
    ];
    for entry in entries {
        let policy = format!(
            "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols: {{ file_block: {{ paths: [\"{entry}\"] }} }}\n"
        );
        let start = ThreadTime::now();
        let accepted = read_policy(policy.as_bytes(), Format::Yaml);
        let took = start.elapsed();
        assert!(accepted.is_some() && took <= LONGEST, "{took:?} for {}", &entry[..16]);
    }
}

#[test]
fn the_generator_reaches_what_it_should() {
    let _alone = ALONE.lock().unwrap();
    let documents = documents::all();
    let mut random = Random(99);
    let mut codes = std::collections::BTreeMap::new();
    for _ in 0..8_000 {
        let document = random.pick(&documents);
        let text = damage::damaged(&mut random, document, &documents);
        if let Err(errors) = parse("p", &text, document.format) {
            for one in &errors {
                *codes.entry(one.code.as_str()).or_insert(0usize) += 1;
            }
        }
    }
    for code in [
        "not-utf8",
        "too-large",
        "too-deep",
        "nul",
        "yaml-syntax",
        "yaml-anchor",
        "yaml-alias",
        "yaml-tag",
        "yaml-merge-key",
        "second-document",
        "json-syntax",
        "duplicate-key",
        "unknown-key",
        "missing-field",
        "wrong-type",
        "unknown-value",
        "out-of-range",
    ] {
        let count = codes.get(code).copied().unwrap_or(0);
        assert!(count >= 1, "{code} came {count} times: {codes:?}");
    }
}
