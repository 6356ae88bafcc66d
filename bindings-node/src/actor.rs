//! Actors that JavaScript made: a process, its user and groups, with what the
//! engine's rules say about them.

use std::sync::Arc;

use wardline::{Actor, Event, Principal, Process};

use crate::handle::Source;
use crate::wire::Reader;

/// A process, its user and groups.
pub(crate) struct Who {
    path: Option<Vec<u8>>,
    name: Option<Vec<u8>>,
    pid: Option<u32>,
    argv: Vec<Vec<u8>>,
    user: Identity,
    groups: Vec<Identity>,
    known: Actor,
}

/// A user or group that owns its names.
struct Identity {
    name: Option<Vec<u8>>,
    id: Option<u64>,
    sid: Option<Vec<u8>>,
}

impl Who {
    /// That of a record, of which the process, the user and the groups are read.
    pub(crate) fn new(engine: &wardline::Engine<Source>, record: &[u8]) -> Option<Arc<Who>> {
        let (fields, lists) = Reader(record).record()?;
        let who = fields.with_event(&lists, |event| {
            let Process { path, name, pid, argv, .. } = event.process;
            Who {
                path: path.map(<[u8]>::to_vec),
                name: name.map(<[u8]>::to_vec),
                pid,
                argv: argv.iter().map(|argument| argument.to_vec()).collect(),
                user: Identity::new(&event.user),
                groups: event.groups.iter().map(Identity::new).collect(),
                known: engine.actor(&event.process, &event.user, event.groups),
            }
        });
        Some(Arc::new(who))
    }

    /// Calls `f` with an event of this actor.
    #[inline]
    pub(crate) fn acts<R>(&self, event: &Event<'_>, f: impl FnOnce(&Event<'_>) -> R) -> R {
        // Empty ones, as almost all are, allocate nothing.
        let argv: Vec<&[u8]> = self.argv.iter().map(Vec::as_slice).collect();
        let groups: Vec<Principal<'_>> = self.groups.iter().map(Identity::principal).collect();
        let process = Process {
            path: self.path.as_deref(),
            name: self.name.as_deref(),
            pid: self.pid,
            argv: &argv,
        };
        let user = self.user.principal();
        f(&Event { process, user, groups: &groups, actor: Some(&self.known), ..*event })
    }
}

impl Identity {
    fn new(principal: &Principal<'_>) -> Identity {
        let owned = |name: Option<&[u8]>| name.map(<[u8]>::to_vec);
        Identity { name: owned(principal.name), id: principal.id, sid: owned(principal.sid) }
    }

    fn principal(&self) -> Principal<'_> {
        Principal { name: self.name.as_deref(), id: self.id, sid: self.sid.as_deref() }
    }
}
