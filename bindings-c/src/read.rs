//! From an event of C to one of the core: fields are taken over, never judged; only
//! what the core's types cannot hold is noted, as reading JSON notes it.

use wardline::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Event, Exec,
    File, FileOperation, Invalid, Kind, Login, Malware, Network, Principal, Process, Protocol,
    Registry, RegistryOperation, Subject, System, SystemChange,
};

use crate::event::{
    Of, wardline_address, wardline_address_form, wardline_base, wardline_event, wardline_exec,
    wardline_fact, wardline_file, wardline_network, wardline_principal, wardline_process,
};
use crate::lists::{Lists, Room, has_lists};
use crate::raw::{self, Bits};
use crate::status::{Checked, wardline_status};
use crate::words::{wardline_kind, word};

/// Calls `f` with the event. Where time counts, [`Little`] does.
pub(crate) fn with_event<R>(
    event: &wardline_event<'_>,
    f: impl FnOnce(&Event<'_>) -> R,
) -> Checked<R> {
    let (mut f, mut answer) = (Some(f), None);
    with_more(event, &mut |event| answer = f.take().map(|f| f(event)))?;
    answer.ok_or(wardline_status::Internal)
}

/// Events of which little is known and nothing is wrong, as most are: a program or a file,
/// its path, and who acts. Each is read to where the one before stood: what neither has is
/// written once for all of them.
pub(crate) struct Little<'e>(Event<'e>);

impl<'e> Little<'e> {
    #[inline]
    pub(crate) fn new() -> Little<'e> {
        Little(Event::new(Activity::Unknown(None)))
    }

    /// Calls `f` with the next event, whatever is known of it.
    #[inline]
    pub(crate) fn with_event<'a: 'e, R>(
        &mut self,
        event: &'e wardline_event<'a>,
        f: impl FnOnce(&Event<'_>) -> R,
    ) -> Checked<R> {
        const NETWORK: u32 = wardline_kind::Network as u32;
        if self.read(event) {
            return Ok(f(&self.0));
        }
        if event.kind == NETWORK { with_connection(event, f) } else { with_event(event, f) }
    }

    /// Reads the next event; whether little is known of it. Any other is read anew.
    #[inline(always)]
    fn read<'a: 'e>(&mut self, event: &'e wardline_event<'a>) -> bool {
        const FILE: u32 = wardline_kind::File as u32;
        const EXEC: u32 = wardline_kind::Exec as u32;
        match event.kind {
            FILE => self.read_as(event, Kind::File),
            EXEC => self.read_as(event, Kind::Exec),
            _ => false,
        }
    }

    #[inline(always)]
    fn read_as<'a: 'e>(&mut self, event: &'e wardline_event<'a>, kind: Kind) -> bool {
        let of = raw::activity(&event.of, kind);
        let more = match &of {
            Of::File(file) => file.bits(),
            Of::Exec(exec) => exec.bits(),
            Of::Network(network) => network.bits(),
            _ => return false,
        };
        more | event.groups.bits() | event.process.argv.bits() == 0
            && fields(&mut self.0, event, &of, None, &mut NoFault).is_ok()
    }
}

/// Calls `f` with a connection, to an address as most are. By itself: a third kind on the way
/// of programs and files costs these 20 to 30 instructions.
#[inline(never)]
fn with_connection<R>(event: &wardline_event<'_>, f: impl FnOnce(&Event<'_>) -> R) -> Checked<R> {
    let mut little = Little::new();
    if little.read_as(event, Kind::Network) {
        return Ok(f(&little.0));
    }
    with_event(event, f)
}

/// Calls `f` with any event. Not on the way of those of which little is known: lists and
/// mapped names take room on the stack.
#[inline(never)]
fn with_more(event: &wardline_event<'_>, f: &mut dyn FnMut(&Event<'_>)) -> Checked<()> {
    let kind = word(event.kind, Kind::from_number);
    let of = kind.map_or(Of::Unknown, |kind| raw::activity(&event.of, kind));
    #[cfg(feature = "compiler")]
    if crate::names::any(&of)? {
        let names = crate::names::Names::map(&of)?;
        let cnames = names.bytes();
        let event = names.put_into(event, &of, &cnames);
        let of = kind.map_or(Of::Unknown, |kind| raw::activity(&event.of, kind));
        return with_lists(&event, kind, &of, f);
    }
    with_lists(event, kind, &of, f)
}

