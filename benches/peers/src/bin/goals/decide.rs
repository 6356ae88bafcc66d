//! Rows about decisions.

use std::time::{Duration, Instant};

use wardline::{Bundle, Event};
use wardline_benches::addresses::{prefixes_v4, prefixes_v6};
use wardline_benches::asked::Asked;
use wardline_benches::counted::{self, Counts, Group};
use wardline_benches::hosts::{Act, What, host};
use wardline_benches::paths::best;
use wardline_benches::rules::{self, Mix, asked};
use wardline_benches::{domains as names, events, policy};
use wardline_peers::contests::{self, BY_HAND, Contest, ENGINE, Peers, TABLE};
use wardline_peers::race::{Racer, race};

use super::board::Board;

/// Paths: how many rules, which mix, against whom.
pub fn paths(board: &mut Board) {
    let (all, _) = best(200_000);
    if board.wants("instructions, 10,000 rules over 10") && counted::is_possible() {
        let few = count("goal-paths-10", of_paths(&all, Mix::Inner, 10), &all);
        let many = count("goal-paths-10000", of_paths(&all, Mix::Inner, 10_000), &all);
        let ratio = many.mean() as f64 / few.mean() as f64;
        board.at_most("instructions, 10,000 rules over 10", ratio, 1.5, "x");
    }
    if board.wants("wall time, 10,000 rules over 10") {
        let engines = [10, 10_000].map(|count| policy::load(of_paths(&all, Mix::Inner, count)));
        let asked = asked(&all, 20_000);
        let racer = |name: &'static str, engine: usize| {
            let (engine, asked) = (&engines[engine], &asked);
            // Both match different events, so answers are not compared.
            Racer::new(name, move |index| {
                std::hint::black_box(engine.decide(&events::read(&asked[index])));
                0
            })
        };
        let times = race(&mut [racer("10", 0), racer("10,000", 1)], asked.len(), SECONDS * 4);
        board.at_most("wall time, 10,000 rules over 10", times["10,000"] / times["10"], 3.0, "x");
    }
    for mix in Mix::ALL {
        for count in [100, 1_000, 10_000, 100_000] {
            let name = format!("paths {}, {count} rules, best peer over table", mix.name());
            if board.wants(&name) {
                let contest = contests::of_paths(&all, mix, count, Peers::Fastest, SECONDS * 5);
                let goal = if count == 10_000 { 1.5 } else { 1.0 };
                against(board, &name, &contest, contest.best(|_| true), goal);
            }
        }
        let name = format!("paths {}, 10,000 rules, instructions p50", mix.name());
        if board.wants(&name) && counted::is_possible() {
            let group = format!("goal-{}-10000", mix.name());
            let counts = count(&group, of_paths(&all, mix, 10_000), &all);
            board.at_most(&name, counts.median() as f64, 900.0, "");
        }
    }
    if board.wants("inner wildcards, globset over table") {
        // As many as it can be built of.
        for count in [10_000, 5_000, 2_000, 1_000] {
            let peers = Peers::Fastest;
            let contest = contests::of_paths(&all, Mix::OnlyInner, count, peers, SECONDS * 5);
            if contest.times.contains_key("globset") {
                let name = format!("paths, {count} inner wildcards, globset over table");
                against(board, &name, &contest, Some("globset"), 100.0);
                break;
            }
        }
    }
}

/// Addresses: against crates, and a plain index where there are few.
pub fn addresses(board: &mut Board) {
    for count in [1_000, 100_000, 1_000_000] {
        for (family, prefixes) in [("v4", prefixes_v4 as fn(usize) -> _), ("v6", prefixes_v6)] {
            let name = format!("addresses {family}, {count}");
            if !board.wants(&name) {
                continue;
            }
            let contest = contests::of_addresses(&prefixes(count), count > 1_000, SECONDS * 4);
            if count == 1_000 {
                let name = format!("{name}, 16-bit index over table");
                against(board, &name, &contest, contest.best(|_| true), 1.0);
                continue;
            }
            let peer = contest.best(|name| !name.contains("16-bit"));
            against(board, &format!("{name}, best crate over table"), &contest, peer, 1.5);
            if count == 1_000_000 {
                board.at_most(&format!("{name}, table"), megabytes(&contest), 20.0, " MB");
            }
        }
    }
}

