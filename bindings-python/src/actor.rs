//! Actors: who acts, found out once and handed in with every event.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wardline::{Event, Principal, Process};

use crate::engine::Engine;
use crate::field::Field;
use crate::given::{Given, What};
use crate::keep::Lists;
use crate::read;

/// A process with its user and the user's groups, and what the rules of one engine
/// say about them. It stands for these three in the events of that process.
#[pyclass(frozen, module = "wardline")]
pub(crate) struct Actor {
    found: wardline::Actor,
    path: Option<Vec<u8>>,
    name: Option<Vec<u8>>,
    pid: Option<u32>,
    argv: Vec<Vec<u8>>,
    user: Owned,
    groups: Vec<Owned>,
    /// Whether groups were given, were it none: then they are all there are.
    has_groups: bool,
}

/// A user or group.
struct Owned {
    name: Option<Vec<u8>>,
    id: Option<u64>,
    sid: Option<Vec<u8>>,
}

impl Owned {
    fn new(principal: &Principal<'_>) -> Owned {
        let owned = |name: Option<&[u8]>| name.map(<[u8]>::to_vec);
        Owned { name: owned(principal.name), id: principal.id, sid: owned(principal.sid) }
    }

    fn principal(&self) -> Principal<'_> {
        Principal { name: self.name.as_deref(), id: self.id, sid: self.sid.as_deref() }
    }
}

impl Actor {
    /// Says who acts, in an event that does not.
    pub(crate) fn lend<'l, 'a: 'l>(&'a self, event: &mut Event<'l>, lists: &'l Lists<'a>) {
        event.process = Process {
            path: self.path.as_deref(),
            name: self.name.as_deref(),
            pid: self.pid,
            argv: lists.names(self.argv.iter().map(Vec::as_slice).collect()),
        };
        event.user = self.user.principal();
        event.groups = lists.principals(self.groups.iter().map(Owned::principal).collect());
        event.actor = Some(&self.found);
    }

    /// Whether nothing is known of its user.
    pub(crate) fn has_no_user(&self) -> bool {
        self.user.principal().is_unknown()
    }

    /// Whether its groups were given.
    pub(crate) fn has_groups(&self) -> bool {
        self.has_groups
    }

    /// What an engine knows of it.
    pub(crate) fn found(&self) -> &wardline::Actor {
        &self.found
    }
}

#[pymethods]
impl Engine {
    /// Finds out what the rules say about a process, its user and groups.
    #[pyo3(signature = (*, process=None, user=None, groups=None))]
    fn actor(
        &self,
        process: Option<&Bound<'_, PyAny>>,
        user: Option<&Bound<'_, PyAny>>,
        groups: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Actor> {
        let has_groups = groups.is_some();
        let given = [(Field::Process, process), (Field::User, user), (Field::Groups, groups)];
        let given = Given::arguments(What::Actor, &given);
        read::held_event(&given, None, |event, _| {
            if let Some(code) = event.malformed {
                return Err(PyValueError::new_err(format!("no actor: {code}")));
            }
            let Process { path, name, pid, argv } = event.process;
            let owned = |name: Option<&[u8]>| name.map(<[u8]>::to_vec);
            Ok(Actor {
                found: self.shared.engine().actor(&event.process, &event.user, event.groups),
                path: owned(path),
                name: owned(name),
                pid,
                argv: argv.iter().map(|argument| argument.to_vec()).collect(),
                user: Owned::new(&event.user),
                groups: event.groups.iter().map(Owned::new).collect(),
                has_groups,
            })
        })
    }

    /// Whether this engine made an actor, and was not replaced since, so that it is
    /// worth handing in.
    fn knows(&self, actor: &Bound<'_, Actor>) -> bool {
        self.shared.engine().knows(actor.get().found())
    }
}
