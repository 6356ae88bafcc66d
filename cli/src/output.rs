//! Writing files whole.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Who may read a file that is new.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Readers {
    /// Everyone whom the umask allows.
    All,
    Owner,
}

/// Refuses to replace a file that is there and is something else, such as a list or, by way
/// of a link, a policy: `what` begins with `magic`. One that is empty is as good as none.
pub(crate) fn spare(file: &Path, magic: &[u8], what: &str) -> Result<()> {
    if !fs::metadata(file).is_ok_and(|there| there.is_file() && there.len() > 0) {
        return Ok(());
    }
    let name = file.display();
    let mut beginning = Vec::new();
    let read =
        File::open(file).and_then(|file| file.take(magic.len() as u64).read_to_end(&mut beginning));
    read.with_context(|| format!("cannot read {name}, which is to be replaced"))?;
    if beginning != magic {
        bail!(
            "{name} is not {what}, and is not overwritten: name another file, or remove it first"
        );
    }
    Ok(())
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
