//! Lines and what is understood of them.

use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use super::{EventBuf, map_names};
use crate::event::{Activity, Address, Event};

/// The event's fault, or nothing, and its debug form.
fn read(line: &[u8]) -> (&'static str, String) {
    let mut event = EventBuf::default();
    event.read(line);
    event.with_event(|event| {
        (event.malformed.map_or("", |code| code.as_str()), format!("{event:?}"))
    })
}

fn with<R>(line: &str, f: impl FnOnce(&Event<'_>) -> R) -> R {
    let mut event = EventBuf::default();
    event.read(line.as_bytes());
    event.with_event(f)
}

/// A line, the fault in it (none: ""), and what must still be understood.
macro_rules! t {
    ($($name:ident, $line:literal => $fault:literal $(, $understood:literal)*;)+) => {
        $(#[test]
        fn $name() {
            let (fault, event) = read($line.as_bytes());
            assert_eq!(fault, $fault, "{event}");
            $(assert!(event.contains($understood), "no {} in {event}", $understood);)*
        })+
    };
}

t! {
    file, r#"{"kind":"file","operation":"read","path":"/a"}"# => "", "operation: Read", "[47, 97]";
    file_all, r#"{"kind":"file","operation":"rename","path":"a","target":"b","requested":"c","aliases":["d"],
        "cwd":"/e","dirfd_path":"/f","root":"/g","mode":493,"truncated":true,"deleted":true}"#
        => "", "Rename", "cwd: Some([47, 101])", "root: Some([47, 103])", "mode: Some(493)",
        "aliases: [[100]]", "truncated: true", "deleted: true";
    truncate, r#"{"kind":"file","operation":"truncate","path":"/a"}"# => "", "Modify";
    chmod, r#"{"kind":"file","operation":"chmod","path":"/a"}"# => "", "Attributes";
    chown, r#"{"kind":"file","operation":"chown","path":"/a"}"# => "", "Attributes";
    utime, r#"{"kind":"file","operation":"utime","path":"/a"}"# => "", "Attributes";
    setxattr, r#"{"kind":"file","operation":"setxattr","path":"/a"}"# => "", "Attributes";
    exec, r#"{"kind":"exec","path":"/a","argv":["a",{"hex":"FFfe"}],"script":"/s","sha256":"00","memfd":true,
        "stdio_socket":true,"ip":"::1"}"#
        => "", "argv: [[97], [255, 254]]", "memfd: true", "stdio_socket: true", "Text([58, 58, 49])";
    network, r#"{"kind":"network","direction":"listen","ip":"::","port":65535,"protocol":"tcp"}"#
        => "", "Listen", "port: Some(65535)", "Some(Tcp)";
    network_by_domain, r#"{"kind":"network","direction":"outbound","domain":"a.b"}"# => "";
    dns, r#"{"kind":"dns","name":"a","answers":["1.2.3.4"],"cnames":["b"]}"# => "", "cnames: [[98]]";
    login, r#"{"kind":"login","user":{"name":"a"}}"# => "", "success: None", "groups_complete: false";
    login_in_groups, r#"{"kind":"login","user":{"name":"a"},"groups":[]}"# => "", "groups_complete: true";
    login_all, r#"{"kind":"login","user":{"id":1},"groups":[{"id":2},{"name":"w"},{"sid":"S-1-5-18"}],
        "groups_complete":false,"source":"10.0.0.1","success":false}"#
        => "", "success: Some(false)", "groups_complete: false", "id: Some(2)";
    account, r#"{"kind":"account","subject":"group","operation":"create","name":"a"}"# => "", "Group";
    registry, r#"{"kind":"registry","operation":"modify","key":"HKLM","value":""}"# => "", "value: Some([])";
    system, r#"{"kind":"system","what":"log_clear"}"# => "", "LogClear";
    malware, r#"{"kind":"malware","path":"/a","signature":"x"}"# => "", "signature: Some([120])";
    credential_by_name, r#"{"kind":"credential","name":"A"}"# => "";
    credential_by_id, r#"{"kind":"credential","id":"A"}"# => "";
    common, r#"{"kind":"exec","path":"/a","time":9223372036854775807,
        "process":{"path":"/p","name":"n","pid":4294967295,"argv":["x"]},"metadata":{"a":[null]}}"#
        => "", "time: Some(9223372036854775807)", "pid: Some(4294967295)", "argv: [[120]]";
    white_space_around, " {\"kind\":\"exec\",\"path\":\"/a\"} \r\n" => "";
    empty_path_is_the_engines, r#"{"kind":"exec","path":""}"# => "";
    hex_of_nothing, r#"{"kind":"exec","path":{"hex":""}}"# => "";
    escapes, r#"{"kind":"exec","path":"\u002fa"}"# => "", "path: [47, 97]";

    empty_line, "" => "not_an_event";
    no_json, "kind=exec" => "not_an_event";
    list, "[]" => "not_an_event";
    null, "null" => "not_an_event";
    two_objects, r#"{"kind":"system","what":"log_clear"}{}"# => "not_an_event";
    cut_off, r#"{"kind":"exec","path":"/a"#  => "not_an_event";
    comma_too_many, r#"{"kind":"exec","path":"/a",}"# => "not_an_event";
    control_character, "{\"kind\":\"exec\",\"path\":\"/\n\"}" => "not_an_event";

    no_kind, r#"{"path":"/a","time":5}"# => "missing_field", "Unknown(None)", "time: Some(5)";
    kind_of_other_type, r#"{"kind":1}"# => "field_type", "Unknown(None)";
    kind_in_hex, r#"{"kind":{"hex":"65786563"}}"# => "field_type";
    kind_unknown, r#"{"kind":"ptrace","x":1,"time":5}"# => "unknown_kind", "Unknown(None)", "time: Some(5)";
    kind_is_exact, r#"{"kind":"Exec","path":"/a"}"# => "unknown_kind";
    operation_unknown, r#"{"kind":"file","operation":"open","path":"/a"}"#
        => "unknown_value", "Unknown(Some(File))";
    operation_missing, r#"{"kind":"file","path":"/a"}"# => "missing_field", "Unknown(Some(File))";
    synonyms_are_of_files, r#"{"kind":"registry","operation":"truncate","key":"HKLM"}"#
        => "unknown_value", "Unknown(Some(Registry))";
    direction_unknown, r#"{"kind":"network","direction":"up","ip":"::"}"# => "unknown_value";
    subject_unknown, r#"{"kind":"account","subject":"role","operation":"create","name":"a"}"#
        => "unknown_value", "Unknown(Some(Account))";
    what_unknown, r#"{"kind":"system","what":"reboot"}"# => "unknown_value", "Unknown(Some(System))";
    protocol_unknown, r#"{"kind":"network","direction":"listen","ip":"::","protocol":"TCP"}"#
        => "unknown_value", "Listen", "protocol: None";

    path_missing, r#"{"kind":"exec","argv":["a"]}"# => "missing_field", "Exec(Exec { path: []";
    target_missing, r#"{"kind":"file","operation":"rename","path":"/a"}"# => "missing_field", "[47, 97]";
    link_target_missing, r#"{"kind":"file","operation":"link","path":"/a"}"# => "missing_field";
    peer_missing, r#"{"kind":"network","direction":"listen"}"# => "missing_field", "Listen";
    user_missing, r#"{"kind":"login"}"# => "missing_field", "Login(";
    user_empty, r#"{"kind":"login","user":{}}"# => "missing_field";
    credential_empty, r#"{"kind":"credential"}"# => "missing_field", "Credential(";

    field_misspelt, r#"{"kind":"exec","path":"/a","memFd":true}"# => "unknown_field", "Exec(", "[47, 97]";
    field_of_another_kind, r#"{"kind":"exec","path":"/a","operation":"read"}"# => "unknown_field";
    process_field_unknown, r#"{"kind":"exec","path":"/a","process":{"exe":"/b"}}"# => "unknown_field";
    user_field_unknown, r#"{"kind":"exec","path":"/a","user":{"uid":0}}"# => "unknown_field";
    group_field_unknown, r#"{"kind":"exec","path":"/a","groups":[{"gid":0}]}"# => "unknown_field";

    duplicate, r#"{"kind":"exec","path":"/a","path":"/b"}"# => "duplicate_field", "path: [47, 97]";
    duplicate_by_escape, r#"{"kind":"exec","path":"/a","p\u0061th":"/b"}"# => "duplicate_field";
    duplicate_in_user, r#"{"kind":"exec","path":"/a","user":{"id":0,"id":1}}"# => "duplicate_field";
    duplicate_in_metadata, r#"{"kind":"exec","path":"/a","metadata":[{"x":0,"x":1}]}"# => "duplicate_field";
    duplicate_in_hex, r#"{"kind":"exec","path":{"hex":"61","hex":"62"}}"# => "duplicate_field";
    duplicate_before_unknown, r#"{"kind":"exec","x":1,"path":"/a","path":"/b"}"# => "duplicate_field";

    null_is_no_absence, r#"{"kind":"exec","path":"/a","script":null}"# => "field_type", "script: None";
    null_metadata, r#"{"kind":"exec","path":"/a","metadata":null}"# => "field_type";
    path_of_other_type, r#"{"kind":"exec","path":["/a"]}"# => "field_type", "Exec(Exec { path: []";
    hex_odd, r#"{"kind":"exec","path":{"hex":"123"}}"# => "field_type";
    hex_digit, r#"{"kind":"exec","path":{"hex":"+1"}}"# => "field_type";
    hex_and_more, r#"{"kind":"exec","path":{"hex":"61","x":1}}"# => "field_type";
    half_a_pair_in_a_key, r#"{"kind":"exec","path":"/a","\ud800":1}"# => "not_an_event";
    half_a_pair_in_a_key_within, r#"{"kind":"exec","path":"/a","user":{"id":1,"id":2,"\ud800":1},"time":5}"#
        => "field_type", "id: None", "time: Some(5)";
    half_a_pair_after_a_duplicate, r#"{"kind":"exec","path":"/a","x":[{"a":1,"a":2},"\ud800"]}"# => "duplicate_field";
    half_a_pair_in_metadata, r#"{"kind":"exec","path":"/a","metadata":["\udc00"]}"# => "field_type", "[47, 97]";
    half_a_surrogate_pair, r#"{"kind":"exec","path":"/a","script":"\ud800"}"# => "field_type", "[47, 97]";
    flag_as_text, r#"{"kind":"exec","path":"/a","memfd":"true"}"# => "field_type", "memfd: false";
    time_negative, r#"{"kind":"exec","path":"/a","time":-1}"# => "field_type", "time: None";
    time_too_late, r#"{"kind":"exec","path":"/a","time":9223372036854775808}"# => "field_type";
    time_with_fraction, r#"{"kind":"exec","path":"/a","time":1.0}"# => "field_type";
    time_with_exponent, r#"{"kind":"exec","path":"/a","time":1e3}"# => "field_type";
    time_as_text, r#"{"kind":"exec","path":"/a","time":"1"}"# => "field_type";
    port_too_high, r#"{"kind":"network","direction":"listen","ip":"::","port":65536}"# => "field_type";
    pid_too_high, r#"{"kind":"exec","path":"/a","process":{"pid":4294967296}}"# => "field_type";
    address_in_hex, r#"{"kind":"exec","path":"/a","ip":{"hex":"7f000001"}}"# => "field_type";
    list_element, r#"{"kind":"exec","path":"/a","aliases":[1,"x"]}"# => "field_type", "aliases: [[120]]";
    group_as_text, r#"{"kind":"exec","path":"/a","groups":["wheel"]}"# => "field_type";
    process_as_text, r#"{"kind":"exec","path":"/a","process":"/p"}"# => "field_type";

    id_negative, r#"{"kind":"exec","path":"/a","user":{"id":-1}}"# => "", "id: Some(18446744073709551615)";
    id_huge, r#"{"kind":"exec","path":"/a","groups":[{"id":99999999999999999999}]}"#
        => "", "id: Some(18446744073709551615)";
    id_no_id, r#"{"kind":"exec","path":"/a","user":{"id":4294967295}}"# => "", "id: Some(4294967295)";
    id_with_exponent, r#"{"kind":"exec","path":"/a","user":{"id":1e99}}"# => "field_type", "id: None";
    id_minus_zero, r#"{"kind":"exec","path":"/a","user":{"id":-0}}"# => "", "id: Some(18446744073709551615)";
    id_minus_zero_with_fraction, r#"{"kind":"exec","path":"/a","user":{"id":-0.0}}"# => "field_type", "id: None";
    id_last, r#"{"kind":"exec","path":"/a","user":{"id":18446744073709551614}}"# => "", "id: Some(18446744073709551614)";
    id_beyond, r#"{"kind":"exec","path":"/a","user":{"id":18446744073709551616}}"# => "", "id: Some(18446744073709551615)";
    id_beyond_with_fraction, r#"{"kind":"exec","path":"/a","user":{"id":18446744073709551616.0}}"# => "field_type", "id: None";
    id_far_below, r#"{"kind":"exec","path":"/a","user":{"id":-9223372036854775809}}"# => "", "id: Some(18446744073709551615)";
    id_beyond_every_float, r#"{"kind":"exec","path":"/a","user":{"id":1e999},"time":5}"# => "field_type", "time: Some(5)";
    metadata_beyond_every_float, r#"{"kind":"exec","path":"/a","metadata":[1e999,-0]}"# => "";
    key_of_serde_json, r#"{"kind":"exec","path":"/a","user":{"$serde_json::private::Number":"1"}}"# => "unknown_field";
    key_of_serde_json_in_metadata, r#"{"kind":"exec","path":"/a","metadata":{"$serde_json::private::Number":[],"$serde_json::private::RawValue":1}}"# => "";
    stranger_twice_by_escape, r#"{"kind":"exec","path":"/a","metadata":{"b":0,"a":0,"\u0062":1}}"# => "duplicate_field";
    same_key_at_two_levels, r#"{"kind":"exec","path":"/a","metadata":{"a":{"a":{"b":1},"b":1},"b":1}}"# => "";
    hex_of_the_event, r#"{"hex":"61"}"# => "missing_field", "Unknown(None)";
    hex_by_escape, r#"{"kind":"exec","path":{"\u0068ex":"\u0036\u0031"}}"# => "", "path: [97]";
    first_of_a_field_counts, r#"{"kind":"exec","path":"/a","path":1,"user":{"id":1},"user":7}"# => "duplicate_field", "[47, 97]", "id: Some(1)";
    id_as_text, r#"{"kind":"exec","path":"/a","user":{"id":"0"}}"# => "field_type";
}

