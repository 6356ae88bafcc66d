//! The reader as an agent without Rust runtime links it.
//!
//! The panic handler calls a symbol that does not exist, and there is no
//! allocator: the library links only if the optimiser removed every path to a
//! panic and nothing allocates. `check` looks at what is left undefined.
#![no_std]

use core::panic::PanicInfo;
use core::slice;

use wardline::{
    Account, AccountOperation, Activity, Address, Base, Binding, Credential, Direction, Dns,
    Engine, Event, Exec, Explanation, File, FileOperation, Login, Malware, Network, Principal,
    Process, Protocol, Registry, RegistryOperation, RuleId, State, Subject, System, SystemChange,
};

unsafe extern "C" {
    fn a_panic_is_left() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: never linked; that is the point.
    unsafe { a_panic_is_left() }
}

/// Counts what is written.
struct Written(u32);

impl core::fmt::Write for Written {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0 = self.0.wrapping_add(text.len() as u32);
        Ok(())
    }
}

/// Loads a bundle and asks it everything that an embedder can ask.
///
/// # Safety
///
/// `bundle` and `path` are readable for their lengths.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ask(
    bundle: *const u8,
    bundle_length: usize,
    path: *const u8,
    path_length: usize,
    selector: u32,
) -> u32 {
    // SAFETY: as promised by the caller.
    let (bundle, path) = unsafe {
        (slice::from_raw_parts(bundle, bundle_length), slice::from_raw_parts(path, path_length))
    };
    #[cfg(feature = "may-panic")]
    if path[selector as usize] == 0 {
        return 0;
    }
    let target = [("host.name", "web-1")];
    let binding = Binding { target: Some(&target), ..Binding::default() };
    let Ok(engine) = Engine::load(bundle, &binding) else { return u32::MAX };
    let aliases = [path];
    let base = Base { cwd: Some(path), ..Base::NONE };
    let operation = FileOperation::from_number(selector as u8).unwrap_or(FileOperation::Read);
    let ip = match selector % 3 {
        0 => Address::Text(path),
        1 => Address::V4(selector.to_le_bytes()),
        _ => Address::V6([selector as u8; 16]),
    };
    let (answers, cnames) = ([ip, ip], [path, path]);
    let success = Some(selector % 5 == 0);
    let activity = match selector % 11 {
        0 => {
            let exec = Exec { aliases: &aliases, base, sha256: Some(path), ..Exec::new(path) };
            Activity::Exec(Exec { stdio_socket: true, ip: Some(ip), ..exec })
        }
        1 => {
            let direction = Direction::from_number(selector as u8).unwrap_or(Direction::Listen);
            let protocol = Protocol::from_number(selector as u8);
            let (ip, domain, port) = (Some(ip), Some(path), Some(selector as u16));
            Activity::Network(Network { direction, ip, domain, port, protocol })
        }
        2 => Activity::Dns(Dns { name: path, answers: &answers, cnames: &cnames }),
        3 => Activity::Login(Login { source: Some(ip), success, groups_complete: false }),
        4 => {
            let (subject, operation) = (Subject::User, AccountOperation::Create);
            Activity::Account(Account { subject, operation, name: path })
        }
        5 => {
            let what = SystemChange::from_number(selector as u8).unwrap_or(SystemChange::LogClear);
            Activity::System(System { what, name: Some(path) })
        }
        6 => Activity::Malware(Malware { path, signature: None }),
        7 => Activity::Credential(Credential { name: Some(path), id: None }),
        8 => {
            let operation = RegistryOperation::Modify;
            Activity::Registry(Registry { operation, key: path, value: Some(path) })
        }
        9 => Activity::Unknown(None),
        _ => {
            let file = File::new(operation, path);
            Activity::File(File { aliases: &aliases, target: Some(path), base, ..file })
        }
    };
    let user = Principal { name: Some(path), id: Some(selector.into()), sid: Some(path) };
    let groups = [user, user];
    let event = Event {
        user,
        groups: &groups,
        process: Process { path: Some(path), ..Process::UNKNOWN },
        ..Event::new(activity)
    };
    let decision = engine.decide(&event);
    let mut rules = [RuleId::from_number(0); 8];
    let matched = engine.matches(&event, &mut rules) as u32;
    let explained = engine.explain(&event, RuleId::from_number(selector));
    let undecided = matches!(explained, Some(Explanation::Undecided(_)));
    let applies = engine.report().fold(0u32, |sum, status| sum.wrapping_add(status.applies.into()));
    let controls =
        engine.controls().fold(0u32, |sum, status| sum.wrapping_add(status.enforcement as u32));
    let names = engine.rules().map(|(_, rule)| rule.policy.len() as u32).fold(0, u32::wrapping_add);
    let mut written = Written(0);
    let mut memory = [0u8; 8192];
    if let Ok(mut state) = State::new(&mut memory[..], [selector as u8; 16]) {
        let decision = engine.decide_with(&mut state, &event);
        let forgotten = engine.adopt(&mut state).wrapping_add(state.save().len()) as u32;
        let audit = engine.audit(&event, &decision, &target).with_alert(state.alert());
        let _ = audit.write_json(&mut written);
        let suppressed = engine
            .suppressed(&state)
            .fold(state.suppressed(), |sum, (_, count)| sum.wrapping_add(count));
        if decision.overload || decision.suppressed || suppressed > 0 || forgotten == selector {
            return u32::MAX;
        }
    }
    if let Ok(state) = State::restore(&mut memory[..]) {
        return state.entries() as u32;
    }
    let audit = engine.audit(&event, &decision, &target).with_metadata(Some("{}"));
    let _ = audit.write_json(&mut written);
    let _ = engine.status(&target).at(7).write_json(&mut written);
    (decision.action as u32)
        .wrapping_add(written.0)
        .wrapping_add(matched)
        .wrapping_add(applies)
        .wrapping_add(names)
        .wrapping_add(controls)
        .wrapping_add(undecided.into())
        .wrapping_add(engine.should_scan(path, &event.process).into())
}
