//! The engine against its peers, on each kind of table and on whole policies.

use std::net::IpAddr;
use std::time::Duration;

#[cfg(feature = "engines")]
use wardline::{Action, Address, Engine, Event, Kind, Section};
use wardline_benches::addresses::{self, Prefix};
use wardline_benches::hosts::{Act, Host};
use wardline_benches::rules::{self, Mix};
use wardline_benches::{domains, events, policy};

use crate::race::{Racer, Times, race};
use crate::{by_hand, paths, programs};

/// How whole decisions of the engine are called among the racers.
pub const ENGINE: &str = "wardline";
/// How its table is called, looked up by itself as peers are: without an event, a
/// policy, conditions on who acts, or which rule it was.
pub const TABLE: &str = "wardline, table alone";
/// How what is written by hand is called.
pub const BY_HAND: &str = "by hand";

/// What came out.
#[derive(Debug)]
pub struct Contest {
    /// Nanoseconds for each answer.
    pub times: Times,
    /// Bytes of tables, where known.
    pub bytes: Vec<(String, usize)>,
    /// Who could not take part, and why.
    pub absent: Vec<(String, String)>,
}

impl Contest {
    fn hold(mut racers: Vec<Racer<'_>>, questions: usize, limit: Duration) -> Contest {
        let bytes = racers.iter().filter_map(|racer| Some((racer.name.clone(), racer.bytes?)));
        let bytes = bytes.collect();
        Contest { times: race(&mut racers, questions, limit), bytes, absent: Vec::new() }
    }

    /// How many times as long as `ours` somebody takes.
    pub fn over(&self, ours: &str, name: &str) -> Option<f64> {
        Some(self.times.get(name)? / self.times.get(ours)?)
    }

    /// The fastest among those that `takes_part` names.
    pub fn best(&self, takes_part: impl Fn(&str) -> bool) -> Option<&str> {
        let others = self.times.iter().filter(|(name, _)| !is_ours(name) && takes_part(name));
        Some(others.min_by(|a, b| a.1.total_cmp(b.1))?.0)
    }
}

/// Whether a racer is the engine, whole or in part.
pub fn is_ours(name: &str) -> bool {
    [ENGINE, TABLE].contains(&name)
}

fn engine_racer<'a>(
    engine: &'a Engine<Vec<u8>>,
    event: impl Fn(usize) -> Event<'a> + 'a,
) -> Racer<'a> {
    // Events are made as an enforcer makes them: one after the other.
    Racer::new(ENGINE, move |index| engine.decide(&event(index)).action as u8 / 2)
}

/// Which peers are worth their time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Peers {
    /// Those that could be the fastest.
    Fastest,
    /// All, also those that need minutes to show that they cannot be built.
    All,
}

/// Paths against `count` rules of a mix, both made from `all`.
pub fn of_paths(all: &[String], mix: Mix, count: usize, peers: Peers, limit: Duration) -> Contest {
    let rules = rules::rules(all, mix, count);
    let asked = rules::asked(all, QUESTIONS);
    let bundle = policy::compile(&policy::of_paths(&rules));
    let size = bundle.bytes.len();
    let engine = policy::load(bundle);
    let asked = asked.as_slice();
    let mut absent = Vec::new();
    // Fifteen thousand globs that are no plain names took all of 24 GB.
    let globs = (mix == Mix::Exact || count <= 10_000)
        .then(|| paths::globset(&rules).zip(paths::ByHand::new(&rules)))
        .flatten();
    let lookup = engine.lookup(Kind::File);
    let mut racers = vec![
        engine_racer(&engine, |index| events::read(&asked[index])).sized(size),
        Racer::new(TABLE, |index| u8::from(lookup.path(asked[index].as_bytes()))),
    ];
    match &globs {
        Some((set, split)) => racers.extend([
            Racer::new(BY_HAND, |index| u8::from(split.matches(&asked[index]))),
            Racer::new("globset", |index| u8::from(set.is_match(&asked[index]))),
        ]),
        None => absent
            .extend([BY_HAND, "globset"].map(|name| (name.to_owned(), "too large".to_owned()))),
    }
    let lazy = (count <= 10_000).then(|| paths::lazy(&rules)).flatten();
    match lazy {
        Some((automaton, mut cache)) => {
            racers.push(Racer::new("regex-automata lazy", move |index| {
                u8::from(paths::lazy_matches(&automaton, &mut cache, &asked[index]))
            }));
        }
        None => absent.push(("regex-automata lazy".to_owned(), "too large".to_owned())),
    }
    let regexes = (count <= 1_000 || count <= 10_000 && peers == Peers::All)
        .then(|| paths::regex_set(&rules))
        .flatten();
    match regexes {
        Some(set) => racers.push(Racer::new("regex RegexSet", move |index| {
            u8::from(set.is_match(asked[index].as_bytes()))
        })),
        None => absent.push(("regex RegexSet".to_owned(), "too large".to_owned())),
    }
    // With base names among the rules a dense automaton of a thousand is known not to
    // fit into 256 MB, after minutes.
    let dense = match (mix, peers) {
        (Mix::Exact, _) if count <= 10_000 => paths::dense(&rules, 256),
        (_, _) if count <= 100 => paths::dense(&rules, 256),
        (_, Peers::All) if count <= 1_000 => paths::dense(&rules, 64),
        _ => Err("not tried: a tenth of the rules was too much".to_owned()),
    };
    match dense {
        Ok(automaton) => {
            let size = automaton.memory_usage();
            let answer =
                move |index: usize| u8::from(paths::dense_matches(&automaton, &asked[index]));
            racers.push(Racer::new("regex-automata dense", answer).sized(size));
        }
        Err(error) => absent.push(("regex-automata dense".to_owned(), error)),
    }
    Contest { absent, ..Contest::hold(racers, asked.len(), limit) }
}

