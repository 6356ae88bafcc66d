//! Wardline: an embeddable runtime-security policy engine.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "compile")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bytes;
mod canonical;
#[cfg(feature = "compile")]
mod compile;
mod decision;
#[cfg(feature = "compile")]
pub mod diagnostic;
mod event;
mod hash;
mod matcher;
#[cfg(feature = "compile")]
pub mod policy;
mod scope;

pub use decision::{Action, Decision, Invalid, Reason, Remediation, RuleId};
pub use event::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Event, Exec, File,
    FileOperation, Kind, Login, Malware, Network, Principal, Process, Protocol, Registry,
    RegistryOperation, Subject, System, SystemChange,
};
