//! Random policies and events from small pools, so that they collide.
#![allow(unreachable_pub, reason = "each test file includes this module")]

pub mod line;
pub mod windows;

use std::fmt;

use serde_json::{Map, Value, json};
use wardline::{
    Activity, Base, Event, Exec, File, FileOperation, Invalid, Kind, Principal, Process,
};

/// A generator of numbers: Steele, Lea and Flood, "Fast Splittable Pseudorandom
/// Number Generators" (2014), SplitMix64.
pub struct Random {
    state: u64,
    /// Choices that come before those of the generator, last first.
    chosen: Vec<u8>,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed, chosen: Vec::new() }
    }

    /// Chooses as these bytes say, one choice each, as long as there are some:
    /// so that a fuzzer that changes one byte changes one choice.
    #[allow(dead_code, reason = "only fuzzers choose")]
    pub fn chosen_by(bytes: &[u8]) -> Random {
        Random { state: 0, chosen: bytes.iter().rev().copied().collect() }
    }

    /// Whether choices are left.
    #[allow(dead_code, reason = "only fuzzers choose")]
    pub fn has_choices(&self) -> bool {
        !self.chosen.is_empty()
    }

    pub fn below(&mut self, bound: usize) -> usize {
        if let Some(choice) = self.chosen.pop() {
            return usize::from(choice) % bound;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    pub fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub fn one_of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Up to `most` of these, each once.
    fn some(&mut self, from: &[&str], most: usize) -> Vec<String> {
        let mut chosen: Vec<String> = Vec::new();
        for _ in 0..self.below(most + 1) {
            let one = (*self.pick(from)).to_owned();
            if !chosen.contains(&one) {
                chosen.push(one);
            }
        }
        chosen
    }

    fn at_least_one(&mut self, from: &[&str], most: usize) -> Vec<String> {
        let chosen = self.some(from, most);
        if chosen.is_empty() { vec![(*self.pick(from)).to_owned()] } else { chosen }
    }
}

pub const PATHS: &[&str] = &[
    "/etc/shadow",
    "/etc",
    "/etc/**",
    "/usr",
    "/tmp/",
    "id_rsa",
    "*.key",
    "n?",
    "/usr/*/nc",
    "/{etc,usr}/b*",
    "/{a/b,tmp/n*}",
    "/{a/,usr/b*}",
    "/[u]sr/b[i-i]n",
    "**/bin/*",
    "/etc/**/shadow",
    "/a/b/nc",
    "/srv/[a-c]*",
    "/**/a/**",
    "**/b*/nc",
    "/tmp/*/nc",
    "[!a-m]*",
    "/",
    "/a/b/**",
];
pub const PROGRAMS: &[&str] = &[
    "nc",
    "/usr/bin/nc",
    "/tmp/**",
    "/usr/**",
    "n*",
    "/a/*/sh",
    "sh",
    "**/b/*",
    "/etc/{a,b}/sh",
    "/{a/,usr/b*}",
    "x.key",
];
const USERS: &[&str] = &["alice", "root", "bob", "uid:0", "uid:1000", "uid:33"];
const DIGESTS: &[&str] = &[
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF",
];
const PRESETS: &[&str] =
    &["linux/auth-account-files", "linux/sensitive-reads", "linux/system-core-files"];
const CONTROLS: &[&str] = &[
    "file_block",
    "file_integrity_monitoring",
    "read_only_files",
    "executables_blocked",
    "executables_allowed",
    "block_malicious_executables",
    "fileless_execution_block",
    "forensics",
];

/// A policy as JSON. Entries that draw errors are left to the compiler.
pub fn policy(random: &mut Random, name: &str) -> Value {
    let function = random.one_in(3);
    let mut controls = Map::new();
    for _ in 0..1 + random.below(4) {
        let own = random.one_in(2);
        let control = *random.pick(if own { CONTROLS } else { line::CONTROLS });
        let host_only = matches!(
            control,
            "file_integrity_monitoring"
                | "forensics"
                | "os_users_and_groups_allowed"
                | "os_users_and_groups_blocked"
                | "system_integrity_monitoring"
        );
        let host_only =
            host_only || matches!(control, "brute_force_login_detection" | "port_scan_detection");
        let function_only = matches!(control, "block_malicious_executables" | "honeypot");
        if (function && !host_only) || (!function && !function_only) {
            let fields =
                if own { self::control(random, control) } else { line::control(random, control) };
            controls.insert(control.into(), fields);
        }
    }
    if controls.is_empty() {
        controls.insert("fileless_execution_block".into(), json!({}));
    }
    let mut policy = json!({
        "wardline": 1,
        "kind": if function { "function" } else { "host" },
        "name": name,
        "platform": "linux",
        "mode": random.pick(&["audit", "enforce", "enforce"]),
        "controls": controls,
        "lists": line::lists(),
    });
    if random.one_in(3) {
        policy["scope"] = json!(random.pick(&[
            "host.name == \"web-*\"",
            "host.name != \"web-1\"",
            "host.group == \"x\"",
            "!(os.type in [\"linux\", \"bsd\"]) || host.name == \"?eb-1\"",
        ]));
    }
    if random.one_in(4) {
        let window = random.pick(&["1s", "2s", "10s", "1m"]);
        policy["throttle"] = json!({ "max_alerts": 1 + random.below(3), "window": window });
    }
    if policy["mode"] == "audit" && random.one_in(3) {
        policy["enforce_after"] = json!("1970-01-01T00:00:10Z");
    }
    policy
}

fn control(random: &mut Random, name: &str) -> Value {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Vec<String>| {
        if !value.is_empty() {
            fields.insert(key.into(), json!(value));
        }
    };
    match name {
        "file_block" | "read_only_files" => {
            put("paths", random.at_least_one(PATHS, 3));
            put("except_paths", random.some(PATHS, 1));
        }
        "file_integrity_monitoring" => {
            put(
                "operations",
                random.at_least_one(&["create", "read", "modify", "delete", "attributes"], 4),
            );
            put("paths", random.at_least_one(PATHS, 3));
            put("presets", random.some(PRESETS, 1));
            // One that surely shares a path.
            if random.one_in(3) {
                put("paths", vec!["/**".into()]);
                put("except_paths", random.some(PATHS, 2));
            }
        }
        "executables_blocked" => {
            put("executables", random.at_least_one(PROGRAMS, 3));
            put("sha256", random.some(DIGESTS, 2));
        }
        "executables_allowed" => {
            put("executables", random.at_least_one(PROGRAMS, 3));
            put("root_executables", random.some(PROGRAMS, 2));
        }
        "block_malicious_executables" => {
            put("directories", random.some(&["/tmp", "/a/b", "/srv/*"], 2))
        }
        "forensics" => {
            return json!({
                "os_user_activity": true,
                "successful_logins": random.one_in(2),
                "failed_logins": random.one_in(2),
                "user_account_management": random.one_in(2),
            });
        }
        _ => {}
    }
    let users = !matches!(name, "fileless_execution_block" | "block_malicious_executables");
    if users && random.one_in(2) {
        put("users", random.some(USERS, 2));
        put("except_users", random.some(USERS, 1));
    }
    if random.one_in(2) {
        put("processes", random.some(PROGRAMS, 2));
        put("except_processes", random.some(PROGRAMS, 1));
    }
    Value::Object(fields)
}

const NAMES: &[&str] = &[
    "etc", "etc", "shadow", "usr", "bin", "nc", "nc", "tmp", "a", "b", "sh", "id_rsa", "x.key",
    "srv", "n\u{e9}", "passwd", "proc", "memfd:nc",
];

/// Everything an event borrows from.
#[derive(Default)]
pub struct Owned {
    pub kind: Option<Kind>,
    operation: Option<FileOperation>,
    time: Option<u64>,
    path: Vec<u8>,
    target: Option<Vec<u8>>,
    requested: Option<Vec<u8>>,
    script: Option<Vec<u8>>,
    aliases: Vec<Vec<u8>>,
    base: [Option<Vec<u8>>; 3],
    mode: Option<u32>,
    sha256: Option<Vec<u8>>,
    memfd: bool,
    truncated: bool,
    deleted: bool,
    process: Option<Vec<u8>>,
    user: (Option<Vec<u8>>, Option<u64>),
    malformed: Option<Invalid>,
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &Vec<u8>| bytes.escape_ascii().to_string();
        let known = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(text);
        writeln!(f, "{:?} {:?} path {}", self.kind, self.operation, text(&self.path))?;
        writeln!(f, "target {:?} requested {:?}", known(&self.target), known(&self.requested))?;
        writeln!(f, "script {:?} sha256 {:?}", known(&self.script), known(&self.sha256))?;
        writeln!(f, "aliases {:?}", self.aliases.iter().map(text).collect::<Vec<_>>())?;
        writeln!(f, "cwd, dirfd_path, root {:?}", self.base.each_ref().map(known))?;
        writeln!(f, "memfd {} truncated {} deleted {}", self.memfd, self.truncated, self.deleted)?;
        writeln!(
            f,
            "mode {:?} time {:?} process {:?}",
            self.mode,
            self.time,
            known(&self.process)
        )?;
        write!(f, "user {:?} {:?} malformed {:?}", known(&self.user.0), self.user.1, self.malformed)
    }
}

