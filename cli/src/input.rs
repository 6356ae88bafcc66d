//! Reading policies, bundles and events, compressed or not, from files or
//! standard input (`-`).

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use wardline::policy::Policy;
use wardline::{Compiler, Diagnostics, Format, Platform};

/// Opens a file or standard input; zstd and gzip are told by their first bytes.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return decompress(Box::new(io::stdin().lock())).context("cannot read standard input");
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    decompress(Box::new(file)).with_context(|| format!("cannot read {}", path.display()))
}

fn decompress(raw: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    let mut raw = BufReader::with_capacity(1 << 16, raw);
    let head = raw.fill_buf()?;
    if head.starts_with(ZSTD) {
        Ok(Box::new(BufReader::new(zstd::Decoder::with_buffer(raw)?)))
    } else if head.starts_with(GZIP) {
        Ok(Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(raw))))
    } else {
        Ok(Box::new(raw))
    }
}

/// RFC 8878, section 3.1.1.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// RFC 1952, section 2.3.1.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// All bytes of a file or of standard input.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A compiler with these policies and their lists, which are read relative to
/// the policy's file and may be compressed. Their platform is the bundle's, so
/// they must agree on it. Errors of all files together are the error.
pub(crate) fn compiler(files: &[PathBuf]) -> Result<Compiler> {
    let mut policies: Vec<(&Path, Policy)> = Vec::new();
    let mut found = Diagnostics::default();
    for path in files {
        let text = bytes(path)?;
        let name = path.display().to_string();
        match wardline::policy::parse(&name, &text, format(path)?) {
            Ok((policy, warnings)) => {
                policies.push((path, policy));
                found.append(warnings);
            }
            Err(errors) => found.append(errors),
        }
    }
    let platform = policies.first().map_or(Platform::Linux, |(_, policy)| policy.platform);
    let mut compiler = Compiler::new(platform);
    for (path, policy) in policies {
        let directory = path.parent().unwrap_or(Path::new(""));
        if let Err(errors) = compiler.read_lists(&policy, directory, list) {
            found.append(errors);
        }
        compiler.add(policy);
    }
    if found.has_errors() {
        bail!("{found}");
    }
    compiler.warn(found);
    Ok(compiler)
}

fn list(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    decompress(Box::new(File::open(path)?))?.read_to_end(&mut text)?;
    Ok(text)
}

fn format(path: &Path) -> Result<Format> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(Format::Json),
        Some("yaml" | "yml") => Ok(Format::Yaml),
        _ if path == Path::new("-") => Ok(Format::Yaml),
        _ => Err(anyhow!("{}: neither .yaml, .yml nor .json", path.display())),
    }
}
