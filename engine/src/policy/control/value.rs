//! The values that controls hold beside plain entries.

use alloc::vec::Vec;

use super::declare::record;
use super::principal::PrincipalEntry;
use crate::event::{Kind, vocabulary};
use crate::policy::source::{Entry, Located, Span};
use crate::policy::spec::{Absent, FieldSpec, Item, Shape};

record! {
    /// To whom a control applies. Empty lists restrict and except nobody; a
    /// control that has no such fields has them empty.
    pub struct Actors {
        /// Only these users, if any.
        users: Vec<PrincipalEntry> = Shape::List(Item::User), Absent::List(&[]);
        /// Not these users.
        except_users: Vec<PrincipalEntry> = Shape::List(Item::User), Absent::List(&[]);
        /// Only these acting programs, if any: base names or absolute globs.
        processes: Vec<Entry> = Shape::List(Item::Program), Absent::List(&[]);
        /// Not these acting programs.
        except_processes: Vec<Entry> = Shape::List(Item::Program), Absent::List(&[]);
    }
}

/// A range of ports, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PortRange {
    /// The lowest.
    pub first: u16,
    /// The highest, not below `first`.
    pub last: u16,
    /// Where it stands.
    pub span: Span,
}

pub use crate::watch::{LoginKey, QuarantineActor};

vocabulary! {
    /// What is done about malware.
    MalwareResponse {
        /// Report it.
        Alert = 0 "alert",
        /// Refuse the access.
        Block = 1 "block",
        /// Refuse the access and have the file deleted.
        Delete = 2 "delete",
    }
}

record! {
    /// What happens to whoever touches a decoy, in an enforcing policy.
    pub struct Quarantine {
        /// Who is shut in.
        actor: QuarantineActor = Shape::Choice(&["process", "program", "source"]), Absent::Scalar("process");
        /// What is refused meanwhile.
        block: Vec<Located<Kind>> = Shape::Choices(&["exec", "network", "dns", "file"]),
            Absent::List(&["exec", "network", "dns"]);
        /// For how long, in milliseconds; left out, until released.
        "for" duration: Option<u64> = Shape::Duration, Absent::Unset;
    }
}
