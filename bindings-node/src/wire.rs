//! Events as they cross from JavaScript: a head, a mask, and the values the mask
//! names, in the order of its bits.
//!
//! JavaScript (`lib/event.js`) checks names and types and notes what is wrong in
//! the head; here nothing is judged. A value arrives as an argument of its own
//! (`hot`) or as a part of a record in a buffer (`Reader`):
//!
//! * record: head `u32`, mask `u32`, then values
//! * number: `u64`
//! * text: length `u32`, bytes; the length's top bit says that an address is raw
//! * list: count `u32`, then its texts; of groups, each a `u32` of the members
//!   present (1 name, 2 id, 4 sid) and these
//!
//! Everything is little-endian.

use std::borrow::Cow;

use wardline::{
    Account, AccountOperation, Activity, Address, Base, Credential, Direction, Dns, Event, Exec,
    File, FileOperation, Invalid, Kind, Login, Malware, Network, Principal, Process, Protocol,
    Registry, RegistryOperation, Subject, System, SystemChange,
};

/// The values of an event that may arrive one by one.
#[derive(Default)]
pub(crate) struct Fields<'a> {
    pub(crate) head: u32,
    pub(crate) mask: u32,
    pub(crate) numbers: [u64; NUMBERS],
    pub(crate) texts: [&'a [u8]; TEXTS],
    pub(crate) raw_address: bool,
}

/// The values that only a record holds.
#[derive(Clone, Default)]
pub(crate) struct Lists<'a> {
    process_argv: Vec<&'a [u8]>,
    groups: Vec<Principal<'a>>,
    aliases: Vec<&'a [u8]>,
    argv: Vec<&'a [u8]>,
    answers: Vec<Address<'a>>,
    cnames: Vec<&'a [u8]>,
}

/// Those of most events.
pub(crate) static NO_LISTS: Lists<'static> = Lists {
    process_argv: Vec::new(),
    groups: Vec::new(),
    aliases: Vec::new(),
    argv: Vec::new(),
    answers: Vec::new(),
    cnames: Vec::new(),
};

/// Numbers have the first bits of the mask: time, pid, id, and mode or port.
pub(crate) const NUMBERS: usize = 4;
/// Then come the texts.
pub(crate) const TEXTS: usize = 12;
const TIME: usize = 0;
const PID: usize = 1;
const ID: usize = 2;
const NUMBER: usize = 3;
const PROCESS_PATH: usize = 4;
const PROCESS_NAME: usize = 5;
const USER_NAME: usize = 6;
const USER_SID: usize = 7;
const NAME: usize = 8;
const SECOND: usize = 9;
const REQUESTED: usize = 10;
const CWD: usize = 11;
const DIRFD_PATH: usize = 12;
const ROOT: usize = 13;
const SHA256: usize = 14;
pub(crate) const ADDRESS: usize = 15;
const PROCESS_ARGV: u32 = 16;
const GROUPS: u32 = 17;
const ALIASES: u32 = 18;
const ARGV: u32 = 19;
const ANSWERS: u32 = 20;
const CNAMES: u32 = 21;

/// The top bit of a text's length.
const RAW: u32 = 1 << 31;

