//! The lines of named lists.

use serde_json::json;
use wardline::{Activity, Address, Direction, Dns, Event, Exec, Network, Platform};

use crate::agree::{Both, compile, policy};

/// The first byte chooses the format, the second what kind of use; the rest is
/// the list.
///
/// Every line is used, refused by its number, or blank or a comment, and none
/// is two of these. What a line names is decided as the oracle says.
pub fn list(data: &[u8]) {
    let [format, usage, text @ ..] = data else { return };
    let formats = ["domains", "hosts", "networks", "endpoints", "names", "sha256"];
    let format = formats[usize::from(*format) % formats.len()];
    let Ok(text) = core::str::from_utf8(text) else { return };
    let mut lists = json!({ "l": { "format": format, "text": text },
        "m": { "format": "networks", "text": "203.0.113.0/24\n10.0.0.0/8" } });
    if usage & 4 != 0 && format == "domains" {
        lists["l"]["match"] = json!("exact");
    }
    let control = match usage & 3 {
        0 => json!({ "block_cryptocurrency_mining": { "lists": ["l", "m"], "builtin": false } }),
        1 => json!({ "dns_ip_reputation": { "lists": ["l", "m"], "include_special_use": true } }),
        2 => json!({ "dns_ip_reputation": { "lists": ["m"], "except_lists": ["l"] } }),
        _ => json!({ "dns_ip_reputation": { "lists": ["l", "m"] } }),
    };
    let mut policy = policy(Platform::Linux, control);
    policy["lists"] = lists;
    let Ok(compiled) = compile(Platform::Linux, &[policy]) else { return };

    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = body.strip_suffix('\n').unwrap_or(body).split('\n').collect();
    for report in compiled.bundle.report.lists.iter().filter(|report| report.list == "l") {
        assert_eq!(report.lines, if body.is_empty() { 0 } else { lines.len() });
        let silent = lines.iter().filter(|line| is_silent(line)).count();
        let silent = if body.is_empty() { 0 } else { silent };
        let told = report.used + report.refused.len() + silent;
        // A hosts file may name its own host only, which is no news.
        assert!(told == report.lines || format == "hosts" && told < report.lines, "{report:?}");
        for pair in report.refused.windows(2) {
            assert!(pair[0].line < pair[1].line, "{report:?}");
        }
        for refused in &report.refused {
            assert!((1..=report.lines).contains(&refused.line) && !refused.reason.is_empty());
            assert!(!is_silent(lines[refused.line - 1]), "{refused:?}");
        }
    }
    let both = Both::new(&compiled);
    for line in lines.iter().take(6) {
        asked(&both, line);
    }
}

/// Whether a line is blank or a comment.
fn is_silent(line: &str) -> bool {
    line.trim().is_empty() || line.trim().starts_with(['#', ';'])
}

/// Asks about every word of a line as a name, an address and a program.
fn asked(both: &Both<'_>, line: &str) {
    for word in line.split([' ', '\t', '\r', '#', ';', ',']).take(3) {
        let name = word.trim_start_matches(['*', '.']).as_bytes();
        for name in [name.to_vec(), [b"x.", name].concat()] {
            let mapped = wardline::map_domain(&name).map(|name| name.into_owned());
            let dns = Dns { name: &mapped.unwrap_or(name), answers: &[], cnames: &[] };
            both.decide(&Event::new(Activity::Dns(dns)));
        }
        let (address, port) = match word.rsplit_once(':') {
            Some((address, port)) if !address.ends_with(':') => (address, port.parse().ok()),
            _ => (word, None),
        };
        let address = address.split('/').next().unwrap_or_default();
        let address = address.trim_start_matches('[').trim_end_matches(']');
        for port in [port, Some(1)] {
            let ip = Some(Address::Text(address.as_bytes()));
            let direction = Direction::Outbound;
            let network = Network { direction, ip, domain: None, port, protocol: None };
            both.decide(&Event::new(Activity::Network(network)));
        }
        let path = [b"/usr/bin/", word.as_bytes()].concat();
        let sha256 = Some(word.as_bytes());
        both.decide(&Event::new(Activity::Exec(Exec { sha256, ..Exec::new(&path) })));
    }
}