/// A path, mostly absolute and sometimes oddly spelled.
fn path(random: &mut Random) -> Vec<u8> {
    let mut path: Vec<u8> = Vec::new();
    match random.below(60) {
        0 => return Vec::new(),
        1 => path.extend(b"/proc/self/root"),
        2 => path.extend(b"/dev/fd/3"),
        3 => path.extend(b"memfd:"),
        4 => path.extend(b"/proc/7/task/8"),
        _ => {}
    }
    if !path.is_empty() || !random.one_in(15) {
        path.push(b'/');
    }
    for index in 0..random.below(5) {
        if index > 0 {
            path.push(b'/');
        }
        match random.below(50) {
            0 => path.extend(b".."),
            1 => path.extend(b"./"),
            2 => path.extend(b"/"),
            3 => path.extend(b"a\0b"),
            4 => path.extend(b"n\xff"),
            _ => path.extend(random.pick(NAMES).as_bytes()),
        }
    }
    if random.one_in(12) {
        path.push(b'/');
    }
    if random.one_in(400) {
        path.resize(66_000, b'/');
    }
    path
}

fn maybe<T>(random: &mut Random, one_in: usize, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
    random.one_in(one_in).then(|| make(random))
}

/// An event about a file or a program.
pub fn event(random: &mut Random) -> Owned {
    let file = random.one_in(2);
    let operation = *random.pick(FileOperation::ALL);
    let two = matches!(operation, FileOperation::Rename | FileOperation::Link);
    let names: &[&[u8]] = &[b"alice", b"bob", b"root", b"carol", b"", b"a\0"];
    let ids: &[u64] = &[0, 33, 1000, 7, 4_294_967_295, u64::MAX];
    let digests: &[&str] = &[DIGESTS[0], DIGESTS[1], "ffff", "zz"];
    let mut event = Owned {
        kind: Some(if file { Kind::File } else { Kind::Exec }),
        operation: file.then_some(operation),
        time: maybe(random, 2, |random| *random.pick(&[0, 9_999, 10_000, u64::MAX])),
        path: path(random),
        target: (two && !random.one_in(30)).then(|| path(random)),
        requested: maybe(random, 4, path),
        script: maybe(random, 8, path).filter(|_| !file),
        aliases: (0..random.below(12).saturating_sub(9)).map(|_| path(random)).collect(),
        base: [maybe(random, 4, path), maybe(random, 8, path), maybe(random, 12, path)],
        mode: maybe(random, 2, |random| *random.pick(&[0o644, 0o755, 0o100])),
        sha256: maybe(random, 3, |random| random.pick(digests).as_bytes().to_vec())
            .filter(|_| !file),
        memfd: !file && random.one_in(20),
        truncated: random.one_in(60),
        deleted: random.one_in(20),
        process: maybe(random, 2, path),
        user: (
            maybe(random, 2, |random| random.pick(names).to_vec()),
            maybe(random, 2, |random| *random.pick(ids)),
        ),
        malformed: maybe(random, 60, |random| {
            *random.pick(&[Invalid::UnknownField, Invalid::MissingField, Invalid::FieldType])
        }),
    };
    if event.deleted && random.one_in(2) {
        event.path.extend(b" (deleted)");
    }
    if random.one_in(100) {
        event.malformed = Some(Invalid::UnknownValue);
        event.operation = None;
        event.kind = Some(*random.pick(&[Kind::File, Kind::Exec, Kind::Login]));
    }
    if random.one_in(150) {
        event.kind = None;
    }
    event
}

