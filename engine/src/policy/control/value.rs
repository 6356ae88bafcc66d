//! The values that controls hold beside plain entries.

use alloc::string::String;
use alloc::vec::Vec;

use super::declare::record;
use crate::event::{Kind, vocabulary};
use crate::policy::source::{Entry, Located, Span};
use crate::policy::spec::{Absent, FieldSpec, Item, Shape, Variant};

record! {
    /// To whom a control applies. Empty lists restrict and except nobody; a
    /// control that has no such fields has them empty.
    Actors {
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

/// A user or group as a policy names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PrincipalEntry {
    /// As written, with prefix.
    pub entry: Entry,
    /// What it names.
    pub name: PrincipalName,
}

/// What a [`PrincipalEntry`] names.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum PrincipalName {
    /// A name: `alice`, `DOMAIN\alice`, `.\alice`.
    Name(String),
    /// The number after `uid:` or `gid:`, never 4294967295.
    Id(u32),
    /// The identifier after `sid:`, checked, in upper case: `S-1-5-18`.
    Sid(String),
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

vocabulary! {
    /// By what failed logins are counted.
    LoginKey {
        /// Where from.
        Source = 0 "source",
        /// As whom.
        User = 1 "user",
        /// Both together.
        SourceAndUser = 2 "source_and_user",
    }
}

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

vocabulary! {
    /// Who is quarantined when a decoy is touched.
    QuarantineActor {
        /// The process.
        Process = 0 "process",
        /// Every process of the same program.
        Program = 1 "program",
        /// Everything from the same network source.
        Source = 2 "source",
    }
}

vocabulary! {
    /// Where a decoy access key is laid out.
    DecoyPlace {
        /// In an environment variable.
        Environment = 0 "environment",
        /// In a file.
        File = 1 "file",
        /// In the function's layer.
        Layer = 2 "layer",
    }
}

record! {
    /// What happens to whoever touches a decoy, in an enforcing policy.
    Quarantine {
        /// Who is shut in.
        actor: QuarantineActor = Shape::Choice(&["process", "program", "source"]), Absent::Scalar("process");
        /// What is refused meanwhile.
        block: Vec<Located<Kind>> = Shape::Choices(&["exec", "network", "dns", "file"]),
            Absent::List(&["exec", "network", "dns"]);
        /// For how long, in milliseconds; left out, until released.
        "for" duration: Option<u64> = Shape::Duration, Absent::Unset;
    }
}

record! {
    /// An access key that nobody should use.
    AccessKeyDecoy {
        /// Its identifier.
        id: Entry = Shape::Text, Absent::Refused;
        /// Its secret; an argument that holds it counts as a use.
        secret: Option<Entry> = Shape::Text, Absent::Unset;
        /// Where it is laid out.
        place: Vec<Located<DecoyPlace>> = Shape::Choices(&["environment", "file", "layer"]), Absent::List(&[]);
    }
}

record! {
    /// A file that nobody should open.
    FileDecoy {
        /// Its path pattern.
        path: Entry = Shape::Text, Absent::Refused;
    }
}

record! {
    /// An environment variable that nobody should read.
    EnvironmentDecoy {
        /// Its name.
        name: Entry = Shape::Text, Absent::Refused;
        /// Its value; an argument that holds it counts as a use.
        value: Option<Entry> = Shape::Text, Absent::Unset;
    }
}

record! {
    /// A domain that nobody should look up or connect to.
    DomainDecoy {
        /// Its name.
        name: Entry = Shape::Text, Absent::Refused;
    }
}

/// Something that only an intruder touches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decoy {
    /// `kind: access_key`.
    AccessKey(AccessKeyDecoy),
    /// `kind: file`.
    File(FileDecoy),
    /// `kind: environment`.
    Environment(EnvironmentDecoy),
    /// `kind: domain`.
    Domain(DomainDecoy),
}

impl Decoy {
    /// The forms of a decoy, for [`Shape::Tagged`].
    pub const VARIANTS: &'static [Variant] = &[
        Variant { name: "access_key", doc: AccessKeyDecoy::DOC, fields: AccessKeyDecoy::FIELDS },
        Variant { name: "file", doc: FileDecoy::DOC, fields: FileDecoy::FIELDS },
        Variant {
            name: "environment",
            doc: EnvironmentDecoy::DOC,
            fields: EnvironmentDecoy::FIELDS,
        },
        Variant { name: "domain", doc: DomainDecoy::DOC, fields: DomainDecoy::FIELDS },
    ];
}
