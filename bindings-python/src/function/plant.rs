//! Lays decoys out when the process is armed: variables, files with keys in them.
//!
//! Nothing that is there is touched, and what cannot be written is left out: the
//! report says how many were laid out and how many were not. Keys stand under a
//! profile and in variables that no software development kit reads by itself.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use wardline::{Decoy, DecoyKind, Engine};

use super::system;

/// What was laid out, and what is read when it is.
#[derive(Debug, Default)]
pub(crate) struct Planted {
    /// Variables, and the key that each belongs to.
    pub(crate) variables: Vec<(Vec<u8>, Vec<u8>)>,
    /// Real paths of files, and the key in each.
    pub(crate) files: Vec<(Vec<u8>, Vec<u8>)>,
    /// Variables to set: names and values.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) laid_out: usize,
    pub(crate) failed: usize,
}

/// Where, below a directory, a file with keys is looked for.
const CREDENTIALS: &str = ".aws/credentials";

/// Lays out what the policies want.
///
/// * `layer` - the directory of the bundle, which stands for the layer.
pub(crate) fn plant(engine: &Engine<Vec<u8>>, layer: &Path) -> Planted {
    let mut planted = Planted::default();
    let home = system::variable("HOME").filter(|home| !home.is_empty());
    let mut homes: Vec<PathBuf> =
        home.iter().map(|home| Path::new(OsStr::from_bytes(home)).into()).collect();
    homes.push("/tmp".into());
    let key = engine.decoys().find(|decoy| decoy.kind == DecoyKind::AccessKey);
    for (number, decoy) in engine.decoys().enumerate() {
        match decoy.kind {
            DecoyKind::Environment => planted.variable(decoy.name, decoy.secret),
            DecoyKind::File => planted.file(&homes, &decoy, key.as_ref()),
            DecoyKind::AccessKey => planted.key(&homes, layer, &decoy, number),
            _ => {}
        }
    }
    planted
}

impl Planted {
    fn variable(&mut self, name: &str, value: Option<&str>) {
        if system::variable(name).is_none() {
            self.values.push((name.to_owned(), value.map_or_else(made_up, str::to_owned)));
            self.laid_out += 1;
        }
    }

    /// A file that a pattern names: without wildcards, or with `**/` before the rest.
    fn file(&mut self, homes: &[PathBuf], decoy: &Decoy<'_>, key: Option<&Decoy<'_>>) {
        let (below, rest) = match decoy.name.strip_prefix("**/") {
            Some(rest) => (true, rest),
            None => (false, decoy.name),
        };
        if rest.contains(['*', '?', '[', '{', '\\']) {
            return;
        }
        let places = if below {
            homes.iter().map(|home| home.join(rest)).collect()
        } else {
            vec![PathBuf::from(rest)]
        };
        let laid_out = places.iter().any(|place| place.exists() || write(place, &profile(key)));
        self.count(laid_out);
    }

    fn key(&mut self, homes: &[PathBuf], layer: &Path, key: &Decoy<'_>, number: usize) {
        if key.in_environment {
            let id = format!("AWS_BACKUP{number}_ACCESS_KEY_ID");
            let secret = format!("AWS_BACKUP{number}_SECRET_ACCESS_KEY");
            for name in [&id, &secret] {
                self.variables.push((name.clone().into_bytes(), key.name.as_bytes().to_vec()));
            }
            self.values.push((id, key.name.to_owned()));
            self.values.push((secret, key.secret.map_or_else(made_up, str::to_owned)));
            self.laid_out += 1;
        }
        let places = key.in_file.then(|| homes.iter().map(|home| home.join(CREDENTIALS)).collect());
        let layer = key.in_layer.then(|| vec![layer.join(CREDENTIALS)]);
        for places in [places, layer].into_iter().flatten() {
            let place: Option<&PathBuf> = places.iter().find(|place| {
                let there = fs::read_to_string(place).is_ok_and(|text| text.contains(key.name));
                there || !place.exists() && write(place, &profile(Some(key)))
            });
            if let Some(real) = place.and_then(|place| fs::canonicalize(place).ok()) {
                self.files.push((
                    real.into_os_string().into_encoded_bytes(),
                    key.name.as_bytes().to_vec(),
                ));
            }
            self.count(place.is_some());
        }
    }

    fn count(&mut self, laid_out: bool) {
        if laid_out {
            self.laid_out += 1;
        } else {
            self.failed += 1;
        }
    }
}

/// Writes the files of a layer that is packed, whose place is read-only later.
pub(crate) fn layer(engine: &Engine<Vec<u8>>, layer: &Path) -> usize {
    let keys = engine.decoys().filter(|decoy| decoy.in_layer);
    keys.filter(|key| write(&layer.join(CREDENTIALS), &profile(Some(key)))).count()
}

/// A profile as the tools of AWS read it.
fn profile(key: Option<&Decoy<'_>>) -> String {
    let id = key.map_or_else(|| format!("AKIA{}", letters(16)), |key| key.name.to_owned());
    let secret = key.and_then(|key| key.secret).map_or_else(made_up, str::to_owned);
    format!("[backup]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

fn write(place: &Path, text: &str) -> bool {
    let Some(folder) = place.parent() else { return false };
    let file = fs::create_dir_all(folder)
        .and_then(|()| OpenOptions::new().write(true).create_new(true).mode(0o600).open(place));
    file.and_then(|mut file| file.write_all(text.as_bytes())).is_ok()
}

/// A secret as long as one of AWS.
fn made_up() -> String {
    letters(40)
}

fn letters(count: usize) -> String {
    let mut bytes = vec![0; count];
    // Without randomness every letter is the same: it is a decoy all the same.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| char::from(b'A' + byte % 26)).collect()
}
