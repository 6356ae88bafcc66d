//! Entries by what they are: what a number in the place of one was meant for, and
//! whether a space at its end can belong to it.

use alloc::format;
use alloc::string::String;

use super::Platform;
use super::decode::Decoder;
use super::source::Span;
use super::spec::Item;
use super::tree::{Meaning, Scalar};
use super::visible::has_outer_space;
use crate::diagnostic::{Code, quoted};

/// What to write for a number or a boolean where a text is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Instead {
    /// The same in quotes: any text will do.
    Quotes,
    /// An identifier with this prefix, if there is one: who writes a number means no
    /// account that is called by digits.
    Id(Option<&'static str>),
    /// Quotes would not help.
    Nothing,
}

impl Instead {
    /// Of an entry.
    pub(crate) fn of(item: Item, platform: Option<Platform>) -> Instead {
        let linux = platform == Some(Platform::Linux);
        match item {
            Item::User => Instead::Id(linux.then_some("uid")),
            Item::Group => Instead::Id(linux.then_some("gid")),
            Item::Network | Item::Domain | Item::Preset | Item::RegistryKey => Instead::Nothing,
            Item::Path
            | Item::Program
            | Item::ListName
            | Item::Sha256
            | Item::RegistryValue
            | Item::Tag => Instead::Quotes,
        }
    }

    /// The help and what to write.
    pub(crate) fn advice(self, scalar: &Scalar) -> Option<(String, String)> {
        let text = &scalar.text;
        let quotes = || (format!("quote it: \"{text}\""), format!("\"{text}\""));
        match self {
            Instead::Quotes => Some(quotes()),
            Instead::Nothing => None,
            Instead::Id(Some(prefix)) if scalar.meaning() == Meaning::Integer => {
                // 4294967295 is "no id" to the kernel.
                let id = text.parse::<u32>().ok().filter(|&id| id != u32::MAX)?;
                let better = format!("\"{prefix}:{id}\"");
                Some((format!("write {better} for the one with this id"), better))
            }
            Instead::Id(_) if text.bytes().all(|byte| b"+-0123456789".contains(&byte)) => None,
            Instead::Id(_) => Some(quotes()),
        }
    }
}

/// Whether an entry may begin or end with a space as it does. Files may, and are
/// warned of; nothing else that is listed has such a name.
pub(crate) fn space(decoder: &mut Decoder<'_>, item: Item, span: Span, text: &str) -> bool {
    match item {
        Item::Path | Item::Program | Item::RegistryKey => {
            warn_of_space(decoder, item, span, text);
            true
        }
        Item::User
        | Item::Group
        | Item::Network
        | Item::Domain
        | Item::ListName
        | Item::RegistryValue => no_space(decoder, span, text),
        // These are compared with what there is, or with nothing.
        Item::Preset | Item::Sha256 | Item::Tag => true,
    }
}

/// Refuses a name that begins or ends with a space.
pub(crate) fn no_space(decoder: &mut Decoder<'_>, span: Span, text: &str) -> bool {
    if !has_outer_space(text) {
        return true;
    }
    let message = format!("{} begins or ends with a space", quoted(text));
    let diagnostic = decoder.about(Code::EntryLines, span, message).with_help("leave it out");
    decoder.diagnostics.push(match text.trim() {
        "" => diagnostic,
        better => diagnostic.replacing_word(text, better),
    });
    false
}

pub(crate) fn warn_of_space(decoder: &mut Decoder<'_>, item: Item, span: Span, text: &str) {
    let windows = decoder.platform == Some(Platform::Windows);
    let (spaced, meant) = match item {
        Item::RegistryKey => (has_outer_space(text), "`[ ]`"),
        // A space at the end is refused with the pattern.
        _ if windows => (text.starts_with(' '), "`[ ]`"),
        _ => (has_outer_space(text) && !text.ends_with("\\ "), "`\\ `"),
    };
    if spaced {
        let message =
            format!("{} begins or ends with a space, which is part of the name", quoted(text));
        let help = format!("leave it out, or write {meant} for one that is meant");
        let diagnostic = decoder.about(Code::NeverMatches, span, message).with_help(help);
        decoder.diagnostics.push(diagnostic);
    }
}
