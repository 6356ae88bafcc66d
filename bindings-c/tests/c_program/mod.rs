//! What a C program does, written in Rust: it calls the exported functions only, and
//! builds its events field by field.
#![allow(
    unreachable_pub,
    dead_code,
    missing_docs,
    reason = "each test file includes this module and uses a part of it"
)]

use std::ffi::c_char;
use std::ptr;

use serde_json::{Map, Value};
use wardline_c::actor::*;
use wardline_c::binding::*;
use wardline_c::compile::*;
use wardline_c::decide::*;
use wardline_c::decision::*;
use wardline_c::engine::*;
use wardline_c::event::*;
use wardline_c::raw::*;
use wardline_c::report::*;
use wardline_c::state::*;
use wardline_c::status::wardline_status;
use wardline_c::words::*;

/// A handle, freed at the end.
pub struct Owned<T> {
    pub handle: *mut T,
    free: extern "C" fn(Mut<'_, T>) -> wardline_status,
}

impl<T> Owned<T> {
    pub fn new(handle: *mut T, free: extern "C" fn(Mut<'_, T>) -> wardline_status) -> Self {
        Owned { handle, free }
    }

    pub fn get(&self) -> In<'_, T> {
        // SAFETY: live until `self` is dropped.
        unsafe { Mut::new(self.handle) }.as_in()
    }

    pub fn change(&self) -> Mut<'_, T> {
        // SAFETY: live until `self` is dropped; the functions lock what they change.
        unsafe { Mut::new(self.handle) }
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: given by the library, and used for the last time.
        let status = (self.free)(unsafe { Mut::new(self.handle) });
        assert_eq!(status, wardline_status::Ok);
    }
}

/// A pointer that a C program passes: to something of this function's caller.
pub fn to<'a, T>(to: *const T) -> In<'a, T> {
    // SAFETY: every test passes what lives through the call, and as many as it says.
    unsafe { In::new(to) }
}

/// A place that a C program passes.
pub fn out_to<'a, T>(to: *mut T) -> Out<'a, T> {
    // SAFETY: as `to`.
    unsafe { Out::new(to) }
}

/// Bytes that stay: tests are short.
pub fn keep(bytes: &[u8]) -> wardline_bytes<'static> {
    wardline_bytes::new(Box::leak(bytes.to_vec().into_boxed_slice()))
}

pub fn items<T>(items: Vec<T>) -> Items<'static, T> {
    Items::new(Box::leak(items.into_boxed_slice()))
}

/// Compiles policies given as JSON.
pub fn compile(
    policies: &[(&str, String)],
    lists: &[(&str, &str, &str)],
) -> (wardline_status, Option<Owned<wardline_compiled>>) {
    let sources: Vec<_> = policies
        .iter()
        .map(|(name, text)| wardline_source {
            size: size_of::<wardline_source<'_>>() as u32,
            format: wardline_format::ByName as u32,
            name: keep(name.as_bytes()),
            text: keep(text.as_bytes()),
        })
        .collect();
    let lists: Vec<_> = lists
        .iter()
        .map(|(policy, name, text)| wardline_list {
            size: size_of::<wardline_list<'_>>() as u32,
            reserved: 0,
            policy: keep(policy.as_bytes()),
            name: keep(name.as_bytes()),
            text: keep(text.as_bytes()),
        })
        .collect();
    let mut out = ptr::null_mut();
    let status = wardline_compile(
        first(&sources),
        sources.len(),
        first(&lists),
        lists.len(),
        out_to(&mut out),
    );
    let compiled = (!out.is_null()).then(|| Owned::new(out, wardline_compiled_free));
    (status, compiled)
}

pub fn first<T>(items: &[T]) -> In<'_, T> {
    to(items.as_ptr())
}

/// The bundle of what compiled.
pub fn bundle(compiled: &Owned<wardline_compiled>) -> Vec<u8> {
    let mut out = wardline_bytes::NONE;
    let status = wardline_compiled_bundle(compiled.get(), out_to(&mut out));
    assert_eq!(status, wardline_status::Ok);
    read(out)
}

