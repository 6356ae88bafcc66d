//! What is special about patterns of Windows paths: where they begin, and which
//! names no file can have.

use alloc::vec::Vec;

use super::lex::{Item, Located, lex};
use super::{
    Component, Dialect, Fault, Glob, GlobError, GlobErrorKind as Kind, Parsed, Token,
    component_list, plain_text, span,
};
use crate::canonical::path_windows::{is_device, is_short_name};

/// Variables that a pattern may begin with, and what they are on an ordinary
/// installation. Those of a user stand for every user's.
///
/// Source: Microsoft Learn, "Recognized environment variables" (USMT).
pub const VARIABLES: [(&str, &str); 17] = [
    ("SystemDrive", r"C:"),
    ("SystemRoot", r"C:\Windows"),
    ("WinDir", r"C:\Windows"),
    ("ProgramFiles", r"C:\Program Files"),
    ("ProgramFiles(x86)", r"C:\Program Files (x86)"),
    ("ProgramW6432", r"C:\Program Files"),
    ("CommonProgramFiles", r"C:\Program Files\Common Files"),
    ("CommonProgramFiles(x86)", r"C:\Program Files (x86)\Common Files"),
    ("ProgramData", r"C:\ProgramData"),
    ("AllUsersProfile", r"C:\ProgramData"),
    ("Public", r"C:\Users\Public"),
    ("UserProfile", r"C:\Users\*"),
    ("AppData", r"C:\Users\*\AppData\Roaming"),
    ("LocalAppData", r"C:\Users\*\AppData\Local"),
    ("Temp", r"C:\Users\*\AppData\Local\Temp"),
    ("Tmp", r"C:\Users\*\AppData\Local\Temp"),
    ("HomePath", r"C:\Users\*"),
];

/// The items of a pattern, what stands for a path's beginning replaced by it, and how many
/// components a variable stands for.
pub(super) fn items(text: &str) -> Result<(Vec<Located>, usize), GlobError> {
    let (beginning, start) = beginning(text)?;
    // What was put in stands where the text began.
    let mut items: Vec<_> = lex(beginning, 0, Dialect::Windows)?
        .into_iter()
        .map(|item| Located { offset: 0, length: start, ..item })
        .collect();
    items.extend(lex(text, start, Dialect::Windows)?);
    let parts = beginning.split('\\').filter(|part| !part.is_empty());
    Ok((items, parts.count()))
}

/// What a pattern begins with, and how much of it that stands for.
fn beginning(text: &str) -> Result<(&'static str, usize), GlobError> {
    let slashed = |prefix: &str| {
        let same = |(a, b): (char, char)| a == b || a == '/' && b == '\\';
        let head = text.chars().take(prefix.len());
        head.clone().count() == prefix.len() && head.zip(prefix.chars()).all(same)
    };
    for prefix in [r"\\?\", r"\\.\", r"\??\"] {
        if slashed(prefix) {
            let rest = &text[prefix.len()..];
            return match rest.get(..4) {
                Some(unc) if unc.eq_ignore_ascii_case(r"UNC\") => Ok((r"\\", prefix.len() + 4)),
                // Else it would be the name of any file.
                _ if !rest.split(['\\', '/']).next().is_some_and(|drive| drive.ends_with(':')) => {
                    Err(GlobError { kind: Kind::Relative, offset: 0, length: text.len() })
                }
                _ => Ok(("", prefix.len())),
            };
        }
    }
    let unknown = |offset, length| GlobError { kind: Kind::UnknownVariable, offset, length };
    if let Some(rest) = text.strip_prefix('%') {
        let end = rest.find('%').ok_or(unknown(0, 1))?;
        let known = VARIABLES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&rest[..end]));
        let (_, path) = known.ok_or(unknown(0, end + 2))?;
        if !matches!(rest[end + 1..].chars().next(), None | Some('\\' | '/')) {
            return Err(unknown(0, end + 2));
        }
        return Ok((path, end + 2));
    }
    // One `%` is an ordinary character.
    if let Some(offset) = text.find('%')
        && let Some(length) = text[offset + 1..].find('%')
    {
        return Err(unknown(offset, length + 2));
    }
    Ok(("", 0))
}

