//! From an event of C to one of the core: fields are taken over, never judged; only
//! what the core's types cannot hold is noted, as reading JSON notes it.

use wardline::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Event, Exec,
    File, FileOperation, Invalid, Kind, Login, Malware, Network, Principal, Process, Protocol,
    Registry, RegistryOperation, Subject, System, SystemChange,
};

use crate::event::{
    Of, wardline_address, wardline_address_form, wardline_base, wardline_event, wardline_fact,
    wardline_principal, wardline_process,
};
use crate::few::Few;
use crate::raw::{self, wardline_bytes};
use crate::status::Checked;
use crate::words::word;

/// Calls `f` with the event.
#[inline]
pub(crate) fn with_event<R>(
    event: &wardline_event<'_>,
    f: impl FnOnce(&Event<'_>) -> R,
) -> Checked<R> {
    #[cfg(feature = "compiler")]
    if crate::names::any(event)? {
        return with_mapped(event, f);
    }
    read(event, f)
}

/// Calls `f` with the event, its names mapped. Not on the way of those that need it
/// not: this and lists take room on the stack.
#[cfg(feature = "compiler")]
#[inline(never)]
fn with_mapped<R>(event: &wardline_event<'_>, f: impl FnOnce(&Event<'_>) -> R) -> Checked<R> {
    let names = crate::names::Names::map(event)?;
    let cnames = names.bytes();
    read(&names.put_into(event, &cnames), f)
}

#[inline]
fn read<R>(event: &wardline_event<'_>, f: impl FnOnce(&Event<'_>) -> R) -> Checked<R> {
    let mut fault = Fault(None);
    let kind = word(event.kind, Kind::from_number);
    let of = match kind {
        Some(kind) => raw::activity(&event.of, kind),
        None => {
            fault.note(Invalid::UnknownKind);
            Of::Unknown
        }
    };
    if has_lists(event, &of) {
        return with_lists(event, &of, kind, fault, f);
    }
    built(event, &of, kind, &Lists::NONE, fault, f)
}

#[inline(never)]
fn with_lists<'e, 'a, R>(
    event: &wardline_event<'a>,
    of: &Of<'e, 'a>,
    kind: Option<Kind>,
    mut fault: Fault,
    f: impl FnOnce(&Event<'_>) -> R,
) -> Checked<R> {
    let room = Room::read(event, of, &mut fault)?;
    built(event, of, kind, &room.lists(), fault, f)
}

#[inline]
fn built<'e, 'a: 'e, R>(
    event: &wardline_event<'a>,
    of: &Of<'e, 'a>,
    kind: Option<Kind>,
    lists: &Lists<'e, 'a>,
    mut fault: Fault,
    f: impl FnOnce(&Event<'_>) -> R,
) -> Checked<R> {
    let time = number(event.has_time, event.time, &mut fault);
    let process = process(&event.process, &mut fault)?;
    let process = Process { argv: lists.process_argv, ..process };
    let user = principal(&event.user, &mut fault)?;
    let mut read = Event {
        time,
        process,
        user,
        groups: lists.groups,
        actor: event.actor.maybe_handle()?,
        activity: Activity::Unknown(kind),
        idna: cfg!(feature = "compiler"),
        malformed: None,
    };
    activity(&mut read.activity, event, of, lists, &mut fault)?;
    if matches!(of, Of::Login(_)) && user.is_unknown() {
        fault.note(Invalid::MissingField);
    }
    read.malformed = fault.0;
    Ok(f(&read))
}

/// A process, without its arguments, which nothing matches.
pub(crate) fn process<'a>(
    process: &wardline_process<'a>,
    fault: &mut Fault,
) -> Checked<Process<'a>> {
    Ok(Process {
        path: process.path.get()?,
        name: process.name.get()?,
        pid: number(process.has_pid, process.pid, fault),
        argv: &[],
    })
}

pub(crate) fn principal<'a>(
    principal: &wardline_principal<'a>,
    fault: &mut Fault,
) -> Checked<Principal<'a>> {
    Ok(Principal {
        name: principal.name.get()?,
        id: number(principal.has_id, principal.id, fault),
        sid: principal.sid.get()?,
    })
}

/// The first fault of an event.
pub(crate) struct Fault(pub(crate) Option<Invalid>);

impl Fault {
    #[inline]
    pub(crate) fn note(&mut self, code: Invalid) {
        self.0 = self.0.or(Some(code));
    }

    /// A field that must be there.
    #[inline]
    fn required<T>(&mut self, field: Option<T>) -> Option<T> {
        if field.is_none() {
            self.note(Invalid::MissingField);
        }
        field
    }

