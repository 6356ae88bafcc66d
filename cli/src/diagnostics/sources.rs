//! The texts that diagnostics are about.

use std::collections::BTreeMap;
use std::path::Path;

use crate::input;

/// Texts by the name that diagnostics call them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    texts: BTreeMap<String, Option<String>>,
}

impl Sources {
    /// Keeps a text that was read.
    pub(crate) fn keep(&mut self, name: &str, bytes: &[u8]) {
        self.texts.insert(name.to_owned(), Some(text(bytes)));
    }

    /// One line of a text, from 1, without its end; lists are read when they
    /// are first asked for.
    pub(super) fn line(&mut self, name: &str, number: u32) -> Option<&str> {
        let read = || input::bytes(Path::new(name)).ok().map(|bytes| text(&bytes));
        let text = self.texts.entry(name.to_owned()).or_insert_with(read).as_deref()?;
        lines(text).nth(number.checked_sub(1)? as usize)
    }
}

/// What is no UTF-8 must still be shown; a byte order mark has no column.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

/// Lines end as the policy language counts them: `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let length = if text[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&text[end + length..]);
        Some(&text[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_three_ways() {
        assert_eq!(lines("a\nb\r\nc\rd").collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        assert_eq!(lines("a\n").collect::<Vec<_>>(), ["a", ""]);
    }

    #[test]
    fn a_mark_and_foreign_bytes_do_not_move_columns() {
        let mut sources = Sources::default();
        sources.keep("p", b"\xef\xbb\xbfab\xff\n");
        assert_eq!(sources.line("p", 1), Some("ab\u{fffd}"));
        assert_eq!(sources.line("p", 3), None);
        assert_eq!(sources.line("/no/such/file", 1), None);
    }
}
