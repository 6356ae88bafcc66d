//! What a person writes, as types: policies, controls, scopes, globs.

pub mod control;
pub mod glob;
pub mod header;
pub mod scope;
pub mod source;
pub mod spec;

pub use control::{CONTROLS, Control};
pub use header::{
    List, ListDefinition, ListFormat, ListMatch, Mode, Platform, Policy, PolicyKind, Severity,
};
pub use scope::Scope;
pub use source::{Entry, Located, Source, Span};
