//! Decisions: the engine's answers, values that never change.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString, PyTuple};
use wardline::{Action, Alert, Event, Invalid, Reason, Remediation, RuleId};

use crate::record;
use crate::source::{Family, Source};
use crate::words;

type Engine = wardline::Engine<Source>;

/// The answer to one event. No plain value: ask for its `action`.
#[pyclass(frozen, module = "wardline")]
pub(crate) struct Decision {
    decision: wardline::Decision,
    /// Of which engines that of its generation decided.
    family: Family,
    /// Of decisions with a rule or an alert.
    more: Option<Box<More>>,
}

struct More {
    rules: Rules,
    alert: Option<Alert>,
}

/// Where a decision's rules are described.
enum Rules {
    /// By the engine that decided, and every rule that matched if it is not just
    /// the one that won.
    Engine(Arc<Engine>, Option<Vec<RuleId>>),
    /// Unpickled: the rule, the rules, the alert.
    Objects(Py<PyAny>, Py<PyTuple>, Py<PyAny>),
}

impl Decision {
    /// A decision of an engine about an event.
    #[inline]
    pub(crate) fn new(
        engine: &Arc<Engine>,
        event: &Event<'_>,
        decision: wardline::Decision,
        alert: Option<Alert>,
    ) -> Decision {
        if decision.rule.is_none() && decision.matched == 0 && alert.is_none() {
            return Decision::plain(decision, engine.source().family());
        }
        let lone = decision.matched == 0 || decision.matched == 1 && !is_invalid(&decision);
        let all = (!lone).then(|| matching(engine, event, &decision));
        Decision::made(engine, decision, alert, all)
    }

    /// The decision as Python has it. One that says no more than most do is made only
    /// once for each engine.
    #[inline]
    pub(crate) fn into_object<'py>(
        self,
        py: Python<'py>,
        source: &Source,
    ) -> PyResult<Bound<'py, Decision>> {
        if self.more.is_some() {
            return Bound::new(py, self);
        }
        let usual = source.usual(py, self.decision)?;
        if usual.get().is(&self.decision) {
            return Ok(usual.clone());
        }
        Bound::new(py, self)
    }

    /// Whether it says no more than the engine's answer.
    #[inline]
    pub(crate) fn is(&self, decision: &wardline::Decision) -> bool {
        self.more.is_none() && self.decision == *decision
    }

    /// A decision without rule and alert.
    pub(crate) fn plain(decision: wardline::Decision, family: Family) -> Decision {
        Decision { decision, family, more: None }
    }

    /// A decision of which only the rule that won is known.
    pub(crate) fn without_event(
        engine: &Arc<Engine>,
        decision: wardline::Decision,
        alert: Option<Alert>,
    ) -> Decision {
        if decision.rule.is_none() && alert.is_none() {
            return Decision::plain(decision, engine.source().family());
        }
        Decision::made(engine, decision, alert, None)
    }

    fn made(
        engine: &Arc<Engine>,
        decision: wardline::Decision,
        alert: Option<Alert>,
        all: Option<Vec<RuleId>>,
    ) -> Decision {
        let rules = Rules::Engine(Arc::clone(engine), all);
        let family = engine.source().family();
        Decision { decision, family, more: Some(Box::new(More { rules, alert })) }
    }

    /// The engine that tells it: the one that decided, which is `now` or one before it in
    /// its place. Where there is no rule to be told none is kept, and `now` leaves out
    /// what it cannot know.
    ///
    /// # Errors
    ///
    /// A `ValueError` if it is another's decision.
    pub(crate) fn engine<'e>(&'e self, now: &'e Arc<Engine>) -> PyResult<&'e Arc<Engine>> {
        if self.family != now.source().family() {
            return Err(PyValueError::new_err(
                "decision: not of this engine, but of another one or unpickled",
            ));
        }
        Ok(match self.more.as_deref() {
            Some(More { rules: Rules::Engine(engine, _), .. }) => engine,
            _ => now,
        })
    }

    /// What the engine answered.
    pub(crate) fn answer(&self) -> (wardline::Decision, Option<Alert>) {
        (self.decision, self.more.as_ref().and_then(|more| more.alert))
    }
}

/// An invalid event has a rule that could not be judged, not one that matched.
fn is_invalid(decision: &wardline::Decision) -> bool {
    matches!(decision.reason, Reason::InvalidEvent(_))
}

