//! Rows about compiling: in a child process each, so that its peak of memory is its
//! own, and by processor time, so that neighbours do not count.

use std::process::Command;

use wardline_benches::addresses::prefixes_v4;
use wardline_benches::paths::best;
use wardline_benches::rules::{Mix, rules};
use wardline_benches::{domains, policy};

use super::board::Board;

/// Paths, names and networks.
pub fn rows(board: &mut Board) {
    let rows = [
        ("paths", "compile, 10,000 mixed path rules", 1.0, Some(100.0)),
        ("domains", "compile, 1,000,000 domains", 2.0, None),
        ("prefixes", "compile, 1,000,000 prefixes", 1.0, None),
    ];
    for (what, name, seconds, megabytes) in rows {
        if !board.wants(name) {
            continue;
        }
        let runs: Vec<(f64, f64)> = (0..2).map(|_| run(what)).collect();
        let best = |of: fn(&(f64, f64)) -> f64| runs.iter().map(of).fold(f64::MAX, f64::min);
        board.at_most(name, best(|run| run.0), seconds, " s");
        if let Some(goal) = megabytes {
            board.at_most(&format!("{name}, peak"), best(|run| run.1), goal, " MB");
        }
    }
}

/// Seconds and megabytes that a child says.
fn run(what: &str) -> (f64, f64) {
    let this = std::env::current_exe().expect("known");
    let output = Command::new(this).args(["compile", what]).output().expect("runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let (seconds, megabytes) = text.trim().split_once(' ').expect("two numbers");
    (seconds.parse().expect("a number"), megabytes.parse().expect("a number"))
}

/// Compiles one thing and says what it took: processor time, and how much higher the
/// peak of memory is than what the text of the policy needed.
pub fn child(what: &str) {
    let (text, feed) = match what {
        "paths" => {
            let (all, _) = best(200_000);
            (policy::of_paths(&rules(&all, Mix::Inner, 10_000)), None)
        }
        "domains" => {
            let lines = domains::names(1_000_000).join("\n");
            (policy::of_feed("domains"), Some(lines))
        }
        _ => {
            let lines = policy::feed_of_networks(&prefixes_v4(1_000_000));
            (policy::of_feed("networks"), Some(lines))
        }
    };
    let lists: Vec<(&str, &str)> = feed.iter().map(|feed| ("feed", feed.as_str())).collect();
    // The peak is kept by the kernel; written to, this file forgets it.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (before, memory) = (processor_seconds(), status("VmRSS:"));
    let bundle = policy::build(&text, &lists);
    let seconds = processor_seconds() - before;
    let megabytes = (status("VmHWM:") - memory) / 1e3;
    println!("{seconds} {megabytes}");
    drop(bundle);
}

/// Processor time of this process in seconds.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let nanoseconds = text.split(' ').next().expect("three numbers");
    nanoseconds.parse::<f64>().expect("a number") / 1e9
}

/// Kilobytes of a line of `/proc/self/status`.
fn status(field: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("a field");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
