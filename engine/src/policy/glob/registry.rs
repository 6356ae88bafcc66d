//! What is special about patterns of registry keys: the hives they begin with.

use alloc::vec;
use alloc::vec::Vec;

use super::lex::{Item, Located};
use super::{
    Component, Dialect, Fault, Glob, GlobErrorKind, Parsed, Token, component, component_list, span,
};
use crate::canonical::registry::{CURRENT, DEFAULT, Hive, VALUE};

/// One alternative: a key may be known by several names.
pub(super) fn globs(items: &[Located], parsed: &mut Parsed) -> Result<Vec<Glob>, Fault> {
    let fault = || {
        let (offset, length) = span(items);
        (GlobErrorKind::Hive, offset, length)
    };
    // A leading separator is that of `\REGISTRY`.
    let from_root = items.first().is_some_and(|item| item.item == Item::Separator);
    let anchored =
        if from_root || starts_with_any(items) { items.to_vec() } else { with_separator(items) };
    let glob = component_list(&anchored, true, parsed, Dialect::Registry)?;
    let components: Vec<_> = glob.components.into_iter().map(Component::folded).collect();
    let Some((first, rest)) = components.split_first() else { return Err(fault()) };
    let below = |prefix: &[Component]| Glob { components: [prefix, rest].concat() };
    let literal = |text: &[u8]| Component::Literal(text.to_vec());
    let any = Component::Wild(vec![Token::AnyRun]);
    let machine = literal(b"HKLM");
    let users = [literal(b"HKU"), any];
    let classes = [literal(b"SOFTWARE"), literal(b"CLASSES")];
    let globs = match first {
        // A hive is where keys begin: below others it would find none.
        Component::AnyDepth if rest.first().is_some_and(is_hive) => return Err(fault()),
        Component::AnyDepth => vec![below(&[Component::AnyDepth])],
        Component::Wild(tokens) if is_any_hive(tokens) => vec![below(&[machine]), below(&users)],
        Component::Literal(hive) => {
            let (hive, rest) = match (from_root, rest) {
                (false, _) => (Hive::named(hive), rest),
                (true, [Component::Literal(root), below @ ..]) if hive == b"REGISTRY" => {
                    (Hive::rooted(root), below)
                }
                _ => return Err(fault()),
            };
            let below = |prefix: &[Component]| Glob { components: [prefix, rest].concat() };
            match hive {
                None if from_root => vec![Glob { components: rooted(&components) }],
                None => return Err(fault()),
                Some(Hive::Machine) => vec![below(&[machine])],
                Some(Hive::Users) => vec![below(&[literal(b"HKU")])],
                Some(Hive::CurrentUser) => vec![below(&users)],
                Some(Hive::Classes) => vec![
                    below(&[&[machine][..], &classes].concat()),
                    below(&[&users[..], &classes].concat()),
                ],
                Some(Hive::Config) => vec![below(&CURRENT.map(literal))],
            }
        }
        Component::Wild(_) => return Err(fault()),
    };
    Ok(globs)
}

/// The name of a value: one component, in a place of its own.
pub(super) fn value(items: &[Located]) -> Result<Glob, Fault> {
    let name = match component(items)? {
        // Any run of any characters: there is nothing to go down.
        Component::AnyDepth => Component::Wild(vec![Token::AnyRun]),
        Component::Literal(name) if name.is_empty() => Component::Literal(DEFAULT.to_vec()),
        other => other.folded(),
    };
    Ok(Glob { components: vec![Component::Literal(VALUE.to_vec()), name] })
}

/// The pattern of a key's default value.
pub(super) fn default_value() -> Parsed {
    let name = Component::Literal(DEFAULT.to_vec());
    let components = vec![Component::Literal(VALUE.to_vec()), name];
    Parsed {
        globs: vec![Glob { components }],
        bare_name: false,
        own: 0,
        ends: vec![false],
        ended: false,
        warnings: Vec::new(),
    }
}

fn with_separator(items: &[Located]) -> Vec<Located> {
    let (offset, _) = span(items);
    let separator = Located { item: Item::Separator, offset, length: 0 };
    core::iter::once(separator).chain(items.iter().cloned()).collect()
}

/// Whether a pattern begins with `**`.
fn starts_with_any(items: &[Located]) -> bool {
    let star = Item::Token(Token::AnyRun);
    matches!(items, [a, b, ..] if a.item == star && b.item == star)
}

fn is_hive(component: &Component) -> bool {
    matches!(component, Component::Literal(name) if Hive::named(name).is_some())
}

/// `HK*`.
fn is_any_hive(tokens: &[Token]) -> bool {
    tokens == [Token::Char('H'), Token::Char('K'), Token::AnyRun]
}

/// The components of a key below a root that is no hive.
fn rooted(components: &[Component]) -> Vec<Component> {
    let root = Component::Literal(br"\REGISTRY".to_vec());
    core::iter::once(root).chain(components.iter().skip(1).cloned()).collect()
}
