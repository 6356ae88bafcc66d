//! Actors: what an engine's rules say about a process and its user, found once.

use crate::decide::Fault;
use crate::event::Kind;
use crate::matcher::rows::Truth;

/// How many words of rules are kept for a kind. A kind with more rules than
/// they hold is looked up with every event, as without an actor.
const WORDS: usize = 4;

/// What one engine's rules say about a process, its user and the user's groups.
///
/// An enforcer makes one when a process starts or changes its identity
/// ([`Engine::actor`]), keeps it beside the process, and hands it in with each
/// event ([`Event::actor`]), whose cost is then that of its object alone.
///
/// Plain data of a fixed size: nothing to free, to be copied and sent at will.
/// It answers for the engine that made it and for its clones; any other engine
/// notices and looks at the fields of the event instead, as if there were no
/// actor. [`Engine::knows`] says when it is time for a new one.
///
/// [`Engine::actor`]: crate::Engine::actor
/// [`Engine::knows`]: crate::Engine::knows
/// [`Event::actor`]: crate::Event::actor
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Actor {
    /// The engine that made it.
    engine: usize,
    /// By the numbers of the kinds.
    kinds: [Option<Known>; Kind::ALL.len()],
    shell: bool,
}

/// What the rules of one kind say about an actor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Known {
    truth: Truth<WORDS>,
    fault: Option<Fault>,
}

impl Actor {
    /// An actor of an engine, of whom no rule says anything yet.
    pub(crate) fn new(engine: usize, shell: bool) -> Actor {
        Actor { engine, kinds: [None; Kind::ALL.len()], shell }
    }

    /// Whether this engine made it.
    pub(crate) fn is_of(&self, engine: usize) -> bool {
        self.engine == engine
    }

    /// Whether its process is known to be a shell.
    pub(crate) fn is_shell(&self) -> bool {
        self.shell
    }

    /// Keeps what the rules of a kind say, if their words are as many as fit.
    pub(crate) fn keep(
        &mut self,
        kind: Kind,
        words: usize,
        say: impl FnOnce() -> (Truth<WORDS>, Option<Fault>),
    ) {
        if words <= WORDS
            && let Some(known) = self.kinds.get_mut(kind as usize)
        {
            let (truth, fault) = say();
            *known = Some(Known { truth, fault });
        }
    }

    /// What the rules of a kind say, from word `start`.
    #[inline]
    pub(crate) fn known<const W: usize>(
        &self,
        kind: Kind,
        start: usize,
    ) -> Option<(Truth<W>, Option<Fault>)> {
        let known = self.kinds.get(kind as usize)?.as_ref()?;
        Some((known.truth.window(start), known.fault))
    }
}
