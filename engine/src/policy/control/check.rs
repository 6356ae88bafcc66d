//! What a control must hold to mean anything: one that can match nothing is an
//! error, for its author believes to be protected.

use alloc::format;

use super::{Control, NetworkBlock};
use crate::diagnostic::{Code, quoted};
use crate::policy::decode::{Decoder, Fields};
use crate::policy::source::{Entry, Span};
use crate::policy::spec::ControlSpec;
use crate::policy::{List, ListFormat, Platform};

/// Refuses defaults that the platform does not have.
pub(crate) fn platform(decoder: &mut Decoder<'_>, spec: &ControlSpec, fields: &Fields<'_>) {
    let windows = decoder.platform == Some(Platform::Windows);
    if windows && spec.name == "block_malicious_executables" && fields.get("directories").is_none()
    {
        decoder.within("directories", |decoder| {
            let message = "`directories` is required on Windows, where `/tmp` does not exist";
            decoder.report(Code::MissingField, fields.span, message);
        });
    }
}

/// Refuses a control that can match nothing.
pub(crate) fn control(decoder: &mut Decoder<'_>, control: &Control, span: Span) {
    let (empty, needs) = match control {
        Control::BlockCryptocurrencyMining(c) => {
            formats(decoder, "lists", &c.lists, &[ListFormat::Sha256]);
            (!c.builtin && !c.programs && c.lists.is_empty(), "`lists`, `builtin` or `programs`")
        }
        Control::DnsIpReputation(c) => {
            let refused = [ListFormat::Names, ListFormat::Sha256];
            formats(decoder, "lists", &c.lists, &refused);
            formats(decoder, "except_lists", &c.except_lists, &refused);
            (c.lists.is_empty(), "an entry in `lists`")
        }
        Control::FileBlock(c) => (c.paths.is_empty(), "an entry in `paths`"),
        Control::ReadOnlyFiles(c) => (c.paths.is_empty(), "an entry in `paths`"),
        Control::FileIntegrityMonitoring(c) if c.operations.is_empty() => {
            (true, "an entry in `operations`")
        }
        Control::FileIntegrityMonitoring(c) => {
            (c.paths.is_empty() && c.presets.is_empty(), "`paths` or `presets`")
        }
        Control::Forensics(c) => {
            let any = c.os_user_activity
                || c.full_command_arguments
                || c.successful_logins
                || c.failed_logins
                || c.user_account_management;
            (!any, "at least one of its options")
        }
        Control::SystemIntegrityMonitoring(c) => {
            (!(c.system_time || c.services || c.audit_log), "at least one of its options")
        }
        // With nobody allowed, everybody is locked out: that is no policy either.
        Control::OsUsersAndGroupsAllowed(c) => {
            (c.users.is_empty() && c.groups.is_empty(), "`users` or `groups`")
        }
        Control::OsUsersAndGroupsBlocked(c) => {
            (c.users.is_empty() && c.groups.is_empty(), "`users` or `groups`")
        }
        Control::WindowsRegistryMonitoring(c) if c.operations.is_empty() => {
            (true, "an entry in `operations`")
        }
        Control::WindowsRegistryMonitoring(c) => {
            (c.keys.is_empty() && c.presets.is_empty(), "`keys` or `presets`")
        }
        Control::WindowsRegistryProtection(c) if c.operations.is_empty() => {
            (true, "an entry in `operations`")
        }
        Control::WindowsRegistryProtection(c) => {
            (c.keys.is_empty() && c.presets.is_empty(), "`keys` or `presets`")
        }
        Control::BlockMaliciousExecutables(c) => {
            (c.directories.is_empty(), "an entry in `directories`")
        }
        Control::ExecutablesBlocked(c) => {
            (c.executables.is_empty() && c.sha256.is_empty(), "`executables` or `sha256`")
        }
        Control::ExecutablesAllowed(c) => {
            if c.root_executables.as_ref().is_some_and(|list| list.is_empty()) {
                decoder.within("root_executables", |decoder| {
                    let message = "an empty `root_executables`: root may run nothing";
                    decoder.report(Code::MatchesEverything, span, message);
                });
            }
            (c.executables.is_empty(), "an entry in `executables`")
        }
        Control::NetworkBlock(c) => {
            (lists_nothing(c), "`networks`, `domains`, `ports` or `presets`")
        }
        Control::Honeypot(c) if c.decoys.is_empty() => (true, "an entry in `decoys`"),
        Control::Honeypot(c) => (c.quarantine.block.is_empty(), "an entry in `quarantine.block`"),
        Control::BruteForceLoginDetection(_)
        | Control::RealtimeMalwareProtection(_)
        | Control::FilelessExecutionBlock(_)
        | Control::ReverseShellBlock(_)
        | Control::PortScanDetection(_) => (false, ""),
    };
    if empty {
        let name = control.spec().name;
        let message = format!("`{name}` has no effect, it needs {needs}");
        let diagnostic = decoder.about(Code::MatchesNothing, span, message).expecting(needs);
        decoder.diagnostics.push(diagnostic);
    }
}

/// Directions and protocols only narrow the rest.
fn lists_nothing(control: &NetworkBlock) -> bool {
    control.networks.is_empty()
        && control.domains.is_empty()
        && control.ports.is_empty()
        && control.presets.is_empty()
}

/// Refuses lists whose lines a control cannot use.
fn formats(decoder: &mut Decoder<'_>, field: &str, names: &[Entry], refused: &[ListFormat]) {
    for (index, name) in names.iter().enumerate() {
        let Some(Some(format)) = decoder.lists.get(&name.text).copied() else {
            continue;
        };
        if refused.contains(&format) {
            decoder.within(field, |decoder| {
                decoder.within_item(index, |decoder| {
                    let message = format!(
                        "the list {} has `format: {format}`, which is of no use here",
                        quoted(&name.text)
                    );
                    decoder.report(Code::ListFormat, name.span, message);
                });
            });
        }
    }
}

/// Warns of lists that no control names.
pub(crate) fn lists(decoder: &mut Decoder<'_>, lists: &[List]) {
    for list in lists {
        if !decoder.used_lists.contains(&list.name.text) {
            let message = format!("no control names the list {}", quoted(&list.name.text));
            decoder.within("lists", |decoder| {
                decoder.within(&list.name.text, |decoder| {
                    decoder.report(Code::UnusedList, list.name.span, message);
                });
            });
        }
    }
}
