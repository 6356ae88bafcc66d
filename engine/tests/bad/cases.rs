//! Reads `tests/bad`, as its `README.md` says.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wardline::policy::Format;
use wardline::{Diagnostic, Sources};

/// Ends the name of a file in whose place there is none.
const ABSENT: &str = ".absent";

/// One bad policy, or several that are bad together.
pub(crate) struct Case {
    pub(crate) name: String,
    /// Where the text that is expected stands.
    pub(crate) expected: PathBuf,
    /// Names and contents of the policies and their lists.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bad")
}

/// All cases, by name.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in listing(&folder()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut files = Vec::new();
        if path.is_dir() {
            collect(&path, "", &mut files);
        } else if Format::from_file_name(&name).is_some() {
            files.push((name.clone(), fs::read(&path).unwrap()));
        } else {
            continue;
        }
        cases.push(Case { name, expected: path.with_extension("err"), files });
    }
    cases
}

fn collect(directory: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for path in listing(directory) {
        let name = format!("{below}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
            continue;
        }
        let text = fs::read(&path).unwrap();
        match copies(&name) {
            None => files.push((name, text)),
            Some((stem, count, extension)) => files.extend((1..=count).map(|number| {
                let text = String::from_utf8(text.clone()).unwrap();
                let text = text.replace("@@", &number.to_string());
                (format!("{stem}.{number}.{extension}"), text.into_bytes())
            })),
        }
    }
}

/// The parts of a name such as `policy.x4097.yaml`.
fn copies(name: &str) -> Option<(&str, u32, &str)> {
    let (rest, extension) = name.rsplit_once('.')?;
    let (stem, count) = rest.rsplit_once(".x")?;
    Some((stem, count.parse().ok()?, extension))
}

fn listing(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// As the system says it: ENOENT.
fn no_such_file() -> io::Error {
    io::Error::from_raw_os_error(2)
}

/// Everything that is said about policies and their lists, as `wardline check`
/// says it.
pub(crate) fn tell(files: &[(String, Vec<u8>)]) -> Vec<Diagnostic> {
    let mut sources = Sources::new(|wanted: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == wanted);
        file.map(|(_, text)| text.clone()).ok_or_else(no_such_file)
    });
    for (name, _) in files {
        let name = name.strip_suffix(ABSENT).unwrap_or(name);
        if let Some(format) = Format::from_file_name(name) {
            sources.file(name, Path::new(name), format);
        }
    }
    match sources.compile() {
        Ok(bundle) => bundle.warnings.into_iter().collect(),
        Err(errors) => errors.into_iter().collect(),
    }
}
