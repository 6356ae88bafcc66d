//! Every bad policy of `tests/bad` through the command: the same words as the
//! library's, and formats that programs understand.

mod run;

use std::path::{Path, PathBuf};

use run::{Run, wardline};
use serde_json::Value;

struct Case {
    name: String,
    folder: PathBuf,
    policies: Vec<String>,
    expected: String,
}

impl Case {
    fn check(&self, format: &str) -> Run {
        let mut arguments = vec!["check", "--format", format];
        arguments.extend(self.policies.iter().map(String::as_str));
        wardline(&self.folder, &arguments, "")
    }

    fn is_refused(&self) -> bool {
        self.expected.contains(": error[")
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bad");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_policy = |name: &str| name.ends_with(".yaml") || name.ends_with(".json");
        let (folder, mut policies) = if path.is_dir() {
            let files = std::fs::read_dir(&path).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            (path.clone(), names.filter(|name| is_policy(name)).collect())
        } else if is_policy(&name) {
            (folder.clone(), vec![name.clone()])
        } else {
            continue;
        };
        policies.sort();
        // That many files, and none, are only made up where the library is tested.
        if !policies.is_empty() && !policies.iter().any(|policy| policy.contains(".x4097.")) {
            let expected = std::fs::read_to_string(path.with_extension("err")).unwrap();
            cases.push(Case { name, folder, policies, expected });
        }
    }
    assert!(cases.len() >= 100, "{}", cases.len());
    cases
}

#[test]
fn one_line_each_as_the_library_says_it() {
    for case in cases() {
        let run = case.check("short");
        assert_eq!(run.stderr, case.expected, "{}", case.name);
        assert_eq!(run.code, Some(i32::from(case.is_refused())), "{}", case.name);
        let done = run.stdout.contains(", no errors");
        assert_ne!(done, case.is_refused(), "{}: {}", case.name, run.stdout);
    }
}

#[test]
fn excerpts_point_at_the_place() {
    for case in cases() {
        let run = case.check("full");
        let mut places = 0;
        for line in case.expected.lines() {
            let mut parts = line.splitn(4, ':');
            let place: Vec<_> = parts.by_ref().take(3).collect();
            if place[1].parse::<u32>().is_ok() {
                let place = place.join(":");
                assert!(run.stderr.contains(&format!(" --> {place}\n")), "{place}: {}", run.stderr);
                places += 1;
            }
        }
        assert!(places > 0);
        // Nothing that a policy holds moves the cursor, or reorders text.
        let hidden =
            |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!run.stderr.contains(hidden), "{}: {:?}", case.name, run.stderr);
        assert!(run.stderr.contains("` says more\n"), "{}", case.name);
    }
}

#[test]
fn json_holds_all_of_it() {
    for case in cases() {
        let run = case.check("json");
        let told: Value = serde_json::from_str(&run.stdout).unwrap();
        let lines = told["diagnostics"].as_array().unwrap().iter();
        let lines: String =
            lines.map(|one| format!("{}\n", one["text"].as_str().unwrap())).collect();
        assert_eq!((lines, run.stderr.as_str()), (case.expected.clone(), ""), "{}", case.name);
        let count = told["errors"].as_u64().unwrap() + told["warnings"].as_u64().unwrap();
        assert_eq!(count, case.expected.lines().count() as u64);
        assert_eq!(told["errors"] != 0, case.is_refused(), "{}", case.name);
    }
}

/// The types of `serde-sarif` are made from the schema of the standard.
#[test]
fn sarif_is_sarif() {
    let mut fixes = 0;
    for case in cases() {
        let run = case.check("sarif");
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(&run.stdout).unwrap();
        // What the types do not know would be lost on the way back.
        let known = serde_json::to_value(&log).unwrap();
        assert_eq!(known, serde_json::from_str::<Value>(&run.stdout).unwrap(), "{}", case.name);
        assert_eq!(log.version, Value::from("2.1.0"));
        let results = log.runs[0].results.as_ref().unwrap();
        assert_eq!(results.len(), case.expected.lines().count(), "{}", case.name);
        let rules = log.runs[0].tool.driver.rules.as_ref().unwrap();
        for result in results {
            let rule = &rules[result.rule_index.unwrap() as usize];
            assert_eq!(result.rule_id.as_ref(), Some(&rule.id));
            let help = rule.help.as_ref().unwrap();
            assert!(help.text.len() > 40, "{}", rule.id);
            let place = &result.locations.as_ref().unwrap()[0];
            let region = place.physical_location.as_ref().unwrap().region.as_ref().unwrap();
            assert!(region.start_line >= Some(1) && region.end_column > region.start_column);
            fixes += result.fixes.as_ref().map_or(0, Vec::len);
        }
    }
    assert!(fixes >= 25, "{fixes}");
}