    /// A word that must be there.
    #[inline]
    fn word<T>(&mut self, number: u32, from: impl Fn(u8) -> Option<T>) -> Option<T> {
        let word = word(number, from);
        if word.is_none() {
            let missing = number == 0;
            self.note(if missing { Invalid::MissingField } else { Invalid::UnknownValue });
        }
        word
    }
}

/// A number that is there only if it says so. One that is there and does not is a
/// mistake that must not weaken a rule.
#[inline]
fn number<T: Copy + Default + PartialEq>(has: u32, number: T, fault: &mut Fault) -> Option<T> {
    if has == 0 && number != T::default() {
        fault.note(Invalid::FieldType);
    }
    (has != 0).then_some(number)
}

/// Writes what happens to its place, where it is large to be handed on; what the
/// core has no word for stays unknown.
fn activity<'e, 'a: 'e>(
    place: &mut Activity<'e>,
    event: &wardline_event<'a>,
    of: &Of<'e, 'a>,
    lists: &Lists<'e, 'a>,
    fault: &mut Fault,
) -> Checked<()> {
    match of {
        Of::File(file) => {
            let operation = fault.word(file.operation, FileOperation::from_number);
            let path = fault.required(file.path.get()?).unwrap_or(&[]);
            let target = file.target.get()?;
            if matches!(operation, Some(FileOperation::Rename | FileOperation::Link)) {
                fault.required(target);
            }
            let mode = number(file.has_mode.into(), file.mode, fault);
            let requested = file.requested.get()?;
            let base = base(&file.base)?;
            if let Some(operation) = operation {
                *place = Activity::File(File {
                    operation,
                    path,
                    target,
                    requested,
                    aliases: lists.aliases,
                    base,
                    mode,
                    truncated: file.truncated != 0,
                    deleted: file.deleted != 0,
                });
            }
        }
        Of::Exec(exec) => {
            *place = Activity::Exec(Exec {
                path: fault.required(exec.path.get()?).unwrap_or(&[]),
                requested: exec.requested.get()?,
                aliases: lists.aliases,
                argv: lists.names,
                base: base(&exec.base)?,
                script: exec.script.get()?,
                sha256: exec.sha256.get()?,
                memfd: exec.memfd != 0,
                truncated: exec.truncated != 0,
                deleted: exec.deleted != 0,
                stdio_socket: exec.stdio_socket != 0,
                ip: address(&exec.ip, fault)?,
            });
        }
        Of::Network(network) => {
            let ip = address(&network.ip, fault)?;
            let domain = network.domain.get()?;
            if ip.is_none() {
                fault.required(domain);
            }
            let direction = fault.word(network.direction, Direction::from_number);
            let port = number(network.has_port.into(), network.port, fault);
            let protocol = match network.protocol {
                0 => None,
                protocol => fault.word(protocol, Protocol::from_number),
            };
            if let Some(direction) = direction {
                *place = Activity::Network(Network { direction, ip, domain, port, protocol });
            }
        }
        Of::Dns(dns) => {
            let name = fault.required(dns.name.get()?).unwrap_or(&[]);
            *place = Activity::Dns(Dns { name, answers: lists.answers, cnames: lists.names });
        }
        Of::Login(login) => {
            *place = Activity::Login(Login {
                source: address(&login.source, fault)?,
                success: fact(login.success, fault),
                // Only groups that were given are taken for all there are.
                groups_complete: fact(login.groups_complete, fault)
                    .unwrap_or(event.groups.get()?.is_some()),
            });
        }
        Of::Account(account) => {
            let subject = fault.word(account.subject, Subject::from_number);
            let operation = fault.word(account.operation, AccountOperation::from_number);
            let name = fault.required(account.name.get()?).unwrap_or(&[]);
            if let (Some(subject), Some(operation)) = (subject, operation) {
                *place = Activity::Account(Account { subject, operation, name });
            }
        }
        Of::Registry(registry) => {
            let operation = fault.word(registry.operation, RegistryOperation::from_number);
            let key = fault.required(registry.key.get()?).unwrap_or(&[]);
            let value = registry.value.get()?;
            if let Some(operation) = operation {
                *place = Activity::Registry(Registry { operation, key, value });
            }
        }
        Of::System(system) => {
            let name = system.name.get()?;
            let what = fault.word(system.what, SystemChange::from_number);
            if let Some(what) = what {
                *place = Activity::System(System { what, name });
            }
        }
        Of::Malware(malware) => {
            *place = Activity::Malware(Malware {
                path: fault.required(malware.path.get()?).unwrap_or(&[]),
                signature: malware.signature.get()?,
            });
        }
        Of::Credential(credential) => {
            let (name, id) = (credential.name.get()?, credential.id.get()?);
            if name.is_none() {
                fault.required(id);
            }
            *place = Activity::Credential(Credential { name, id });
        }
        Of::Unknown => {}
    }
    Ok(())
}

