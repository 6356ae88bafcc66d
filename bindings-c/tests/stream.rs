//! 100,000 events, right and wrong ones of every kind, with a state: the C interface
//! decides each as the core does – as a line, as a struct, and in batches.

mod c_program;

use serde_json::{Map, Value, json};
use wardline::json::EventBuf;
use wardline::{Binding, Compiler, Engine, Format, Platform, Reason, SharedState};
use wardline_c::decision::wardline_decision;

const COUNT: usize = 100_000;

const POLICY: &str = r#"
wardline: 1
kind: host
name: all
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow, id_rsa, /srv/geheim], except_users: ["uid:0"] }
  read_only_files: { paths: [/usr/bin], except_processes: [/usr/bin/dpkg] }
  file_integrity_monitoring: { operations: [create, modify, delete], paths: ["/etc/**"] }
  executables_blocked: { executables: [xmrig, "/tmp/**"] }
  fileless_execution_block: {}
  reverse_shell_block: {}
  network_block: { networks: [203.0.113.0/24, "2001:db8::/32"], domains: [.evil.example, "bücher.example"], ports: [23] }
  os_users_and_groups_blocked: { users: [mallory, "uid:666"], groups: [wheel] }
  brute_force_login_detection: { max_failures: 3, window: 10s, block_for: 1m }
  port_scan_detection: { max_ports: 5, window: 1m }
  forensics: { os_user_activity: true, user_account_management: true, failed_logins: true }
  system_integrity_monitoring: { system_time: true, services: true, audit_log: true }
  realtime_malware_protection: { response: delete }
"#;

#[test]
fn is_decided_as_the_core_decides_it() {
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("all.yaml", POLICY.as_bytes(), Format::Yaml).unwrap();
    let bundle = compiler.build().unwrap().bytes;
    let core = Engine::load(bundle.clone(), &Binding::default()).unwrap();
    let memory = SharedState::new(1 << 20, 1, [7; 16]).unwrap();
    let engine = c_program::load(&bundle, &c_program::binding());
    let states: Vec<_> = (0..3).map(|_| c_program::state(1 << 20, 1)).collect();

    let mut stream = Stream { state: 20_261_124, time: 1_793_750_400_000 };
    let (mut structs, mut actions, mut batch) = (0, [0; 4], Vec::new());
    let mut wanted_of_batch = Vec::new();
    for index in 0..COUNT {
        let event = Value::Object(stream.event());
        let line = event.to_string();
        let mut buffer = EventBuf::default();
        buffer.read(line.as_bytes());
        let (decision, alert) = buffer.with_event(|event| memory.decide(&core, event));
        let wanted = words(&decision, alert);
        let found = of_c(&c_program::decide_json(&engine, Some(&states[0]), line.as_bytes()));
        assert_eq!(found, wanted, "event {index} as JSON: {line}");
        actions[found[0] as usize] += 1;

        // What has no struct is remembered by the states all the same.
        if let Some(event) = c_program::event(&event) {
            structs += 1;
            let found = of_c(&c_program::decide(&engine, Some(&states[1]), &event));
            assert_eq!(found, wanted, "event {index} as a struct: {line}");
            batch.push(event);
            wanted_of_batch.push((wanted, line));
        } else {
            flush(&engine, &states[2], &mut batch, &mut wanted_of_batch);
            for state in &states[1..] {
                c_program::decide_json(&engine, Some(state), line.as_bytes());
            }
        }
        if batch.len() == 1000 {
            flush(&engine, &states[2], &mut batch, &mut wanted_of_batch);
        }
    }
    flush(&engine, &states[2], &mut batch, &mut wanted_of_batch);
    // A stream of which all is decided alike would show nothing.
    assert!(actions[1..].iter().all(|&count| count > COUNT / 50), "{actions:?}");
    assert!(structs > COUNT / 2, "{structs}");
    println!("{COUNT} events, {structs} of them as structs: {actions:?}");
}

fn flush(
    engine: &c_program::Owned<wardline_c::engine::wardline_engine>,
    state: &c_program::Owned<wardline_c::state::wardline_state>,
    batch: &mut Vec<wardline_c::event::wardline_event<'static>>,
    wanted: &mut Vec<([u32; 10], String)>,
) {
    for (found, (wanted, line)) in
        c_program::decide_batch(engine, Some(state), batch).iter().zip(wanted.drain(..))
    {
        assert_eq!(of_c(found), wanted, "in a batch: {line}");
    }
    batch.clear();
}

