//! Who is quarantined can be listed and released, and a restart forgets nobody.

use wardline::json::EventBuf;
use wardline::{Action, ActorKind, Binding, Compiler, Engine, Format, Platform, State};

fn engine(quarantine: &str) -> Engine<Vec<u8>> {
    let policy = format!(
        "wardline: 1\nkind: function\nname: p\nplatform: linux\nmode: enforce\ncontrols:\n  honeypot: {{ decoys: [{{ kind: environment, name: K }}], quarantine: {quarantine} }}\n"
    );
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
}

fn decide(engine: &Engine<Vec<u8>>, state: &mut State<Vec<u8>>, line: &str) -> Action {
    let mut buffer = EventBuf::default();
    buffer.read(line.as_bytes());
    buffer.with_event(|event| engine.decide_with(state, event).action)
}

#[test]
fn a_quarantine_is_listed_survives_a_restart_and_is_released() {
    let engine = engine("{ for: 1h }");
    let mut state = State::new(vec![0; 1 << 14], [7; 16]).unwrap();
    let touch =
        r#"{"kind":"credential","name":"K","process":{"pid":7,"path":"/usr/bin/node"},"time":5}"#;
    let act = r#"{"kind":"exec","path":"/usr/bin/id","process":{"pid":7},"time":6}"#;
    assert_eq!(decide(&engine, &mut state, touch), Action::Block);
    let mut state = State::restore(state.save().to_vec()).unwrap();
    assert_eq!(decide(&engine, &mut state, act), Action::Block);

    let all: Vec<_> = state.quarantines().collect();
    let [one] = &all[..] else { panic!("{all:?}") };
    assert_eq!((one.kind, one.pid, one.text), (ActorKind::Process, 7, &b"/usr/bin/node"[..]));
    assert_eq!((one.since, one.duration), (Some(5), Some(3_600_000)));
    let id = one.id;
    assert!(state.release(&id));
    assert!(!state.release(&id));
    assert_eq!(state.quarantines().count(), 0);
    assert_eq!(decide(&engine, &mut state, act), Action::Allow);
    // Nor is anybody refused any more who could have been it.
    let program = r#"{"kind":"exec","path":"/usr/bin/id","process":{"path":"/usr/bin/node"}}"#;
    assert_eq!(decide(&engine, &mut state, program), Action::Allow);
    assert_eq!(decide(&engine, &mut state, r#"{"kind":"dns","name":"a.example"}"#), Action::Allow);
}

#[test]
fn who_could_be_one_of_several_is_refused_until_the_last_is_released() {
    let engine = engine("{ for: 1h }");
    let mut state = State::new(vec![0; 1 << 14], [7; 16]).unwrap();
    for pid in [7, 8] {
        let touch = format!(
            r#"{{"kind":"credential","name":"K","process":{{"pid":{pid},"path":"/usr/bin/node"}}}}"#
        );
        assert_eq!(decide(&engine, &mut state, &touch), Action::Block);
    }
    assert_eq!((state.entries(), state.quarantines().count()), (2, 2));
    let program = r#"{"kind":"exec","path":"/usr/bin/id","process":{"path":"/usr/bin/node"}}"#;
    let ids: Vec<[u8; 16]> = state.quarantines().map(|one| one.id).collect();
    for id in ids {
        assert_eq!(decide(&engine, &mut state, program), Action::Block);
        assert!(state.release(&id));
    }
    assert_eq!(decide(&engine, &mut state, program), Action::Allow);
}

#[test]
fn a_trace_of_unknown_beginning_ends_with_whom_it_leads_to() {
    let engine = engine("{ for: 1h }");
    let mut state = State::new(vec![0; 1 << 14], [7; 16]).unwrap();
    let touch = |time: &str| {
        format!(
            r#"{{"kind":"credential","name":"K","process":{{"pid":7,"path":"/usr/bin/node"}}{time}}}"#
        )
    };
    assert_eq!(decide(&engine, &mut state, &touch("")), Action::Block);
    let id = state.quarantines().next().unwrap().id;
    assert!(state.release(&id));
    assert_eq!(decide(&engine, &mut state, &touch(r#","time":1000"#)), Action::Block);
    for (time, want) in [(3_600_999, Action::Block), (3_601_000, Action::Allow)] {
        for process in [r#"{"pid":7}"#, r#"{"path":"/usr/bin/node"}"#, "{}"] {
            let act = format!(
                r#"{{"kind":"exec","path":"/usr/bin/id","process":{process},"time":{time}}}"#
            );
            assert_eq!(decide(&engine, &mut state, &act), want, "{act}");
        }
    }
}

#[test]
fn a_flood_of_touches_never_goes_unnoticed() {
    let engine = engine("{ actor: process }");
    let mut state = State::new(vec![0; 1 << 14], [7; 16]).unwrap();
    let mut overload = false;
    for pid in 0..2_000 {
        let touch = format!(r#"{{"kind":"credential","name":"K","process":{{"pid":{pid}}}}}"#);
        let mut buffer = EventBuf::default();
        buffer.read(touch.as_bytes());
        overload |= buffer.with_event(|event| engine.decide_with(&mut state, event).overload);
    }
    assert!(overload && state.forgotten() > 0);
}

#[test]
fn another_honeypot_drops_the_quarantines_of_the_one_before() {
    let (first, second) = (engine("{ for: 1h }"), engine("{ for: 2h }"));
    let mut state = State::new(vec![0; 1 << 14], [7; 16]).unwrap();
    decide(&first, &mut state, r#"{"kind":"credential","name":"K","process":{"pid":7}}"#);
    assert_eq!(first.adopt(&mut state), 0);
    assert_eq!(second.adopt(&mut state), 1);
    assert_eq!(state.quarantines().count(), 0);
}

#[test]
fn a_honeypot_that_says_the_same_in_another_order_releases_nobody() {
    let blocks = [
        "{}",
        "{ block: [dns, network, exec] }",
        "{ actor: process, block: [network, exec, dns] }",
    ];
    let first = engine(blocks[0]);
    let mut state = State::new(vec![0; 1 << 14], [7; 16]).unwrap();
    decide(&first, &mut state, r#"{"kind":"credential","name":"K","process":{"pid":7}}"#);
    for other in blocks {
        let other = engine(other);
        assert_eq!(other.adopt(&mut state), 0);
        let act = r#"{"kind":"exec","path":"/usr/bin/id","process":{"pid":7},"time":6}"#;
        assert_eq!(decide(&other, &mut state, act), Action::Block);
    }
    assert_eq!(engine("{ block: [dns, network] }").adopt(&mut state), 1);
}
