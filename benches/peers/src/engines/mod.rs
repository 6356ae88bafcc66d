//! General policy engines on one host's policy. All answer one question: is it
//! refused? What is only reported is left out, which spares them work.
//!
//! Each gets the policy in the form that suits it: exact paths in sets where it has
//! sets, globs that were compiled before where it takes functions.

mod casbin;
mod cedar;
mod cel;
mod regorus;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use foldhash::fast::FixedState;
use globset::{GlobBuilder, GlobMatcher};
use wardline_benches::hosts::{Act, Host, Paths, What};

use crate::race::Racer;

/// All of them. Those that cannot say the policy exactly say more, never less.
pub fn racers<'a>(host: &Host, acts: &'a [Act]) -> Vec<Racer<'a>> {
    vec![
        cedar::racer(host, acts),
        regorus::racer(host, acts),
        casbin::racer(host, acts),
        cel::racer(host, acts),
    ]
}

/// The paths of one control by what they look like.
struct Shapes<'a> {
    exact: Vec<&'a str>,
    /// Directories with their last `/`.
    below: Vec<String>,
    globs: Vec<&'a str>,
}

impl<'a> Shapes<'a> {
    fn new(paths: &'a [String]) -> Shapes<'a> {
        let is_plain = |text: &str| !text.contains(['*', '?', '[', '{']);
        let mut shapes = Shapes { exact: Vec::new(), below: Vec::new(), globs: Vec::new() };
        for path in paths {
            match path.strip_suffix("**") {
                _ if is_plain(path) => shapes.exact.push(path),
                Some(directory) if is_plain(directory) => shapes.below.push(directory.to_owned()),
                _ => shapes.globs.push(path),
            }
        }
        shapes
    }
}

/// The two controls over files that refuse, with the events they act on.
fn controls(host: &Host) -> [(&'static str, &Paths, &'static [&'static str]); 2] {
    [
        ("block", &host.block, &["read", "modify", "exec"]),
        ("read_only", &host.read_only, &["modify"]),
    ]
}

/// Names among the programs, and paths.
fn programs(host: &Host) -> (Vec<&str>, Vec<&str>) {
    let (names, paths): (Vec<&str>, Vec<&str>) =
        host.programs.iter().map(String::as_str).partition(|program| program.starts_with("**/"));
    (names.into_iter().map(|name| &name[3..]).collect(), paths)
}

fn kind(what: What) -> &'static str {
    match what {
        What::Read => "read",
        What::Modify => "modify",
        What::Exec => "exec",
        What::Login => "login",
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(_, name)| name)
}

/// Globs compiled once, for engines that take functions.
static GLOBS: LazyLock<Mutex<HashMap<String, &'static GlobMatcher, FixedState>>> =
    LazyLock::new(Mutex::default);

/// Compiles a glob for [`glob_matches`]. It lives as long as the process: functions
/// of these engines hold no state.
fn prepare(glob: &str) {
    let matcher = GlobBuilder::new(glob).literal_separator(true).build().expect("a glob");
    let matcher = Box::leak(Box::new(matcher.compile_matcher()));
    GLOBS.lock().expect("not poisoned").insert(glob.to_owned(), matcher);
}

fn glob_matches(glob: &str, path: &str) -> bool {
    let matcher = GLOBS.lock().expect("not poisoned").get(glob).copied();
    matcher.expect("prepared").is_match(path)
}
