//! Races everybody at every size and writes `docs/performance.md` with its plots. See
//! `scripts/bench`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use wardline_benches::addresses::{prefixes_v4, prefixes_v6};
use wardline_benches::paths::best;
use wardline_benches::rules::Mix;
use wardline_benches::{domains, hosts};
use wardline_peers::contests::{self, Peers};
use wardline_peers::series::{Series, readable};

fn main() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let plots = root.join("docs/performance");
    fs::create_dir_all(&plots).expect("a directory");
    // What the goals said, if they were measured before; a file named on the command line.
    let goals = env::args().nth(1).and_then(|file| fs::read_to_string(file).ok());
    let mut text = head(&root);
    if let Some(goals) = goals {
        write!(text, "## Goals\n\n`scripts/bench --goals`\n\n```text\n{}\n```\n\n", goals.trim())
            .expect("a string");
    }
    text += WHERE;
    text += "## Side by side\n\n";
    text += SIDE_BY_SIDE;
    text += &paths(&plots);
    text += &addresses(&plots);
    text += &names(&plots);
    text += &programs();
    text += &whole(&plots);
    text += &phases(&root.join("benches/target/criterion"));
    fs::write(root.join("docs/performance.md"), text).expect("the report is written");
}

const SIDE_BY_SIDE: &str = "\
Time for one answer, in one process, in turns, the shortest of many runs of 250; peers
have the same rules and events, and their answers were compared first. `wardline` is a
whole decision through the public interface: event made, policy looked up, conditions on
who acts, rule named. `wardline, table alone` is what the peers are: a look-up that says
whether some rule lists a name; goals about tables are judged on it. Peers take a path as
it is; the table splits it and makes sure that it is canonical. A dash: could not be built,
or is not worth minutes.

";

/// Why goals are short: written by hand, from profiles; to be looked at again when the
/// rows change.
const WHERE: &str = "\
## Where the time goes

One decision about a file, 10,000 exact and prefix rules, paths of 55 bytes, takes 1,096
instructions on average, of those about paths that rules list as of the others (callgrind, by
function; `paths-exact-10000` of `scripts/check-instructions`):

| part | instructions |
|---|---:|
| splitting the path, and seeing that it is plain: sixteen bytes at a time | 237 |
| filters: five beginnings of a path, each hashed by its end | 250 |
| what passes them: its bucket by the hash of its text, one comparison | 106 |
| what the event asks of the tables, and what their answers mean | 233 |
| rules that match: their rows, scope, mode, which is the strongest, how many | 150 |
| the decision | 120 |

Of 10,000 rules with inner wildcards a decision takes 1,673 instructions, of ten 1,136. What the
540 are (means, by function): names with wildcards, in tries that go deeper, 131; walks that
leave the leads 110; the rules that match, which with ten are none, 190; a lead in its bucket 126,
less what is not asked then. Nothing grows with the rules but how deep a trie goes.

What limits the goals that are short:

- **Paths, against peers.** A regular expression's automaton takes about five instructions a byte
  and no more: with few rules nothing that must also split the path is faster. The table needs
  about as long whatever the rules, so it wins where automata no longer fit a cache, or are not
  built at all. Where 100,000 rules are asked about in turn with other work, most of its time is
  waiting for memory: five bits of the filters, and for a path that is listed a bucket, its lead
  and its outcome. Sets by hand wait as often, but stop at the first that has the path. A look-up
  by 1,000 exact rules takes 40 ns of 250 paths that are asked about over and over, 43 of 2,500, and
  72 of 10,000: their texts, fetched from beyond the nearest caches, and branches that no
  processor has seen before are as much as all the rest. Which peer is the fastest, and by how
  much, changes with whoever else uses the machine's caches.
- **Paths, instructions.** 900 would leave 300 for everything but the path, which takes 590 with
  exact rules; names and inner wildcards add the last component's own look-up, 350, and the walk,
  250. Branches count besides: 5.5 a decision are taken otherwise than a simple predictor guesses
  (`callgrind --branch-sim=yes`), each for a dozen cycles or more: how deep a path is, how many
  bytes are left over, whether a filter lets one pass.
