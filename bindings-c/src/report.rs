//! What rules, policies and controls are, why a rule matches, and what is to be
//! reported.

use core::ffi::c_char;

use wardline::{Alert, Decision, RuleId};

use crate::binding::{bits, wardline_pair, with_pairs};
use crate::decision::wardline_decision;
use crate::engine::{Bytes, wardline_engine};
use crate::event::wardline_event;
use crate::raw::{In, Out, wardline_bytes, wardline_text};
use crate::read::with_event;
use crate::status::{Checked, guard, wardline_status};
use crate::text;
use crate::words::number;

/// What a rule is. Texts belong to the engine and stay until it is freed.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_rule<'a> {
    /// `sizeof(wardline_rule)`.
    pub size: u32,
    /// A `wardline_control`.
    pub control: u32,
    /// A `wardline_kind`.
    pub kind: u32,
    /// A `wardline_severity`.
    pub severity: u32,
    /// A `wardline_mode`: that of the policy.
    pub mode: u32,
    /// The control may block, not only report.
    pub can_block: u32,
    /// The policy wants arguments kept in audit events.
    pub keeps_arguments: u32,
    /// The policy is for functions, not for hosts.
    pub for_function: u32,
    /// The policy's name.
    pub policy: wardline_text<'a>,
    /// The control's name.
    pub control_name: wardline_text<'a>,
    /// What a match means.
    pub message: wardline_text<'a>,
}

/// What a rule is, by its number.
///
/// `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
/// Its texts belong to `engine`. Any thread. Errors: `NOT_FOUND`, `NULL_ARGUMENT`,
/// `WRONG_HANDLE`, `WRONG_SIZE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_rule<'a>(
    engine: In<'a, wardline_engine>,
    rule: u32,
    out: Out<'_, wardline_rule<'a>>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let out = out.sized()?;
        let rule = engine.rule(RuleId::from_number(rule)).ok_or(wardline_status::NotFound)?;
        out.put(wardline_rule {
            size: size_of::<wardline_rule<'_>>() as u32,
            control: rule.control as u32,
            kind: number!(rule.kind),
            severity: number!(rule.severity),
            mode: number!(rule.mode),
            can_block: rule.can_block.into(),
            keeps_arguments: rule.keeps_arguments.into(),
            for_function: rule.for_function.into(),
            policy: wardline_text::new(rule.policy),
            control_name: wardline_text::new(rule.control.as_str()),
            message: wardline_text::new(rule.message),
        });
        Ok(())
    })
}

/// A tag of a rule's policy: `index` counts from 0, and `NOT_FOUND` means that there
/// are no more.
///
/// `*out` is written on `WARDLINE_STATUS_OK` only and belongs to `engine`. Any
/// thread. Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_rule_tag<'a>(
    engine: In<'a, wardline_engine>,
    rule: u32,
    index: usize,
    out: Out<'_, wardline_text<'a>>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let out = out.place()?;
        let rule = engine.rule(RuleId::from_number(rule));
        let tag = rule.and_then(|rule| rule.tags().nth(index));
        out.put(wardline_text::new(tag.ok_or(wardline_status::NotFound)?));
        Ok(())
    })
}

/// What became of a policy when the bundle was bound.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_policy_status<'a> {
    /// `sizeof(wardline_policy_status)`.
    pub size: u32,
    /// A `wardline_mode`, before any cap.
    pub mode: u32,
    /// A `wardline_enforcement`: how far it is enforced here.
    pub enforcement: u32,
    /// It applies to this target.
    pub applies: u32,
    /// It applies only because an attribute is missing that would decide.
    pub undecided: u32,
    /// It is the default policy of its kind.
    pub is_default: u32,
    /// Since when it enforces by itself, in milliseconds since the Unix epoch;
    /// `UINT64_MAX` for never.
    pub enforce_after: u64,
    /// The policy's name; it belongs to the engine.
    pub policy: wardline_text<'a>,
}

/// The enforcement status of a policy: `index` counts from 0, and `NOT_FOUND` means
/// that there are no more.
///
/// `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
/// Any thread. Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `WRONG_SIZE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_policy_status<'a>(
    engine: In<'a, wardline_engine>,
    index: usize,
    out: Out<'_, wardline_policy_status<'a>>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let out = out.sized()?;
        let status = engine.report().nth(index).ok_or(wardline_status::NotFound)?;
        out.put(wardline_policy_status {
            size: size_of::<wardline_policy_status<'_>>() as u32,
            mode: number!(status.mode),
            enforcement: number!(status.enforcement),
            applies: status.applies.into(),
            undecided: status.undecided.into(),
            is_default: status.default.into(),
            enforce_after: status.enforce_after.unwrap_or(u64::MAX),
            policy: wardline_text::new(status.policy),
        });
        Ok(())
    })
}

/// How far one control of a policy is enforced.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_control_status<'a> {
    /// `sizeof(wardline_control_status)`.
    pub size: u32,
    /// A `wardline_control`.
    pub control: u32,
    /// A `wardline_enforcement`: how far it is enforced here.
    pub enforcement: u32,
    /// The kinds of events that it would block, but the enforcer cannot, as bits
    /// `1u << WARDLINE_KIND_…`.
    pub lacking: u32,
    /// The policy's name; it belongs to the engine.
    pub policy: wardline_text<'a>,
}

