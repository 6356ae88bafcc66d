//! The fields of events by name: which there are, and which kind may have which.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use wardline::Kind;

macro_rules! fields {
    ($($field:ident $name:literal),+ $(,)?) => {
        /// A member of an event or of an object in it.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(u8)]
        pub(crate) enum Field { $($field),+ }

        impl Field {
            pub(crate) const ALL: &'static [Field] = &[$(Field::$field),+];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Field::$field => $name),+ }
            }

            fn of_name(name: &str) -> Option<Field> {
                match name { $($name => Some(Field::$field),)+ _ => None }
            }
        }
    };
}

fields! {
    // Of processes and of principals.
    Path "path",
    Name "name",
    Pid "pid",
    Argv "argv",
    Id "id",
    Sid "sid",
    // Of events.
    Kind "kind",
    Time "time",
    Process "process",
    User "user",
    Groups "groups",
    Metadata "metadata",
    Operation "operation",
    Target "target",
    Requested "requested",
    Aliases "aliases",
    Cwd "cwd",
    DirfdPath "dirfd_path",
    Root "root",
    Mode "mode",
    Truncated "truncated",
    Deleted "deleted",
    Script "script",
    Sha256 "sha256",
    Memfd "memfd",
    StdioSocket "stdio_socket",
    Ip "ip",
    Direction "direction",
    Domain "domain",
    Port "port",
    Protocol "protocol",
    Answers "answers",
    Cnames "cnames",
    Source "source",
    Success "success",
    GroupsComplete "groups_complete",
    Subject "subject",
    Key "key",
    Value "value",
    What "what",
    Signature "signature",
    // Of no event: what else is given to a call.
    Event "event",
    State "state",
    Actor "actor",
}

/// How many members an object inside an event may have.
pub(crate) const MEMBERS: usize = Field::Sid as usize + 1;
/// How many fields there are.
pub(crate) const FIELDS: usize = Field::Actor as usize + 1;

/// A set of fields.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fields(u64);

impl Fields {
    pub(crate) const fn of(fields: &[Field]) -> Fields {
        let (mut all, mut index) = (0, 0);
        while index < fields.len() {
            all |= 1 << fields[index] as u64;
            index += 1;
        }
        Fields(all)
    }

    pub(crate) fn add(&mut self, field: Field) {
        self.0 |= 1 << field as u64;
    }

    pub(crate) fn remove(&mut self, field: Field) {
        self.0 &= !(1 << field as u64);
    }

    pub(crate) const fn and(self, other: Fields) -> Fields {
        Fields(self.0 | other.0)
    }

    /// Whether a field is among these.
    pub(crate) fn has(self, field: Field) -> bool {
        self.0 >> field as u64 & 1 != 0
    }

    /// Whether any of these is among others.
    pub(crate) fn any_in(self, others: Fields) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether all of these are among others.
    pub(crate) fn are_in(self, others: Fields) -> bool {
        self.0 & !others.0 == 0
    }
}

/// The fields that every kind has beside its own name, which a call by kind is not given.
pub(crate) const COMMON: Fields =
    Fields::of(&[Field::Time, Field::Process, Field::User, Field::Groups, Field::Metadata]);
/// The fields that only programs, and only files, may have besides those that they
/// must.
pub(crate) const OF_EXEC: Fields = Fields::of(&[
    Field::Requested,
    Field::Aliases,
    Field::Argv,
    Field::Cwd,
    Field::DirfdPath,
    Field::Root,
    Field::Script,
    Field::Sha256,
    Field::Memfd,
    Field::Truncated,
    Field::Deleted,
    Field::StdioSocket,
    Field::Ip,
]);
pub(crate) const OF_FILE: Fields = Fields::of(&[
    Field::Target,
    Field::Requested,
    Field::Aliases,
    Field::Cwd,
    Field::DirfdPath,
    Field::Root,
    Field::Mode,
    Field::Truncated,
    Field::Deleted,
]);

