//! Controls on login and account events.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::{Draft, Lowering};
use crate::bundle::Platform;
use crate::canonical::names::{computer, domain_and_user, is_this_host};
use crate::canonical::room::folded;
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::control::Control as Name;
use crate::decide::login_outcome;
use crate::diagnostic::{Code, quoted};
use crate::event::Kind;
use crate::explain::{Key, List};
use crate::hash::hash;
use crate::matcher::rows::Condition;
use crate::matcher::text::Tag;
use crate::policy::control::{BruteForceLoginDetection, Forensics, PrincipalEntry, PrincipalName};
use crate::policy::{Policy, network};
use crate::state::failures::Limits;
use crate::watch::LoginWatch;

impl<'p> Lowering<'p> {
    pub(super) fn os_users_and_groups(
        &mut self,
        index: u32,
        policy: &'p Policy,
        (control, users, groups): (Name, &'p [PrincipalEntry], &'p [PrincipalEntry]),
    ) {
        let mut draft = self.draft((index, policy), (control, true), Kind::Login);
        if control == Name::OsUsersAndGroupsAllowed {
            draft.condition(Condition::AllowList);
        }
        for success in [None, Some(true), Some(false)] {
            draft.operation(login_outcome(success));
        }
        draft.principals(List::Users, users, USERS);
        draft.principals(List::Groups, groups, GROUPS);
        draft.anyone();
    }

    pub(super) fn brute_force_login_detection(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p BruteForceLoginDetection,
    ) {
        let control = (Name::BruteForceLoginDetection, own.block_for.is_some());
        let mut draft = self.draft((index, policy), control, Kind::Login);
        let excepted = draft.networks(List::ExceptNetworks, &own.except_networks, Role::Excepted);
        draft.anyone();
        let rule = draft.rule as usize;
        let mut said = format!("{}\0{:?}", policy.name.text, own.key);
        for number in [own.max_failures, own.window, own.ipv6_prefix] {
            said.push_str(&format!("\0{number}"));
        }
        // A default that is written out says nothing else, nor does another order.
        let cooldown = own.cooldown.filter(|&cooldown| cooldown != own.window);
        said.push_str(&format!("\0{:?}\0{:?}", cooldown, own.block_for));
        for network in excepted.iter().map(network::written).collect::<BTreeSet<_>>() {
            said.push_str(&format!("\0{network}"));
        }
        let watch = LoginWatch {
            rule,
            identity: hash(0, said.as_bytes()),
            key: own.key,
            ipv6_prefix: own.ipv6_prefix as u8,
            limits: Limits {
                max_failures: own.max_failures as u8,
                window: own.window,
                cooldown: own.cooldown.unwrap_or(own.window),
                block_for: own.block_for,
            },
        };
        self.watches.extend(watch.record());
    }

    pub(super) fn forensics(&mut self, index: u32, policy: &'p Policy, own: &'p Forensics) {
        let control = (Name::Forensics, false);
        if own.os_user_activity {
            let mut draft = self.draft((index, policy), control, Kind::Exec);
            draft.condition(Condition::AnyObject);
            draft.actors(&own.actors);
        }
        let outcomes = [(own.successful_logins, true), (own.failed_logins, false)];
        let outcomes: Vec<_> = outcomes.into_iter().filter(|(wanted, _)| *wanted).collect();
        if !outcomes.is_empty() {
            let mut draft = self.draft((index, policy), control, Kind::Login);
            draft.condition(Condition::AnyObject);
            for (_, success) in outcomes {
                draft.operation(login_outcome(Some(success)));
            }
            draft.actors(&own.actors);
        }
        if own.user_account_management {
            let mut draft = self.draft((index, policy), control, Kind::Account);
            draft.condition(Condition::AnyObject);
            draft.actors(&own.actors);
        }
    }
}

/// What a rule that lists principals by name, id and SID has.
type Conditions = [Condition; 3];

pub(super) const USERS: Conditions =
    [Condition::UserNames, Condition::UserIds, Condition::UserSids];
pub(super) const EXCEPT_USERS: Conditions =
    [Condition::ExceptUserNames, Condition::ExceptUserIds, Condition::ExceptUserSids];
