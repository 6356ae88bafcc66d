//! Canonical paths, seen through decisions.

use std::sync::LazyLock;

use serde_json::json;
use wardline::diagnostic::Code;
use wardline::{Action, Activity, Base, Event, Exec, File, FileOperation, Platform};

use crate::agree::{Both, compile, fields, given, policy};
use crate::glob::quote;

/// The fields are path, `cwd`, `dirfd_path`, `root`, flags (`d` deleted) and a
/// further name. What a path means is what the oracle says; its canonical form,
/// written out, is decided alike and is canonical; a policy that lists just
/// that form blocks the path however it was spelt, and not its neighbour.
pub fn path_linux(data: &[u8]) {
    let [path, cwd, dirfd_path, root, flags, requested] = fields::<6>(data);
    let base = Base { cwd: given(cwd), dirfd_path: given(dirfd_path), root: given(root) };
    let file = File {
        base,
        deleted: flags.contains(&b'd'),
        requested: given(requested),
        ..File::new(FileOperation::Read, path)
    };
    let both = &*LINUX;
    decided(both, file);

    let name = if file.deleted { path.strip_suffix(b" (deleted)").unwrap_or(path) } else { path };
    let Ok(components) = both.oracle.components(name, &base) else { return };
    let canonical: Vec<u8> = if components.is_empty() {
        b"/".to_vec()
    } else {
        components.iter().flat_map(|name| [b"/", &name[..]].concat()).collect()
    };
    if requested.is_empty() {
        let plain = File::new(FileOperation::Read, &canonical);
        let as_spelt = both.engine.decide(&Event::new(Activity::File(file)));
        let as_plain = both.engine.decide(&Event::new(Activity::File(plain)));
        // Below a process's own root a magic link is one seen from there only.
        if both.oracle.components(&canonical, &Base::NONE).is_ok() {
            assert_eq!(as_spelt, as_plain, "{}", canonical.escape_ascii());
            let again = both.oracle.components(&canonical, &Base::NONE);
            assert_eq!(again.as_ref(), Ok(&components));
        }
    }
    let Ok(text) = core::str::from_utf8(&canonical) else { return };
    let mut quoted = String::new();
    for character in text.chars() {
        if character == '/' { quoted.push('/') } else { quote(&mut quoted, character) }
    }
    if quoted.len() <= 4_096 {
        blocks_only(Platform::Linux, &quoted, file, &[&canonical[..], b"x"].concat());
    }
}

/// As [`path_linux`], without `root` and with one volume.
pub fn path_windows(data: &[u8]) {
    let [path, cwd, dirfd_path, flags, requested] = fields::<5>(data);
    let base = Base { cwd: given(cwd), dirfd_path: given(dirfd_path), root: None };
    let file = File {
        base,
        deleted: flags.contains(&b'd'),
        requested: given(requested),
        ..File::new(FileOperation::Read, path)
    };
    let both = &*WINDOWS;
    decided(both, file);
    let Ok(components) = both.oracle.components(path, &base) else { return };
    let strict = joined(&components);
    if requested.is_empty() {
        let plain = File::new(FileOperation::Read, &strict);
        assert_eq!(both.oracle.components(&strict, &Base::NONE), Ok(components.clone()));
        assert_eq!(
            both.engine.decide(&Event::new(Activity::File(file))),
            both.engine.decide(&Event::new(Activity::File(plain))),
            "{}",
            strict.escape_ascii()
        );
    }
    let denied = both.oracle.denied_components(path, &base).expect("it has components");
    // Other names need quoting, or cannot be listed at all.
    let simple = |name: &Vec<u8>| name.iter().all(|byte| byte.is_ascii_alphanumeric());
    if denied.len() > 1 && denied[0].len() == 2 && denied[1..].iter().all(simple) {
        let listed = joined(&denied);
        let text = core::str::from_utf8(&listed).expect("ASCII");
        if text.len() <= 4_096 {
            blocks_only(Platform::Windows, text, file, &[&listed[..], b"x"].concat());
        }
    }
}

/// Reads, renames and runs a file, on both sides.
fn decided(both: &Both<'_>, file: File<'_>) {
    both.decide(&Event::new(Activity::File(file)));
    let rename = File { operation: FileOperation::Rename, target: Some(file.path), ..file };
    both.decide(&Event::new(Activity::File(rename)));
    let exec = Exec {
        base: file.base,
        deleted: file.deleted,
        requested: file.requested,
        aliases: &[b"/srv/alias"],
        ..Exec::new(file.path)
    };
    both.decide(&Event::new(Activity::Exec(exec)));
}

/// A policy that lists a path blocks it, and not its neighbour.
fn blocks_only(platform: Platform, listed: &str, file: File<'_>, neighbour: &[u8]) {
    let text = policy(platform, json!({ "file_block": { "paths": [listed] } }));
    let compiled = match compile(platform, &[text]) {
        Ok(compiled) => compiled,
        // What cannot be seen is listed by wildcards only.
        Err(errors) if errors.iter().all(|one| one.code == Code::EntryLines) => return,
        Err(errors) => panic!("{listed:?} cannot be listed: {errors}"),
    };
    let both =
        Both::bound(&compiled, &[], VOLUMES, wardline::Fail::Closed, wardline::Mode::Enforce);
    let decision = both.engine.decide(&Event::new(Activity::File(file)));
    assert_eq!((decision.action, decision.matched), (Action::Block, 1), "{listed:?}");
    let neighbour = File::new(FileOperation::Read, neighbour);
    let answer = both.decide(&Event::new(Activity::File(neighbour)));
    let is_root = listed.len() == 1;
    assert!(is_root || answer.matched.is_empty(), "the neighbour of {listed:?}");
}

fn joined(components: &[Vec<u8>]) -> Vec<u8> {
    let mut path = components[0].clone();
    for name in &components[1..] {
        path.push(b'\\');
        path.extend(name);
    }
    if components.len() == 1 {
        path.push(b'\\');
    }
    path
}

static LINUX: LazyLock<Both<'static>> = LazyLock::new(|| {
    let controls = json!({
        "file_block": {
            "paths": ["/etc/shadow", "id_rsa", "/a/**/b", "/usr/*/nc", "/proc/self/**", "?"],
            "except_paths": ["/a/b/b", "/etc/shadow/x"],
        },
        "read_only_files": { "paths": ["/", "/usr/bin"], "except_paths": ["/tmp/**", "/srv"] },
        "executables_blocked": { "executables": ["nc", "/tmp/**", "*.sh", "/srv/alias/x"] },
        "executables_allowed": { "executables": ["/usr/**", "sh"] },
    });
    Both::forever(Platform::Linux, controls, &[])
});

static WINDOWS: LazyLock<Both<'static>> = LazyLock::new(|| {
    let controls = json!({
        "file_block": {
            "paths": [r"C:\Windows\System32\config", "ntds.dit", r"C:\a\**\b", r"\\srv\share\x"],
            "except_paths": [r"C:\a\b\b"],
        },
        "read_only_files": {
            "paths": [r"**\*", r"D:\data"], "except_paths": [r"C:\Temp\**", r"C:\é"],
        },
        "executables_blocked": { "executables": ["nc.exe", r"C:\Temp\**", "*.ps1"] },
        "executables_allowed": { "executables": [r"C:\Windows\**", "cmd.exe"] },
    });
    Both::forever(Platform::Windows, controls, VOLUMES)
});

const VOLUMES: &[(&str, &str)] =
    &[(r"\Device\HarddiskVolume2", "C:"), (r"\\?\Volume{1}\", r"D:\data")];
