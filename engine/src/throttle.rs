//! Throttles as the deciding side sees them: section `Throttles`, which is there
//! if some policy has one.
//!
//! 24 bytes for each policy, in bundle order: identity `u64`, window `u64` in
//! milliseconds, most reports `u32` (0: the policy has no throttle), zero `u32`.
//!
//! The identity is a hash of the policy's name and of what its throttle says.

use crate::bytes::{record_at, u32_at, u64_at};
use crate::event::Kind;
use crate::hash::hash;

pub(crate) const RECORD: usize = 24;

/// How many audits of each rule of a policy are reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttle {
    identity: u64,
    /// For how long reports count, in milliseconds from the first of them.
    pub(crate) window: u64,
    /// So many audits are reported within a window.
    pub(crate) max_alerts: u32,
}

impl Throttle {
    /// That of a policy.
    pub(crate) fn read(section: &[u8], policy: u32) -> Option<Throttle> {
        let record = record_at::<RECORD>(section, policy as usize)?;
        let max_alerts = u32_at(record, 4);
        let (identity, window) = (u64_at(record, 0), u64_at(record, 1));
        (max_alerts > 0).then_some(Throttle { identity, window, max_alerts })
    }

    /// Names one rule of the policy, in every bundle that has it.
    pub(crate) fn rule(&self, control: u8, kind: Kind) -> u64 {
        hash(self.identity, &[control, kind as u8])
    }

    #[cfg(feature = "compile")]
    pub(crate) fn new(policy: &crate::policy::Policy) -> Option<Throttle> {
        let &crate::policy::Throttle { max_alerts, window } = policy.throttle.as_ref()?;
        let said = alloc::format!("{}\0throttle\0{max_alerts}\0{window}", policy.name.text);
        let max_alerts = u32::try_from(max_alerts).unwrap_or(u32::MAX);
        Some(Throttle { identity: hash(0, said.as_bytes()), window, max_alerts })
    }

    /// The record of a policy with or without throttle.
    #[cfg(feature = "compile")]
    pub(crate) fn record(throttle: Option<Throttle>) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        if let Some(Throttle { identity, window, max_alerts }) = throttle {
            record[0..8].copy_from_slice(&identity.to_le_bytes());
            record[8..16].copy_from_slice(&window.to_le_bytes());
            record[16..20].copy_from_slice(&max_alerts.to_le_bytes());
        }
        record
    }
}
