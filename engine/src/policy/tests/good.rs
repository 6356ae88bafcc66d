//! Good documents.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::*;
use crate::event::{Direction, FileOperation, Kind, Protocol, RegistryOperation};
use crate::policy::control::{
    Decoy, DecoyPlace, LoginKey, MalwareResponse, PrincipalName, QuarantineActor,
};
use crate::policy::spec::{Absent, FieldSpec, Shape};
use crate::policy::{
    CONTROLS, Entry, ListFormat, ListMatch, Located, Mode, Platform, PolicyKind, Severity, Span,
};

fn texts(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.text.as_str()).collect()
}

fn words<T: Copy>(entries: &[Located<T>]) -> Vec<T> {
    entries.iter().map(|entry| entry.value).collect()
}

/// Takes the one control of this variant out of a policy.
macro_rules! only {
    ($policy:expr, $variant:ident) => {
        $policy
            .controls
            .iter()
            .find_map(|control| match &control.value {
                Control::$variant(control) => Some(control),
                _ => None,
            })
            .unwrap()
    };
}

#[test]
fn header_is_read() {
    let policy = good(HOST_LINUX, Format::Yaml);
    assert_eq!(policy.name.text, "complete");
    assert_eq!(policy.name.span, Span { line: 4, column: 7, length: 8 });
    assert_eq!(policy.description.unwrap().text, "one of each");
    assert_eq!(
        (policy.kind, policy.platform, policy.mode),
        (PolicyKind::Host, Platform::Linux, Mode::Audit)
    );
    assert_eq!(policy.enforce_after, Some(1_803_889_800_000));
    assert_eq!(policy.severity, Some(Severity::Critical));
    assert_eq!(texts(&policy.tags), ["pci-dss", "cis:5.2"]);
    assert!(
        policy.enabled && policy.default && policy.scope.is_some() && policy.bypass_scope.is_some()
    );
    let lists: Vec<_> = policy
        .lists
        .iter()
        .map(|list| (list.name.text.as_str(), list.definition.format, list.definition.matching))
        .collect();
    let (domains, networks) = (ListFormat::Domains, ListFormat::Networks);
    assert_eq!(
        lists,
        [
            ("pools", domains, Some(ListMatch::Exact)),
            ("feed", networks, None),
            ("trusted", domains, None)
        ]
    );
}

#[test]
fn controls_keep_the_order_of_the_document() {
    let policy = good(FUNCTION, Format::Yaml);
    let names: Vec<_> = policy.controls.iter().map(|control| control.value.spec().name).collect();
    let written =
        ["block_malicious_executables", "executables_blocked", "honeypot", "dns_ip_reputation"];
    assert_eq!(names, written);
    assert_eq!(policy.controls[2].span, Span { line: 10, column: 3, length: 8 });
}

#[test]
fn all_but_windows_and_function_controls_stand_in_the_linux_document() {
    let policy = good(HOST_LINUX, Format::Yaml);
    let missing: Vec<_> = CONTROLS
        .iter()
        .filter(|spec| {
            !policy.controls.iter().any(|control| control.value.spec().name == spec.name)
        })
        .map(|spec| spec.name)
        .collect();
    let expected = [
        "windows_registry_monitoring",
        "windows_registry_protection",
        "block_malicious_executables",
        "honeypot",
    ];
    assert_eq!(missing, expected);
    assert_eq!(CONTROLS.len(), 21);
}

#[test]
fn numbers_and_words_are_read() {
    let policy = good(HOST_LINUX, Format::Yaml);
    let login = only!(policy, BruteForceLoginDetection);
    assert_eq!((login.max_failures, login.window, login.ipv6_prefix), (5, 90_000, 56));
    assert_eq!((login.cooldown, login.block_for), (Some(3_600_000), Some(172_800_000)));
    assert_eq!(login.key, LoginKey::SourceAndUser);
    let scan = only!(policy, PortScanDetection);
    assert_eq!((scan.max_ports, scan.max_hosts, scan.window), (20, 30, 60_000));
    assert_eq!(only!(policy, RealtimeMalwareProtection).response, MalwareResponse::Delete);
    let mining = only!(policy, BlockCryptocurrencyMining);
    assert!(!mining.builtin && mining.programs);
    let network = only!(policy, NetworkBlock);
    assert_eq!(words(&network.directions), [Direction::Outbound, Direction::Listen]);
    assert_eq!(words(&network.protocols), [Protocol::Tcp, Protocol::Sctp]);
    let ports: Vec<_> = network.ports.iter().map(|range| (range.first, range.last)).collect();
    assert_eq!(ports, [(23, 23), (6000, 6063)]);
    let operations = words(&only!(policy, FileIntegrityMonitoring).operations);
    assert_eq!(operations.len(), 5);
    assert_eq!(operations[4], FileOperation::Attributes);
}

