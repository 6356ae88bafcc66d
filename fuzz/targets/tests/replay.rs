//! Every input that was kept, through the target that it belongs to.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use wardline_fuzz_targets::TARGETS;

#[test]
fn corpus_and_regressions_keep_the_laws() {
    let (mut inputs, mut wrong) = (0, Vec::new());
    for (name, target) in TARGETS {
        let corpus = files(&folder("corpus").join(name));
        assert!(corpus.len() >= 3, "{name}: {} inputs", corpus.len());
        for path in corpus.into_iter().chain(files(&folder("regressions").join(name))) {
            let data = fs::read(&path).unwrap();
            inputs += 1;
            if catch_unwind(|| target(&data)).is_err() {
                wrong.push(path);
            }
        }
    }
    println!("{inputs} inputs");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What no target replays would rot.
#[test]
fn every_target_is_one_line_and_every_folder_belongs_to_one() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut found = BTreeSet::new();
    for path in files(&folder("fuzz_targets")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let line = format!(
            "#![no_main]\nlibfuzzer_sys::fuzz_target!(|data: &[u8]| wardline_fuzz_targets::{name}(data));\n"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), line);
        found.insert(name);
    }
    assert_eq!(found, known);
    for place in ["corpus", "regressions"] {
        for entry in fs::read_dir(folder(place)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            assert!(known.contains(&name), "{place}/{name}");
        }
    }
    let size: u64 = TARGETS
        .iter()
        .flat_map(|(name, _)| files(&folder("corpus").join(name)))
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    assert!(size <= 300 << 10, "a corpus of {size} bytes");
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The files of a folder in order; none if it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
