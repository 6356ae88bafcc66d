//! What each control says about login, account, system and malware events.

use wardline::policy::Control;
use wardline::policy::control::{Decoy, PrincipalEntry, PrincipalName};
use wardline::{
    Account, Base, Credential, Event, Invalid, Kind, Login, Malware, Principal, System,
    SystemChange,
};

use super::glob::{Entry, Reach};
use super::{Truth, and, not, or, path, windows, world};

/// Whether a control has a rule for a kind of event.
pub fn acts_on(control: &Control, kind: Kind) -> bool {
    match control {
        Control::OsUsersAndGroupsAllowed(_)
        | Control::OsUsersAndGroupsBlocked(_)
        | Control::BruteForceLoginDetection(_) => kind == Kind::Login,
        Control::Forensics(own) => match kind {
            Kind::Login => own.successful_logins || own.failed_logins,
            Kind::Account => own.user_account_management,
            _ => false,
        },
        Control::SystemIntegrityMonitoring(_) => kind == Kind::System,
        Control::RealtimeMalwareProtection(_) => kind == Kind::Malware,
        _ => false,
    }
}

pub fn required_login(user: &Principal<'_>) -> Option<Invalid> {
    user.is_unknown().then_some(Invalid::MissingField)
}

pub fn required_account(account: &Account<'_>) -> Option<Invalid> {
    bad_name(account.name).then_some(Invalid::PrincipalName)
}

pub fn required_malware(malware: &Malware<'_>) -> Option<Invalid> {
    path::canonical(malware.path, &Base::NONE).err()
}

pub fn required_credential(credential: &Credential<'_>) -> Option<Invalid> {
    (credential.name.is_none() && credential.id.is_none()).then_some(Invalid::MissingField)
}

pub fn login(
    control: &Control,
    login: &Login<'_>,
    event: &Event<'_>,
    read: &mut Vec<Invalid>,
) -> Truth {
    match control {
        Control::Forensics(own) => Some(match login.success {
            Some(true) => own.successful_logins,
            Some(false) => own.failed_logins,
            None => false,
        }),
        Control::OsUsersAndGroupsBlocked(own) => or([
            user(&own.users, &event.user, true, read),
            group(&own.groups, event, login.groups_complete, true, read),
        ]),
        Control::OsUsersAndGroupsAllowed(own) => not(or([
            user(&own.users, &event.user, false, read),
            group(&own.groups, event, login.groups_complete, false, read),
        ])),
        _ => Some(false),
    }
}

/// Whether one of the groups is listed.
fn group(
    entries: &[PrincipalEntry],
    event: &Event<'_>,
    complete: bool,
    lacking: bool,
    read: &mut Vec<Invalid>,
) -> Truth {
    let given: Vec<Truth> =
        event.groups.iter().map(|group| user(entries, group, lacking, read)).collect();
    let certainly =
        event.groups.iter().any(|group| user(entries, group, false, &mut Vec::new()) == Some(true));
    let others = if complete || entries.is_empty() { Some(false) } else { None };
    if others.is_none() && !certainly {
        read.push(Invalid::GroupsIncomplete);
    }
    or([or(given), others])
}

/// Whether a user or group is listed; `lacking` where the type of an entry is
/// not known of it.
fn user(
    entries: &[PrincipalEntry],
    user: &Principal<'_>,
    lacking: bool,
    read: &mut Vec<Invalid>,
) -> Truth {
    let says: Vec<Truth> = entries
        .iter()
        .map(|entry| match (&entry.name, user) {
            (PrincipalName::Name(_), Principal { name: None, .. })
            | (PrincipalName::Id(_), Principal { id: None, .. })
            | (PrincipalName::Sid(_), Principal { sid: None, .. }) => Some(lacking),
            (PrincipalName::Name(_), Principal { name: Some(name), .. }) if bad_name(name) => {
                read.push(Invalid::PrincipalName);
                None
            }
            (PrincipalName::Id(_), Principal { id: Some(id), .. }) if *id > 4_294_967_294 => {
                read.push(Invalid::PrincipalId);
                None
            }
            (PrincipalName::Sid(_), Principal { sid, .. }) if !is_sid(*sid) => {
                read.push(Invalid::PrincipalSid);
                None
            }
            (PrincipalName::Name(wanted), Principal { name: Some(name), .. }) => {
                // Who allows wants to know the domain.
                Some(is_named(wanted, name, !lacking))
            }
            (PrincipalName::Id(wanted), Principal { id, .. }) => {
                Some(*id == Some((*wanted).into()))
            }
            (PrincipalName::Sid(wanted), Principal { sid, .. }) => {
                Some(sid.is_some_and(|sid| sid.eq_ignore_ascii_case(wanted.as_bytes())))
            }
        })
        .collect();
    or(says)
}