/// Addresses against networks on a list.
pub fn of_addresses(prefixes: &[Prefix], peers: bool, limit: Duration) -> Contest {
    let asked: Vec<IpAddr> = addresses::asked(prefixes, QUESTIONS);
    let feed = policy::feed_of_networks(prefixes);
    let bundle = policy::build(&policy::of_feed("networks"), &[("feed", &feed)]);
    let size = section(&bundle, Section::Addresses);
    let engine = policy::load(bundle);
    let lookup = engine.lookup(Kind::Network);
    // Enforcers have the bytes of an address, as peers here have their `IpAddr`. Made in the
    // loop, they would be read before the pieces that they were written in have arrived.
    let own: Vec<Address<'_>> = asked.iter().map(|&ip| events::address(ip)).collect();
    let mut racers = vec![
        engine_racer(&engine, |index| events::connect(own[index])).sized(size),
        Racer::new(TABLE, |index| u8::from(lookup.address(&own[index]))),
        crate::addresses::indexed(prefixes, &asked),
    ];
    let mut absent = Vec::new();
    if peers {
        racers.extend(crate::addresses::racers(prefixes, &asked));
        if prefixes.len() > crate::addresses::MOST_FOR_POPTRIE {
            absent.push((crate::addresses::POPTRIE.to_owned(), "takes minutes to fill".to_owned()));
        }
    }
    Contest { absent, ..Contest::hold(racers, asked.len(), limit) }
}

/// Names against names on a list, kept as fingerprints.
pub fn of_feeds(names: &[String], adblock: bool, limit: Duration) -> Contest {
    let lines = names.join("\n");
    let bundle = policy::build(&policy::of_feed("domains"), &[("feed", &lines)]);
    drop(lines);
    of_names(names, bundle, Section::Feeds, adblock, limit)
}

/// Names against names of a policy, compared byte by byte.
pub fn of_domains(names: &[String], limit: Duration) -> Contest {
    let bundle = policy::compile_all(&policy::of_domains(names));
    of_names(names, bundle, Section::Domains, false, limit)
}

fn of_names(
    names: &[String],
    bundle: wardline::Bundle,
    table: Section,
    adblock: bool,
    limit: Duration,
) -> Contest {
    let asked = domains::asked(names, QUESTIONS);
    let size = section(&bundle, table);
    let engine = policy::load(bundle);
    let lookup = engine.lookup(Kind::Dns);
    let mut racers = vec![
        engine_racer(&engine, |index| events::look_up(&asked[index])).sized(size),
        Racer::new(TABLE, |index| u8::from(lookup.domain(asked[index].as_bytes()))),
    ];
    racers.extend(crate::domains::racers(names, &asked));
    if adblock {
        racers.push(crate::domains::adblock(names, &asked));
    }
    Contest::hold(racers, asked.len(), limit)
}

/// The bytes of the tables of one kind of events: those of look-ups, where the same
/// table stands for connections too.
fn section(bundle: &wardline::Bundle, table: Section) -> usize {
    let sections = bundle.report.sections.iter().filter(|(section, ..)| *section == table);
    sections.map(|(.., bytes)| *bytes).max().unwrap_or(0)
}