- **Many inner wildcards.** globset cannot be built of 10,000 (its automaton is too large);
  of 5,000 it takes 23 to 33 times as long as the table, not a hundred. A hundredth of its time
  would be less than it takes to split the path and to look up two of its components.
- **Addresses, 1,000.** A look-up takes 140 instructions: header, index, up to four starts, the
  number of the outcome and the outcome, each read checked against the end of the bundle, of any
  width. A plain index of 65,536 words reads three or four, of a fixed width, out of a process's
  own memory, and says only yes or no.
- **Addresses, 100,000.** IPv4 networks are found in 1.4 to 2.3 times less time than by iptrie, of
  nine runs seven kept the goal: both wait for two words beyond the nearest caches, and how long
  that takes changes with whoever else uses them.
- **Domain names.** A look-up among 1,000 names takes 850 instructions: about 240 to see that
  it is a name, 360 to hash its suffixes and ask the filter for them, 210 to compare what
  passes it. A peer trusts the name, and stops at the first suffix that is listed; fst and a set
  say yes or no, the table which rules, for the name and for every one above it.
- **Names of programs** are paths: 500 instructions to see that the path is plain and to look up
  its last component, which foldhash is given. **Keywords** that all begin
  with the same byte, as here, are looked for by it; others are read byte by byte.
- **Actors** spare the process's path, the user and the groups, which are asked about only where a
  rule is about the file: 644 of 2,068 instructions by 20 entries, 706 of 2,482 by 2,000. What is
  left is the event's own path and the decision; half would be less than these two take. The
  other events, most of them, need no actor: nobody is looked up for them.
- **The worst path** of 4 KiB is one of two-byte components: 61 instructions a byte, 122 for each
  to be found in a dictionary and stepped over; the median path, of 55 bytes in six components,
  31 a byte. Fifty times that path would be 21 a byte. The ratio grew with every mend that made
  the median faster; the worst path takes what it took.

";

fn head(root: &Path) -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.unwrap_or_default()
    };
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name\t: "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let (_, paths) = best(1);
    format!(
        "# Performance\n\nWritten by `scripts/bench`; do not edit.\n\n\
         | | |\n|---|---|\n| commit | `{}` |\n| machine | {}, {cores} cores |\n\
         | compiler | {} |\n| load average meanwhile | {} |\n| paths | {paths} |\n\n\
         Instructions are counted by callgrind and do not depend on who else uses the\n\
         machine; times do, and only their ratios mean anything.\n\n",
        said("git", &["rev-parse", "--short=10", "HEAD"]),
        processor.unwrap_or("unknown"),
        said("rustc", &["--version"]),
        load.split(' ').next().unwrap_or("unknown"),
    )
}

fn paths(plots: &Path) -> String {
    let (all, _) = best(250_000);
    let mut text = String::new();
    let titles = [
        (Mix::Exact, "Paths: exact and prefix"),
        (Mix::Names, "Paths: and 15 % base names"),
        (Mix::Inner, "Paths: and 15 % inner wildcards"),
    ];
    for (mix, title) in titles {
        let mut series = Series::new(title);
        for count in [10, 100, 1_000, 10_000, 100_000] {
            series.add(count, &contests::of_paths(&all, mix, count, Peers::All, SECONDS * 4));
        }
        text += &series.to_markdown(plots, &format!("paths-{}.svg", mix.name()));
    }
    text
}

fn addresses(plots: &Path) -> String {
    let mut text = String::new();
    for (title, file, prefixes) in [
        ("Addresses: IPv4 networks", "addresses-v4.svg", prefixes_v4 as fn(usize) -> _),
        ("Addresses: IPv6 networks", "addresses-v6.svg", prefixes_v6),
    ] {
        let mut series = Series::new(title);
        for count in [1_000, 10_000, 100_000, 1_000_000] {
            let contest = contests::of_addresses(&prefixes(count), true, SECONDS * 3);
            if count == 1_000_000 {
                sizes(&mut series, &contest);
            }
            series.add(count, &contest);
        }
        text += &series.to_markdown(plots, file);
    }
    text
}

