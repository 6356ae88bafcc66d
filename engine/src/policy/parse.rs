//! From text to a policy: the entry to everything else here.

use alloc::format;
use alloc::string::ToString;

use super::decode::{Decoder, Fields};
use super::header::Document;
use super::source::{Source, Span};
use super::tree::{Cursor, MAX_DOCUMENT, Meaning, Node, Value};
use super::{ListFormat, Mode, Platform, Policy, PolicyKind, control, json, yaml};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};

/// How a policy is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// YAML 1.2, without anchors, aliases, tags, merge keys and directives.
    Yaml,
    /// JSON, RFC 8259.
    Json,
}

impl Format {
    /// By the extension: `.yaml` and `.yml`, or `.json`, in either case.
    pub fn from_file_name(name: &str) -> Option<Format> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Format::Yaml),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// Reads one policy.
///
/// * `source_name` - what diagnostics call the document, usually its path.
/// * `text` - UTF-8, with or without byte order mark, at most 16 MiB.
///
/// What each control lists – paths, networks, domains, registry keys – is
/// still text afterwards; compiling judges it.
///
/// # Errors
///
/// Everything that is wrong with the document, as far as it can be told after
/// the first mistake; warnings too. A policy with warnings only comes with
/// them.
///
/// # Example
///
/// ```
/// use wardline::policy::{Format, parse};
///
/// let text = b"
/// wardline: 1
/// kind: host
/// name: secrets
/// platform: linux
/// mode: enforce
/// controls:
///   file_block: { pathz: [/etc/shadow] }
/// ";
/// let errors = parse("secrets.yaml", text, Format::Yaml).unwrap_err();
/// assert_eq!(
///     errors.as_slice()[1].to_string(),
///     "secrets.yaml:8:17: error[unknown-key]: controls.file_block.pathz: unknown key `pathz`; did you mean `paths`?"
/// );
/// ```
pub fn parse(
    source_name: &str,
    text: &[u8],
    format: Format,
) -> Result<(Policy, Diagnostics), Diagnostics> {
    let source = Source { name: source_name.to_string() };
    let mut diagnostics = Diagnostics::new();
    let policy = read(&source, text, format, &mut diagnostics);
    diagnostics.sort();
    match policy {
        Some(policy) if !diagnostics.has_errors() => Ok((policy, diagnostics)),
        _ => Err(diagnostics),
    }
}

fn read(
    source: &Source,
    text: &[u8],
    format: Format,
    diagnostics: &mut Diagnostics,
) -> Option<Policy> {
    let text = match decoded(text, source) {
        Ok(text) => text,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return None;
        }
    };
    let before = diagnostics.as_slice().len();
    let root = match format {
        Format::Yaml => yaml::read(text, source, diagnostics),
        Format::Json => json::read(text, source, diagnostics),
    };
    match root {
        Some(Node { value: Value::Scalar(scalar), span })
            if scalar.meaning() == Meaning::Nothing =>
        {
            diagnostics.push(empty(source, span));
            None
        }
        Some(root) => document(&root, source, diagnostics),
        None => {
            if diagnostics.as_slice().len() == before {
                diagnostics.push(empty(source, START));
            }
            None
        }
    }
}

fn empty(source: &Source, span: Span) -> Diagnostic {
    Diagnostic::new(Code::EmptyPolicy, source, span, "an empty document")
        .with_help("a policy begins with `wardline: 1`")
}

/// The text behind the bytes, without byte order mark.
fn decoded<'t>(bytes: &'t [u8], source: &Source) -> Result<&'t str, Diagnostic> {
    if bytes.len() > MAX_DOCUMENT {
        let message =
            format!("a document of {} bytes, at most {MAX_DOCUMENT} are accepted", bytes.len());
        return Err(Diagnostic::new(Code::TooLarge, source, START, message));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = core::str::from_utf8(bytes).map_err(|error| {
        let good =
            bytes.get(..error.valid_up_to()).and_then(|good| core::str::from_utf8(good).ok());
        let good = good.unwrap_or("");
        let span = Cursor::new(good).span(good.len(), good.len());
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
        let help = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "this looks like UTF-16: save it as UTF-8",
            _ => "save the policy as UTF-8",
        };
        Diagnostic::new(Code::NotUtf8, source, span, format!("the byte 0x{byte:02x} is not UTF-8"))
            .with_help(help)
    })?;
    match text.find('\0') {
        Some(offset) => {
            let span = Cursor::new(text).span(offset, offset);
            Err(Diagnostic::new(Code::Nul, source, span, "a NUL character"))
        }
        None => Ok(text),
    }
}

