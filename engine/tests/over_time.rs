//! Controls over time: recorded attacks, a naive memory that keeps everything,
//! floods, restarts, clocks that jump, and bytes that are no state.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wardline::json::EventBuf;
use wardline::{
    Action, Activity, Address, Binding, Compiler, Direction, Engine, Event, Format, Login, Network,
    Platform, Principal, Seen, State, StateError,
};

fn engine(control: &str) -> Engine<Vec<u8>> {
    engine_with(&[], control)
}

/// An engine with further policies before the one that counts.
fn engine_with(others: &[&str], control: &str) -> Engine<Vec<u8>> {
    let policy = format!(
        "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols:\n  brute_force_login_detection: {control}\n"
    );
    let mut compiler = Compiler::new(Platform::Linux);
    for other in others {
        compiler.policy("other.yaml", other.as_bytes(), Format::Yaml).unwrap();
    }
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
}

const OTHER: &str = "wardline: 1\nkind: host\nname: other\nplatform: linux\nmode: enforce\ncontrols:\n  os_users_and_groups_blocked: { users: [nobody-else] }\n  port_scan_detection: {}\n";

fn state(bytes: usize) -> State<Vec<u8>> {
    State::new(vec![0; bytes], *b"a seed for tests").unwrap()
}

fn failure(source: u32, user: u8) -> (Login<'static>, [u8; 1]) {
    let source = Some(Address::V4(source.to_be_bytes()));
    (Login { source, success: Some(false), groups_complete: true }, [b'a' + user])
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

#[test]
fn a_recorded_day_of_attacks_flags_the_sources_that_are_known() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/traces/login/openssh_2k.events.jsonl");
    let Ok(text) = fs::read(path) else {
        println!("skipped: no recorded logins beside the repository");
        return;
    };
    for (control, sources) in [
        ("{ max_failures: 5, window: 60s }", 11),
        ("{ max_failures: 10, window: 60s }", 5),
        ("{ max_failures: 10, window: 600s }", 6),
    ] {
        let (engine, mut state) = (engine(control), state(1 << 20));
        let mut flagged = BTreeSet::new();
        let mut buffer = EventBuf::default();
        for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            buffer.read(line);
            let decision = buffer.with_event(|event| engine.decide_with(&mut state, event));
            if decision.action != Action::Allow {
                let event: Value = serde_json::from_slice(line).unwrap();
                flagged.insert(event["source"].as_str().unwrap().to_owned());
                assert!(state.alert().is_some());
            }
        }
        assert_eq!(flagged.len(), sources, "{control}: {flagged:?}");
        assert_eq!(state.forgotten(), 0);
    }
}

/// A memory that keeps everything.
#[derive(Default)]
struct Naive {
    keys: BTreeMap<(u32, u8), Kept>,
}

#[derive(Default)]
struct Kept {
    /// The latest by their stamps.
    failures: Vec<i128>,
    /// The stamps of an alert: of its event, and the latest that any alert counted.
    alerted: Option<[i128; 2]>,
    /// Nothing of it counted any more at some time since the last failure. The state
    /// may forget such a key untold.
    over: bool,
}

#[derive(Clone, Copy)]
struct Limits {
    max: usize,
    window: i128,
    cooldown: i128,
    block_for: Option<i128>,
}

impl Naive {
    /// Notes which keys are over now.
    fn pass(&mut self, now: i128, limits: Limits) {
        let longest = limits.window.max(limits.cooldown).max(limits.block_for.unwrap_or(0));
        for kept in self.keys.values_mut() {
            let stamps = kept.failures.iter().chain(kept.alerted.iter().flatten());
            kept.over |= stamps.into_iter().all(|then| now - then >= longest);
        }
    }

