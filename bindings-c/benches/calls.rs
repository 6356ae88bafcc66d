//! What a call through the C interface costs over the same call of the core: one event
//! and an event of a batch. `cargo bench -p wardline-c`, nothing else running.
//!
//! Minima of many short rounds, taken in turn, because what disturbs a round only makes
//! it longer. The functions are called through pointers, as from a shared library. Each
//! goes through an array of events that the nearest cache holds, as it holds one that was
//! just filled in: otherwise it would be caches that are compared.
//!
//! A number of rounds may be given. One is enough to count instructions, which nothing
//! disturbs: `valgrind --tool=callgrind --toggle-collect='calls::by_call' calls 1`, and
//! likewise `by_rust` and `by_batch`; each makes 32 calls for each of the events, or for
//! that whose name is given too.

use std::hint::black_box;
use std::time::Instant;

use wardline::*;
use wardline_c::decide::{wardline_engine_decide, wardline_engine_decide_batch};
use wardline_c::decision::wardline_decision;

#[path = "../tests/c_program/mod.rs"]
mod c_program;

const POLICY: &[u8] = br#"
wardline: 1
kind: host
name: web
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow, id_rsa], except_users: ["uid:0"] }
  executables_blocked: { executables: [xmrig, "/tmp/**"] }
"#;
const ROUNDS: u32 = 30_000;
const CALLS: usize = 32;

fn main() {
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("web.yaml", POLICY, Format::Yaml).unwrap();
    let bundle = compiler.build().unwrap().bytes;
    let core = Engine::load(bundle.clone(), &Binding::default()).unwrap();
    let engine = c_program::load(&bundle, &c_program::binding());

    let rounds = std::env::args().find_map(|given| given.parse().ok()).unwrap_or(ROUNDS);
    println!("nanoseconds a decision; minima of {rounds} rounds of {CALLS} calls");
    for (name, json) in [
        ("exec", r#"{"kind":"exec","path":"/usr/bin/python3.11"}"#),
        (
            "exec of somebody",
            r#"{"kind":"exec","path":"/usr/bin/python3.11","process":{"path":"/usr/bin/bash","pid":7},"user":{"name":"www-data","id":33}}"#,
        ),
        (
            "file of somebody",
            r#"{"kind":"file","operation":"read","path":"/srv/www/index.html","process":{"path":"/usr/sbin/nginx"},"user":{"id":33}}"#,
        ),
        (
            "exec with arguments",
            r#"{"kind":"exec","path":"/usr/bin/python3.11","requested":"python3","argv":["python3","-m","http.server"],"cwd":"/usr/bin","process":{"path":"/usr/bin/bash","pid":7},"user":{"name":"www-data","id":33}}"#,
        ),
        (
            "connection",
            r#"{"kind":"network","direction":"outbound","ip":"192.0.2.7","port":443,"process":{"path":"/usr/bin/curl","pid":7},"user":{"id":33}}"#,
        ),
    ] {
        if std::env::args().skip(2).any(|wanted| wanted != name) {
            continue;
        }
        let event = c_program::event(&serde_json::from_str(json).unwrap()).unwrap();
        let events = vec![event; CALLS];
        let mut out = vec![c_program::none(); CALLS];
        let (mut rust, mut c, mut batch) = (f64::MAX, f64::MAX, f64::MAX);
        let mut buffer = json::EventBuf::default();
        buffer.read(json.as_bytes());
        buffer.with_event(|event| {
            let for_rust = [as_bytes(*event); CALLS];
            for _ in 0..rounds {
                rust = rust.min(of(|| by_rust(&core, &for_rust)));
                c = c.min(of(|| by_call(&engine, &events, &mut out)));
                batch = batch.min(of(|| by_batch(&engine, &events, &mut out)));
            }
        });
        println!(
            "{name}: Rust {rust:.1}, C {c:.1} ({:+.1}), C in a batch {batch:.1} ({:+.1})",
            c - rust,
            batch - rust
        );
    }
}

/// An address as C programs give it: text has to be read first.
fn as_bytes(mut event: Event<'_>) -> Event<'_> {
    if let Activity::Network(network) = &mut event.activity {
        network.ip = Some(Address::V4([192, 0, 2, 7]));
    }
    event
}

/// Nanoseconds of one of the calls that `work` makes.
fn of(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / CALLS as f64
}

#[inline(never)]
fn by_rust(engine: &Engine<Vec<u8>>, events: &[Event<'_>]) {
    for event in events {
        black_box(engine.decide(black_box(event)));
    }
}

#[inline(never)]
fn by_call(
    engine: &c_program::Owned<wardline_c::engine::wardline_engine>,
    events: &[wardline_c::event::wardline_event<'_>],
    out: &mut [wardline_decision],
) {
    let decide: extern "C" fn(_, _, _, _) -> _ = black_box(wardline_engine_decide);
    for (event, out) in events.iter().zip(out) {
        let (event, out) = (c_program::to(event), c_program::out_to(&raw mut *out));
        black_box(decide(engine.get(), wardline_c::raw::Mut::NULL, event, out));
    }
}

#[inline(never)]
fn by_batch(
    engine: &c_program::Owned<wardline_c::engine::wardline_engine>,
    events: &[wardline_c::event::wardline_event<'_>],
    out: &mut [wardline_decision],
) {
    let decide: extern "C" fn(_, _, _, _, _, _) -> _ = black_box(wardline_engine_decide_batch);
    let status = decide(
        engine.get(),
        wardline_c::raw::Mut::NULL,
        c_program::first(events),
        c_program::out_to(out.as_mut_ptr()),
        events.len(),
        wardline_c::raw::Out::NULL,
    );
    assert_eq!(status, wardline_c::status::wardline_status::Ok);
}
