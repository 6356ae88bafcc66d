//! Events that outlive what they were read from: copied into memory of their own.

use bumpalo::Bump;
use wardline::{
    Account, Activity, Address, Base, Credential, Dns, Event, Exec, File, Login, Malware, Network,
    Principal, Process, Registry, System,
};

/// An event whose names are in `bump`.
pub(crate) fn event<'b>(event: &Event<'_>, bump: &'b Bump) -> Event<'b> {
    let copy = Copy { bump };
    Event {
        time: event.time,
        process: Process {
            path: copy.maybe(event.process.path),
            name: copy.maybe(event.process.name),
            pid: event.process.pid,
            argv: copy.names(event.process.argv),
        },
        user: copy.principal(&event.user),
        groups: copy.list(event.groups, |group| copy.principal(group)),
        actor: None,
        activity: copy.activity(&event.activity),
        malformed: event.malformed,
    }
}

#[derive(Clone, Copy)]
struct Copy<'b> {
    bump: &'b Bump,
}

impl<'b> Copy<'b> {
    #[inline]
    fn name(self, name: &[u8]) -> &'b [u8] {
        self.bump.alloc_slice_copy(name)
    }

    #[inline]
    fn maybe(self, name: Option<&[u8]>) -> Option<&'b [u8]> {
        name.map(|name| self.name(name))
    }

    #[inline]
    fn list<T, U>(self, all: &[T], copy: impl FnMut(&T) -> U) -> &'b [U] {
        if all.is_empty() {
            return &[];
        }
        self.bump.alloc_slice_fill_iter(all.iter().map(copy))
    }

    #[inline]
    fn names(self, names: &[&[u8]]) -> &'b [&'b [u8]] {
        self.list(names, |name| self.name(name))
    }

    #[inline]
    fn principal(self, principal: &Principal<'_>) -> Principal<'b> {
        Principal {
            name: self.maybe(principal.name),
            id: principal.id,
            sid: self.maybe(principal.sid),
        }
    }

    fn address(self, address: &Address<'_>) -> Address<'b> {
        match *address {
            Address::V4(bytes) => Address::V4(bytes),
            Address::V6(bytes) => Address::V6(bytes),
            Address::Text(text) => Address::Text(self.name(text)),
        }
    }

    #[inline]
    fn base(self, base: &Base<'_>) -> Base<'b> {
        Base {
            cwd: self.maybe(base.cwd),
            dirfd_path: self.maybe(base.dirfd_path),
            root: self.maybe(base.root),
        }
    }

    fn activity(self, activity: &Activity<'_>) -> Activity<'b> {
        match activity {
            Activity::File(file) => Activity::File(File {
                operation: file.operation,
                path: self.name(file.path),
                target: self.maybe(file.target),
                requested: self.maybe(file.requested),
                aliases: self.names(file.aliases),
                base: self.base(&file.base),
                mode: file.mode,
                truncated: file.truncated,
                deleted: file.deleted,
            }),
            Activity::Exec(exec) => Activity::Exec(Exec {
                path: self.name(exec.path),
                requested: self.maybe(exec.requested),
                aliases: self.names(exec.aliases),
                argv: self.names(exec.argv),
                base: self.base(&exec.base),
                script: self.maybe(exec.script),
                sha256: self.maybe(exec.sha256),
                memfd: exec.memfd,
                truncated: exec.truncated,
                deleted: exec.deleted,
                stdio_socket: exec.stdio_socket,
                ip: exec.ip.as_ref().map(|ip| self.address(ip)),
            }),
            Activity::Network(network) => Activity::Network(Network {
                direction: network.direction,
                ip: network.ip.as_ref().map(|ip| self.address(ip)),
                domain: self.maybe(network.domain),
                port: network.port,
                protocol: network.protocol,
            }),
            Activity::Dns(dns) => Activity::Dns(Dns {
                name: self.name(dns.name),
                answers: self.list(dns.answers, |answer| self.address(answer)),
                cnames: self.names(dns.cnames),
            }),
            Activity::Login(login) => Activity::Login(Login {
                source: login.source.as_ref().map(|source| self.address(source)),
                success: login.success,
                groups_complete: login.groups_complete,
            }),
            Activity::Account(account) => Activity::Account(Account {
                operation: account.operation,
                subject: account.subject,
                name: self.name(account.name),
            }),
            Activity::Registry(registry) => Activity::Registry(Registry {
                operation: registry.operation,
                key: self.name(registry.key),
                value: self.maybe(registry.value),
            }),
            Activity::System(system) => {
                Activity::System(System { what: system.what, name: self.maybe(system.name) })
            }
            Activity::Malware(malware) => Activity::Malware(Malware {
                path: self.name(malware.path),
                signature: self.maybe(malware.signature),
            }),
            Activity::Credential(credential) => Activity::Credential(Credential {
                name: self.maybe(credential.name),
                id: self.maybe(credential.id),
            }),
            other => Activity::Unknown(other.kind()),
        }
    }
}