/// Bytes that the library gave.
pub fn read(bytes: wardline_bytes<'_>) -> Vec<u8> {
    bytes.as_slice().to_vec()
}

pub fn load(bundle: &[u8], binding: &wardline_binding<'_>) -> Owned<wardline_engine> {
    let mut out = ptr::null_mut();
    let mut message: [c_char; 200] = [0; 200];
    let status = wardline_engine_load(
        wardline_bytes::new(bundle),
        to(binding),
        out_to(&mut out),
        out_to(message.as_mut_ptr()),
        message.len(),
    );
    assert_eq!(status, wardline_status::Ok, "{message:?}");
    Owned::new(out, wardline_engine_free)
}

pub fn state(budget: usize, shards: usize) -> Owned<wardline_state> {
    let mut out = ptr::null_mut();
    let seed = [7u8; 16];
    let status = wardline_state_new(budget, shards, to(seed.as_ptr()), out_to(&mut out));
    assert_eq!(status, wardline_status::Ok);
    Owned::new(out, wardline_state_free)
}

pub fn binding() -> wardline_binding<'static> {
    wardline_binding {
        size: size_of::<wardline_binding<'_>>() as u32,
        fail: 0,
        mode_cap: 0,
        capabilities: 0,
        target: Items::NONE,
        volumes: Items::NONE,
        generation: 0,
    }
}

pub fn none() -> wardline_decision {
    wardline_decision {
        size: size_of::<wardline_decision>() as u32,
        action: 0,
        intent: 0,
        reason: 0,
        code: 0,
        rule: 0,
        matched: 0,
        remediation: 0,
        overload: 0,
        alert_rule: 0,
        alert_count: 0,
        alert_others: 0,
        suppressed: 0,
        suppressed_before: 0,
        generation: 0,
    }
}

pub fn decide(
    engine: &Owned<wardline_engine>,
    state: Option<&Owned<wardline_state>>,
    event: &wardline_event<'_>,
) -> wardline_decision {
    let mut out = none();
    let state = state.map_or(Mut::NULL, Owned::change);
    let status = wardline_engine_decide(engine.get(), state, to(event), out_to(&mut out));
    assert_eq!(status, wardline_status::Ok);
    out
}

pub fn decide_json(
    engine: &Owned<wardline_engine>,
    state: Option<&Owned<wardline_state>>,
    line: &[u8],
) -> wardline_decision {
    let mut out = none();
    let state = state.map_or(Mut::NULL, Owned::change);
    let line = wardline_bytes::new(line);
    let status = wardline_engine_decide_json(engine.get(), state, line, out_to(&mut out));
    assert_eq!(status, wardline_status::Ok);
    out
}

