//! Random policies for Windows, and events about its files, programs, registry
//! and accounts: events as lines of JSON.

use serde_json::{Map, Value, json};

use super::Random;

const PATHS: &[&str] = &[
    r"C:\Windows\System32\drivers\etc\hosts",
    r"C:\Windows",
    r"c:/windows/**",
    r"%SystemRoot%\System32\*.dll",
    r"C:\data\**",
    "ntds.dit",
    "*.KEY",
    "a?b",
    r"?:\x",
    r"{C,D}:\data\{A1}",
    r"\\srv\share\**",
    r"\\srv*\*\x",
    r"**\x\*",
    r"C:\[a-c]*",
    r"C:\data\[!é]x",
    r"\\?\C:\Ärger",
    r"C:\data\sub\",
    r"%AppData%\x",
    r"%UserProfile%",
    r"C:\{data,Windows\*}",
    r"C:\[d]ata",
];
const PROGRAMS: &[&str] =
    &["nc.exe", r"C:\Windows\**", r"C:\data\nc.exe", "n*", r"**\sub\*", r"D:\*\nc.exe", "sh.exe"];
const KEYS: &[&str] = &[
    r"HKLM\Software\Run",
    r"HKLM\Software\Run\**",
    r"HKCU\Software\**",
    r"HK*\Software\x",
    r"HKCR\CLSID\{A1}",
    r"HKU\S-1-5-21-1\Software\Run",
    r"HKLM\SYSTEM\ControlSet001\Services\*",
    r"HKLM\SYSTEM\ControlSet*\Services\x",
    r"HKLM\SYSTEM\CurrentControlSet\Services\*\Start",
    r"\REGISTRY\A\**",
    r"**\Run",
    r"HKCC\x",
    r"HKLM\Software\WOW6432Node\Run",
    r"HKU\*_Classes\x",
    r"HKLM\{a,b}\[r-t]un",
    r"**\ControlSet001\**",
    r"HKLM\*\ControlSet00?\Services\x",
    r"HKU\S-1-5-21-*\Software\**",
    r"**\S-1-5-21-1\Software\x",
    r"HKU\S-1-5-21-?_Classes\**",
    r"HKLM\System\**\Start",
];
/// No control set by its number.
const EXCEPT_KEYS: &[&str] = &[
    r"HKLM\Software\Run",
    r"HKCU\Software\**",
    r"HK*\Software\x",
    r"HKLM\SYSTEM\*\Services\*",
    r"HKLM\SYSTEM\CurrentControlSet\Services\x",
    r"**\Run",
    r"HKU\*_Classes\x",
    r"HKU\S-1-5-21-*\Software\**",
    r"HKLM\Software\*\Run",
];
const USERS: &[&str] = &[
    "alice",
    r"CORP\alice",
    r".\bob",
    r"WEB-1\bob",
    r"web-1.corp.example\alice",
    "sid:S-1-5-18",
    "sid:S-1-5-21-1-2-3-500",
    "system",
];
const GROUPS: &[&str] = &["Administrators", r"BUILTIN\Administrators", "sid:S-1-5-32-544"];
const CONTROLS: &[&str] = &[
    "file_block",
    "file_integrity_monitoring",
    "read_only_files",
    "executables_blocked",
    "executables_allowed",
    "windows_registry_monitoring",
    "windows_registry_monitoring",
    "windows_registry_protection",
    "windows_registry_protection",
    "os_users_and_groups_allowed",
    "os_users_and_groups_blocked",
    "realtime_malware_protection",
    "brute_force_login_detection",
    "reverse_shell_block",
    "block_cryptocurrency_mining",
];

/// A policy as JSON.
pub fn policy(random: &mut Random, name: &str) -> Value {
    let mut controls = Map::new();
    for _ in 0..1 + random.below(4) {
        let control = *random.pick(CONTROLS);
        controls.insert(control.into(), self::control(random, control));
    }
    json!({
        "wardline": 1,
        "kind": "host",
        "name": name,
        "platform": "windows",
        "mode": random.pick(&["audit", "enforce", "enforce"]),
        "controls": controls,
    })
}

