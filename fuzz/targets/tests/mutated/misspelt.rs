//! A key misspelt at random must be named by a diagnostic.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use wardline::policy::spec::{FieldSpec, Shape};
use wardline::policy::{CONTROLS, Format, Policy, parse};

use super::Random;
use super::documents::{Document, block};

/// Misspells one key of a good policy, in JSON and in YAML.
pub(crate) fn key(random: &mut Random, documents: &[Document]) {
    let Some(mut tree) = random.pick(documents).tree.clone() else { return };
    let count = keys(&tree);
    let wrong = misspell(&mut tree, &mut random.below(count), random);
    let texts = [(tree.to_string(), Format::Json), (block(&tree), Format::Yaml)];
    let (text, format) = random.pick(&texts);
    let Err(errors) = parse("p", text.as_bytes(), *format) else {
        panic!("the key `{wrong}` is ignored:\n{text}");
    };
    // The name of a list is its author's: that it is not the one that is meant
    // is said where it is used.
    let named = wrong_list(&tree, &wrong)
        || errors.iter().any(|one| {
            one.message.contains(&wrong) || one.field.split(['.', '[']).any(|part| part == wrong)
        });
    assert!(named, "the key `{wrong}` is not named: {errors}\n{text}");
}

fn wrong_list(tree: &Value, name: &str) -> bool {
    tree.get("lists").is_some_and(|lists| lists.get(name).is_some())
}

/// How many keys there are that the language gives.
fn keys(tree: &Value) -> usize {
    match tree {
        Value::Object(members) => members.values().map(|value| 1 + keys(value)).sum(),
        Value::Array(items) => items.iter().map(keys).sum(),
        _ => 0,
    }
}

/// Misspells the key with this number, and returns how.
fn misspell(tree: &mut Value, left: &mut usize, random: &mut Random) -> String {
    find(tree, left, random).expect("the number is below their count")
}

fn find(tree: &mut Value, left: &mut usize, random: &mut Random) -> Option<String> {
    match tree {
        Value::Object(members) => {
            let names: Vec<String> = members.keys().cloned().collect();
            for name in names {
                if *left == 0 {
                    let wrong = spelling(&name, random);
                    // In its place, in the order of the others.
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(key, value)| {
                            let key = if key == name { wrong.clone() } else { key };
                            (key, value)
                        })
                        .collect::<Map<String, Value>>();
                    return Some(wrong);
                }
                *left -= 1;
                let found = members.get_mut(&name).and_then(|value| find(value, left, random));
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        Value::Array(items) => items.iter_mut().find_map(|item| find(item, left, random)),
        _ => None,
    }
}

/// A word one or two slips away that the language does not know.
fn spelling(key: &str, random: &mut Random) -> String {
    loop {
        let mut letters: Vec<char> = key.chars().collect();
        for _ in 0..=random.below(2) {
            let at = random.below(letters.len().max(1));
            let letter = char::from(b'a' + random.below(26) as u8);
            match random.below(6) {
                0 if letters.len() > 1 => drop(letters.remove(at)),
                1 => letters.insert(at, letter),
                2 if !letters.is_empty() => letters[at] = letter,
                3 if at + 1 < letters.len() => letters.swap(at, at + 1),
                4 if !letters.is_empty() => letters[at] = letters[at].to_ascii_uppercase(),
                _ => letters.push('s'),
            }
        }
        let wrong: String = letters.into_iter().collect();
        if !wrong.is_empty() && wrong != key && !KNOWN.contains(wrong.as_str()) {
            return wrong;
        }
    }
}

/// Every key that means something somewhere.
static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let mut known = BTreeSet::new();
    learn(&mut known, Policy::FIELDS);
    for control in CONTROLS {
        known.insert(control.name);
        learn(&mut known, control.own_fields);
        learn(&mut known, control.actor_fields);
    }
    known
});

fn learn(known: &mut BTreeSet<&'static str>, fields: &'static [FieldSpec]) {
    for field in fields {
        known.insert(field.name);
        match field.shape {
            Shape::Mapping(inner) | Shape::Named(inner) => learn(known, inner),
            Shape::Tagged(variants) => {
                variants.iter().for_each(|variant| learn(known, variant.fields));
            }
            _ => {}
        }
    }
}
