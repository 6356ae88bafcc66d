//! Braces: `{a,b}` as one item list per alternative.

use alloc::vec;
use alloc::vec::Vec;

use super::MAX_ALTERNATIVES;
use super::error::{GlobError, GlobErrorKind};
use super::lex::{Item, Located};

/// The alternatives of balanced items. `length` is that of the text, for errors.
pub(super) fn expand(items: &[Located], length: usize) -> Result<Vec<Vec<Located>>, GlobError> {
    let mut rest = items;
    sequence(&mut rest).ok_or(GlobError {
        kind: GlobErrorKind::TooManyAlternatives,
        offset: 0,
        length,
    })
}

/// The alternatives of a sequence, up to the comma or brace that ends it;
/// `None` if there are too many.
fn sequence(rest: &mut &[Located]) -> Option<Vec<Vec<Located>>> {
    let mut alternatives = vec![Vec::new()];
    while let Some((first, after)) = rest.split_first() {
        match first.item {
            Item::Comma | Item::Close => break,
            Item::Open => {
                *rest = after;
                let inner = group(rest)?;
                if alternatives.len() * inner.len() > MAX_ALTERNATIVES {
                    return None;
                }
                alternatives = alternatives
                    .iter()
                    .flat_map(|head: &Vec<Located>| {
                        inner.iter().map(move |tail| [&head[..], tail].concat())
                    })
                    .collect();
            }
            Item::Token(_) | Item::Separator => {
                *rest = after;
                alternatives.iter_mut().for_each(|alternative| alternative.push(first.clone()));
            }
        }
    }
    Some(alternatives)
}

/// The alternatives between a brace and its end.
fn group(rest: &mut &[Located]) -> Option<Vec<Vec<Located>>> {
    let mut all = Vec::new();
    loop {
        all.extend(sequence(rest)?);
        if all.len() > MAX_ALTERNATIVES {
            return None;
        }
        let (end, after) = rest.split_first()?;
        *rest = after;
        if end.item == Item::Close {
            return Some(all);
        }
    }
}
