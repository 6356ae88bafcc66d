//! One host's policy wired by hand, for just that policy: `GlobSet` for paths and
//! `HashSet` for everything else.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use globset::{Candidate, GlobSet};
use wardline_benches::hosts::{Act, Host, Paths, What};

use crate::paths::globset;

type Set = HashSet<String, FixedState>;

/// What a policy is made of.
pub struct ByHand {
    block: Files,
    read_only: Files,
    monitor: Files,
    programs: GlobSet,
    program_names: Set,
    users: Set,
    groups: Set,
}

struct Files {
    paths: GlobSet,
    except_users: Set,
    except_processes: Set,
}

impl Files {
    fn new(paths: &Paths) -> Files {
        Files {
            paths: globset(&paths.paths).expect("a set"),
            except_users: paths.except_users.iter().cloned().collect(),
            except_processes: paths.except_processes.iter().cloned().collect(),
        }
    }

    fn matches(&self, path: &Candidate<'_>, act: &Act) -> bool {
        // The cheap look-ups first: they save the set of globs its work.
        !self.except_users.contains(&act.user)
            && !self.except_processes.contains(&act.process)
            && self.paths.is_match_candidate(path)
    }
}

impl ByHand {
    /// Wires a policy.
    pub fn new(host: &Host) -> ByHand {
        let (names, programs): (Vec<&String>, Vec<&String>) =
            host.programs.iter().partition(|program| program.starts_with("**/"));
        ByHand {
            block: Files::new(&host.block),
            read_only: Files::new(&host.read_only),
            monitor: Files::new(&host.monitor),
            programs: globset(programs).expect("a set"),
            program_names: names.iter().map(|name| name[3..].to_owned()).collect(),
            users: host.users.iter().cloned().collect(),
            groups: host.groups.iter().cloned().collect(),
        }
    }

    /// 0 is allow, 1 audit, 2 block, as in the engine.
    pub fn decide(&self, act: &Act) -> u8 {
        match act.what {
            What::Read | What::Modify => {
                let path = Candidate::new(&act.path);
                let modifies = act.what == What::Modify;
                if self.block.matches(&path, act) || modifies && self.read_only.matches(&path, act)
                {
                    2
                } else {
                    u8::from(modifies && self.monitor.matches(&path, act))
                }
            }
            What::Exec => {
                let path = Candidate::new(&act.path);
                let name = act.path.rsplit_once('/').map_or("", |(_, name)| name);
                // Files that are blocked cannot be run either.
                let refused = self.program_names.contains(name)
                    || self.programs.is_match_candidate(&path)
                    || self.block.matches(&path, act);
                2 * u8::from(refused)
            }
            What::Login => {
                let refused = self.users.contains(&act.user)
                    || act.groups.iter().any(|group| self.groups.contains(group));
                2 * u8::from(refused)
            }
        }
    }
}
