//! Spellings of addresses and domain names.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::json;

use super::{Denied, Line, Random, Same, Spelling, hex, map, text};

const ADDRESSES: &[&str] =
    &["10.1.2.3", "10.2.0.1", "93.184.216.34", "11.1.1.1", "2a00::1", "2a00:0:0:1::ab", "8.8.8.8"];
const NAMES: &[&str] = &[
    "a.example",
    "x.a.example",
    "b.example",
    "x.b.a.example",
    "c.example",
    "eth.2miners.com",
    "xn--bcher-kva.example",
    "x.xn--bcher-kva.example",
    "example",
];

/// A connection to an address or a name, or a look-up.
pub(super) fn event(random: &mut Random) -> Line {
    let mut line = Line::new();
    if random.one_in(3) {
        line.insert("kind".into(), json!("dns"));
        line.insert("name".into(), json!(random.pick(NAMES)));
        if random.one_in(2) {
            line.insert("answers".into(), json!([random.pick(ADDRESSES)]));
        }
    } else {
        line.insert("kind".into(), json!("network"));
        line.insert("direction".into(), json!("outbound"));
        line.insert("protocol".into(), json!("tcp"));
        line.insert("port".into(), json!(random.pick(&[80, 3333, 22])));
        if random.one_in(2) {
            line.insert("ip".into(), json!(random.pick(ADDRESSES)));
        } else {
            line.insert("domain".into(), json!(random.pick(NAMES)));
        }
    }
    if random.one_in(2) {
        line.insert("process".into(), json!({ "path": "/bin/sh" }));
    }
    line
}

pub(super) fn spellings() -> Vec<Spelling> {
    macro_rules! table {
        ($($name:ident $strength:ident $respell:expr;)+) => {
            vec![$(Spelling { name: stringify!($name), strength: $strength, respell: $respell }),+]
        };
    }
    table! {
        mapped_dotted Same |line, _| v4(line, |ip| format!("::ffff:{ip}"));
        mapped_dotted_upper_case Same |line, _| v4(line, |ip| format!("::FFFF:{ip}"));
        mapped_in_groups Same |line, _| v4(line, |ip| {
            let [.., a, b] = ip.to_ipv6_mapped().segments();
            format!("::ffff:{a:x}:{b:x}")
        });
        mapped_in_full Same |line, _| v4(line, |ip| full(ip.to_ipv6_mapped()));
        mapped_zeros_dotted Same |line, _| v4(line, |ip| format!("0:0:0:0:0:ffff:{ip}"));
        mapped_with_a_zone Same |line, _| v4(line, |ip| format!("::ffff:{ip}%eth0"));
        v6_in_full Same |line, _| v6(line, full);
        v6_without_zeros_left_out Same |line, _| v6(line, groups);
        v6_in_upper_case Same |line, _| v6(line, |ip| groups(ip).to_uppercase());
        v6_in_full_upper_case Same |line, _| v6(line, |ip| full(ip).to_uppercase());
        v6_with_a_dotted_end Same |line, _| v6(line, |ip| {
            let [.., a, b, c, d] = ip.octets();
            let text = full(ip);
            format!("{}:{a}.{b}.{c}.{d}", &text[..29])
        });
        v6_with_a_zone Same |line, _| v6(line, |ip| format!("{ip}%7"));
        v6_zeros_left_out_elsewhere Same |line, _| v6(line, |ip| {
            let text = groups(ip);
            Some(text.replacen(":0:0:", "::", 1)).filter(|other| *other != text).unwrap_or(text)
        });
        behind_nat64 Denied |line, _| v4(line, |ip| format!("64:ff9b::{ip}"));
        behind_nat64_in_groups Denied |line, _| v4(line, |ip| carried(ip, |a, b| {
            format!("0064:FF9B::{a:X}:{b:X}")
        }));
        in_6to4 Denied |line, _| v4(line, |ip| carried(ip, |a, b| format!("2002:{a:x}:{b:x}::1")));
        in_teredo Denied |line, _| v4(line, |ip| carried(ip, |a, b| {
            format!("2001:0:808:808:0:1:{:x}:{:x}", !a, !b)
        }));
        in_isatap Denied |line, _| v4(line, |ip| format!("fe80::5efe:{ip}"));
        in_global_isatap Denied |line, _| v4(line, |ip| format!("2001:4860::200:5efe:{ip}"));
        in_siit Denied |line, _| v4(line, |ip| format!("::ffff:0:{ip}"));
        v4_compatible Denied |line, _| v4(line, |ip| format!("::{ip}"));
        name_in_upper_case Same |line, _| name(line, |name| Some(name.to_uppercase()));
        name_in_mixed_case Same |line, random| name(line, |name| {
            let turn = |c: char| if random.one_in(2) { c.to_ascii_uppercase() } else { c };
            Some(name.chars().map(turn).collect())
        });
        name_with_the_roots_dot Same |line, _| name(line, |name| Some(format!("{name}.")));
        name_in_upper_case_with_a_dot Same |line, _| name(line, |name| {
            Some(format!("{name}.").to_uppercase())
        });
        name_in_hexadecimal Same |line, _| {
            let Some(field) = named(line) else { return false };
            let name = hex(&text(line, field).unwrap());
            line.insert(field.into(), name);
            true
        };
        u_label Same |line, _| name(line, unicode);
        u_label_in_upper_case Same |line, _| name(line, |name| {
            Some(unicode(name)?.to_uppercase())
        });
        u_label_decomposed Same |line, _| name(line, |name| {
            Some(unicode(name)?.replace('\u{fc}', "u\u{308}"))
        });
        full_width_letters Same |line, _| name(line, |name| {
            let wide = |c: char| match c {
                'a'..='z' => char::from_u32(u32::from(c) - 0x61 + 0xff41).unwrap(),
                other => other,
            };
            Some(name.chars().map(wide).collect())
        });
        ideographic_full_stops Same |line, _| name(line, |name| {
            Some(name.replace('.', "\u{3002}"))
        });
        full_width_full_stop Same |line, _| name(line, |name| {
            Some(name.replacen('.', "\u{ff0e}", 1))
        });
        soft_hyphen Same |line, _| name(line, |name| Some(format!("\u{ad}{name}")));
        circled_letter Same |line, _| name(line, |name| {
            name.contains('a').then(|| name.replacen('a', "\u{24d0}", 1))
        });
        name_as_cname Denied |line, _| {
            if line["kind"] != "dns" {
                return false;
            }
            let name = text(line, "name").unwrap();
            line.insert("cnames".into(), json!(["cdn.test", name]));
            line.insert("name".into(), json!("www.test"));
            true
        };
        name_as_cname_oddly Denied |line, _| {
            if line["kind"] != "dns" {
                return false;
            }
            let name = text(line, "name").unwrap().to_uppercase();
            line.insert("cnames".into(), json!([format!("{name}.")]));
            line.insert("name".into(), json!("www.test"));
            true
        };
        address_beside_a_name Denied |line, _| {
            // A harmless name does not excuse an address.
            if line["kind"] != "network" || line.contains_key("domain") {
                return false;
            }
            line.insert("domain".into(), json!("www.test"));
            true
        };
        one_answer_of_several Denied |line, _| {
            let Some(answer) = line.get("answers").map(|answers| answers[0].clone()) else {
                return false;
            };
            line.insert("answers".into(), json!(["198.18.0.1", answer, "::2"]));
            true
        };
    }
}

