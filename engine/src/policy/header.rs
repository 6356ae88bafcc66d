//! A policy and what stands at its top.

use alloc::vec::Vec;

use super::control::Control;
use super::control::declare::record;
use super::scope::Scope;
use super::source::{Entry, Located, Source};
use super::spec::{Absent, FieldSpec, Item, Shape};
use crate::binding::Mode;
use crate::bundle::Platform;
use crate::event::vocabulary;
use crate::policies::Severity;

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
    /// How many audits of each rule are reported; all of them if not given.
    pub throttle: Option<Throttle>,
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

record! {
    /// A policy document: what it is about, where it applies, what it protects.
    pub(crate) struct Document {
        /// The version of the policy language: 1.
        wardline: u64 = Shape::Integer { min: 1, max: 1 }, Absent::Refused;
        /// Whether it is for hosts or for functions.
        kind: PolicyKind = Shape::Choice(&["host", "function"]), Absent::Refused;
        /// Its name.
        name: Entry = Shape::Line, Absent::Refused;
        /// What it is for, in the author's words.
        description: Option<Entry> = Shape::Text, Absent::Unset;
        /// The operating system it is written for.
        platform: Platform = Shape::Choice(&["linux", "windows"]), Absent::Refused;
        /// A disabled policy is checked but never applies.
        enabled: bool = Shape::Boolean, Absent::Scalar("true");
        /// Whether violations are blocked or only reported.
        mode: Mode = Shape::Choice(&["audit", "enforce"]), Absent::Refused;
        /// From this time on, by the clock of the events, a policy in audit mode enforces; left out, never.
        enforce_after: Option<u64> = Shape::Timestamp, Absent::Unset;
        /// Limits how many audits of each of its rules are reported; left out, all are.
        throttle: Option<Throttle> = Shape::Mapping(Throttle::FIELDS), Absent::Unset;
        /// How grave its violations are, carried into audit events.
        severity: Option<Severity> = Shape::Choice(&["low", "medium", "high", "critical"]), Absent::Unset;
        /// Carried into audit events.
        tags: Vec<Entry> = Shape::List(Item::Tag), Absent::List(&[]);
        /// Where it applies; left out, everywhere.
        scope: Option<Scope> = Shape::Scope, Absent::Unset;
        /// It is the default policy of its kind.
        default: bool = Shape::Boolean, Absent::Scalar("false");
        /// Where the default policy does not apply; left out, nowhere.
        bypass_scope: Option<Scope> = Shape::Scope, Absent::Unset;
        /// The lists that its controls name.
        lists: Lists = Shape::Named(ListDefinition::FIELDS), Absent::Mapping;
        /// Its controls.
        controls: Controls = Shape::Controls, Absent::Refused;
    }
}

/// The lists of a [`Document`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Lists(pub(crate) Vec<List>);

/// The controls of a [`Document`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Controls(pub(crate) Vec<Located<Control>>);

impl Policy {
    /// What a document is.
    pub const DOC: &'static str = Document::DOC;

    /// The fields of a document, in the order of the documentation.
    pub const FIELDS: &'static [FieldSpec] = Document::FIELDS;
}

record! {
    /// A limit on how many audits of a rule are reported. Blocks are always.
    pub struct Throttle {
        /// Within `window`, so many audits of one rule are reported; further ones are counted.
        max_alerts: u64 = Shape::Integer { min: 1, max: 1_000_000 }, Absent::Refused;
        /// How long a window is, in milliseconds; it begins with the first report.
        window: u64 = Shape::Duration, Absent::Scalar("1m");
    }
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
    pub struct ListDefinition {
        /// The file, relative to the policy's.
        file: Entry = Shape::Line, Absent::Refused;
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

#[cfg(feature = "text")]
mod decode {
    use alloc::format;
    use alloc::vec::Vec;

    use super::{Controls, Document, List, ListDefinition, ListFormat, Lists, Policy};
    use crate::diagnostic::{Code, alternatives, quoted};
    use crate::policy::control::{CONTROLS, Control, check};
    use crate::policy::decode::{Decode, Decoder, Fields};
    use crate::policy::entry::no_space;
    use crate::policy::source::{Entry, Located, Source};
    use crate::policy::spec::{ControlSpec, Shape};
    use crate::policy::tree::{Meaning, Node, Pair, Value};

    impl Document {
        pub(crate) fn into_policy(self, source: Source) -> Policy {
            Policy {
                source,
                name: self.name,
                description: self.description,
                kind: self.kind,
                platform: self.platform,
                enabled: self.enabled,
                mode: self.mode,
                enforce_after: self.enforce_after,
                throttle: self.throttle,
                severity: self.severity,
                tags: self.tags,
                scope: self.scope,
                default: self.default,
                bypass_scope: self.bypass_scope,
                lists: self.lists.0,
                controls: self.controls.0,
            }
        }
    }