impl Owned {
    /// Calls `f` with the event.
    pub fn with<R>(&self, f: impl FnOnce(&Event<'_>) -> R) -> R {
        let aliases: Vec<&[u8]> = self.aliases.iter().map(Vec::as_slice).collect();
        let [cwd, dirfd_path, root] = &self.base;
        let base =
            Base { cwd: cwd.as_deref(), dirfd_path: dirfd_path.as_deref(), root: root.as_deref() };
        let activity = match (self.kind, self.operation) {
            (None, _) => Activity::Unknown(None),
            (Some(Kind::File), Some(operation)) => Activity::File(File {
                target: self.target.as_deref(),
                requested: self.requested.as_deref(),
                aliases: &aliases,
                base,
                mode: self.mode,
                truncated: self.truncated,
                deleted: self.deleted,
                ..File::new(operation, &self.path)
            }),
            (Some(Kind::Exec), None) if self.malformed != Some(Invalid::UnknownValue) => {
                Activity::Exec(Exec {
                    requested: self.requested.as_deref(),
                    aliases: &aliases,
                    base,
                    script: self.script.as_deref(),
                    sha256: self.sha256.as_deref(),
                    memfd: self.memfd,
                    truncated: self.truncated,
                    deleted: self.deleted,
                    ..Exec::new(&self.path)
                })
            }
            (kind, _) => Activity::Unknown(kind),
        };
        let event = Event {
            time: self.time,
            process: Process { path: self.process.as_deref(), ..Process::UNKNOWN },
            user: Principal { name: self.user.0.as_deref(), id: self.user.1, sid: None },
            groups: &[],
            actor: None,
            activity,
            malformed: self.malformed,
        };
        f(&event)
    }
}
