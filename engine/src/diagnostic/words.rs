//! Words as an author reads them, and the word that was meant.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The author's words in backticks, cut short where they are long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARACTERS) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or("")),
        None => format!("`{text}`"),
    }
}

/// Several words as an author reads them: "`a`, `b` or `c`".
#[cfg(feature = "text")]
pub(crate) fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", first.join(", "))
        }
    }
}

/// The word nearest to `word`, if it is near enough to be what was meant.
pub(crate) fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > LONGEST_SUGGESTED {
        return None;
    }
    let folded = word.to_ascii_lowercase().replace('-', "_");
    let near = |candidate: &&'k str| {
        let candidate = candidate.to_string().replace('-', "_");
        distance(&folded, &candidate)
    };
    let best =
        known.into_iter().map(|candidate| (near(&candidate), candidate)).min_by_key(|&(d, _)| d)?;
    let allowed = (folded.chars().count().max(3)) / 3;
    (best.0 <= allowed && best.1 != word).then_some(best.1)
}

/// How many characters must be put in, taken out, replaced or swapped with
/// their neighbour to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous_character = None;
    for (row, character) in from.chars().enumerate() {
        let mut next: Vec<usize> = Vec::with_capacity(last.len());
        next.push(row + 1);
        for (column, &other) in to.iter().enumerate() {
            let mut cost = (last[column] + usize::from(character != other))
                .min(last[column + 1] + 1)
                .min(next[column] + 1);
            let swapped = column > 0
                && previous_character == Some(other)
                && to.get(column - 1) == Some(&character);
            if swapped && let Some(&earlier) = before.get(column - 1) {
                cost = cost.min(earlier + 1);
            }
            next.push(cost);
        }
        before = core::mem::replace(&mut last, next);
        previous_character = Some(character);
    }
    last.last().copied().unwrap_or(0)
}

const QUOTED_CHARACTERS: usize = 80;
const LONGEST_SUGGESTED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! near {
        ($name:ident, $word:literal, $known:expr => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(closest($word, $known), $want);
            }
        };
    }

    near!(one_letter_wrong, "pathz", ["users", "paths"] => Some("paths"));
    near!(letters_swapped, "pahts", ["paths", "parts_of"] => Some("paths"));
    near!(hyphen_for_underscore, "file-block", ["read_only_files", "file_block"] => Some("file_block"));
    near!(wrong_case, "Enforce", ["audit", "enforce"] => Some("enforce"));
    near!(nothing_near, "colour", ["paths", "users"] => None);
    near!(short_words_need_more_than_a_letter_in_common, "ab", ["xy"] => None);
    near!(nothing_known, "a", [] => None);
}
