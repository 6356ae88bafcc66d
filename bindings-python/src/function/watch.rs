//! What watches this process: engine, state, reports, and the questions that the
//! hook asks. There is one, it stays until the process ends, and nothing in Python
//! leads to it.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::Python;
use wardline::{
    Action, Activity, Actor, Credential, Decision, Engine, Event, Invalid, Kind, Mode, Principal,
    Process, Reason, Rule, SharedState,
};

use super::plant::Planted;
use super::report::Reports;
use super::system;

static WATCH: OnceLock<Watch> = OnceLock::new();

/// What watches this process, once it is armed.
pub(crate) fn watch() -> Option<&'static Watch> {
    WATCH.get()
}

/// Arms the process; `false` if it was armed before.
pub(crate) fn set(watch: Watch) -> bool {
    WATCH.set(watch).is_ok()
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) struct Watch {
    engine: Engine<Vec<u8>>,
    target: Vec<(String, String)>,
    /// Quarantine and what else is over time.
    memory: Option<SharedState>,
    /// The program of this process.
    program: Vec<u8>,
    /// The process that was armed. Its forks count as it, so that quarantine stays.
    pid: u32,
    user: u32,
    actor: Actor,
    /// The kinds of events that can be decided other than allowed, as bits.
    kinds: u32,
    /// Some policy blocks.
    enforces: bool,
    pub(crate) reports: Reports,
    /// Where the interpreter's own libraries are: they are part of it.
    pub(crate) libraries: Vec<u8>,
    /// The variables that arm a child, as they were when this process was armed.
    pub(crate) inherited: Vec<(Vec<u8>, Vec<u8>)>,
    /// Decoys that were laid out.
    pub(crate) planted: Planted,
}

/// Why the program may not do something.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) call: &'static str,
    pub(crate) message: String,
    /// What it was about, if it has a name.
    pub(crate) name: Vec<u8>,
    /// Policy, control and severity.
    pub(crate) rule: Option<[String; 3]>,
}

pub(crate) type Answer = Result<(), Box<Refusal>>;

/// What is asked, and how.
pub(crate) struct Question<'a> {
    /// The Python call, a word without quotes.
    pub(crate) call: &'static str,
    /// What the error names.
    pub(crate) name: &'a [u8],
    pub(crate) activity: Activity<'a>,
    /// The program that acts, if it is not this process's.
    pub(crate) program: Option<&'a [u8]>,
    /// Part of it could not be understood.
    pub(crate) malformed: Option<Invalid>,
}

impl Watch {
    /// * `target` - what the engine was bound to.
    /// * `mode` - what it was capped to.
    pub(crate) fn new(
        engine: Engine<Vec<u8>>,
        target: Vec<(String, String)>,
        mode: Mode,
        memory: Option<SharedState>,
        reports: Reports,
    ) -> Watch {
        use std::os::unix::ffi::OsStringExt;
        let program = std::fs::read_link("/proc/self/exe").unwrap_or_default();
        let program = program.into_os_string().into_vec();
        let user = system::effective_user();
        let pid = std::process::id();
        let process = Process { path: Some(&program), pid: Some(pid), ..Process::UNKNOWN };
        let actor = engine.actor(&process, &principal(user), &[]);
        let mut kinds = engine.rules().fold(0, |all, (_, rule)| all | bit(rule.kind));
        if engine.needs_state() {
            // Quarantine refuses kinds that no rule is about.
            kinds |= Kind::ALL.iter().fold(0, |all, &kind| all | bit(kind));
        }
        let enforces = mode == Mode::Enforce
            && engine.rules().any(|(_, rule)| rule.can_block && rule.mode == Mode::Enforce);
        let (libraries, inherited, planted) = (Vec::new(), Vec::new(), Planted::default());
        Watch {
            engine,
            target,
            memory,
            program,
            pid,
            user,
            actor,
            kinds,
            enforces,
            reports,
            libraries,
            inherited,
            planted,
        }
    }

    /// Whether events of a kind can be decided other than allowed.
    pub(crate) fn asks(&self, kind: Kind) -> bool {
        self.kinds & bit(kind) != 0
    }

    /// Whether a variable is a decoy, without touching it.
    pub(crate) fn is_decoy(&self, name: &[u8]) -> bool {
        if self.key_of(name).is_some() {
            return true;
        }
        let credential = Credential { name: Some(name), id: None };
        self.engine.decide(&Event::new(Activity::Credential(credential))).action != Action::Allow
    }

    /// The key that was put into a variable.
    pub(crate) fn key_of(&self, variable: &[u8]) -> Option<&[u8]> {
        let mut all = self.planted.variables.iter();
        all.find(|(name, _)| name == variable).map(|(_, id)| id.as_slice())
    }

    /// The key that was put into a file.
    pub(crate) fn key_in(&self, path: &[u8]) -> Option<&[u8]> {
        let mut all = self.planted.files.iter();
        all.find(|(name, _)| name == path).map(|(_, id)| id.as_slice())
    }

    /// What was laid out, as a report, if anything was to be.
    pub(crate) fn laid_out(&self) -> Option<String> {
        let Planted { laid_out, failed, .. } = self.planted;
        (laid_out + failed > 0).then(|| {
            serde_json::json!({
                "version": 1, "type": "function_runtime", "time": now(), "action": "allow",
                "reason": "decoys", "laid_out": laid_out, "failed": failed,
            })
            .to_string()
        })
    }

