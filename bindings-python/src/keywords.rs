//! The calls that are about one kind of event: its fields as arguments.

use pyo3::prelude::*;
use wardline::Kind;

use crate::actor::Actor;
use crate::decision::Decision;
use crate::engine::Engine;
use crate::field::Field;
use crate::given::{Given, What};
use crate::state::State;

/// One call: the fields that must be given, and those that may.
macro_rules! call {
    (
        $(#[$doc:meta])*
        $name:ident $kind:ident ($($must:ident $Must:ident),*) [$($may:ident $May:ident),*]
    ) => {
        #[pymethods]
        impl Engine {
            $(#[$doc])*
            #[pyo3(signature = (
                $($must,)* *, process=None, user=None, $($may=None,)* groups=None, time=None,
                metadata=None, state=None, actor=None
            ))]
            #[expect(clippy::too_many_arguments, reason = "one for each field of the event")]
            fn $name(
                &self,
                $($must: &Bound<'_, PyAny>,)*
                process: Option<&Bound<'_, PyAny>>,
                user: Option<&Bound<'_, PyAny>>,
                $($may: Option<&Bound<'_, PyAny>>,)*
                groups: Option<&Bound<'_, PyAny>>,
                time: Option<&Bound<'_, PyAny>>,
                metadata: Option<&Bound<'_, PyAny>>,
                state: Option<&Bound<'_, State>>,
                actor: Option<&Bound<'_, Actor>>,
            ) -> PyResult<Decision> {
                let mut given = Given::new(What::Arguments(Kind::$kind));
                $(given.put(Field::$Must, Some($must));)*
                given.put_process(process)?;
                given.put_user(user)?;
                $(given.put(Field::$May, $may);)*
                given.put(Field::Groups, groups);
                given.put(Field::Time, time);
                given.put(Field::Metadata, metadata);
                self.answer(&given, state, actor)
            }
        }
    };
}

call! {
    /// Decides a file access.
    file File (operation Operation, path Path) [
        target Target, requested Requested, aliases Aliases, cwd Cwd, dirfd_path DirfdPath,
        root Root, mode Mode, truncated Truncated, deleted Deleted
    ]
}

call! {
    /// Decides a program that is about to be run.
    exec Exec (path Path) [
        requested Requested, aliases Aliases, argv Argv, cwd Cwd, dirfd_path DirfdPath, root Root,
        script Script, sha256 Sha256, memfd Memfd, truncated Truncated, deleted Deleted,
        stdio_socket StdioSocket, ip Ip
    ]
}

call! {
    /// Decides a connection, made, accepted or listened for.
    network Network (direction Direction) [ip Ip, domain Domain, port Port, protocol Protocol]
}

call! {
    /// Decides a look-up of a name.
    dns Dns (name Name) [answers Answers, cnames Cnames]
}

call! {
    /// Decides a login of `user`.
    login Login () [source Source, success Success, groups_complete GroupsComplete]
}

call! {
    /// Decides a change to a user or group.
    account Account (subject Subject, operation Operation, name Name) []
}

call! {
    /// Decides an access to the Windows registry.
    registry Registry (operation Operation, key Key) [value Value]
}

call! {
    /// Decides a change to the system itself.
    system System (what What) [name Name]
}

call! {
    /// Decides a finding of malware in a file.
    malware Malware (path Path) [signature Signature]
}

call! {
    /// Decides a use of a secret.
    credential Credential () [name Name, id Id]
}
