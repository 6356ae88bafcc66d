//! Controls over time as the deciding side sees them: section `Watches`.
//!
//! 48 bytes each. `brute_force_login_detection`: control `u8`, key `u8` (by what
//! failures are counted), IPv6 prefix `u8`, most failures `u8`, rule `u32` within
//! its kind, identity `u64`, window, cooldown and how long to block `u64` in
//! milliseconds (`u64::MAX` for not at all), zero `u64`. `honeypot`, one for each
//! kind of event: control `u8`, actor `u8`, kind `u8`, zero `u8`, rule `u32`,
//! identity `u64`, for how long `u64` (`u64::MAX` until released), the kinds that
//! are refused as bits `u64`, zeros. `port_scan_detection`: control `u8`, zeros,
//! rule `u32`, identity `u64`, window, most ports and most hosts `u64`, zero `u64`.
//!
//! The identity is a hash of the policy's name and of all that the control says about
//! what counts and what follows, so that what was counted for one is never taken for
//! another. Another secret of a decoy, or another place for it, releases nobody; nor does
//! another order, or a default that is written out.

use crate::bytes::{u32_at, u64_at};
use crate::control::Control;
use crate::event::vocabulary;
use crate::state::failures::Limits;
use crate::state::scan::ScanLimits;

pub(crate) const RECORD: usize = 48;
/// A time that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

vocabulary! {
    /// By what failed logins are counted.
    LoginKey {
        /// Where from.
        Source = 0 "source",
        /// As whom.
        User = 1 "user",
        /// Both together.
        SourceAndUser = 2 "source_and_user",
    }
}

vocabulary! {
    /// Who is quarantined when a decoy is touched.
    QuarantineActor {
        /// The process.
        Process = 0 "process",
        /// Every process of the same program.
        Program = 1 "program",
        /// Everything from the same network source.
        Source = 2 "source",
    }
}

/// A control with decoys, about one kind of event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecoyWatch {
    pub(crate) kind: u8,
    /// Within the rules of that kind.
    pub(crate) rule: usize,
    pub(crate) identity: u64,
    pub(crate) actor: QuarantineActor,
    /// For how long somebody is quarantined; `None` until released.
    pub(crate) duration: Option<u64>,
    /// The kinds of events that are refused meanwhile, as bits.
    pub(crate) blocks: u64,
}

impl DecoyWatch {
    #[cfg(feature = "compile")]
    pub(crate) fn record(&self) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        record[0] = Control::Honeypot as u8;
        record[1] = self.actor as u8;
        record[2] = self.kind;
        record[4..8].copy_from_slice(&(self.rule as u32).to_le_bytes());
        record[8..16].copy_from_slice(&self.identity.to_le_bytes());
        record[16..24].copy_from_slice(&self.duration.unwrap_or(NEVER).to_le_bytes());
        record[24..32].copy_from_slice(&self.blocks.to_le_bytes());
        record
    }
}

/// The controls with decoys.
pub(crate) fn decoys(section: &[u8]) -> impl Iterator<Item = DecoyWatch> {
    records(section, Control::Honeypot).map(|record| {
        let [_, actor, kind, ..] = *record;
        DecoyWatch {
            kind,
            rule: u32_at(record, 1) as usize,
            identity: u64_at(record, 1),
            actor: QuarantineActor::from_number(actor).unwrap_or(QuarantineActor::Process),
            duration: Some(u64_at(record, 2)).filter(|&span| span != NEVER),
            blocks: u64_at(record, 3),
        }
    })
}

/// A control that counts ports and hosts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScanWatch {
    /// Within the rules about connections.
    pub(crate) rule: usize,
    pub(crate) identity: u64,
    pub(crate) limits: ScanLimits,
}

impl ScanWatch {
    #[cfg(feature = "compile")]
    pub(crate) fn record(&self) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        record[0] = Control::PortScanDetection as u8;
        record[4..8].copy_from_slice(&(self.rule as u32).to_le_bytes());
        record[8..16].copy_from_slice(&self.identity.to_le_bytes());
        record[16..24].copy_from_slice(&self.limits.window.to_le_bytes());
        record[24..32].copy_from_slice(&self.limits.max_ports.to_le_bytes());
        record[32..40].copy_from_slice(&self.limits.max_hosts.to_le_bytes());
        record
    }
}

/// The controls that count ports and hosts.
pub(crate) fn scans(section: &[u8]) -> impl Iterator<Item = ScanWatch> {
    records(section, Control::PortScanDetection).map(|record| ScanWatch {
        rule: u32_at(record, 1) as usize,
        identity: u64_at(record, 1),
        limits: ScanLimits {
            window: u64_at(record, 2),
            max_ports: u64_at(record, 3),
            max_hosts: u64_at(record, 4),
        },
    })
}

/// The records of a control.
fn records(section: &[u8], control: Control) -> impl Iterator<Item = &[u8; RECORD]> {
    let records = section.as_chunks::<RECORD>().0.iter();
    records.filter(move |record| record.first() == Some(&(control as u8)))
}

/// A control that counts failed logins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoginWatch {
    /// Within the rules about logins.
    pub(crate) rule: usize,
    pub(crate) identity: u64,
    pub(crate) key: LoginKey,
    pub(crate) ipv6_prefix: u8,
    pub(crate) limits: Limits,
}

impl LoginWatch {
    #[cfg(feature = "compile")]
    pub(crate) fn record(&self) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        record[0] = Control::BruteForceLoginDetection as u8;
        record[1] = self.key as u8;
        record[2] = self.ipv6_prefix;
        record[3] = self.limits.max_failures;
        record[4..8].copy_from_slice(&(self.rule as u32).to_le_bytes());
        record[8..16].copy_from_slice(&self.identity.to_le_bytes());
        record[16..24].copy_from_slice(&self.limits.window.to_le_bytes());
        record[24..32].copy_from_slice(&self.limits.cooldown.to_le_bytes());
        record[32..40].copy_from_slice(&self.limits.block_for.unwrap_or(NEVER).to_le_bytes());
        record
    }
}

/// The controls that count failed logins.
pub(crate) fn logins(section: &[u8]) -> impl Iterator<Item = LoginWatch> {
    records(section, Control::BruteForceLoginDetection).map(|record| {
        let [_, key, ipv6_prefix, max_failures, ..] = *record;
        let block_for = Some(u64_at(record, 4)).filter(|&span| span != NEVER);
        LoginWatch {
            rule: u32_at(record, 1) as usize,
            identity: u64_at(record, 1),
            key: LoginKey::from_number(key).unwrap_or(LoginKey::Source),
            ipv6_prefix,
            limits: Limits {
                max_failures,
                window: u64_at(record, 2),
                cooldown: u64_at(record, 3),
                block_for,
            },
        }
    })
}
