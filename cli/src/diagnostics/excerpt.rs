//! A diagnostic for people: the line that is meant, a caret below, and what to
//! write instead. The library is rustc's own, which keeps control characters
//! and text directions of a policy from playing tricks on the terminal.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use wardline::Diagnostic;
use wardline::diagnostic::{Severity, Visible};

use super::Texts;

/// The text, with colours that the stream takes out where they are not wanted.
pub(super) fn render(one: &Diagnostic, texts: &mut Texts) -> String {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    // The library does this to most of what it is given, not to labels.
    let visible = |text: &str| Visible(text).to_string();
    let (file, field) = (visible(&one.file), visible(&one.field));
    let help = one.help.as_deref().map(visible);
    let replacement = one.replacement.as_deref().map(visible);
    let (line, column) = (one.line as usize, one.column as usize);
    let text = texts.line(&one.file, one.line).map(told_apart);
    let piece = text.as_deref().map(|line| Piece::new(line, one));

    let title = level.primary_title(visible(&one.message)).id(one.code.as_str());
    let mut group = match &piece {
        Some(piece) if piece.whole => Group::with_title(title),
        _ => title.element(Origin::path(&*file).line(line).char_column(column)),
    };
    if let Some(piece) = &piece {
        let mark = AnnotationKind::Primary.span(piece.span.clone());
        let mark = mark.label(Some(&*field).filter(|field| !field.is_empty()));
        let path = piece.whole.then_some(&*file);
        group = group.element(piece.snippet(line).path(path).annotation(mark));
    } else if !field.is_empty() {
        group = group.element(Level::NOTE.message(format!("in `{field}`")));
    }
    let mut groups = Vec::new();
    match (&help, &replacement, &piece) {
        (help, Some(replacement), Some(piece)) => {
            groups.push(group);
            let help = help.as_deref().unwrap_or("write");
            let patch = Patch::new(piece.span.clone(), &**replacement);
            groups
                .push(Level::HELP.secondary_title(help).element(piece.snippet(line).patch(patch)));
        }
        (Some(help), ..) => groups.push(group.element(Level::HELP.message(&**help))),
        (None, Some(replacement), None) => {
            let help = format!("write `{replacement}`");
            groups.push(group.element(Level::HELP.message(help)));
        }
        (None, ..) => groups.push(group),
    }
    Renderer::styled().render(&groups)
}

/// A line with a mark for each character that is not shown and that the library,
/// which has signs for those of ASCII, lets pass.
fn told_apart(line: &str) -> String {
    let passes = |character: char| character.is_ascii() || !Visible::hides(character);
    line.chars().map(|character| if passes(character) { character } else { '\u{fffd}' }).collect()
}

/// The part of a line that is shown, and the bytes of it that are meant.
struct Piece<'s> {
    text: &'s str,
    span: Range<usize>,
    /// It is the whole line.
    whole: bool,
}

impl<'s> Piece<'s> {
    fn new(line: &'s str, one: &Diagnostic) -> Piece<'s> {
        let mut first = one.column.saturating_sub(1) as usize;
        // A policy may be one line of megabytes.
        let whole = line.len() <= LONGEST;
        let mut text = line;
        if !whole {
            let start = first.saturating_sub(AROUND);
            text = &line[at(line, start)..];
            text = &text[..at(text, 2 * AROUND)];
            first -= start;
        }
        let begin = at(text, first);
        let end = begin + at(&text[begin..], one.length as usize);
        Piece { text, span: begin..end, whole }
    }

    fn snippet<T: Clone>(&self, line: usize) -> Snippet<'s, T> {
        Snippet::source(self.text).line_start(line)
    }
}

/// Where, in bytes, some characters end.
fn at(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// Bytes of a line that is shown as it is; the library cuts it to the width of
/// a terminal.
const LONGEST: usize = 1_000;
/// Characters of a longer one, before and after the place that is meant.
const AROUND: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> String {
        let errors = wardline::policy::parse("p.json", text.as_bytes(), wardline::Format::Json);
        let mut texts = Texts::default();
        texts.keep("p.json", text.as_bytes());
        let shown = render(&errors.unwrap_err().as_slice()[0], &mut texts);
        anstream::adapter::strip_str(&shown).to_string()
    }

    #[test]
    fn a_line_of_megabytes_is_cut() {
        let text = format!("{{\"description\": \"{}\", \"x\": 01}}", "ä".repeat(3_000_000));
        let shown = rendered(&text);
        assert!(shown.contains(" --> p.json:1:3000027"), "{shown}");
        assert!(shown.len() < 1_000 && shown.contains(r#""x": 01}"#), "{shown}");
    }

    #[test]
    fn a_place_behind_the_end_is_shown() {
        assert!(rendered("{").contains("p.json:1:1"));
    }
}
