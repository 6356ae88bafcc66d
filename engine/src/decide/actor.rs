//! Who acts: the conditions on user and process.
//!
//! What is not known satisfies a restriction and no exception, so that
//! ignorance never weakens a rule. What is invalid leaves open whether it does.

use super::names;
use super::{Fault, Tables};
use crate::bundle::Section;
use crate::bytes::has_nul;
use crate::canonical::names::{Form, Names, PathName, Visit};
use crate::canonical::room::is_wtf8;
use crate::canonical::sid::Sid;
use crate::decision::Invalid;
use crate::event::{Principal, Process};
use crate::matcher::rows::{Condition, Hits, Rows, Truth};
use crate::matcher::text::{Tag, TextTable};

/// The largest user or group id; 4294967295 means "none" to the kernel.
pub(crate) const MAX_ID: u64 = 4_294_967_294;

/// The conditions of rules that list principals by name, by id and by SID.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions(pub(super) [Condition; 3]);

impl Conditions {
    pub(super) const USERS: Conditions =
        Conditions([Condition::UserNames, Condition::UserIds, Condition::UserSids]);
    const EXCEPT_USERS: Conditions = Conditions([
        Condition::ExceptUserNames,
        Condition::ExceptUserIds,
        Condition::ExceptUserSids,
    ]);

    /// The rules that list any.
    pub(super) fn readers<const W: usize>(self, rows: &Rows<'_, W>) -> Truth<W> {
        let readers = self.0.map(|condition| Truth::known(rows.condition(condition)));
        readers.into_iter().fold(Truth::NO, Truth::or)
    }
}

/// What a table says about a principal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Says<const W: usize> {
    pub(super) listed: Truth<W>,
    excepted: Truth<W>,
    /// The rules that list by a type of name that is not known.
    pub(super) lacking: [u64; W],
    pub(super) fault: Option<Fault>,
}

/// Looks a principal up by all its names.
pub(super) fn says<const W: usize>(
    names: &Names,
    table: TextTable<'_>,
    rows: &Rows<'_, W>,
    principal: &Principal<'_>,
    Conditions([by_name, by_id, by_sid]): Conditions,
) -> Says<W> {
    let Conditions([except_name, except_id, except_sid]) = Conditions::EXCEPT_USERS;
    let mut says = Says { listed: Truth::NO, excepted: Truth::NO, lacking: [0; W], fault: None };
    let mut hits = Hits::NONE;
    let mut find = |tag, key: &[u8]| rows.add(table.find(tag, key), &mut hits);
    let found =
        principal.name.map(|text| name(names, text).map(|name| names.account(name, &mut find)));
    says.add(rows, found, [by_name, except_name]);
    let found = principal.id.map(|number| id(number).map(|id| find(Tag::Id, &id)));
    says.add(rows, found, [by_id, except_id]);
    let found = principal.sid.map(|text| Sid::new(text).map(|sid| find(Tag::Sid, sid.as_bytes())));
    says.add(rows, found, [by_sid, except_sid]);
    says.listed = says.listed.or(Truth::known(hits.listed));
    says.excepted = says.excepted.or(Truth::known(hits.excepted));
    says
}

impl<const W: usize> Says<W> {
    /// Adds what could not be found by one type of name: it is not known, or invalid.
    #[inline]
    fn add(
        &mut self,
        rows: &Rows<'_, W>,
        found: Option<Result<(), Invalid>>,
        [only, except]: [Condition; 2],
    ) {
        match found {
            None => {
                let lacking = Truth::known(self.lacking).or(Truth::known(rows.condition(only)));
                self.lacking = lacking.yes;
            }
            Some(Ok(())) => {}
            Some(Err(code)) => {
                let only = Truth::unknown(rows.condition(only));
                let except = Truth::unknown(rows.condition(except));
                if only.or(except).maybe != [0; W] {
                    self.fault = Fault::worse(self.fault, Some(Fault { code, required: false }));
                }
                self.listed = self.listed.or(only);
                self.excepted = self.excepted.or(except);
            }
        }
    }
}

/// Which rules the user satisfies.
pub(crate) fn user<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    user: &Principal<'_>,
) -> (Truth<W>, Option<Fault>) {
    if !tables.has(Section::Users) {
        return (Truth::YES, None);
    }
    let says = says(tables.names(), tables.users(), rows, user, Conditions::USERS);
    let any = Truth::known(rows.condition(Condition::AnyUser));
    let restricted = any.or(says.listed).or(Truth::known(says.lacking));
    (restricted.and(says.excepted.not()), says.fault)
}

/// Which rules the process satisfies. One without canonical path is unknown.
pub(crate) fn process<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    process: &Process<'_>,
) -> Truth<W> {
    if !tables.has(Section::Processes) {
        return Truth::YES;
    }
    let Some(path) = process.path else { return Truth::YES };
    match names::path(tables.names(), tables.processes(), rows, &PathName::of_process(path)) {
        Ok(path) => {
            let restricted = Truth::known(rows.condition(Condition::AnyProcess));
            let restricted = restricted.or(path.listed());
            restricted.and(Truth::known(path.strict.excepted).not())
        }
        Err(_) => Truth::YES,
    }
}

/// Whether the process is known to be a shell.
pub(crate) fn is_shell(names: &Names, process: &Process<'_>) -> bool {
    let shells = if names.is_windows() { SHELLS_WINDOWS } else { SHELLS };
    let mut last = IsShell { shells, found: false };
    let path = process.path.map(PathName::of_process);
    path.is_some_and(|path| names.path(&path, &mut last).is_ok()) && last.found
}

/// Whether some form of a path ends in the name of a shell.
struct IsShell {
    shells: &'static [&'static str],
    found: bool,
}

impl Visit for IsShell {
    fn visit<'p>(&mut self, _: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone)) {
        let Some(last) = components.last() else { return };
        self.found |= self.shells.iter().any(|shell| shell.as_bytes() == last);
    }
}

/// Programs that run what they read: the real names, for links are resolved.
pub(crate) const SHELLS: &[&str] = &[
    "ash", "bash", "csh", "dash", "fish", "ksh", "ksh93", "mksh", "pwsh", "rbash", "sh", "tcsh",
    "yash", "zsh",
];

/// Likewise on Windows, in upper case.
pub(crate) const SHELLS_WINDOWS: &[&str] = &[
    "BASH.EXE",
    "CMD.EXE",
    "POWERSHELL.EXE",
    "POWERSHELL_ISE.EXE",
    "PWSH.EXE",
    "SH.EXE",
    "WSL.EXE",
];

/// The key of a name.
pub(crate) fn name<'n>(names: &Names, name: &'n [u8]) -> Result<&'n [u8], Invalid> {
    let is_text = !names.is_windows() || is_wtf8(name);
    if name.is_empty() || has_nul(name) || !is_text {
        Err(Invalid::PrincipalName)
    } else {
        Ok(name)
    }
}

/// The key of an id.
pub(crate) fn id(id: u64) -> Result<[u8; 4], Invalid> {
    if id > MAX_ID {
        return Err(Invalid::PrincipalId);
    }
    Ok((id as u32).to_le_bytes())
}
