//! Lists and entries about peers: what is refused, and what is reported.

use std::path::Path;

use wardline::diagnostic::Code;
use wardline::{Bundle, Compiler, Control, Diagnostics, Format, Platform};

/// Compiles one policy with the given control and lists.
fn compile(control: &str, lists: &[(&str, &str, &[u8])]) -> Result<Bundle, Diagnostics> {
    let mut policy = format!("{HEADER}controls:\n  {control}\n");
    if !lists.is_empty() {
        policy.push_str("lists:\n");
    }
    for (name, format, _) in lists {
        policy.push_str(&format!("  {name}: {{ file: {name}.txt, format: {format} }}\n"));
    }
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml)?;
    for (name, _, text) in lists {
        compiler.list("p", name, *text);
    }
    compiler.build()
}

const HEADER: &str = "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\n";
const FEED: &str = "lists: { feed: { file: feed.txt, format: domains } }
controls: { dns_ip_reputation: { lists: [feed] } }
";

/// What is wrong, a line each.
fn said(result: &Result<Bundle, Diagnostics>) -> Vec<String> {
    let diagnostics = match result {
        Ok(bundle) => &bundle.warnings,
        Err(errors) => errors,
    };
    diagnostics.iter().map(ToString::to_string).collect()
}

macro_rules! refused {
    ($name:ident, $control:literal => $want:literal) => {
        #[test]
        fn $name() {
            let result = compile($control, &[]);
            assert!(result.is_err());
            assert_eq!(said(&result), [$want]);
        }
    };
}

refused!(host_bits, "network_block: { networks: [10.1.2.3/8] }"
    => "p.yaml:7:31: error[network-syntax]: controls.network_block.networks[0]: `10.1.2.3/8` has bits behind its prefix, the network is `10.0.0.0/8`");
refused!(netmask, "network_block: { except_networks: [10.0.0.0/255.0.0.0], ports: [1] }"
    => "p.yaml:7:38: error[network-syntax]: controls.network_block.except_networks[0]: `10.0.0.0/255.0.0.0` is no address or network such as `192.0.2.0/24` or `2001:db8::/32`; write ranges as networks, numbers without leading zeros");
refused!(inner_wildcard, "network_block: { domains: ['*x.com'] }"
    => "p.yaml:7:30: error[domain-syntax]: controls.network_block.domains[0]: `*x.com` has a wildcard that no name may have: `*.example.com` is everything below, `.example.com` the name too");
refused!(address_among_names, "network_block: { domains: [203.0.113.7] }"
    => "p.yaml:7:30: error[domain-syntax]: controls.network_block.domains[0]: `203.0.113.7` is an address, which belongs among networks");
refused!(unmapped_name, "network_block: { domains: ['xn--ü.com'] }"
    => "p.yaml:7:30: error[domain-syntax]: controls.network_block.domains[0]: `xn--ü.com` has characters that UTS 46 maps to no name");
refused!(unknown_preset, "network_block: { presets: [cloud-metadat] }"
    => "p.yaml:7:30: error[unknown-preset]: controls.network_block.presets[0]: unknown preset `cloud-metadat`; did you mean `cloud-metadata`?");

