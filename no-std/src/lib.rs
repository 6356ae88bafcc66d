//! The reader as an agent without Rust runtime links it.
//!
//! The panic handler calls a symbol that does not exist, and there is no
//! allocator: the library links only if the optimiser removed every path to a
//! panic and nothing allocates. `check` looks at what is left undefined.
#![no_std]

use core::panic::PanicInfo;
use core::slice;

use wardline::{
    Activity, Base, Binding, Engine, Event, Exec, Explanation, File, FileOperation, Principal,
    Process, RuleId,
};

unsafe extern "C" {
    fn a_panic_is_left() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: never linked; that is the point.
    unsafe { a_panic_is_left() }
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
    let activity = if selector % 2 == 0 {
        Activity::Exec(Exec { aliases: &aliases, base, sha256: Some(path), ..Exec::new(path) })
    } else {
        let file = File::new(operation, path);
        Activity::File(File { aliases: &aliases, target: Some(path), base, ..file })
    };
    let event = Event {
        user: Principal { name: Some(path), id: Some(selector.into()), sid: None },
        process: Process { path: Some(path), ..Process::UNKNOWN },
        ..Event::new(activity)
    };
    let decision = engine.decide(&event);
    let mut rules = [RuleId::from_number(0); 8];
    let matched = engine.matches(&event, &mut rules) as u32;
    let explained = engine.explain(&event, RuleId::from_number(selector));
    let undecided = matches!(explained, Some(Explanation::Undecided(_)));
    let applies = engine.report().fold(0u32, |sum, status| sum.wrapping_add(status.applies.into()));
    let names = engine.rules().map(|(_, rule)| rule.policy.len() as u32).fold(0, u32::wrapping_add);
    (decision.action as u32)
        .wrapping_add(matched)
        .wrapping_add(applies)
        .wrapping_add(names)
        .wrapping_add(undecided.into())
}
