//! An event taken apart: each thing that a rule may list, with what excepts it.
//!
//! A rule that matches an event matches one of its parts, and of a part every entry
//! that lists it is enough. What a part leaves out is not there, or has no canonical
//! form: the deciding side is certain of nothing about it.

use crate::event::{Activity, Dns, Event, Exec, File, FileOperation, Network};

/// Whether `found` says yes to a part, asked in their order until it does.
pub(super) fn any(event: &Event<'_>, mut found: impl FnMut(&Event<'_>) -> bool) -> bool {
    let mut is = |activity| found(&Event { activity, ..*event });
    match event.activity {
        Activity::File(file) => {
            let two = matches!(file.operation, FileOperation::Rename | FileOperation::Link);
            let (requested, aliases) = (None, &[][..]);
            let target = File { path: &[], truncated: true, requested, aliases, ..file };
            is(Activity::File(File { target: None, ..file })) || two && is(Activity::File(target))
        }
        // Paths may be excepted; a digest, an argument or a socket is one whatever the path.
        Activity::Exec(exec) => {
            let by_name = Exec { sha256: None, argv: &[], stdio_socket: false, ..exec };
            let (requested, script, aliases) = (None, None, &[][..]);
            let nameless = Exec { path: &[], truncated: true, memfd: false, ..exec };
            is(Activity::Exec(by_name))
                || is(Activity::Exec(Exec { requested, script, aliases, ..nameless }))
        }
        Activity::Network(network) if network.ip.is_some() && network.domain.is_some() => {
            is(Activity::Network(Network { domain: None, ..network }))
                || is(Activity::Network(Network { ip: None, ..network }))
        }
        // Every part has the name that was asked for: an exception for it covers all.
        Activity::Dns(dns) => {
            let alone = Dns { cnames: &[], answers: &[], ..dns };
            is(Activity::Dns(alone))
                || dns.cnames.chunks(1).any(|cnames| is(Activity::Dns(Dns { cnames, ..alone })))
                || dns.answers.chunks(1).any(|answers| is(Activity::Dns(Dns { answers, ..alone })))
        }
        _ => found(event),
    }
}

/// A part without any name that may be excepted, where a rule may be about those too;
/// `None` if every rule that lists nothing is about every part.
pub(super) fn nameless<'e>(part: &Event<'e>) -> Option<Event<'e>> {
    let activity = match part.activity {
        Activity::Network(network) => {
            Activity::Network(Network { ip: None, domain: Some(b"-"), ..network })
        }
        Activity::Exec(exec) => Activity::Exec(Exec { ip: None, ..exec }),
        _ => return None,
    };
    Some(Event { activity, ..*part })
}
