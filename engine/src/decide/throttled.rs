//! Whether a decision need not be reported, because each of the rules behind it
//! has reported often enough.

use crate::bundle::{Layout, Section};
use crate::decide::rule::Rule;
use crate::decision::{Action, RuleId};
use crate::event::Event;
use crate::policies::numbers;
use crate::state::Hash;
use crate::state::reports::{audit, suppress};
use crate::state::table::Keep;
use crate::throttle::Throttle;

/// What the throttles say about the rules that match one event.
#[derive(Debug)]
pub(super) struct Throttled<'a> {
    bundle: &'a [u8],
    layout: &'a Layout,
    throttles: &'a [u8],
    now: Option<u64>,
    /// Some rule is over its limit.
    over: bool,
    /// Some rule is not, has none, or blocks.
    told: bool,
    before: u64,
    overload: bool,
}

impl<'a> Throttled<'a> {
    pub(super) fn new(bundle: &'a [u8], layout: &'a Layout, event: &Event<'_>) -> Self {
        Throttled {
            bundle,
            layout,
            throttles: layout.shared(bundle, Section::Throttles),
            now: event.known_time(),
            over: false,
            told: false,
            before: 0,
            overload: false,
        }
    }

    /// Counts that a rule matches, whose match comes to `action`.
    pub(super) fn matched(&mut self, keep: &mut impl Keep, rule: RuleId, action: Action) {
        if self.throttles.is_empty() {
            return;
        }
        // A rule that blocks does not use up what it may report of audits.
        let throttle = self.throttle(rule).filter(|_| action == Action::Audit);
        let Some((throttle, identity)) = throttle else {
            self.told = true;
            return;
        };
        let key = key(keep.seed(), identity);
        let now = self.now;
        let outcome = keep.with(&key, |table| audit(table, (&key, identity), &throttle, now));
        self.over |= outcome.over;
        self.told |= !outcome.over;
        self.before = self.before.saturating_add(outcome.before);
        self.overload |= outcome.overload.0;
    }

    /// Whether every rule that matched is over its limit.
    pub(super) fn are_over(&self) -> bool {
        self.over && !self.told
    }

    /// Counts a decision that is not reported, by the rule that won.
    pub(super) fn suppress(&self, keep: &mut impl Keep, rule: Option<RuleId>) {
        let Some((_, identity)) = rule.and_then(|rule| self.throttle(rule)) else { return };
        let key = key(keep.seed(), identity);
        keep.with(&key, |table| suppress(table, &key));
    }

    /// How many decisions were suppressed before and are told with this one.
    pub(super) fn before(&self) -> u32 {
        u32::try_from(self.before).unwrap_or(u32::MAX)
    }

    pub(super) fn overload(&self) -> bool {
        self.overload
    }

    fn throttle(&self, rule: RuleId) -> Option<(Throttle, u64)> {
        of_rule(self.bundle, self.layout, self.throttles, rule)
    }
}

/// The throttle of a rule, with the rule's identity.
fn of_rule(
    bundle: &[u8],
    layout: &Layout,
    throttles: &[u8],
    rule: RuleId,
) -> Option<(Throttle, u64)> {
    let (kind, index) = layout.find_rule(rule.0)?;
    let rule = Rule::read(layout.of_kind(bundle, kind, Section::Rules), index)?;
    let throttle = Throttle::read(throttles, rule.policy)?;
    Some((throttle, throttle.rule(rule.control, kind)))
}

/// The throttled rules with their identities.
pub(crate) fn rules<'a>(
    bundle: &'a [u8],
    layout: &'a Layout,
) -> impl Iterator<Item = (RuleId, u64)> {
    let throttles = layout.shared(bundle, Section::Throttles);
    let rules = numbers().map_while(|number| layout.find_rule(number).map(|_| RuleId(number)));
    rules.filter_map(move |rule| {
        let (_, identity) = of_rule(bundle, layout, throttles, rule)?;
        Some((rule, identity))
    })
}

fn key(seed: [u64; 2], identity: u64) -> [u8; 16] {
    let mut hash = Hash::new(seed);
    hash.add(&identity.to_le_bytes());
    hash.finish()
}