fn control(random: &mut Random, name: &str) -> Value {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Vec<String>| {
        if !value.is_empty() {
            fields.insert(key.into(), json!(value));
        }
    };
    let mut actors = true;
    match name {
        "file_block" | "read_only_files" => {
            put("paths", random.at_least_one(PATHS, 3));
            put("except_paths", random.some(PATHS, 1));
        }
        "file_integrity_monitoring" => {
            put("paths", random.at_least_one(PATHS, 2));
            put("operations", random.at_least_one(&["create", "modify", "delete", "read"], 3));
            if random.one_in(3) {
                put("presets", vec!["windows/system-core".into()]);
            }
        }
        "executables_blocked" => put("executables", random.at_least_one(PROGRAMS, 3)),
        "executables_allowed" => {
            put("executables", random.at_least_one(PROGRAMS, 3));
            put("root_executables", random.some(PROGRAMS, 1));
        }
        "windows_registry_monitoring" | "windows_registry_protection" => {
            put("keys", random.at_least_one(KEYS, 3));
            put("except_keys", random.some(EXCEPT_KEYS, 1));
            if random.one_in(3) {
                put("values", random.at_least_one(&["Start", "e*", "", "[a-m]?"], 2));
            }
            if random.one_in(3) {
                put("operations", random.at_least_one(&["create", "modify", "delete"], 2));
            }
            if random.one_in(6) {
                put("presets", vec!["windows/autorun-keys".into()]);
            }
        }
        "os_users_and_groups_allowed" | "os_users_and_groups_blocked" => {
            put("users", random.at_least_one(USERS, 2));
            put("groups", random.some(GROUPS, 2));
            actors = false;
        }
        "realtime_malware_protection" => {
            put("paths", random.some(PATHS, 2));
            put("except_paths", random.some(PATHS, 1));
            actors = false;
        }
        _ => actors = false,
    }
    if actors {
        if random.one_in(3) {
            put("users", random.some(USERS, 2));
            put("except_users", random.some(USERS, 1));
        }
        if random.one_in(3) {
            put("processes", random.some(PROGRAMS, 1));
            put("except_processes", random.some(PROGRAMS, 1));
        }
    }
    match name {
        "brute_force_login_detection" => {
            fields.insert("key".into(), json!("user"));
            fields.insert("max_failures".into(), json!(2));
            fields.insert("window".into(), json!("3s"));
        }
        "block_cryptocurrency_mining" => {
            fields.insert("programs".into(), json!(true));
        }
        _ => {}
    }
    Value::Object(fields)
}

/// A path put together from parts, each spelt in some way.
fn path(random: &mut Random) -> String {
    let root = *random.pick(&[
        r"C:\",
        r"c:/",
        r"D:\",
        r"\\?\C:\",
        r"\??\c:\",
        r"\\srv\share\",
        r"\\SRV1.\Share\",
        r"\\srv\share.\",
        r"\DosDevices\c:\",
        r"\\?\UNC\srv\share\",
        r"\Device\HarddiskVolume2\",
        r"\\?\Volume{1}\",
        r"C:\",
        r"C:\Windows\",
        r"C:\data\",
    ]);
    let wrong = [
        r"\Device\HarddiskVolume9\",
        r"\\localhost\c$\",
        r"\\localhost\c$.\",
        r"\\.\pipe\",
        "C:",
        r"\",
        "",
        r"\\host",
        r"\\?\C:\a\..\",
        r"C:\Windows\Sysnative\",
        r"C:\PROGRA~1\",
    ];
    let mut path = if random.one_in(10) { random.one_of(&wrong) } else { root }.to_owned();
    let parts = [
        "Windows",
        "WINDOWS.",
        "system32",
        "drivers",
        "etc",
        "hosts",
        "Hosts.",
        "hosts::$DATA",
        "x",
        "X ",
        "data",
        "sub",
        "SUB.",
        "nc.exe",
        "NC.EXE ",
        "good.txt:nc.exe",
        "sub:$I30:$INDEX_ALLOCATION",
        "b:a.key",
        "ntds.dit",
        "a.KEY",
        "aéb",
        "ÉX",
        "ärger",
        "{a1}",
        ".",
        "..",
        "...",
        "b",
        "Bx",
        "users",
        "eve",
        "AppData",
        "roaming",
        "xmrig.exe",
        "k.dll",
    ];
    let bad = ["nul", "con.txt", "COM¹", "LONGNA~2.TXT", "a?b", "a|b", "a\0b", "~1"];
    for _ in 0..random.below(6) {
        path.push_str(if random.one_in(60) { random.one_of(&bad) } else { random.one_of(&parts) });
        path.push_str(random.one_of(&["\\", "\\", "\\", "/", "\\\\"]));
    }
    if !random.one_in(8) {
        path.truncate(path.trim_end_matches(['\\', '/']).len());
    }
    path
}

