//! Hostile policies: each compiles within 10 s and 512 MB, or ends within them in an
//! error that names the rule.
//!
//! The families are those that made other compilers of patterns explode: sets of
//! directories at any depth, beginnings times ends, wildcards between wildcards.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Processor time, so that a busy machine cannot decide. Tests are compiled with little
/// optimisation, which takes three to four times as long as what users run.
const SECONDS: u32 = if cfg!(debug_assertions) { 40 } else { 10 };
const KILOBYTES: u32 = 512 << 10;

/// What came of a policy. Where a family ends is up to the engine, as long as it ends
/// in one of these ways: most tests ask for no more.
#[derive(Debug, Eq, PartialEq)]
enum End {
    Compiled,
    /// Refused with an error that has this code and names this rule, from 0.
    Refused {
        code: String,
        rule: usize,
    },
}

/// Compiles a policy with these paths, within the limits.
fn compile(rules: &[String]) -> End {
    let directory = tempfile::tempdir().unwrap();
    let mut policy = String::from(HEAD);
    for rule in rules {
        writeln!(policy, "      - '{rule}'").unwrap();
    }
    std::fs::write(directory.path().join("hostile.yaml"), policy).unwrap();
    let script = format!("ulimit -v {KILOBYTES} && ulimit -t {SECONDS} && exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_wardline")])
        .args(["compile", "-q", "-o", "hostile.wlb", "hostile.yaml"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    match output.status.code() {
        Some(0) => {
            check(directory.path());
            End::Compiled
        }
        Some(1) => refused(&errors, rules),
        // Killed, out of memory, or panicked.
        _ => panic!("{}: {}", output.status, &errors[..errors.len().min(500)]),
    }
}

/// What was compiled can be loaded.
fn check(directory: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_wardline"))
        .args(["inspect", "--bundle", "hostile.wlb"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Reads `hostile.yaml:14:9: error[too-complex]: …` and which rule it quotes.
fn refused(errors: &str, rules: &[String]) -> End {
    let line = errors.lines().find(|line| line.contains("error[")).expect(errors);
    let (place, rest) = line.split_once(": error[").unwrap();
    let (code, message) = rest.split_once("]: ").unwrap();
    let number: usize = place.split(':').nth(1).unwrap().parse().unwrap();
    let rule = number - 1 - HEAD.lines().count();
    let quotes = message.contains(&format!("`{}`", rules[rule]));
    assert!(quotes || code == "too-large", "does not name {}: {line}", rules[rule]);
    End::Refused { code: code.to_owned(), rule }
}

const HEAD: &str = "\
wardline: 1
kind: host
name: hostile
platform: linux
mode: enforce
controls:
  file_block:
    paths:
";

fn each(count: usize, rule: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(rule).collect()
}

/// A family and what becomes of it. `name` says what explodes.
macro_rules! t {
    ($name:ident, $rules:expr => compiles) => {
        #[test]
        fn $name() {
            assert_eq!(compile(&$rules), End::Compiled);
        }
    };
    ($name:ident, $rules:expr => bounded) => {
        #[test]
        fn $name() {
            compile(&$rules);
        }
    };
    ($name:ident, $rules:expr => $code:literal at $rule:pat) => {
        #[test]
        fn $name() {
            let end = compile(&$rules);
            let End::Refused { code, rule: $rule } = &end else { panic!("{end:?}") };
            assert_eq!(code, $code);
        }
    };
}

t!(directories_at_any_depth, each(60, |i| format!("**/d{i}/**")) => bounded);
t!(two_thousand_directories_at_any_depth, each(2_000, |i| format!("**/d{i}/**")) => bounded);
t!(pairs_of_directories, each(1_000, |i| format!("**/d{i}/**/e{i}")) => bounded);
t!(too_many_pairs_of_directories, each(2_000, |i| format!("**/d{i}/**/e{i}")) => bounded);
t!(beginnings_times_ends, both(500, |i| format!("**/pre{i}*"), |i| format!("**/*suf{i}")) => bounded);
t!(directories_by_beginning_times_end,
    both(500, |i| format!("**/pre{i}*/x"), |i| format!("**/*suf{i}/x")) => bounded);
t!(sixty_wildcards_between_wildcards, each(60, |i| format!("/**/a{i}*b?c/**/*z{i}")) => bounded);
t!(wildcards_between_wildcards, each(1_000, |i| format!("/**/a{i}*b?c/**/*z")) => bounded);
t!(open_wildcards_between_wildcards, each(60, |i| format!("/**/*a{i}*b?c/**/*z")) => bounded);
t!(sixteen_characters_behind_one, ["**/*a????????????????".to_owned()] => bounded);
t!(sixty_characters_behind_one, [format!("**/*a{}", "?".repeat(60))] => bounded);
t!(characters_behind_many,
    each(110, |i| format!("**/*{}{}", char::from(b'a' + (i % 10) as u8), "?".repeat(1 + i / 10)))
    => bounded);
t!(contained_words, each(300, |i| format!("**/*k{i}x*")) => bounded);
t!(pairs_of_contained_words, each(300, |i| format!("**/*k{i}x*y{i}*")) => bounded);
t!(two_thousand_deep, deep(2_000, "", 50) => bounded);
t!(two_thousand_deep_at_any_depth, deep(2_000, "/**", 50) => bounded);
t!(two_thousand_deep_mostly_open, deep(2_000, "", 80) => bounded);
t!(sixteen_open_components, [format!("**/a{}/b", "/*".repeat(16))] => bounded);
t!(forty_open_components, [format!("**/a{}/b", "/*".repeat(40))] => bounded);
t!(many_runs_of_open_components, each(500, |i| format!("**/a{i}{}/b", "/*".repeat(7))) => bounded);
t!(a_hundred_thousand_alternatives,
    [format!("/x/{{{}}}", each(100_000, |i| format!("a{i}")).join(","))] => "too-large" at 0);
t!(a_hundred_thousand_alternatives_in_many,
    each(1_563, |i| format!("/x{i}/{{{}}}/y", each(64, |j| format!("a{j}")).join(","))) => bounded);
t!(alternatives_of_alternatives,
    each(2_000, |i| format!("/{{a,b}}/{{c,d}}/{{e,f}}/{{g,h}}/*{i}{{m,n}}")) => bounded);
t!(classes_and_characters, each(50, |i| format!("**/*[a-m]?????[n-z]*{i}")) => bounded);
t!(a_component_of_wildcards, [format!("/{}", "a*".repeat(1_500))] => bounded);
t!(components_of_wildcards, each(20, |i| format!("/*{i}{}", "a*".repeat(200))) => bounded);
t!(hundreds_of_components_at_any_depth, [format!("/a{}", "/**/b".repeat(600))] => bounded);
t!(too_many_registers, each(1_500, |i| format!("/a{i}/**/b/**/c{i}")) => bounded);

fn both(
    count: usize,
    one: impl Fn(usize) -> String,
    other: impl Fn(usize) -> String,
) -> Vec<String> {
    each(count, one).into_iter().chain(each(count, other)).collect()
}

/// Rules nine components deep of which so many in a hundred are `*`.
fn deep(count: usize, front: &str, open: u64) -> Vec<String> {
    let mut bits = 1u64;
    let mut random = |limit: u64| {
        // Numerical Recipes' linear congruential generator; its upper bits are good.
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (bits >> 33) % limit
    };
    let mut rules: Vec<String> = each(count, |_| String::new());
    for rule in &mut rules {
        *rule += front;
        for _ in 0..8 {
            let part = if random(100) < open { "/*".into() } else { format!("/w{}", random(20)) };
            *rule += &part;
        }
        write!(rule, "/f{}", random(20)).unwrap();
    }
    rules.sort();
    rules.dedup();
    rules
}