/// Every rule that matches, in bundle order.
fn matching(engine: &Engine, event: &Event<'_>, decision: &wardline::Decision) -> Vec<RuleId> {
    let mut rules = vec![RuleId::from_number(0); decision.matched as usize];
    let count = engine.matches(event, &mut rules);
    rules.truncate(count);
    // Rules that count over time match only with their state.
    if let Some(winner) = decision.rule
        && !is_invalid(decision)
        && !rules.contains(&winner)
    {
        rules.insert(0, winner);
    }
    rules
}

#[pymethods]
impl Decision {
    /// What to do now: `allow`, `audit` or `block`.
    #[getter]
    fn action<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        words::action(py, self.decision.action)
    }

    /// What it would be if every policy enforced.
    #[getter]
    fn intent<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        words::action(py, self.decision.intent)
    }

    /// Why: `no_match`, `matched`, `quarantined` or `invalid_event`.
    #[getter]
    fn reason<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        words::reason(py, self.decision.reason)
    }

    /// What was invalid, for `invalid_event`.
    #[getter]
    fn code<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        match self.decision.reason {
            Reason::InvalidEvent(code) => Some(words::code(py, code)),
            _ => None,
        }
    }

    #[getter]
    fn allowed(&self) -> bool {
        self.decision.action == Action::Allow
    }

    #[getter]
    fn audited(&self) -> bool {
        self.decision.action == Action::Audit
    }

    #[getter]
    fn blocked(&self) -> bool {
        self.decision.action == Action::Block
    }

    /// The rule that won; for `invalid_event` the first that could not be judged.
    #[getter]
    fn rule<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match &self.more {
            None => Ok(None),
            Some(more) => match &more.rules {
                Rules::Engine(engine, _) => {
                    self.decision.rule.map(|rule| described(py, engine, rule)).transpose()
                }
                Rules::Objects(rule, ..) => Ok(rule.extract(py)?),
            },
        }
    }

    /// Every rule that matched, in bundle order.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let Some(more) = &self.more else { return Ok(PyTuple::empty(py)) };
        let won = || self.decision.rule.filter(|_| self.decision.matched > 0);
        let (engine, rules) = match &more.rules {
            Rules::Engine(engine, Some(all)) => (engine, all.clone()),
            Rules::Engine(..) if is_invalid(&self.decision) => return Ok(PyTuple::empty(py)),
            Rules::Engine(engine, None) => (engine, won().into_iter().collect()),
            Rules::Objects(_, rules, _) => return Ok(rules.bind(py).clone()),
        };
        let rules = rules.into_iter().map(|rule| described(py, engine, rule));
        PyTuple::new(py, rules.collect::<PyResult<Vec<_>>>()?)
    }

    /// The policy of the rule.
    #[getter]
    fn policy<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.rule(py)?.map(|rule| rule.getattr(pyo3::intern!(py, "policy"))).transpose()
    }

    /// The control of the rule.
    #[getter]
    fn control<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.rule(py)?.map(|rule| rule.getattr(pyo3::intern!(py, "control"))).transpose()
    }

    /// How many rules matched.
    #[getter]
    fn matched(&self) -> u32 {
        self.decision.matched
    }

    /// What to do besides: `none` or `delete`.
    #[getter]
    fn remediation<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        words::remediation(py, self.decision.remediation)
    }

    /// The state was full, so that something less dangerous was forgotten.
    #[getter]
    fn overload(&self) -> bool {
        self.decision.overload
    }

    /// Every rule that matched is over its policy's throttle: the audit need not be
    /// reported. A block never is.
    #[getter]
    fn suppressed(&self) -> bool {
        self.decision.suppressed
    }

    /// How many suppressed audits this decision stands for besides.
    #[getter]
    fn suppressed_before(&self) -> u32 {
        self.decision.suppressed_before
    }

    /// Which engine decided, of those that follow one another.
    #[getter]
    fn generation(&self) -> u64 {
        self.decision.generation
    }

    /// What a control over time found beside the decision.
    #[getter]
    fn alert<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(more) = &self.more else { return Ok(None) };
        match (&more.rules, &more.alert) {
            (Rules::Engine(engine, _), Some(alert)) => {
                record::alert(py, alert, described(py, engine, alert.rule)?).map(Some)
            }
            (Rules::Objects(_, _, alert), _) => Ok(alert.extract(py)?),
            _ => Ok(None),
        }
    }

    /// The decision as a dictionary of plain values.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("action", self.action(py))?;
        dict.set_item("intent", self.intent(py))?;
        dict.set_item("reason", self.reason(py))?;
        dict.set_item("code", self.code(py))?;
        dict.set_item("policy", self.policy(py)?)?;
        dict.set_item("control", self.control(py)?)?;
        dict.set_item("matched", self.matched())?;
        dict.set_item("remediation", self.remediation(py))?;
        dict.set_item("overload", self.overload())?;
        dict.set_item("suppressed", self.suppressed())?;
        dict.set_item("suppressed_before", self.suppressed_before())?;
        dict.set_item("generation", self.generation())?;
        Ok(dict)
    }

    /// `if engine.decide(event):` would be a silent mistake.
    fn __bool__(&self) -> PyResult<bool> {
        Err(PyTypeError::new_err("a Decision is neither true nor false: ask for its `action`"))
    }

    /// `if decision != "block":` would be one too, so words and truth values are refused.
    /// Python makes `!=` of this.
    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        if other.is_instance_of::<PyString>()
            || other.is_instance_of::<PyBytes>()
            || other.is_instance_of::<PyBool>()
        {
            return Err(PyTypeError::new_err(
                "a Decision is no word and no truth value: compare `decision.action`",
            ));
        }
        let Ok(other) = other.cast::<Decision>() else { return Ok(py.NotImplemented()) };
        let other = other.get();
        let same = self.decision == other.decision && self.rules(py)?.eq(other.rules(py)?)?;
        Ok(PyBool::new(py, same).to_owned().into_any().unbind())
    }

    fn __hash__(&self) -> u64 {
        let decision = &self.decision;
        let rule = decision.rule.map_or(u64::from(u32::MAX), |rule| u64::from(rule.number()));
        rule << 8 ^ (decision.action as u64) << 4 ^ u64::from(decision.matched) << 40
    }

    /// As plain values with the rules themselves: without the engine.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let decision = &self.decision;
        let (reason, code) = match decision.reason {
            Reason::NoMatch => (0, 0),
            Reason::Quarantined => (2, 0),
            Reason::InvalidEvent(code) => (3, code as u8),
            // A reason that this build does not know must not look harmless.
            _ => (1, 0),
        };
        let numbers = (
            decision.action as u8,
            decision.intent as u8,
            reason,
            code,
            decision.rule.map(|rule| rule.number()),
            decision.matched,
            decision.remediation as u8,
            decision.overload,
            (decision.suppressed, decision.suppressed_before),
            decision.generation,
        );
        let values = (numbers, self.rule(py)?, self.rules(py)?, self.alert(py)?);
        let restore = py.import("wardline._native")?.getattr("_decision")?;
        (restore, values).into_pyobject(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = format!("<Decision {}", self.decision.action);
        if let Some(code) = self.code(py) {
            text += &format!(" invalid_event {code}");
        }
        if let (Some(policy), Some(control)) = (self.policy(py)?, self.control(py)?) {
            text += &format!(" {policy}/{control}");
        }
        if self.decision.intent != self.decision.action {
            text += &format!(" (intent {})", self.decision.intent);
        }
        Ok(text + ">")
    }
}