    /// Whether a failure is blocked, and whether it is told.
    fn fail(&mut self, key: (u32, u8), now: i128, limits: Limits) -> (bool, bool) {
        let kept = self.keys.entry(key).or_default();
        let lasts = |alerted: Option<[i128; 2]>, span: i128| {
            alerted.iter().flatten().any(|then| (now - then).abs() < span)
        };
        let blocked = limits.block_for.is_some_and(|span| lasts(kept.alerted, span));
        kept.failures.push(now);
        kept.over = false;
        kept.failures.sort_unstable_by(|a, b| b.cmp(a));
        kept.failures.truncate(limits.max);
        let too_many = kept.failures.len() == limits.max
            && kept.failures.iter().all(|then| now - then < limits.window);
        let silence = limits.block_for.map_or(limits.cooldown, |span| span.min(limits.cooldown));
        let told = too_many && !lasts(kept.alerted, silence);
        if told {
            let before = kept.alerted.map_or(now, |[_, latest]| latest);
            kept.alerted = Some([now, kept.failures[0].max(now).max(before)]);
            // Of a clock that was put right: as of now, from now on.
            for then in &mut kept.failures {
                *then = if *then - now < limits.window { *then } else { now };
            }
        }
        (blocked, told)
    }
}

#[test]
fn counts_as_a_memory_that_keeps_everything_does() {
    const SEEDS: u64 = 10_000;
    let (mut told, mut overloaded, mut dropped) = (0u64, 0u64, 0u64);
    let kinds = ["source", "user", "source_and_user"];
    let limits = [
        Limits { max: 1, window: 1_000, cooldown: 1_000, block_for: None },
        Limits { max: 3, window: 5_000, cooldown: 9_000, block_for: Some(4_000) },
        Limits { max: 5, window: 60_000, cooldown: 2_000, block_for: Some(90_000) },
        Limits { max: 255, window: 600_000, cooldown: 60_000, block_for: None },
    ];
    let controls: Vec<_> = kinds
        .iter()
        .flat_map(|kind| limits.iter().map(move |limits| (*kind, *limits)))
        .map(|(kind, limits)| {
            let block = match limits.block_for {
                Some(span) => format!(", block_for: {}s", span / 1000),
                None => String::new(),
            };
            let control = format!(
                "{{ max_failures: {}, window: {}s, cooldown: {}s, key: {kind}{block} }}",
                limits.max,
                limits.window / 1000,
                limits.cooldown / 1000
            );
            (kind, limits, [engine(&control), engine_with(&[OTHER], &control)])
        })
        .collect();
    let foreign = engine("{ max_failures: 9, window: 77s }");
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let (kind, limits, engines) = &controls[random.below(controls.len() as u64) as usize];
        // Other sets for the same keys each time.
        let secret = u128::from(seed).to_le_bytes();
        let mut state = State::new(vec![0; 1 << 18], secret).unwrap();
        let mut naive = Naive::default();
        let mut engine = &engines[0];
        let mut now: u64 = 1_000_000_000_000;
        for _ in 0..1_000 {
            match random.below(200) {
                0 => now = now.saturating_sub(random.below(100_000)),
                1 => now += 3_155_760_000_000,
                2 => now = now.saturating_sub(3_155_760_000_000),
                3 => now += random.below(200_000),
                4..=80 => {}
                _ => now += random.below(900),
            }
            naive.pass(now.into(), *limits);
            if random.below(300) == 0 {
                let saved = state.save().to_vec();
                state = State::restore(saved).unwrap();
                assert_eq!(engine.adopt(&mut state), 0);
            }
            if random.below(300) == 0 {
                // A new engine with the same control goes on where the old one was.
                engine = &engines[random.below(2) as usize];
                assert_eq!(engine.adopt(&mut state), 0);
            }
            if random.below(2_000) == 0 {
                // One with another control drops what it does not count, and says so.
                let found = foreign.adopt(&mut state);
                let kept = naive.keys.values().filter(|kept| !kept.over).count();
                assert!((kept..=naive.keys.len()).contains(&found), "seed {seed}: {found}");
                naive.keys.clear();
                dropped += 1;
            }
            let (source, user) = (random.below(4) as u32, random.below(3) as u8);
            let key = match *kind {
                "source" => (source, 0),
                "user" => (0, user),
                _ => (source, user),
            };
            let (login, name) = failure(source, user);
            let event = Event {
                time: Some(now),
                user: Principal { name: Some(&name), ..Principal::UNKNOWN },
                ..Event::new(Activity::Login(login))
            };
            let decision = engine.decide_with(&mut state, &event);
            let expected = naive.fail(key, now.into(), *limits);
            // Two of the largest records may meet in one set; it says so.
            if decision.overload {
                overloaded += 1;
                break;
            }
            let found = (decision.action == Action::Block, state.alert().is_some());
            assert_eq!(found, expected, "seed {seed} at {now}");
            told += u64::from(found.1);
        }
    }
    assert!(told > SEEDS, "{told} alerts");
    assert!(overloaded < SEEDS / 10, "{overloaded} seeds overloaded");
    assert!(dropped > SEEDS / 10, "{dropped} times another control");
}

