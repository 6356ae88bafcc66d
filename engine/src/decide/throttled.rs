//! Whether a decision need not be reported, because each of the rules behind it
//! has reported often enough.

use crate::bundle::{Layout, Section};
use crate::decide::rule::Rule;
use crate::decision::RuleId;
use crate::event::Event;
use crate::policies::numbers;
use crate::state::Hash;
use crate::state::reports::{audit, suppress};
use crate::state::table::Keep;
use crate::throttle::Throttle;

/// So many rules over time that match one event are throttled; with more, it is told.
const OVER_TIME: usize = 16;

/// What the throttles say about the rules that match one event.
///
/// They are asked when it is known that the event is an audit: what is told in any case
/// uses up nothing.
#[derive(Debug)]
pub(super) struct Throttled<'a> {
    bundle: &'a [u8],
    layout: &'a Layout,
    throttles: &'a [u8],
    now: Option<u64>,
    /// Rules over time that match.
    noted: [Option<RuleId>; OVER_TIME],
    /// Some rule is over its limit.
    over: bool,
    /// Some rule is not, or has none.
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
            noted: [None; OVER_TIME],
            over: false,
            told: false,
            before: 0,
            overload: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.throttles.is_empty()
    }

    /// Notes that a rule over time matches.
    pub(super) fn note(&mut self, rule: RuleId) {
        match self.noted.iter_mut().find(|noted| noted.is_none()) {
            Some(place) => *place = Some(rule),
            None => self.told = true,
        }
    }

    /// Counts the rules that were noted.
    pub(super) fn count_noted(&mut self, keep: &mut impl Keep) {
        for rule in self.noted.into_iter().flatten() {
            self.count(keep, rule);
        }
    }

    /// Counts that a rule matches an event that is an audit.
    pub(super) fn count(&mut self, keep: &mut impl Keep, rule: RuleId) {
        let Some((throttle, identity)) = self.throttle(rule) else {
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
