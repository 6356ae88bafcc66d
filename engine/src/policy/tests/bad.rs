//! Bad documents: each with everything that is said about it, in order.

use alloc::vec::Vec;

use super::*;
use crate::diagnostic::Severity;

fn refused(text: &[u8], format: Format) -> Diagnostics {
    match parse("test", text, format) {
        Ok((_, warnings)) => panic!("accepted with warnings: {warnings}"),
        Err(errors) => errors,
    }
}

/// A whole YAML document.
macro_rules! yaml {
    ($name:ident, $text:expr => $want:literal) => {
        #[test]
        fn $name() {
            assert_eq!(told(&refused($text.as_ref(), Format::Yaml)), $want);
        }
    };
}

/// A whole JSON document.
macro_rules! json {
    ($name:ident, $text:expr => $want:literal) => {
        #[test]
        fn $name() {
            assert_eq!(told(&refused($text.as_ref(), Format::Json)), $want);
        }
    };
}

/// The controls of a Linux host policy; they begin in line 7.
macro_rules! host {
    ($name:ident, $controls:expr => $want:literal) => {
        yaml!($name, document("host", "linux", $controls) => $want);
    };
}

/// One control of a Linux host policy, and the first diagnostic in full.
macro_rules! says {
    ($name:ident, $control:expr => $want:literal) => {
        #[test]
        fn $name() {
            let text = document("host", "linux", $control);
            let (Ok((_, told)) | Err(told)) = parse("p.yaml", text.as_bytes(), Format::Yaml);
            assert_eq!(told.as_slice()[0].to_string(), $want);
        }
    };
}

const HEAD: &str = "wardline: 1\nkind: host\nname: a\nplatform: linux\nmode: audit\n";

fn with_head(rest: &str) -> String {
    HEAD.to_string() + rest
}

// Documents.
yaml!(empty_file, "" => "1:1 empty-policy\n");
yaml!(only_a_comment, "# nothing\n" => "1:1 empty-policy\n");
yaml!(null_document, "--- null\n" => "1:5 empty-policy\n");
yaml!(list_as_document, "- a\n" => "1:1 wrong-type\n");
yaml!(not_utf8, b"wardline: 1\nname: \xff\n" => "2:7 not-utf8\n");
yaml!(nul_byte, "wardline: 1\nname: a\0\n" => "2:8 nul\n");
yaml!(nul_escape, with_head("description: \"a\\0b\"\ncontrols: {fileless_execution_block: }\n") => "6:14 nul\n");
yaml!(control_character, "name: a\u{1b}b\n" => "1:8 yaml-syntax\n");
yaml!(unclosed_list, "name: [a\n" => "1:7 yaml-syntax\n");
yaml!(tab_as_indentation, "a:\n\tb: 1\n" => "2:2 yaml-syntax\n");
yaml!(directive, "%YAML 1.1\n---\nname: a\n" => "1:1 yaml-directive\n");
yaml!(second_document, with_head("controls: {fileless_execution_block: }\n---\nname: b\n") => "7:1 second-document\n");
yaml!(second_empty_document, with_head("controls: {fileless_execution_block: }\n---\n") => "7:1 second-document\n");
yaml!(anchor_and_alias, with_head("controls:\n  file_block: &x\n    paths: &y [a]\n  read_only_files: *x\n") =>
    "7:15 yaml-anchor\n8:12 yaml-anchor\n9:20 yaml-alias\n");
yaml!(unknown_alias, with_head("controls: *x\n") => "6:11 yaml-alias\n");
yaml!(tags, with_head("tags: !!set [a, !x b]\ncontrols: !!map {fileless_execution_block: }\n") =>
    "6:7 yaml-tag\n6:17 yaml-tag\n7:11 yaml-tag\n");
yaml!(binary_tag, with_head("description: !!binary aGk=\ncontrols: {fileless_execution_block: }\n") => "6:14 yaml-tag\n");
yaml!(merge_key, with_head("controls:\n  file_block:\n    <<: {paths: [a]}\n    paths: [b]\n") => "8:5 yaml-merge-key\n");
yaml!(duplicate_keys, with_head("name: b\ncontrols:\n  fileless_execution_block:\n  fileless_execution_block: {}\n") =>
    "6:1 duplicate-key\n9:3 duplicate-key\n");
