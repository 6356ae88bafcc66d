//! What is said about bad policies: every case of `tests/bad` (its `README.md`
//! has the form), word by word. `UPDATE=1 cargo test --test bad` rewrites the
//! texts, to be read as a diff.

mod bad_cases;

use std::collections::BTreeSet;
use std::fs;

use bad_cases::{Case, cases, tell};
use wardline::diagnostic::Code;

#[test]
fn every_case_says_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for case in cases() {
        let said = tell(&case.files).iter().map(|one| format!("{one}\n")).collect::<String>();
        if update {
            fs::write(&case.expected, said).unwrap();
        } else if fs::read_to_string(&case.expected).ok().as_ref() != Some(&said) {
            stale.push(format!("{}:\n{said}", case.expected.display()));
        }
    }
    assert!(stale.is_empty(), "UPDATE=1 would change:\n{}", stale.join("\n"));
}

#[test]
fn there_is_a_case_for_every_code() {
    let cases = cases();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    let seen: BTreeSet<Code> =
        cases.iter().flat_map(|case| tell(&case.files)).map(|one| one.code).collect();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !seen.contains(code)).collect();
    assert!(missing.is_empty(), "no case in tests/bad says {missing:?}");
}

/// A case is a pair: no text without a policy, no policy that nothing is said about.
#[test]
fn every_text_belongs_to_a_case() {
    let cases = cases();
    for case in &cases {
        assert!(!tell(&case.files).is_empty(), "{} is good", case.name);
    }
    let expected: BTreeSet<_> = cases.into_iter().map(|case: Case| case.expected).collect();
    for entry in fs::read_dir(bad_cases::folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "err") {
            assert!(expected.contains(&path), "{} has no policy", path.display());
        }
    }
}