impl<'a> Fields<'a> {
    /// Calls `f` with the event.
    #[inline]
    pub(crate) fn with_event<R>(&self, lists: &Lists<'_>, f: impl FnOnce(&Event<'_>) -> R) -> R {
        let Some(kind) = Kind::from_number((self.head & 15) as u8) else {
            return f(&self.event(lists, Activity::Unknown(None)));
        };
        match kind {
            Kind::Dns => {
                let name = mapped(self.texts[NAME - NUMBERS]);
                let cnames: Vec<_> = lists.cnames.iter().map(|name| mapped(name)).collect();
                let cnames: Vec<&[u8]> = cnames.iter().map(|name| name.as_ref()).collect();
                let dns = Dns { name: &name, answers: &lists.answers, cnames: &cnames };
                f(&self.event(lists, Activity::Dns(dns)))
            }
            Kind::Network => {
                let domain = self.text(NAME).map(mapped);
                let network = self.network(domain.as_deref());
                f(&self.event(lists, network.unwrap_or(Activity::Unknown(Some(kind)))))
            }
            // The commonest, made where it stands: moving it costs as much as reading it.
            Kind::Exec => f(&self.event(lists, Activity::Exec(self.exec(lists)))),
            kind => {
                let activity = self.activity(kind, lists);
                f(&self.event(lists, activity.unwrap_or(Activity::Unknown(Some(kind)))))
            }
        }
    }

    #[inline(always)]
    fn exec<'e>(&self, lists: &'e Lists<'_>) -> Exec<'e>
    where
        'a: 'e,
    {
        Exec {
            path: self.texts[NAME - NUMBERS],
            requested: self.text(REQUESTED),
            aliases: &lists.aliases,
            argv: &lists.argv,
            base: self.base(),
            script: self.text(SECOND),
            sha256: self.text(SHA256),
            memfd: self.flag(16),
            truncated: self.flag(14),
            deleted: self.flag(15),
            stdio_socket: self.flag(17),
            ip: self.address(),
        }
    }

    #[inline(always)]
    fn base(&self) -> Base<'a> {
        Base { cwd: self.text(CWD), dirfd_path: self.text(DIRFD_PATH), root: self.text(ROOT) }
    }

    #[inline(always)]
    fn event<'e>(&self, lists: &'e Lists<'_>, activity: Activity<'e>) -> Event<'e>
    where
        'a: 'e,
    {
        Event {
            time: self.number(TIME),
            process: Process {
                path: self.text(PROCESS_PATH),
                name: self.text(PROCESS_NAME),
                pid: self.number(PID).and_then(|pid| pid.try_into().ok()),
                argv: &lists.process_argv,
            },
            user: Principal {
                name: self.text(USER_NAME),
                id: self.number(ID),
                sid: self.text(USER_SID),
            },
            groups: &lists.groups,
            actor: None,
            activity,
            malformed: Invalid::from_number((self.head >> 8 & 63) as u8),
        }
    }

    fn activity<'e>(&self, kind: Kind, lists: &'e Lists<'_>) -> Option<Activity<'e>>
    where
        'a: 'e,
    {
        let word = (self.head >> 4 & 15) as u8;
        let path = self.texts[NAME - NUMBERS];
        Some(match kind {
            Kind::File => Activity::File(File {
                operation: FileOperation::from_number(word)?,
                path,
                target: self.text(SECOND),
                requested: self.text(REQUESTED),
                aliases: &lists.aliases,
                base: self.base(),
                mode: self.number(NUMBER).and_then(|mode| mode.try_into().ok()),
                truncated: self.flag(14),
                deleted: self.flag(15),
            }),
            Kind::Login => Activity::Login(Login {
                source: self.address(),
                success: self.flag(19).then(|| self.flag(20)),
                groups_complete: self.flag(18),
            }),
            Kind::Account => Activity::Account(Account {
                operation: AccountOperation::from_number(word & 3)?,
                subject: Subject::from_number(word >> 2)?,
                name: path,
            }),
            Kind::Registry => Activity::Registry(Registry {
                operation: RegistryOperation::from_number(word)?,
                key: path,
                value: self.text(SECOND),
            }),
            Kind::System => Activity::System(System {
                what: SystemChange::from_number(word)?,
                name: self.text(NAME),
            }),
            Kind::Malware => Activity::Malware(Malware { path, signature: self.text(SECOND) }),
            Kind::Credential => {
                Activity::Credential(Credential { name: self.text(NAME), id: self.text(SECOND) })
            }
            _ => return None,
        })
    }

    fn network<'e>(&self, domain: Option<&'e [u8]>) -> Option<Activity<'e>>
    where
        'a: 'e,
    {
        let protocol = (self.head >> 21 & 7) as u8;
        Some(Activity::Network(Network {
            direction: Direction::from_number((self.head >> 4 & 15) as u8)?,
            ip: self.address(),
            domain,
            port: self.number(NUMBER).and_then(|port| port.try_into().ok()),
            protocol: protocol.checked_sub(1).and_then(Protocol::from_number),
        }))
    }

    #[inline(always)]
    fn flag(&self, bit: u32) -> bool {
        self.head >> bit & 1 != 0
    }

    #[inline(always)]
    fn number(&self, slot: usize) -> Option<u64> {
        (self.mask >> slot & 1 != 0).then(|| self.numbers[slot])
    }

    #[inline(always)]
    fn text(&self, slot: usize) -> Option<&'a [u8]> {
        (self.mask >> slot & 1 != 0).then(|| self.texts[slot - NUMBERS])
    }

    #[inline(always)]
    fn address(&self) -> Option<Address<'a>> {
        self.text(ADDRESS).map(|bytes| address(bytes, self.raw_address))
    }
}

