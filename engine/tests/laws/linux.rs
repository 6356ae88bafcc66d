//! Spellings of files, programs and those who use them, on Linux.

use serde_json::{Value, json};

use super::{Denied, Line, Random, Same, Spelling, hex, map, text};
use crate::random::{PATHS, PROGRAMS};

const NAMES: &[&str] =
    &["etc", "shadow", "usr", "bin", "nc", "nc", "tmp", "a", "b", "sh", "id_rsa", "x.key", "srv"];

/// A file or program with one plain name, used by somebody known.
pub(super) fn event(random: &mut Random) -> Line {
    let mut line = Line::new();
    let path = path(random);
    if random.one_in(2) {
        let operations = ["read", "modify", "delete", "attributes", "create", "execute"];
        line.insert("kind".into(), json!("file"));
        line.insert("operation".into(), json!(random.pick(&operations)));
    } else {
        line.insert("kind".into(), json!("exec"));
        let digest = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        line.insert("sha256".into(), json!(digest));
    }
    line.insert("path".into(), json!(path));
    line.insert("time".into(), json!(20_000));
    if random.one_in(2) {
        line.insert("user".into(), json!({ "name": "bob", "id": random.pick(&[0, 33, 1000]) }));
    }
    if random.one_in(2) {
        let program = random.pick(&["/usr/bin/nc", "/tmp/x/sh", "/a/b/sh"]);
        line.insert("process".into(), json!({ "path": program }));
    }
    line
}

/// A canonical path that policies often list.
fn path(random: &mut Random) -> String {
    if random.one_in(3) {
        let pool = if random.one_in(2) { PATHS } else { PROGRAMS };
        let one = *random.pick(pool);
        if one.len() > 1 && one.starts_with('/') && !one.contains(['*', '?', '[', '{']) {
            return one.trim_end_matches('/').into();
        }
    }
    (0..1 + random.below(4)).map(|_| format!("/{}", random.pick(NAMES))).collect()
}

