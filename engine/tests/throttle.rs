//! Throttles: what is suppressed and what never is, whatever the clock, the
//! table and the engines do; and that every suppressed audit is told once.

use std::thread;

use wardline::{
    Action, Activity, Binding, Compiler, Engine, Event, File, FileOperation, Format, Login,
    Platform, Principal, SharedState, State,
};

fn engine(policies: &[&str]) -> Engine<Vec<u8>> {
    let mut compiler = Compiler::new(Platform::Linux);
    for (index, policy) in policies.iter().enumerate() {
        let text = format!(
            "wardline: 1\nkind: host\nname: p{index}\nplatform: linux\nmode: enforce\n{policy}\n"
        );
        compiler.policy("p.yaml", text.as_bytes(), Format::Yaml).unwrap();
    }
    Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
}

fn monitor(throttle: &str) -> String {
    format!(
        "throttle: {throttle}\ncontrols: {{ file_integrity_monitoring: {{ operations: [read], paths: [/x] }} }}"
    )
}

fn state(bytes: usize) -> State<Vec<u8>> {
    State::new(vec![0; bytes], *b"a seed for tests").unwrap()
}

fn read(path: &'static [u8], time: u64) -> Event<'static> {
    let file = File::new(FileOperation::Read, path);
    Event { time: Some(time), ..Event::new(Activity::File(file)) }
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

/// A clock that mostly goes on, and repeats, steps back, and jumps by a century.
fn tick(random: &mut Random, now: u64) -> u64 {
    const CENTURY: u64 = 3_155_760_000_000;
    match random.below(200) {
        0 => now.saturating_sub(random.below(100_000)),
        1 => now + CENTURY,
        2 => now.saturating_sub(CENTURY),
        3 => now + random.below(200_000),
        4..=80 => now,
        _ => now + random.below(900),
    }
}

/// The times of the reports of the last window.
#[derive(Default)]
struct Naive(Vec<u64>);

impl Naive {
    fn is_over(&mut self, now: u64, max: usize, window: u64) -> bool {
        if self.0.first().is_none_or(|first| now.abs_diff(*first) >= window) {
            self.0.clear();
        }
        if self.0.len() == max {
            return true;
        }
        self.0.push(now);
        false
    }
}

#[test]
fn counts_as_a_naive_memory_does_and_every_suppressed_audit_is_told_once() {
    // The same throttled policy, alone and behind another: its rule has another number.
    let own = monitor("{ max_alerts: 3, window: 5s }");
    let other = "controls: { file_block: { paths: [/y] } }";
    let both = [[own.as_str(), other].map(str::to_owned), [other, own.as_str()].map(str::to_owned)];
    let named = |texts: &[String; 2]| {
        let mut compiler = Compiler::new(Platform::Linux);
        for text in texts {
            let name = if *text == own { "own" } else { "other" };
            let text = format!(
                "wardline: 1\nkind: host\nname: {name}\nplatform: linux\nmode: enforce\n{text}\n"
            );
            compiler.policy("p.yaml", text.as_bytes(), Format::Yaml).unwrap();
        }
        Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
    };
    let engines = [named(&both[0]), named(&both[1])];
    let (mut reported, mut suppressed) = (0u64, 0u64);
    for seed in 0..2_000 {
        let mut random = Random(seed);
        let (mut state, mut naive) = (state(State::LEAST), Naive::default());
        let mut engine = &engines[0];
        let (mut now, mut untold) = (1_000_000_000_000, 0u64);
        for _ in 0..1_000 {
            now = tick(&mut random, now);
            if random.below(300) == 0 {
                state = State::restore(state.save().to_vec()).unwrap();
            }
            if random.below(300) == 0 {
                engine = &engines[random.below(2) as usize];
                assert_eq!(engine.adopt(&mut state), 0);
            }
            if random.below(10) == 0 {
                assert_eq!(engine.decide_with(&mut state, &read(b"/y", now)).action, Action::Block);
                continue;
            }
            let event = read(b"/x", now);
            let decision = engine.decide_with(&mut state, &event);
            // Nothing else is decided otherwise.
            assert_eq!(engine.decide(&event).action, decision.action);
            assert_eq!(decision.suppressed, naive.is_over(now, 3, 5_000), "seed {seed} at {now}");
            if decision.suppressed {
                untold += 1;
                suppressed += 1;
                assert_eq!(decision.suppressed_before, 0);
            } else {
                assert_eq!(u64::from(decision.suppressed_before), untold, "seed {seed} at {now}");
                untold = 0;
                reported += 1;
            }
            assert_eq!(state.suppressed(), untold);
            let by_rule: Vec<_> = engine.suppressed(&state).collect();
            let expected = (untold > 0).then(|| (decision.rule.unwrap(), untold));
            assert_eq!(by_rule, Vec::from_iter(expected));
        }
        assert!(state.entries() <= 1 && state.forgotten() == 0);
    }
    assert!(reported > 100_000 && suppressed > 100_000, "{reported} and {suppressed}");
}

#[test]
fn another_throttle_or_policy_counts_for_itself_and_is_dropped_with_a_report() {
    let (one, two) = (monitor("{ max_alerts: 1 }"), monitor("{ max_alerts: 1, window: 2m }"));
    let (first, second) = (engine(&[&one]), engine(&[&two]));
    let mut state = state(State::LEAST);
    let suppressed = |engine: &Engine<Vec<u8>>, state: &mut State<Vec<u8>>| {
        engine.decide_with(state, &read(b"/x", 1)).suppressed
    };
    assert!(!suppressed(&first, &mut state) && suppressed(&first, &mut state));
    assert!(!suppressed(&second, &mut state) && suppressed(&second, &mut state));
    assert_eq!((state.entries(), state.suppressed()), (2, 2));
    assert_eq!(second.adopt(&mut state), 1);
    assert_eq!((state.entries(), state.suppressed()), (1, 1));
    assert!(suppressed(&second, &mut state) && !suppressed(&first, &mut state));
}

#[test]
fn without_a_state_nothing_is_suppressed() {
    let engine = engine(&[&monitor("{ max_alerts: 1 }")]);
    assert!(engine.needs_state());
    for _ in 0..3 {
        let decision = engine.decide(&read(b"/x", 1));
        assert_eq!((decision.action, decision.suppressed), (Action::Audit, false));
    }
}

#[test]
fn a_flood_can_make_it_report_more_but_never_less_and_says_so() {
    let logins = "controls: { brute_force_login_detection: { max_failures: 200, window: 1h } }";
    let engine = engine(&[&monitor("{ max_alerts: 2, window: 1h }"), logins]);
    for seed in 0..20 {
        let mut random = Random(seed);
        let mut state = state(State::LEAST);
        let (mut reported, mut suppressed, mut told, mut overload) = (0u64, 0u64, 0u64, false);
        for now in 0..20_000 {
            let source = (random.below(1 << 30) as u32).to_be_bytes();
            let source = Some(wardline::Address::V4(source));
            let login = Login { source, success: Some(false), groups_complete: true };
            let user = Principal { name: Some(b"root"), ..Principal::UNKNOWN };
            let login = Event { time: Some(now), user, ..Event::new(Activity::Login(login)) };
            overload |= engine.decide_with(&mut state, &login).overload;
            if now % 40 == 0 {
                let decision = engine.decide_with(&mut state, &read(b"/x", now));
                assert_eq!(decision.action, Action::Audit);
                overload |= decision.overload;
                reported += u64::from(!decision.suppressed);
                suppressed += u64::from(decision.suppressed);
                told += u64::from(decision.suppressed_before);
            }
        }
        assert_eq!(reported + suppressed, 500);
        assert!(reported >= 2, "what a window allows is reported");
        let known = told + state.suppressed();
        assert!(known == suppressed || overload && state.forgotten() > 0, "seed {seed}");
    }
}

#[test]
fn threads_share_a_limit() {
    let engine = engine(&[&monitor("{ max_alerts: 7, window: 1h }")]);
    let state = SharedState::new(1 << 16, 4, [7; 16]).unwrap();
    let reported: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let decided = (0..1_000).map(|now| state.decide(&engine, &read(b"/x", now)).0);
                    decided.filter(|decision| !decision.suppressed).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(reported, 7);
    let left = state.suppressed(&engine);
    assert_eq!(left.iter().map(|(_, count)| count).sum::<u64>(), 3_993);
    let restored = SharedState::restore(&state.save()).unwrap();
    assert!(restored.decide(&engine, &read(b"/x", 5)).0.suppressed);
}

#[test]
fn audit_events_tell() {
    let engine = engine(&[&monitor("{ max_alerts: 1, window: 1s }")]);
    let mut state = state(State::LEAST);
    let lines: Vec<String> = [1, 2, 3, 1_001]
        .into_iter()
        .map(|now| {
            let event = read(b"/x", now);
            let decision = engine.decide_with(&mut state, &event);
            engine.audit(&event, &decision, &[]).to_string()
        })
        .collect();
    assert!(!lines[0].contains("suppressed"), "{}", lines[0]);
    assert!(lines[1].contains(r#""suppressed":true,"matched":1"#), "{}", lines[1]);
    assert!(lines[3].contains(r#""suppressed_before":2,"matched":1"#), "{}", lines[3]);
}
