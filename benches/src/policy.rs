//! The engine on rules: policies as text, as every user writes them.

use std::fmt::Write as _;

use wardline::{Binding, Bundle, Compiler, Engine, Format, Platform};

use crate::addresses::Prefix;
use crate::hosts::{Host, Paths};

/// An enforcing host policy for Linux with these controls, in flow style.
pub fn policy(controls: &str) -> String {
    format!(
        "wardline: 1\nkind: host\nname: bench\nplatform: linux\nmode: enforce\ncontrols:\n  {controls}\n"
    )
}

/// Compiles one policy.
///
/// # Panics
///
/// If it is not understood.
pub fn compile(text: &str) -> Bundle {
    build(text, &[])
}

/// Compiles one policy with its lists.
///
/// # Panics
///
/// If it is not understood.
pub fn build(text: &str, lists: &[(&str, &str)]) -> Bundle {
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("bench.yaml", text.as_bytes(), Format::Yaml).unwrap_or_else(refuse);
    for (name, text) in lists {
        compiler.list("bench", name, *text);
    }
    compiler.build().unwrap_or_else(refuse)
}

/// Loads a bundle.
///
/// # Panics
///
/// If it is none.
pub fn load(bundle: Bundle) -> Engine<Vec<u8>> {
    Engine::load(bundle.bytes, &Binding::default()).expect("an engine")
}

/// Files that nobody may touch.
pub fn of_paths(rules: &[String]) -> String {
    policy(&format!("file_block: {{ paths: {} }}", list(rules)))
}

/// Programs that nobody may run.
pub fn of_programs(rules: &[String]) -> String {
    policy(&format!("executables_blocked: {{ executables: {} }}", list(rules)))
}

/// A function with decoys whose secrets must not stand in arguments.
pub fn of_decoys(secrets: &[String]) -> String {
    let decoys: Vec<String> = secrets
        .iter()
        .enumerate()
        .map(|(index, secret)| {
            format!("{{ kind: access_key, id: AKIADECOY{index:07}, secret: {secret} }}")
        })
        .collect();
    policy(&format!("honeypot: {{ decoys: [{}] }}", decoys.join(", ")))
        .replace("kind: host", "kind: function")
}

/// Networks and names on lists that nobody may reach; `list` is called `feed`.
pub fn of_feed(format: &str) -> String {
    policy("dns_ip_reputation: { lists: [feed] }").replace(
        "controls:",
        &format!("lists:\n  feed: {{ file: feed.txt, format: {format} }}\ncontrols:"),
    )
}

/// The text of a list of networks.
pub fn feed_of_networks(prefixes: &[Prefix]) -> String {
    let mut text = String::new();
    for (first, length) in prefixes {
        writeln!(text, "{first}/{length}").expect("a string");
    }
    text
}

/// Names that nobody may look up, each with all below, compared byte by byte: one
/// text for each half million, the most that fits into a policy.
pub fn of_domains(names: &[String]) -> Vec<String> {
    let text = |(index, names): (usize, &[String])| {
        let mut list = String::with_capacity(names.len() * 24);
        for name in names {
            write!(list, ".{name},").expect("a string");
        }
        policy(&format!("network_block: {{ domains: [{list}] }}"))
            .replace("name: bench", &format!("name: bench{index}"))
    };
    names.chunks(500_000).enumerate().map(text).collect()
}

/// Compiles policies together.
///
/// # Panics
///
/// If they are not understood.
pub fn compile_all(texts: &[String]) -> Bundle {
    let mut compiler = Compiler::new(Platform::Linux);
    for text in texts {
        compiler.policy("bench.yaml", text.as_bytes(), Format::Yaml).unwrap_or_else(refuse);
    }
    compiler.build().unwrap_or_else(refuse)
}

/// A whole host's policy.
pub fn of_host(host: &Host) -> String {
    let files = |paths: &Paths| {
        format!(
            "paths: {}, except_users: {}, except_processes: {}",
            list(&paths.paths),
            list(&paths.except_users),
            list(&paths.except_processes)
        )
    };
    policy(&format!(
        "file_block: {{ {} }}\n  read_only_files: {{ {} }}\n  \
         file_integrity_monitoring: {{ operations: [modify], {} }}\n  \
         executables_blocked: {{ executables: {} }}\n  \
         os_users_and_groups_blocked: {{ users: {}, groups: {} }}",
        files(&host.block),
        files(&host.read_only),
        files(&host.monitor),
        list(&host.programs),
        list(&host.users),
        list(&host.groups),
    ))
}

/// What is no policy ends the bench; only the errors are shown, not the warnings.
fn refuse<T>(diagnostics: wardline::Diagnostics) -> T {
    let text = diagnostics.to_string();
    let errors: Vec<&str> = text.lines().filter(|line| line.contains(": error[")).collect();
    panic!("{}", errors.join("\n"))
}

fn list(entries: &[String]) -> String {
    let quoted: Vec<String> = entries.iter().map(|entry| format!("'{entry}'")).collect();
    format!("[{}]", quoted.join(", "))
}
