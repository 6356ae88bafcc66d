//! Events as lines of JSON.

use std::sync::LazyLock;

use serde_json::{Value, json};
use wardline::json::EventBuf;
use wardline::{Action, Decision, Event, Invalid, Platform};

use crate::agree::Both;

/// Any bytes as an event.
///
/// Both platforms' engines decide as the oracle. An event that was not
/// understood is never allowed. One that was understood is JSON; with one more
/// field it has an unknown one, with one given twice a duplicate; and read back
/// from its audit event it is decided alike.
pub fn event(data: &[u8]) {
    let mut buffer = EventBuf::default();
    buffer.read(data);
    buffer.with_event(|event| {
        let linux = LINUX.decide(event);
        let windows = WINDOWS.decide(event);
        for answer in [&linux, &windows] {
            let silent = event.malformed.is_some() && answer.action == Action::Allow;
            assert!(!silent, "allowed though {:?}", event.malformed);
        }
        if event.malformed.is_none() {
            understood(data, event);
        }
    });
}

fn understood(line: &[u8], event: &Event<'_>) {
    let mut value: Value = serde_json::from_slice(line).expect("an event is JSON");
    let more = value.as_object_mut().expect("an event is an object");
    more.insert("unknown-field".into(), json!(1));
    assert_eq!(malformed(value.to_string().as_bytes()), Some(Invalid::UnknownField));

    let end = line.iter().rposition(|&byte| byte == b'}').expect("an object ends");
    let twice = [&line[..end], br#","kind":"exec"}"#].concat();
    assert_eq!(malformed(&twice), Some(Invalid::DuplicateField));

    for both in [&*LINUX, &*WINDOWS] {
        let decision = both.engine.decide(event);
        let audit = both.engine.audit(event, &decision, &[]).to_string();
        let audit: Value = serde_json::from_str(&audit).expect("an audit event is JSON");
        let mut buffer = EventBuf::default();
        buffer.read(audit["event"].to_string().as_bytes());
        buffer.with_event(|again| {
            let again_decided: Decision = both.engine.decide(again);
            assert_eq!(again_decided, decision, "{event:?}\n{again:?}");
            assert_eq!(again.malformed, None, "{event:?}\n{again:?}");
        });
    }
}

fn malformed(line: &[u8]) -> Option<Invalid> {
    let mut buffer = EventBuf::default();
    buffer.read(line);
    buffer.with_event(|event| event.malformed)
}

static LINUX: LazyLock<Both<'static>> = LazyLock::new(|| {
    let actors = json!(["alice", "uid:0"]);
    Both::forever(
        Platform::Linux,
        json!({
            "file_block": { "paths": ["/etc/shadow", "id_rsa", "/a/**"], "except_users": actors },
            "read_only_files": { "paths": ["/usr/bin"], "except_processes": ["/usr/bin/dpkg"] },
            "executables_blocked": { "executables": ["nc", "/tmp/**"], "users": ["bob", "uid:33"] },
            "executables_allowed": { "executables": ["/usr/**"], "root_executables": ["/usr/sbin/*"] },
            "fileless_execution_block": {},
            "network_block": { "networks": ["10.0.0.0/8", "2a00::/16"], "domains": [".a.example"] },
            "reverse_shell_block": {},
            "os_users_and_groups_blocked": { "users": ["eve"], "groups": ["gid:7", "staff"] },
            "forensics": { "user_account_management": true },
            "system_integrity_monitoring": {
                "system_time": true, "services": true, "audit_log": true },
            "realtime_malware_protection": { "response": "delete", "except_paths": ["/srv/**"] },
        }),
        &[],
    )
});

static WINDOWS: LazyLock<Both<'static>> = LazyLock::new(|| {
    Both::forever(
        Platform::Windows,
        json!({
            "file_block": { "paths": [r"C:\Windows\System32\config", "ntds.dit"],
                "except_users": ["sid:S-1-5-18"] },
            "executables_blocked": { "executables": ["nc.exe", r"C:\Temp\**"],
                "users": [r"CORP\alice", "bob"] },
            "windows_registry_protection": { "keys": [r"HKLM\Software\Run\**", r"HKCU\Software\x"],
                "operations": ["create", "modify"], "values": ["Start", ""] },
            "os_users_and_groups_blocked": { "users": ["eve"], "groups": ["sid:S-1-5-32-544"] },
            "realtime_malware_protection": { "response": "block", "paths": [r"C:\srv\**"] },
        }),
        &[],
    )
});