/// The field with a domain name.
fn named(line: &Line) -> Option<&'static str> {
    if line["kind"] == "dns" {
        Some("name")
    } else {
        line.contains_key("domain").then_some("domain")
    }
}

fn name(line: &mut Line, change: impl FnOnce(&str) -> Option<String>) -> bool {
    named(line).is_some_and(|field| map(line, field, change))
}

/// A name with its letters instead of A-labels.
fn unicode(name: &str) -> Option<String> {
    name.contains("xn--bcher-kva").then(|| name.replace("xn--bcher-kva", "b\u{fc}cher"))
}

/// The address of a connection or the only answer to a look-up.
fn address(line: &mut Line, change: impl FnOnce(&str) -> Option<String>) -> bool {
    if line["kind"] == "network" {
        return map(line, "ip", change);
    }
    let Some(answers) = line.get_mut("answers") else { return false };
    let Some(changed) = change(answers[0].as_str().unwrap()) else { return false };
    *answers = json!([changed]);
    true
}

fn v4(line: &mut Line, spell: impl FnOnce(Ipv4Addr) -> String) -> bool {
    address(line, |text| Some(spell(text.parse().ok()?)))
}

fn v6(line: &mut Line, spell: impl FnOnce(Ipv6Addr) -> String) -> bool {
    address(line, |text| Some(spell(text.parse().ok()?)))
}

fn full(ip: Ipv6Addr) -> String {
    ip.segments().map(|group| format!("{group:04x}")).join(":")
}

fn groups(ip: Ipv6Addr) -> String {
    ip.segments().map(|group| format!("{group:x}")).join(":")
}

/// An IPv4 address as two groups.
fn carried(ip: Ipv4Addr, spell: impl FnOnce(u16, u16) -> String) -> String {
    let [a, b, c, d] = ip.octets();
    spell(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
}