yaml!(duplicate_key_in_other_quotes, with_head("\"name\": b\ncontrols: {fileless_execution_block: }\n") => "6:1 duplicate-key\n");
yaml!(mapping_as_key, with_head("? {a: b}\n: c\ncontrols: {fileless_execution_block: }\n") => "6:3 yaml-syntax\n");
yaml!(number_as_key, with_head("lists: {1: {file: a, format: names}}\ncontrols: {fileless_execution_block: }\n") => "6:9 wrong-type\n");
yaml!(too_deep, "a: ".to_string() + &"[".repeat(64) + &"]".repeat(64) => "1:67 too-deep\n");
yaml!(far_too_deep, "[".repeat(100_000) => "1:65 too-deep\n");
yaml!(deep_block, (0..100).map(|n| " ".repeat(n) + "-\n").collect::<String>() => "65:65 too-deep\n");
yaml!(long_entry, with_head(&("description: ".to_string() + &"x".repeat(4_097) + "\ncontrols: {fileless_execution_block: }\n")) => "6:14 too-large\n");
yaml!(long_document, " ".repeat((16 << 20) + 1) => "1:1 too-large\n");

// JSON.
json!(empty_json, "" => "1:1 empty-policy\n");
json!(json_comment, "{ // no\n}" => "1:3 json-syntax\n");
json!(json_trailing_comma, "{\"a\": 1,}" => "1:8 json-syntax\n");
json!(json_trailing_comma_in_list, "[1,]" => "1:3 json-syntax\n");
json!(json_missing_comma, "[1 2]" => "1:3 json-syntax\n");
json!(json_single_quotes, "{'a': 1}" => "1:2 json-syntax\n");
json!(json_bare_key, "{a: 1}" => "1:2 json-syntax\n");
json!(json_second_value, "{} {}" => "1:4 json-syntax\n");
json!(json_hexadecimal, "{\"a\": 0x1}" => "1:7 json-syntax\n");
json!(json_leading_zero, "{\"a\": 01}" => "1:8 json-syntax\n");
json!(json_plus, "{\"a\": +1}" => "1:7 json-syntax\n");
json!(json_bare_point, "{\"a\": 1.}" => "1:7 json-syntax\n");
json!(json_nan, "{\"a\": NaN}" => "1:7 json-syntax\n");
json!(json_extended_escape, r#"{"a": "\x41"}"# => "1:8 json-syntax\n");
json!(json_lone_surrogate, r#"{"a": "\ud800"}"# => "1:8 json-syntax\n");
json!(json_line_break_in_string, "{\"a\":\n \"x\ny\"}" => "2:4 json-syntax\n");
json!(json_other_white_space, "{\u{a0}\"a\": 1}" => "1:2 json-syntax\n");
json!(json_vertical_tab, "{\x0b}" => "1:2 json-syntax\n");
json!(json_duplicate_key, r#"{"wardline": 2, "wardline": 1}"# => "1:14 wrong-version wardline\n1:17 duplicate-key\n");
json!(json_escaped_duplicate_key, r#"{"wardline": 2, "w\u0061rdline": 1}"# => "1:14 wrong-version wardline\n1:17 duplicate-key\n");
json!(json_nul, r#"{"wardline": 2, "name": "\u0000"}"# => "1:14 wrong-version wardline\n1:25 nul\n");
json!(json_too_deep, "[".repeat(65) => "1:65 too-deep\n");
json!(json_far_too_deep, "{\"a\":".repeat(100_000) => "1:321 too-deep\n");
json!(json_unclosed, "{\"a\": [1" => "1:7 json-syntax\n");

#[test]
fn json_with_too_many_values() {
    let text = "[".to_string() + &"0,".repeat(1 << 20);
    assert!(told(&refused(text.as_bytes(), Format::Json)).ends_with(" too-large\n"));
}

#[test]
fn yaml_with_too_many_values() {
    let text = "[".to_string() + &"a,".repeat((1 << 20) + 1) + "]";
    assert!(told(&refused(text.as_bytes(), Format::Yaml)).ends_with(" too-large\n"));
}

// Headers.
yaml!(everything_missing, "name: a\n" =>
    "1:1 missing-field wardline\n1:1 missing-field kind\n1:1 missing-field platform\n1:1 missing-field mode\n1:1 missing-field controls\n");
yaml!(newer_version, "wardline: 2\nkind: cluster\n" => "1:11 wrong-version wardline\n");
yaml!(version_in_quotes, with_head("controls: {fileless_execution_block: }\n").replace("1", "'1'") => "1:11 wrong-type wardline\n");
yaml!(no_controls, with_head("controls: {}\n") => "6:11 empty-policy controls\n");
yaml!(null_controls, with_head("controls:\n") => "6:9 empty-policy controls\n");
yaml!(list_of_controls, with_head("controls: [fileless_execution_block]\n") => "6:11 wrong-type controls\n");
yaml!(words_in_the_wrong_case, "wardline: 1\nkind: Host\nname: a\nplatform: LINUX\nmode: block\ncontrols: {fileless_execution_block: }\n" =>
    "2:7 unknown-value kind\n4:11 unknown-value platform\n5:7 unknown-value mode\n");
yaml!(enforce_after_while_enforcing, with_head("enforce_after: 2026-12-01T00:00:00Z\ncontrols: {fileless_execution_block: }\n").replace("audit", "enforce") =>
    "6:1 enforce-after-needs-audit enforce_after\n");
yaml!(enforce_after_with_offset, with_head("enforce_after: 2026-12-01T00:00:00+01:00\ncontrols: {fileless_execution_block: }\n") =>
    "6:16 timestamp-syntax enforce_after\n");
yaml!(enforce_after_on_no_day, with_head("enforce_after: 2026-02-30T00:00:00Z\ncontrols: {fileless_execution_block: }\n") =>
    "6:16 out-of-range enforce_after\n");
yaml!(bypass_of_an_ordinary_policy, with_head("bypass_scope: 'a == \"b\"'\ncontrols: {fileless_execution_block: }\n") =>
    "6:1 bypass-scope-not-default bypass_scope\n");
yaml!(empty_name, "wardline: 1\nkind: host\nname: ''\nplatform: linux\nmode: audit\ncontrols: {fileless_execution_block: }\n" => "3:7 empty-entry name\n");
yaml!(scope_points_into_the_string, with_head("scope: 'os.type = \"linux\"'\ncontrols: {fileless_execution_block: }\n") => "6:17 scope-syntax scope\n");
yaml!(scope_with_escapes_points_to_its_start, with_head("scope: \"os.type = \\\"linux\\\"\"\ncontrols: {fileless_execution_block: }\n") => "6:8 scope-syntax scope\n");
yaml!(list_without_format, with_head("lists: {a: {file: b}}\ncontrols: {dns_ip_reputation: {lists: [a]}}\n") => "6:12 missing-field lists.a.format\n");
yaml!(list_with_match_and_networks, with_head("lists: {a: {file: b, format: networks, match: exact}}\ncontrols: {dns_ip_reputation: {lists: [a]}}\n") =>
    "6:9 list-format lists.a.match\n");
yaml!(list_of_no_use, with_head("lists: {a: {file: b, format: sha256}}\ncontrols: {dns_ip_reputation: {lists: [a]}}\n") =>
    "7:40 list-format controls.dns_ip_reputation.lists[0]\n");

// Controls.
host!(unknown_control, " file_blok: {paths: [a]}" => "7:2 unknown-key controls.file_blok\n");
host!(function_control_on_a_host, " honeypot: {}" => "7:2 wrong-kind controls.honeypot\n");
host!(windows_control_on_linux, " windows_registry_protection: {}" => "7:2 wrong-platform controls.windows_registry_protection\n");
yaml!(host_control_in_a_function, document("function", "linux", " forensics: {failed_logins: true}") => "7:2 wrong-kind controls.forensics\n");
yaml!(directories_on_windows, document("function", "windows", " block_malicious_executables:") =>
    "7:2 missing-field controls.block_malicious_executables.directories\n");
host!(null_control_with_required_fields, " file_block:" => "7:2 missing-field controls.file_block.paths\n");
host!(boolean_control, " fileless_execution_block: true" => "7:28 wrong-type controls.fileless_execution_block\n");
host!(unknown_key_of_a_control, " file_block: {paths: [a], groups: [b]}" => "7:27 unknown-key controls.file_block.groups\n");
host!(users_where_only_processes_are, " reverse_shell_block: {users: [a]}" => "7:24 unknown-key controls.reverse_shell_block.users\n");
host!(users_where_the_control_has_no_subject, " fileless_execution_block: {users: []}" => "7:29 unknown-key controls.fileless_execution_block.users\n");
host!(no_paths, " file_block: {paths: []}" => "7:2 matches-nothing controls.file_block\n");
host!(monitoring_without_paths, " file_integrity_monitoring: {operations: [read]}" => "7:2 matches-nothing controls.file_integrity_monitoring\n");
host!(monitoring_without_operations, " file_integrity_monitoring: {operations: [], paths: [/a]}" => "7:2 matches-nothing controls.file_integrity_monitoring\n");
host!(nobody_allowed, " os_users_and_groups_allowed: {users: [], groups: []}" => "7:2 matches-nothing controls.os_users_and_groups_allowed\n");
host!(forensics_of_nothing, " forensics: {failed_logins: false}" => "7:2 matches-nothing controls.forensics\n");
host!(integrity_of_nothing, " system_integrity_monitoring:" => "7:2 matches-nothing controls.system_integrity_monitoring\n");
host!(network_without_anything, " network_block: {protocols: [udp]}" => "7:2 matches-nothing controls.network_block\n");
host!(mining_without_lists, " block_cryptocurrency_mining: {builtin: false}" => "7:2 matches-nothing controls.block_cryptocurrency_mining\n");
host!(rename_is_no_monitored_operation, " file_integrity_monitoring: {operations: [rename], paths: [/a]}" =>
    "7:43 unknown-value controls.file_integrity_monitoring.operations[0]\n");
host!(undeclared_list, " dns_ip_reputation: {lists: [feed]}" => "7:30 unknown-list controls.dns_ip_reputation.lists[0]\n");
yaml!(decoys_of_every_wrong_form, document("function", "linux", " honeypot:\n  decoys:\n  - {kind: file}\n  - {path: /a}\n  - {kind: fiel, path: /a}\n  - {kind: file, path: /a, secret: b}\n  - text\n") =>
    "9:5 missing-field controls.honeypot.decoys[0].path\n10:5 missing-field controls.honeypot.decoys[1]\n11:12 unknown-value controls.honeypot.decoys[2].kind\n12:28 unknown-key controls.honeypot.decoys[3].secret\n13:5 wrong-type controls.honeypot.decoys[4]\n");
yaml!(decoy_with_its_form_misspelt, document("function", "linux", " honeypot: {decoys: [{kinds: file, path: /a}]}") =>
    "7:22 missing-field controls.honeypot.decoys[0]\n7:23 unknown-key controls.honeypot.decoys[0].kinds\n");
yaml!(quarantine_of_nothing, document("function", "linux", " honeypot: {decoys: [{kind: domain, name: a}], quarantine: {block: []}}") =>
    "7:2 matches-nothing controls.honeypot\n");

// Entries.
host!(every_element_has_its_say, " file_block:\n  paths: [1, /a, '', [b], null]\n  users: ['uid:x', 'gid:1']" =>
    "8:11 wrong-type controls.file_block.paths[0]\n8:18 empty-entry controls.file_block.paths[2]\n8:22 wrong-type controls.file_block.paths[3]\n8:27 wrong-type controls.file_block.paths[4]\n9:11 principal-syntax controls.file_block.users[0]\n9:20 principal-syntax controls.file_block.users[1]\n");
host!(null_list, " file_block: {paths: }" => "7:20 wrong-type controls.file_block.paths\n");
host!(scalar_for_list, " file_block: {paths: /a}" => "7:22 wrong-type controls.file_block.paths\n");
host!(numbers_of_other_kinds, " port_scan_detection: {max_ports: 0x1f, max_hosts: 1_000, window: 10}" =>
    "7:35 wrong-type controls.port_scan_detection.max_ports\n7:52 wrong-type controls.port_scan_detection.max_hosts\n7:67 duration-syntax controls.port_scan_detection.window\n");
host!(numbers_out_of_range, " port_scan_detection: {max_ports: 0, max_hosts: -1, window: 31d}" =>
    "7:35 out-of-range controls.port_scan_detection.max_ports\n7:49 out-of-range controls.port_scan_detection.max_hosts\n7:61 out-of-range controls.port_scan_detection.window\n");
host!(huge_numbers, " port_scan_detection: {max_ports: 99999999999999999999, window: 99999999999999999999s}" =>
    "7:35 out-of-range controls.port_scan_detection.max_ports\n7:65 out-of-range controls.port_scan_detection.window\n");
host!(padded_numbers, " port_scan_detection: {max_ports: 010, window: 010s}" =>
    "7:35 wrong-type controls.port_scan_detection.max_ports\n7:48 duration-syntax controls.port_scan_detection.window\n");
host!(durations, " brute_force_login_detection: {window: 0s, cooldown: 1h30m, block_for: 5ä}" =>
    "7:40 out-of-range controls.brute_force_login_detection.window\n7:54 duration-syntax controls.brute_force_login_detection.cooldown\n7:72 duration-syntax controls.brute_force_login_detection.block_for\n");
host!(ports, " network_block: {ports: [65536, 9-7, '23', a-b, 1-65536, -1, 010]}" =>
    "7:26 out-of-range controls.network_block.ports[0]\n7:33 out-of-range controls.network_block.ports[1]\n7:38 port-syntax controls.network_block.ports[2]\n7:44 port-syntax controls.network_block.ports[3]\n7:49 out-of-range controls.network_block.ports[4]\n7:58 out-of-range controls.network_block.ports[5]\n7:62 wrong-type controls.network_block.ports[6]\n");
host!(hashes, " executables_blocked: {sha256: [abc]}" => "7:33 hash-syntax controls.executables_blocked.sha256[0]\n");
host!(yaml_1_1_booleans, " forensics: {failed_logins: yes, os_user_activity: True, successful_logins: 'true'}" =>
    "7:29 wrong-type controls.forensics.failed_logins\n7:52 wrong-type controls.forensics.os_user_activity\n7:77 wrong-type controls.forensics.successful_logins\n");

says!(did_you_mean_a_key, " file_block: {paths: [a], exept_paths: [b]}" =>
    "p.yaml:7:27: error[unknown-key]: controls.file_block.exept_paths: unknown key `exept_paths`; did you mean `except_paths`?");
says!(did_you_mean_a_word, " file_integrity_monitoring: {operations: [Delete], paths: [/a]}" =>
    "p.yaml:7:43: error[unknown-value]: controls.file_integrity_monitoring.operations[0]: unknown value `Delete`, expected `create`, `read`, `modify`, `delete` or `attributes`; did you mean `delete`?");
says!(quote_it, " os_users_and_groups_blocked: {users: [123]}" =>
    "p.yaml:7:40: error[wrong-type]: controls.os_users_and_groups_blocked.users[0]: expected a text, found the number `123`; write \"uid:123\" for the one with this id");
says!(write_a_list, " file_block: {paths: /etc/shadow}" =>
    "p.yaml:7:22: error[wrong-type]: controls.file_block.paths: expected a list, found the text `/etc/shadow`; write [\"/etc/shadow\"]");
says!(write_a_unit, " port_scan_detection: {window: 600}" =>
    "p.yaml:7:32: error[duration-syntax]: controls.port_scan_detection.window: the duration `600` has no unit; write 600s for seconds");
says!(write_it_plain, " port_scan_detection: {max_ports: '50'}" =>
    "p.yaml:7:35: error[wrong-type]: controls.port_scan_detection.max_ports: expected an integer from 1 to 65535, found the text `50`; write it without quotes");
says!(duplicate_entries_are_warned_of, " file_block: {paths: [/a, /b, /a]}" =>
    "p.yaml:7:31: warning[duplicate-entry]: controls.file_block.paths[2]: the same entry as in line 7");

#[test]
fn unused_lists_are_warned_of() {
    let text =
        with_head("lists: {a: {file: b, format: names}}\ncontrols: {fileless_execution_block: }\n");
    let (_, warnings) = parse("test", text.as_bytes(), Format::Yaml).unwrap();
    assert_eq!(told(&warnings), "6:9 unused-list lists.a\n");
}

#[test]
fn many_mistakes_are_cut_off() {
    let paths = "1, ".repeat(5_000);
    let text = document("host", "linux", &(" file_block: {paths: [".to_string() + &paths + "]}"));
    let errors = refused(text.as_bytes(), Format::Yaml);
    assert_eq!(errors.as_slice().len(), Diagnostics::LIMIT + 1);
    assert_eq!(errors.as_slice().last().unwrap().code.as_str(), "too-many-diagnostics");
}

/// Damaged documents are refused or read, and a refusal always says why.
#[test]
fn damage_never_brings_it_down() {
    let documents = [
        (HOST_LINUX, Format::Yaml),
        (HOST_WINDOWS, Format::Yaml),
        (FUNCTION, Format::Yaml),
        (FUNCTION_JSON, Format::Json),
    ];
    let spice: Vec<&[u8]> = [
        "\"", "'", "[", "]", "{", "}", ":", ": ", "- ", "\n", "\r", "\t", " ", "#", "&a ", "*a ",
        "!t ", "|\n", ">-\n", "? ", "%", "@", "`", ",", "\\", "\\u0000", "\0", "ä", "\u{feff}",
        "\u{2028}", "---\n", "...\n", "<<: ", "0x", "-", "~", "null",
    ]
    .iter()
    .map(|text| text.as_bytes())
    .chain([b"\xff".as_slice(), b"\xc3"])
    .collect();
    let mut random = Random(0x5eed);
    for round in 0..ROUNDS {
        let (text, format) = documents[round % documents.len()];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 => bytes[at] = random.below(256) as u8,
                1 => drop(bytes.remove(at)),
                2 => bytes[at] ^= 1 << random.below(8),
                3 => drop(bytes.splice(at..at, spice[random.below(spice.len())].iter().copied())),
                _ => {
                    let end = (at + random.below(40)).min(bytes.len());
                    let to = random.below(bytes.len());
                    let moved = bytes[at..end].to_vec();
                    drop(bytes.splice(to..to, moved));
                }
            }
        }
        match parse("test", &bytes, format) {
            Ok((_, warnings)) => {
                assert!(warnings.iter().all(|one| one.severity == Severity::Warning));
            }
            Err(errors) => {
                assert!(errors.has_errors(), "{}", String::from_utf8_lossy(&bytes));
                for one in &errors {
                    assert!(one.line > 0 && one.column > 0 && one.length > 0, "{one}");
                    assert!(!one.to_string().contains('\n'));
                }
            }
        }
    }
}

/// Documents that are small and cost much must be cut off early.
#[test]
fn hostile_documents_are_read_in_bounded_time() {
    let shapes: [(&str, usize); 12] = [
        ("[", 1 << 20),
        ("{a: ", 1 << 18),
        ("- ", 1 << 18),
        ("? ", 1 << 18),
        ("a: b\n", 1 << 16),
        ("\"", 1 << 20),
        ("&a ", 1 << 16),
        ("*a\n", 1 << 16),
        ("!a ", 1 << 16),
        ("#\n", 1 << 18),
        ("a ", 1 << 18),
        ("\n", 1 << 20),
    ];
    for (shape, count) in shapes {
        let text = shape.repeat(count);
        let start = std::time::Instant::now();
        for format in [Format::Yaml, Format::Json] {
            assert!(parse("test", text.as_bytes(), format).is_err(), "{shape:?}");
        }
        assert!(start.elapsed().as_secs() < 20, "{shape:?} took {:?}", start.elapsed());
    }
}

/// Xorshift: good enough to choose damage, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

const ROUNDS: usize = 100_000;