#[inline]
fn base<'a>(base: &wardline_base<'a>) -> Checked<Base<'a>> {
    let (cwd, dirfd_path) = (base.cwd.get()?, base.dirfd_path.get()?);
    Ok(Base { cwd, dirfd_path, root: base.root.get()? })
}

fn fact(number: u32, fault: &mut Fault) -> Option<bool> {
    if number == wardline_fact::Yes as u32 || number == wardline_fact::No as u32 {
        return Some(number == wardline_fact::Yes as u32);
    }
    if number != wardline_fact::Unknown as u32 {
        fault.note(Invalid::FieldType);
    }
    None
}

fn address<'a>(address: &wardline_address<'a>, fault: &mut Fault) -> Checked<Option<Address<'a>>> {
    const V4: u32 = wardline_address_form::V4 as u32;
    const V6: u32 = wardline_address_form::V6 as u32;
    const TEXT: u32 = wardline_address_form::Text as u32;
    let text = address.text.get()?;
    let [a, b, c, d, ..] = address.bytes;
    Ok(match address.form {
        0 => {
            // Given, but not as what: as with numbers.
            if text.is_some() || address.bytes != [0; 16] {
                fault.note(Invalid::FieldType);
            }
            None
        }
        V4 => Some(Address::V4([a, b, c, d])),
        V6 => Some(Address::V6(address.bytes)),
        TEXT => Some(Address::Text(text.unwrap_or(&[]))),
        _ => {
            fault.note(Invalid::FieldType);
            None
        }
    })
}

/// The lists of an event.
struct Lists<'e, 'a> {
    process_argv: &'e [&'a [u8]],
    groups: &'e [Principal<'a>],
    aliases: &'e [&'a [u8]],
    /// Arguments or CNAMEs.
    names: &'e [&'a [u8]],
    answers: &'e [Address<'a>],
}

impl Lists<'_, '_> {
    const NONE: Self =
        Lists { process_argv: &[], groups: &[], aliases: &[], names: &[], answers: &[] };
}

/// Room for them.
struct Room<'a> {
    process_argv: Few<&'a [u8]>,
    groups: Few<Principal<'a>>,
    aliases: Few<&'a [u8]>,
    names: Few<&'a [u8]>,
    answers: Few<Address<'a>>,
}

impl<'a> Room<'a> {
    fn lists(&self) -> Lists<'_, 'a> {
        Lists {
            process_argv: self.process_argv.as_slice(),
            groups: self.groups.as_slice(),
            aliases: self.aliases.as_slice(),
            names: self.names.as_slice(),
            answers: self.answers.as_slice(),
        }
    }

    /// Not on the way of events that have none.
    #[inline(never)]
    fn read(event: &wardline_event<'a>, of: &Of<'_, 'a>, fault: &mut Fault) -> Checked<Self> {
        let bytes = |bytes: &wardline_bytes<'a>, fault: &mut Fault| {
            Ok(fault.required(bytes.get()?).unwrap_or(&[]))
        };
        let mut lists = Room {
            process_argv: Few::new(&[]),
            groups: Few::new(Principal::UNKNOWN),
            aliases: Few::new(&[]),
            names: Few::new(&[]),
            answers: Few::new(Address::V4([0; 4])),
        };
        lists.process_argv.read(&event.process.argv, fault, bytes)?;
        lists.groups.read(&event.groups, fault, principal)?;
        match of {
            Of::File(file) => lists.aliases.read(&file.aliases, fault, bytes)?,
            Of::Exec(exec) => {
                lists.aliases.read(&exec.aliases, fault, bytes)?;
                lists.names.read(&exec.argv, fault, bytes)?;
            }
            Of::Dns(dns) => {
                lists.answers.read(&dns.answers, fault, |one, fault| {
                    let address = address(one, fault)?;
                    Ok(fault.required(address).unwrap_or(Address::Text(&[])))
                })?;
                lists.names.read(&dns.cnames, fault, bytes)?;
            }
            _ => {}
        }
        Ok(lists)
    }
}

#[inline]
fn has_lists(event: &wardline_event<'_>, of: &Of<'_, '_>) -> bool {
    let of_kind = match of {
        Of::File(file) => !file.aliases.is_empty(),
        Of::Exec(exec) => !exec.aliases.is_empty() || !exec.argv.is_empty(),
        Of::Dns(dns) => !dns.answers.is_empty() || !dns.cnames.is_empty(),
        _ => false,
    };
    of_kind || !event.groups.is_empty() || !event.process.argv.is_empty()
}
