//! Spellings of files, registry keys and accounts on Windows.

use serde_json::{Value, json};

use super::{Denied, Line, Random, Same, Spelling, hex, map, text};

const PATHS: &[&str] = &[
    r"C:\Windows\System32\drivers\etc\hosts",
    r"C:\Windows\System32\k.dll",
    r"C:\Windows\x\y",
    r"C:\data\sub\ntds.dit",
    r"C:\data\nc.exe",
    r"C:\x\sub\a.key",
    r"C:\users\x\b",
    r"D:\data\nc.exe",
    r"D:\data\sub\nc.exe",
    r"\\srv\share\x\y",
    r"\\srv1\share\x",
    r"C:\b\x",
    r"C:\data\sh.exe",
];
const KEYS: &[&str] = &[
    r"HKLM\Software\Run",
    r"HKLM\Software\Run\x",
    r"HKLM\Software\x",
    r"HKCU\Software\x",
    r"HKCU\Software\x\y",
    r"HKU\S-1-5-21-1\Software\Run",
    r"HKLM\System\CurrentControlSet\Services\x",
    r"HKLM\System\CurrentControlSet\Services\x\Start",
    r"HKCC\x",
    r"HKLM\a\run",
    r"HKCU\Software\Classes\CLSID\{A1}",
    r"HKU\S-1-5-21-1\Software\Classes\x",
];

/// A file, a program, a registry key or a login.
pub(super) fn event(random: &mut Random) -> Line {
    let mut line = Line::new();
    match random.below(4) {
        0 => {
            line.insert("kind".into(), json!("file"));
            let operation = random.pick(&["create", "read", "modify", "delete"]);
            line.insert("operation".into(), json!(operation));
            line.insert("path".into(), json!(random.pick(PATHS)));
        }
        1 => {
            line.insert("kind".into(), json!("exec"));
            line.insert("path".into(), json!(random.pick(PATHS)));
        }
        2 => {
            line.insert("kind".into(), json!("registry"));
            let operation = random.pick(&["create", "modify", "delete"]);
            line.insert("operation".into(), json!(operation));
            line.insert("key".into(), json!(random.pick(KEYS)));
            if random.one_in(2) {
                line.insert("value".into(), json!(random.pick(&["Start", "evil", "(Default)"])));
            }
        }
        _ => {
            line.insert("kind".into(), json!("login"));
            line.insert("groups".into(), json!([]));
        }
    }
    if line["kind"] == "login" || random.one_in(2) {
        let name = random.pick(&["alice", r"CORP\alice", "bob", "system"]);
        let sid = random.pick(&["S-1-5-18", "S-1-5-21-1-2-3-500"]);
        line.insert("user".into(), json!({ "name": name, "sid": sid }));
    }
    line.insert("time".into(), json!(5));
    line
}