fn document(root: &Node, source: &Source, diagnostics: &mut Diagnostics) -> Option<Policy> {
    let mut decoder = Decoder::new(source, diagnostics);
    if let Some((version, span)) = newer_version(root) {
        decoder.within("wardline", |decoder| {
            let version = quoted(version);
            let message = format!("version {version} of the policy language, this build reads `1`");
            let diagnostic = decoder.about(Code::WrongVersion, span, message);
            let help = "update Wardline, or write `wardline: 1`";
            decoder.diagnostics.push(diagnostic.with_help(help));
        });
        return None;
    }
    if !matches!(root.value, Value::Mapping(_)) {
        if let Some(diagnostic) = decoder.mismatched(root, "a mapping") {
            let help = "a policy begins with `wardline: 1`";
            decoder.diagnostics.push(diagnostic.with_help(help));
        }
        return None;
    }
    let fields = decoder.mapping(root, Policy::FIELDS, &[])?;
    survey(&mut decoder, &fields);
    let document = Document::from_fields(&mut decoder, &fields);
    relations(&mut decoder, &fields);
    let document = document?;
    control::check::lists(&mut decoder, &document.lists.0);
    Some(document.into_policy(source.clone()))
}

/// Another version has other fields: nothing else is worth saying then.
fn newer_version(root: &Node) -> Option<(&str, Span)> {
    let Value::Mapping(pairs) = &root.value else {
        return None;
    };
    let version = &pairs.iter().find(|pair| pair.key == "wardline")?.value;
    match &version.value {
        Value::Scalar(scalar) if scalar.meaning() == Meaning::Integer && scalar.text != "1" => {
            Some((&scalar.text, version.span))
        }
        _ => None,
    }
}

/// Looks ahead for what the meaning of other fields depends on. Its mistakes
/// are reported when its turn comes.
fn survey(decoder: &mut Decoder<'_>, fields: &Fields<'_>) {
    decoder.kind = fields.word("kind").and_then(|word| PolicyKind::parse(word.as_bytes()));
    decoder.platform = fields.word("platform").and_then(|word| Platform::parse(word.as_bytes()));
    let Some(Value::Mapping(lists)) = fields.get("lists").map(|pair| &pair.value.value) else {
        return;
    };
    for list in lists {
        let format = match &list.value.value {
            Value::Mapping(pairs) => pairs.iter().find(|pair| pair.key == "format"),
            _ => None,
        };
        let format = match format.map(|pair| &pair.value.value) {
            Some(Value::Scalar(scalar)) => ListFormat::parse(scalar.text.as_bytes()),
            _ => None,
        };
        decoder.lists.insert(list.key.clone(), format);
    }
}

/// Fields that go together.
fn relations(decoder: &mut Decoder<'_>, fields: &Fields<'_>) {
    if let Some(pair) = fields.get("enforce_after")
        && fields.word("mode").is_some_and(|mode| mode != Mode::Audit.as_str())
    {
        decoder.within("enforce_after", |decoder| {
            let message = "`enforce_after` goes with `mode: audit` only";
            let diagnostic = decoder.about(Code::EnforceAfterNeedsAudit, pair.key_span, message);
            let help = "leave it out, or write `mode: audit`";
            decoder.diagnostics.push(diagnostic.with_help(help));
        });
    }
    if let Some(pair) = fields.get("bypass_scope")
        && fields.word("default") != Some("true")
    {
        decoder.within("bypass_scope", |decoder| {
            let message = "only a policy with `default: true` may have a bypass scope";
            let diagnostic = decoder.about(Code::BypassScopeNotDefault, pair.key_span, message);
            let help = "narrow `scope` instead";
            decoder.diagnostics.push(diagnostic.with_help(help));
        });
    }
}

const START: Span = Span { line: 1, column: 1, length: 1 };