    /// Puts into the environment of a child what arms it.
    pub(crate) fn rearm(&self, environment: &mut Vec<Vec<u8>>) {
        for (name, value) in &self.inherited {
            let start = [name.as_slice(), b"="].concat();
            let own = environment.iter().find_map(|pair| pair.strip_prefix(start.as_slice()));
            // What else is in a path stays behind it.
            let rest = own
                .filter(|own| name == b"PYTHONPATH" && !own.is_empty() && !own.starts_with(value));
            let rest = rest.map(|own| [b":".as_slice(), own].concat()).unwrap_or_default();
            if name == b"PYTHONPATH" && own.is_some_and(|own| own.starts_with(value)) {
                continue;
            }
            environment.retain(|pair| !pair.starts_with(&start));
            environment.push([start.as_slice(), value, &rest].concat());
        }
    }

    /// Asks about an event of a kind of which nobody can say what it is about.
    pub(crate) fn strange(&self, py: Python<'_>, call: &'static str, kind: Kind) -> Answer {
        let question = Question {
            call,
            name: b"",
            activity: Activity::Unknown(Some(kind)),
            program: None,
            malformed: Some(Invalid::FieldType),
        };
        self.ask(py, &question)
    }

    /// Asks the engine, reports what it wants reported, and says whether it may be done.
    pub(crate) fn ask(&self, py: Python<'_>, question: &Question<'_>) -> Answer {
        let user = system::effective_user();
        let path = question.program.unwrap_or(&self.program);
        let event = Event {
            time: Some(now()),
            process: Process { path: Some(path), pid: Some(self.pid), ..Process::UNKNOWN },
            user: principal(user),
            actor: (user == self.user && question.program.is_none()).then_some(&self.actor),
            malformed: question.malformed,
            ..Event::new(question.activity)
        };
        let (decision, alert) = match &self.memory {
            Some(memory) => memory.decide(&self.engine, &event),
            None => (self.engine.decide(&event), None),
        };
        if decision.action == Action::Allow {
            return Ok(());
        }
        let call = format!(r#"{{"call":"{}"}}"#, question.call);
        let target = self.target();
        let audit = self.engine.audit(&event, &decision, &target);
        self.reports.line(py, &audit.with_alert(alert).with_metadata(Some(&call)).to_string());
        if decision.action == Action::Block {
            Err(self.refusal(question, &decision))
        } else {
            Ok(())
        }
    }

    fn refusal(&self, question: &Question<'_>, decision: &Decision) -> Box<Refusal> {
        let rule = decision.rule.and_then(|rule| self.engine.rule(rule));
        let why = match (&rule, decision.reason) {
            (Some(Rule { policy, control, message, .. }), Reason::Matched) => {
                format!("{policy}/{control}: {message}")
            }
            (Some(Rule { policy, control, .. }), reason) => {
                format!("{policy}/{control}: {}", reason.as_str())
            }
            (None, Reason::InvalidEvent(code)) => format!("invalid_event: {code}"),
            (None, reason) => reason.as_str().to_owned(),
        };
        Box::new(Refusal {
            call: question.call,
            message: format!("blocked by wardline ({why})"),
            name: question.name.to_vec(),
            rule: rule.map(|rule| {
                [rule.policy, rule.control.as_str(), rule.severity.as_str()].map(str::to_owned)
            }),
        })
    }

    /// Something that no event describes, because it goes around the hook: reported,
    /// and refused while a policy enforces.
    pub(crate) fn around(&self, py: Python<'_>, call: &'static str, name: &[u8]) -> Answer {
        let action = if self.enforces { Action::Block } else { Action::Audit };
        let message = format!("{call} goes around the hook");
        let shown = String::from_utf8_lossy(name);
        let line = serde_json::json!({
            "version": 1, "type": "function_runtime", "time": now(), "action": action.as_str(),
            "intent": "block", "reason": "bypass", "message": message, "name": shown,
        });
        self.reports.line(py, &line.to_string());
        let refusal = Refusal {
            call,
            message: format!("blocked by wardline ({message})"),
            name: name.to_vec(),
            rule: None,
        };
        if self.enforces { Err(Box::new(refusal)) } else { Ok(()) }
    }

    /// A command of which the programs cannot be known before it runs.
    pub(crate) fn unresolved(&self, py: Python<'_>, call: &'static str, word: &[u8]) {
        let shown = String::from_utf8_lossy(word.get(..word.len().min(256)).unwrap_or(word));
        let line = serde_json::json!({
            "version": 1, "type": "function_runtime", "time": now(), "action": "audit",
            "intent": "audit", "reason": "unresolved_command", "name": shown,
            "message": "a shell puts the name of a program together when it runs",
            "metadata": { "call": call },
        });
        self.reports.line(py, &line.to_string());
    }

    /// What is enforced here, as the first report.
    pub(crate) fn status(&self) -> String {
        self.engine.status(&self.target()).at(now()).to_string()
    }

    fn target(&self) -> Vec<(&str, &str)> {
        self.target.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn principal(user: u32) -> Principal<'static> {
    Principal { id: Some(u64::from(user)), ..Principal::UNKNOWN }
}

fn bit(kind: Kind) -> u32 {
    1u32.wrapping_shl(kind as u32)
}