/// The enforcement status of a control: `index` counts from 0 over all policies, and
/// `NOT_FOUND` means that there are no more.
///
/// `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
/// Any thread. Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `WRONG_SIZE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_control_status<'a>(
    engine: In<'a, wardline_engine>,
    index: usize,
    out: Out<'_, wardline_control_status<'a>>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let out = out.sized()?;
        let status = engine.controls().nth(index).ok_or(wardline_status::NotFound)?;
        out.put(wardline_control_status {
            size: size_of::<wardline_control_status<'_>>() as u32,
            control: status.control as u32,
            enforcement: number!(status.enforcement),
            lacking: bits(status.lacking),
            policy: wardline_text::new(status.policy),
        });
        Ok(())
    })
}

/// Writes what is enforced here as one line of JSON: to be reported when an enforcer
/// starts and after each replaced bundle.
///
/// `target` are the attributes that the engine was bound to, `time` milliseconds
/// since the Unix epoch. The text, with a zero byte at its end, goes to `out`; its
/// length without it to `*length`. On `BUFFER_TOO_SMALL` `*length` says what is
/// needed and the text is cut off; `out` may be NULL with capacity 0. Any thread.
/// Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_status(
    engine: In<'_, wardline_engine>,
    target: In<'_, wardline_pair<'_>>,
    target_count: usize,
    time: u64,
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        with_pairs(target.items(target_count)?, |target| {
            text::write(out, capacity, length, |mut to| {
                engine.status(target).at(time).write_json(&mut to)
            })
        })
    })
}

/// Writes why each rule about an event's kind matches it or does not, as one line of
/// JSON: a list of objects with `rule`, `policy`, `control`, `result` (`matches`,
/// `fails`, `undecided`, `over_time`) and what explains it (`entry`, `condition`, `code`,
/// `not_on`).
///
/// Far slower than deciding. The text goes to `out` and `length` as with
/// `wardline_engine_status`. Any thread. Errors are those of both
/// `wardline_engine_decide` and `wardline_engine_status`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_explain(
    engine: In<'_, wardline_engine>,
    event: In<'_, wardline_event<'_>>,
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        with_event(event.sized()?, |event| {
            text::write(out, capacity, length, |mut to| {
                engine.explanations(event).write_json(&mut to)
            })
        })?
    })
}

/// Writes the audit event of a decision as one line of JSON: what happened, what was
/// decided, and the entry of the policy that it was decided by.
///
/// `decision` is of this engine about this event; one of another generation is
/// `INVALID_ARGUMENT`, because only the engine that gave a rule's number knows the
/// rule. Of a `wardline_shared` take the engine first (`wardline_shared_engine`), and
/// decide and report with it. `target` are the attributes that the engine was bound
/// to; `metadata` is a JSON value that is copied as it is, or none. Arguments and the
/// secrets of decoys are removed where policies do not ask for them. The text goes to
/// `out` and `length` as with `wardline_engine_status`. Any thread. Errors are those
/// of both `wardline_engine_decide` and `wardline_engine_status`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_audit(
    engine: In<'_, wardline_engine>,
    event: In<'_, wardline_event<'_>>,
    decision: In<'_, wardline_decision>,
    target: In<'_, wardline_pair<'_>>,
    target_count: usize,
    metadata: wardline_bytes<'_>,
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let (decision, alert) = of(engine, decision)?;
        let metadata = match metadata.get()? {
            Some(_) => Some(metadata.text()?),
            None => None,
        };
        with_pairs(target.items(target_count)?, |target| {
            with_event(event.sized()?, |event| {
                let audit = engine.audit(event, &decision, target);
                let audit = audit.with_metadata(metadata).with_alert(alert);
                text::write(out, capacity, length, |mut to| audit.write_json(&mut to))
            })?
        })
    })
}

/// A decision that an engine made; no other generation's.
fn of(
    engine: &wardline::Engine<Bytes>,
    decision: In<'_, wardline_decision>,
) -> Checked<(Decision, Option<Alert>)> {
    let (decision, alert) = decision.sized()?.read()?;
    if decision.generation != engine.generation() {
        return Err(wardline_status::InvalidArgument);
    }
    Ok((decision, alert))
}

/// `wardline_engine_explain` about an event that is a line of JSON.
#[cfg(feature = "compiler")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_explain_json(
    engine: In<'_, wardline_engine>,
    line: wardline_bytes<'_>,
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let mut event = wardline::json::EventBuf::default();
        event.read(line.given()?);
        event.with_event(|event| {
            text::write(out, capacity, length, |mut to| {
                engine.explanations(event).write_json(&mut to)
            })
        })
    })
}

/// `wardline_engine_audit` about an event that is a line of JSON, with the
/// `metadata` it has.
#[cfg(feature = "compiler")]
#[unsafe(no_mangle)]
pub extern "C" fn wardline_engine_audit_json(
    engine: In<'_, wardline_engine>,
    line: wardline_bytes<'_>,
    decision: In<'_, wardline_decision>,
    target: In<'_, wardline_pair<'_>>,
    target_count: usize,
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let engine = engine.handle()?.engine();
        let (decision, alert) = of(engine, decision)?;
        let mut event = wardline::json::EventBuf::default();
        event.read(line.given()?);
        with_pairs(target.items(target_count)?, |target| {
            event.with_event(|one| {
                let audit = engine.audit(one, &decision, target);
                let audit = audit.with_metadata(event.metadata()).with_alert(alert);
                text::write(out, capacity, length, |mut to| audit.write_json(&mut to))
            })
        })
    })
}
