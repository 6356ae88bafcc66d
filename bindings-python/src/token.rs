//! Engines that several parts of a process find by a number, as long as one of them
//! holds it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use wardline::SharedEngine;

use crate::source::Source;

type Engine = SharedEngine<Source>;

struct Registry {
    last: u64,
    alive: Option<HashMap<u64, Weak<Engine>>>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { last: 0, alive: None });

/// The number of an engine; the same each time.
pub(crate) fn of(engine: &Arc<Engine>) -> u64 {
    let mut registry = registry();
    let next = registry.last + 1;
    let alive = registry.alive.get_or_insert_default();
    // The dead are swept when one is added.
    alive.retain(|_, one| one.strong_count() > 0);
    if let Some((&token, _)) = alive.iter().find(|(_, one)| one.as_ptr() == Arc::as_ptr(engine)) {
        return token;
    }
    alive.insert(next, Arc::downgrade(engine));
    registry.last = next;
    next
}

/// The engine with a number; `None` if nobody holds it any more.
pub(crate) fn find(token: u64) -> Option<Arc<Engine>> {
    registry().alive.as_ref()?.get(&token)?.upgrade()
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}