fn with_lists<'a>(
    event: &wardline_event<'a>,
    kind: Option<Kind>,
    of: &Of<'_, 'a>,
    f: &mut dyn FnMut(&Event<'_>),
) -> Checked<()> {
    let mut fault = Fault(kind.is_none().then_some(Invalid::UnknownKind));
    if !has_lists(event, of) {
        return with_fields(event, kind, of, &Lists::NONE, fault, f);
    }
    let mut room = Room::new();
    room.read(event, of, &mut fault)?;
    with_fields(event, kind, of, &room.lists(), fault, f)
}

#[inline(never)]
fn with_fields<'e, 'a: 'e>(
    event: &'e wardline_event<'a>,
    kind: Option<Kind>,
    of: &Of<'e, 'a>,
    lists: &Lists<'e, 'a>,
    mut fault: Fault,
    f: &mut dyn FnMut(&Event<'_>),
) -> Checked<()> {
    let mut read = Event::new(Activity::Unknown(kind));
    fields(&mut read, event, of, Some(lists), &mut fault)?;
    read.malformed = fault.0;
    f(&read);
    Ok(())
}

/// Reads the fields: those that all events have, and `more` if there are any. Each goes
/// to its place at once: an event that is put together at the end, when every field is
/// known to be right, takes half as long again.
#[inline(always)]
fn fields<'e, 'a: 'e>(
    read: &mut Event<'e>,
    event: &wardline_event<'a>,
    of: &Of<'e, 'a>,
    more: Option<&Lists<'e, 'a>>,
    faults: &mut impl Faults,
) -> Checked<()> {
    read.time = number(event.has_time, event.time, faults)?;
    process(&mut read.process, &event.process, faults)?;
    principal(&mut read.user, &event.user, faults)?;
    if let Some(lists) = more {
        read.process.argv = lists.process_argv;
        read.groups = lists.groups;
    }
    read.actor = event.actor.maybe_handle()?;
    match of {
        Of::File(file) => self::file(&mut read.activity, file, more, faults),
        Of::Exec(exec) => self::exec(&mut read.activity, exec, more, faults),
        Of::Network(network) => self::network(&mut read.activity, network, faults),
        of => more.map_or(Ok(()), |lists| activity(read, event, of, lists, faults)),
    }
}

/// Reads a process, without its arguments, which nothing matches.
#[inline(always)]
pub(crate) fn process<'a>(
    place: &mut Process<'a>,
    process: &wardline_process<'a>,
    faults: &mut impl Faults,
) -> Checked<()> {
    place.path = process.path.get()?;
    place.name = process.name.get()?;
    place.pid = number(process.has_pid, process.pid, faults)?;
    Ok(())
}

#[inline(always)]
pub(crate) fn principal<'a>(
    place: &mut Principal<'a>,
    principal: &wardline_principal<'a>,
    faults: &mut impl Faults,
) -> Checked<()> {
    place.name = principal.name.get()?;
    place.id = number(principal.has_id, principal.id, faults)?;
    place.sid = principal.sid.get()?;
    Ok(())
}

/// What is done about the faults of an event.
pub(crate) trait Faults {
    fn note(&mut self, code: Invalid) -> Checked<()>;

    /// A field that must be there.
    #[inline(always)]
    fn required<T>(&mut self, field: Option<T>) -> Checked<Option<T>> {
        if field.is_none() {
            self.note(Invalid::MissingField)?;
        }
        Ok(field)
    }

    /// A word that must be there.
    #[inline(always)]
    fn word<T>(&mut self, number: u32, from: impl Fn(u8) -> Option<T>) -> Checked<Option<T>> {
        let word = word(number, from);
        if word.is_none() {
            let missing = number == 0;
            self.note(if missing { Invalid::MissingField } else { Invalid::UnknownValue })?;
        }
        Ok(word)
    }
}

/// The first fault of an event.
pub(crate) struct Fault(pub(crate) Option<Invalid>);