/// One alternative.
pub(super) fn glob(items: &[Located], separated: bool, parsed: &mut Parsed) -> Result<Glob, Fault> {
    let parts: Vec<&[Located]> = items.split(|item| item.item == Item::Separator).collect();
    let (root, rest) = match parts[..] {
        [[], [], ..] => share(items, &parts)?,
        [first, ..] if separated && is_drive(first) => {
            // The separator goes with what is below, as the root of a path does.
            (Some(wild(first)), &items[first.len()..])
        }
        [first, ..] if separated && plain_text(first).as_deref() == Some("") => {
            let (offset, length) = span(items);
            return Err((super::GlobErrorKind::Relative, offset, length));
        }
        _ => (None, items),
    };
    let mut glob = component_list(rest, separated, parsed, Dialect::Windows)?;
    let names: Vec<&[Located]> = rest.split(|item| item.item == Item::Separator).collect();
    let named = names.iter().filter(|part| !matches!(plain_text(part).as_deref(), Some("" | ".")));
    let last = named.clone().count().saturating_sub(1);
    for (index, part) in named.enumerate() {
        check(part, index == last)?;
    }
    glob.components = root.into_iter().chain(glob.components).map(Component::folded).collect();
    let sysnative = |pair: &[Component]| match pair {
        [Component::Literal(root), Component::Literal(windows), Component::Literal(view)] => {
            root.len() == 2 && windows == b"WINDOWS" && view == b"SYSNATIVE"
        }
        _ => false,
    };
    if glob.components.get(..3).is_some_and(sysnative) {
        let (offset, length) = span(items);
        return Err((Kind::Redirected, offset, length));
    }
    Ok(glob)
}

/// Whether a first component is a drive, perhaps any.
fn is_drive(part: &[Located]) -> bool {
    let [drive, colon] = part else { return false };
    let letter = match &drive.item {
        Item::Token(Token::Char(letter)) => letter.is_ascii_alphabetic(),
        Item::Token(_) => true,
        _ => false,
    };
    letter && colon.item == Item::Token(Token::Char(':'))
}

/// The tokens of some items as one component.
fn wild(part: &[Located]) -> Component {
    if let Some(text) = plain_text(part) {
        return Component::Literal(text.into_bytes());
    }
    let tokens = part.iter().filter_map(|item| match &item.item {
        Item::Token(token) => Some(token.clone()),
        _ => None,
    });
    Component::Wild(tokens.collect())
}

/// The first component `\\host\share`, and what is below.
fn share<'i>(
    items: &'i [Located],
    parts: &[&'i [Located]],
) -> Result<(Option<Component>, &'i [Located]), Fault> {
    let (offset, length) = span(items);
    let mut named = parts.iter().filter(|part| !part.is_empty());
    let (Some(host), Some(share)) = (named.next(), named.next()) else {
        return Err((Kind::Relative, offset, length));
    };
    check(host, true)?;
    check(share, true)?;
    let share_name = plain_text(share).unwrap_or_default();
    let is_drive = matches!(share_name.as_bytes(), [letter, b'$'] if letter.is_ascii_alphabetic());
    if is_drive || share_name.eq_ignore_ascii_case("ADMIN$") {
        return Err((Kind::Redirected, offset, length));
    }
    let separator = Located { item: Item::Token(Token::Char('\\')), offset, length: 0 };
    let two = [separator.clone(), separator.clone()];
    let root = [&two[..], host, &[separator], share].concat();
    // What follows the share, found by where it ends.
    let end = share.last().map_or(offset + length, |item| item.offset + item.length);
    let below = items.iter().position(|item| item.item == Item::Separator && item.offset >= end);
    Ok((Some(wild(&root)), below.map_or(&[], |below| &items[below..])))
}

/// Refuses names that no file has, or that are another's.
fn check(part: &[Located], last: bool) -> Result<(), Fault> {
    let (offset, length) = span(part);
    let is = |item: &Located, wanted: &[char]| match item.item {
        Item::Token(Token::Char(character)) => wanted.contains(&character),
        _ => false,
    };
    for item in part {
        if is(item, &[':']) {
            return Err((Kind::Stream, item.offset, item.length));
        }
        if is(item, &['<', '>', '"', '|', '*', '?']) {
            return Err((Kind::Character, item.offset, item.length));
        }
    }
    if part.last().is_some_and(|item| is(item, if last { &['.', ' '] } else { &['.'] })) {
        // `.` and `..` have errors of their own.
        if !matches!(plain_text(part).as_deref(), Some("." | "..")) {
            return Err((Kind::TrailingDot, offset, length));
        }
    }
    let Some(text) = plain_text(part) else { return Ok(()) };
    let Component::Literal(name) = Component::Literal(text.into_bytes()).folded() else {
        return Ok(());
    };
    if is_short_name(&name) {
        return Err((Kind::ShortName, offset, length));
    }
    if last && is_device(&name) {
        return Err((Kind::DeviceName, offset, length));
    }
    Ok(())
}
