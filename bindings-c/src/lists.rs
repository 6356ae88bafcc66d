//! The lists of an event, which take room on the stack that events without do not.

use wardline::{Address, Principal};

use crate::event::{Of, wardline_event};
use crate::few::Few;
use crate::raw::wardline_bytes;
use crate::read::{Fault, Faults, address, principal};
use crate::status::Checked;

/// The lists of an event.
pub(crate) struct Lists<'e, 'a> {
    pub(crate) process_argv: &'e [&'a [u8]],
    pub(crate) groups: &'e [Principal<'a>],
    pub(crate) aliases: &'e [&'a [u8]],
    /// Arguments or CNAMEs.
    pub(crate) names: &'e [&'a [u8]],
    pub(crate) answers: &'e [Address<'a>],
}

impl Lists<'_, '_> {
    pub(crate) const NONE: Self =
        Lists { process_argv: &[], groups: &[], aliases: &[], names: &[], answers: &[] };
}

/// Room for them.
pub(crate) struct Room<'a> {
    process_argv: Few<&'a [u8]>,
    groups: Few<Principal<'a>>,
    aliases: Few<&'a [u8]>,
    names: Few<&'a [u8]>,
    answers: Few<Address<'a>>,
}

impl<'a> Room<'a> {
    pub(crate) fn lists(&self) -> Lists<'_, 'a> {
        Lists {
            process_argv: self.process_argv.as_slice(),
            groups: self.groups.as_slice(),
            aliases: self.aliases.as_slice(),
            names: self.names.as_slice(),
            answers: self.answers.as_slice(),
        }
    }

    #[inline]
    pub(crate) fn new() -> Self {
        Room {
            process_argv: Few::new(),
            groups: Few::new(),
            aliases: Few::new(),
            names: Few::new(),
            answers: Few::new(),
        }
    }

    pub(crate) fn read(
        &mut self,
        event: &wardline_event<'a>,
        of: &Of<'_, 'a>,
        fault: &mut Fault,
    ) -> Checked<()> {
        let bytes = |bytes: &wardline_bytes<'a>, fault: &mut Fault| {
            Ok(fault.required(bytes.get()?)?.unwrap_or(&[]))
        };
        self.process_argv.read(&event.process.argv, &[], fault, bytes)?;
        self.groups.read(&event.groups, Principal::UNKNOWN, fault, |group, fault| {
            let mut read = Principal::UNKNOWN;
            principal(&mut read, group, fault)?;
            Ok(read)
        })?;
        match of {
            Of::File(file) => self.aliases.read(&file.aliases, &[], fault, bytes),
            Of::Exec(exec) => {
                self.aliases.read(&exec.aliases, &[], fault, bytes)?;
                self.names.read(&exec.argv, &[], fault, bytes)
            }
            Of::Dns(dns) => {
                self.answers.read(&dns.answers, Address::V4([0; 4]), fault, |one, fault| {
                    let address = address(one, fault)?;
                    Ok(fault.required(address)?.unwrap_or(Address::Text(&[])))
                })?;
                self.names.read(&dns.cnames, &[], fault, bytes)
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn has_lists(event: &wardline_event<'_>, of: &Of<'_, '_>) -> bool {
    let of_kind = match of {
        Of::File(file) => !file.aliases.is_empty(),
        Of::Exec(exec) => !exec.aliases.is_empty() || !exec.argv.is_empty(),
        Of::Dns(dns) => !dns.answers.is_empty() || !dns.cnames.is_empty(),
        _ => false,
    };
    of_kind || !event.groups.is_empty() || !event.process.argv.is_empty()
}
