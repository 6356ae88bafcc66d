//! Brute force as others see it: the labelled log tests of the CrowdSec hub
//! that concern logins (MIT licence), through one adapter for every format.
//!
//! **The adapter** knows no product. A line is a failed login if it has a word of
//! failure and none of success; its source is the first address behind a word
//! that names a peer, else the first address of the line; its time is the first
//! stamp in a usual form, else that of the line before.
//!
//! **The policy** is one as well: the limit of the CIS benchmark for Debian 12,
//! four failures of a source within fifteen minutes; within a day where the
//! scenario is called slow or time-based. A test agrees if some source is reported
//! just when the hub's scenario overflows.
//!
//! The logs are not part of the project; without them beside the repository the
//! test says `skipped`.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use regex::Regex;
use serde_json::Value;
use wardline::{
    Action, Activity, Address, Binding, Compiler, Engine, Event, Format, Login, Platform, State,
};

/// Where the hub overflows and we do not report, or the other way round.
const OTHERWISE: &[(&str, &str)] = &[
    ("apiscp-bf", "the log has no word of failure: every POST to the login page counts"),
    ("cowrie_telnet-bf", "a honeypot: every connection counts, no login is in the log"),
    ("postfix-sasl-bf", "three failures overflow"),
    ("sshesame", "a honeypot: logins that it accepts count"),
];

#[test]
fn logins_are_judged_as_the_hub_does() {
    let path = "../../shared/data/traces/login/crowdsec_hub_tests.json";
    let Ok(text) = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)) else {
        println!("skipped: no log tests beside the repository");
        return;
    };
    let tests: Value = serde_json::from_slice(&text).unwrap();
    let tests = tests.as_array().unwrap();
    assert_eq!(tests.len(), 94);
    let adapter = Adapter::new();
    let (ordinary, slow) = (engine("15m"), engine("1d"));
    let (mut agreed, mut about, mut otherwise, mut others) = (0, 0, Vec::new(), Vec::new());
    for test in tests {
        let name = test["test"].as_str().unwrap();
        let scenarios: Vec<&str> =
            test["scenarios"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let counts = ["bf", "brute", "enum"];
        if !scenarios.iter().any(|scenario| counts.iter().any(|word| scenario.contains(word))) {
            others.push(name);
            continue;
        }
        about += 1;
        let is_slow =
            |scenario: &&str| scenario.contains("slow") || scenario.contains("time-based");
        let engine = if scenarios.iter().any(is_slow) { &slow } else { &ordinary };
        let reported = reports(engine, &adapter, test["log"].as_str().unwrap());
        let overflows = test["n_overflows"].as_u64().unwrap_or(0) > 0;
        if reported == overflows {
            agreed += 1;
        } else {
            otherwise.push(name);
        }
    }
    println!("{agreed} of {about} about failed logins agree; {} are about others", others.len());
    let listed: Vec<&str> = OTHERWISE.iter().map(|(name, _)| *name).collect();
    assert_eq!(otherwise, listed, "the list of those that do not agree is exact");
    assert!(agreed * 100 >= about * 85, "{agreed} of {about}");
    // What those others are: no failed logins, or tests of a parser alone.
    let listed: Vec<&str> = NOT_ABOUT_FAILED_LOGINS.iter().map(|(name, _)| *name).collect();
    assert_eq!(others, listed);
}

/// Tests without a scenario, which are of a parser alone, or with one about
/// something else; what that is.
const NOT_ABOUT_FAILED_LOGINS: &[(&str, &str)] = &[
    ("auditd-base64-exec", "programs"),
    ("auditd-postexploit-exec-from-net", "programs"),
    ("auditd-postexploit-rm", "programs"),
    ("auditd-suid-crash", "programs"),
    ("http-wordpress-scan", "paths that are looked for"),
    ("http-wordpress_wpconfig", "paths that are looked for"),
    ("mysql-logs", "parser"),
    ("sftpgo-impossible-travel", "successful logins from far apart"),
    ("smb-logs", "parser"),
    ("ssh-generic-test", "one line that any installation is tested with"),
    ("sshd-logs", "parser"),
    ("sshd-logs-fp", "parser"),
    ("sshd-success-logs", "parser"),
    ("synology-dsm-bf", "parser"),
    ("teleport-impossible-travel", "successful logins from far apart"),
    ("windows-logs", "parser"),
];

fn engine(window: &str) -> Engine<Vec<u8>> {
    let policy = format!(
        "{{\"wardline\":1,\"kind\":\"host\",\"name\":\"logins\",\"platform\":\"linux\",\"mode\":\"audit\",\
         \"controls\":{{\"brute_force_login_detection\":{{\"max_failures\":4,\"window\":\"{window}\"}}}}}}"
    );
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("logins.json", policy.as_bytes(), Format::Json).unwrap();
    Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
}