const GROUPS: Conditions = [Condition::GroupNames, Condition::GroupIds, Condition::GroupSids];

impl Draft<'_, '_> {
    /// Adds users or groups.
    pub(super) fn principals(
        &mut self,
        list: List,
        entries: &[PrincipalEntry],
        conditions: Conditions,
    ) {
        let role = if list == List::ExceptUsers { Role::Excepted } else { Role::Listed };
        let [names, ids, sids] = conditions;
        for (index, principal) in entries.iter().enumerate() {
            self.warn_of_foreign(list, index, principal);
            let (keys, condition) = match &principal.name {
                PrincipalName::Name(name) => (self.account(list, name), names),
                PrincipalName::Id(id) => (vec![(Tag::Id, Key::Id, id.to_le_bytes().to_vec())], ids),
                PrincipalName::Sid(sid) => {
                    (vec![(Tag::Sid, Key::Sid, sid.to_string().into_bytes())], sids)
                }
            };
            self.condition(condition);
            let label = self.label(role);
            for (tag, key, bytes) in keys {
                self.cold(list, EntryKey::Bytes(key, &bytes), &principal.entry);
                let tables = self.tables();
                let table =
                    if list == List::Groups { &mut tables.groups } else { &mut tables.users };
                table.push((tag, bytes, label));
            }
        }
    }

    /// Warns of an identifier that events of the platform do not carry, and says what
    /// it does: what is not known never weakens a rule.
    fn warn_of_foreign(&mut self, list: List, index: usize, principal: &PrincipalEntry) {
        let lacking = match (&principal.name, self.policy.platform) {
            (PrincipalName::Id(_), Platform::Windows) => "Windows events carry no numeric ids",
            (PrincipalName::Sid(_), Platform::Linux) => {
                "Linux events carry no security identifiers"
            }
            _ => return,
        };
        let allows = Name::OsUsersAndGroupsAllowed.as_str();
        let blocks = Name::OsUsersAndGroupsBlocked.as_str();
        let (effect, unknown) = match list {
            List::ExceptUsers => ("excepts only events that carry it", "satisfies no exception"),
            List::Groups if self.control == blocks => {
                ("blocks everybody who is in a group", "counts as listed")
            }
            _ if self.control == blocks => ("blocks everybody", "counts as listed"),
            _ if self.control == allows => ("allows nobody", "counts as not listed"),
            _ => ("lets the control apply to everybody", "satisfies a restriction"),
        };
        let entry = &principal.entry;
        let message =
            format!("{} {effect}: {lacking}, and what is not known {unknown}", quoted(&entry.text));
        self.report(Code::NeverMatches, list, index, entry, message);
    }

    /// The keys of a name. On Windows one without domain is that of any domain for
    /// who denies, and of this host alone for who allows or excepts; and one of a
    /// domain is also that of this host for who denies, if the domain may be it.
    fn account(&mut self, list: List, name: &str) -> Vec<(Tag, Key, Vec<u8>)> {
        if self.policy.platform == Platform::Linux {
            return vec![(Tag::Name, Key::Name, name.as_bytes().to_vec())];
        }
        let allows = list == List::ExceptUsers || self.kind == Kind::Login && self.is_allow_list();
        let (domain, user) = domain_and_user(name.as_bytes());
        let in_domain = |domain: &[u8]| folded(&[domain, b"\\", user].concat());
        let domain = match domain {
            None if !allows => return vec![(Tag::Account, Key::Account, folded(user))],
            None => b".",
            Some(domain) if is_this_host(domain) => b".",
            Some(domain) => domain,
        };
        let mut keys = vec![(Tag::Name, Key::Name, in_domain(domain))];
        if !allows {
            keys.push((Tag::Here, Key::Here, in_domain(computer(domain))));
            if !is_this_host(domain) {
                keys.push((Tag::Here, Key::Here, in_domain(b"")));
            }
        }
        keys
    }

    /// A rule that is not about who acts.
    pub(super) fn anyone(&mut self) {
        self.condition(Condition::AnyUser);
        self.condition(Condition::AnyProcess);
    }
}
