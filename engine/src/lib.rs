//! Wardline: an embeddable runtime-security policy engine.
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
#[cfg(feature = "std")]
extern crate std;

mod binding;
mod bundle;
mod bytes;
mod canonical;
#[cfg(feature = "compile")]
mod compile;
mod control;
mod decide;
mod decision;
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

pub use binding::{Binding, Capabilities, Fail, Mode};
pub use bundle::{Platform, Section};
#[cfg(feature = "compile")]
pub use compile::{Bundle, Compiler, ControlReport, Effect, Report};
pub use control::Control;
pub use decision::{Action, Decision, Invalid, Reason, Remediation, RuleId};
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
pub use policies::{Enforcement, PolicyStatus, Rule, Severity};
#[cfg(feature = "text")]
pub use policy::Format;
