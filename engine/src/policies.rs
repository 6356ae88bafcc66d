//! The cold side of a bundle: policies by name, and what their rules are called.
//!
//! A policy record is 40 bytes: name (offset and length `u32` into `Strings`),
//! description (likewise), tags (likewise, one a line), mode `u8`, severity
//! `u8`, flags `u8` (bit 0: the default policy; bit 1: arguments stay in audit
//! events; bit 2: the policy is for functions), zero `u8`, scope `u16`, zero `u16`, `enforce_after` `u64`.

use crate::binding::{Bound, Capabilities, Mode};
use crate::bundle::{Layout, Section};
use crate::bytes::{record_at, slice_at, u16_at, u32_at, u64_at};
use crate::control::Control;
use crate::decide::rule;
use crate::decision::{Action, RuleId};
use crate::event::{Kind, vocabulary};

pub(crate) const RECORD: usize = 40;
pub(crate) const FLAG_DEFAULT: u8 = 1;
pub(crate) const FLAG_ARGUMENTS: u8 = 2;
pub(crate) const FLAG_FUNCTION: u8 = 4;

vocabulary! {
    /// How grave a policy's violations are. Carried into audit events.
    Severity {
        /// Nothing to hurry about.
        Low = 0 "low",
        /// The default.
        Medium = 1 "medium",
        /// Look soon.
        High = 2 "high",
        /// Look now.
        Critical = 3 "critical",
    }
}

/// What a rule is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rule<'a> {
    /// The policy's name.
    pub policy: &'a str,
    /// The control.
    pub control: Control,
    /// The kind of event.
    pub kind: Kind,
    /// What a match means.
    pub message: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The policy's mode.
    pub mode: Mode,
    /// The control may block, not only report.
    pub can_block: bool,
    /// The policy wants arguments kept in audit events
    /// (`forensics.full_command_arguments`); remove them otherwise.
    pub keeps_arguments: bool,
    /// The policy is for functions, not for hosts.
    pub for_function: bool,
    tags: &'a str,
}

impl<'a> Rule<'a> {
    /// The policy's tags.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> {
        self.tags.lines()
    }
}

/// What became of one policy when the bundle was bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PolicyStatus<'a> {
    /// The policy's name.
    pub policy: &'a str,
    /// The policy's mode, before any cap.
    pub mode: Mode,
    /// Since when it enforces by itself, in milliseconds since the Unix epoch.
    pub enforce_after: Option<u64>,
    /// It is the default policy of its kind.
    pub default: bool,
    /// It applies to this target.
    pub applies: bool,
    /// It applies only because an attribute is missing that would decide.
    pub undecided: bool,
    /// How far it is enforced here.
    pub enforcement: Enforcement,
}

/// How far one control of a policy is enforced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ControlStatus<'a> {
    /// The policy's name.
    pub policy: &'a str,
    /// The control.
    pub control: Control,
    /// How far it is enforced here.
    pub enforcement: Enforcement,
    /// The kinds of events that it would block, but the enforcer cannot.
    pub lacking: Capabilities,
}

vocabulary! {
    /// How far a policy or control is enforced, given mode, cap and
    /// capabilities. One that only reports is enforced fully where it applies.
    Enforcement {
        /// Every rule that may block can.
        Full = 0 "full",
        /// Some rules that may block cannot: the enforcer is not able to.
        Partial = 1 "partial",
        /// It only reports.
        None = 2 "none",
    }
}

/// The policies of a bundle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policies<'a> {
    bundle: &'a [u8],
    layout: Layout,
}

/// One policy record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy<'a> {
    pub(crate) name: &'a str,
    pub(crate) tags: &'a str,
    pub(crate) mode: Mode,
    pub(crate) severity: Severity,
    pub(crate) flags: u8,
    pub(crate) scope: u16,
    pub(crate) enforce_after: u64,
}

impl<'a> Policies<'a> {
    pub(crate) fn new(bundle: &'a [u8], layout: &Layout) -> Self {
        Policies { bundle, layout: *layout }
    }

