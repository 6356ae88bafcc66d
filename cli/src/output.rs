//! Writing files whole.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Who may read a file that is new.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Readers {
    /// Everyone whom the umask allows.
    All,
    Owner,
}

/// Puts bytes in the place of a file, or leaves the one that is there whole: whoever
/// reads it meanwhile finds one or the other. What is no regular file, such as a pipe, is
/// written to.
pub(crate) fn replace(file: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    put(file, bytes, readers).with_context(|| format!("cannot write {}", file.display()))
}

fn put(file: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    // Behind a link it is the file that is replaced.
    let file = match fs::canonicalize(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => file.to_owned(),
        found => found?,
    };
    let permissions = match fs::metadata(&file) {
        Ok(there) if !there.is_file() => return fs::write(&file, bytes),
        Ok(there) => Some(there.permissions()),
        Err(_) => None,
    };
    let mode = match readers {
        Readers::All => 0o666,
        Readers::Owner => 0o600,
    };
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    // Asked first, because what is said of a missing one would name the fresh file.
    fs::metadata(directory)?;
    let mut fresh = tempfile::Builder::new()
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(directory)?;
    fresh.write_all(bytes)?;
    if let Some(permissions) = permissions {
        fresh.as_file().set_permissions(permissions)?;
    }
    // Else a machine that loses its power may have renamed what is not yet written.
    fresh.as_file().sync_all()?;
    fresh.persist(&file)?;
    Ok(())
}
