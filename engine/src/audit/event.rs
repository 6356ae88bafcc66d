//! The activity inside an audit event: the same members as the JSON form of
//! events, so that it can be read and decided again.

use core::fmt::{Result, Write};
use core::net::IpAddr;

use super::json::{self, Object};
use crate::event::{Activity, Address, Base, Event, Principal};
use crate::matcher::substring::SubstringTable;
use crate::state::Seen;

/// Writes the members of an event; its arguments only if that is wanted.
///
/// One that was malformed keeps a member that no event has, so that whoever
/// decides it again does not take it for what was understood of it.
pub(super) fn write<W: Write>(
    out: &mut Object<'_, W>,
    event: &Event<'_>,
    arguments: bool,
) -> Result {
    if let Some(kind) = event.activity.kind() {
        out.text("kind", kind.as_str())?;
    }
    out.maybe_number("time", event.time)?;
    activity(out, &event.activity, arguments)?;
    let process = &event.process;
    let told = arguments && !process.argv.is_empty();
    if told || process.path.is_some() || process.name.is_some() || process.pid.is_some() {
        out.object("process", |out| {
            out.maybe_bytes("path", process.path)?;
            out.maybe_bytes("name", process.name)?;
            out.maybe_number("pid", process.pid.map(u64::from))?;
            argv(out, process.argv, arguments)
        })?;
    }
    if !event.user.is_unknown() {
        out.object("user", |out| principal(out, &event.user))?;
    }
    out.list("groups", event.groups.iter(), |out, secrets, group| {
        json::object(out, secrets, |out| principal(out, group))
    })?;
    event.malformed.map_or(Ok(()), |code| out.text("malformed", code.as_str()))
}

fn activity<W: Write>(out: &mut Object<'_, W>, activity: &Activity<'_>, arguments: bool) -> Result {
    match activity {
        Activity::File(file) => {
            out.text("operation", file.operation.as_str())?;
            out.bytes("path", file.path)?;
            out.maybe_bytes("target", file.target)?;
            out.maybe_bytes("requested", file.requested)?;
            byte_strings(out, "aliases", file.aliases)?;
            base(out, &file.base)?;
            out.maybe_number("mode", file.mode.map(u64::from))?;
            out.set("truncated", file.truncated)?;
            out.set("deleted", file.deleted)
        }
        Activity::Exec(exec) => {
            out.bytes("path", exec.path)?;
            out.maybe_bytes("requested", exec.requested)?;
            byte_strings(out, "aliases", exec.aliases)?;
            argv(out, exec.argv, arguments)?;
            base(out, &exec.base)?;
            out.maybe_bytes("script", exec.script)?;
            out.maybe_bytes("sha256", exec.sha256)?;
            out.set("memfd", exec.memfd)?;
            out.set("truncated", exec.truncated)?;
            out.set("deleted", exec.deleted)?;
            out.set("stdio_socket", exec.stdio_socket)?;
            maybe_address(out, "ip", exec.ip.as_ref())
        }
        Activity::Network(network) => {
            out.text("direction", network.direction.as_str())?;
            maybe_address(out, "ip", network.ip.as_ref())?;
            out.maybe_bytes("domain", network.domain)?;
            out.maybe_number("port", network.port.map(u64::from))?;
            network.protocol.map_or(Ok(()), |protocol| out.text("protocol", protocol.as_str()))
        }
        Activity::Dns(dns) => {
            out.bytes("name", dns.name)?;
            out.list("answers", dns.answers.iter(), |out, secrets, ip| address(out, ip, &secrets))?;
            byte_strings(out, "cnames", dns.cnames)
        }
        Activity::Login(login) => {
            maybe_address(out, "source", login.source.as_ref())?;
            if let Some(success) = login.success {
                out.flag("success", success)?;
            }
            out.flag("groups_complete", login.groups_complete)
        }
        Activity::Account(account) => {
            out.text("subject", account.subject.as_str())?;
            out.text("operation", account.operation.as_str())?;
            out.bytes("name", account.name)
        }
        Activity::Registry(registry) => {
            out.text("operation", registry.operation.as_str())?;
            out.bytes("key", registry.key)?;
            out.maybe_bytes("value", registry.value)
        }
        Activity::System(system) => {
            out.text("what", system.what.as_str())?;
            out.maybe_bytes("name", system.name)
        }
        Activity::Malware(malware) => {
            out.bytes("path", malware.path)?;
            out.maybe_bytes("signature", malware.signature)
        }
        Activity::Credential(credential) => {
            out.maybe_bytes("name", credential.name)?;
            out.maybe_bytes("id", credential.id)
        }
        Activity::Unknown(_) => Ok(()),
    }
}