    pub(crate) fn policy(&self, index: u32) -> Option<Policy<'a>> {
        let records = self.layout.shared(self.bundle, Section::Policies);
        let record = record_at::<RECORD>(records, index as usize)?;
        let [mode, severity, flags, _] = *record_at::<4>(record, 6)?;
        Some(Policy {
            name: self.string(u32_at(record, 0), u32_at(record, 1)),
            tags: self.string(u32_at(record, 4), u32_at(record, 5)),
            mode: Mode::from_number(mode).unwrap_or(Mode::Enforce),
            severity: Severity::from_number(severity).unwrap_or(Severity::Medium),
            flags,
            scope: u16_at(record, 14),
            enforce_after: u64_at(record, 4),
        })
    }

    pub(crate) fn rule(&self, id: RuleId) -> Option<Rule<'a>> {
        let (kind, index) = self.layout.find_rule(id.0)?;
        self.named(kind, index)
    }

    pub(crate) fn rules(self) -> impl Iterator<Item = (RuleId, Rule<'a>)> {
        numbers().map(RuleId).map_while(move |id| Some((id, self.rule(id)?)))
    }

    pub(crate) fn report(self, bound: &Bound) -> impl Iterator<Item = PolicyStatus<'a>> {
        numbers().map_while(move |index| {
            let policy = self.policy(index)?;
            Some(PolicyStatus {
                policy: policy.name,
                mode: policy.mode,
                enforce_after: Some(policy.enforce_after).filter(|&time| time != rule::NEVER),
                default: policy.flags & FLAG_DEFAULT != 0,
                applies: bound.applies(policy.scope),
                undecided: bound.is_undecided(policy.scope),
                enforcement: enforcement(&self.blocking(index, None, bound), &policy, bound),
            })
        })
    }

    /// How far each control of each policy is enforced, in bundle order.
    pub(crate) fn controls(self, bound: &Bound) -> impl Iterator<Item = ControlStatus<'a>> {
        let policies = numbers().map_while(move |index| Some((index, self.policy(index)?)));
        policies.flat_map(move |(index, policy)| {
            Control::ALL.iter().filter_map(move |&control| {
                let blocking = self.blocking(index, Some(control), bound);
                blocking.any.then_some(ControlStatus {
                    policy: policy.name,
                    control,
                    enforcement: enforcement(&blocking, &policy, bound),
                    lacking: blocking.cannot,
                })
            })
        })
    }

    /// What the rules of a policy, or of one of its controls, would block.
    fn blocking(&self, index: u32, control: Option<Control>, bound: &Bound) -> Blocking {
        let (none, mut any) = (Capabilities::NONE, false);
        let (mut can, mut cannot) = (none, none);
        for &kind in Kind::ALL {
            let rules = self.layout.of_kind(self.bundle, kind, Section::Rules);
            let rules =
                (0..rules.len() / rule::RECORD).filter_map(|index| rule::Rule::read(rules, index));
            let wanted = |rule: &rule::Rule| {
                rule.policy == index && control.is_none_or(|one| rule.control == one as u8)
            };
            for rule in rules.filter(wanted) {
                any = true;
                if rule.intent() == Action::Block {
                    let set =
                        if bound.capabilities.can_block(kind) { &mut can } else { &mut cannot };
                    *set = set.with(kind);
                }
            }
        }
        Blocking { any, can, cannot }
    }

    fn named(&self, kind: Kind, index: usize) -> Option<Rule<'a>> {
        let rules = self.layout.of_kind(self.bundle, kind, Section::Rules);
        let rule = rule::Rule::read(rules, index)?;
        let policy = self.policy(rule.policy)?;
        let control = Control::from_number(rule.control)?;
        Some(Rule {
            policy: policy.name,
            control,
            kind,
            message: control.message(),
            severity: policy.severity,
            mode: policy.mode,
            can_block: rule.intent() == Action::Block,
            keeps_arguments: policy.flags & FLAG_ARGUMENTS != 0,
            for_function: policy.flags & FLAG_FUNCTION != 0,
            tags: policy.tags,
        })
    }

    pub(crate) fn string(&self, offset: u32, length: u32) -> &'a str {
        let strings = self.layout.shared(self.bundle, Section::Strings);
        core::str::from_utf8(slice_at(strings, offset as usize, length as usize)).unwrap_or("")
    }
}

/// What some rules would block.
struct Blocking {
    /// There are such rules.
    any: bool,
    /// The kinds of events that they block and the enforcer can.
    can: Capabilities,
    /// Those that the enforcer cannot.
    cannot: Capabilities,
}

fn enforcement(blocking: &Blocking, policy: &Policy<'_>, bound: &Bound) -> Enforcement {
    let enforces = policy.mode == Mode::Enforce && bound.mode_cap == Mode::Enforce;
    if !enforces || !bound.applies(policy.scope) {
        return Enforcement::None;
    }
    match (blocking.can == Capabilities::NONE, blocking.cannot == Capabilities::NONE) {
        (_, true) => Enforcement::Full,
        (false, false) => Enforcement::Partial,
        (true, false) => Enforcement::None,
    }
}

/// All numbers. A range would be linked with a panic for its end.
pub(crate) fn numbers() -> impl Iterator<Item = u32> {
    core::iter::successors(Some(0u32), |number| number.checked_add(1))
}
