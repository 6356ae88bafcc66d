//! Counts the instructions of a fixed set of decisions and compares them with the
//! budgets in `instructions.txt`. See `scripts/check-instructions`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, thread};

use wardline_benches::asked::Asked;
use wardline_benches::counted::{self, Counts, Group};
use wardline_benches::hosts::host;
use wardline_benches::rules::{Mix, asked, rules};
use wardline_benches::{addresses, domains, paths, policy};

const DECISIONS: usize = 400;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == "decide"
    {
        counted::decide(rest);
        return ExitCode::SUCCESS;
    }
    if !counted::is_possible() {
        println!("skipped: needs valgrind");
        return ExitCode::from(77);
    }
    let update = arguments.iter().any(|argument| argument == "--update");
    let only: Vec<&String> = arguments.iter().filter(|word| !word.starts_with("--")).collect();
    let chosen = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(*part));
    let found = count_all(&chosen);
    let budgets = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
    if update {
        fs::write(&budgets, table(&found)).expect("budgets are written");
        return ExitCode::SUCCESS;
    }
    let text = fs::read_to_string(&budgets).unwrap_or_default();
    let mut failed = compare(&text, &found);
    failed |= !ratio_is_kept(&found);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Counts the chosen groups, two at a time.
fn count_all(chosen: &(impl Fn(&str) -> bool + Sync)) -> BTreeMap<String, Counts> {
    let directory = env::temp_dir().join("wardline-instructions");
    let makers = groups();
    let makers: Vec<_> = makers.into_iter().filter(|(name, _)| chosen(name)).collect();
    let queue = std::sync::Mutex::new(makers);
    let found = std::sync::Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("not poisoned").pop();
                    let Some((name, make)) = next else { break };
                    let group = Group { name: name.clone(), ..make() };
                    let counts = counted::count(&directory, &group)
                        .unwrap_or_else(|error| panic!("{name}: {error}"));
                    found.lock().expect("not poisoned").insert(name, counts);
                }
            });
        }
    });
    found.into_inner().expect("not poisoned")
}

type Maker = Box<dyn FnOnce() -> Group + Send>;

/// The fixed set, each made when its turn comes.
fn groups() -> Vec<(String, Maker)> {
    let mut groups: Vec<(String, Maker)> = Vec::new();
    for mix in Mix::ALL {
        for count in [10, 1_000, 10_000] {
            let name = format!("paths-{}-{count}", mix.name());
            groups.push((name, Box::new(move || of_paths(mix, count))));
        }
    }
    groups.push((
        "addresses-v4-100000".into(),
        Box::new(|| of_addresses(addresses::prefixes_v4(100_000))),
    ));
    groups.push((
        "addresses-v6-100000".into(),
        Box::new(|| of_addresses(addresses::prefixes_v6(100_000))),
    ));
    groups.push((
        "domains-feed-100000".into(),
        Box::new(|| {
            let names = domains::names(100_000);
            let bundle = policy::build(&policy::of_feed("domains"), &[("feed", &names.join("\n"))]);
            group(bundle, domains::asked(&names, DECISIONS).into_iter().map(Asked::LookUp))
        }),
    ));
    groups.push((
        "domains-exact-100000".into(),
        Box::new(|| {
            let names = domains::names(100_000);
            let bundle = policy::compile_all(&policy::of_domains(&names));
            group(bundle, domains::asked(&names, DECISIONS).into_iter().map(Asked::LookUp))
        }),
    ));
    for entries in [20, 200, 2_000] {
        for actors in [false, true] {
            let name = format!("host-{entries}{}", if actors { "-actors" } else { "" });
            groups.push((name, Box::new(move || Group { actors, ..of_host(entries) })));
        }
    }
    groups
}

fn group(bundle: wardline::Bundle, events: impl Iterator<Item = Asked>) -> Group {
    Group { name: String::new(), bundle, events: events.collect(), actors: false }
}

fn of_paths(mix: Mix, count: usize) -> Group {
    let paths = paths::synthetic(60_000);
    let bundle = policy::compile(&policy::of_paths(&rules(&paths, mix, count)));
    group(bundle, asked(&paths, DECISIONS).into_iter().map(Asked::Read))
}

fn of_addresses(prefixes: Vec<addresses::Prefix>) -> Group {
    let feed = policy::feed_of_networks(&prefixes);
    let bundle = policy::build(&policy::of_feed("networks"), &[("feed", &feed)]);
    group(bundle, addresses::asked(&prefixes, DECISIONS).into_iter().map(Asked::Connect))
}

fn of_host(entries: usize) -> Group {
    let paths = paths::synthetic(60_000);
    let (host, acts) = host(&paths, entries, DECISIONS);
    let bundle = policy::compile(&policy::of_host(&host));
    group(bundle, acts.into_iter().map(Asked::Act))
}

/// The budgets as they are checked in.
fn table(found: &BTreeMap<String, Counts>) -> String {
    let mut text = String::from(
        "# Instructions per decision: group, median, mean. A budget holds within 3 %.\n\
         # Changed by `scripts/check-instructions --update`, with a line in CHANGELOG.md.\n",
    );
    writeln!(text, "compiler {}", env!("RUSTC_VERSION")).expect("a string");
    for (name, counts) in found {
        writeln!(text, "{name} {} {}", counts.median(), counts.mean()).expect("a string");
    }
    text
}

/// Says what each group takes and which left its budget. Returns whether any did.
fn compare(budgets: &str, found: &BTreeMap<String, Counts>) -> bool {
    let same_compiler =
        budgets.lines().any(|line| line.strip_prefix("compiler ") == Some(env!("RUSTC_VERSION")));
    if !same_compiler {
        // Another compiler makes other instructions: no budget says anything then.
        println!("skipped: budgets are those of another compiler");
    }
    let mut failed = false;
    for (name, counts) in found {
        let (median, mean, most) = (counts.median(), counts.mean(), counts.most());
        let budget = budgets.lines().find_map(|line| {
            let rest = line.strip_prefix(name.as_str())?.strip_prefix(' ')?;
            let (median, mean) = rest.split_once(' ')?;
            Some((median.parse::<u64>().ok()?, mean.parse::<u64>().ok()?))
        });
        let within = |is: u64, budget: u64| is.abs_diff(budget) * 100 <= budget * 3;
        let verdict = match budget {
            _ if !same_compiler => "not compared",
            None => "without budget",
            Some((p50, average)) if within(median, p50) && within(mean, average) => "ok",
            Some((_, average)) if mean > average => "OVER its budget",
            Some(_) => "UNDER its budget: lower it",
        };
        failed |= same_compiler && verdict != "ok";
        let budget = budget.map_or(String::new(), |(p50, average)| format!("{p50}/{average}"));
        println!(
            "{name:24} p50 {median:6} mean {mean:6} most {most:7} budget {budget:13} {verdict}"
        );
    }
    failed
}

/// Whether ten thousand rules take at most one and a half times what ten take.
fn ratio_is_kept(found: &BTreeMap<String, Counts>) -> bool {
    let mut kept = true;
    for mix in Mix::ALL {
        let of = |count: usize| found.get(&format!("paths-{}-{count}", mix.name()));
        let (Some(few), Some(many)) = (of(10), of(10_000)) else { continue };
        let ratio = many.mean() as f64 / few.mean() as f64;
        let verdict = if ratio <= 1.5 { "ok" } else { "short" };
        println!("10,000 rules over 10, {:6} {ratio:.2}, at most 1.50: {verdict}", mix.name());
        kept &= ratio <= 1.5;
    }
    kept
}