pub(super) fn spellings() -> Vec<Spelling> {
    macro_rules! table {
        ($($name:ident $strength:ident $respell:expr;)+) => {
            vec![$(Spelling { name: stringify!($name), strength: $strength, respell: $respell }),+]
        };
    }
    table! {
        path_in_upper_case Same |line, _| map(line, "path", |path| Some(path.to_uppercase()));
        path_in_lower_case Same |line, _| map(line, "path", |path| Some(path.to_lowercase()));
        forward_slashes Same |line, _| map(line, "path", |path| Some(path.replace('\\', "/")));
        doubled_backslash Same |line, _| map(line, "path", |path| {
            let (above, name) = path.rsplit_once('\\')?;
            Some(format!(r"{above}\\{name}"))
        });
        backslash_at_the_end Same |line, _| map(line, "path", |path| Some(format!(r"{path}\")));
        windows_dot_component Same |line, _| map(line, "path", |path| {
            let (above, name) = path.rsplit_once('\\')?;
            Some(format!(r"{above}\.\{name}"))
        });
        dot_dot_that_folds Same |line, _| map(line, "path", |path| {
            let (above, name) = path.rsplit_once('\\')?;
            Some(format!(r"{above}\no-such\..\{name}"))
        });
        dot_dot_at_the_root Same |line, _| drive(line, |drive, rest| {
            format!(r"{drive}\..\..\{rest}")
        });
        verbatim_prefix Same |line, _| drive(line, |drive, rest| format!(r"\\?\{drive}\{rest}"));
        device_prefix Same |line, _| drive(line, |drive, rest| format!(r"\\.\{drive}\{rest}"));
        object_prefix Same |line, _| drive(line, |drive, rest| format!(r"\??\{drive}\{rest}"));
        volume_of_a_device Same |line, _| on_c(line, |rest| {
            format!(r"\Device\HarddiskVolume2\{rest}")
        });
        volume_below_globalroot Same |line, _| on_c(line, |rest| {
            format!(r"\\?\GLOBALROOT\Device\HarddiskVolume2\{rest}")
        });
        volume_by_its_guid Same |line, _| drive(line, |drive, rest| {
            if drive == "D:" { format!(r"\\?\Volume{{1}}\{rest}") } else { format!(r"{drive}\{rest}") }
        });
        from_the_directory Same |line, _| map_base(line, |above, name| {
            (format!(r"{above}\"), name.to_owned())
        });
        from_elsewhere_with_dot_dot Same |line, _| map_base(line, |above, name| {
            (format!(r"{above}\zz"), format!(r"..\{name}"))
        });
        from_the_root Same |line, _| {
            let Some((drive, rest)) = parts(line) else { return false };
            line.insert("cwd".into(), json!(format!(r"{drive}\zz")));
            line.insert("path".into(), json!(format!(r"\{rest}")));
            true
        };
        from_the_drive Same |line, _| map_base(line, |above, name| {
            let drive = &above[..2];
            (above.to_owned(), format!("{drive}{name}"))
        });
        unc_verbatim Same |line, _| share(line, |rest| format!(r"\\?\UNC\{rest}"));
        unc_in_slashes Same |line, _| share(line, |rest| format!("//{}", rest.replace('\\', "/")));
        unc_host_with_a_dot Same |line, _| share(line, |rest| {
            let (host, rest) = rest.split_once('\\').unwrap();
            format!(r"\\{host}.\{rest}")
        });
        unc_in_upper_case Same |line, _| share(line, |rest| format!(r"\\{}", rest.to_uppercase()));
        windows_path_in_hexadecimal Same |line, _| {
            let Some(path) = text(line, "path") else { return false };
            line.insert("path".into(), hex(&path));
            true
        };
        dot_behind_the_name Denied |line, _| map(line, "path", |path| Some(format!("{path}.")));
        dots_and_spaces_behind_the_name Denied |line, _| map(line, "path", |path| {
            Some(format!("{path}. . "))
        });
        dot_behind_a_directory Denied |line, _| map_inner(line, ".");
        default_stream Denied |line, _| map(line, "path", |path| Some(format!("{path}::$DATA")));
        named_stream Denied |line, _| map(line, "path", |path| Some(format!("{path}:hidden")));
        windows_requested Denied |line, _| {
            let Some(path) = text(line, "path") else { return false };
            line.insert("requested".into(), json!(path.to_uppercase()));
            line.insert("path".into(), json!(r"C:\opt\real"));
            true
        };
        windows_alias Denied |line, _| {
            let Some(path) = text(line, "path") else { return false };
            line.insert("aliases".into(), json!([path.replace('\\', "/")]));
            line.insert("path".into(), json!(r"C:\opt\real"));
            true
        };
        key_in_upper_case Same |line, _| map(line, "key", |key| Some(key.to_uppercase()));
        key_in_lower_case Same |line, _| map(line, "key", |key| Some(key.to_lowercase()));
        key_with_doubled_separators Same |line, _| map(line, "key", |key| {
            Some(key.replace('\\', r"\\"))
        });
        key_with_one_at_the_end Same |line, _| map(line, "key", |key| Some(format!(r"{key}\")));
        hive_by_its_long_name Same |line, _| map(line, "key", |key| {
            let (hive, rest) = key.split_once('\\')?;
            let long = match hive {
                "HKLM" => "HKEY_LOCAL_MACHINE",
                "HKCU" => "HKEY_CURRENT_USER",
                "HKU" => "HKEY_USERS",
                _ => "HKEY_CURRENT_CONFIG",
            };
            Some(format!(r"{long}\{rest}"))
        });
        hive_by_its_object Same |line, _| map(line, "key", |key| {
            let (hive, rest) = key.split_once('\\')?;
            match hive {
                "HKLM" => Some(format!(r"\REGISTRY\MACHINE\{rest}")),
                "HKU" => Some(format!(r"\Registry\User\{rest}")),
                _ => None,
            }
        });
        control_set_by_its_number Same |line, _| map(line, "key", |key| {
            key.contains("CurrentControlSet").then(|| key.replace("CurrentControlSet", "ControlSet001"))
        });
        current_config_in_full Same |line, _| map(line, "key", |key| {
            let rest = key.strip_prefix(r"HKCC\")?;
            Some(format!(r"HKLM\SYSTEM\CurrentControlSet\Hardware Profiles\Current\{rest}"))
        });
        classes_of_a_user Same |line, _| map(line, "key", |key| {
            let rest = key.strip_prefix(r"HKU\S-1-5-21-1\Software\Classes\")?;
            Some(format!(r"HKU\S-1-5-21-1_Classes\{rest}"))
        });
        seen_by_32_bit_programs Denied |line, _| map(line, "key", |key| {
            let rest = key.strip_prefix(r"HKLM\Software\")?;
            Some(format!(r"HKLM\Software\WOW6432Node\{rest}"))
        });
        value_in_upper_case Same |line, _| map(line, "value", |value| Some(value.to_uppercase()));
        default_value_as_nothing Same |line, _| map(line, "value", |value| {
            (value == "(Default)").then(String::new)
        });
        sid_in_lower_case Same |line, _| user(line, "sid", |sid| Some(sid.to_lowercase()));
        account_in_upper_case Same |line, _| user(line, "name", |name| Some(name.to_uppercase()));
        account_of_this_host Same |line, _| user(line, "name", |name| {
            (!name.contains('\\')).then(|| format!(r".\{name}"))
        });
        account_of_this_host_by_name Same |line, _| user(line, "name", |name| {
            (!name.contains('\\')).then(|| format!(r"WEB-1\{name}"))
        });
        account_in_hexadecimal Same |line, _| {
            let Some(user) = line.get_mut("user") else { return false };
            user["name"] = hex(user["name"].as_str().unwrap());
            true
        };
    }
}

/// Drive and rest of a path that begins with a drive.
fn parts(line: &Line) -> Option<(String, String)> {
    let path = text(line, "path")?;
    let (drive, rest) = path.split_once('\\').filter(|(drive, _)| drive.len() == 2)?;
    Some((drive.to_owned(), rest.to_owned()))
}

fn drive(line: &mut Line, spell: impl FnOnce(&str, &str) -> String) -> bool {
    let Some((drive, rest)) = parts(line) else { return false };
    line.insert("path".into(), json!(spell(&drive, &rest)));
    true
}

fn on_c(line: &mut Line, spell: impl FnOnce(&str) -> String) -> bool {
    match parts(line) {
        Some((drive, rest)) if drive == "C:" => {
            line.insert("path".into(), json!(spell(&rest)));
            true
        }
        _ => false,
    }
}

fn share(line: &mut Line, spell: impl FnOnce(&str) -> String) -> bool {
    map(line, "path", |path| Some(spell(path.strip_prefix(r"\\")?)))
}

/// A path on a drive as working directory and name.
fn map_base(line: &mut Line, spell: impl FnOnce(&str, &str) -> (String, String)) -> bool {
    let Some((drive, rest)) = parts(line) else { return false };
    let Some((above, name)) = rest.rsplit_once('\\') else { return false };
    let (cwd, path) = spell(&format!(r"{drive}\{above}"), name);
    line.insert("cwd".into(), json!(cwd));
    line.insert("path".into(), json!(path));
    true
}

/// Adds something to the directory that the file is in.
fn map_inner(line: &mut Line, more: &str) -> bool {
    let Some((drive, rest)) = parts(line) else { return false };
    let Some((above, name)) = rest.rsplit_once('\\') else { return false };
    line.insert("path".into(), json!(format!(r"{drive}\{above}{more}\{name}")));
    true
}

fn user(line: &mut Line, field: &str, change: impl FnOnce(&str) -> Option<String>) -> bool {
    let Some(user) = line.get_mut("user") else { return false };
    let Some(changed) = user[field].as_str().and_then(change) else { return false };
    user[field] = Value::String(changed);
    true
}