pub fn decide_batch(
    engine: &Owned<wardline_engine>,
    state: Option<&Owned<wardline_state>>,
    events: &[wardline_event<'_>],
) -> Vec<wardline_decision> {
    let mut out = vec![none(); events.len()];
    let state = state.map_or(Mut::NULL, Owned::change);
    let mut done = 0;
    let status = wardline_engine_decide_batch(
        engine.get(),
        state,
        first(events),
        out_to(out.as_mut_ptr()),
        events.len(),
        out_to(&mut done),
    );
    assert_eq!((status, done), (wardline_status::Ok, events.len()));
    out
}

/// Text that a function writes into a buffer, first asking for its length.
pub fn text(write: impl Fn(Out<'_, c_char>, usize, Out<'_, usize>) -> wardline_status) -> String {
    let mut length = 0;
    assert_eq!(write(Out::NULL, 0, out_to(&mut length)), wardline_status::BufferTooSmall);
    let mut buffer = vec![0x55; length + 1];
    let status = write(out_to(buffer.as_mut_ptr()), buffer.len(), out_to(&mut length));
    assert_eq!((status, length), (wardline_status::Ok, buffer.len() - 1));
    assert_eq!(buffer.pop(), Some(0));
    String::from_utf8(buffer.into_iter().map(|byte| byte as u8).collect()).unwrap()
}

/// The name of the rule that a decision is of.
pub fn rule(engine: &Owned<wardline_engine>, number: u32) -> Option<(String, String)> {
    let mut out = wardline_rule {
        size: size_of::<wardline_rule<'_>>() as u32,
        control: 0,
        kind: 0,
        severity: 0,
        mode: 0,
        can_block: 0,
        keeps_arguments: 0,
        for_function: 0,
        policy: wardline_text::new(""),
        control_name: wardline_text::new(""),
        message: wardline_text::new(""),
    };
    let status = wardline_engine_rule(engine.get(), number, out_to(&mut out));
    (status == wardline_status::Ok)
        .then(|| (out.policy.as_str().to_owned(), out.control_name.as_str().to_owned()))
}

/// An event of JSON, as a C program that has the same knowledge builds it; `None` if
/// it has no such form, because a field is unknown or of a wrong type.
pub fn event(json: &Value) -> Option<wardline_event<'static>> {
    if has_null(json) {
        return None;
    }
    let mut fields = Fields(json.as_object()?.clone());
    let kind = fields.0.remove("kind")?;
    let kind = wardline::Kind::parse(kind.as_str()?.as_bytes())?;
    let (time, has_time) = fields.number("time")?;
    fields.0.remove("metadata");
    let groups = match fields.0.remove("groups") {
        None => Items::NONE,
        Some(Value::Array(all)) => items(all.iter().map(principal).collect::<Option<_>>()?),
        Some(_) => return None,
    };
    let process = fields.object("process", process, none_process())?;
    let user = fields.object("user", principal, none_principal())?;
    let of = activity(kind, &mut fields)?;
    fields.0.is_empty().then_some(wardline_event {
        size: size_of::<wardline_event<'_>>() as u32,
        kind: kind as u32 + 1,
        time,
        has_time,
        reserved: 0,
        process,
        user,
        groups,
        actor: In::NULL,
        of,
    })
}

/// A null is a wrong type.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

fn activity(kind: wardline::Kind, fields: &mut Fields) -> Option<wardline_activity<'static>> {
    use wardline::Kind;
    Some(match kind {
        Kind::File => {
            let (mode, has_mode) = fields.number("mode")?;
            let file = wardline_file {
                operation: fields.word("operation", |word| match word {
                    b"truncate" => Some(wardline::FileOperation::Modify as u32),
                    b"chmod" | b"chown" | b"utime" | b"setxattr" => {
                        Some(wardline::FileOperation::Attributes as u32)
                    }
                    word => wardline::FileOperation::parse(word).map(|word| word as u32),
                })?,
                mode: mode.try_into().ok()?,
                path: fields.bytes("path")?,
                target: fields.bytes("target")?,
                requested: fields.bytes("requested")?,
                aliases: fields.list("aliases", bytes)?,
                base: fields.base()?,
                has_mode: has_mode as u8,
                truncated: fields.flag("truncated")?,
                deleted: fields.flag("deleted")?,
            };
            wardline_activity { file }
        }
        Kind::Exec => {
            let exec = wardline_exec {
                path: fields.bytes("path")?,
                requested: fields.bytes("requested")?,
                aliases: fields.list("aliases", bytes)?,
                argv: fields.list("argv", bytes)?,
                base: fields.base()?,
                script: fields.bytes("script")?,
                sha256: fields.bytes("sha256")?,
                ip: fields.address("ip")?,
                memfd: fields.flag("memfd")?,
                truncated: fields.flag("truncated")?,
                deleted: fields.flag("deleted")?,
                stdio_socket: fields.flag("stdio_socket")?,
            };
            wardline_activity { exec }
        }
        Kind::Network => {
            let (port, has_port) = fields.number("port")?;
            let network = wardline_network {
                direction: fields
                    .word("direction", |w| wardline::Direction::parse(w).map(|w| w as u32))?,
                protocol: fields
                    .word("protocol", |w| wardline::Protocol::parse(w).map(|w| w as u32))?,
                ip: fields.address("ip")?,
                domain: fields.bytes("domain")?,
                port: port.try_into().ok()?,
                has_port: has_port as u8,
            };
            wardline_activity { network }
        }
        Kind::Dns => {
            let dns = wardline_dns {
                name: fields.bytes("name")?,
                answers: fields.list("answers", address)?,
                cnames: fields.list("cnames", bytes)?,
            };
            wardline_activity { dns }
        }
        Kind::Login => {
            let login = wardline_login {
                source: fields.address("source")?,
                success: fields.fact("success")?,
                groups_complete: fields.fact("groups_complete")?,
            };
            wardline_activity { login }
        }
        Kind::Account => {
            let account = wardline_account {
                subject: fields
                    .word("subject", |w| wardline::Subject::parse(w).map(|w| w as u32))?,
                operation: fields.word("operation", |w| {
                    wardline::AccountOperation::parse(w).map(|w| w as u32)
                })?,
                name: fields.bytes("name")?,
            };
            wardline_activity { account }
        }
        Kind::Registry => {
            let registry = wardline_registry {
                operation: fields.word("operation", |w| {
                    wardline::RegistryOperation::parse(w).map(|w| w as u32)
                })?,
                reserved: 0,
                key: fields.bytes("key")?,
                value: fields.bytes("value")?,
            };
            wardline_activity { registry }
        }
        Kind::System => {
            let system = wardline_system {
                what: fields
                    .word("what", |w| wardline::SystemChange::parse(w).map(|w| w as u32))?,
                reserved: 0,
                name: fields.bytes("name")?,
            };
            wardline_activity { system }
        }
        Kind::Malware => {
            let malware = wardline_malware {
                path: fields.bytes("path")?,
                signature: fields.bytes("signature")?,
            };
            wardline_activity { malware }
        }
        Kind::Credential => {
            let credential =
                wardline_credential { name: fields.bytes("name")?, id: fields.bytes("id")? };
            wardline_activity { credential }
        }
        _ => return None,
    })
}

