//! Rules as the deciding side sees them: 16 bytes each.
//!
//! Layout: policy `u32`, scope `u16`, control `u8`, flags `u8` (see the
//! constants), `enforce_after` `u64` in milliseconds, `u64::MAX` for never.

use crate::bytes::{record_at, u16_at, u32_at, u64_at};
use crate::decision::Action;

pub(crate) const RECORD: usize = 16;
/// The control may block, not only report.
pub(crate) const CAN_BLOCK: u8 = 1;
/// The policy enforces.
pub(crate) const ENFORCES: u8 = 2;
/// A match that blocks wants the file deleted.
pub(crate) const DELETES: u8 = 4;
/// `enforce_after` of a policy that never starts to enforce by itself.
pub(crate) const NEVER: u64 = u64::MAX;

/// One rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) policy: u32,
    pub(crate) scope: u16,
    pub(crate) control: u8,
    flags: u8,
    enforce_after: u64,
}

impl Rule {
    #[inline]
    pub(crate) fn read(rules: &[u8], index: usize) -> Option<Rule> {
        let record = record_at::<RECORD>(rules, index)?;
        let [_, _, _, _, _, _, control, flags, ..] = *record;
        Some(Rule {
            policy: u32_at(record, 0),
            scope: u16_at(record, 2),
            control,
            flags,
            enforce_after: u64_at(record, 1),
        })
    }

    /// What a match would be if every policy enforced.
    pub(crate) fn intent(&self) -> Action {
        if self.flags & CAN_BLOCK != 0 { Action::Block } else { Action::Audit }
    }

    /// Whether a match that blocks wants the file deleted.
    pub(crate) fn deletes(&self) -> bool {
        self.flags & DELETES != 0
    }

    /// What a match is at `time`, or `None` if that depends on a time that is
    /// not known.
    pub(crate) fn action(&self, time: Option<u64>) -> Option<Action> {
        if self.intent() == Action::Audit || self.flags & ENFORCES != 0 {
            return Some(self.intent());
        }
        if self.enforce_after == NEVER {
            return Some(Action::Audit);
        }
        match time {
            Some(now) if now >= self.enforce_after => Some(Action::Block),
            Some(_) => Some(Action::Audit),
            None => None,
        }
    }
}