fn base<W: Write>(out: &mut Object<'_, W>, base: &Base<'_>) -> Result {
    out.maybe_bytes("cwd", base.cwd)?;
    out.maybe_bytes("dirfd_path", base.dirfd_path)?;
    out.maybe_bytes("root", base.root)
}

fn principal<W: Write>(out: &mut Object<'_, W>, principal: &Principal<'_>) -> Result {
    out.maybe_bytes("name", principal.name)?;
    out.maybe_number("id", principal.id)?;
    out.maybe_bytes("sid", principal.sid)
}

fn byte_strings<W: Write>(out: &mut Object<'_, W>, name: &str, values: &[&[u8]]) -> Result {
    out.list(name, values.iter(), |out, secrets, value| json::redacted(out, value, &secrets))
}

/// Arguments hold passwords and tokens, so nobody keeps them by accident.
fn argv<W: Write>(out: &mut Object<'_, W>, argv: &[&[u8]], keep: bool) -> Result {
    if keep { byte_strings(out, "argv", argv) } else { Ok(()) }
}

/// How many arguments an event has.
pub(super) fn arguments(event: &Event<'_>) -> u64 {
    let program = match &event.activity {
        Activity::Exec(exec) => exec.argv.len(),
        _ => 0,
    };
    program.wrapping_add(event.process.argv.len()) as u64
}

/// Somebody whom an alert tells of, in the words of policies.
pub(super) fn seen<W: Write>(out: &mut W, secrets: SubstringTable<'_>, seen: Seen<'_>) -> Result {
    match seen {
        Seen::Source(IpAddr::V4(ip)) => address(out, &Address::V4(ip.octets()), &secrets),
        Seen::Source(IpAddr::V6(ip)) => address(out, &Address::V6(ip.octets()), &secrets),
        Seen::User(name) => json::redacted(out, name, &secrets),
        Seen::UserId(id) => {
            out.write_str("\"uid:")?;
            json::number(out, id)?;
            out.write_char('"')
        }
        Seen::UserSid(sid) => json::object(out, secrets, |out| out.bytes("sid", sid)),
        Seen::NoSource | Seen::NoUser => out.write_str("null"),
    }
}

fn maybe_address<W: Write>(
    out: &mut Object<'_, W>,
    name: &str,
    value: Option<&Address<'_>>,
) -> Result {
    let Some(value) = value else { return Ok(()) };
    let secrets = out.secrets();
    address(out.key(name)?, value, &secrets)
}

/// An address as text; of IPv6 all eight groups. What events give as text may be any.
fn address<W: Write>(out: &mut W, address: &Address<'_>, secrets: &SubstringTable<'_>) -> Result {
    match address {
        Address::Text(text) => json::redacted(out, text, secrets),
        Address::V4(bytes) => {
            out.write_char('"')?;
            for (index, byte) in bytes.iter().enumerate() {
                if index > 0 {
                    out.write_char('.')?;
                }
                json::number(out, u64::from(*byte))?;
            }
            out.write_char('"')
        }
        Address::V6(bytes) => {
            out.write_char('"')?;
            for (index, group) in bytes.as_chunks::<2>().0.iter().enumerate() {
                if index > 0 {
                    out.write_char(':')?;
                }
                json::hex(out, group)?;
            }
            out.write_char('"')
        }
    }
}