/// Programs against a thousand names and paths.
pub fn of_programs(limit: Duration) -> Contest {
    let listed: Vec<String> = (0..1_000)
        .map(|index| match index % 2 {
            0 => format!("tool{index:04}"),
            _ => format!("/opt/vendor{:02}/bin/tool{index:04}", index % 50),
        })
        .collect();
    let asked: Vec<String> = (0..QUESTIONS)
        .map(|index| match index % 10 {
            0 => format!("/usr/bin/tool{:04}", index % 3_000),
            1 => format!("/opt/vendor{:02}/bin/tool{:04}", index % 50, index % 1_500),
            _ => format!("/usr/lib/service{:03}/bin/worker-{}", index % 700, index % 31),
        })
        .collect();
    let engine = policy::load(policy::compile(&policy::of_programs(&listed)));
    let sets = programs::Programs::new(&listed);
    let lookup = engine.lookup(Kind::Exec);
    let racers = vec![
        engine_racer(&engine, |index| events::exec(&asked[index])),
        Racer::new(TABLE, |index| u8::from(lookup.path(asked[index].as_bytes()))),
        Racer::new("foldhash", |index| u8::from(sets.matches(&asked[index]))),
    ];
    Contest::hold(racers, asked.len(), limit)
}

/// Arguments of programs against two hundred secrets of decoys.
pub fn of_keywords(limit: Duration) -> Contest {
    let words: Vec<String> =
        (0..200).map(|index| format!("AKIA{:07}SECRET{index:03}", index * 7_919)).collect();
    let asked: Vec<String> = (0..QUESTIONS)
        .map(|index| match index % 20 {
            0 => format!("--header=x-token:{}", words[index % words.len()]),
            _ => format!(
                "--config=/etc/service/{index}/settings.json --user=app{index} --level=info \
                 https://api.example.com/v1/items/{}?page={}",
                index * 31,
                index % 97
            ),
        })
        .collect();
    let engine = policy::load(policy::compile(&policy::of_decoys(&words)));
    let automaton = programs::keywords(&words);
    let argv: Vec<[&[u8]; 1]> = asked.iter().map(|argument| [argument.as_bytes()]).collect();
    let lookup = engine.lookup(Kind::Exec);
    let racers = vec![
        engine_racer(&engine, |index| events::exec_with("/usr/bin/tool", &argv[index])),
        Racer::new(TABLE, |index| u8::from(lookup.secret(asked[index].as_bytes()))),
        Racer::new("aho-corasick DFA", |index| u8::from(automaton.is_match(&asked[index]))),
    ];
    Contest::hold(racers, asked.len(), limit)
}

/// Whole decisions of a host's policy, also what is only reported.
pub fn of_host(host: &Host, acts: &[Act], limit: Duration) -> Contest {
    let engine = policy::load(policy::compile(&policy::of_host(host)));
    let hand = by_hand::ByHand::new(host);
    let groups: Vec<_> = acts.iter().map(events::groups).collect();
    let racers = vec![
        Racer::new(ENGINE, |index| {
            engine.decide(&events::act(&acts[index], &groups[index])).action as u8
        }),
        Racer::new(BY_HAND, |index| hand.decide(&acts[index])),
    ];
    Contest::hold(racers, acts.len(), limit)
}

/// Whether a host's policy refuses, asked of general policy engines too. Events about
/// which one of them cannot say the same are left out; returns how many of a hundred.
#[cfg(feature = "engines")]
pub fn of_engines(host: &Host, acts: &[Act], limit: Duration) -> (Contest, usize) {
    let engine = policy::load(policy::compile(&policy::of_host(host)));
    let refuses = |act: &Act, groups: &[wardline::Principal<'_>]| {
        2 * u8::from(engine.decide(&events::act(act, groups)).action == Action::Block)
    };
    let mut acts = acts[..acts.len().min(1_000)].to_vec();
    let before = acts.len();
    let wrong = {
        let all: Vec<_> = acts.iter().map(events::groups).collect();
        let right = Racer::new(ENGINE, |index| refuses(&acts[index], &all[index]));
        let mut racers = vec![right];
        racers.extend(crate::engines::racers(host, &acts));
        crate::race::disagreements(&mut racers, acts.len())
    };
    let mut index = 0;
    acts.retain(|_| {
        index += 1;
        !wrong.iter().any(|(wrong, _)| *wrong == index - 1)
    });
    let groups: Vec<_> = acts.iter().map(events::groups).collect();
    let mut racers = vec![Racer::new(ENGINE, |index| refuses(&acts[index], &groups[index]))];
    racers.extend(crate::engines::racers(host, &acts));
    let left_out = (before - acts.len()) * 100 / before;
    (Contest::hold(racers, acts.len(), limit), left_out)
}

const QUESTIONS: usize = 20_000;
