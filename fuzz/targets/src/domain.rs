//! Domain names.

use serde_json::json;
use wardline::{Activity, Dns, Event, Platform};

use crate::agree::{Both, compile, fields, policy};

/// The fields are a pattern, an exception, a name and a CNAME. The engine
/// decides as the oracle; a name in upper case or with the root's dot is
/// decided alike; mapping a mapped name changes nothing.
pub fn domain(data: &[u8]) {
    let [pattern, exception, name, cname] = fields::<4>(data);
    let mapped = |name: &[u8]| match wardline::map_domain(name) {
        Some(mapped) => {
            let mapped = mapped.into_owned();
            let again = wardline::map_domain(&mapped).map(|again| again.into_owned());
            assert_eq!(again.as_ref(), Some(&mapped), "{}", name.escape_ascii());
            mapped
        }
        None => name.to_vec(),
    };
    let (name, cname) = (mapped(name), mapped(cname));
    let text = |bytes| core::str::from_utf8(bytes).unwrap_or("a.example");
    let mut controls = vec![json!({ "network_block": {
        "domains": ["*.a.example", ".b.example", "example", "xn--bcher-kva.example"],
        "except_domains": ["x.a.example"],
    } })];
    controls.push(json!({ "network_block": {
        "domains": [text(pattern), "z.example"], "except_domains": [text(exception)],
    } }));
    for control in controls {
        let Ok(compiled) = compile(Platform::Linux, &[policy(Platform::Linux, control)]) else {
            continue;
        };
        let both = Both::new(&compiled);
        let ask = |name: &[u8]| {
            let cnames: &[&[u8]] = if cname.is_empty() { &[] } else { &[&cname] };
            let dns = Dns { name, answers: &[], cnames };
            both.decide(&Event::new(Activity::Dns(dns)))
        };
        let answer = ask(&name);
        assert_eq!(ask(&name.to_ascii_uppercase()), answer, "{}", name.escape_ascii());
        if !name.is_empty() && !name.ends_with(b".") {
            assert_eq!(ask(&[&name[..], b"."].concat()), answer, "{}", name.escape_ascii());
        }
        // Without tables a name above ASCII is refused, one within decided alike.
        let dns = Dns { name: &name, answers: &[], cnames: &[] };
        both.decide(&Event::new(Activity::Dns(dns)));
    }
}
