//! Reading policies, bundles and events, compressed or not, from files or
//! standard input (`-`).

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use wardline::{Bundle, Diagnostics, Format, Sources};

use crate::diagnostics::Texts;

/// Opens a file or standard input; zstd and gzip are told by their first bytes.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    open_watched(path, &ProgressBar::hidden())
}

/// The same, with the bytes that are read, compressed as they are, counted.
pub(crate) fn open_watched(path: &Path, progress: &ProgressBar) -> Result<Box<dyn BufRead>> {
    let context = || format!("cannot read {}", name(path));
    if is_standard_input(path) {
        let input = progress.wrap_read(io::stdin().lock());
        return decompress(Box::new(input)).with_context(context);
    }
    if path.is_dir() {
        bail!("{} is a directory; name the files in it", path.display());
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    decompress(Box::new(progress.wrap_read(file))).with_context(context)
}

pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// What a file is called in what is said about it.
pub(crate) fn name(path: &Path) -> String {
    if is_standard_input(path) { "<stdin>".to_owned() } else { path.display().to_string() }
}

fn decompress(mut raw: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    // A pipe may give its first bytes one by one.
    let mut head = Vec::new();
    raw.by_ref().take(ZSTD.len() as u64).read_to_end(&mut head)?;
    let (is_zstd, is_gzip) = (head.starts_with(ZSTD), head.starts_with(GZIP));
    let raw = BufReader::with_capacity(1 << 16, Cursor::new(head).chain(raw));
    if is_zstd {
        Ok(Box::new(BufReader::new(zstd::Decoder::with_buffer(raw)?)))
    } else if is_gzip {
        Ok(Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(raw))))
    } else {
        Ok(Box::new(raw))
    }
}

/// RFC 8878, section 3.1.1.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// RFC 1952, section 2.3.1.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// What came of reading a line.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Line {
    End,
    Whole,
    /// It is longer than any event, and was passed over.
    TooLong,
}

/// No event is longer: a process can be given 6 MiB of arguments, each byte of which JSON may
/// write in six.
pub(crate) const LONGEST: u64 = 64 << 20;

/// Reads the next line to `text`, with its end. However long it is, it takes no more memory
/// than the longest event.
pub(crate) fn line(events: &mut dyn BufRead, text: &mut Vec<u8>) -> io::Result<Line> {
    line_up_to(LONGEST, events, text)
}

fn line_up_to(longest: u64, events: &mut dyn BufRead, text: &mut Vec<u8>) -> io::Result<Line> {
    text.clear();
    let read = events.take(longest).read_until(b'\n', text)?;
    if read == 0 {
        return Ok(Line::End);
    }
    if (read as u64) < longest || text.ends_with(b"\n") {
        return Ok(Line::Whole);
    }
    // It may have ended there, with the file.
    let rest = events.skip_until(b'\n')?;
    Ok(if rest == 0 { Line::Whole } else { Line::TooLong })
}

/// All bytes of a file or of standard input, up to so many.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(most).read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", name(path)))?;
    Ok(bytes)
}

/// All bytes of what begins so. Of anything else only the beginning, for which it is refused:
/// it may be of any length.
pub(crate) fn beginning(magic: &[u8], path: &Path) -> Result<Vec<u8>> {
    let mut input = open(path)?;
    let mut bytes = Vec::new();
    let mut read = input.by_ref().take(magic.len() as u64).read_to_end(&mut bytes);
    if read.is_ok() && bytes == magic {
        read = input.read_to_end(&mut bytes);
    }
    read.with_context(|| format!("cannot read {}", name(path)))?;
    Ok(bytes)
}

/// What came of compiling.
pub(crate) struct Compiled {
    /// `None` if a policy has an error.
    pub(crate) bundle: Option<Bundle>,
    /// Everything there is to say.
    pub(crate) told: Diagnostics,
    pub(crate) texts: Texts,
}

/// Compiles policies and their lists, which are read relative to the policy's
/// file and may be compressed. The first policy's platform is the bundle's, so
/// all must agree on it.
pub(crate) fn compile(files: &[PathBuf]) -> Result<Compiled> {
    let mut texts = Texts::default();
    let mut sources = Sources::new(list);
    for path in files {
        let format = format(path)?;
        let text = bytes(path, POLICY)?;
        let name = name(path);
        texts.keep(&name, &text);
        let directory = path.parent().unwrap_or(Path::new(""));
        sources.policy_in(directory, &name, &text, format);
    }
    let (bundle, told) = match sources.compile() {
        Ok(bundle) => {
            let warnings = bundle.warnings.clone();
            (Some(bundle), warnings)
        }
        Err(errors) => (None, errors),
    };
    Ok(Compiled { bundle, told, texts })
}

/// A policy as far as it can matter: one that is too long is refused by the
/// engine, and a small compressed file may hold a thousand times its size.
const POLICY: u64 = (16 << 20) + 1;

/// Ten million names are a quarter of it.
pub(crate) const LIST: u64 = 1 << 30;

fn list(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for whoever writes to it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = Vec::new();
    decompress(Box::new(File::open(path)?))?.take(LIST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LIST {
        return Err(io::Error::other("it is longer than 1 GiB"));
    }
    Ok(text)
}

fn format(path: &Path) -> Result<Format> {
    if is_standard_input(path) {
        return Ok(Format::Yaml);
    }
    match Format::from_file_name(&path.to_string_lossy()) {
        Some(format) => Ok(format),
        None if path.is_dir() => {
            let shown = path.display();
            bail!("{shown} is a directory; name the policies in it, such as {shown}/*.yaml")
        }
        None => bail!(
            "{}: the name of a policy ends in .yaml, .yml or .json; lists are named in policies, not here",
            path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, as a slow pipe may.
    struct Slow(&'static [u8]);

    impl Read for Slow {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(place)) = (self.0.split_first(), to.first_mut()) else {
                return Ok(0);
            };
            (*place, self.0) = (*first, rest);
            Ok(1)
        }
    }

    #[test]
    fn compression_is_told_however_the_bytes_arrive() {
        const TEXT: &[u8] = b"{}\n";
        let zstd = zstd::encode_all(TEXT, 1).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut gzip, TEXT).unwrap();
        for bytes in [zstd, gzip.finish().unwrap(), TEXT.to_vec(), b"{".to_vec(), Vec::new()] {
            let plain = if bytes.len() > TEXT.len() { TEXT.to_vec() } else { bytes.clone() };
            let mut read = Vec::new();
            let mut input = decompress(Box::new(Slow(bytes.leak()))).unwrap();
            input.read_to_end(&mut read).unwrap();
            assert_eq!(read, plain);
        }
    }

    #[test]
    fn lines_are_read_up_to_a_length() {
        let mut events: &[u8] = b"12\n\n123\n1234\n12345678\n12\n1234";
        let mut text = Vec::new();
        let mut lines = Vec::new();
        loop {
            let read = line_up_to(4, &mut events, &mut text).unwrap();
            match read {
                Line::End => break,
                Line::Whole => lines.push(String::from_utf8(text.clone()).unwrap()),
                Line::TooLong => lines.push("too long".to_owned()),
            }
        }
        assert_eq!(lines, ["12\n", "\n", "123\n", "too long", "too long", "12\n", "1234"]);
    }
}
