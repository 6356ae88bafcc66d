//! Compiling: policies and lists in, a bundle and diagnostics out.

use core::ffi::c_char;
use std::borrow::ToOwned;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use serde_json::json;
use wardline::{Bundle, Diagnostic, Format, Sources};

use crate::engine::path_of;
use crate::raw::{self, In, Mut, Out, wardline_bytes, wardline_text};
use crate::status::{Checked, guard, wardline_status};
use crate::text;

/// What compiling came to: diagnostics, and a bundle if no policy was refused. It
/// does not change; any number of threads may use it.
pub struct wardline_compiled([u8; 0]);

/// What a handle holds.
pub(crate) struct Compiled {
    bundle: Option<Bundle>,
    diagnostics: Vec<Told>,
}

/// A diagnostic with its words as texts.
struct Told {
    severity: &'static str,
    code: &'static str,
    line: u32,
    column: u32,
    length: u32,
    message: String,
    file: String,
    field: String,
    expected: String,
    help: String,
    url: String,
    text: String,
}

/// How a policy is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum wardline_format {
    /// JSON if the name ends in `.json`, else YAML.
    ByName = 0,
    /// YAML.
    Yaml = 1,
    /// JSON.
    Json = 2,
}

/// A policy.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_source<'a> {
    /// `sizeof(wardline_source)`.
    pub size: u32,
    /// A `wardline_format`.
    pub format: u32,
    /// What diagnostics call it, UTF-8; a path if `text` is none.
    pub name: wardline_bytes<'a>,
    /// Its text. None: the file `name` is read, and the lists that it names, from
    /// its directory.
    pub text: wardline_bytes<'a>,
}

/// The contents of a list.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_list<'a> {
    /// `sizeof(wardline_list)`.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The policy that declares it.
    pub policy: wardline_bytes<'a>,
    /// The list's name.
    pub name: wardline_bytes<'a>,
    /// Its lines.
    pub text: wardline_bytes<'a>,
}

/// What is wrong with a policy, and where. Texts belong to the handle that it is of.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_diagnostic<'a> {
    /// `sizeof(wardline_diagnostic)`.
    pub size: u32,
    /// Whether it refuses the policy; otherwise it is a warning.
    pub is_error: u32,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// In characters.
    pub length: u32,
    /// Zero.
    pub reserved: u32,
    /// What kind of thing; codes are stable.
    pub code: wardline_text<'a>,
    /// What is wrong here.
    pub message: wardline_text<'a>,
    /// The name of the policy's source.
    pub file: wardline_text<'a>,
    /// Which field, such as `controls.file_block.paths[0]`.
    pub field: wardline_text<'a>,
    /// What may stand there, or empty.
    pub expected: wardline_text<'a>,
    /// What to do about it, or empty.
    pub help: wardline_text<'a>,
    /// Where the repository explains the code, such as `docs/errors.md#unknown-key`,
    /// or empty.
    pub url: wardline_text<'a>,
    /// All of it on one line.
    pub text: wardline_text<'a>,
}

/// Compiles policies, with the contents of their lists, to one bundle. The bundle
/// is for the platform of the first policy.
///
/// `sources` has `source_count` elements, `lists` may be NULL with `list_count` 0.
/// Nothing of either is kept. `*out` is written on `WARDLINE_STATUS_OK` *and* on
/// `WARDLINE_STATUS_REFUSED`, which means that some policy has an error: a handle to
/// be freed with `wardline_compiled_free`. Any thread. Takes milliseconds to
/// seconds.
///
/// Errors: `NULL_ARGUMENT`, `WRONG_SIZE`, `INVALID_ARGUMENT` (a name that is not
/// UTF-8).
#[unsafe(no_mangle)]
pub extern "C" fn wardline_compile(
    sources: In<'_, wardline_source<'_>>,
    source_count: usize,
    lists: In<'_, wardline_list<'_>>,
    list_count: usize,
    out: Out<'_, *mut wardline_compiled>,
) -> wardline_status {
    guard(|| {
        let out = out.place()?;
        if source_count == 0 {
            return Err(wardline_status::InvalidArgument);
        }
        let compiled = compile(sources.sized_items(source_count)?, lists.sized_items(list_count)?)?;
        let refused = compiled.bundle.is_none();
        out.put(raw::new_handle(compiled));
        if refused { Err(wardline_status::Refused) } else { Ok(()) }
    })
}

fn compile(policies: &[wardline_source<'_>], lists: &[wardline_list<'_>]) -> Checked<Compiled> {
    let mut sources = Sources::new(|file: &Path| std::fs::read(file));
    for policy in policies {
        let name = policy.name.text()?;
        let format = format(policy.format, name)?;
        match policy.text.get()? {
            Some(text) => sources.policy(name, text, format),
            None => sources.file(name, path_of(name.as_bytes())?, format),
        };
    }
    for list in lists {
        sources.list(list.policy.text()?, list.name.text()?, list.text.given()?);
    }
    let (bundle, found) = match sources.compile() {
        Ok(bundle) => {
            let warnings = bundle.warnings.clone();
            (Some(bundle), warnings)
        }
        Err(errors) => (None, errors),
    };
    Ok(Compiled { bundle, diagnostics: found.iter().map(Told::new).collect() })
}

