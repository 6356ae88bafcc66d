//! Random controls on, and events about, connections, look-ups, logins,
//! accounts, the system and malware: events as lines of JSON.

use serde_json::{Map, Value, json};

use super::{PATHS, PROGRAMS, Random};

/// The controls whose fields are made here.
pub const CONTROLS: &[&str] = &[
    "network_block",
    "dns_ip_reputation",
    "block_cryptocurrency_mining",
    "reverse_shell_block",
    "os_users_and_groups_allowed",
    "os_users_and_groups_blocked",
    "system_integrity_monitoring",
    "realtime_malware_protection",
    "brute_force_login_detection",
    // Twice: it needs many events before it says anything.
    "port_scan_detection",
    "port_scan_detection",
    "honeypot",
];

const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.3",
    "93.184.216.0/24",
    "93.184.216.34",
    "0.0.0.0/0",
    "11.0.0.0/9",
    "::/0",
    "2a00::/16",
    "2a00::1",
    "64:ff9b::/96",
    "fe80::/10",
];
const DOMAINS: &[&str] = &[
    "a.example",
    "*.a.example",
    ".b.example",
    "example",
    "*.example",
    "2miners.com",
    "b\u{fc}cher.example",
    "x.b.a.example",
];
const GROUPS: &[&str] = &["staff", "ops", "gid:7", "gid:100", "root"];
const USERS: &[&str] = &["alice", "root", "bob", "uid:0", "uid:1000"];

/// The lists that every policy with a control on peers declares.
pub fn lists() -> Value {
    json!({
        "names": { "format": "domains", "text": "b.example\na.example # x\n\na..b\n*.c.example" },
        "exact": { "format": "domains", "match": "exact", "text": "a.example\nx.a.example" },
        "hosts": { "format": "hosts", "text": "0.0.0.0 x.a.example localhost\n::1 c.example" },
        "nets": { "format": "networks", "text": "93.184.0.0/15\n10.1.2.3/8\n2a00::/20\n::ffff:11.0.0.0/104" },
        "ends": { "format": "endpoints", "text": "93.184.216.34:80\n10.1.2.3:80\n[2a00::1]:3333\n11.1.1.1" },
        "good": { "format": "networks", "text": "93.184.216.34\n10.1.0.0/16" },
    })
}

