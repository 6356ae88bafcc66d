//! What a person writes, as types: policies, controls, scopes, globs.
//!
//! `parse` reads them from YAML or JSON: bytes, a tree with positions (`tree`,
//! built by `yaml` or `json`), typed values (`decode`, by the tables of `spec`).

pub mod control;
pub(crate) mod domain;
pub mod glob;
mod header;
pub(crate) mod list;
pub(crate) mod network;
pub mod preset;
pub mod scope;
pub(crate) mod scope_text;
mod scope_token;
pub mod source;
pub mod spec;
pub(crate) mod visible;

#[cfg(feature = "text")]
mod decode;
#[cfg(feature = "text")]
mod entry;
#[cfg(feature = "text")]
mod json;
#[cfg(feature = "text")]
mod number;
#[cfg(feature = "text")]
mod parse;
#[cfg(feature = "text")]
mod tree;
#[cfg(feature = "text")]
mod yaml;

pub use crate::binding::Mode;
pub use crate::bundle::Platform;
pub use crate::policies::Severity;
pub use control::{CONTROLS, Control};
pub use header::{List, ListDefinition, ListFormat, ListMatch, Policy, PolicyKind, Throttle};
pub use list::RefusedLine;
#[cfg(feature = "text")]
pub use parse::{Format, parse};
pub use scope::Scope;
pub use scope_text::PolicyScopes;
pub use source::{Entry, Located, Source, Span};

#[cfg(all(test, feature = "text"))]
mod tests;
