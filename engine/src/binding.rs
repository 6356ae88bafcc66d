//! Binding: what an enforcer says once, when it loads a bundle.

use core::sync::atomic::{AtomicUsize, Ordering};

use crate::bundle::Platform;
use crate::bytes::{slice_at, u32_at};
use crate::canonical::names::Names;
use crate::decision::Action;
use crate::error::LoadError;
use crate::event::{Kind, vocabulary};
use crate::scope;

/// Where a bundle is used and how strictly: given once to
/// [`Engine::load`](crate::Engine::load).
///
/// # Example
///
/// ```
/// use wardline::{Binding, Fail};
///
/// let target = [("os.type", "linux"), ("host.name", "web-1")];
/// let binding = Binding { target: Some(&target), fail: Fail::Open, ..Binding::default() };
/// assert_eq!(binding.mode_cap, wardline::Mode::Enforce);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Attributes of this host or function that scopes are tested on. Labels
    /// are attributes named `label.<key>`. Required where a policy has a scope.
    pub target: Option<&'a [(&'a str, &'a str)]>,
    /// What an event that cannot be understood comes to.
    pub fail: Fail,
    /// The strongest mode: [`Mode::Audit`] turns every block into an audit.
    pub mode_cap: Mode,
    /// What this enforcer can prevent. Decides nothing; the report compares it
    /// with what the policies ask for.
    pub capabilities: Capabilities,
    /// Which drive a device or volume is, on Windows: pairs such as
    /// `(r"\Device\HarddiskVolume2", "C:")`. A path of a device that is not
    /// among them is invalid, because it could be any file.
    pub volumes: &'a [(&'a str, &'a str)],
    /// Copied into every decision, to tell apart engines that follow one another.
    pub generation: u64,
}

impl Default for Binding<'_> {
    fn default() -> Self {
        Binding {
            target: None,
            fail: Fail::Closed,
            mode_cap: Mode::Enforce,
            capabilities: Capabilities::ALL,
            volumes: &[],
            generation: 0,
        }
    }
}

vocabulary! {
    /// What an event that cannot be understood comes to.
    Fail {
        /// Block where a policy enforces a control on that kind of event,
        /// audit elsewhere.
        Closed = 0 "closed",
        /// Audit.
        Open = 1 "open",
    }
}

vocabulary! {
    /// What a violation comes to.
    Mode {
        /// It is reported.
        Audit = 0 "audit",
        /// It is prevented, where the control can.
        Enforce = 1 "enforce",
    }
}

/// The kinds of events an enforcer can prevent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Capabilities(u16);

impl Capabilities {
    /// Every kind.
    pub const ALL: Capabilities = Capabilities(u16::MAX);
    /// None: it can only report.
    pub const NONE: Capabilities = Capabilities(0);

    /// These and one more kind.
    #[must_use]
    pub const fn with(self, kind: Kind) -> Capabilities {
        Capabilities(self.0 | 1u16.wrapping_shl(kind as u32))
    }

    /// Whether events of a kind can be prevented.
    pub const fn can_block(self, kind: Kind) -> bool {
        self.0 & 1u16.wrapping_shl(kind as u32) != 0
    }
}

/// The most distinct pairs of scope and bypass scope in a bundle.
pub(crate) const MAX_SCOPES: usize = 4096;

/// A binding after its scopes were evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    applies: [u64; MAX_SCOPES / 64],
    undecided: [u64; MAX_SCOPES / 64],
    pub(crate) fail: Fail,
    pub(crate) mode_cap: Mode,
    pub(crate) capabilities: Capabilities,
    pub(crate) generation: u64,
    pub(crate) names: Names,
    /// Tells apart the engines of a process, whatever their generations.
    pub(crate) identity: usize,
}

/// The identity of the next engine.
static IDENTITY: AtomicUsize = AtomicUsize::new(1);

impl Bound {
    /// Evaluates every scope of a bundle's section on the binding's target.
    pub(crate) fn new(
        scopes: &[u8],
        platform: Platform,
        binding: &Binding<'_>,
    ) -> Result<Bound, LoadError> {
        let mut bound = Bound {
            names: Names::new(platform, binding)?,
            applies: [0; MAX_SCOPES / 64],
            undecided: [0; MAX_SCOPES / 64],
            fail: binding.fail,
            mode_cap: binding.mode_cap,
            capabilities: binding.capabilities,
            generation: binding.generation,
            identity: IDENTITY.fetch_add(1, Ordering::Relaxed),
        };
        let target = binding.target.unwrap_or(&[]);
        let count = (u32_at(scopes, 0) as usize).min(MAX_SCOPES);
        for id in 0..count {
            let [scope, bypass] = scope_codes(scopes, id);
            // An undecided scope applies; an undecided bypass does not.
            let (scope, bypass) = (evaluate(scope, target, true), evaluate(bypass, target, false));
            let applies = scope != Some(false) && bypass != Some(true);
            let undecided = scope != Some(false) && (scope.is_none() || bypass.is_none());
            set(&mut bound.applies, id, applies);
            set(&mut bound.undecided, id, applies && undecided);
        }
        Ok(bound)
    }

    /// Whether policies with this pair of scopes apply here.
    #[inline]
    pub(crate) fn applies(&self, scope: u16) -> bool {
        is_set(&self.applies, scope)
    }

    /// Whether that could not be decided for want of an attribute.
    pub(crate) fn is_undecided(&self, scope: u16) -> bool {
        is_set(&self.undecided, scope)
    }

    /// An action under the mode cap.
    pub(crate) fn cap(&self, action: Action) -> Action {
        if self.mode_cap == Mode::Audit { action.min(Action::Audit) } else { action }
    }

    /// What a rule that could not be judged comes to, if a match would be `action`.
    pub(crate) fn fail_action(&self, action: Action) -> Action {
        if self.fail == Fail::Open { action.min(Action::Audit) } else { action }
    }
}

/// The encoded scope and bypass scope of a number; empty where there is none.
pub(crate) fn scope_codes(scopes: &[u8], id: usize) -> [&[u8]; 2] {
    let at = id.wrapping_mul(4).wrapping_add(1);
    [0, 2].map(|field: usize| {
        let offset = u32_at(scopes, at.wrapping_add(field)) as usize;
        let length = u32_at(scopes, at.wrapping_add(field).wrapping_add(1)) as usize;
        slice_at(scopes, offset, length)
    })
}

/// The value of a scope; `absent` is that of no scope at all.
fn evaluate(code: &[u8], target: &[(&str, &str)], absent: bool) -> Option<bool> {
    if code.is_empty() { Some(absent) } else { scope::evaluate(code, target) }
}

fn set(bits: &mut [u64], index: usize, value: bool) {
    if let Some(word) = bits.get_mut(index / 64) {
        *word |= u64::from(value).wrapping_shl((index % 64) as u32);
    }
}

fn is_set(bits: &[u64], index: u16) -> bool {
    let index = usize::from(index);
    bits.get(index / 64).is_some_and(|word| word.wrapping_shr((index % 64) as u32) & 1 == 1)
}