/// Bytes that are neither four nor sixteen are no address; nor is empty text.
fn address(bytes: &[u8], raw: bool) -> Address<'_> {
    match (raw, <[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
        (true, Ok(v4), _) => Address::V4(v4),
        (true, _, Ok(v6)) => Address::V6(v6),
        (true, ..) => Address::Text(&[]),
        (false, ..) => Address::Text(bytes),
    }
}

/// A name that cannot be mapped stays as it is, and is invalid.
fn mapped(name: &[u8]) -> Cow<'_, [u8]> {
    wardline::map_domain(name).unwrap_or(Cow::Borrowed(name))
}

/// Events of which little is known and nothing is wrong, as most are: a program or a
/// file, its path, and who acts. Each is made where the one before stood: an event that
/// is put together of all that may be there takes three times as long.
pub(crate) struct Little<'a> {
    exec: Event<'a>,
    file: Event<'a>,
}

impl<'a> Little<'a> {
    pub(crate) fn new() -> Little<'a> {
        Little {
            exec: Event::new(Activity::Exec(Exec::new(&[]))),
            file: Event::new(Activity::File(File::new(FileOperation::Read, &[]))),
        }
    }

    /// The next record's event; `None`, and the reader stays where it is, if there is more
    /// to it, or none.
    #[inline]
    pub(crate) fn read(&mut self, reader: &mut Reader<'a>) -> Option<&Event<'a>> {
        const EXEC: u32 = Kind::Exec as u32;
        const FILE: u32 = Kind::File as u32;
        const MORE: u32 = !(1 << TIME
            | 1 << PID
            | 1 << ID
            | 1 << PROCESS_PATH
            | 1 << PROCESS_NAME
            | 1 << USER_NAME);
        let mut rest = Reader(reader.0);
        let (head, mask) = (rest.word()?, rest.word()?);
        if mask & MORE != 1 << NAME || head & !0xFF != 0 {
            return None;
        }
        let has = |slot: usize| mask >> slot & 1 != 0;
        let event = match head & 15 {
            // Its word says nothing.
            EXEC => &mut self.exec,
            FILE => &mut self.file,
            _ => return None,
        };
        event.time = rest.long_if(has(TIME))?;
        event.process.pid = rest.long_if(has(PID))?.and_then(|pid| pid.try_into().ok());
        event.user.id = rest.long_if(has(ID))?;
        event.process.path = rest.text_if(has(PROCESS_PATH))?;
        event.process.name = rest.text_if(has(PROCESS_NAME))?;
        event.user.name = rest.text_if(has(USER_NAME))?;
        let (path, _) = rest.text()?;
        match &mut event.activity {
            Activity::Exec(exec) => exec.path = path,
            Activity::File(file) => {
                file.operation = FileOperation::from_number((head >> 4) as u8)?;
                file.path = path;
            }
            _ => return None,
        }
        *reader = rest;
        Some(event)
    }
}

