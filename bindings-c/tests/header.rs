//! `include/wardline.h` is what the crate's source says. `UPDATE=1` writes it.

use std::fs;
use std::path::Path;

#[test]
fn is_made_of_the_source() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = folder.join("include/wardline.h");
    let header = header(folder);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &header).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == header,
        "include/wardline.h is stale: UPDATE=1 cargo test -p wardline-c --test header"
    );
}

/// Every function says what its documentation promises to say.
#[test]
fn documents_every_function() {
    let header = header(Path::new(env!("CARGO_MANIFEST_DIR")));
    let mut functions = 0;
    for (before, name) in functions_of(&header) {
        functions += 1;
        let before = before.replace("\n *", "");
        let refers = ["s `wardline_", "s with `wardline_", "_explain` about", "_audit` about"];
        let refers = refers.iter().any(|words| before.contains(words));
        assert!(refers || before.contains("hread"), "{name} says nothing of threads:\n{before}");
        let fails = header.contains(&format!("wardline_status {name}("));
        let says = refers || before.contains("rrors") || before.contains("WRONG_HANDLE");
        assert!(!fails || says, "{name} says nothing of errors:\n{before}");
    }
    assert!(functions > 50, "{functions} functions");
}

/// Unsafe code is in one folder; the attribute that exports a function is elsewhere
/// too.
#[test]
fn unsafe_is_in_one_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() == "raw" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap().replace("#[unsafe(no_mangle)]", "");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found = code.into_iter().find(|line| line.contains("unsafe"));
        assert_eq!(found, None, "{}", path.display());
    }
}

/// The comment before each function, and its name.
fn functions_of(header: &str) -> impl Iterator<Item = (&str, &str)> {
    let (declared, _) = header.split_once("/* What C programs").unwrap();
    declared.split("\n\n").filter_map(|block| {
        let (before, declaration) = block.rsplit_once("*/\n")?;
        let (front, _) = declaration.split_once('(')?;
        let name = front.rsplit([' ', '*']).next()?;
        let is = name.starts_with("wardline_") && declaration.contains(");");
        (is && !declaration.contains("typedef")).then_some((before, name))
    })
}

fn header(folder: &Path) -> String {
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let builder = cbindgen::Builder::new().with_config(config).with_crate(folder);
    let mut raw = Vec::new();
    builder.generate().unwrap().write(&mut raw);
    let text = plain(&String::from_utf8(raw).unwrap());
    let read = |name: &str| fs::read_to_string(folder.join("header").join(name)).unwrap();
    let body = text.trim_start().trim_start_matches("#ifndef WARDLINE_H\n#define WARDLINE_H\n");
    let end = "#ifdef __cplusplus\n}  // extern \"C\"";
    let (declared, closed) = body.rsplit_once(end).unwrap();
    format!("{}{}{}{end}{closed}", read("head.h"), declared.trim_start(), read("tail.h"))
}

/// The pointer types of `raw` as what they are to C, and its lists by their names.
fn plain(text: &str) -> String {
    let mut pointers = Vec::new();
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines() {
        let pointer = line.strip_prefix("typedef ").and_then(|rest| {
            let (target, name) = rest.strip_suffix(';')?.rsplit_once('*')?;
            let ours = ["In_", "Mut_", "Out_"].iter().any(|prefix| name.starts_with(prefix));
            ours.then(|| (name.to_owned(), format!("{target}*")))
        });
        if let Some(pointer) = pointer {
            pointers.push(pointer);
            // Its comment, and the empty line before that.
            while kept.pop().is_some_and(|line| !line.trim_start().starts_with("/**")) {}
            if kept.last().is_some_and(|line| line.is_empty()) {
                kept.pop();
            }
        } else {
            kept.push(line);
        }
    }
    let mut text = kept.join("\n") + "\n";
    // The longest first: one name may begin another.
    pointers.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, target) in &pointers {
        text = text.replace(&format!("{name} "), &target.replace("* ", "*"));
    }
    for name in ["wardline_bytes", "wardline_principal", "wardline_address", "wardline_pair"] {
        text = text.replace(&format!("Items_{name}"), &format!("{name}_list"));
    }
    assert!(!text.contains("Items_") && !text.contains("Out_") && !text.contains("In_"));
    text.replace("`data` NULL and `count` 0", "`data` NULL with `count` 0")
}