/// A rule of an engine.
fn described<'py>(py: Python<'py>, engine: &Engine, rule: RuleId) -> PyResult<Bound<'py, PyAny>> {
    engine.source().rules(py, engine)?.get_item(rule.number() as usize)
}

/// The numbers of a decision, as `__reduce__` gives them.
type Numbers = (u8, u8, u8, u8, Option<u32>, u32, u8, bool, (bool, u32), u64);

/// A decision that was pickled.
#[pyfunction]
#[pyo3(name = "_decision")]
pub(crate) fn restored(
    numbers: Numbers,
    rule: Py<PyAny>,
    rules: Py<PyTuple>,
    alert: Py<PyAny>,
) -> PyResult<Decision> {
    let wrong = || PyValueError::new_err("not the values of a decision");
    let (action, intent, reason, code, id, matched, remediation, overload, suppressed, generation) =
        numbers;
    let mut decision = wardline::Decision::ALLOW;
    decision.action = Action::from_number(action).ok_or_else(wrong)?;
    decision.intent = Action::from_number(intent).ok_or_else(wrong)?;
    decision.reason = match reason {
        0 => Reason::NoMatch,
        1 => Reason::Matched,
        2 => Reason::Quarantined,
        _ => Reason::InvalidEvent(Invalid::from_number(code).ok_or_else(wrong)?),
    };
    decision.rule = id.map(RuleId::from_number);
    decision.matched = matched;
    decision.remediation = Remediation::from_number(remediation).ok_or_else(wrong)?;
    decision.overload = overload;
    (decision.suppressed, decision.suppressed_before) = suppressed;
    decision.generation = generation;
    let rules = Rules::Objects(rule, rules, alert);
    Ok(Decision {
        decision,
        family: Family::NONE,
        more: Some(Box::new(More { rules, alert: None })),
    })
}
