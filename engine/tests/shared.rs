//! Several threads: engines that are replaced while others decide, and a state
//! that threads share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use wardline::{
    Action, Activity, Address, Binding, Compiler, Event, Exec, Format, Login, Platform, Principal,
    SharedEngine, SharedState, State, StateError,
};

fn bundle(controls: &str) -> Vec<u8> {
    let policy = format!(
        "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols: {controls}\n"
    );
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    compiler.build().unwrap().bytes
}

#[test]
fn more_memory_than_there_is_is_refused() {
    for budget in [usize::MAX, isize::MAX as usize, usize::MAX / 4] {
        let error = StateError::TooLarge { found: budget };
        assert_eq!(State::with_budget(budget, [7; 16]).unwrap_err(), error);
        assert_eq!(SharedState::new(budget, 16, [7; 16]).unwrap_err(), error);
    }
}

#[test]
fn every_decision_belongs_to_one_engine_and_generations_never_go_back() {
    // Two policies that disagree about every event.
    let block = bundle("{ executables_blocked: { executables: ['/**'] } }");
    let allow = bundle("{ executables_blocked: { executables: [none] } }");
    let shared = SharedEngine::load(block.clone(), &Binding::default()).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let event = Event::new(Activity::Exec(Exec::new(b"/usr/bin/x")));
                    let (mut last, mut seen) = (0, 0u64);
                    while !done.load(Ordering::Relaxed) {
                        let decision = shared.decide(&event);
                        // Odd generations block.
                        let blocks = decision.generation % 2 == 1;
                        assert_eq!(decision.action == Action::Block, blocks, "{decision:?}");
                        assert!(decision.generation >= last);
                        seen += u64::from(decision.generation > last);
                        last = decision.generation;
                    }
                    seen
                })
            })
            .collect();
        for swap in 0..10_000u64 {
            let next = if swap % 2 == 0 { &allow } else { &block };
            if swap % 100 == 0 {
                let mut bad = next.clone();
                bad[100] ^= 1;
                assert!(shared.replace(bad, &Binding::default()).is_err());
            }
            assert_eq!(shared.replace(next.clone(), &Binding::default()), Ok(swap + 2));
        }
        done.store(true, Ordering::Relaxed);
        let seen: u64 = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
        assert!(seen > 8, "{seen}");
    });
    assert_eq!(shared.engine().generation(), 10_001);
}

#[test]
fn engines_that_were_replaced_are_freed() {
    use std::sync::Arc;
    let bytes: Arc<[u8]> = bundle("{ fileless_execution_block: {} }").into();
    let shared = SharedEngine::load(Arc::clone(&bytes), &Binding::default()).unwrap();
    for _ in 0..100 {
        shared.replace(Arc::clone(&bytes), &Binding::default()).unwrap();
    }
    // This one, and the engine of now.
    assert_eq!(Arc::strong_count(&bytes), 2);
}

#[test]
fn threads_count_together() {
    const THREADS: u64 = 4;
    const FAILURES: u64 = 500;
    let control = "{ brute_force_login_detection: { max_failures: 5, window: 1h, cooldown: 1d } }";
    let shared = SharedEngine::load(bundle(control), &Binding::default()).unwrap();
    let state = SharedState::new(1 << 20, 8, [7; 16]).unwrap();
    let alerts: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (shared, state) = (&shared, &state);
                scope.spawn(move || {
                    let mut alerts = 0;
                    for step in 0..FAILURES {
                        // Every thread meets each of 100 sources five times.
                        let source = Some(Address::V4([10, 0, 0, (step % 100) as u8]));
                        let login = Login { source, success: Some(false), groups_complete: true };
                        let event = Event {
                            time: Some(thread * FAILURES + step),
                            user: Principal { name: Some(b"root"), ..Principal::UNKNOWN },
                            ..Event::new(Activity::Login(login))
                        };
                        alerts += usize::from(shared.decide_with(state, &event).1.is_some());
                    }
                    alerts
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // Each source is told once, whoever counted the fifth failure.
    assert_eq!(alerts, 100);
    assert_eq!(state.entries(), 100);

    let saved = state.save();
    let again = SharedState::restore(&saved).unwrap();
    assert_eq!(again.entries(), 100);
    assert_eq!(again.adopt(&**shared.engine()), 0);
    assert_eq!(SharedState::restore(&saved[..saved.len() - 1]).unwrap_err(), StateError::Damaged);
    assert_eq!(SharedState::restore(b"").unwrap_err(), StateError::NotAState);
}