/// Decides a failure of a source; returns whether it was allowed, and the overload.
fn fail(
    engine: &Engine<Vec<u8>>,
    state: &mut State<Vec<u8>>,
    source: u32,
    now: u64,
) -> (Action, bool) {
    let (login, name) = failure(source, 0);
    let event = Event {
        time: Some(now),
        user: Principal { name: Some(&name), ..Principal::UNKNOWN },
        ..Event::new(Activity::Login(login))
    };
    let decision = engine.decide_with(state, &event);
    (decision.action, decision.overload)
}

#[test]
fn a_hot_key_under_a_flood_is_found() {
    let engine = engine("{ max_failures: 5, window: 1h }");
    thread::scope(|scope| {
        let other = scope.spawn(|| (0..10).for_each(|seed| flood(&engine, seed)));
        (10..20).for_each(|seed| flood(&engine, seed));
        other.join().unwrap();
    });
}

/// A key that fails once in twenty failures of others, in a state that has room for the
/// last 250 or so of them, is found each time, and what goes instead is told.
fn flood(engine: &Engine<Vec<u8>>, seed: u64) {
    let mut random = Random(seed);
    let mut state = State::new(vec![0; 1 << 16], u128::from(seed).to_le_bytes()).unwrap();
    let (mut overload, mut found) = (0u64, 0u32);
    for step in 0..200_000u64 {
        let source = 1_000_000 + random.below(1 << 30) as u32;
        overload += u64::from(fail(engine, &mut state, source, 1_000 + step).1);
        // Fifty of them, for those that were told keep their places.
        if step % 4_000 < 100 && step % 20 == 10 {
            let hot = (step / 4_000) as u32;
            let (action, forgot) = fail(engine, &mut state, hot, 1_000 + step);
            found += u32::from(action == Action::Audit);
            overload += u64::from(forgot);
        }
    }
    assert_eq!(found, 50, "seed {seed}");
    assert!(overload > 190_000 && state.forgotten() == overload, "seed {seed}: {overload}");
    assert_eq!(state.save().len(), 1 << 16);
}

#[test]
fn a_new_key_is_counted_where_all_others_failed_once() {
    let engine = engine("{ max_failures: 3, window: 30d, block_for: 1h }");
    for then in [1_000, 1 << 62] {
        let mut state = state(State::LEAST);
        for source in 0..18 {
            assert_eq!(fail(&engine, &mut state, source, then), (Action::Allow, false));
        }
        let seen: Vec<Action> =
            (0..4).map(|step| fail(&engine, &mut state, 99, 2_000 + step).0).collect();
        assert_eq!(seen, [Action::Allow, Action::Allow, Action::Audit, Action::Block], "{then}");
    }
}

#[test]
fn a_flood_pushes_out_nobody_who_failed_more_often() {
    let engine = engine("{ max_failures: 3, window: 1h }");
    let mut state = state(State::LEAST);
    fail(&engine, &mut state, 7, 1);
    fail(&engine, &mut state, 7, 2);
    for source in 100..10_000 {
        fail(&engine, &mut state, source, 3);
    }
    assert_eq!(fail(&engine, &mut state, 7, 4).0, Action::Audit);
}

#[test]
fn a_scanner_is_seen_where_all_others_tried_one_port() {
    let mut compiler = Compiler::new(Platform::Linux);
    let policy = "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols:\n  port_scan_detection: { max_ports: 3, max_hosts: 1 }\n";
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
    let mut state = state(State::LEAST);
    let mut connect = |source: u32, port: u16| {
        let network = Network {
            direction: Direction::Inbound,
            ip: Some(Address::V4(source.to_be_bytes())),
            domain: None,
            port: Some(port),
            protocol: None,
        };
        let event = Event { time: Some(5), ..Event::new(Activity::Network(network)) };
        engine.decide_with(&mut state, &event).action
    };
    for source in 0..100 {
        connect(source, 1);
    }
    let seen = [1, 2, 3, 4].map(|port| connect(999, port));
    assert_eq!(seen, [Action::Allow, Action::Allow, Action::Allow, Action::Audit]);
}

