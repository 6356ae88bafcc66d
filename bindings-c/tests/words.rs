//! The numbers of the header are those of the core's words, one more where the core
//! begins with 0.

use std::fs;
use std::path::Path;

use wardline::*;

/// Every enumerator of an enum of the header, and its number.
fn enumerators(name: &str) -> Vec<(String, u32)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/wardline.h");
    let header = fs::read_to_string(path).unwrap();
    let start = header.find(&format!("enum {name}\n")).unwrap_or_else(|| panic!("{name}"));
    let (body, _) = header[start..].split_once("};").unwrap();
    let lines = body.lines().filter_map(|line| line.trim().strip_suffix(','));
    let all = lines.filter_map(|line| {
        let (word, number) = line.split_once(" = ")?;
        Some((word.to_owned(), number.parse().ok()?))
    });
    all.collect()
}

fn same(name: &str, plus: u32, words: Vec<(u32, &str)>) {
    let wanted: Vec<_> = words
        .into_iter()
        .map(|(number, word)| {
            (format!("{}_{}", name.to_uppercase(), word.to_uppercase()), number + plus)
        })
        .collect();
    assert_eq!(enumerators(name), wanted);
}

macro_rules! words {
    ($test:ident, $type:ty, $plus:literal) => {
        #[test]
        fn $test() {
            let all = <$type>::ALL.iter().map(|&word| (word as u32, word.as_str()));
            same(concat!("wardline_", stringify!($test)), $plus, all.collect());
        }
    };
}

words!(action, Action, 1);
words!(remediation, Remediation, 1);
words!(kind, Kind, 1);
words!(file_operation, FileOperation, 1);
words!(direction, Direction, 1);
words!(protocol, Protocol, 1);
words!(subject, Subject, 1);
words!(account_operation, AccountOperation, 1);
words!(registry_operation, RegistryOperation, 1);
words!(system_change, SystemChange, 1);
words!(fail, Fail, 1);
words!(mode, Mode, 1);
words!(severity, Severity, 1);
words!(enforcement, Enforcement, 1);
words!(actor_kind, ActorKind, 1);
words!(invalid, Invalid, 0);
words!(control, Control, 0);

#[test]
fn names_are_the_core_s() {
    use wardline_c::words::*;
    for (index, action) in (1..).zip(Action::ALL) {
        assert_eq!(wardline_action_name(index).as_str(), action.as_str());
    }
    for control in Control::ALL {
        assert_eq!(wardline_control_name(*control as u32).as_str(), control.as_str());
    }
    for none in [0, 99, 256, 257, u32::MAX] {
        let names = [wardline_action_name(none), wardline_control_name(none)];
        let more = [wardline_invalid_name(none), wardline_kind_name(none)];
        assert!(names.iter().chain(&more).all(|name| name.as_str().is_empty()), "{none}");
    }
}

#[test]
fn every_status_has_a_text() {
    use wardline_c::status::wardline_status_text;
    let mut texts = Vec::new();
    for (word, number) in enumerators("wardline_status") {
        let text = wardline_status_text(number).as_str();
        assert!(text != "unknown status" && !texts.contains(&text), "{word}: {text}");
        texts.push(text);
    }
    assert!(texts.len() > 25);
    assert_eq!(wardline_status_text(29).as_str(), "unknown status");
}
