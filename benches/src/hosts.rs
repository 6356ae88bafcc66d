//! Whole policies of hosts, and what happens on such hosts: path, process, user and
//! groups all count.

use crate::random::Random;
use crate::rules::{self, Mix};

/// One policy with five controls, as plain data, so that peers can be given it too.
#[derive(Clone, Debug)]
pub struct Host {
    /// Refused to everyone but some users.
    pub block: Paths,
    /// Only read, but by some programs.
    pub read_only: Paths,
    /// Reported when changed, whoever does it.
    pub monitor: Paths,
    /// Programs that may not run: paths and base names (`**/x`).
    pub programs: Vec<String>,
    /// Users that may not log in.
    pub users: Vec<String>,
    /// Groups whose members may not log in.
    pub groups: Vec<String>,
}

/// The part of a control over files that is about the object and who acts.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// Globs.
    pub paths: Vec<String>,
    /// Names of users to whom it does not apply.
    pub except_users: Vec<String>,
    /// Paths of programs to which it does not apply.
    pub except_processes: Vec<String>,
}

/// What happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// A file is read.
    Read,
    /// A file is changed.
    Modify,
    /// A program is run.
    Exec,
    /// A user logs in.
    Login,
}

/// One event on a host.
#[derive(Clone, Debug)]
pub struct Act {
    /// What happens.
    pub what: What,
    /// To which file; empty for logins.
    pub path: String,
    /// Which program does it.
    pub process: String,
    /// Which user.
    pub user: String,
    /// The user's groups.
    pub groups: Vec<String>,
}

/// A policy of `entries` entries, and `count` events for a host with such a policy.
pub fn host(paths: &[String], entries: usize, count: usize) -> (Host, Vec<Act>) {
    let mut random = Random::new(10);
    let names = |kind: &str, count: usize| -> Vec<String> {
        (0..count.max(1)).map(|index| format!("{kind}{index:03}")).collect()
    };
    let globs = rules::rules(paths, Mix::Inner, entries * 7 / 10);
    let (block, rest) = globs.split_at(globs.len() * 4 / 7);
    let (read_only, monitor) = rest.split_at(rest.len() * 2 / 3);
    let daemons = names("/usr/sbin/daemon", (entries / 20).min(64));
    let admins = names("admin", (entries / 20).min(64));
    let host = Host {
        block: Paths { paths: block.to_vec(), except_users: admins, ..Paths::default() },
        read_only: Paths {
            paths: read_only.to_vec(),
            except_processes: daemons,
            ..Paths::default()
        },
        monitor: Paths { paths: monitor.to_vec(), ..Paths::default() },
        programs: (0..entries / 10)
            .map(|index| match index % 2 {
                0 => format!("**/tool{index:04}"),
                _ => format!("/opt/vendor{:02}/bin/tool{index:04}", index % 50),
            })
            .collect(),
        users: names("guest", entries / 20),
        groups: names("contractors", (entries / 40).min(50)),
    };
    let acts = (0..count).map(|_| act(&host, paths, &mut random)).collect();
    (host, acts)
}

/// Seven of ten events are about files, two about programs, one is a login.
fn act(host: &Host, paths: &[String], random: &mut Random) -> Act {
    let what = match random.below(10) {
        0..4 => What::Read,
        4..7 => What::Modify,
        7..9 => What::Exec,
        _ => What::Login,
    };
    let path = match what {
        What::Read | What::Modify => random.pick(paths).clone(),
        What::Exec if random.chance(10) => {
            let program = random.pick(&host.programs);
            program.strip_prefix("**").map_or(program.clone(), |name| format!("/usr/bin{name}"))
        }
        What::Exec => format!("/usr/bin/{}", crate::paths::word(random)),
        What::Login => String::new(),
    };
    let process = match random.below(4) {
        0 => random.pick(&host.read_only.except_processes).clone(),
        _ => format!("/usr/lib/{0}/{0}", crate::paths::word(random)),
    };
    let user = match random.below(6) {
        0 => random.pick(&host.block.except_users).clone(),
        1 if what == What::Login => random.pick(&host.users).clone(),
        _ => crate::paths::word(random),
    };
    let mut groups = vec![user.clone(), crate::paths::word(random), "users".to_owned()];
    if what == What::Login && random.chance(10) {
        groups.push(random.pick(&host.groups).clone());
    }
    Act { what, path, process, user, groups }
}
