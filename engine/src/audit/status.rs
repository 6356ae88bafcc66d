//! What an engine enforces, as an event of its own: the first that an enforcer
//! reports, and again after each replaced bundle.

use core::fmt::{self, Write};

use super::json::{self, Object};
use super::{AuditEvent, VERSION};
use crate::binding::{Bound, Capabilities};
use crate::bundle::Platform;
use crate::event::Kind;
use crate::matcher::substring::SubstringTable;
use crate::policies::{Policies, PolicyStatus};

/// What an engine enforces, ready to be written as JSON; see
/// [`Engine::status`](crate::Engine::status).
///
/// [`Display`](fmt::Display) writes the same as [`StatusEvent::write_json`].
#[derive(Clone, Copy, Debug)]
pub struct StatusEvent<'a> {
    pub(crate) policies: Policies<'a>,
    pub(crate) bound: &'a Bound,
    pub(crate) platform: Platform,
    pub(crate) target: &'a [(&'a str, &'a str)],
    pub(crate) bundle: u64,
    pub(crate) time: Option<u64>,
}

impl StatusEvent<'_> {
    /// Adds when this is, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(mut self, time: u64) -> Self {
        self.time = Some(time);
        self
    }

    /// Writes the event as one line of JSON, without a line break.
    ///
    /// # Errors
    ///
    /// Only those of `out`.
    pub fn write_json(&self, out: &mut impl Write) -> fmt::Result {
        let no_secrets = SubstringTable::new(&[]);
        json::object(out, no_secrets, |out| {
            out.number("version", VERSION)?;
            out.text("type", "status")?;
            out.maybe_number("time", self.time)?;
            out.text("platform", self.platform.as_str())?;
            out.text("fail", self.bound.fail.as_str())?;
            out.text("mode_cap", self.bound.mode_cap.as_str())?;
            out.list("policies", self.policies.report(self.bound), |out, secrets, policy| {
                json::object(out, secrets, |out| self.write_policy(out, &policy))
            })?;
            if !self.target.is_empty() {
                out.object("target", |out| AuditEvent::write_target(self.target, out))?;
            }
            let bundle = out.key("bundle")?;
            bundle.write_char('"')?;
            json::hex(bundle, &self.bundle.to_be_bytes())?;
            bundle.write_char('"')?;
            out.number("generation", self.bound.generation)
        })
    }

    fn write_policy<W: Write>(
        &self,
        out: &mut Object<'_, W>,
        policy: &PolicyStatus<'_>,
    ) -> fmt::Result {
        out.text("policy", policy.policy)?;
        out.text("mode", policy.mode.as_str())?;
        out.maybe_number("enforce_after", policy.enforce_after)?;
        out.flag("applies", policy.applies)?;
        out.set("undecided", policy.undecided)?;
        out.text("enforcement", policy.enforcement.as_str())?;
        let own = self.policies.controls(self.bound);
        let own = own.filter(|control| control.policy == policy.policy);
        out.list("controls", own, |out, secrets, control| {
            json::object(out, secrets, |out| {
                out.text("control", control.control.as_str())?;
                out.text("enforcement", control.enforcement.as_str())?;
                out.list("lacking", kinds(control.lacking), |out, _, kind| {
                    json::text(out, kind.as_str())
                })
            })
        })
    }
}

impl fmt::Display for StatusEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_json(f)
    }
}

fn kinds(set: Capabilities) -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(move |&kind| set.can_block(kind))
}
