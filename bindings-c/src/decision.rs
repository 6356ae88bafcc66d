//! Decisions as C programs read them, and give back to be reported.

use wardline::{Action, Alert, Decision, Invalid, Reason, Remediation, RuleId};

use crate::status::{Checked, wardline_status};
use crate::words::{number, reason, wardline_reason, word};

/// The answer to one event. `wardline_decision_none()` makes one with its `size`.
///
/// `action` is never 0 after a call that answered `WARDLINE_STATUS_OK`; no other
/// call writes anything.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_decision {
    /// `sizeof(wardline_decision)`.
    pub size: u32,
    /// A `wardline_action`: what to do now.
    pub action: u32,
    /// A `wardline_action`: what it would be if every policy enforced.
    pub intent: u32,
    /// A `wardline_reason`.
    pub reason: u32,
    /// A `wardline_invalid` if the event was invalid, else 0.
    pub code: u32,
    /// The rule that won, or `WARDLINE_NO_RULE`.
    pub rule: u32,
    /// How many rules matched.
    pub matched: u32,
    /// A `wardline_remediation`: what to do besides.
    pub remediation: u32,
    /// Whether the state was full, so that something less dangerous was forgotten.
    pub overload: u32,
    /// The rule of a control over time that has something to report beside the
    /// decision, or `WARDLINE_NO_RULE`.
    pub alert_rule: u32,
    /// Failed logins since the last alert, or ports or hosts within the window.
    pub alert_count: u32,
    /// The distinct users of the source or sources of the user; 5 is five or more.
    pub alert_others: u32,
    /// Whether every rule that matched is over its policy's throttle, so that the
    /// audit need not be reported. A block never is.
    pub suppressed: u32,
    /// How many suppressed audits this decision stands for besides.
    pub suppressed_before: u32,
    /// Which engine decided, for those that are replaced while running.
    pub generation: u64,
}

/// No rule.
pub const WARDLINE_NO_RULE: u32 = u32::MAX;

impl wardline_decision {
    #[inline]
    pub(crate) fn new(decision: &Decision, alert: Option<Alert>) -> wardline_decision {
        let code = match decision.reason {
            Reason::InvalidEvent(code) => code as u32,
            _ => 0,
        };
        wardline_decision {
            size: size_of::<wardline_decision>() as u32,
            action: number!(decision.action),
            intent: number!(decision.intent),
            reason: reason(decision.reason),
            code,
            rule: decision.rule.map_or(WARDLINE_NO_RULE, RuleId::number),
            matched: decision.matched,
            remediation: number!(decision.remediation),
            overload: decision.overload.into(),
            alert_rule: alert.map_or(WARDLINE_NO_RULE, |alert| alert.rule.number()),
            alert_count: alert.map_or(0, |alert| alert.count),
            alert_others: alert.map_or(0, |alert| alert.others.into()),
            suppressed: decision.suppressed.into(),
            suppressed_before: decision.suppressed_before,
            generation: decision.generation,
        }
    }

    /// The decision of the core again.
    pub(crate) fn read(&self) -> Checked<(Decision, Option<Alert>)> {
        let wrong = wardline_status::InvalidArgument;
        let action = |number| word(number, Action::from_number).ok_or(wrong);
        let invalid = || u8::try_from(self.code).ok().and_then(Invalid::from_number).ok_or(wrong);
        const NO_MATCH: u32 = wardline_reason::NoMatch as u32;
        const MATCHED: u32 = wardline_reason::Matched as u32;
        const QUARANTINED: u32 = wardline_reason::Quarantined as u32;
        const INVALID: u32 = wardline_reason::InvalidEvent as u32;
        let mut decision = Decision::ALLOW;
        decision.action = action(self.action)?;
        decision.intent = action(self.intent)?;
        decision.reason = match self.reason {
            NO_MATCH => Reason::NoMatch,
            MATCHED => Reason::Matched,
            QUARANTINED => Reason::Quarantined,
            INVALID => Reason::InvalidEvent(invalid()?),
            _ => return Err(wrong),
        };
        decision.rule = rule(self.rule);
        decision.matched = self.matched;
        decision.remediation = word(self.remediation, Remediation::from_number).ok_or(wrong)?;
        decision.overload = self.overload != 0;
        decision.suppressed = self.suppressed != 0;
        decision.suppressed_before = self.suppressed_before;
        decision.generation = self.generation;
        let others = self.alert_others.try_into().map_err(|_| wrong)?;
        let alert = rule(self.alert_rule).map(|rule| Alert::new(rule, self.alert_count, others));
        Ok((decision, alert))
    }
}

fn rule(number: u32) -> Option<RuleId> {
    (number != WARDLINE_NO_RULE).then(|| RuleId::from_number(number))
}