#[test]
fn adopting_a_large_state_takes_as_long_as_reading_it() {
    let (first, second) =
        (engine("{ max_failures: 2, window: 1h }"), engine("{ max_failures: 2, window: 2h }"));
    let mut state = state(1 << 24);
    for source in 0..40_000 {
        for engine in [&first, &second] {
            fail(engine, &mut state, source, 1);
        }
    }
    let entries = state.entries();
    let start = Instant::now();
    let gone = second.adopt(&mut state);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(
        gone * 2 >= entries - 2_000 && state.entries() == entries - gone,
        "{gone} of {entries}"
    );
    assert_eq!(fail(&second, &mut state, 39_999, 2).0, Action::Audit);
}

#[test]
fn a_key_that_is_blocked_is_not_pushed_out() {
    let engine = engine("{ max_failures: 3, window: 1h, block_for: 1d }");
    let mut state = state(1 << 16);
    let mut decide = |source: u32, now: u64| fail(&engine, &mut state, source, now).0;
    assert_eq!(
        [1, 2, 3, 4].map(|now| decide(7, now)),
        [Action::Allow, Action::Allow, Action::Audit, Action::Block]
    );
    for source in 100..60_000 {
        decide(source, u64::from(source));
    }
    assert_eq!(decide(7, 60_001), Action::Block);
}

#[test]
fn an_alert_names_the_first_of_those_who_were_seen() {
    let (users, sources) = (
        engine("{ max_failures: 6, window: 1h, key: source }"),
        engine("{ max_failures: 3, window: 1h, key: user, ipv6_prefix: 48 }"),
    );
    let mut state = state(1 << 16);
    let long = b"somebody with a name of more than twenty-two bytes".as_slice();
    let principals = [
        Principal { name: Some(b"root"), ..Principal::UNKNOWN },
        Principal { id: Some(1000), ..Principal::UNKNOWN },
        Principal { name: Some(b"root"), id: Some(0), ..Principal::UNKNOWN },
        Principal { name: Some(long), ..Principal::UNKNOWN },
        Principal { sid: Some(b"S-1-5-18"), ..Principal::UNKNOWN },
        Principal { name: Some(b"fifth"), ..Principal::UNKNOWN },
    ];
    let mut told = None;
    for user in principals {
        let (login, _) = failure(7, 0);
        let event = Event { time: Some(5), user, ..Event::new(Activity::Login(login)) };
        users.decide_with(&mut state, &event);
        told = state.alert();
    }
    let alert = told.expect("six failures");
    assert_eq!((alert.count, alert.others), (6, 5));
    let expected = [
        Seen::User(b"root"),
        Seen::UserId(1000),
        Seen::User(&long[..22]),
        Seen::UserSid(b"S-1-5-18"),
    ];
    assert_eq!(alert.seen().collect::<Vec<_>>(), expected);

    for source in ["2001:db8::1", "2001:db8::2", "192.0.2.7"] {
        let source = Some(Address::Text(source.as_bytes()));
        let login = Login { source, success: Some(false), groups_complete: true };
        let event =
            Event { time: Some(5), user: principals[0], ..Event::new(Activity::Login(login)) };
        let decision = sources.decide_with(&mut state, &event);
        told = state.alert();
        if told.is_some() {
            let line = sources.audit(&event, &decision, &[]).with_alert(told).to_string();
            let seen = r#""alert":{"count":3,"others":2,"seen":["2001:0db8:0000:0000:0000:0000:0000:0000","192.0.2.7"]}"#;
            assert!(line.contains(seen), "{line}");
        }
    }
    assert!(told.is_some(), "three failures");
}

#[test]
fn another_control_counts_for_itself_and_an_engine_drops_what_is_not_its_own() {
    let (first, second) =
        (engine("{ max_failures: 2, window: 1m }"), engine("{ max_failures: 2, window: 2m }"));
    let mut state = state(1 << 16);
    let (login, name) = failure(7, 0);
    let event = Event {
        time: Some(5),
        user: Principal { name: Some(&name), ..Principal::UNKNOWN },
        ..Event::new(Activity::Login(login))
    };
    assert_eq!(first.decide_with(&mut state, &event).action, Action::Allow);
    assert_eq!(second.decide_with(&mut state, &event).action, Action::Allow);
    assert_eq!(state.entries(), 2);
    assert_eq!(second.adopt(&mut state), 1);
    assert_eq!(state.entries(), 1);
    assert_eq!(second.decide_with(&mut state, &event).action, Action::Audit);
    assert_eq!(first.decide_with(&mut state, &event).action, Action::Allow);
}

