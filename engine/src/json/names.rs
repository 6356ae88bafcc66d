//! The names of fields: which there are, and which object may have which.

use crate::event::Kind;

/// Declares the fields by the length of their names, so that a name is compared
/// with few others, as one integer where it is short.
macro_rules! fields {
    ($($length:literal { $($field:ident $name:literal),+ })+) => {
        /// A member of an event or of an object in it.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(u8)]
        pub(super) enum Field { $($($field),+),+ }

        impl Field {
            /// The field with this name.
            #[inline]
            pub(super) fn of_name(name: &str) -> Option<Field> {
                match name.len() {
                    $($length => match name {
                        $($name => Some(Field::$field),)+
                        _ => None,
                    })+
                    _ => None,
                }
            }
        }

        $($(const _: () = assert!($name.len() == $length);)+)+
        const _: () = assert!(1 << [$($(Field::$field),+),+].len() <= STRANGER);
    };
}

fields! {
    2 { Id "id", Ip "ip" }
    3 { Cwd "cwd", Hex "hex", Key "key", Pid "pid", Sid "sid" }
    4 {
        Argv "argv", Kind "kind", Mode "mode", Name "name", Path "path", Port "port",
        Root "root", Time "time", User "user", What "what"
    }
    5 { Memfd "memfd", Value "value" }
    6 {
        Cnames "cnames", Domain "domain", Groups "groups", Script "script", Sha256 "sha256",
        Source "source", Target "target"
    }
    7 {
        Aliases "aliases", Answers "answers", Deleted "deleted", Process "process",
        Subject "subject", Success "success"
    }
    8 { Metadata "metadata", Protocol "protocol" }
    9 {
        Direction "direction", Operation "operation", Requested "requested",
        Signature "signature", Truncated "truncated"
    }
    10 { DirfdPath "dirfd_path" }
    12 { StdioSocket "stdio_socket" }
    15 { GroupsComplete "groups_complete" }
}

/// A set of fields, and of whatever is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Names(u64);

impl Names {
    const fn of(fields: &[Field]) -> Names {
        let (mut all, mut index) = (0, 0);
        while index < fields.len() {
            all |= 1 << fields[index] as u64;
            index += 1;
        }
        Names(all)
    }

    /// Adds a field; whether it was there.
    pub(super) fn add(&mut self, field: Field) -> bool {
        let there = self.has(field);
        self.0 |= 1 << field as u64;
        there
    }

    /// Adds the name of no field, which is in no other set.
    pub(super) fn add_stranger(&mut self) {
        self.0 |= STRANGER;
    }

    pub(super) fn has(self, field: Field) -> bool {
        self.0 >> field as u64 & 1 != 0
    }

    /// Whether all of these are among others.
    pub(super) fn are_in(self, others: Names) -> bool {
        self.0 & !others.0 == 0
    }
}

/// The fields of an event.
#[rustfmt::skip]
pub(super) const fn of_event(kind: Kind) -> Names {
    use Field::{
        Aliases, Answers, Argv, Cnames, Cwd, Deleted, Direction, DirfdPath, Domain, GroupsComplete,
        Id, Ip, Key, Memfd, Mode, Name, Operation, Path, Port, Protocol, Requested, Root, Script,
        Sha256, Signature, Source, StdioSocket, Subject, Success, Target, Truncated, Value, What,
    };
    const fn with(fields: &[Field]) -> Names {
        Names(COMMON.0 | Names::of(fields).0)
    }
    match kind {
        Kind::File => const { with(&[
            Aliases, Cwd, Deleted, DirfdPath, Mode, Operation, Path, Requested, Root, Target,
            Truncated,
        ]) },
        Kind::Exec => const { with(&[
            Aliases, Argv, Cwd, Deleted, DirfdPath, Ip, Memfd, Path, Requested, Root, Script,
            Sha256, StdioSocket, Truncated,
        ]) },
        Kind::Network => const { with(&[Direction, Domain, Ip, Port, Protocol]) },
        Kind::Dns => const { with(&[Answers, Cnames, Name]) },
        Kind::Login => const { with(&[GroupsComplete, Source, Success]) },
        Kind::Account => const { with(&[Name, Operation, Subject]) },
        Kind::Registry => const { with(&[Key, Operation, Value]) },
        Kind::System => const { with(&[Name, What]) },
        Kind::Malware => const { with(&[Path, Signature]) },
        Kind::Credential => const { with(&[Id, Name]) },
    }
}

/// What stands in a set for all names that are no field's.
const STRANGER: u64 = 1 << 63;

/// The fields of every kind.
const COMMON: Names = Names::of(&[
    Field::Groups,
    Field::Kind,
    Field::Metadata,
    Field::Process,
    Field::Time,
    Field::User,
]);
/// The fields of a process.
pub(super) const PROCESS: Names = Names::of(&[Field::Argv, Field::Name, Field::Path, Field::Pid]);
/// The fields of a user or group.
pub(super) const PRINCIPAL: Names = Names::of(&[Field::Id, Field::Name, Field::Sid]);
