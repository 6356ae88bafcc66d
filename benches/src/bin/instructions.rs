//! Counts the instructions of a fixed set of decisions and compares them with the
//! budgets in `instructions.txt`. See `scripts/check-instructions`.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
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
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
    let mut budgets = Budgets::read(&fs::read_to_string(&file).unwrap_or_default());
    if update && !only.is_empty() && !budgets.same_compiler {
        println!("the other budgets are those of another compiler: update all of them");
        return ExitCode::FAILURE;
    }
    let found = count_all(&chosen);
    if update {
        if only.is_empty() {
            budgets.groups.clear();
        }
        budgets.groups.extend(found.iter().map(|(name, counts)| (name.clone(), counts.into())));
        fs::write(&file, budgets.to_string()).expect("budgets are written");
        return ExitCode::SUCCESS;
    }
    let mut failed = compare(&budgets, &found);
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

/// What a decision of a group may take.
struct Budget {
    median: u64,
    mean: u64,
}

impl From<&Counts> for Budget {
    fn from(counts: &Counts) -> Budget {
        Budget { median: counts.median(), mean: counts.mean() }
    }
}

/// The budgets as they are checked in.
struct Budgets {
    /// Those of another compiler say nothing: it makes other instructions.
    same_compiler: bool,
    groups: BTreeMap<String, Budget>,
}

impl Budgets {
    fn read(text: &str) -> Budgets {
        let compiler = text.lines().find_map(|line| line.strip_prefix("compiler "));
        let groups = text.lines().filter_map(|line| {
            let [name, median, mean] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
            let budget = Budget { median: median.parse().ok()?, mean: mean.parse().ok()? };
            Some((name.to_owned(), budget))
        });
        Budgets { same_compiler: compiler == Some(env!("RUSTC_VERSION")), groups: groups.collect() }
    }
}

impl Display for Budgets {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(
            "# Instructions per decision: group, median, mean. A budget holds within 3 %.\n\
             # Changed by `scripts/check-instructions --update`, with a line in CHANGELOG.md.\n",
        )?;
        writeln!(f, "compiler {}", env!("RUSTC_VERSION"))?;
        for (name, budget) in &self.groups {
            writeln!(f, "{name} {} {}", budget.median, budget.mean)?;
        }
        Ok(())
    }
}

/// Says what each group takes and which left its budget. Returns whether any did.
fn compare(budgets: &Budgets, found: &BTreeMap<String, Counts>) -> bool {
    if !budgets.same_compiler {
        println!("skipped: budgets are those of another compiler");
    }
    let mut failed = false;
    for (name, counts) in found {
        let (median, mean, most) = (counts.median(), counts.mean(), counts.most());
        let within = |is: u64, budget: u64| is.abs_diff(budget) * 100 <= budget * 3;
        let budget = budgets.groups.get(name);
        let verdict = match budget {
            _ if !budgets.same_compiler => "not compared",
            None => "without budget",
            Some(budget) if within(median, budget.median) && within(mean, budget.mean) => "ok",
            Some(budget) if mean > budget.mean => "OVER its budget",
            Some(_) => "UNDER its budget: lower it",
        };
        failed |= budgets.same_compiler && verdict != "ok";
        let budget = budget.map_or(String::new(), |of| format!("{}/{}", of.median, of.mean));
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
