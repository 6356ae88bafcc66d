//! An embeddable runtime-security policy engine: compile policies once, decide
//! about events in a time that depends on the event and hardly on how many rules
//! there are.
//!
//! The primary types are:
//!
//! * [`Compiler`] turns policies into a [`Bundle`] of bytes.
//! * [`Engine`] is a bundle that was loaded and bound, by a [`Binding`], to a host
//!   or function. It is immutable, shared by threads, and replaced as a whole.
//! * [`Event`] is one activity asked about, [`Decision`] the answer: allow, audit
//!   or block. What cannot be understood is [`Reason::InvalidEvent`] and audited
//!   or blocked, as [`Binding::fail`] says, never allowed.
//!
//! Besides:
//!
//! * [`State`] is the bounded memory of controls that count over time, given to
//!   [`Engine::decide_with`]. [`SharedEngine`] and [`SharedState`] are for threads.
//! * [`Engine::explain`] says by which entry of which policy; [`Engine::audit`]
//!   reports a decision as JSON.
//! * [`json::EventBuf`] reads an event from a line of JSON.
//! * [`Actor`] keeps what the rules say about a process between its events.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "text")] {
//! use wardline::{Action, Activity, Binding, Compiler, Engine, Event, File, FileOperation};
//! use wardline::{Explanation, Format, Platform, Principal};
//!
//! let policy = r#"
//! wardline: 1
//! kind: host
//! name: secrets
//! platform: linux
//! mode: enforce
//! controls:
//!   file_block: { paths: [/etc/shadow], except_users: ["uid:0"] }
//! "#;
//! let mut compiler = Compiler::new(Platform::Linux);
//! compiler.policy("secrets.yaml", policy.as_bytes(), Format::Yaml).unwrap();
//! let bundle = compiler.build().unwrap();
//! let engine = Engine::load(bundle.bytes, &Binding::default()).unwrap();
//!
//! // The path may be spelled as it likes.
//! let file = Activity::File(File::new(FileOperation::Read, b"/etc//./shadow"));
//! let decision = engine.decide(&Event::new(file));
//! assert_eq!(decision.action, Action::Block);
//!
//! // Root is excepted, and the engine says where.
//! let user = Principal { id: Some(0), ..Principal::UNKNOWN };
//! let event = Event { user, ..Event::new(file) };
//! assert_eq!(engine.decide(&event).action, Action::Allow);
//! let Some(Explanation::Fails(_, Some(entry))) = engine.explain(&event, decision.rule.unwrap())
//! else { panic!() };
//! assert_eq!((entry.list.as_str(), entry.text, entry.line), ("except_users", "uid:0", 8));
//! # }
//! ```
//!
//! # Features
//!
//! * none: the reader. `no_std`, no allocation, no dependency but `wide`; cannot
//!   panic.
//! * `std` (default): what threads share.
//! * `compile`: the compiler from typed policies. `no_std` and `alloc`.
//! * `small`: less code, for bundles of up to 64 rules of a kind; those with more
//!   have each event looked up for each 64.
//! * `text` (default): policies as YAML and JSON, events as JSON lines. `std` and
//!   `compile`.
//!
//! What policies, events and decisions mean is written in `docs/policy.md` and
//! `docs/events.md` of the repository; how to write an enforcer, in
//! `docs/enforcing.md`; what the engine cannot see, in `docs/limits.md`.
#![no_std]
#![forbid(unsafe_code)]
// The reader is all that is left without features, and it must not be able to
// panic: `no-std/check` proves it by linking, these lints say where.
#![cfg_attr(
    not(feature = "compile"),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

#[cfg(feature = "compile")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod actor;
mod audit;
mod binding;
mod bundle;
mod bytes;
mod canonical;
#[cfg(feature = "compile")]
mod compile;
mod control;
mod decide;
mod decision;
mod decoys;
#[cfg(feature = "compile")]
pub mod diagnostic;
mod engine;
mod error;
mod event;
mod explain;
mod hash;
#[cfg(feature = "text")]
pub mod json;
mod matcher;
mod policies;
#[cfg(feature = "compile")]
pub mod policy;
mod scope;
#[cfg(feature = "std")]
mod shared;
mod state;
mod throttle;
mod watch;

pub use actor::Actor;
pub use audit::{AuditEvent, Explanations, StatusEvent};
pub use binding::{Binding, Capabilities, Fail, Mode};
pub use bundle::{Platform, Section};
#[cfg(feature = "text")]
pub use compile::Sources;
#[cfg(feature = "compile")]
pub use compile::{Bundle, Compiler, ControlReport, Effect, ListReport, Report};
pub use control::Control;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub use decide::table::Lookup;
pub use decision::{Action, Decision, Invalid, Reason, Remediation, RuleId};
pub use decoys::{Decoy, DecoyKind};
#[cfg(feature = "compile")]
pub use diagnostic::{Diagnostic, Diagnostics};
pub use engine::Engine;
pub use error::LoadError;
pub use event::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Event, Exec,
    File, FileOperation, Kind, Login, Malware, Network, Principal, Process, Protocol, Registry,
    RegistryOperation, Subject, System, SystemChange,
};
pub use explain::{Condition, Entry, Explanation, List};
pub use policies::{ControlStatus, Enforcement, PolicyStatus, Rule, Severity};
#[cfg(feature = "text")]
pub use policy::Format;
#[cfg(feature = "compile")]
pub use policy::domain::map as map_domain;
#[cfg(feature = "std")]
pub use shared::{SharedEngine, SharedState};
pub use state::{ActorKind, Alert, Quarantine, Seen, State, StateError};
pub use watch::{LoginKey, QuarantineActor};

/// The README's examples, compiled and run.
#[cfg(all(doctest, feature = "text"))]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The examples of the guide for enforcers, compiled and run.
#[cfg(all(doctest, feature = "text"))]
#[doc = include_str!("../../docs/enforcing.md")]
struct Enforcing;