fn key(random: &mut Random) -> String {
    let whole = [
        r"hklm\software\run",
        r"HKLM\SOFTWARE\Wow6432Node\Run",
        r"\REGISTRY\MACHINE\Software\Run\x",
        r"HKCU\Software\x",
        r"HKU\S-1-5-21-1\software\run",
        r"HKU\S-1-5-21-1_Classes\CLSID\{a1}",
        r"HKCR\CLSID\{A1}",
        r"HKEY_LOCAL_MACHINE\System\ControlSet001\services\x",
        r"HKLM\System\CurrentControlSet\Services\x",
        r"HKLM\System\ControlSet01\Services\x",
        r"\Registry\A\{1}",
        r"\REGISTRY\USER\S-1-5-18\Software\x",
        r"HKCC\x",
        r"HKLM\System\CurrentControlSet\Hardware Profiles\Current\X",
        r"HKLM\B\sun",
        r"HKLM\\a\run\",
        r"HKLM",
        r"HKU\.DEFAULT\Software\Run",
        r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run",
    ];
    let wrong = [r"SOFTWARE\x", r"\SOFTWARE", "", r"Computer\HKLM", r"HKLM:\x"];
    let mut key =
        if random.one_in(12) { random.one_of(&wrong) } else { random.one_of(&whole) }.to_owned();
    if random.one_in(5) {
        key.push_str(random.one_of(&[r"\Run", r"\x", r"\\Start", "\\a\0", r"\..", " "]));
    }
    key
}

fn principal(random: &mut Random) -> Value {
    let mut fields = Map::new();
    if !random.one_in(5) {
        let names = [
            "alice",
            "ALICE",
            r"corp\Alice",
            r"EVIL\alice",
            r"\alice",
            r".\bob",
            "bob",
            r"web-1\BOB",
            r"NT AUTHORITY\SYSTEM",
            "Administrators",
            r"builtin\administrators",
            "carol",
        ];
        let name =
            if random.one_in(25) { *random.pick(&["", "a\0"]) } else { *random.pick(&names) };
        fields.insert("name".into(), json!(name));
    }
    if !random.one_in(3) {
        let sids = ["S-1-5-18", "s-1-5-18", "S-1-5-21-1-2-3-500", "S-1-5-32-544", "S-1-5-21-9-9"];
        let wrong = ["S-1-5", "x", "S-1-5-007", "S-1-5-4294967296", "S-1-0x000000000005-18"];
        let sid = if random.one_in(20) { random.one_of(&wrong) } else { random.one_of(&sids) };
        fields.insert("sid".into(), json!(sid));
    }
    Value::Object(fields)
}

/// An event as a line.
pub fn line(random: &mut Random) -> String {
    let kinds =
        ["file", "file", "exec", "exec", "registry", "registry", "login", "malware", "network"];
    let kind = *random.pick(&kinds);
    let mut event = Map::new();
    event.insert("kind".into(), json!(kind));
    let mut put = |key: &str, value: Value| drop(event.insert(key.into(), value));
    match kind {
        "file" => {
            let operation = *random.pick(&["create", "read", "modify", "delete", "rename", "link"]);
            put("operation", json!(operation));
            put("path", json!(path(random)));
            if matches!(operation, "rename" | "link") {
                put("target", json!(path(random)));
            }
        }
        "exec" => {
            put("path", json!(if random.one_in(20) { "memfd:nc.exe".into() } else { path(random) }))
        }
        "registry" => {
            put("operation", json!(random.pick(&["create", "read", "modify", "modify", "delete"])));
            put("key", json!(key(random)));
            if random.one_in(2) {
                put(
                    "value",
                    json!(random.pick(&["Start", "evil", "", "(Default)", "A\\b", "é", "Mx"])),
                );
            }
        }
        "login" => {
            put("success", json!(random.one_in(3)));
            put("groups_complete", json!(!random.one_in(4)));
            let groups: Vec<_> = (0..random.below(3)).map(|_| principal(random)).collect();
            put("groups", json!(groups));
        }
        "malware" => put("path", json!(path(random))),
        _ => {
            put("direction", json!("outbound"));
            put("ip", json!("203.0.113.7"));
        }
    }
    if matches!(kind, "file" | "exec") {
        if random.one_in(4) {
            put("requested", json!(path(random)));
        }
        if random.one_in(8) {
            put("aliases", json!([path(random)]));
        }
        if random.one_in(4) {
            put("cwd", json!(path(random)));
        }
        if random.one_in(10) {
            put("dirfd_path", json!(path(random)));
        }
        if random.one_in(60) {
            put("root", json!(path(random)));
        }
        if random.one_in(60) {
            put("truncated", json!(true));
        }
        if random.one_in(20) {
            put("deleted", json!(true));
        }
    }
    if kind == "login" || random.one_in(2) {
        put("user", principal(random));
    }
    if random.one_in(2) {
        let shells = [r"C:\Windows\System32\cmd.exe", r"C:\x\PowerShell.EXE.", r"C:\x\b.exe"];
        let program = if random.one_in(2) { path(random) } else { (*random.pick(&shells)).into() };
        put("process", json!({ "path": program }));
    }
    put("time", json!(random.pick(&[0, 1_000, 2_500, 3_999, 12_000])));
    Value::Object(event).to_string()
}
