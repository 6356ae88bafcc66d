//! Counting decisions: by action, by control, by program.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use wardline::{Action, Activity, Decision, Engine, Event, Reason};

use crate::said::{counted, shown, table};

/// What was decided, counted.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    events: u64,
    actions: BTreeMap<Action, u64>,
    controls: BTreeMap<(Action, String), u64>,
    programs: BTreeMap<(Action, String), u64>,
    overloaded: usize,
    deciding: Duration,
}

/// How many programs are listed.
const PROGRAMS: usize = 20;

impl Summary {
    pub(crate) fn add(
        &mut self,
        engine: &Engine<Vec<u8>>,
        event: &Event<'_>,
        decision: &Decision,
        took: Duration,
    ) {
        self.events += 1;
        self.deciding += took;
        self.overloaded += usize::from(decision.overload);
        *self.actions.entry(decision.action).or_default() += 1;
        if decision.action == Action::Allow {
            return;
        }
        let control = match (decision.reason, decision.rule.and_then(|rule| engine.rule(rule))) {
            (Reason::InvalidEvent(code), _) => format!("invalid_event ({code})"),
            (_, Some(rule)) => format!("{}/{}", rule.policy, rule.control),
            (reason, None) => reason.as_str().to_owned(),
        };
        *self.controls.entry((decision.action, control)).or_default() += 1;
        *self.programs.entry((decision.action, program(event))).or_default() += 1;
    }
}

/// The program of an event: the one to be run, or else the one that acts.
fn program(event: &Event<'_>) -> String {
    let path = match &event.activity {
        Activity::Exec(exec) => Some(exec.path),
        _ => event.process.path,
    };
    // As it is shown, so that names that differ in bytes that are no text stay apart.
    path.map_or("unknown".to_owned(), shown)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = Action::ALL.iter().rev().map(|action| {
            [action.to_string(), self.actions.get(action).copied().unwrap_or(0).to_string()]
        });
        writeln!(f, "{}", table(["action", "events"], 1, counts))?;
        if !self.controls.is_empty() {
            let controls = ordered(&self.controls).into_iter();
            writeln!(f, "\n{}", table(["action", "control", "events"], 2, controls))?;
            let programs = ordered(&self.programs);
            let more = programs.len().saturating_sub(PROGRAMS);
            let programs = programs.into_iter().take(PROGRAMS);
            writeln!(f, "\n{}", table(["action", "program", "events"], 2, programs))?;
            if more > 0 {
                writeln!(f, "… and {more} more programs")?;
            }
        }
        if self.overloaded > 0 {
            let told = counted(self.overloaded, "event");
            writeln!(f, "\n{told} overloaded the state: what was forgotten may be an attack")?;
        }
        writeln!(f)?;
        let seconds = self.deciding.as_secs_f64();
        let rate = if seconds > 0.0 { self.events as f64 / seconds } else { 0.0 };
        write!(f, "{} events, {rate:.0} decisions per second of deciding", self.events)
    }
}

/// Strongest action first, then the most frequent.
fn ordered(counts: &BTreeMap<(Action, String), u64>) -> Vec<[String; 3]> {
    let mut rows: Vec<_> = counts.iter().collect();
    rows.sort_by(|((a, x), m), ((b, y), n)| b.cmp(a).then(n.cmp(m)).then(x.cmp(y)));
    rows.into_iter()
        .map(|((action, name), &count)| [action.to_string(), name.clone(), count.to_string()])
        .collect()
}
