//! A policy and what stands at its top.

use alloc::vec::Vec;

use super::control::Control;
use super::control::declare::record;
use super::scope::Scope;
use super::source::{Entry, Located, Source};
use super::spec::{Absent, FieldSpec, Shape};
use crate::event::vocabulary;

/// A policy as a person wrote it, checked on its own.
///
/// Path, network, domain and registry entries are still text: their own
/// parsers judge them when the policy is compiled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// The document it was read from, for positions.
    pub source: Source,
    /// Its name.
    pub name: Entry,
    /// What it is for, in the author's words.
    pub description: Option<Entry>,
    /// Hosts or functions.
    pub kind: PolicyKind,
    /// The operating system it is written for.
    pub platform: Platform,
    /// A disabled policy is checked but never applies.
    pub enabled: bool,
    /// Whether violations are blocked.
    pub mode: Mode,
    /// From this time on, in milliseconds since the Unix epoch, a policy in
    /// audit mode enforces.
    pub enforce_after: Option<u64>,
    /// Carried into audit events.
    pub severity: Option<Severity>,
    /// Carried into audit events.
    pub tags: Vec<Entry>,
    /// Where it applies; everywhere if not given.
    pub scope: Option<Scope>,
    /// It is the default policy of its kind.
    pub default: bool,
    /// Where the default policy does not apply.
    pub bypass_scope: Option<Scope>,
    /// The lists its controls name, in the order of the document.
    pub lists: Vec<List>,
    /// Its controls in the order of the document, each at most once; the span
    /// is that of the key.
    pub controls: Vec<Located<Control>>,
}

vocabulary! {
    /// What a policy is for.
    PolicyKind {
        /// A host.
        Host = 0 "host",
        /// A function.
        Function = 1 "function",
    }
}

/// A named list that the embedder reads: the policy only says where and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct List {
    /// Its name, which controls refer to.
    pub name: Entry,
    /// Where it is and how it is read.
    pub definition: ListDefinition,
}

record! {
    /// Where a list is and how it is read.
    ListDefinition {
        /// The file, relative to the policy's.
        file: Entry = Shape::Text, Absent::Refused;
        /// What its lines are.
        format: ListFormat =
            Shape::Choice(&["domains", "hosts", "networks", "endpoints", "names", "sha256"]), Absent::Refused;
        /// For `domains`, whether a line covers names below it; left out, it does,
        /// unless the list is used as an exception.
        "match" matching: Option<ListMatch> = Shape::Choice(&["exact", "subdomains"]), Absent::Unset;
    }
}

vocabulary! {
    /// What the lines of a list are.
    ListFormat {
        /// Domain names.
        Domains = 0 "domains",
        /// A hosts file: an address and names.
        Hosts = 1 "hosts",
        /// Addresses and networks.
        Networks = 2 "networks",
        /// `address` or `address:port`.
        Endpoints = 3 "endpoints",
        /// Program names.
        Names = 4 "names",
        /// Hashes.
        Sha256 = 5 "sha256",
    }
}

vocabulary! {
    /// What a line with a domain name covers.
    ListMatch {
        /// That name.
        Exact = 0 "exact",
        /// That name and every name below.
        Subdomains = 1 "subdomains",
    }
}
