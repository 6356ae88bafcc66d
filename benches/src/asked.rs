//! Events as lines of text, to hand them to another process.

use std::net::IpAddr;

use wardline::{Event, Principal};

use crate::events;
use crate::hosts::{Act, What};

/// An event that owns what it is about.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A file is read.
    Read(String),
    /// A program is run.
    Exec(String),
    /// An address is connected to.
    Connect(IpAddr),
    /// A name is looked up.
    LookUp(String),
    /// Something happens on a host.
    Act(Act),
}

impl Asked {
    /// One line, without its end.
    pub fn to_line(&self) -> String {
        match self {
            Asked::Read(path) => format!("read\t{path}"),
            Asked::Exec(path) => format!("exec\t{path}"),
            Asked::Connect(ip) => format!("connect\t{ip}"),
            Asked::LookUp(name) => format!("look up\t{name}"),
            Asked::Act(act) => {
                let Act { what, path, process, user, groups } = act;
                let what = WHAT.iter().find(|(known, _)| known == what).expect("known").1;
                format!("{what}\t{path}\t{process}\t{user}\t{}", groups.join(","))
            }
        }
    }

    /// What [`Asked::to_line`] wrote.
    ///
    /// # Panics
    ///
    /// If it wrote no such line.
    pub fn from_line(line: &str) -> Asked {
        let fields: Vec<&str> = line.split('\t').collect();
        match *fields.as_slice() {
            ["read", path] => Asked::Read(path.to_owned()),
            ["exec", path] => Asked::Exec(path.to_owned()),
            ["connect", ip] => Asked::Connect(ip.parse().expect("an address")),
            ["look up", name] => Asked::LookUp(name.to_owned()),
            [what, path, process, user, groups] => Asked::Act(Act {
                what: WHAT.iter().find(|(_, known)| *known == what).expect("known").0,
                path: path.to_owned(),
                process: process.to_owned(),
                user: user.to_owned(),
                groups: groups.split(',').map(str::to_owned).collect(),
            }),
            _ => panic!("not an event: {line}"),
        }
    }

    /// The groups of whoever acts, for [`Asked::event`].
    pub fn groups(&self) -> Vec<Principal<'_>> {
        match self {
            Asked::Act(act) => events::groups(act),
            _ => Vec::new(),
        }
    }

    /// The event itself.
    pub fn event<'a>(&'a self, groups: &'a [Principal<'a>]) -> Event<'a> {
        match self {
            Asked::Read(path) => events::read(path),
            Asked::Exec(path) => events::exec(path),
            Asked::Connect(ip) => events::connect(events::address(*ip)),
            Asked::LookUp(name) => events::look_up(name),
            Asked::Act(act) => events::act(act, groups),
        }
    }
}

const WHAT: [(What, &str); 4] = [
    (What::Read, "act read"),
    (What::Modify, "act modify"),
    (What::Exec, "act exec"),
    (What::Login, "act login"),
];