/// The fields that an event of a kind may have.
pub(crate) fn of_kind(kind: Kind) -> Fields {
    use Field::*;
    const fn with(fields: &[Field]) -> Fields {
        Fields::of(fields).and(COMMON).and(Fields::of(&[Kind]))
    }
    match kind {
        wardline::Kind::File => const { with(&[Operation, Path]).and(OF_FILE) },
        wardline::Kind::Exec => const { with(&[Path]).and(OF_EXEC) },
        wardline::Kind::Network => const { with(&[Direction, Ip, Domain, Port, Protocol]) },
        wardline::Kind::Dns => const { with(&[Name, Answers, Cnames]) },
        wardline::Kind::Login => const { with(&[Source, Success, GroupsComplete]) },
        wardline::Kind::Account => const { with(&[Subject, Operation, Name]) },
        wardline::Kind::Registry => const { with(&[Operation, Key, Value]) },
        wardline::Kind::System => const { with(&[What, Name]) },
        wardline::Kind::Malware => const { with(&[Path, Signature]) },
        wardline::Kind::Credential => const { with(&[Name, Id]) },
        _ => const { with(&[]) },
    }
}

/// The fields of a process, and of a user or group.
pub(crate) const PROCESS: Fields = Fields::of(&[Field::Path, Field::Name, Field::Pid, Field::Argv]);
pub(crate) const PRINCIPAL: Fields = Fields::of(&[Field::Name, Field::Id, Field::Sid]);

/// What a key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Named {
    Field(Field),
    /// The same by a key of a class of its own, which may stand in a dictionary beside
    /// another that reads the same.
    Alike(Field),
    /// The name of no field, or no name.
    Stranger,
    /// Text that is no Unicode. That was told by an exception: making one may have
    /// run the collector of garbage, and with it any Python code.
    Unreadable,
}

impl Named {
    pub(crate) fn field(self) -> Option<Field> {
        match self {
            Named::Field(field) | Named::Alike(field) => Some(field),
            _ => None,
        }
    }
}

/// The field that a key names. Keys that are written in a program are interned by
/// Python and are known by where they are; others are read.
#[inline]
pub(crate) fn named(key: &Bound<'_, PyAny>) -> Named {
    static INTERNED: PyOnceLock<Interned> = PyOnceLock::new();
    let interned = INTERNED.get_or_init(key.py(), || Interned::new(key.py()));
    interned.find(key.as_ptr().addr()).map_or_else(|| read(key), Named::Field)
}

#[cold]
fn read(key: &Bound<'_, PyAny>) -> Named {
    let Ok(text) = key.cast::<PyString>() else { return Named::Stranger };
    let Ok(name) = text.to_str() else { return Named::Unreadable };
    match Field::of_name(name) {
        Some(field) if key.is_exact_instance_of::<PyString>() => Named::Field(field),
        Some(field) => Named::Alike(field),
        None => Named::Stranger,
    }
}

/// Where the names of the fields are: a table with open addresses.
struct Interned {
    table: [(usize, Field); SIZE],
    /// They stay where they are.
    _names: Vec<Py<PyString>>,
}

const SIZE: usize = 256;

impl Interned {
    fn new(py: Python<'_>) -> Interned {
        let mut table = [(0, Field::Kind); SIZE];
        let mut names = Vec::new();
        for &field in Field::ALL {
            let name = PyString::intern(py, field.name());
            let address = name.as_ptr().addr();
            let mut place = slot(address);
            while table[place].0 != 0 {
                place = (place + 1) % SIZE;
            }
            table[place] = (address, field);
            names.push(name.unbind());
        }
        Interned { table, _names: names }
    }

    #[inline]
    fn find(&self, address: usize) -> Option<Field> {
        let mut place = slot(address);
        loop {
            match self.table[place] {
                (found, field) if found == address => return Some(field),
                (0, _) => return None,
                _ => place = (place + 1) % SIZE,
            }
        }
    }
}

/// Objects stand 16 bytes apart at least.
#[inline]
fn slot(address: usize) -> usize {
    (address >> 4).wrapping_mul(0x9E37_79B1) >> 8 & (SIZE - 1)
}
