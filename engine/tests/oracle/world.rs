//! Whose names an oracle reads: set for the time of a decision, so that every
//! small function can ask without being handed it.

use std::cell::RefCell;

/// A platform with what a binding says about it.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub windows: bool,
    /// Devices and their drives.
    pub volumes: Vec<(String, String)>,
    pub host: Option<String>,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// Enters a world.
pub(super) fn enter(world: &World) {
    WORLD.with(|here| {
        if here.borrow().windows || world.windows {
            *here.borrow_mut() = world.clone();
        }
    });
}

pub(super) fn is_windows() -> bool {
    WORLD.with(|here| here.borrow().windows)
}

pub(super) fn volumes() -> Vec<(String, String)> {
    WORLD.with(|here| here.borrow().volumes.clone())
}

pub(super) fn host() -> Option<String> {
    WORLD.with(|here| here.borrow().host.clone())
}
