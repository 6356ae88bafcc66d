//! Why each rule about an event matches it or does not, as JSON.

use core::fmt::{self, Write};

use super::{json, write_entry, write_not_on};
use crate::engine::Engine;
use crate::event::Event;
use crate::explain::Explanation;
use crate::matcher::substring::SubstringTable;

/// Explanations of every rule about an event's kind, ready to be written as JSON; see
/// [`Engine::explanations`].
///
/// [`Display`](fmt::Display) writes the same as [`Explanations::write_json`].
#[derive(Clone, Copy, Debug)]
pub struct Explanations<'a, B> {
    pub(crate) engine: &'a Engine<B>,
    pub(crate) event: &'a Event<'a>,
}

impl<B: AsRef<[u8]>> Explanations<'_, B> {
    /// Writes a list on one line, without a line break: for each rule `rule` (its
    /// number), `policy`, `control`, `result` (`matches`, `fails`, `undecided` or
    /// `over_time`), and `condition`, `code`, `entry` and `not_on` where there are such.
    ///
    /// # Errors
    ///
    /// Only those of `out`.
    pub fn write_json(&self, out: &mut impl Write) -> fmt::Result {
        let kind = self.event.activity.kind();
        let no_secrets = SubstringTable::new(&[]);
        let mut first = true;
        out.write_char('[')?;
        for (id, rule) in self.engine.rules().filter(|(_, rule)| Some(rule.kind) == kind) {
            let Some(explanation) = self.engine.explain(self.event, id) else { continue };
            if !first {
                out.write_char(',')?;
            }
            first = false;
            json::object(out, no_secrets, |out| {
                out.number("rule", id.number().into())?;
                out.text("policy", rule.policy)?;
                out.text("control", rule.control.as_str())?;
                let entry = match explanation {
                    Explanation::Matches(entry) => {
                        out.text("result", "matches")?;
                        entry
                    }
                    Explanation::Unlisted(lists) => {
                        out.text("result", "matches")?;
                        write_not_on(out, lists)?;
                        None
                    }
                    Explanation::Fails(condition, entry) => {
                        out.text("result", "fails")?;
                        out.text("condition", condition.as_str())?;
                        entry
                    }
                    Explanation::Undecided(code) => {
                        out.text("result", "undecided")?;
                        out.text("code", code.as_str())?;
                        None
                    }
                    Explanation::OverTime => {
                        out.text("result", "over_time")?;
                        None
                    }
                };
                entry.map_or(Ok(()), |entry| write_entry(out, &entry))
            })?;
        }
        out.write_char(']')
    }
}

impl<B: AsRef<[u8]>> fmt::Display for Explanations<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_json(f)
    }
}