#[test]
fn entries_know_where_they_stand() {
    let policy = good(HOST_LINUX, Format::Yaml);
    let block = only!(policy, FileBlock);
    assert_eq!(texts(&block.paths), ["/etc/gshadow", "/opt/vault/**", "id_ed25519"]);
    assert_eq!(block.paths[0].span, Span { line: 41, column: 13, length: 12 });
    assert_eq!(block.paths[1].span, Span { line: 41, column: 27, length: 15 });
    assert_eq!(policy.source.locate(block.paths[2].span).to_string(), "test:41:44");
    let users: Vec<_> = block.actors.users.iter().map(|user| user.name.clone()).collect();
    assert_eq!(users, [PrincipalName::Name("alice".into()), PrincipalName::Id(1000)]);
    assert_eq!(texts(&block.actors.except_processes), ["/usr/sbin/sshd"]);
}

#[test]
fn left_out_fields_have_their_defaults() {
    let Control::BruteForceLoginDetection(login) =
        control("host", "linux", " brute_force_login_detection:")
    else {
        panic!();
    };
    assert_eq!((login.max_failures, login.window, login.ipv6_prefix), (10, 600_000, 64));
    assert_eq!((login.key, login.cooldown, login.block_for), (LoginKey::Source, None, None));
    let policy = good(FUNCTION, Format::Yaml);
    let tmp = &only!(policy, BlockMaliciousExecutables).directories;
    assert_eq!(texts(tmp), ["/tmp"]);
    assert_eq!(tmp[0].span, policy.controls[0].span);
    assert!(policy.enabled && !policy.default && policy.severity.is_none());
}

#[test]
fn given_but_empty_root_executables_are_not_left_out() {
    let text = document(
        "host",
        "linux",
        " executables_allowed: { executables: [sh], root_executables: [] }",
    );
    let (policy, warnings) = parse("test", text.as_bytes(), Format::Yaml).unwrap();
    assert_eq!(only!(policy, ExecutablesAllowed).root_executables, Some(Vec::new()));
    assert_eq!(
        told(&warnings),
        "7:2 matches-everything controls.executables_allowed.root_executables\n"
    );
}

#[test]
fn decoys_are_read() {
    let policy = good(FUNCTION, Format::Yaml);
    let honeypot = only!(policy, Honeypot);
    let [key, file, variable, domain] = honeypot.decoys.as_slice() else {
        panic!();
    };
    let (Decoy::AccessKey(key), Decoy::File(file)) = (&key.value, &file.value) else {
        panic!();
    };
    let (Decoy::Environment(variable), Decoy::Domain(domain)) = (&variable.value, &domain.value)
    else {
        panic!();
    };
    assert_eq!(
        (key.id.text.as_str(), key.secret.as_ref().unwrap().text.as_str()),
        ("AKIAEXAMPLE", "not-a-secret")
    );
    assert_eq!(words(&key.place), [DecoyPlace::Environment, DecoyPlace::Layer]);
    assert_eq!(file.path.text, "/tmp/.ssh/id_rsa");
    assert_eq!(variable.value.as_ref().unwrap().text, "correct-horse");
    assert_eq!(domain.name.text, "vault.example.com");
    let quarantine = &honeypot.quarantine;
    assert_eq!((quarantine.actor, quarantine.duration), (QuarantineActor::Source, Some(3_600_000)));
    assert_eq!(words(&quarantine.block), [Kind::Exec, Kind::File]);
}

#[test]
fn quarantine_has_defaults() {
    let decoy = " honeypot: { decoys: [{ kind: domain, name: a.example }] }";
    let Control::Honeypot(honeypot) = control("function", "linux", decoy) else {
        panic!();
    };
    let quarantine = honeypot.quarantine;
    assert_eq!((quarantine.actor, quarantine.duration), (QuarantineActor::Process, None));
    assert_eq!(words(&quarantine.block), [Kind::Exec, Kind::Network, Kind::Dns]);
}

#[test]
fn windows_controls_are_read() {
    let policy = good(HOST_WINDOWS, Format::Yaml);
    let monitoring = only!(policy, WindowsRegistryMonitoring);
    assert_eq!(texts(&monitoring.keys), [r"HKLM\SOFTWARE\Policies\**"]);
    assert_eq!(texts(&monitoring.values), ["Shell", ""]);
    assert_eq!(monitoring.actors.users[1].name, PrincipalName::Sid("S-1-5-18".into()));
    let protection = only!(policy, WindowsRegistryProtection);
    assert_eq!(protection.operations.len(), 4);
    assert!(!words(&protection.operations).contains(&RegistryOperation::Read));
}

