//! Bundles that were damaged, by chance or on purpose: refused, or an engine that
//! answers everything within its bound. Never a panic.
//!
//! `WARDLINE_EFFORT=full` makes ten million random mutations of it.

use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use wardline::{Binding, Bundle, Engine, Kind, Section};
use wardline_fuzz_targets::{ask, interrogate, specimen};

/// What deciding and explaining about fifteen events may take of the processor in
/// a build for tests; a good bundle takes a hundredth.
const DECIDING: Duration = Duration::from_millis(100);
/// What everything may take: reports pair every policy with every rule.
const EVERYTHING: Duration = Duration::from_secs(1);
const THREADS: usize = 2;

#[test]
fn the_bundles_have_every_section() {
    let has = |bundle: &[u8], section: &Section| {
        let binding = Binding { target: Some(&[]), ..Binding::default() };
        let engine = Engine::load(bundle, &binding).unwrap();
        let kinds = Kind::ALL.iter().map(|&kind| Some(kind)).chain([None]);
        kinds.map(|kind| engine.section(*section, kind).len()).sum::<usize>() > 0
    };
    for bundle in [&*specimen::LINUX, &*specimen::SMALL] {
        let missing: Vec<_> = Section::ALL.iter().filter(|section| !has(bundle, section)).collect();
        assert!(missing.is_empty(), "{missing:?} missing");
        assert!(interrogate(bundle));
    }
    assert!(interrogate(&specimen::WINDOWS));
    assert!((3_000..9_000).contains(&specimen::SMALL.len()), "{}", specimen::SMALL.len());
}

/// Cut off as it is; with a checksum that fits; with the length that it has too.
#[test]
fn every_truncation_is_refused_or_answers() {
    let whole = &specimen::SMALL;
    let mut loaded = 0;
    for length in 0..whole.len() {
        let cut = &whole[..length];
        assert!(!interrogate(cut), "{length} bytes");
        let mut cut = cut.to_vec();
        Bundle::seal(&mut cut);
        assert!(!interrogate(&cut), "{length} bytes, sealed");
        if length >= 40 {
            cut[16..24].copy_from_slice(&(length as u64).to_le_bytes());
            Bundle::seal(&mut cut);
            loaded += usize::from(within_bound(&cut, true));
        }
    }
    println!("{loaded} of {} loaded", whole.len());
}

#[test]
fn every_flipped_bit_is_refused_or_with_a_repaired_checksum_answers() {
    let bits = specimen::SMALL.len() * 8;
    let loaded: usize = thread::scope(|scope| {
        let part = |first: usize| {
            move || {
                let mut loaded = 0;
                for bit in (first..bits).step_by(THREADS) {
                    let mut flipped = specimen::SMALL.clone();
                    flipped[bit / 8] ^= 1 << (bit % 8);
                    assert!(!interrogate(&flipped), "bit {bit}");
                    Bundle::seal(&mut flipped);
                    let all = (bit / THREADS).is_multiple_of(8) || full();
                    loaded += usize::from(within_bound(&flipped, all));
                }
                loaded
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(part(first))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    println!("{loaded} of {bits} loaded");
    assert!(loaded * 10 > bits * 9, "{loaded} of {bits} loaded");
}

#[test]
fn random_mutations_are_refused_or_answer() {
    let count = if full() { 10_000_000 } else { 10_000 };
    let loaded: usize = thread::scope(|scope| {
        let part = |seed: u64| {
            move || {
                let (mut random, start) = (Random(seed), Instant::now());
                let mut loaded = 0;
                for done in 0..count / THREADS {
                    let mutated = mutated(&mut random);
                    // Everything is asked of some, which is slow.
                    let all = !full() || done.is_multiple_of(8);
                    loaded += usize::from(within_bound(&mutated, all));
                    if done % 100_000 == 99_999 {
                        println!("{} bundles of thread {seed}: {:?}", done + 1, start.elapsed());
                    }
                }
                loaded
            }
        };
        let threads: Vec<_> = (0..THREADS as u64).map(|seed| scope.spawn(part(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    println!("{loaded} of {count} loaded");
    assert!(loaded * 2 > count, "{loaded} of {count} loaded");
}

/// Whether bytes load and answer, which they must do in time.
fn within_bound(bytes: &[u8], everything: bool) -> bool {
    let start = ThreadTime::now();
    let loaded = ask(bytes);
    let took = start.elapsed();
    assert!(took <= DECIDING, "{took:?} for {bytes:?}");
    if everything {
        assert_eq!(interrogate(bytes), loaded);
        let took = start.elapsed();
        assert!(took <= EVERYTHING, "{took:?} for {bytes:?}");
    }
    loaded
}

/// A damaged bundle, most of them with a checksum that fits.
fn mutated(random: &mut Random) -> Vec<u8> {
    let all = [&specimen::SMALL, &specimen::LINUX, &specimen::WINDOWS];
    let mut bytes = all[random.below(all.len())].to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        match random.below(24) {
            8..16 => bytes[at] ^= 1 << random.below(8),
            16..23 => bytes[at] = random.below(256) as u8,
            0..4 => {
                // A number where numbers are.
                let numbers = [0, 1, 2, 7, 255, 256, 0x7fff_ffff, 0xffff_ffff, bytes.len() as u32];
                let number =
                    numbers[random.below(numbers.len())].wrapping_add(random.below(3) as u32);
                let at = at & !3;
                if let Some(place) = bytes.get_mut(at..at + 4) {
                    place.copy_from_slice(&number.to_le_bytes());
                }
            }
            4 => {
                // Another place of the directory.
                let sections = u32::from_le_bytes(bytes[32..36].try_into().unwrap());
                let entry = 40 + 16 * random.below(sections.clamp(1, 64) as usize);
                let field = entry + [0, 2, 4, 8, 12][random.below(5)];
                let low = random.below(256) as u8;
                if let Some(place) = bytes.get_mut(field) {
                    *place = low;
                }
            }
            5 => {
                // One part over another.
                let from = random.below(bytes.len());
                let length = random.below(64).min(bytes.len() - at).min(bytes.len() - from);
                bytes.copy_within(from..from + length, at);
            }
            6 => {
                let length = random.below(64).min(bytes.len() - at);
                let with = [0, 0xff, 0x80][random.below(3)];
                bytes[at..at + length].fill(with);
            }
            7 => bytes.truncate(at.max(48)),
            _ => {
                let more = random.below(40);
                bytes.splice(at..at, std::iter::repeat_n(random.below(256) as u8, more));
            }
        }
    }
    if !random.one_in(16) {
        bytes[..12].copy_from_slice(&specimen::SMALL[..12]);
        let length = bytes.len() as u64;
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        Bundle::seal(&mut bytes);
    }
    bytes
}

fn full() -> bool {
    std::env::var("WARDLINE_EFFORT").is_ok_and(|effort| effort == "full")
}

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
}