#[test]
fn a_list_without_contents_is_an_error() {
    let mut compiler = Compiler::new(Platform::Linux);
    let policy = [HEADER, FEED].concat();
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    assert_eq!(
        said(&compiler.build()),
        [
            "p.yaml:7:42: error[list-missing]: controls.dns_ip_reputation.lists[0]: the contents of the list `feed` are missing: its file `feed.txt` was not read"
        ]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_with_its_reason() {
    let policy = [HEADER, FEED].concat();
    let (policy, _) = wardline::policy::parse("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    let mut compiler = Compiler::new(Platform::Linux);
    let errors = compiler.read_lists(&policy, Path::new("/nowhere"), |path| {
        assert_eq!(path, Path::new("/nowhere/feed.txt"));
        Err(std::io::ErrorKind::PermissionDenied.into())
    });
    assert_eq!(
        errors.unwrap_err().to_string(),
        "p.yaml:6:24: error[list-missing]: lists.feed.file: cannot read `feed.txt`: permission denied"
    );
    compiler.read_lists(&policy, Path::new(""), |_| Ok(b"a.example".to_vec())).unwrap();
    compiler.add(policy);
    assert!(compiler.build().is_ok());
}

#[test]
fn a_list_without_usable_line_is_an_error() {
    let control = "dns_ip_reputation: { lists: [feed] }";
    let result = compile(control, &[("feed", "networks", b"# none\n1.2.3\n")]);
    assert!(result.is_err());
    assert_eq!(
        said(&result),
        [
            "feed.txt:2:1: warning[list-line]: controls.dns_ip_reputation.lists[0]: `1.2.3` is no address or network such as `192.0.2.0/24` or `2001:db8::/32`",
            "p.yaml:7:32: error[list-empty]: controls.dns_ip_reputation.lists[0]: the list `feed` has no line that is an address or network",
        ]
    );
}

#[test]
fn every_refused_line_is_reported_with_its_number() {
    let line = |n: usize| if n.is_multiple_of(4) { "a..b\n" } else { "example.com\n" };
    let text: String = (0..1000).map(line).collect();
    let control = "dns_ip_reputation: { lists: [feed] }";
    let bundle = compile(control, &[("feed", "domains", text.as_bytes())]).unwrap();
    let report = &bundle.report.lists[0];
    assert_eq!((report.lines, report.used, report.refused.len()), (1000, 750, 250));
    assert!(report.refused.iter().enumerate().all(|(n, refused)| refused.line == n * 4 + 1));
    assert!(bundle.warnings.iter().any(|one| one.code == Code::TooManyDiagnostics));
}

#[test]
fn a_report_says_what_became_of_a_list() {
    let control = "dns_ip_reputation: { lists: [nets, names], except_lists: [good], except_networks: [93.184.0.0/16] }";
    let lists: &[(&str, &str, &[u8])] = &[
        ("nets", "networks", b"93.184.216.34\n93.0.0.1/8\n10.0.0.0/16\n8.8.8.8\n\xff\n"),
        ("names", "domains", b"# x\n\na.example\n*.b.example\nc.example\n"),
        ("good", "domains", b"a.example\n*.b.example\n"),
    ];
    let found = compile(control, lists).unwrap().report.lists;
    let [nets, names, good] = &found[..] else { panic!("{found:?}") };
    assert_eq!(nets.control, Control::DnsIpReputation);
    assert_eq!((nets.lines, nets.used, nets.masked), (5, 4, 1));
    assert_eq!((nets.refused[0].line, nets.refused[0].reason.as_str()), (5, "is not UTF-8"));
    assert_eq!((nets.swallowed, nets.special_use), (1, 1));
    assert_eq!((names.lines, names.used, names.swallowed), (5, 3, 2));
    assert!(good.exception && !names.exception);
}

#[test]
fn an_exception_that_takes_an_entry_away_draws_a_warning() {
    let control = "network_block: { networks: [10.1.0.0/16, 11.0.0.0/8], domains: ['*.a.example', b.example], except_networks: [10.0.0.0/8], except_domains: [.a.example] }";
    assert_eq!(
        said(&compile(control, &[])),
        [
            "p.yaml:7:31: warning[swallowed]: controls.network_block.networks[0]: `10.1.0.0/16` is excepted as a whole",
            "p.yaml:7:67: warning[swallowed]: controls.network_block.domains[0]: `*.a.example` is excepted as a whole",
        ]
    );
}

#[test]
fn a_secret_that_is_in_many_arguments_is_refused_without_telling_it() {
    let policy = "wardline: 1\nkind: function\nname: p\nplatform: linux\nmode: enforce\ncontrols:\n  honeypot: { decoys: [{ kind: environment, name: K, value: short }] }\n";
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    assert_eq!(
        said(&compiler.build()),
        [
            "p.yaml:7:61: error[secret-length]: controls.honeypot.decoys[0]: the text of `K` to look for in arguments has fewer than 8 bytes"
        ]
    );
}
