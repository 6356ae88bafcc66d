//! The texts that diagnostics are about.

use std::collections::BTreeMap;
use std::path::Path;

use crate::input;

/// Texts by the name that diagnostics call them.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    texts: BTreeMap<String, Option<Text>>,
}

impl Texts {
    /// Keeps a text that was read.
    pub(crate) fn keep(&mut self, name: &str, bytes: &[u8]) {
        self.texts.insert(name.to_owned(), Some(Text::new(bytes)));
    }

    /// One line of a text, from 1, without its end; lists are read when they
    /// are first asked for.
    pub(super) fn line(&mut self, name: &str, number: u32) -> Option<&str> {
        // Behind `./`, so that a list called `-` is not standard input.
        let read = || {
            input::bytes(&Path::new(".").join(name), input::LIST)
                .ok()
                .map(|bytes| Text::new(&bytes))
        };
        let text = self.texts.entry(name.to_owned()).or_insert_with(read).as_ref()?;
        text.line(number.checked_sub(1)? as usize)
    }
}

/// A text and where its lines begin: lists are long, and have many diagnostics.
#[derive(Debug)]
struct Text {
    text: String,
    starts: Vec<usize>,
}

impl Text {
    /// What is no UTF-8 must still be shown; a byte order mark has no column.
    fn new(bytes: &[u8]) -> Text {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        // Lines end as the policy language counts them: `\n`, `\r\n` or `\r`.
        let ends = text.bytes().enumerate().filter(|&(at, byte)| {
            byte == b'\n' || byte == b'\r' && text.as_bytes().get(at + 1) != Some(&b'\n')
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Text { text, starts }
    }

    fn line(&self, index: usize) -> Option<&str> {
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_three_ways() {
        let text = Text::new(b"a\nb\r\nc\rd\n");
        let lines: Vec<_> = (0..6).map_while(|index| text.line(index)).collect();
        assert_eq!(lines, ["a", "b", "c", "d", ""]);
        assert_eq!(Text::new(b"").line(0), Some(""));
    }

    #[test]
    fn a_mark_and_foreign_bytes_do_not_move_columns() {
        let mut texts = Texts::default();
        texts.keep("p", b"\xef\xbb\xbfab\xff\n");
        assert_eq!(texts.line("p", 1), Some("ab\u{fffd}"));
        assert_eq!(texts.line("p", 3), None);
        assert_eq!(texts.line("/no/such/file", 1), None);
    }
}
