//! Sets of names, each with everything below.

use std::collections::HashSet;

use adblock::lists::{FilterSet, ParseOptions};
use adblock::request::Request;
use foldhash::fast::FixedState;
use fst::raw::Fst;

use crate::race::Racer;

/// Every peer, given the same names, asked the same names.
pub fn racers<'a>(names: &[String], asked: &'a [String]) -> Vec<Racer<'a>> {
    let set: HashSet<Box<[u8]>, FixedState> =
        names.iter().map(|name| name.as_bytes().into()).collect();
    let automaton = reversed(names);
    let size = automaton.as_bytes().len();
    vec![
        Racer::new("foldhash suffix walk", move |index| {
            u8::from(suffixes(asked[index].as_bytes()).any(|suffix| set.contains(suffix)))
        }),
        Racer::new("fst", move |index| u8::from(fst_matches(&automaton, asked[index].as_bytes())))
            .sized(size),
    ]
}

/// The advertisement blocker, with `||name^` for each name.
pub fn adblock<'a>(names: &[String], asked: &'a [String]) -> Racer<'a> {
    let mut set = FilterSet::new(false);
    let rules: Vec<String> = names.iter().map(|name| format!("||{name}^")).collect();
    set.add_filter_list(rules.join("\n"), ParseOptions::default());
    let engine = adblock::Engine::new_with_filter_set(set);
    // What stands in an event is the name; a request is made of it once, as a
    // browser does, and not timed.
    let requests: Vec<Request> = asked
        .iter()
        .map(|name| {
            let url = format!("https://{name}/");
            Request::preparsed(&url, name, "example.org", "script", true, "GET")
        })
        .collect();
    Racer::new("adblock", move |index| {
        u8::from(engine.check_network_request(&requests[index]).should_block())
    })
}

/// A name and what is left of it behind each dot.
fn suffixes(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(name);
    std::iter::from_fn(move || {
        let suffix = rest?;
        let dot = suffix.iter().position(|&byte| byte == b'.');
        rest = dot.map(|dot| &suffix[dot + 1..]);
        Some(suffix)
    })
}

fn reversed(names: &[String]) -> Fst<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = names.iter().map(|name| name.bytes().rev().collect()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut builder = fst::raw::Builder::memory();
    for key in keys {
        builder.add(key).expect("in order");
    }
    builder.into_fst()
}

/// Walks the name from its end and looks at every dot whether a listed name ends.
fn fst_matches(automaton: &Fst<Vec<u8>>, name: &[u8]) -> bool {
    let mut node = automaton.root();
    for &byte in name.iter().rev() {
        if byte == b'.' && node.is_final() {
            return true;
        }
        match node.find_input(byte) {
            Some(index) => node = automaton.node(node.transition(index).addr),
            None => return false,
        }
    }
    node.is_final()
}