/// All that a decision says, in numbers.
fn words(decision: &wardline::Decision, alert: Option<wardline::Alert>) -> [u32; 10] {
    let (reason, code) = match decision.reason {
        Reason::NoMatch => (1, 0),
        Reason::Matched => (2, 0),
        Reason::Quarantined => (3, 0),
        Reason::InvalidEvent(code) => (4, code as u32),
        other => panic!("{other:?}"),
    };
    [
        decision.action as u32 + 1,
        decision.intent as u32 + 1,
        reason,
        code,
        decision.rule.map_or(u32::MAX, |rule| rule.number()),
        decision.matched,
        decision.remediation as u32 + 1,
        alert.map_or(u32::MAX, |alert| alert.rule.number()),
        alert.map_or(0, |alert| alert.count),
        alert.map_or(0, |alert| alert.others.into()),
    ]
}

fn of_c(decision: &wardline_decision) -> [u32; 10] {
    [
        decision.action,
        decision.intent,
        decision.reason,
        decision.code,
        decision.rule,
        decision.matched,
        decision.remediation,
        decision.alert_rule,
        decision.alert_count,
        decision.alert_others,
    ]
}

/// The same events every time.
struct Stream {
    state: u32,
    time: u64,
}

impl Stream {
    fn below(&mut self, below: u32) -> u32 {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(self.state) * u64::from(below)) >> 32) as u32
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u32) as usize].clone()
    }

    fn name(&mut self) -> Value {
        let numbered = format!("/home/u{}/f{}", self.below(50), self.below(9));
        self.pick(&[
            json!("/etc/shadow"),
            json!("/etc//./shadow"),
            json!("/tmp/x"),
            json!("/usr/bin/nc"),
            json!("/home/a/id_rsa"),
            json!("/srv/geheim/ä"),
            json!("x"),
            json!(""),
            json!("/a/../b"),
            json!("/proc/self/root/etc/shadow"),
            json!(numbered),
            json!("memfd:x"),
            json!("/etc/motd"),
            json!("/tmp/😀"),
            json!({ "hex": "2f746d702fff" }),
            json!({ "hex": "zz" }),
        ])
    }

    fn host(&mut self) -> Value {
        let numbered = format!("h{}.example", self.below(99));
        self.pick(&[
            json!("evil.example"),
            json!("a.evil.example"),
            json!("BÜCHER.example"),
            json!("xn--bcher-kva.example"),
            json!("a..b"),
            json!("ok.example"),
            json!(numbered),
            json!(""),
        ])
    }

    fn address(&mut self) -> Value {
        let numbered = format!("198.51.100.{}", self.below(255));
        self.pick(&[
            json!("203.0.113.7"),
            json!("::ffff:203.0.113.7"),
            json!("2001:db8::1"),
            json!("10.0.0.1"),
            json!("010.0.0.1"),
            json!("x"),
            json!("64:ff9b::203.0.113.9"),
            json!(numbered),
        ])
    }

    fn user(&mut self) -> Value {
        self.pick(&[
            json!({ "name": "root", "id": 0 }),
            json!({ "name": "mallory" }),
            json!({ "id": 666 }),
            json!({ "id": -1 }),
            json!({ "id": 1u64 << 40 }),
            json!({ "name": "" }),
            json!({}),
            json!({ "nam": "x" }),
            json!({ "id": 1.5 }),
            json!({ "sid": "S-1-5-18" }),
        ])
    }

    fn process(&mut self) -> Value {
        let pid = self.below(500);
        self.pick(&[
            json!({ "path": "/usr/bin/dpkg" }),
            json!({ "path": "/usr/bin/bash", "pid": pid }),
            json!({ "path": "x" }),
            json!({ "pid": -1 }),
            json!({ "argv": ["a", "b"] }),
            json!({}),
            json!([]),
        ])
    }

    fn groups(&mut self) -> Value {
        self.pick(&[
            json!([{ "name": "wheel" }]),
            json!([{ "id": 27 }, { "name": "users" }]),
            json!([]),
            json!(["wheel"]),
            json!([{ "id": "x" }]),
        ])
    }

    /// Puts a member in, one time in `chance`.
    fn maybe(
        &mut self,
        event: &mut Map<String, Value>,
        name: &str,
        chance: u32,
        value: impl Fn(&mut Stream) -> Value,
    ) {
        if self.below(chance) == 0 {
            let value = value(self);
            event.insert(name.to_owned(), value);
        }
    }

    fn event(&mut self) -> Map<String, Value> {
        let kinds = [
            "file",
            "exec",
            "network",
            "dns",
            "login",
            "account",
            "registry",
            "system",
            "malware",
            "credential",
            "socket",
            "file",
            "exec",
            "network",
            "file",
            "exec",
            "login",
        ];
        let kind = self.pick(&kinds);
        let mut event = Map::new();
        event.insert("kind".into(), json!(kind));
        let e = &mut event;
        self.time += u64::from(self.below(2000));
        let time = self.time;
        self.maybe(e, "time", 2, |_| json!(time));
        self.maybe(e, "user", 2, Stream::user);
        self.maybe(e, "process", 2, Stream::process);
        self.maybe(e, "groups", 6, Stream::groups);
        self.maybe(e, "metadata", 9, |s| s.pick(&[json!({ "a": 1 }), json!("text"), json!(null)]));
        let word = |words: &'static [&'static str]| move |s: &mut Stream| json!(s.pick(words));
        match kind {
            "file" => {
                let words = word(&[
                    "read", "create", "modify", "delete", "rename", "link", "chmod", "truncate",
                    "execute", "reed",
                ]);
                if self.below(12) > 0 {
                    self.maybe(e, "operation", 1, words);
                }
                self.maybe(e, "path", 1, Stream::name);
                self.maybe(e, "target", 4, Stream::name);
                self.maybe(e, "requested", 4, Stream::name);
                self.maybe(e, "aliases", 8, |s| json!([s.name(), s.name()]));
                self.maybe(e, "cwd", 4, word(&["/etc", "/tmp", "x"]));
                self.maybe(e, "mode", 8, |s| json!(s.below(4096)));
                self.maybe(e, "truncated", 16, |s| s.pick(&[json!(true), json!(false), json!(1)]));
                self.maybe(e, "deleted", 16, |_| json!(true));
                self.maybe(e, "root", 16, |_| json!("/srv"));
            }
            "exec" => {
                self.maybe(e, "path", 1, Stream::name);
                self.maybe(e, "requested", 4, Stream::name);
                self.maybe(e, "argv", 3, |s| json!(vec!["x"; s.below(40) as usize]));
                self.maybe(e, "script", 8, Stream::name);
                self.maybe(e, "cwd", 4, |_| json!("/tmp"));
                self.maybe(e, "memfd", 9, |s| json!(s.below(2) == 0));
                self.maybe(e, "stdio_socket", 9, |_| json!(true));
                self.maybe(e, "ip", 8, Stream::address);
                self.maybe(e, "sha256", 9, |s| json!(s.pick(&["a".repeat(64), "x".into()])));
                self.maybe(e, "pth", 30, |_| json!("x"));
            }
            "network" => {
                self.maybe(e, "direction", 1, word(&["outbound", "inbound", "listen", "up"]));
                self.maybe(e, "ip", 2, Stream::address);
                self.maybe(e, "domain", 3, Stream::host);
                self.maybe(e, "port", 2, |s| {
                    let any = s.below(65_536);
                    s.pick(&[
                        json!(23),
                        json!(443),
                        json!(any),
                        json!(65_536),
                        json!(-1),
                        json!("23"),
                    ])
                });
                self.maybe(e, "protocol", 3, word(&["tcp", "udp", "TCP"]));
            }
            "dns" => {
                self.maybe(e, "name", 1, Stream::host);
                self.maybe(e, "answers", 3, |s| json!([s.address(), s.address()]));
                self.maybe(e, "cnames", 4, |s| json!([s.host()]));
            }
            "login" => {
                self.maybe(e, "source", 2, Stream::address);
                self.maybe(e, "success", 1, |s| {
                    s.pick(&[json!(true), json!(false), json!(false), json!("no")])
                });
                self.maybe(e, "groups_complete", 5, |s| json!(s.below(2) == 0));
            }
            "account" => {
                self.maybe(e, "subject", 1, word(&["user", "group"]));
                self.maybe(e, "operation", 2, word(&["create", "delete", "x"]));
                self.maybe(e, "name", 2, |_| json!("alice"));
            }
            "registry" => {
                self.maybe(e, "operation", 1, |_| json!("read"));
                self.maybe(e, "key", 1, |_| json!("HKLM\\Software"));
                self.maybe(e, "value", 4, |_| json!(""));
            }
            "system" => {
                self.maybe(
                    e,
                    "what",
                    1,
                    word(&["time_change", "service_create", "log_clear", "x"]),
                );
                self.maybe(e, "name", 4, |_| json!("cron"));
            }
            "malware" => {
                self.maybe(e, "path", 1, Stream::name);
                self.maybe(e, "signature", 4, |_| json!("Eicar"));
            }
            "credential" => {
                self.maybe(e, "name", 2, |_| json!("AWS_SECRET"));
                self.maybe(e, "id", 2, |_| json!("AKIA"));
            }
            _ => {}
        }
        event
    }
}