impl Faults for Fault {
    #[inline]
    fn note(&mut self, code: Invalid) -> Checked<()> {
        self.0 = self.0.or(Some(code));
        Ok(())
    }
}

/// That there is none: an event with one is read anew.
struct NoFault;

impl Faults for NoFault {
    #[inline(always)]
    fn note(&mut self, _: Invalid) -> Checked<()> {
        Err(wardline_status::Internal)
    }
}

/// A number that is there only if it says so. One that is there and does not is a
/// mistake that must not weaken a rule.
#[inline(always)]
fn number<T: Copy + Default + PartialEq>(
    has: u32,
    number: T,
    faults: &mut impl Faults,
) -> Checked<Option<T>> {
    if has != 0 {
        return Ok(Some(number));
    }
    if number != T::default() {
        faults.note(Invalid::FieldType)?;
    }
    Ok(None)
}

/// Reads a file access to its place; one whose operation the core has no word for
/// stays unknown.
#[inline(always)]
fn file<'e, 'a: 'e>(
    place: &mut Activity<'e>,
    file: &wardline_file<'a>,
    more: Option<&Lists<'e, 'a>>,
    faults: &mut impl Faults,
) -> Checked<()> {
    let operation = faults.word(file.operation, FileOperation::from_number)?;
    let path = faults.required(file.path.get()?)?.unwrap_or(&[]);
    let target = file.target.get()?;
    if matches!(operation, Some(FileOperation::Rename | FileOperation::Link)) {
        faults.required(target)?;
    }
    if !matches!(place, Activity::File(_)) {
        *place = Activity::File(File::new(FileOperation::Read, path));
    }
    let Activity::File(read) = place else { return Ok(()) };
    (read.path, read.target) = (path, target);
    if let Some(lists) = more {
        read.mode = number(file.has_mode.into(), file.mode, faults)?;
        read.requested = file.requested.get()?;
        read.aliases = lists.aliases;
        read.base = base(&file.base)?;
        read.truncated = file.truncated != 0;
        read.deleted = file.deleted != 0;
    }
    match operation {
        Some(operation) => read.operation = operation,
        None => *place = Activity::Unknown(Some(Kind::File)),
    }
    Ok(())
}

/// Reads a program to its place.
#[inline(always)]
fn exec<'e, 'a: 'e>(
    place: &mut Activity<'e>,
    exec: &wardline_exec<'a>,
    more: Option<&Lists<'e, 'a>>,
    faults: &mut impl Faults,
) -> Checked<()> {
    let path = faults.required(exec.path.get()?)?.unwrap_or(&[]);
    if !matches!(place, Activity::Exec(_)) {
        *place = Activity::Exec(Exec::new(path));
    }
    let Activity::Exec(read) = place else { return Ok(()) };
    read.path = path;
    if let Some(lists) = more {
        read.requested = exec.requested.get()?;
        read.aliases = lists.aliases;
        read.argv = lists.names;
        read.base = base(&exec.base)?;
        read.script = exec.script.get()?;
        read.sha256 = exec.sha256.get()?;
        read.memfd = exec.memfd != 0;
        read.truncated = exec.truncated != 0;
        read.deleted = exec.deleted != 0;
        read.stdio_socket = exec.stdio_socket != 0;
        read.ip = address(&exec.ip, faults)?;
    }
    Ok(())
}

/// Reads a connection to its place; one whose direction the core has no word for stays
/// unknown.
#[inline(always)]
fn network<'e, 'a: 'e>(
    place: &mut Activity<'e>,
    network: &wardline_network<'a>,
    faults: &mut impl Faults,
) -> Checked<()> {
    let ip = address(&network.ip, faults)?;
    let domain = network.domain.get()?;
    if ip.is_none() {
        faults.required(domain)?;
    }
    let direction = faults.word(network.direction, Direction::from_number)?;
    let port = number(network.has_port.into(), network.port, faults)?;
    let protocol = match network.protocol {
        0 => None,
        protocol => faults.word(protocol, Protocol::from_number)?,
    };
    if let Some(direction) = direction {
        *place = Activity::Network(Network { direction, ip, domain, port, protocol });
    }
    Ok(())
}

