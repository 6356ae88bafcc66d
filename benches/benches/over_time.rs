//! One failed login: in a quiet state, and in one that a million sources flood.
//!
//! Goal: under flood at most three times the quiet cost.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use wardline::{Activity, Address, Event, Login, State};

fn failure(source: u32, time: u64) -> Event<'static> {
    let source = Some(Address::V4(source.to_be_bytes()));
    let login = Login { source, success: Some(false), groups_complete: true };
    Event { time: Some(time), ..Event::new(Activity::Login(login)) }
}

fn over_time(criterion: &mut Criterion) {
    let engine = wardline_benches::engine(
        "brute_force_login_detection: { max_failures: 10, window: 10m, block_for: 1h }",
    );
    let mut group = criterion.benchmark_group("decide/failed login");
    // A hundred sources that come again and again: nothing is ever pushed out.
    let mut quiet = State::new(vec![0; 1 << 20], [7; 16]).expect("a state");
    let mut step = 0u64;
    group.bench_function("quiet", |bencher| {
        bencher.iter(|| {
            step += 1;
            engine.decide_with(&mut quiet, black_box(&failure((step % 100) as u32, step * 1_000)))
        });
    });
    // Every event is of a source never seen, in a state that is full of such.
    let mut full = State::new(vec![0; 1 << 20], [7; 16]).expect("a state");
    let mut source = 1u32 << 24;
    for _ in 0..1_000_000 {
        source += 1;
        engine.decide_with(&mut full, &failure(source, u64::from(source)));
    }
    group.bench_function("flood", |bencher| {
        bencher.iter_batched(
            || {
                source += 1;
                failure(source, u64::from(source))
            },
            |event| engine.decide_with(&mut full, black_box(&event)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, over_time);
criterion_main!(benches);