#[test]
fn json_and_yaml_mean_the_same() {
    let (mut yaml, mut json) = (good(FUNCTION, Format::Yaml), good(FUNCTION_JSON, Format::Json));
    let spans = |policy: &mut Policy| {
        // Spans differ; what is left of the printed form must not.
        let text = alloc::format!("{policy:?}");
        text.split("Span {")
            .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest).to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(spans(&mut yaml), spans(&mut json));
    let Control::Honeypot(honeypot) = &json.controls[2].value else {
        panic!();
    };
    assert_eq!(honeypot.decoys[1].span, Span { line: 10, column: 9, length: 1 });
    assert_eq!(json.controls[1].span, Span { line: 6, column: 5, length: 21 });
}

#[test]
fn byte_order_mark_carriage_returns_and_document_start_are_fine() {
    let text = FUNCTION.replace('\n', "\r\n");
    let policy = good(&("\u{feff}---\r\n".to_string() + &text), Format::Yaml);
    assert_eq!(policy.controls[2].span.line, 11);
    good(&("\u{feff}".to_string() + FUNCTION_JSON), Format::Json);
}

#[test]
fn columns_count_characters() {
    let controls = " file_block: { paths: [/ä/ö, /ü] }";
    let policy = good(&document("host", "linux", controls), Format::Yaml);
    assert_eq!(only!(policy, FileBlock).paths[1].span, Span { line: 7, column: 30, length: 2 });
}

#[test]
fn format_goes_by_extension() {
    assert_eq!(Format::from_file_name("/etc/a.b/policy.YML"), Some(Format::Yaml));
    assert_eq!(Format::from_file_name("policy.yaml"), Some(Format::Yaml));
    assert_eq!(Format::from_file_name("policy.json"), Some(Format::Json));
    assert_eq!(Format::from_file_name("policy.json5"), None);
    assert_eq!(Format::from_file_name("json"), None);
}

/// Every row of the tables: its default is a value of its own shape, and its
/// doc is a sentence.
#[test]
fn tables_agree_with_themselves() {
    fn walk(fields: &[FieldSpec]) {
        for field in fields {
            assert!(field.doc.len() > 3 && !field.doc.starts_with(' '), "{}", field.name);
            match (field.shape, field.absent) {
                (Shape::Choice(words), Absent::Scalar(word)) => {
                    assert!(words.contains(&word), "{}", field.name)
                }
                (Shape::Choices(words), Absent::List(given)) => {
                    assert!(given.iter().all(|word| words.contains(word)), "{}", field.name);
                }
                (Shape::Boolean | Shape::Integer { .. } | Shape::Duration, Absent::Scalar(_)) => {}
                (Shape::List(_) | Shape::Ports, Absent::List(_)) => {}
                (Shape::Mapping(_) | Shape::Named(_), Absent::Mapping) => {}
                (_, Absent::Refused | Absent::Unset) => {}
                (shape, absent) => panic!("{}: {shape:?} {absent:?}", field.name),
            }
            match field.shape {
                Shape::Mapping(fields) | Shape::Named(fields) => walk(fields),
                Shape::Tagged(forms) => forms.iter().for_each(|form| walk(form.fields)),
                _ => {}
            }
        }
    }
    walk(Policy::FIELDS);
    for spec in CONTROLS {
        let fields: Vec<FieldSpec> = spec.fields().copied().collect();
        walk(&fields);
        for (index, field) in fields.iter().enumerate() {
            let twice = fields.iter().skip(index + 1).any(|other| other.name == field.name);
            assert!(!twice, "{}.{}", spec.name, field.name);
        }
        let audit_only = [
            "brute_force_login_detection",
            "file_integrity_monitoring",
            "forensics",
            "system_integrity_monitoring",
            "windows_registry_monitoring",
            "port_scan_detection",
        ];
        assert_eq!(spec.audit_only, audit_only.contains(&spec.name), "{}", spec.name);
        assert!(!spec.doc.is_empty() && !spec.acts_on.is_empty() && !spec.applies_to.is_empty());
    }
}

/// The documents that the contract shows, where they are at hand.
#[test]
fn examples_of_the_contract_are_policies() {
    let design = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/design/");
    for name in ["host-linux", "host-windows", "function"] {
        let path = alloc::format!("{design}policy-example.{name}.yaml");
        let Ok(text) = std::fs::read(path) else {
            std::println!("skipped: no example {name}");
            continue;
        };
        let (_, warnings) =
            parse(name, &text, Format::Yaml).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(warnings.is_empty(), "{warnings}");
    }
}