/// Reads what else happens to its place; what the core has no word for stays unknown.
fn activity<'e, 'a: 'e>(
    read: &mut Event<'e>,
    event: &wardline_event<'a>,
    of: &Of<'e, 'a>,
    lists: &Lists<'e, 'a>,
    faults: &mut impl Faults,
) -> Checked<()> {
    let place = &mut read.activity;
    match of {
        Of::Dns(dns) => {
            let name = faults.required(dns.name.get()?)?.unwrap_or(&[]);
            *place = Activity::Dns(Dns { name, answers: lists.answers, cnames: lists.names });
        }
        Of::Login(login) => {
            *place = Activity::Login(Login {
                source: address(&login.source, faults)?,
                success: fact(login.success, faults)?,
                // Only groups that were given are taken for all there are.
                groups_complete: fact(login.groups_complete, faults)?
                    .unwrap_or(event.groups.get()?.is_some()),
            });
            if read.user.is_unknown() {
                faults.note(Invalid::MissingField)?;
            }
        }
        Of::Account(account) => {
            let subject = faults.word(account.subject, Subject::from_number)?;
            let operation = faults.word(account.operation, AccountOperation::from_number)?;
            let name = faults.required(account.name.get()?)?.unwrap_or(&[]);
            if let (Some(subject), Some(operation)) = (subject, operation) {
                *place = Activity::Account(Account { subject, operation, name });
            }
        }
        Of::Registry(registry) => {
            let operation = faults.word(registry.operation, RegistryOperation::from_number)?;
            let key = faults.required(registry.key.get()?)?.unwrap_or(&[]);
            let value = registry.value.get()?;
            if let Some(operation) = operation {
                *place = Activity::Registry(Registry { operation, key, value });
            }
        }
        Of::System(system) => {
            let name = system.name.get()?;
            let what = faults.word(system.what, SystemChange::from_number)?;
            if let Some(what) = what {
                *place = Activity::System(System { what, name });
            }
        }
        Of::Malware(malware) => {
            *place = Activity::Malware(Malware {
                path: faults.required(malware.path.get()?)?.unwrap_or(&[]),
                signature: malware.signature.get()?,
            });
        }
        Of::Credential(credential) => {
            let (name, id) = (credential.name.get()?, credential.id.get()?);
            if name.is_none() {
                faults.required(id)?;
            }
            *place = Activity::Credential(Credential { name, id });
        }
        Of::File(_) | Of::Exec(_) | Of::Network(_) | Of::Unknown => {}
    }
    Ok(())
}

#[inline]
fn base<'a>(base: &wardline_base<'a>) -> Checked<Base<'a>> {
    let (cwd, dirfd_path) = (base.cwd.get()?, base.dirfd_path.get()?);
    Ok(Base { cwd, dirfd_path, root: base.root.get()? })
}

fn fact(number: u32, faults: &mut impl Faults) -> Checked<Option<bool>> {
    if number == wardline_fact::Yes as u32 || number == wardline_fact::No as u32 {
        return Ok(Some(number == wardline_fact::Yes as u32));
    }
    if number != wardline_fact::Unknown as u32 {
        faults.note(Invalid::FieldType)?;
    }
    Ok(None)
}

pub(crate) fn address<'a>(
    address: &wardline_address<'a>,
    faults: &mut impl Faults,
) -> Checked<Option<Address<'a>>> {
    const V4: u32 = wardline_address_form::V4 as u32;
    const V6: u32 = wardline_address_form::V6 as u32;
    const TEXT: u32 = wardline_address_form::Text as u32;
    let text = address.text.get()?;
    let [a, b, c, d, ..] = address.bytes;
    Ok(match address.form {
        0 => {
            // Given, but not as what: as with numbers.
            if text.is_some() || address.bytes != [0; 16] {
                faults.note(Invalid::FieldType)?;
            }
            None
        }
        V4 => Some(Address::V4([a, b, c, d])),
        V6 => Some(Address::V6(address.bytes)),
        TEXT => Some(Address::Text(text.unwrap_or(&[]))),
        _ => {
            faults.note(Invalid::FieldType)?;
            None
        }
    })
}