/// A million names, as fingerprints of a feed and compared byte by byte.
pub fn domains(board: &mut Board) {
    if !board.wants("domains, 1,000,000") {
        return;
    }
    let names = names::names(1_000_000);
    let length: usize = names.iter().map(String::len).sum();
    let exact = contests::of_domains(&names, SECONDS * 5);
    let feed = contests::of_feeds(&names, true, SECONDS * 8);
    for (kind, contest) in [("exact", &exact), ("feed", &feed)] {
        for (peer, goal) in [("fst", 4.0), ("foldhash suffix walk", 1.5), ("adblock", 5.0)] {
            if contest.times.contains_key(peer) {
                let name = format!("domains, 1,000,000 {kind}, peer over table");
                against(board, &name, contest, Some(peer), goal);
            }
        }
    }
    let each = |bytes: f64| bytes / names.len() as f64;
    let overhead = each(megabytes(&exact) * 1e6 - length as f64);
    board.at_most("domains, 1,000,000 exact, beyond its length", overhead, 14.0, " B");
    board.at_most("domains, 1,000,000 feed, each", each(megabytes(&feed) * 1e6), 9.0, " B");
}

/// Names of programs and keywords in arguments.
pub fn programs(board: &mut Board) {
    let name = "program names, table over foldhash";
    if board.wants(name) {
        at_most(board, name, &contests::of_programs(SECONDS * 4), "foldhash");
    }
    let name = "keywords, table over aho-corasick DFA";
    if board.wants(name) {
        at_most(board, name, &contests::of_keywords(SECONDS * 4), "aho-corasick DFA");
    }
}

/// A row about a table that may take a tenth longer than a peer.
fn at_most(board: &mut Board, name: &str, contest: &Contest, peer: &str) {
    let ratio = |ours| 1.0 / contest.over(ours, peer).expect("raced");
    let name = format!("{name} (whole decision {:.2}x)", ratio(ENGINE));
    board.at_most(&name, ratio(TABLE), 1.1, "x");
}

/// A row about a table: how many times as long as it a peer takes, and in brackets
/// how many times as long as a whole decision.
fn against(board: &mut Board, name: &str, contest: &Contest, peer: Option<&str>, goal: f64) {
    let Some(peer) = peer else { return board.at_least(name, f64::INFINITY, goal, "x") };
    let ratio = |ours| contest.over(ours, peer).expect("raced");
    let name = format!("{name} ({peer}; whole decision {:.2}x)", ratio(ENGINE));
    board.at_least(&name, ratio(TABLE), goal, "x");
}