/// The members of an event that are left to be read.
struct Fields(Map<String, Value>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    fn bytes(&mut self, name: &str) -> Option<wardline_bytes<'static>> {
        self.take(name).map_or(Some(wardline_bytes::NONE), |value| bytes(&value))
    }

    fn number(&mut self, name: &str) -> Option<(u64, u32)> {
        self.take(name).map_or(Some((0, 0)), |value| Some((value.as_u64()?, 1)))
    }

    fn flag(&mut self, name: &str) -> Option<u8> {
        self.take(name).map_or(Some(0), |value| value.as_bool().map(u8::from))
    }

    fn fact(&mut self, name: &str) -> Option<u32> {
        self.take(name).map_or(Some(0), |value| value.as_bool().map(|yes| if yes { 1 } else { 2 }))
    }

    /// A word; 0 if it is missing, what is no word if it is unknown.
    fn word(&mut self, name: &str, parse: impl Fn(&[u8]) -> Option<u32>) -> Option<u32> {
        let Some(value) = self.take(name) else { return Some(0) };
        Some(parse(value.as_str()?.as_bytes()).map_or(99, |word| word + 1))
    }

    fn list<T>(
        &mut self,
        name: &str,
        convert: impl Fn(&Value) -> Option<T>,
    ) -> Option<Items<'static, T>> {
        let Some(value) = self.take(name) else { return Some(Items::NONE) };
        Some(items(value.as_array()?.iter().map(convert).collect::<Option<_>>()?))
    }

    fn address(&mut self, name: &str) -> Option<wardline_address<'static>> {
        self.take(name).map_or(Some(none_address()), |value| address(&value))
    }

    fn base(&mut self) -> Option<wardline_base<'static>> {
        Some(wardline_base {
            cwd: self.bytes("cwd")?,
            dirfd_path: self.bytes("dirfd_path")?,
            root: self.bytes("root")?,
        })
    }

    fn object<T>(
        &mut self,
        name: &str,
        convert: impl Fn(&Value) -> Option<T>,
        none: T,
    ) -> Option<T> {
        self.take(name).map_or(Some(none), |value| convert(&value))
    }
}