    impl Decode for Lists {
        fn decode(decoder: &mut Decoder<'_>, node: &Node, _: Shape) -> Option<Self> {
            let Value::Mapping(pairs) = &node.value else {
                decoder.mismatch(node, "a mapping from names to lists");
                return None;
            };
            let mut lists = Vec::with_capacity(pairs.len());
            for pair in pairs {
                lists.extend(decoder.within(&pair.key, |decoder| list(decoder, pair)));
            }
            (lists.len() == pairs.len()).then_some(Lists(lists))
        }
    }

    fn list(decoder: &mut Decoder<'_>, pair: &Pair) -> Option<List> {
        if pair.key.is_empty() {
            decoder.report(Code::EmptyEntry, pair.key_span, "a list without name");
            return None;
        }
        if !decoder.visible(pair.key_span, &pair.key)
            || !no_space(decoder, pair.key_span, &pair.key)
        {
            return None;
        }
        let definition = ListDefinition::decode(decoder, &pair.value, Shape::Text)?;
        if definition.matching.is_some() && definition.format != ListFormat::Domains {
            let message = format!(
                "`match` goes with `format: domains`, not with {}",
                quoted(definition.format.as_str())
            );
            decoder.within("match", |decoder| {
                decoder.report(Code::ListFormat, pair.key_span, message)
            });
            return None;
        }
        let name = Entry { text: pair.key.clone(), span: pair.key_span };
        Some(List { name, definition })
    }

    impl Decode for Controls {
        fn decode(decoder: &mut Decoder<'_>, node: &Node, _: Shape) -> Option<Self> {
            let pairs = match &node.value {
                Value::Mapping(pairs) => pairs.as_slice(),
                Value::Scalar(scalar) if scalar.meaning() == Meaning::Nothing => &[],
                _ => {
                    decoder.mismatch(node, "a mapping from controls to their fields");
                    return None;
                }
            };
            if pairs.is_empty() {
                let message = "a policy without controls";
                let diagnostic = decoder.about(Code::EmptyPolicy, node.span, message);
                let help = "a policy needs at least one, such as `fileless_execution_block`";
                decoder.diagnostics.push(diagnostic.with_help(help));
                return None;
            }
            let mut controls = Vec::with_capacity(pairs.len());
            for pair in pairs {
                match CONTROLS.iter().find(|spec| spec.name == pair.key) {
                    Some(spec) => {
                        let control =
                            decoder.within(spec.name, |decoder| control(decoder, pair, spec));
                        controls
                            .extend(control.map(|value| Located { value, span: pair.key_span }));
                    }
                    None => decoder.unknown_key(pair, pairs, CONTROLS.iter().map(|spec| spec.name)),
                }
            }
            (controls.len() == pairs.len()).then_some(Controls(controls))
        }
    }

    fn control(
        decoder: &mut Decoder<'_>,
        pair: &Pair,
        spec: &'static ControlSpec,
    ) -> Option<Control> {
        if let Some(kind) = decoder.kind
            && !spec.applies_to.contains(&kind)
        {
            let message = format!("`{}` does not exist for `kind: {kind}`", spec.name);
            let kinds: Vec<&str> = spec.applies_to.iter().map(|kind| kind.as_str()).collect();
            let help = format!("it exists for {}", alternatives(&kinds));
            let diagnostic = decoder.about(Code::WrongKind, pair.key_span, message);
            decoder.diagnostics.push(diagnostic.with_help(help));
            return None;
        }
        if let Some(platform) = decoder.platform
            && !spec.platforms.contains(&platform)
        {
            let message = format!("`{}` does not exist for `platform: {platform}`", spec.name);
            let platforms: Vec<&str> = spec.platforms.iter().map(|one| one.as_str()).collect();
            let help = format!("it exists for {}", alternatives(&platforms));
            let diagnostic = decoder.about(Code::WrongPlatform, pair.key_span, message);
            decoder.diagnostics.push(diagnostic.with_help(help));
            return None;
        }
        let fields = match &pair.value.value {
            Value::Scalar(scalar) if scalar.meaning() == Meaning::Nothing => {
                Fields::none(pair.key_span)
            }
            _ => {
                let fields = decoder.mapping(&pair.value, spec.own_fields, spec.actor_fields)?;
                Fields { span: pair.key_span, ..fields }
            }
        };
        check::platform(decoder, spec, &fields);
        let control = Control::from_fields(decoder, &fields, spec)?;
        check::control(decoder, &control, pair.key_span);
        Some(control)
    }
}
