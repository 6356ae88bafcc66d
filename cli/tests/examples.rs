//! The example policies are understood, without a warning.

mod run;

use std::path::Path;

#[test]
fn every_example_is_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut checked = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".yaml") {
            let run = run::wardline(&folder, &["check", &name], "");
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{name}");
            assert_eq!(run.stdout, "1 policy, no errors\n", "{name}");
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked} examples");
}
