//! Patterns as they are replayed by `explain`: one glob at a time, by
//! backtracking, from a compact encoding.
//!
//! An encoded glob is a sequence of tokens: `/` begins a component, `D` is a
//! component `**`; within a component `L` + length `u16` + bytes is a literal
//! run, `?` and `*` are themselves, `[` + negated `u8` + count `u16` + pairs of
//! `u32` is a class, and `|` ends the glob. Alternatives follow one another.

use crate::bytes::{slice_at, u16_at, u32_at};

/// Whether one of the encoded globs matches these components. With `bare`,
/// only globs that are a bare name count.
///
/// O(components × pattern) for each glob.
pub(crate) fn any_matches<'p>(
    mut program: &[u8],
    components: impl Iterator<Item = &'p [u8]> + Clone,
    bare: bool,
) -> bool {
    while !program.is_empty() {
        if (!bare || is_bare(program)) && matches(program, components.clone()) {
            return true;
        }
        program = after_glob(program);
    }
    false
}

/// Whether these components are a directory above what one of the encoded globs
/// matches: one that is spelt out or, with `wild`, in which wildcards stand.
pub(crate) fn any_below<'p>(
    mut program: &[u8],
    components: impl Iterator<Item = &'p [u8]> + Clone,
    wild: bool,
) -> bool {
    while !program.is_empty() {
        if is_below(program, components.clone(), wild) {
            return true;
        }
        program = after_glob(program);
    }
    false
}

fn is_below<'p>(glob: &[u8], components: impl Iterator<Item = &'p [u8]>, wild: bool) -> bool {
    let (mut glob, mut any) = (glob, false);
    for component in components {
        let Step::Component(tokens) = Step::read(glob) else { return false };
        if !(wild || is_literal(tokens)) || !component_matches(tokens, component) {
            return false;
        }
        (glob, any) = (after_component(tokens), true);
    }
    any && !matches!(Step::read(glob), Step::End)
}

/// Whether no wildcard stands in a component.
fn is_literal(mut tokens: &[u8]) -> bool {
    while let Some((token, rest)) = token(tokens) {
        if !matches!(token, Token::Literal(_)) {
            return false;
        }
        tokens = rest;
    }
    true
}

/// Whether the first glob matches these components.
fn matches<'p>(glob: &[u8], components: impl Iterator<Item = &'p [u8]> + Clone) -> bool {
    let (mut glob, mut components) = (glob, components);
    // Where to go on when the last `**` has to take one component more. The
    // earliest match of what stood before it is as good as any.
    let mut retry = None;
    loop {
        match Step::read(glob) {
            Step::AnyDepth(rest) => {
                if matches!(Step::read(rest), Step::End) {
                    return components.next().is_some();
                }
                retry = Some((rest, components.clone()));
                glob = rest;
                continue;
            }
            Step::Component(tokens) => {
                let Some(component) = components.next() else { return false };
                if component_matches(tokens, component) {
                    glob = after_component(tokens);
                    continue;
                }
            }
            Step::End if components.next().is_none() => return true,
            Step::End => {}
        }
        let Some((after, from)) = &mut retry else { return false };
        if from.next().is_none() {
            return false;
        }
        glob = after;
        components = from.clone();
    }
}

/// Whether the first glob is one component at any depth, with or without what
/// lies below.
fn is_bare(glob: &[u8]) -> bool {
    let Step::AnyDepth(rest) = Step::read(glob) else { return false };
    let Step::Component(tokens) = Step::read(rest) else { return false };
    match Step::read(after_component(tokens)) {
        Step::End => true,
        Step::AnyDepth(rest) => matches!(Step::read(rest), Step::End),
        Step::Component(_) => false,
    }
}

/// What comes next at a component boundary.
enum Step<'a> {
    AnyDepth(&'a [u8]),
    /// The component's tokens, and all that follows.
    Component(&'a [u8]),
    End,
}

impl<'a> Step<'a> {
    fn read(glob: &'a [u8]) -> Step<'a> {
        match glob {
            [b'D', rest @ ..] => Step::AnyDepth(rest),
            [b'/', rest @ ..] => Step::Component(rest),
            _ => Step::End,
        }
    }
}

/// One token of a component.
enum Token<'a> {
    Literal(&'a [u8]),
    AnyChar,
    AnyRun,
    Class { negated: bool, ranges: &'a [u8] },
}

/// The first token and what follows; `None` at the end of the component.
fn token(tokens: &[u8]) -> Option<(Token<'_>, &[u8])> {
    match tokens {
        [b'?', rest @ ..] => Some((Token::AnyChar, rest)),
        [b'*', rest @ ..] => Some((Token::AnyRun, rest)),
        [b'L', rest @ ..] => {
            let (literal, rest) = rest.get(2..)?.split_at_checked(usize::from(u16_at(rest, 0)))?;
            Some((Token::Literal(literal), rest))
        }
        [b'[', negated, rest @ ..] => {
            let length = usize::from(u16_at(rest, 0)).wrapping_mul(8);
            let (ranges, rest) = rest.get(2..)?.split_at_checked(length)?;
            Some((Token::Class { negated: *negated != 0, ranges }, rest))
        }
        _ => None,
    }
}

fn after_component(mut tokens: &[u8]) -> &[u8] {
    while let Some((_, rest)) = token(tokens) {
        tokens = rest;
    }
    tokens
}

fn after_glob(mut glob: &[u8]) -> &[u8] {
    loop {
        glob = match Step::read(glob) {
            Step::AnyDepth(rest) => rest,
            Step::Component(tokens) => after_component(tokens),
            // Whatever else stands here ends the glob and is passed over.
            Step::End => return glob.get(1..).unwrap_or(&[]),
        };
    }
}

fn component_matches(tokens: &[u8], component: &[u8]) -> bool {
    let (mut tokens, mut rest) = (tokens, component);
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        let taken = match token(tokens) {
            Some((Token::AnyRun, after)) => {
                retry = Some((after, rest));
                tokens = after;
                continue;
            }
            Some((Token::Literal(literal), after)) => {
                rest.strip_prefix(literal).map(|rest| (after, rest))
            }
            Some((Token::AnyChar, after)) => unit(rest).map(|(_, rest)| (after, rest)),
            Some((Token::Class { negated, ranges }, after)) => match unit(rest) {
                Some((unit, rest)) if in_class(unit, ranges) != negated => Some((after, rest)),
                _ => None,
            },
            None if rest.is_empty() => return true,
            None => None,
        };
        if let Some((after, left)) = taken {
            (tokens, rest) = (after, left);
            continue;
        }
        let Some((after, from)) = retry else { return false };
        let Some((_, left)) = unit(from) else { return false };
        retry = Some((after, left));
        (tokens, rest) = (after, left);
    }
}

/// The first character, or one byte that is part of none, and what follows.
fn unit(bytes: &[u8]) -> Option<(Option<char>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if first.is_ascii() {
        return Some((Some(char::from(*first)), rest));
    }
    for length in 2..=4 {
        let head = slice_at(bytes, 0, length);
        if let Some(character) =
            core::str::from_utf8(head).ok().and_then(|text| text.chars().next())
        {
            return Some((Some(character), bytes.get(length..)?));
        }
    }
    Some((None, rest))
}

fn in_class(unit: Option<char>, ranges: &[u8]) -> bool {
    let Some(unit) = unit else { return false };
    let unit = u32::from(unit);
    ranges
        .as_chunks::<8>()
        .0
        .iter()
        .any(|range| (u32_at(range, 0)..=u32_at(range, 1)).contains(&unit))
}
