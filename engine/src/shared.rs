//! For several threads: an engine that is replaced while others decide, and a
//! state that they share.

use std::boxed::Box;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use arc_swap::{ArcSwap, Guard};

use crate::binding::Binding;
use crate::bytes::u64_at;
use crate::decision::{Decision, RuleId};
use crate::engine::Engine;
use crate::error::LoadError;
use crate::event::Event;
use crate::state::table::{Keep, Table};
use crate::state::{Alert, Quarantine, State, StateError, reserved};

/// An engine that readers use without a lock while writers replace it whole.
///
/// Every decision comes from one engine; [`Decision::generation`] says which and
/// never goes back. What was replaced is freed when its last reader is done.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "text")] {
/// use wardline::{Binding, Compiler, Format, Platform, SharedEngine};
///
/// # let policy = b"{\"wardline\":1,\"kind\":\"host\",\"name\":\"p\",\"platform\":\"linux\",\"mode\":\"enforce\",\"controls\":{\"fileless_execution_block\":{}}}";
/// # let mut compiler = Compiler::new(Platform::Linux);
/// # compiler.policy("p.json", policy, Format::Json).unwrap();
/// # let bundle = compiler.build().unwrap();
/// let shared = SharedEngine::load(bundle.bytes.clone(), &Binding::default())?;
/// assert_eq!(shared.engine().generation(), 1);
/// // Bytes that are no bundle leave the engine as it is.
/// assert!(shared.replace(vec![0; 64], &Binding::default()).is_err());
/// assert_eq!(shared.replace(bundle.bytes, &Binding::default())?, 2);
/// # }
/// # Ok::<(), wardline::LoadError>(())
/// ```
#[derive(Debug)]
pub struct SharedEngine<B> {
    current: ArcSwap<Engine<B>>,
    /// The last generation given; held by whoever replaces.
    generation: Mutex<u64>,
}

impl<B: AsRef<[u8]>> SharedEngine<B> {
    /// Loads the first engine, generation 1; `binding.generation` is not used.
    ///
    /// # Errors
    ///
    /// As [`Engine::load`].
    pub fn load(bytes: B, binding: &Binding<'_>) -> Result<Self, LoadError> {
        let engine = Engine::load(bytes, &Binding { generation: 1, ..*binding })?;
        Ok(SharedEngine { current: ArcSwap::from_pointee(engine), generation: Mutex::new(1) })
    }

    /// Replaces the engine and returns the new generation.
    ///
    /// # Errors
    ///
    /// As [`Engine::load`]; the engine stays, and no generation is used up.
    pub fn replace(&self, bytes: B, binding: &Binding<'_>) -> Result<u64, LoadError> {
        // Held until the engine is in place, so that generations follow in order.
        let mut last = locked(&self.generation);
        let generation = last.saturating_add(1);
        let engine = Engine::load(bytes, &Binding { generation, ..*binding })?;
        self.current.store(Arc::new(engine));
        *last = generation;
        Ok(generation)
    }

    /// The engine of now, for as long as it is held.
    pub fn engine(&self) -> Guard<Arc<Engine<B>>> {
        self.current.load()
    }

    /// Decides one event with the engine of now.
    pub fn decide(&self, event: &Event<'_>) -> Decision {
        self.engine().decide(event)
    }

    /// Decides one event with the engine of now, after those that `state`
    /// remembers.
    pub fn decide_with(&self, state: &SharedState, event: &Event<'_>) -> (Decision, Option<Alert>) {
        state.decide(&self.engine(), event)
    }
}

/// A state that threads share: shards with a lock each, held for one look-up.
///
/// A key is always in the same shard, so that threads wait for one another only
/// where they are about keys of one shard.
///
/// # Example
///
/// ```
/// use wardline::SharedState;
///
/// let state = SharedState::new(1 << 20, 16, [7; 16])?;
/// let saved = state.save();
/// assert_eq!(SharedState::restore(&saved)?.entries(), 0);
/// # Ok::<(), wardline::StateError>(())
/// ```
#[derive(Debug)]
pub struct SharedState {
    /// There is at least one shard.
    first: Mutex<State<Vec<u8>>>,
    others: Box<[Mutex<State<Vec<u8>>>]>,
    seed: [u64; 2],
}

impl SharedState {
    /// An empty state.
    ///
    /// * `budget` - bytes for all shards together, which is all it ever uses.
    /// * `shards` - how many; two to four for each thread.
    /// * `seed` - as for [`State::new`].
    ///
    /// # Errors
    ///
    /// [`StateError::TooSmall`] if a shard would have too few bytes,
    /// [`StateError::TooLarge`] as for [`State::with_budget`].
    pub fn new(budget: usize, shards: usize, seed: [u8; 16]) -> Result<Self, StateError> {
        let shards = shards.max(1);
        // One shard after another may fit where all together do not.
        drop(reserved(budget)?);
        let each = budget.checked_div(shards).unwrap_or(0);
        let states = (0..shards).map(|_| State::with_budget(each, seed));
        SharedState::from_shards(states.collect::<Result<_, _>>()?)
    }