pub(super) fn spellings() -> Vec<Spelling> {
    macro_rules! table {
        ($($name:ident $strength:ident $respell:expr;)+) => {
            vec![$(Spelling { name: stringify!($name), strength: $strength, respell: $respell }),+]
        };
    }
    table! {
        doubled_slash Same |line, random| map(line, "path", |path| {
            Some(at_a_slash(path, random, "//"))
        });
        leading_slashes Same |line, _| map(line, "path", |path| Some(format!("//{path}")));
        dot_component Same |line, random| map(line, "path", |path| {
            Some(at_a_slash(path, random, "/./"))
        });
        dot_at_the_end Same |line, _| map(line, "path", |path| Some(format!("{path}/.")));
        slash_at_the_end Same |line, _| map(line, "path", |path| Some(format!("{path}/")));
        many_dots_and_slashes Same |line, _| map(line, "path", |path| {
            Some(path.replace('/', "/.//././//"))
        });
        relative_to_cwd Same |line, random| relative(line, random, "cwd", "");
        relative_with_a_dot Same |line, random| relative(line, random, "cwd", "./");
        relative_to_an_odd_cwd Same |line, random| {
            relative(line, random, "cwd", ".//") && map(line, "cwd", |cwd| Some(format!("{cwd}//.")))
        };
        relative_to_dirfd Same |line, random| {
            // The directory behind the descriptor wins.
            line.insert("cwd".into(), json!("/home/eve"));
            relative(line, random, "dirfd_path", "")
        };
        cwd_that_is_not_used Same |line, _| {
            line.insert("cwd".into(), json!("/home/eve"));
            line.insert("dirfd_path".into(), json!("/opt"));
            true
        };
        below_a_root Same |line, random| {
            let Some((root, rest)) = split(line, random) else { return false };
            line.insert("root".into(), json!(root));
            line.insert("path".into(), json!(format!("/{rest}")));
            true
        };
        below_the_real_root Same |line, _| {
            line.insert("root".into(), json!("/"));
            true
        };
        below_a_root_and_cwd Same |line, random| {
            let Some((root, rest)) = split(line, random) else { return false };
            let (cwd, name) = rest.rsplit_once('/').unwrap_or(("", &rest));
            line.insert("root".into(), json!(format!("{root}/")));
            line.insert("cwd".into(), json!(format!("/{cwd}")));
            line.insert("path".into(), json!(name));
            true
        };
        shown_as_deleted Same |line, _| {
            line.insert("deleted".into(), json!(true));
            map(line, "path", |path| Some(format!("{path} (deleted)")))
        };
        path_in_hexadecimal Same |line, _| {
            let path = text(line, "path").unwrap();
            line.insert("path".into(), hex(&path));
            true
        };
        requested_besides Denied |line, _| {
            let path = text(line, "path").unwrap();
            line.insert("requested".into(), json!(path));
            true
        };
        requested_through_a_link Denied |line, _| further(line, "requested", |path| json!(path));
        requested_from_cwd Denied |line, _| {
            line.insert("cwd".into(), json!("/"));
            further(line, "requested", |path| json!(format!(".{path}")))
        };
        alias Denied |line, _| further(line, "aliases", |path| json!(["/opt/other", path]));
        odd_alias Denied |line, _| further(line, "aliases", |path| json!([format!("/./{path}//")]));
        alias_in_hexadecimal Denied |line, _| further(line, "aliases", |path| json!([hex(path)]));
        script_of_an_interpreter Denied |line, _| {
            line["kind"] == "exec" && further(line, "script", |path| json!(path))
        };
        modify_as_truncate Same |line, _| operation(line, "modify", "truncate");
        attributes_as_chmod Same |line, _| operation(line, "attributes", "chmod");
        attributes_as_chown Same |line, _| operation(line, "attributes", "chown");
        attributes_as_utime Same |line, _| operation(line, "attributes", "utime");
        attributes_as_setxattr Same |line, _| operation(line, "attributes", "setxattr");
        digest_in_upper_case Same |line, _| {
            map(line, "sha256", |digest| Some(digest.to_uppercase()))
        };
        program_of_the_process_oddly Same |line, _| {
            let Some(program) = line.get("process").map(|process| &process["path"]) else {
                return false;
            };
            let odd = program.as_str().unwrap().replace('/', "//./");
            line.insert("process".into(), json!({ "path": odd, "name": "x", "pid": 7 }));
            true
        };
        user_name_in_hexadecimal Same |line, _| {
            let Some(user) = line.get_mut("user") else { return false };
            user["name"] = hex(user["name"].as_str().unwrap());
            true
        };
    }
}

/// Puts something in the place of one slash.
fn at_a_slash(path: &str, random: &mut Random, instead: &str) -> String {
    let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    let at = *random.pick(&slashes);
    [&path[..at], instead, &path[at + 1..]].concat()
}

/// The path cut at a slash: what is above, and what is below without one.
fn split(line: &Line, random: &mut Random) -> Option<(String, String)> {
    let path = text(line, "path")?;
    let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    let at = *random.pick(&slashes);
    let above = if at == 0 { "/" } else { &path[..at] };
    Some((above.to_owned(), path[at + 1..].to_owned()))
}

fn relative(line: &mut Line, random: &mut Random, base: &str, lead: &str) -> bool {
    let Some((above, below)) = split(line, random) else { return false };
    line.insert(base.into(), json!(above));
    line.insert("path".into(), json!(format!("{lead}{below}")));
    true
}

/// The path becomes a further name of something harmless.
fn further(line: &mut Line, field: &str, name: impl FnOnce(&str) -> Value) -> bool {
    let path = text(line, "path").unwrap();
    line.insert(field.into(), name(&path));
    line.insert("path".into(), json!("/opt/real"));
    true
}

fn operation(line: &mut Line, from: &str, to: &str) -> bool {
    if line.get("operation").is_none_or(|operation| operation != from) {
        return false;
    }
    line.insert("operation".into(), json!(to));
    true
}
