//! What entries, names and texts of scopes may hold: one line of what can be seen.
//! Anything else would be part of a name that nothing has.

use crate::diagnostic::is_hidden;

/// What a text has that it may not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unseen {
    LineBreak,
    Control,
    Ends,
    Inside,
}

impl Unseen {
    /// The first of them in a text.
    pub(crate) fn of(text: &str) -> Option<Unseen> {
        if text.contains(['\n', '\r']) {
            Some(Unseen::LineBreak)
        } else if text.contains(char::is_control) {
            Some(Unseen::Control)
        } else if has_unseen_ends(text) {
            Some(Unseen::Ends)
        } else if has_hidden(text) {
            Some(Unseen::Inside)
        } else {
            None
        }
    }

    /// What follows the text in a message.
    pub(crate) const fn problem(self) -> &'static str {
        match self {
            Unseen::LineBreak => "holds a line break",
            Unseen::Control => "holds a control character",
            Unseen::Ends => "begins or ends with what cannot be seen",
            Unseen::Inside => "holds what cannot be seen",
        }
    }
}

/// Whether a text begins or ends with what cannot be seen, but for the space bar's
/// space.
pub(crate) fn has_unseen_ends(text: &str) -> bool {
    let mut ends = text.chars().take(1).chain(text.chars().next_back());
    ends.any(|one| one != ' ' && (one.is_whitespace() || is_hidden(one)))
}

/// Whether a text begins or ends with a space, which only some names can.
pub(crate) fn has_outer_space(text: &str) -> bool {
    text.starts_with(' ') || text.ends_with(' ')
}

/// Whether a text has characters that cannot be seen, but for the joiners that some
/// scripts and emoji are written with.
fn has_hidden(text: &str) -> bool {
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(one) = characters.next() {
        let joins = matches!(one, '\u{200c}' | '\u{200d}')
            && !before.is_ascii()
            && characters.peek().is_some_and(|next| !next.is_ascii());
        if is_hidden(one) && !joins {
            return true;
        }
        before = one;
    }
    false
}
