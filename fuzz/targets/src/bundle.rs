//! Bundles that may hold anything.

use std::cell::RefCell;
use std::sync::LazyLock;

use wardline::json::EventBuf;
use wardline::{Binding, Bundle, Engine, Event, Process, RuleId, State};

use crate::specimen;

/// Bytes that begin as a bundle are one, and so are the same with a checksum that
/// fits: see [`interrogate`]. Others say how a good bundle is damaged before its
/// checksum is repaired: the first byte which bundle, then three bytes each, where
/// (twice) and by what; so that what was found outlives a change of the format.
pub fn bundle(data: &[u8]) {
    match data {
        [0x89, ..] => {
            interrogate(data);
            if is_sealable(data) {
                let mut sealed = data.to_vec();
                Bundle::seal(&mut sealed);
                interrogate(&sealed);
            }
        }
        [which, damage @ ..] => {
            let all = [&specimen::LINUX, &specimen::WINDOWS, &specimen::SMALL, &specimen::SMALL];
            let good = all[usize::from(which & 3)];
            let mut bytes = good.to_vec();
            for &[low, high, by] in damage.as_chunks::<3>().0 {
                let place = usize::from(u16::from_le_bytes([low, high])) % bytes.len();
                bytes[place] ^= by;
            }
            if which & 4 != 0 {
                bytes.truncate(bytes.len() - damage.len() % bytes.len());
            }
            Bundle::seal(&mut bytes);
            interrogate(&bytes);
        }
        [] => assert!(!interrogate(data)),
    }
}

/// Whether bytes could be a bundle but for the checksum: they begin like one.
pub fn is_sealable(data: &[u8]) -> bool {
    data.len() >= 40 && data.starts_with(b"\x89WLB\r\n\x1a\n")
}

/// Loads bytes; if they load, decides about events of every kind and explains
/// each decision. Returns whether they loaded. A part of [`interrogate`] that is
/// quick enough for every bit of a bundle.
pub fn ask(bytes: &[u8]) -> bool {
    let Some(engine) = load(bytes) else { return false };
    for buffer in EVENTS.iter() {
        buffer.with_event(|event| {
            let decision = engine.decide(event);
            if let Some(rule) = decision.rule {
                engine.rule(rule);
                engine.explain(event, rule);
            }
        });
    }
    true
}

fn load(bytes: &[u8]) -> Option<Engine<&[u8]>> {
    let binding = Binding { target: Some(TARGET), volumes: VOLUMES, ..Binding::default() };
    Engine::load(bytes, &binding).ok()
}

/// Loads bytes; if they load, asks everything that can be asked, about events of
/// every kind. Returns whether they loaded.
///
/// Decisions repeat themselves; what is reported is no more than the bytes can hold; audit and status
/// events are JSON.
pub fn interrogate(bytes: &[u8]) -> bool {
    let Some(engine) = load(bytes) else { return false };
    for buffer in EVENTS.iter() {
        buffer.with_event(|event| asked(&engine, event, bytes.len()));
    }
    let reported = engine.report().count() + engine.controls().count() + engine.rules().count();
    assert!(reported <= bytes.len(), "{reported} of {} bytes", bytes.len());
    json(&engine.status(TARGET).to_string());
    engine.should_scan(b"/srv/upload", &Process::UNKNOWN);
    STATE.with_borrow_mut(|state| engine.adopt(state));
    true
}

fn asked(engine: &Engine<&[u8]>, event: &Event<'_>, size: usize) {
    let decision = engine.decide(event);
    assert_eq!(engine.decide(event), decision, "the same event");
    assert!(decision.matched as usize <= size, "more rules than bytes");
    let mut rules = [RuleId::from_number(0); 16];
    assert_eq!(engine.matches(event, &mut rules), decision.matched as usize);
    let listed = rules.iter().take(decision.matched as usize).copied();
    for rule in listed.chain(decision.rule).chain([RuleId::from_number(u32::MAX)]) {
        engine.rule(rule);
        engine.explain(event, rule);
    }
    let actor = engine.actor(&event.process, &event.user, event.groups);
    engine.decide(&Event { actor: Some(&actor), ..*event });
    json(&engine.audit(event, &decision, TARGET).to_string());
    STATE.with_borrow_mut(|state| {
        engine.decide_with(state, event);
    });
}

fn json(text: &str) {
    let read: Result<serde::de::IgnoredAny, _> = serde_json::from_str(text);
    assert!(read.is_ok(), "not JSON: {text}");
}

const TARGET: &[(&str, &str)] = &[("host.name", "web-1"), ("os.type", "linux")];
const VOLUMES: &[(&str, &str)] = &[(r"\Device\HarddiskVolume2", "C:")];

thread_local! {
    static STATE: RefCell<State<Vec<u8>>> =
        RefCell::new(State::new(vec![0; 1 << 14], [7; 16]).expect("room enough"));
}

static EVENTS: LazyLock<Vec<EventBuf>> = LazyLock::new(|| {
    let read = |line: &str| {
        let mut buffer = EventBuf::default();
        buffer.read(line.as_bytes());
        buffer
    };
    LINES.iter().map(|line| read(line)).collect()
});

/// Events of every kind, most of which a bundle made for attacks decides.
const LINES: &[&str] = &[
    r#"{"kind":"file","operation":"rename","path":"/etc//shadow","target":"/a/x/b/c.key","requested":"../id_rsa","aliases":["/srv/x"],"cwd":"/a","user":{"name":"alice","id":1000},"process":{"path":"/usr/bin/nc","pid":7},"time":5}"#,
    r#"{"kind":"file","operation":"modify","path":"C:\\Windows\\System32\\drivers\\etc\\hosts","user":{"sid":"S-1-5-18"}}"#,
    r#"{"kind":"exec","path":"/tmp/x/y/xminer","argv":["a","--key=s3cr3t-value"],"sha256":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","process":{"path":"/usr/bin/bash"},"user":{"id":0}}"#,
    r#"{"kind":"exec","path":"memfd:x","stdio_socket":true,"ip":"203.0.113.9"}"#,
    r#"{"kind":"network","direction":"outbound","ip":"64:ff9b::93.184.216.34","domain":"eth.pool.example","port":80,"protocol":"tcp","process":{"path":"/bin/sh"}}"#,
    r#"{"kind":"network","direction":"inbound","ip":"203.0.113.9","port":22,"time":6}"#,
    r#"{"kind":"dns","name":"x.A.example.","answers":["10.1.2.3","2a00::1"],"cnames":["c.example"]}"#,
    r#"{"kind":"login","user":{"name":"CORP\\alice","id":1000,"sid":"S-1-5-21-1-2-3-500"},"groups":[{"name":"staff","id":7}],"source":"203.0.113.9","success":false,"time":7}"#,
    r#"{"kind":"account","subject":"user","operation":"create","name":"eve"}"#,
    r#"{"kind":"registry","operation":"modify","key":"HKLM\\Software\\WOW6432Node\\Run","value":"x"}"#,
    r#"{"kind":"system","what":"log_clear","name":"Security"}"#,
    r#"{"kind":"malware","path":"/srv/upload/x","signature":"EICAR"}"#,
    r#"{"kind":"credential","name":"TOKEN","id":"AKIA0"}"#,
    r#"{"kind":"file","operation":"read","path":"/a/../b","usr":1}"#,
    "no event",
];