/// Whether an entry names a user or group.
pub(super) fn is_named(entry: &str, name: &[u8], allows: bool) -> bool {
    if world::is_windows() {
        windows::is_account(entry, name, allows)
    } else {
        entry.as_bytes() == name
    }
}

/// Whether this, if anything, is a security identifier.
pub(super) fn is_sid(sid: Option<&[u8]>) -> bool {
    let Some(sid) = sid else { return true };
    let text = String::from_utf8_lossy(sid).to_ascii_uppercase();
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str| text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
    match parts.as_slice() {
        ["S", "1", authority, rest @ ..] => {
            let hexadecimal = authority.strip_prefix("0X").is_some_and(|hex| {
                hex.len() == 12
                    && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
                    && u64::from_str_radix(hex, 16).is_ok_and(|number| number > u32::MAX.into())
            });
            (number(authority) || hexadecimal)
                && (1..=15).contains(&rest.len())
                && rest.iter().all(|part| number(part))
        }
        _ => false,
    }
}

pub(super) fn bad_name(name: &[u8]) -> bool {
    name.is_empty() || name.contains(&0) || world::is_windows() && !windows::is_text(name)
}

pub fn system(control: &Control, system: &System<'_>) -> Truth {
    let Control::SystemIntegrityMonitoring(own) = control else { return Some(false) };
    Some(match system.what {
        SystemChange::TimeChange => own.system_time,
        SystemChange::ServiceCreate | SystemChange::ServiceDelete | SystemChange::ServiceChange => {
            own.services
        }
        SystemChange::LogClear | SystemChange::LogTamper => own.audit_log,
        _ => false,
    })
}

pub fn credential(control: &Control, credential: &Credential<'_>) -> Truth {
    let Control::Honeypot(own) = control else { return Some(false) };
    Some(own.decoys.iter().any(|decoy| match &decoy.value {
        Decoy::AccessKey(key) => credential.id == Some(key.id.text.as_bytes()),
        Decoy::Environment(variable) => credential.name.is_some_and(|name| {
            let decoy = variable.name.text.as_bytes();
            if world::is_windows() {
                windows::fold(name) == windows::fold(decoy)
            } else {
                name == decoy
            }
        }),
        _ => false,
    }))
}

pub fn malware(control: &Control, malware: &Malware<'_>) -> Truth {
    let Control::RealtimeMalwareProtection(own) = control else { return Some(false) };
    let path = path::canonical(malware.path, &Base::NONE);
    let covered = |entries: &[wardline::policy::Entry], reach| match &path {
        _ if entries.is_empty() => Some(false),
        Ok(path) => Some(entries.iter().any(|entry| Entry::parse(&entry.text).covers(path, reach))),
        Err(_) => None,
    };
    let loosely = match &path {
        Ok(path) if world::is_windows() => {
            let path = windows::loose(path);
            own.paths.iter().any(|entry| Entry::parse(&entry.text).covers(&path, Reach::Whole))
        }
        _ => false,
    };
    let listed = if own.paths.is_empty() || loosely {
        Some(true)
    } else {
        covered(&own.paths, Reach::Whole)
    };
    let doubtful =
        world::is_windows() && path.as_ref().is_ok_and(|path| windows::loose(path) != *path);
    let excepted = if doubtful { Some(false) } else { covered(&own.except_paths, Reach::Tree) };
    and([listed, not(excepted)])
}