fn names(plots: &Path) -> String {
    let mut feeds = Series::new("Names of a feed, as fingerprints");
    let mut exact = Series::new("Names of a policy, compared byte by byte");
    for count in [1_000, 10_000, 100_000, 1_000_000] {
        let names = domains::names(count);
        // With a million it takes a gigabyte and minutes to be built.
        let contest = contests::of_feeds(&names, count <= 100_000, SECONDS * 3);
        feeds.add(count, &contest);
        let others = contests::of_domains(&names, SECONDS * 3);
        if count == 1_000_000 {
            sizes(&mut feeds, &contest);
            sizes(&mut exact, &others);
        }
        exact.add(count, &others);
    }
    feeds.to_markdown(plots, "domains-feed.svg")
        + exact.to_markdown(plots, "domains-exact.svg").as_str()
}

/// How large the tables of a million are.
fn sizes(series: &mut Series, contest: &contests::Contest) {
    for (name, bytes) in &contest.bytes {
        series.note(format!("{name}: {:.1} MB for a million.", *bytes as f64 / 1e6));
    }
}

fn programs() -> String {
    let mut text = String::from("### Programs and keywords\n\n| | |\n|---|---:|\n");
    for (what, contest) in [
        ("1,000 names and paths of programs", contests::of_programs(SECONDS * 3)),
        ("200 keywords in arguments", contests::of_keywords(SECONDS * 3)),
    ] {
        for (name, time) in &contest.times {
            writeln!(text, "| {what}: {name} | {} |", readable(*time)).expect("a string");
        }
    }
    text + "\n"
}

fn whole(plots: &Path) -> String {
    let (all, _) = best(200_000);
    let mut series = Series::new("Whole decisions: path, process, user and groups");
    for entries in [20, 200, 2_000] {
        let (host, acts) = hosts::host(&all, entries, 10_000);
        #[cfg_attr(not(feature = "engines"), allow(unused_mut, reason = "added to below"))]
        let mut contest = contests::of_host(&host, &acts, SECONDS * 3);
        #[cfg(feature = "engines")]
        {
            let (others, left_out) = contests::of_engines(&host, &acts, SECONDS * 6);
            series.note(format!(
                "{entries} entries: {left_out} % of the events are left out for the general \
                 engines, whose languages say something else about them."
            ));
            contest
                .times
                .extend(others.times.into_iter().filter(|(name, _)| !contests::is_ours(name)));
        }
        series.add(entries, &contest);
    }
    series.to_markdown(plots, "host.svg")
}

/// What criterion measured before, from its files.
fn phases(criterion: &Path) -> String {
    let mut text = String::from("## By phase\n\n");
    for phase in ["parse", "compile", "load", "decide"] {
        let mut rows = Vec::new();
        for name in folders(&criterion.join(phase)) {
            for size in folders(&name) {
                let Ok(json) = fs::read(size.join("new/estimates.json")) else { continue };
                let json: serde_json::Value = serde_json::from_slice(&json).expect("criterion's");
                let Some(time) = json["median"]["point_estimate"].as_f64() else { continue };
                let last = |path: &Path| {
                    path.file_name().expect("a name").to_string_lossy().replace('_', " ")
                };
                let order = last(&size).parse().unwrap_or(0usize);
                rows.push((last(&name), order, readable(time)));
            }
        }
        if rows.is_empty() {
            continue;
        }
        rows.sort();
        write!(text, "### {phase}\n\n| | entries | median |\n|---|---:|---:|\n").expect("a string");
        for (name, size, time) in rows {
            let size = wardline_peers::series::grouped(size);
            writeln!(text, "| {name} | {size} | {time} |").expect("a string");
        }
        text += "\n";
    }
    text
}

fn folders(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

const SECONDS: Duration = Duration::from_secs(1);