/// The fields of a control.
pub fn control(random: &mut Random, name: &str) -> Value {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Vec<String>| {
        if !value.is_empty() {
            fields.insert(key.into(), json!(value));
        }
    };
    match name {
        "network_block" => {
            let kinds = random.below(7) + 1;
            if kinds & 1 != 0 {
                put("networks", random.at_least_one(NETWORKS, 3));
            }
            if kinds & 2 != 0 {
                put("domains", random.at_least_one(DOMAINS, 3));
            }
            if kinds & 4 != 0 {
                put("ports", random.at_least_one(&["80-80", "3333-3334", "1-79", "100-65535"], 2));
            }
            if random.one_in(6) {
                put("presets", vec!["cloud-metadata".into()]);
            }
            if random.one_in(3) {
                put("directions", random.some(&["outbound", "inbound", "listen"], 2));
            }
            if random.one_in(3) {
                put("protocols", random.some(&["tcp", "udp", "icmp", "sctp"], 2));
            }
            put("users", random.some(USERS, 1));
            put("except_processes", random.some(PROGRAMS, 1));
        }
        "dns_ip_reputation" => {
            put("lists", random.at_least_one(&["names", "exact", "hosts", "nets", "ends"], 3));
            put("except_lists", random.some(&["exact", "good", "ends"], 1));
        }
        "block_cryptocurrency_mining" => {
            put("lists", random.some(&["names", "ends"], 1));
        }
        "os_users_and_groups_allowed" | "os_users_and_groups_blocked" => {
            put("users", random.some(USERS, 2));
            put("groups", random.at_least_one(GROUPS, 2));
        }
        "realtime_malware_protection" => {
            put("paths", random.some(PATHS, 2));
            put("except_paths", random.some(PATHS, 1));
            put("processes", random.some(PROGRAMS, 1));
        }
        "reverse_shell_block" => put("processes", random.some(&["sh", "/usr/**", "nc"], 2)),
        _ => {}
    }
    if matches!(name, "network_block" | "dns_ip_reputation" | "block_cryptocurrency_mining") {
        put("except_domains", random.some(DOMAINS, 1));
    }
    if CONTROLS[..4].contains(&name) || name == "brute_force_login_detection" {
        put("except_networks", random.some(NETWORKS, 1));
    }
    match name {
        "dns_ip_reputation" => {
            fields.insert("include_special_use".into(), json!(random.one_in(2)));
        }
        "block_cryptocurrency_mining" => {
            fields.insert("programs".into(), json!(random.one_in(2)));
        }
        "brute_force_login_detection" => {
            let key = random.pick(&["source", "user", "source_and_user"]);
            fields.insert("key".into(), json!(key));
            fields.insert("max_failures".into(), json!(1 + random.below(3)));
            fields.insert("window".into(), json!("3s"));
            if random.one_in(2) {
                fields.insert("block_for".into(), json!("2s"));
                fields.insert("cooldown".into(), json!("1s"));
            }
        }
        "port_scan_detection" => {
            fields.insert("max_ports".into(), json!(1 + random.below(2)));
            fields.insert("max_hosts".into(), json!(1));
            fields.insert("window".into(), json!(random.pick(&["1s", "2s"])));
        }
        "honeypot" => {
            fields.insert(
                "decoys".into(),
                json!([
                    { "kind": "file", "path": random.pick(&["/a/b/c", "/usr/bin/nc", "/tmp/*"]) },
                    { "kind": "environment", "name": "TOKEN", "value": "s3cr3t-value" },
                    { "kind": "domain", "name": "c.example" },
                ]),
            );
            let mut quarantine = json!({
                "actor": random.pick(&["process", "program", "source"]),
                "block": random.pick(&[&["exec"][..], &["network", "dns"], &["file", "exec"]]),
            });
            if random.one_in(2) {
                quarantine["for"] = json!("2s");
            }
            fields.insert("quarantine".into(), quarantine);
        }
        "system_integrity_monitoring" => {
            fields.insert("system_time".into(), json!(random.one_in(2)));
            fields.insert("services".into(), json!(true));
            fields.insert("audit_log".into(), json!(random.one_in(2)));
        }
        "realtime_malware_protection" => {
            let response = random.pick(&["alert", "block", "delete"]);
            fields.insert("response".into(), json!(response));
        }
        _ => {}
    }
    Value::Object(fields)
}

fn address(random: &mut Random) -> &'static str {
    const ADDRESSES: &[&str] = &[
        "10.1.2.3",
        "10.2.0.1",
        "93.184.216.34",
        "93.184.216.35",
        "11.1.1.1",
        "169.254.169.254",
        "2a00::1",
        "2a00:1::",
        "::1",
        "::",
        "::ffff:10.1.2.3",
        "64:ff9b::10.1.2.3",
        "64:ff9b::5db8:d822",
        "2002:5db8:d822::1",
        "2001:0:5db8:d822::f5fe:fdfc",
        "fe80::200:5efe:11.1.1.1%eth0",
        "1.145.37.10",
        "8.8.8.8",
    ];
    const WRONG: &[&str] = &["10.1.2", "10.01.2.3", "::g", "", "1.2.3.4%x", "0x0a.1.2.3"];
    let from = if random.one_in(12) { WRONG } else { ADDRESSES };
    from[random.below(from.len())]
}

fn domain(random: &mut Random) -> &'static str {
    const NAMES: &[&str] = &[
        "a.example",
        "A.Example.",
        "x.a.example",
        "b.example",
        "x.b.a.example",
        "c.example",
        "d.c.example",
        "eth.2miners.com",
        "B\u{dc}CHER.example",
        "xn--a\u{fc}.example",
        "localhost",
        "metadata.goog",
        "example.org",
        "example",
        "10.1.2.3",
        "93.184.216.34.",
        "1.145.37.10",
    ];
    const WRONG: &[&str] =
        &["a..example", "", ".", ".example", "a b", "a:1", "0x0a.1.2.3", "10.01.2.3", "7", "a..1"];
    let from = if random.one_in(14) { WRONG } else { NAMES };
    from[random.below(from.len())]
}

