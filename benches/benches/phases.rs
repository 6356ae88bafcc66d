//! What each phase costs by itself: parse, compile, load, decide.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wardline::{Binding, Compiler, Engine, Format, Platform};
use wardline_benches::addresses::{self, prefixes_v4, prefixes_v6};
use wardline_benches::hosts::host;
use wardline_benches::rules::{Mix, asked, rules};
use wardline_benches::{domains, events, paths, policy};

fn parse(criterion: &mut Criterion) {
    let (all, _) = paths::best(100_000);
    let mut group = criterion.benchmark_group("parse");
    for count in [100, 1_000, 10_000] {
        let text = policy::of_paths(&rules(&all, Mix::Inner, count));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("paths", count), &text, |bencher, text| {
            bencher.iter(|| wardline::policy::parse("p.yaml", text.as_bytes(), Format::Yaml));
        });
    }
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let (all, _) = paths::best(100_000);
    let mut group = criterion.benchmark_group("compile");
    for mix in Mix::ALL {
        for count in [100, 1_000, 10_000] {
            let compiler = parsed(&policy::of_paths(&rules(&all, mix, count)));
            let id = BenchmarkId::new(format!("paths {}", mix.name()), count);
            group.bench_function(id, |bencher| bencher.iter(|| compiler.build()));
        }
    }
    for count in [1_000, 100_000] {
        let mut compiler = parsed(&policy::of_feed("networks"));
        compiler.list("bench", "feed", policy::feed_of_networks(&prefixes_v4(count)));
        let id = BenchmarkId::new("networks", count);
        group.bench_function(id, |bencher| bencher.iter(|| compiler.build()));
        let mut compiler = parsed(&policy::of_feed("domains"));
        compiler.list("bench", "feed", domains::names(count).join("\n"));
        let id = BenchmarkId::new("domains", count);
        group.bench_function(id, |bencher| bencher.iter(|| compiler.build()));
    }
    for entries in [20, 200, 2_000] {
        let compiler = parsed(&policy::of_host(&host(&all, entries, 1).0));
        let id = BenchmarkId::new("host", entries);
        group.bench_function(id, |bencher| bencher.iter(|| compiler.build()));
    }
    group.finish();
}

/// From bytes that are borrowed, as with `include_bytes!`, from a memory map, and what
/// it would be to compile instead.
fn load(criterion: &mut Criterion) {
    let (all, _) = paths::best(100_000);
    let mut group = criterion.benchmark_group("load");
    for count in [100, 1_000, 10_000] {
        let text = policy::of_paths(&rules(&all, Mix::Inner, count));
        let bytes = policy::compile(&text).bytes;
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let id = BenchmarkId::new("bytes", count);
        group.bench_function(id, |bencher| {
            bencher.iter(|| Engine::load(bytes.as_slice(), &Binding::default()));
        });
        let id = BenchmarkId::new("bytes without checksum", count);
        group.bench_function(id, |bencher| {
            bencher.iter(|| Engine::load_trusted(bytes.as_slice(), &Binding::default()));
        });
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("bundle.wlb");
        std::fs::write(&path, &bytes).expect("a bundle");
        let id = BenchmarkId::new("memory map", count);
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                let file = std::fs::File::open(&path).expect("a bundle");
                // SAFETY: nobody else knows the file.
                let map = unsafe { memmap2::Mmap::map(&file) }.expect("a map");
                Engine::load(map, &Binding::default()).expect("an engine")
            });
        });
        let id = BenchmarkId::new("compile instead", count);
        group.bench_function(id, |bencher| {
            bencher.iter(|| policy::load(policy::compile(&text)));
        });
    }
    group.finish();
}

fn decide(criterion: &mut Criterion) {
    let (all, _) = paths::best(100_000);
    let mut group = criterion.benchmark_group("decide");
    for mix in Mix::ALL {
        for count in [10, 1_000, 10_000] {
            let engine = policy::load(policy::compile(&policy::of_paths(&rules(&all, mix, count))));
            let asked = asked(&all, QUESTIONS);
            let mut next = asked.iter().cycle();
            let id = BenchmarkId::new(format!("paths {}", mix.name()), count);
            group.bench_function(id, |bencher| {
                bencher
                    .iter(|| engine.decide(black_box(&events::read(next.next().expect("more")))));
            });
        }
    }
    for count in [1_000, 100_000] {
        for (family, prefixes) in [("IPv4", prefixes_v4(count)), ("IPv6", prefixes_v6(count))] {
            let feed = policy::feed_of_networks(&prefixes);
            let bundle = policy::build(&policy::of_feed("networks"), &[("feed", &feed)]);
            let engine = policy::load(bundle);
            let asked = addresses::asked(&prefixes, QUESTIONS).into_iter().map(events::address);
            let asked: Vec<_> = asked.collect();
            let mut next = asked.iter().cycle();
            group.bench_function(BenchmarkId::new(family, count), |bencher| {
                bencher.iter(|| engine.decide(&events::connect(*next.next().expect("more"))));
            });
        }
        let names = domains::names(count);
        let bundle = policy::build(&policy::of_feed("domains"), &[("feed", &names.join("\n"))]);
        let engine = policy::load(bundle);
        let asked = domains::asked(&names, QUESTIONS);
        let mut next = asked.iter().cycle();
        group.bench_function(BenchmarkId::new("domains", count), |bencher| {
            bencher.iter(|| engine.decide(&events::look_up(next.next().expect("more"))));
        });
    }
    for entries in [20, 200, 2_000] {
        let (host, acts) = host(&all, entries, QUESTIONS);
        let engine = policy::load(policy::compile(&policy::of_host(&host)));
        let groups: Vec<_> = acts.iter().map(events::groups).collect();
        let events: Vec<_> =
            acts.iter().zip(&groups).map(|(act, groups)| events::act(act, groups)).collect();
        let mut next = events.iter().cycle();
        group.bench_function(BenchmarkId::new("host", entries), |bencher| {
            bencher.iter(|| engine.decide(next.next().expect("more")));
        });
    }
    group.finish();
}

fn parsed(text: &str) -> Compiler {
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("p.yaml", text.as_bytes(), Format::Yaml).expect("a policy");
    compiler
}

const QUESTIONS: usize = 4_096;

criterion_group! {
    name = phases;
    // Forty-odd benches have to fit into a few minutes.
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = parse, compile, load, decide
}
criterion_main!(phases);