/// A state that moves between targets, or a label that is taken away and given again, costs
/// nobody's release.
#[test]
fn what_a_policy_counted_is_kept_while_it_does_not_apply() {
    let policy = json!({
        "wardline": 1, "kind": "host", "name": "p", "platform": "linux", "mode": "enforce",
        "scope": "host.name == \"a\"", "throttle": { "max_alerts": 1, "window": "1m" },
        "controls": {
            "brute_force_login_detection": { "max_failures": 2, "window": "1m" },
            "port_scan_detection": { "max_ports": 2 },
            "forensics": { "failed_logins": true },
        },
    });
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("p.json", policy.to_string().as_bytes(), Format::Json).unwrap();
    let bundle = compiler.build().unwrap().bytes;
    let [here, elsewhere] = ["a", "b"].map(|name| {
        let target = [("host.name", name)];
        let binding = Binding { target: Some(&target), ..Binding::default() };
        Engine::load(bundle.clone(), &binding).unwrap()
    });
    let mut state = state(1 << 16);
    let (login, name) = failure(7, 0);
    let user = Principal { name: Some(&name), ..Principal::UNKNOWN };
    let event = Event { time: Some(5), user, ..Event::new(Activity::Login(login)) };
    here.decide_with(&mut state, &event);
    let entries = state.entries();
    assert_eq!(entries, 2, "a key that failed and a throttled rule");
    assert_eq!(elsewhere.adopt(&mut state), 0);
    assert_eq!(elsewhere.decide_with(&mut state, &event).action, Action::Allow);
    assert_eq!(here.adopt(&mut state), 0);
    assert_eq!(state.entries(), entries);
    let decision = here.decide_with(&mut state, &event);
    assert_eq!(decision.matched, 2, "the second failure, and forensics");
}

#[test]
fn a_control_that_says_the_same_in_other_words_goes_on_counting() {
    let networks = ["198.51.100.0/24, 192.0.2.1", "192.0.2.1/32, 198.51.100.0/24, 192.0.2.1"];
    let both = [
        [
            "{ max_failures: 2, window: 10m }",
            "{ max_failures: 2, window: 600s, cooldown: 10m, key: source, ipv6_prefix: 64 }",
        ]
        .map(String::from),
        networks.map(|all| format!("{{ max_failures: 2, window: 10m, except_networks: [{all}] }}")),
    ];
    for [first, second] in both {
        let (first, second) = (engine(&first), engine(&second));
        let mut state = state(1 << 16);
        let (login, name) = failure(7, 0);
        let event = Event {
            time: Some(5),
            user: Principal { name: Some(&name), ..Principal::UNKNOWN },
            ..Event::new(Activity::Login(login))
        };
        assert_eq!(first.decide_with(&mut state, &event).action, Action::Allow);
        assert_eq!(second.adopt(&mut state), 0);
        assert_eq!(second.decide_with(&mut state, &event).action, Action::Audit);
    }
}

#[test]
fn bytes_that_are_no_state_are_refused_and_damage_is_harmless() {
    assert_eq!(State::new(vec![0; 100], [0; 16]).unwrap_err(), StateError::TooSmall { found: 100 });
    assert_eq!(State::restore(vec![0; 1 << 16]).unwrap_err(), StateError::NotAState);
    let engine = engine("{ max_failures: 2, window: 1m, block_for: 1m }");
    let mut state = state(State::LEAST);
    let (login, name) = failure(7, 0);
    let event = Event {
        time: Some(5),
        user: Principal { name: Some(&name), ..Principal::UNKNOWN },
        ..Event::new(Activity::Login(login))
    };
    for _ in 0..3 {
        engine.decide_with(&mut state, &event);
    }
    let saved = state.save().to_vec();
    for cut in 0..saved.len() {
        assert!(State::restore(saved[..cut].to_vec()).is_err());
    }
    for bit in 0..saved.len() * 8 {
        let mut damaged = saved.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(State::restore(damaged).is_err(), "bit {bit}");
    }
}
