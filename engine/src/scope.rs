//! Evaluating an encoded scope against the attributes of a host or function.
//!
//! The encoding is postfix, little-endian:
//!
//! | bytes | meaning |
//! |---|---|
//! | `1`, name, count `u16`, count × glob | the attribute matches one of the globs |
//! | `2` | not |
//! | `3` | and |
//! | `4` | or |
//!
//! A name or glob is a length `u16` and that many bytes of UTF-8.
//!
//! Reads are total: bytes that are no scope, the empty ones among them, are
//! undecided, as is a test of an attribute that is not given. An undecided
//! scope applies and an undecided bypass does not, so damage never exempts
//! anyone. Time is bounded by the product of encoding and attributes.

/// The attribute matches one of the globs.
pub(crate) const TEST: u8 = 1;
/// The last value negated.
pub(crate) const NOT: u8 = 2;
/// Both of the last two values.
pub(crate) const AND: u8 = 3;
/// Either of the last two values.
pub(crate) const OR: u8 = 4;

/// Whether the scope holds for a target, or `None` if it cannot be decided.
///
/// * `target` - attributes and their values; one that is given more than once
///   (the groups of a host) matches if any of its values does.
///
/// Kleene's logic: `false && undecided` is false, `true || undecided` is true.
pub(crate) fn evaluate(code: &[u8], target: &[(&str, &str)]) -> Option<bool> {
    let mut stack = Stack { values: [None; STACK], len: 0 };
    let mut rest = code;
    while let Some((&operation, after)) = rest.split_first() {
        rest = after;
        let value = match operation {
            TEST => {
                let value;
                (value, rest) = test(rest, target)?;
                value
            }
            NOT => stack.pop()?.map(|value| !value),
            AND => match (stack.pop()?, stack.pop()?) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            OR => match (stack.pop()?, stack.pop()?) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            _ => return None,
        };
        stack.push(value)?;
    }
    if stack.len == 1 { stack.pop()? } else { None }
}

/// A test and what follows it.
fn test<'a>(code: &'a [u8], target: &[(&str, &str)]) -> Option<(Option<bool>, &'a [u8])> {
    let (name, rest) = text(code)?;
    let (&count, mut rest) = rest.split_first_chunk()?;
    let given = target.iter().any(|&(attribute, _)| attribute == name);
    let mut matched = false;
    for _ in 0..u16::from_le_bytes(count) {
        let glob;
        (glob, rest) = text(rest)?;
        matched |=
            target.iter().any(|&(attribute, value)| attribute == name && matches(glob, value));
    }
    Some((given.then_some(matched), rest))
}

/// A text and what follows it.
pub(crate) fn text(code: &[u8]) -> Option<(&str, &[u8])> {
    let (&len, rest) = code.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(len)))?;
    Some((core::str::from_utf8(text).ok()?, rest))
}

/// Whether `*` any run, `?` one character, and all else itself, give `value`.
///
/// Only the latest `*` needs to be tried again: O(glob × value).
fn matches(glob: &str, value: &str) -> bool {
    let (mut pattern, mut input) = (glob.chars(), value.chars());
    // What stands after the latest `*`, and what it has not yet swallowed.
    let mut retry = None;
    loop {
        let mut next_pattern = pattern.clone();
        let mut next_input = input.clone();
        match (next_pattern.next(), next_input.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                pattern = next_pattern;
                retry = Some((pattern.clone(), input.clone()));
                continue;
            }
            (Some(wanted), Some(character)) if wanted == '?' || wanted == character => {
                (pattern, input) = (next_pattern, next_input);
                continue;
            }
            _ => {}
        }
        let Some((after_star, swallowed)) = &mut retry else {
            return false;
        };
        if swallowed.next().is_none() {
            return false;
        }
        (pattern, input) = (after_star.clone(), swallowed.clone());
    }
}

/// Values that wait for an operator. An expression nested `d` deep needs
/// `2 d + 3` at most.
struct Stack {
    values: [Option<bool>; STACK],
    len: usize,
}

impl Stack {
    fn push(&mut self, value: Option<bool>) -> Option<()> {
        *self.values.get_mut(self.len)? = value;
        self.len = self.len.checked_add(1)?;
        Some(())
    }

    fn pop(&mut self) -> Option<Option<bool>> {
        self.len = self.len.checked_sub(1)?;
        self.values.get(self.len).copied()
    }
}

const STACK: usize = 136;