fn principal(random: &mut Random, names: &[&str]) -> Value {
    let mut fields = Map::new();
    if !random.one_in(5) {
        fields.insert("name".into(), json!(random.pick(names)));
    }
    if !random.one_in(4) {
        let id: i64 = *random.pick(&[0, 7, 100, 1000, 1000, 4_294_967_295, -1]);
        fields.insert("id".into(), json!(id));
    }
    Value::Object(fields)
}

/// An event as a line.
pub fn line(random: &mut Random) -> String {
    let kinds = [
        "network",
        "network",
        "dns",
        "dns",
        "login",
        "login",
        "exec",
        "malware",
        "system",
        "account",
        "credential",
    ];
    let kind = *random.pick(&kinds);
    let mut event = Map::new();
    event.insert("kind".into(), json!(kind));
    let mut put = |key: &str, value: Value| drop(event.insert(key.into(), value));
    match kind {
        "network" => {
            put("direction", json!(random.pick(&["outbound", "outbound", "inbound", "listen"])));
            if !random.one_in(5) {
                put("ip", json!(address(random)));
            }
            if random.one_in(2) {
                put("domain", json!(domain(random)));
            }
            if !random.one_in(6) {
                put("port", json!(random.pick(&[80, 3333, 19_335, 90, 0])));
            }
            if random.one_in(2) {
                put("protocol", json!(random.pick(&["tcp", "udp", "icmp"])));
            }
        }
        "dns" => {
            if !random.one_in(40) {
                put("name", json!(domain(random)));
            }
            let cnames: Vec<_> = (0..random.below(3)).map(|_| domain(random)).collect();
            put("cnames", json!(cnames));
            let answers: Vec<_> = (0..random.below(3)).map(|_| address(random)).collect();
            put("answers", json!(answers));
        }
        "login" => {
            if !random.one_in(4) {
                put("success", json!(random.one_in(4)));
            }
            if random.one_in(2) {
                put("source", json!(address(random)));
            }
            if random.one_in(3) {
                put("groups_complete", json!(random.one_in(2)));
            }
        }
        "exec" => {
            put(
                "path",
                json!(random.pick(&["/usr/bin/xmrig", "/usr/bin/sh", "/a/../b", "/tmp/nc"])),
            );
            put("stdio_socket", json!(random.one_in(2)));
            put("argv", json!([random.pick(&["x", "--key=s3cr3t-value"])]));
            if random.one_in(2) {
                put("ip", json!(address(random)));
            }
        }
        "malware" => put(
            "path",
            json!(random.pick(&[
                "/etc/shadow",
                "/tmp/nc",
                "/usr/bin/nc",
                "/a/b/c",
                "a",
                "/a/../b"
            ])),
        ),
        "system" => put(
            "what",
            json!(random.pick(&["time_change", "service_create", "log_clear", "log_tamper", "x"])),
        ),
        "account" => {
            put("subject", json!("user"));
            put("operation", json!("create"));
            put("name", json!(random.pick(&["eve", ""])));
        }
        _ if random.one_in(2) => put("name", json!("TOKEN")),
        _ => {}
    }
    if kind == "login" || random.one_in(2) {
        put("user", principal(random, &["alice", "root", "bob", "carol", "", "a\0"]));
    }
    if !random.one_in(3) {
        let names = ["staff", "ops", "users", ""];
        let groups: Vec<_> = (0..random.below(4)).map(|_| principal(random, &names)).collect();
        put("groups", json!(groups));
    }
    if random.one_in(2) {
        let path = random.pick(&["/usr/bin/bash", "/bin/sh", "/usr/bin/nc", "sh", "/a/../sh"]);
        let mut process = json!({ "path": path });
        if random.one_in(2) {
            process["pid"] = json!(random.below(6));
        }
        put("process", process);
    }
    if random.one_in(2) {
        let some = [0, 9_999, 10_000, 1_000, 2_500, 3_999, 12_000, 14_000, 11_000];
        put("time", json!(random.pick(&some)));
    }
    Value::Object(event).to_string()
}
