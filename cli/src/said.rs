//! How the command puts things: counts, tables, sizes.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use wardline::diagnostic::Visible;
use wardline::{Kind, Section};

/// `1 error`, `2 errors`, `no errors`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = match what.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{what}s"),
    };
    match count {
        0 => format!("no {plural}"),
        1 => format!("1 {what}"),
        _ => format!("{count} {plural}"),
    }
}

/// A text of an event, a bundle or a file, with nothing in it that a terminal acts on
/// or does not show; of bytes, those that are no text in hexadecimal.
pub(crate) fn shown(text: impl AsRef<[u8]>) -> String {
    let chunks = text.as_ref().utf8_chunks();
    chunks
        .map(|chunk| format!("{}{}", Visible(chunk.valid()), chunk.invalid().escape_ascii()))
        .collect()
}

/// A table without lines, which programs can cut by white space; its cells are [`shown`].
///
/// * `numbers` - the columns from this one on hold numbers.
pub(crate) fn table<const N: usize>(
    head: [&str; N],
    numbers: usize,
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(head).add_rows(rows.map(|row| row.map(shown)));
    for column in table.column_iter_mut() {
        let right = column.index >= numbers;
        column.set_padding((0, 2));
        column.set_cell_alignment(if right { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.trim_fmt()
}

/// The tables of a bundle with their bytes, and the sum.
pub(crate) fn sections(all: impl Iterator<Item = (Section, Option<Kind>, usize)>) -> String {
    let mut sum = 0;
    let mut rows: Vec<_> = all
        .map(|(section, kind, bytes)| {
            sum += bytes;
            let kind = kind.map_or("all".to_owned(), |kind| kind.to_string());
            [kind, section.to_string(), bytes.to_string()]
        })
        .collect();
    rows.push(["".into(), "together".into(), sum.to_string()]);
    table(["events", "table", "bytes"], 2, rows.into_iter())
}

#[cfg(test)]
mod tests {
    use super::{counted, shown};

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(
            shown("a\x1b[2J\n\u{9b}\u{202e}\u{200b}\u{61c}é"),
            r"a\u{1b}[2J\n\u{9b}\u{202e}\u{200b}\u{61c}é"
        );
        assert_eq!(shown(b"/\xffn\xc3"), r"/\xffn\xc3");
    }

    #[test]
    fn words_have_plurals() {
        assert_eq!(counted(0, "error"), "no errors");
        assert_eq!(counted(1, "policy"), "1 policy");
        assert_eq!(counted(2, "policy"), "2 policies");
    }
}
