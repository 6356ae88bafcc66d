//! Policies and events put together from small pools, as the input chooses.

use serde_json::Value;
use wardline::json::EventBuf;
use wardline::{Event, Fail, Mode, Platform, State};

use crate::agree::{Both, Compiled, compile};
use crate::oracle::{Answer, Memory};
use crate::random::{self, Random};

/// Up to three Linux policies and up to sixteen events, decided in turn by an
/// engine with a state and by the oracle: they agree, and so do explanations.
pub fn decide(data: &[u8]) {
    let mut random = Random::chosen_by(data);
    let texts: Vec<Value> = (0..1 + random.below(3))
        .map(|index| random::policy(&mut random, &format!("p{index}")))
        .collect();
    let Ok(compiled) = compile(Platform::Linux, &texts) else { return };
    let fail = *random.pick(&[Fail::Closed, Fail::Open]);
    let mode_cap = *random.pick(&[Mode::Enforce, Mode::Audit]);
    let both = Both::bound(&compiled, TARGET, &[], fail, mode_cap);
    let mut pair = OverTime::new(&both, &compiled);
    for _ in 0..16 {
        if random.one_in(2) {
            random::event(&mut random).with(|event| pair.decide(event));
        } else {
            let line = random::line::line(&mut random);
            pair.read(&line);
        }
        if !random.has_choices() {
            break;
        }
    }
}

/// As [`decide`], on Windows.
pub fn decide_windows(data: &[u8]) {
    let mut random = Random::chosen_by(data);
    let texts: Vec<Value> = (0..1 + random.below(2))
        .map(|index| random::windows::policy(&mut random, &format!("p{index}")))
        .collect();
    let Ok(compiled) = compile(Platform::Windows, &texts) else { return };
    let both = Both::bound(&compiled, TARGET, VOLUMES, Fail::Closed, Mode::Enforce);
    let mut pair = OverTime::new(&both, &compiled);
    for _ in 0..16 {
        let line = random::windows::line(&mut random);
        pair.read(&line);
        if !random.has_choices() {
            break;
        }
    }
}

/// Both sides, and what each remembers.
struct OverTime<'b, 'c> {
    both: &'b Both<'c>,
    compiled: &'c Compiled,
    state: State<Vec<u8>>,
    memory: Memory,
    buffer: EventBuf,
}

impl<'b, 'c> OverTime<'b, 'c> {
    fn new(both: &'b Both<'c>, compiled: &'c Compiled) -> Self {
        OverTime {
            both,
            compiled,
            state: State::new(vec![0; 1 << 16], [7; 16]).expect("room enough"),
            memory: Memory::default(),
            buffer: EventBuf::default(),
        }
    }

    fn read(&mut self, line: &str) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.read(line.as_bytes());
        buffer.with_event(|event| self.decide(event));
        self.buffer = buffer;
    }

    fn decide(&mut self, event: &Event<'_>) {
        let engine = &self.both.engine;
        if !engine.needs_state() {
            self.both.decide(event);
        }
        let decision = engine.decide_with(&mut self.state, event);
        let expected = self.both.oracle.decide_with(&mut self.memory, event);
        let mut found = Answer::of(engine, event, &decision);
        if engine.needs_state() {
            // What rules over time match is in no list, only in the count.
            assert_eq!(decision.matched as usize, expected.matched.len(), "{event:?}");
            found.matched.clone_from(&expected.matched);
        }
        assert_eq!(found, expected, "engine, oracle\n{:#?}\n{event:?}", self.compiled.policies);
    }
}

const TARGET: &[(&str, &str)] = &[("host.name", "web-1"), ("os.type", "linux")];
const VOLUMES: &[(&str, &str)] =
    &[(r"\Device\HarddiskVolume2", "C:"), (r"\\?\Volume{1}\", r"D:\data")];