/// Whether some source of a log is reported.
fn reports(engine: &Engine<Vec<u8>>, adapter: &Adapter, log: &str) -> bool {
    let mut state = State::new(vec![0; 1 << 18], [7; 16]).unwrap();
    let mut time = 0;
    let mut reported = false;
    for line in log.lines() {
        time = adapter.time(line).unwrap_or(time);
        if !adapter.is_failure(line) {
            continue;
        }
        let source = adapter.source(line).map(|source| source.to_string());
        let source = source.as_ref().map(|source| Address::Text(source.as_bytes()));
        let login = Login { source, success: Some(false), groups_complete: true };
        let event = Event { time: Some(time), ..Event::new(Activity::Login(login)) };
        reported |= engine.decide_with(&mut state, &event).action != Action::Allow
            && state.alert().is_some();
    }
    reported
}

/// Reads logs.
struct Adapter {
    failure: Regex,
    success: Regex,
    peer: Regex,
    address: Regex,
    iso: Regex,
    web: Regex,
    syslog: Regex,
    epoch: Regex,
}

impl Adapter {
    fn new() -> Adapter {
        let regex = |text: &str| Regex::new(text).unwrap();
        Adapter {
            failure: regex(
                r"(?i)fail|invalid|incorrect|wrong|unsuccessful|not found|no_such_user|unauthorized|denied|rejected|no such user|bad (login|password|credentials)|\b401\b|\b4625\b|disconnected from (authenticating|invalid) user|connection (closed|reset) by authenticating",
            ),
            success: regex(
                r#"(?i)accepted|logged in with|login success|authentication succe|"success":\s?true"#,
            ),
            peer: regex(
                r#"(?i)(rhost|remote_?ip|remote_?addr(ess)?|client_?ip|real_?ip|source_?ip(address)?|src_?ip|oip|rip|ip[-_ ]?address|\bip|\bfrom|client|remote|peer)["']?\s*[:=>\[ (]+\s*["'\[(<]*(ipv[46][:/](udp/|tcp/)?)?"#,
            ),
            address: regex(r"[0-9a-fA-F:]*(\d{1,3}(\.\d{1,3}){3}|:[0-9a-fA-F]+)"),
            iso: regex(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)"),
            web: regex(r"(\d\d)/([A-Z][a-z]{2})/(\d{4})[: ](\d\d):(\d\d):(\d\d)"),
            syslog: regex(r"\b([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)"),
            epoch: regex(r"\b(1[4-9]\d{8})(\d{3})?\b"),
        }
    }

    fn is_failure(&self, line: &str) -> bool {
        self.failure.is_match(line) && !self.success.is_match(line)
    }

    fn source(&self, line: &str) -> Option<IpAddr> {
        let behind = |text: &str| {
            let found = self.address.find(text).filter(|found| found.start() == 0)?;
            parsed(found.as_str())
        };
        let named = self.peer.find_iter(line).find_map(|peer| behind(&line[peer.end()..]));
        named.or_else(|| self.address.find_iter(line).find_map(|found| parsed(found.as_str())))
    }

    /// Milliseconds; without a year or a zone some fixed one, for only
    /// differences count.
    fn time(&self, line: &str) -> Option<u64> {
        let month = |name: &str| {
            let names = "JanFebMarAprMayJunJulAugSepOctNovDec";
            names.find(name).map(|at| at as u64 / 3 + 1)
        };
        if let Some(stamp) = self.iso.captures(line) {
            let [y, mo, d, h, m, s] = stamp.extract().1.map(number);
            return Some(milliseconds(y, mo, d, h, m, s));
        }
        if let Some(stamp) = self.web.captures(line)
            && let Some(mo) = month(&stamp[2])
        {
            let [d, y, h, m, s] = [1, 3, 4, 5, 6].map(|group| number(&stamp[group]));
            return Some(milliseconds(y, mo, d, h, m, s));
        }
        if let Some(stamp) = self.syslog.captures(line)
            && let Some(mo) = month(&stamp[1])
        {
            let [d, h, m, s] = [2, 3, 4, 5].map(|group| number(&stamp[group]));
            return Some(milliseconds(2024, mo, d, h, m, s));
        }
        self.epoch.captures(line).map(|stamp| number(&stamp[1]) * 1_000)
    }
}

/// An address, also one with a port behind it.
fn parsed(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.rsplit_once(':')?.0.parse().ok())
}

fn number(digits: &str) -> u64 {
    digits.parse().unwrap()
}

/// Days from civil, after Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms".
fn milliseconds(y: u64, month: u64, day: u64, h: u64, m: u64, s: u64) -> u64 {
    let y = if month <= 2 { y - 1 } else { y };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719_468;
    ((days * 24 + h) * 60 + m) * 60_000 + s * 1_000
}