#[test]
fn bytes_that_are_no_utf8_are_no_json() {
    assert_eq!(read(b"{\"kind\":\"exec\",\"path\":\"/\xff\"}").0, "not_an_event");
}

#[test]
fn metadata_is_passed_on_as_written() {
    let mut event = EventBuf::default();
    event.read(br#"{"kind":"system","metadata": {"b": 1.0, "a":[]} ,"what":"log_clear"}"#);
    assert_eq!(event.metadata(), Some(r#"{"b": 1.0, "a":[]}"#));
    event.read(br#"{"kind":"system","what":"log_clear"}"#);
    assert_eq!(event.metadata(), None, "left over from the last line");
}

#[test]
fn the_first_metadata_that_can_be_read_is_passed_on() {
    for (line, want) in [
        (r#"{"metadata":null,"metadata":1.0,"metadata":2}"#, Some("1.0")),
        (r#"{"metadata":"\ud800","metadata":{"a": -0}}"#, Some(r#"{"a": -0}"#)),
        (r#"{"metadata":[[{"\ud800":1}]]}"#, None),
        (r#"{"m\u0065tadata": [ 1 ] }"#, Some("[ 1 ]")),
        (r#"{"user":{"metadata":1}}"#, None),
        (r#"{"metadata":1}{}"#, None),
    ] {
        let mut event = EventBuf::default();
        event.read(line.as_bytes());
        assert_eq!(event.metadata(), want, "{line}");
    }
}

#[test]
fn long_lists_are_read_whole() {
    let list = vec![r#""x""#; 100].join(",");
    let line =
        format!(r#"{{"kind":"exec","path":"/a","argv":[{list}],"process":{{"argv":[{list}]}}}}"#);
    with(&line, |event| {
        let Activity::Exec(exec) = event.activity else { panic!("{event:?}") };
        assert_eq!((exec.argv.len(), event.process.argv.len()), (100, 100));
    });
}

#[test]
fn usual_lines_take_no_memory_after_the_first() {
    let line = br#"{"kind":"exec","path":"/usr/bin/bash","argv":["sh","-c","x"],"aliases":["/b"],
        "process":{"path":"/usr/sbin/nginx","pid":7,"argv":["nginx"]},"user":{"name":"www","id":33},
        "groups":[{"id":1},{"name":"w"}],"time":5,"metadata":{"host":"a","score":0.5,"ok":true}}"#;
    let mut event = EventBuf::default();
    event.read(line);
    let allocated = allocation_counter::measure(|| {
        event.read(line);
        event.with_event(|event| assert_eq!(event.malformed, None));
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn the_memory_of_a_very_long_line_is_given_back() {
    let mut event = EventBuf::default();
    event.read(format!(r#"{{"kind":"exec","argv":[{}1]}}"#, "[],".repeat(100_000)).as_bytes());
    let allocated = allocation_counter::measure(|| event.read(b"{}"));
    assert!(allocated.bytes_current < -3_000_000, "{allocated:?}");
}

#[test]
fn nothing_read_is_no_event() {
    let code = EventBuf::default().with_event(|event| event.malformed.map(|code| code.as_str()));
    assert_eq!(code, Some("not_an_event"));
}

#[test]
fn depth_is_limited_to_64() {
    let line = |depth| {
        let (open, close) = ("[".repeat(depth - 1usize), "]".repeat(depth - 1usize));
        format!(r#"{{"kind":"system","what":"log_clear","metadata":{open}{close}}}"#)
    };
    assert_eq!(read(line(64).as_bytes()).0, "");
    assert_eq!(read(line(65).as_bytes()).0, "field_type");
    assert_eq!(read(line(100_000).as_bytes()).0, "field_type");
}

#[test]
fn addresses_stay_text() {
    with(r#"{"kind":"dns","name":"a","answers":["010.1.1.1"]}"#, |event| match event.activity {
        Activity::Dns(dns) => assert_eq!(dns.answers, [Address::Text(b"010.1.1.1")]),
        other => panic!("{other:?}"),
    });
}

/// Reading by parts is slow and simple: it judges the other way. So does a buffer
/// without a past.
#[test]
fn damaged_lines_are_read_alike_in_one_pass_and_by_parts() {
    let seeds: [&[u8]; 4] = [
        br#"{"kind":"file","operation":"rename","path":{"hex":"2f61"},"target":"/b","mode":420}"#,
        br#"{"kind":"login","user":{"id":-1},"groups":[{"id":1}],"success":false,"time":7}"#,
        br#"{"kind":"dns","name":"a\u00e9","answers":["::1"],"metadata":{"x":[1.5e3,null]}}"#,
        br#"{"kind":"exec","path":"C:\\a","user":{"id":18446744073709551616,"x":{}},"metadata":[-0,"\ud83d\ude00"]}"#,
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        // xorshift64, from Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let mut event = EventBuf::default();
    for turn in 0..60_000 {
        let mut line: Vec<u8> = seeds[turn % seeds.len()].to_vec();
        for _ in 0..=random(4) {
            let at = random(line.len());
            match random(4) {
                0 => drop(line.remove(at)),
                1 => line.insert(at, br#"{}[]":,\0-.eE"#[random(13)]),
                2 => line[at] = u8::try_from(random(256)).unwrap(),
                _ => line.extend_from_within(at..),
            }
        }
        event.read(&line);
        let (mut other, mut parts) = (EventBuf::default(), EventBuf::default());
        other.read(&line);
        parts.tape.read_as(&line, true);
        map_names(&mut parts.tape);
        let said = |event: &EventBuf| event.with_event(|event| format!("{event:?}"));
        for other in [other, parts] {
            assert_eq!(said(&event), said(&other), "{}", String::from_utf8_lossy(&line));
            assert_eq!(event.metadata(), other.metadata());
        }
    }
}

#[test]
fn names_are_mapped_where_they_can_be() {
    for (line, want) in [
        (r#"{"kind":"dns","name":"B\u00fccher.example"}"#, &b"xn--bcher-kva.example"[..]),
        (r#"{"kind":"dns","name":"xn--a\u00fc.example"}"#, "xn--a\u{fc}.example".as_bytes()),
        (r#"{"kind":"dns","name":"Plain.Example"}"#, b"Plain.Example"),
        (r#"{"kind":"dns","name":{"hex":"fffe2e61"}}"#, b"\xff\xfe.a"),
    ] {
        let mut buffer = EventBuf::default();
        buffer.read(line.as_bytes());
        buffer.with_event(|event| {
            let Activity::Dns(dns) = event.activity else { panic!("{event:?}") };
            assert_eq!(dns.name, want);
        });
    }
}