/// Reads records one after another.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next record; `None` if the bytes are none, or at the end.
    pub(crate) fn record(&mut self) -> Option<(Fields<'a>, Lists<'a>)> {
        let (mut fields, mut lists) = (Fields::default(), Lists::default());
        self.read(&mut fields, &mut lists)?;
        Some((fields, lists))
    }

    /// The same into what the record before may have used: nothing is moved, and
    /// only what the mask names is written.
    #[inline]
    pub(crate) fn read(&mut self, fields: &mut Fields<'a>, lists: &mut Lists<'a>) -> Option<()> {
        let before = fields.mask;
        (fields.head, fields.mask, fields.raw_address) = (self.word()?, self.word()?, false);
        if fields.mask >> NAME & 1 == 0 {
            fields.texts[NAME - NUMBERS] = &[];
        }
        // By the bits that are set, of which there are few.
        let mut left = fields.mask & ((1 << PROCESS_ARGV) - 1);
        while left != 0 {
            let slot = left.trailing_zeros() as usize;
            left &= left - 1;
            if let Some(number) = fields.numbers.get_mut(slot) {
                *number = self.long()?;
            } else {
                let (bytes, raw) = self.text()?;
                fields.texts[slot - NUMBERS] = bytes;
                // The address is the last text.
                fields.raw_address = raw;
            }
        }
        if before >> PROCESS_ARGV != 0 {
            *lists = Lists::default();
        }
        if fields.mask >> PROCESS_ARGV != 0 {
            self.lists(fields.mask, lists)?;
        }
        Some(())
    }

    fn lists(&mut self, mask: u32, lists: &mut Lists<'a>) -> Option<()> {
        let has = |slot: u32| mask >> slot & 1 != 0;
        if has(PROCESS_ARGV) {
            lists.process_argv = self.list(|bytes, _| bytes)?;
        }
        if has(GROUPS) {
            lists.groups = (0..self.word()?).map(|_| self.group()).collect::<Option<_>>()?;
        }
        if has(ALIASES) {
            lists.aliases = self.list(|bytes, _| bytes)?;
        }
        if has(ARGV) {
            lists.argv = self.list(|bytes, _| bytes)?;
        }
        if has(ANSWERS) {
            lists.answers = self.list(address)?;
        }
        if has(CNAMES) {
            lists.cnames = self.list(|bytes, _| bytes)?;
        }
        Some(())
    }

    fn group(&mut self) -> Option<Principal<'a>> {
        let members = self.word()?;
        let mut group = Principal::UNKNOWN;
        if members & 1 != 0 {
            group.name = Some(self.text()?.0);
        }
        if members & 2 != 0 {
            group.id = Some(self.long()?);
        }
        if members & 4 != 0 {
            group.sid = Some(self.text()?.0);
        }
        Some(group)
    }

    fn list<T>(&mut self, read: impl Fn(&'a [u8], bool) -> T) -> Option<Vec<T>> {
        let count = self.word()?;
        (0..count).map(|_| self.text().map(|(bytes, raw)| read(bytes, raw))).collect()
    }

    fn text(&mut self) -> Option<(&'a [u8], bool)> {
        let length = self.word()?;
        Some((self.bytes((length & !RAW) as usize)?, length & RAW != 0))
    }

    #[inline(always)]
    fn long_if(&mut self, there: bool) -> Option<Option<u64>> {
        if there { self.long().map(Some) } else { Some(None) }
    }

    #[inline(always)]
    fn text_if(&mut self, there: bool) -> Option<Option<&'a [u8]>> {
        if there { self.text().map(|(bytes, _)| Some(bytes)) } else { Some(None) }
    }

    fn word(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.bytes(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    #[inline]
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }
}
