//! Events that own what they are about, in the fewest words.

use std::net::IpAddr;

use wardline::{
    Activity, Address, Direction, Dns, Event, Exec, File, FileOperation, Login, Network, Principal,
    Process,
};

use crate::hosts::{Act, What};

/// A file is read.
pub fn read(path: &str) -> Event<'_> {
    Event::new(Activity::File(File::new(FileOperation::Read, path.as_bytes())))
}

/// A program is run.
pub fn exec(path: &str) -> Event<'_> {
    Event::new(Activity::Exec(Exec::new(path.as_bytes())))
}

/// A program is run with arguments.
pub fn exec_with<'a>(path: &'a str, argv: &'a [&'a [u8]]) -> Event<'a> {
    Event::new(Activity::Exec(Exec { argv, ..Exec::new(path.as_bytes()) }))
}

/// An address as events have it.
pub fn address(ip: IpAddr) -> Address<'static> {
    match ip {
        IpAddr::V4(ip) => Address::V4(ip.octets()),
        IpAddr::V6(ip) => Address::V6(ip.octets()),
    }
}

/// An address is connected to.
pub fn connect(ip: Address<'_>) -> Event<'_> {
    Event::new(Activity::Network(Network {
        direction: Direction::Outbound,
        ip: Some(ip),
        domain: None,
        port: None,
        protocol: None,
    }))
}

/// A name is looked up.
pub fn look_up(name: &str) -> Event<'_> {
    Event::new(Activity::Dns(Dns { name: name.as_bytes(), answers: &[], cnames: &[] }))
}

/// Who is in which groups, as events want it.
pub fn groups(act: &Act) -> Vec<Principal<'_>> {
    let names = act.groups.iter().map(|name| Some(name.as_bytes()));
    names.map(|name| Principal { name, ..Principal::UNKNOWN }).collect()
}

/// What happens on a host.
pub fn act<'a>(act: &'a Act, groups: &'a [Principal<'a>]) -> Event<'a> {
    let path = act.path.as_bytes();
    let activity = match act.what {
        What::Read => Activity::File(File::new(FileOperation::Read, path)),
        What::Modify => Activity::File(File::new(FileOperation::Modify, path)),
        What::Exec => Activity::Exec(Exec::new(path)),
        What::Login => {
            Activity::Login(Login { source: None, success: None, groups_complete: true })
        }
    };
    Event {
        process: Process { path: Some(act.process.as_bytes()), ..Process::UNKNOWN },
        user: Principal { name: Some(act.user.as_bytes()), ..Principal::UNKNOWN },
        groups,
        ..Event::new(activity)
    }
}
