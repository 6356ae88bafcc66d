//! Audit events: a decision, what it is about and why, as one line of JSON.
//!
//! The shape is Wardline's own and is specified in `docs/events.md`. Writing it
//! needs no allocation.

mod event;
mod explanations;
mod json;
mod status;
mod unescape;

pub use explanations::Explanations;
pub use status::StatusEvent;

use core::fmt::{self, Write};

use crate::control::Control;
use crate::decision::{Decision, Reason, Remediation};
use crate::event::Event;
use crate::explain::{Entry, Explanation, List};
use crate::matcher::substring::SubstringTable;
use crate::policies::Rule;
use crate::state::Alert;
use json::Object;

/// The version of the shape.
const VERSION: u64 = 1;

/// A decision with its event, ready to be written as JSON; see
/// [`Engine::audit`](crate::Engine::audit).
///
/// [`Display`](fmt::Display) writes the same as [`AuditEvent::write_json`].
#[derive(Clone, Copy, Debug)]
pub struct AuditEvent<'a> {
    pub(crate) event: &'a Event<'a>,
    pub(crate) decision: Decision,
    pub(crate) rule: Option<Rule<'a>>,
    pub(crate) why: Option<Explanation<'a>>,
    /// Some rule that matched wants arguments kept.
    pub(crate) arguments: bool,
    pub(crate) target: &'a [(&'a str, &'a str)],
    /// Unless another engine decided.
    pub(crate) bundle: Option<u64>,
    pub(crate) metadata: Option<&'a str>,
    pub(crate) alert: Option<Alert>,
    /// The secrets of decoys, which an audit event must not give away.
    pub(crate) secrets: SubstringTable<'a>,
}

impl<'a> AuditEvent<'a> {
    /// Adds what the event's source said besides.
    ///
    /// * `json` - a JSON value as it was written, such as
    ///   [`EventBuf::metadata`](crate::json::EventBuf::metadata); it is copied
    ///   as it is.
    #[must_use]
    pub fn with_metadata(mut self, json: Option<&'a str>) -> Self {
        self.metadata = json;
        self
    }

    /// Adds what a control over time found beside the decision.
    #[must_use]
    pub fn with_alert(mut self, alert: Option<Alert>) -> Self {
        self.alert = alert;
        self
    }

    /// Writes the event as one line of JSON, without a line break.
    ///
    /// # Errors
    ///
    /// Only those of `out`.
    pub fn write_json(&self, out: &mut impl Write) -> fmt::Result {
        json::object(out, self.secrets, |out| {
            out.number("version", VERSION)?;
            out.text("type", self.kind())?;
            out.maybe_number("time", self.event.time)?;
            self.write_decision(out)?;
            self.write_rule(out)?;
            if let Some(alert) = &self.alert {
                out.object("alert", |out| {
                    out.number("count", u64::from(alert.count))?;
                    out.number("others", u64::from(alert.others))?;
                    out.list("seen", alert.seen(), event::seen)
                })?;
            }
            out.object("event", |out| event::write(out, self.event, self.arguments))?;
            let removed = if self.arguments { 0 } else { event::arguments(self.event) };
            out.maybe_number("arguments_removed", Some(removed).filter(|&removed| removed > 0))?;
            if let Some(metadata) = self.metadata {
                let hides = self.secrets.any_of(unescape::unescaped(metadata.as_bytes()));
                let out = out.key("metadata")?;
                if hides { json::text(out, json::REMOVED)? } else { out.write_str(metadata)? }
            }
            if !self.target.is_empty() {
                out.object("target", |out| Self::write_target(self.target, out))?;
            }
            if let Some(hash) = self.bundle {
                let bundle = out.key("bundle")?;
                bundle.write_char('"')?;
                json::hex(bundle, &hash.to_be_bytes())?;
                bundle.write_char('"')?;
            }
            out.number("generation", self.decision.generation)
        })
    }

    fn write_decision<W: Write>(&self, out: &mut Object<'_, W>) -> fmt::Result {
        let decision = &self.decision;
        out.text("action", decision.action.as_str())?;
        out.text("intent", decision.intent.as_str())?;
        out.text("reason", decision.reason.as_str())?;
        if let Reason::InvalidEvent(code) = decision.reason {
            out.text("code", code.as_str())?;
        }
        if decision.remediation != Remediation::None {
            out.text("remediation", decision.remediation.as_str())?;
        }
        out.set("overload", decision.overload)?;
        out.set("suppressed", decision.suppressed)?;
        let before = u64::from(decision.suppressed_before);
        out.maybe_number("suppressed_before", Some(before).filter(|&before| before > 0))?;
        out.number("matched", u64::from(decision.matched))
    }

    fn write_rule<W: Write>(&self, out: &mut Object<'_, W>) -> fmt::Result {
        let Some(rule) = &self.rule else { return Ok(()) };
        out.text("policy", rule.policy)?;
        out.text("control", rule.control.as_str())?;
        out.text("message", rule.message)?;
        out.text("severity", rule.severity.as_str())?;
        out.list("tags", rule.tags(), |out, _, tag| json::text(out, tag))?;
        match self.why {
            Some(Explanation::Matches(Some(entry))) => write_entry(out, &entry),
            Some(Explanation::Unlisted(lists)) => write_not_on(out, lists),
            _ => Ok(()),
        }
    }

    /// Attributes by name. One that is given more than once, as the groups of a
    /// host are, has a list of values where it first stood.
    fn write_target<W: Write>(target: &[(&str, &str)], out: &mut Object<'_, W>) -> fmt::Result {
        for (index, &(name, value)) in target.iter().enumerate() {
            let same = || target.iter().filter(move |&&(other, _)| other == name);
            if target.iter().take(index).any(|&(other, _)| other == name) {
                continue;
            }
            if same().nth(1).is_some() {
                out.list(name, same(), |out, _, &(_, value)| json::text(out, value))?;
            } else {
                out.text(name, value)?;
            }
        }
        Ok(())
    }

    /// The reference product's name for events of this kind.
    fn kind(&self) -> &'static str {
        match &self.rule {
            Some(rule) if rule.for_function => "function_runtime",
            Some(Rule {
                control:
                    Control::FileIntegrityMonitoring
                    | Control::SystemIntegrityMonitoring
                    | Control::WindowsRegistryMonitoring,
                ..
            }) => "integrity_monitoring",
            _ => "enforcer",
        }
    }
}

/// The entry that decided, as a member.
fn write_entry<W: Write>(out: &mut Object<'_, W>, entry: &Entry<'_>) -> fmt::Result {
    out.object("entry", |out| {
        out.text("list", entry.list.as_str())?;
        out.text("text", entry.text)?;
        out.text("file", entry.file)?;
        out.number("line", u64::from(entry.line))?;
        out.number("column", u64::from(entry.column))
    })
}

/// The lists that lack what must be on them, as a member.
fn write_not_on<W: Write>(out: &mut Object<'_, W>, lists: &[List]) -> fmt::Result {
    out.list("not_on", lists.iter(), |out, _, list| json::text(out, list.as_str()))
}

impl fmt::Display for AuditEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_json(f)
    }
}
