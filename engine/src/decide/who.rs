//! Who acts, as far as controls over time tell actors apart.
//!
//! An actor is known by its address, its process and its program, or by some of
//! these; the control says which of them counts and in what order. Of two the first
//! that is known of both decides whether they are the same. If there is none, they
//! cannot be told apart, and ignorance weakens no rule: they are taken to be the
//! same. Only an actor of whom nothing is known is nobody else: it would be everybody.
//!
//! So that one look-up finds what was noted for an actor, it is noted under each
//! thing that is known of it, together with which are known that decide before; and
//! looked for under each that is known of another, together with those that are not.

use crate::canonical::address::Ip;
use crate::canonical::names::{Form, Names, PathName, Visit};
use crate::event::{Activity, Address, Event};
use crate::state::Hash;
use crate::state::quarantine::{Actor, ActorKind};
use crate::watch::QuarantineActor;

use super::over_time::add_source;

/// Some of what may be known of an actor, as bits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Set(u8);

impl Set {
    pub(super) fn is_empty(self) -> bool {
        self == Set(0)
    }

    fn with(self, kind: ActorKind) -> Set {
        Set(self.0 | 1u8.wrapping_shl(kind as u32) & !1)
    }

    /// Every part of it, the empty one too.
    fn parts(self) -> impl Iterator<Item = Set> {
        (0..=self.0).filter(move |part| part & !self.0 == 0).map(Set)
    }
}

/// Who acts, as far as a control wants to know.
pub(super) struct Who<'n, 'e> {
    names: &'n Names,
    /// What counts, the first first; that nothing is known comes last.
    order: &'static [ActorKind],
    pid: Option<u32>,
    /// Its path, which has a canonical form.
    path: Option<&'e [u8]>,
    peer: Option<Address<'e>>,
    address: Option<Ip>,
}

impl<'n, 'e> Who<'n, 'e> {
    pub(super) fn new(names: &'n Names, wanted: QuarantineActor, event: &Event<'e>) -> Self {
        use ActorKind::{Process, Program, Source, Unknown};
        let peer = match &event.activity {
            Activity::Network(network) => network.ip,
            Activity::Exec(exec) => exec.ip,
            Activity::Login(login) => login.source,
            _ => None,
        };
        Who {
            names,
            order: match wanted {
                QuarantineActor::Process => &[Process, Program, Unknown],
                QuarantineActor::Program => &[Program, Process, Unknown],
                QuarantineActor::Source => &[Source, Process, Program, Unknown],
            },
            pid: event.process.pid,
            path: event.process.path.filter(|path| names.is_canonical(path)),
            peer,
            address: peer.as_ref().and_then(|address| Ip::new(address).ok()),
        }
    }

    fn is_known_by(&self, kind: ActorKind) -> bool {
        match kind {
            ActorKind::Process => self.pid.is_some(),
            ActorKind::Program => self.path.is_some(),
            ActorKind::Source => self.address.is_some(),
            ActorKind::Unknown => true,
        }
    }

    /// By what it is known first.
    pub(super) fn first(&self) -> ActorKind {
        let mut known = self.order.iter().filter(|kind| self.is_known_by(**kind));
        known.next().copied().unwrap_or(ActorKind::Unknown)
    }

    /// Calls `f` with everything by which it is to be noted, and what is known that
    /// decides before: nothing, the first time.
    pub(super) fn each_known(&self, mut f: impl FnMut(ActorKind, Set)) {
        let mut before = Set::default();
        for &kind in self.order.iter().filter(|kind| self.is_known_by(**kind)) {
            f(kind, before);
            before = before.with(kind);
        }
    }

    /// Whether somebody for whom `is_noted` says yes may be the same.
    pub(super) fn may_be(&self, mut is_noted: impl FnMut(ActorKind, Set) -> bool) -> bool {
        let mut lacking = Set::default();
        let mut found = false;
        for &kind in self.order {
            if !self.is_known_by(kind) {
                lacking = lacking.with(kind);
                continue;
            }
            for before in lacking.parts() {
                let is_nobody = kind == ActorKind::Unknown && before.is_empty();
                let counts = !is_nobody || self.first() == ActorKind::Unknown;
                found = found || counts && is_noted(kind, before);
            }
        }
        found
    }

    /// Hashes one thing that is known of it.
    pub(super) fn hash(&self, kind: ActorKind, before: Set, hash: &mut Hash) {
        hash.add(&[kind as u8, before.0]);
        match kind {
            ActorKind::Process => hash.add(&self.pid.unwrap_or(0).to_le_bytes()),
            ActorKind::Program => {
                if let Some(path) = self.path {
                    // It was found to be canonical.
                    let _ = self.names.path(&PathName::new(path), &mut Strict(hash));
                }
            }
            ActorKind::Source => add_source(hash, self.address, 128),
            ActorKind::Unknown => {}
        }
    }

    /// What people are shown.
    pub(super) fn shown(&self) -> Actor<'e> {
        let kind = self.first();
        let text = match (kind, self.peer) {
            (ActorKind::Source, Some(Address::Text(text))) => text,
            (ActorKind::Process | ActorKind::Program, _) => self.path.unwrap_or(&[]),
            _ => &[],
        };
        let pid = self.pid.filter(|_| kind == ActorKind::Process).unwrap_or(0);
        Actor { kind, pid, text }
    }
}

/// Hashes a path in its strict form.
struct Strict<'h>(&'h mut Hash);

impl Visit for Strict<'_> {
    fn visit<'p>(&mut self, form: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone)) {
        if matches!(form, Form::Strict | Form::Doubtful) {
            components.for_each(|component| self.0.add_field(component));
        }
    }
}