    /// A state that was saved.
    ///
    /// # Errors
    ///
    /// As [`State::restore`], of any shard.
    pub fn restore(saved: &[u8]) -> Result<Self, StateError> {
        let (count, rest) = saved.split_first_chunk().ok_or(StateError::NotAState)?;
        let count = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(0);
        let each = rest.len().checked_div(count).filter(|&each| each >= State::LEAST);
        let each = each.ok_or(StateError::NotAState)?;
        // A last one that is shorter is refused like any that was cut short.
        let states = rest.chunks(each).map(|shard| State::restore(shard.to_vec()));
        SharedState::from_shards(states.collect::<Result<_, _>>()?)
    }

    fn from_shards(states: Vec<State<Vec<u8>>>) -> Result<Self, StateError> {
        let mut states = states.into_iter();
        let first = states.next().ok_or(StateError::NotAState)?;
        let (seed, others) = (first.seed(), states.as_slice());
        if others.iter().any(|state| state.seed() != seed) {
            return Err(StateError::Damaged);
        }
        let others = states.map(Mutex::new).collect();
        Ok(SharedState { first: Mutex::new(first), others, seed })
    }

    fn shards(&self) -> impl Iterator<Item = &Mutex<State<Vec<u8>>>> {
        core::iter::once(&self.first).chain(&self.others)
    }

    /// The bytes to keep over a restart: the number of shards `u32`, then each.
    pub fn save(&self) -> Vec<u8> {
        let count = u32::try_from(self.shards().count()).unwrap_or(u32::MAX);
        let mut saved = count.to_le_bytes().to_vec();
        self.shards().for_each(|shard| saved.extend_from_slice(locked(shard).save()));
        saved
    }

    /// How many keys are remembered.
    pub fn entries(&self) -> usize {
        self.shards().map(|shard| locked(shard).entries()).sum()
    }

    /// How often something was forgotten that was worth keeping.
    pub fn forgotten(&self) -> u64 {
        self.shards().fold(0, |sum, shard| sum.saturating_add(locked(shard).forgotten()))
    }

    /// Calls `f` with everybody who is quarantined; see [`State::quarantines`]. One
    /// shard is locked at a time.
    pub fn each_quarantine(&self, mut f: impl FnMut(Quarantine<'_>)) {
        self.shards().for_each(|shard| locked(shard).quarantines().for_each(&mut f));
    }

    /// Releases somebody who is quarantined; whether there was somebody.
    ///
    /// * `id` - [`Quarantine::id`].
    pub fn release(&self, id: &[u8; 16]) -> bool {
        self.shards().any(|shard| locked(shard).release(id))
    }

    /// Decides one event after those that are remembered, and has it
    /// remembered; and what was found over time beside the decision.
    pub fn decide<B: AsRef<[u8]>>(
        &self,
        engine: &Engine<B>,
        event: &Event<'_>,
    ) -> (Decision, Option<Alert>) {
        engine.decide_keeping(&mut Shards(self), event)
    }

    /// As [`State::suppressed`]: of all rules together.
    pub fn suppressed_in_all(&self) -> u64 {
        self.shards().fold(0, |sum, shard| sum.saturating_add(locked(shard).suppressed()))
    }

    /// As [`Engine::suppressed`].
    pub fn suppressed<B: AsRef<[u8]>>(&self, engine: &Engine<B>) -> Vec<(RuleId, u64)> {
        self.shards()
            .flat_map(|shard| engine.suppressed(&locked(shard)).collect::<Vec<_>>())
            .collect()
    }

    /// Forgets what no rule of an engine counts; returns how many entries went.
    pub fn adopt<B: AsRef<[u8]>>(&self, engine: &Engine<B>) -> usize {
        self.shards().map(|shard| engine.adopt(&mut *locked(shard))).sum()
    }
}

/// The shards, as one place to keep records.
struct Shards<'s>(&'s SharedState);

impl Keep for Shards<'_> {
    fn seed(&self) -> [u64; 2] {
        self.0.seed
    }

    fn with<R>(&mut self, key: &[u8; 16], work: impl FnOnce(&mut Table<'_>) -> R) -> R {
        // The lower half of a key; the upper one chooses the set.
        let count = (self.0.others.len() as u64).saturating_add(1);
        let index = u64_at(key, 0).checked_rem(count).unwrap_or(0) as usize;
        // The first is number `count - 1`.
        let shard = self.0.others.get(index).unwrap_or(&self.0.first);
        work(&mut locked(shard).table())
    }
}

/// A lock that a panic elsewhere does not take away: what it guards is whole
/// whenever it is let go.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
