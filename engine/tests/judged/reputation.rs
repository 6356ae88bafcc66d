//! Large public feeds: a million look-ups and the connections of real
//! workloads, every decision the oracle's, and no excepted name blocked.
//!
//! The feeds are not part of the project; without them beside the repository
//! the test says `skipped`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::oracle::{Contents, Oracle};
use wardline::json::EventBuf;
use wardline::{
    Action, Activity, Address, Binding, Compiler, Direction, Dns, Engine, Event, Fail, Format,
    Mode, Network, Platform,
};

const LOOK_UPS: usize = 1_000_000;

#[test]
fn every_look_up_is_decided_as_the_oracle_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/policies");
    let path = root.join("reputation.yaml");
    let text = fs::read(&path).unwrap();
    let (policy, _) = wardline::policy::parse("reputation.yaml", &text, Format::Yaml).unwrap();
    let mut contents = Contents::new();
    for list in &policy.lists {
        let Ok(file) = fs::read(root.join(&list.definition.file.text)) else {
            println!("skipped: no lists beside the repository");
            return;
        };
        let text = if list.definition.file.text.ends_with(".zst") {
            zstd::decode_all(&file[..]).unwrap()
        } else {
            file
        };
        let key = (policy.name.text.clone(), list.name.text.clone());
        contents.insert(key, String::from_utf8(text).unwrap());
    }
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.add(policy.clone());
    for ((policy, list), text) in &contents {
        compiler.list(policy, list, text.as_str());
    }
    let bundle = compiler.build().unwrap();
    let used: usize = bundle.report.lists.iter().map(|list| list.used).sum();
    println!("{} bytes for {used} lines", bundle.bytes.len());
    // Twelve bytes a line: the tables of names and of connections are shared.
    assert!(bundle.bytes.len() < used * 12);

    let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();
    let policies = [policy];
    let oracle = Oracle::new(&policies, &contents, &[], Fail::Closed, Mode::Enforce);
    let lines = |list: &str| -> Vec<&str> {
        let text = &contents[&("reputation".to_owned(), list.to_owned())];
        text.lines().collect()
    };
    let pools = Pools {
        names: [lines("malware"), lines("phishing")].concat(),
        top: lines("top-names"),
        addresses: [lines("ipsum"), lines("inbound"), lines("cloud"), lines("public-dns")].concat(),
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| look_up(&engine, &oracle, &pools, 1));
        let counts = [look_up(&engine, &oracle, &pools, 0), other.join().unwrap()];
        // Listed names and addresses came up, and others.
        let blocked: usize = counts.iter().sum();
        assert!((LOOK_UPS / 4..LOOK_UPS * 3 / 4).contains(&blocked), "{blocked} blocked");
    });
    for name in &pools.top {
        let dns = Dns { name: name.as_bytes(), answers: &[], cnames: &[] };
        let decision = engine.decide(&Event::new(Activity::Dns(dns)));
        let control = decision.rule.and_then(|rule| engine.rule(rule)).map(|rule| rule.control);
        assert_ne!(control.map(|control| control.as_str()), Some("dns_ip_reputation"), "{name}");
    }
    connections(&engine, &oracle);
}

/// What look-ups are made of.
struct Pools<'t> {
    names: Vec<&'t str>,
    top: Vec<&'t str>,
    addresses: Vec<&'t str>,
}

/// Half of the look-ups; how many are blocked.
fn look_up(engine: &Engine<Vec<u8>>, oracle: &Oracle<'_>, pools: &Pools<'_>, seed: u64) -> usize {
    let mut state = seed;
    let mut below = move |bound: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z ^ (z >> 29)) % bound as u64) as usize
    };
    let mut blocked = 0;
    for _ in 0..LOOK_UPS / 2 {
        let pool = if below(3) == 0 { &pools.top } else { &pools.names };
        let mut name = pool[below(pool.len())].to_owned();
        match below(4) {
            0 => name.insert_str(0, "www."),
            1 => name.insert(0, 'x'),
            _ => {}
        }
        let listed = pools.addresses[below(pools.addresses.len())];
        let listed = listed.split('/').next().unwrap().as_bytes();
        let ip = match below(6) {
            0 => Address::V4((below(1 << 32) as u32).to_be_bytes()),
            1 => Address::V6(carrying(listed)),
            _ => Address::Text(listed),
        };
        let port = [None, Some(443), Some(3333)][below(3)];
        let denied = if below(2) == 0 {
            let answers = [ip];
            let answers = if below(4) == 0 { &answers[..] } else { &[] };
            let dns = Dns { name: name.as_bytes(), answers, cnames: &[] };
            is_blocked(engine, oracle, &Event::new(Activity::Dns(dns)))
        } else {
            let network = Network {
                direction: Direction::Outbound,
                ip: Some(ip),
                domain: (below(4) == 0).then_some(name.as_bytes()),
                port,
                protocol: None,
            };
            is_blocked(engine, oracle, &Event::new(Activity::Network(network)))
        };
        blocked += usize::from(denied);
    }
    blocked
}

/// The NAT64 address of an IPv4 address; some IPv6 address otherwise.
fn carrying(text: &[u8]) -> [u8; 16] {
    let text = str::from_utf8(text).unwrap();
    match text.parse() {
        Ok(std::net::IpAddr::V4(ip)) => {
            let mut octets = "64:ff9b::".parse::<std::net::Ipv6Addr>().unwrap().octets();
            octets[12..].copy_from_slice(&ip.octets());
            octets
        }
        Ok(std::net::IpAddr::V6(ip)) => ip.octets(),
        Err(_) => [0; 16],
    }
}

/// Whether an event is blocked, once engine and oracle agree on it.
fn is_blocked(engine: &Engine<Vec<u8>>, oracle: &Oracle<'_>, event: &Event<'_>) -> bool {
    let decision = engine.decide(event);
    let expected = oracle.decide(event);
    let rule = decision.rule.and_then(|rule| engine.rule(rule));
    let control = rule.map(|rule| rule.control.as_str());
    assert_eq!(decision.action, expected.action, "{event:?}");
    assert_eq!(decision.reason.as_str(), expected.reason, "{event:?}");
    assert_eq!(control, expected.rule.as_ref().map(|(_, control)| control.as_str()), "{event:?}");
    assert_eq!(decision.matched as usize, expected.matched.len(), "{event:?}");
    decision.action == Action::Block
}

/// The connections and look-ups of real workloads: one goes to a miner's port.
fn connections(engine: &Engine<Vec<u8>>, oracle: &Oracle<'_>) {
    let traces = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/traces/linux");
    let mut files: Vec<PathBuf> =
        fs::read_dir(traces).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".events.jsonl.zst"));
    files.sort();
    let mut blocked: BTreeMap<String, usize> = BTreeMap::new();
    let mut buffer = EventBuf::default();
    for path in files {
        let text = zstd::decode_all(fs::File::open(path).unwrap()).unwrap();
        for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            buffer.read(line);
            buffer.with_event(|event| {
                if let Activity::Network(network) = &event.activity
                    && is_blocked(engine, oracle, event)
                {
                    *blocked.entry(format!("port {:?}", network.port)).or_default() += 1;
                }
            });
        }
    }
    assert_eq!(blocked, BTreeMap::from([("port Some(3333)".to_owned(), 1)]));
}