fn format(number: u32, name: &str) -> Checked<Format> {
    const BY_NAME: u32 = wardline_format::ByName as u32;
    const YAML: u32 = wardline_format::Yaml as u32;
    const JSON: u32 = wardline_format::Json as u32;
    match number {
        BY_NAME if name.ends_with(".json") => Ok(Format::Json),
        BY_NAME | YAML => Ok(Format::Yaml),
        JSON => Ok(Format::Json),
        _ => Err(wardline_status::InvalidArgument),
    }
}

impl Told {
    fn new(one: &Diagnostic) -> Told {
        Told {
            severity: one.severity.as_str(),
            code: one.code.as_str(),
            line: one.line,
            column: one.column,
            length: one.length,
            message: one.message.clone(),
            file: one.file.clone(),
            field: one.field.clone(),
            expected: one.expected.as_deref().unwrap_or_default().to_owned(),
            help: one.help.as_deref().unwrap_or_default().to_owned(),
            url: one.code.page(),
            text: one.to_string(),
        }
    }
}

/// The bundle, which belongs to `compiled` and stays until it is freed.
///
/// `*out` is written on `WARDLINE_STATUS_OK` only. Any thread. Errors: `REFUSED` if
/// there is none, `NULL_ARGUMENT`, `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_compiled_bundle<'a>(
    compiled: In<'a, wardline_compiled>,
    out: Out<'_, wardline_bytes<'a>>,
) -> wardline_status {
    guard(|| {
        let compiled = compiled.handle()?;
        let out = out.place()?;
        let bundle = compiled.bundle.as_ref().ok_or(wardline_status::Refused)?;
        out.put(wardline_bytes::new(&bundle.bytes));
        Ok(())
    })
}

/// A diagnostic: `index` counts from 0 in the order of the policies, and `NOT_FOUND`
/// means that there are no more.
///
/// `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
/// Its texts belong to `compiled`. Any thread. Other errors: `NULL_ARGUMENT`,
/// `WRONG_HANDLE`, `WRONG_SIZE`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_compiled_diagnostic<'a>(
    compiled: In<'a, wardline_compiled>,
    index: usize,
    out: Out<'_, wardline_diagnostic<'a>>,
) -> wardline_status {
    guard(|| {
        let compiled = compiled.handle()?;
        let out = out.sized()?;
        let one = compiled.diagnostics.get(index).ok_or(wardline_status::NotFound)?;
        out.put(wardline_diagnostic {
            size: size_of::<wardline_diagnostic<'_>>() as u32,
            is_error: (one.severity == "error").into(),
            line: one.line,
            column: one.column,
            length: one.length,
            reserved: 0,
            code: wardline_text::new(one.code),
            message: wardline_text::new(&one.message),
            file: wardline_text::new(&one.file),
            field: wardline_text::new(&one.field),
            expected: wardline_text::new(&one.expected),
            help: wardline_text::new(&one.help),
            url: wardline_text::new(&one.url),
            text: wardline_text::new(&one.text),
        });
        Ok(())
    })
}

/// Writes the diagnostics as JSON: `{"diagnostics": [{code, severity, message, file,
/// line, column, length, field, expected, help, url, text}]}`, and with a bundle how
/// many `policies` and `bytes` it has.
///
/// The text goes to `out` and `length` as with `wardline_engine_status`. Any thread.
/// Errors: `BUFFER_TOO_SMALL`, `NULL_ARGUMENT`, `WRONG_HANDLE`, `INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_compiled_json(
    compiled: In<'_, wardline_compiled>,
    out: Out<'_, c_char>,
    capacity: usize,
    length: Out<'_, usize>,
) -> wardline_status {
    guard(|| {
        let compiled = compiled.handle()?;
        let all = compiled.diagnostics.iter().map(|one| {
            let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            json!({
                "code": one.code,
                "severity": one.severity,
                "message": one.message,
                "file": one.file,
                "line": one.line,
                "column": one.column,
                "length": one.length,
                "field": one.field,
                "expected": known(&one.expected),
                "help": known(&one.help),
                "url": known(&one.url),
                "text": one.text,
            })
        });
        let mut report = json!({ "diagnostics": all.collect::<Vec<_>>() });
        if let Some(bundle) = &compiled.bundle {
            report["policies"] = bundle.report.policies.into();
            report["bytes"] = bundle.bytes.len().into();
        }
        text::write(out, capacity, length, |to| write!(to, "{report}"))
    })
}

/// Ends what `wardline_compile` made; NULL is none. Its bundle and diagnostics go
/// with it. No thread may use it any more.
///
/// Errors: `WRONG_HANDLE`; then nothing was freed.
#[unsafe(no_mangle)]
pub extern "C" fn wardline_compiled_free(compiled: Mut<'_, wardline_compiled>) -> wardline_status {
    guard(|| compiled.free())
}
