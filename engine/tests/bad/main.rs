//! What is said about bad policies: every case of `tests/bad` (its `README.md`
//! has the form), word by word. `UPDATE=1 cargo test --test bad` rewrites the
//! texts, to be read as a diff.

mod cases;
mod errors;

use std::collections::BTreeSet;
use std::fs;

use cases::{Case, cases, tell};
use wardline::diagnostic::Code;
use wardline::{Diagnostic, Diagnostics};

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

/// Whoever follows a suggestion has one thing less to correct.
#[test]
fn what_is_to_be_written_instead_is_right() {
    let mut followed = 0;
    for case in cases().into_iter().filter(|case| case.files.len() < 100) {
        let before = tell(&case.files);
        for diagnostic in before.iter().take(10) {
            let Some(replacement) = &diagnostic.replacement else { continue };
            let mut files = case.files.clone();
            let (_, text) = files.iter_mut().find(|(name, _)| *name == diagnostic.file).unwrap();
            *text = replaced(text, diagnostic, replacement);
            let after = tell(&files);
            let alike =
                |all: &[Diagnostic]| all.iter().filter(|one| one.code == diagnostic.code).count();
            assert!(
                alike(&after) < alike(&before) || before.len() > Diagnostics::LIMIT,
                "{diagnostic}\nafter it is followed: {after:#?}"
            );
            followed += 1;
        }
    }
    assert!(followed >= 25, "{followed} suggestions");
}

fn replaced(text: &[u8], diagnostic: &Diagnostic, replacement: &str) -> Vec<u8> {
    let text = std::str::from_utf8(text).unwrap();
    let (mark, text) = text.split_at(text.len() - text.trim_start_matches('\u{feff}').len());
    let line_start: usize = match diagnostic.line {
        1 => 0,
        line => text.match_indices('\n').nth(line as usize - 2).unwrap().0 + 1,
    };
    let at = |characters: u32| {
        let line = &text[line_start..];
        line_start + line.char_indices().nth(characters as usize).map_or(line.len(), |(at, _)| at)
    };
    let (start, end) = (at(diagnostic.column - 1), at(diagnostic.column + diagnostic.length - 1));
    [mark, &text[..start], replacement, &text[end..]].concat().into_bytes()
}

/// A case is a pair: no text without a policy, no policy that nothing is said about.
#[test]
fn every_text_belongs_to_a_case() {
    let cases = cases();
    for case in &cases {
        assert!(!tell(&case.files).is_empty(), "{} is good", case.name);
    }
    let expected: BTreeSet<_> = cases.into_iter().map(|case: Case| case.expected).collect();
    for entry in fs::read_dir(cases::folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "err") {
            assert!(expected.contains(&path), "{} has no policy", path.display());
        }
    }
}