/// Whole decisions.
pub fn hosts(board: &mut Board) {
    let (all, _) = best(200_000);
    for entries in [20, 200, 2_000] {
        let name = format!("host, {entries} entries");
        if !board.wants(&name) {
            continue;
        }
        let (host, acts) = host(&all, entries, 10_000);
        let contest = contests::of_host(&host, &acts, SECONDS * 4);
        let ratio = contest.over(ENGINE, BY_HAND).expect("raced");
        board.at_least(&format!("{name}, by hand over engine"), ratio, 1.5, "x");
        #[cfg(feature = "engines")]
        {
            let (contest, _) = contests::of_engines(&host, &acts, SECONDS * 6);
            for engine in ["cedar-policy", "regorus", "casbin", "cel"] {
                let ratio = contest.over(ENGINE, engine).expect("raced");
                board.at_least(&format!("{name}, {engine} over engine"), ratio, 50.0, "x");
            }
        }
        if !counted::is_possible() {
            board.skipped(&format!("{name}, instructions"), "needs valgrind");
            continue;
        }
        let group = |acts: &[Act], actors: bool| Group {
            name: format!("goal-host-{entries}-{actors}"),
            bundle: policy::compile(&policy::of_host(&host)),
            events: acts.iter().cloned().map(Asked::Act).collect(),
            actors,
        };
        let p50 = measured(&group(&acts[..400], false)).median() as f64;
        board.at_most(&format!("{name}, instructions p50"), p50, 1_500.0, "");
        // Who acts is asked about files only where some rule is about the file.
        let engine = policy::load(policy::compile(&policy::of_host(&host)));
        let concerns = |act: &&Act| {
            let unknown = Event::new(events::act(act, &[]).activity);
            !act.path.is_empty() && act.what != What::Exec && engine.decide(&unknown).matched > 0
        };
        let acts: Vec<Act> = acts.iter().filter(concerns).take(100).cloned().collect();
        let counts = [false, true].map(|actors| measured(&group(&acts, actors)).mean());
        let fewer = counts[0] as f64 / counts[1] as f64;
        board.at_least(&format!("{name}, without over with an actor"), fewer, 2.0, "x");
    }
}

/// The paths that cost most, on ten thousand rules.
pub fn worst_case(board: &mut Board) {
    if !board.wants("worst case") {
        return;
    }
    if !counted::is_possible() {
        board.skipped("worst case", "needs valgrind");
        return;
    }
    let (all, _) = best(200_000);
    let real = count("goal-worst-real", of_paths(&all, Mix::Inner, 10_000), &all);
    let hostile = wardline_benches::paths::hostile(&all);
    let asked: Vec<Asked> = hostile.iter().cloned().map(Asked::Read).collect();
    let bundle = of_paths(&all, Mix::Inner, 10_000);
    let group = Group { name: "goal-worst".into(), bundle, events: asked, actors: false };
    let counts = measured(&group);
    let ratio = counts.most() as f64 / real.median() as f64;
    board.at_most("worst case, 4 KiB path over the median real one", ratio, 50.0, "x");
    let per_byte =
        hostile.iter().zip(&counts.each).map(|(path, count)| *count as f64 / path.len() as f64);
    // No goal but to be published: what a byte of a path costs at most.
    board.at_most("worst case, instructions per byte", per_byte.fold(0.0, f64::max), 400.0, "");
}

/// Two threads that ask one engine.
pub fn threads(board: &mut Board) {
    let name = "two threads over one";
    if !board.wants(name) {
        return;
    }
    let (all, _) = best(200_000);
    let engine = policy::load(of_paths(&all, Mix::Inner, 10_000));
    let asked = asked(&all, 20_000);
    let work = || {
        for path in asked.iter().cycle().take(200_000) {
            std::hint::black_box(engine.decide(&events::read(path)));
        }
    };
    let time = |threads: usize| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        start.elapsed().as_secs_f64()
    };
    let runs = || (0..5).map(|_| 2.0 * time(1) / time(2));
    board.at_least(name, runs().fold(0.0, f64::max), 1.8, "x");
}

fn of_paths(all: &[String], mix: Mix, count: usize) -> Bundle {
    policy::compile(&policy::of_paths(&rules::rules(all, mix, count)))
}

fn count(name: &str, bundle: Bundle, all: &[String]) -> Counts {
    let events = asked(all, 400).into_iter().map(Asked::Read).collect();
    measured(&Group { name: name.into(), bundle, events, actors: false })
}

fn measured(group: &Group) -> Counts {
    let directory = std::env::temp_dir().join("wardline-goals");
    counted::count(&directory, group).unwrap_or_else(|error| panic!("{}: {error}", group.name))
}

fn megabytes(contest: &Contest) -> f64 {
    let size = contest.bytes.iter().find(|(name, _)| name == ENGINE);
    size.expect("known").1 as f64 / 1e6
}

const SECONDS: Duration = Duration::from_secs(1);