fn bytes(value: &Value) -> Option<wardline_bytes<'static>> {
    match value {
        Value::String(text) => Some(keep(text.as_bytes())),
        Value::Object(members) if members.len() == 1 => {
            let hex = members.get("hex")?.as_str()?;
            let digits = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok());
            if hex.len() % 2 != 0 || hex.contains('+') {
                return None;
            }
            Some(keep(&digits.collect::<Option<Vec<u8>>>()?))
        }
        _ => None,
    }
}

fn address(value: &Value) -> Option<wardline_address<'static>> {
    let text = value.as_str()?;
    let mut address = none_address();
    // Programs have addresses as numbers; what is none is passed as it came.
    match text.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(v4)) => {
            address.form = wardline_address_form::V4 as u32;
            address.bytes[..4].copy_from_slice(&v4.octets());
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            address.form = wardline_address_form::V6 as u32;
            address.bytes = v6.octets();
        }
        Err(_) => {
            address.form = wardline_address_form::Text as u32;
            address.text = keep(text.as_bytes());
        }
    }
    Some(address)
}

fn none_address() -> wardline_address<'static> {
    wardline_address { form: 0, bytes: [0; 16], reserved: 0, text: wardline_bytes::NONE }
}

pub fn none_process() -> wardline_process<'static> {
    wardline_process {
        path: wardline_bytes::NONE,
        name: wardline_bytes::NONE,
        argv: Items::NONE,
        pid: 0,
        has_pid: 0,
    }
}

pub fn none_principal() -> wardline_principal<'static> {
    let none = wardline_bytes::NONE;
    wardline_principal { name: none, sid: none, id: 0, has_id: 0, reserved: 0 }
}

fn process(value: &Value) -> Option<wardline_process<'static>> {
    let mut fields = Fields(value.as_object()?.clone());
    let (pid, has_pid) = fields.number("pid")?;
    let process = wardline_process {
        path: fields.bytes("path")?,
        name: fields.bytes("name")?,
        argv: fields.list("argv", bytes)?,
        pid: pid.try_into().ok()?,
        has_pid,
    };
    fields.0.is_empty().then_some(process)
}

fn principal(value: &Value) -> Option<wardline_principal<'static>> {
    let mut fields = Fields(value.as_object()?.clone());
    let (id, has_id) = fields.number("id")?;
    let principal = wardline_principal {
        name: fields.bytes("name")?,
        sid: fields.bytes("sid")?,
        id,
        has_id,
        reserved: 0,
    };
    fields.0.is_empty().then_some(principal)
}

/// The actor of an event.
pub fn actor(engine: &Owned<wardline_engine>, event: &wardline_event<'_>) -> Owned<wardline_actor> {
    let mut out = ptr::null_mut();
    let status = wardline_engine_actor(
        engine.get(),
        to(&event.process),
        to(&event.user),
        In::NULL,
        0,
        out_to(&mut out),
    );
    assert_eq!(status, wardline_status::Ok);
    Owned::new(out, wardline_actor_free)
}

/// A decision in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Words {
    pub action: String,
    pub intent: String,
    pub reason: String,
    pub code: Option<String>,
    pub rule: Option<(String, String)>,
    pub matched: u32,
    pub delete: bool,
    pub overload: bool,
    pub suppressed: bool,
    pub suppressed_before: u32,
}

pub fn words(engine: &Owned<wardline_engine>, decision: &wardline_decision) -> Words {
    let name = |text: wardline_text<'static>| text.as_str().to_owned();
    Words {
        action: name(wardline_action_name(decision.action)),
        intent: name(wardline_action_name(decision.intent)),
        reason: name(wardline_reason_name(decision.reason)),
        code: (decision.code != 0).then(|| name(wardline_invalid_name(decision.code))),
        rule: rule(engine, decision.rule),
        matched: decision.matched,
        delete: decision.remediation == wardline_remediation::Delete as u32,
        overload: decision.overload != 0,
        suppressed: decision.suppressed != 0,
        suppressed_before: decision.suppressed_before,
    }
}
