//! Path entries as globs: what an entry without wildcard covers is the
//! control's own choice.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::Draft;
use crate::bundle::Platform;
use crate::canonical::path_linux::LinuxPath;
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::compile::path::Above;
use crate::decision::Invalid;
use crate::diagnostic::{Code, quoted};
use crate::event::{Base, Kind};
use crate::explain::List;
use crate::matcher::rows::Condition;
use crate::policy::glob::{Component, Dialect, Glob, GlobWarning, Parsed, Token, parse};
use crate::policy::{Entry, Span};

/// What an entry without wildcard covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reach {
    /// That file, or that directory and everything below; a bare name, even
    /// with wildcards, likewise at any depth.
    Tree,
    /// That file, or that directory and its direct entries.
    Entries,
    /// Exactly that path, or that base name.
    Exact,
    /// Everything below that directory.
    Below,
    /// It and everything below, with wildcards too.
    Whole,
}

impl Draft<'_, '_> {
    /// Adds the paths of a list; returns what they became.
    pub(super) fn paths(
        &mut self,
        list: List,
        entries: &[Entry],
        reach: Reach,
        role: Role,
    ) -> Vec<Glob> {
        let mut all = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let Some(globs) = self.globs(list, index, entry, reach) else { continue };
            self.cold(list, EntryKey::Globs(&globs), entry);
            self.patterns(list, index, entry, &globs, role);
            all.extend(globs);
        }
        all
    }

    /// Adds globs of one entry to the table of objects, and the directories or keys
    /// above them for controls that protect what lies below.
    pub(super) fn patterns(
        &mut self,
        list: List,
        index: usize,
        entry: &Entry,
        globs: &[Glob],
        role: Role,
    ) {
        let place = self.place(list, index, entry);
        let label = self.label(role);
        let above = self.label(Role::Ancestor);
        let above = match self.kind {
            Kind::File if role == Role::Listed => Some(Above::Literal(above)),
            Kind::Registry if role == Role::Listed => Some(Above::Wild(above)),
            _ => None,
        };
        for glob in globs {
            let glob = glob.clone();
            self.tables().objects.push(super::Pattern { glob, label, above, place });
        }
        match role {
            Role::Listed if !self.is_allow_list() => self.condition(Condition::Paths),
            Role::Excepted => self.condition(Condition::ExceptPaths),
            Role::Listed | Role::Ancestor | Role::Second | Role::Unlisted => {}
        }
    }

    /// Parses an entry, with its errors and warnings.
    pub(super) fn globs(
        &mut self,
        list: List,
        index: usize,
        entry: &Entry,
        reach: Reach,
    ) -> Option<Vec<Glob>> {
        let parsed = match parse(&entry.text, self.dialect(list)) {
            Ok(parsed) => parsed,
            Err(error) => {
                let message = format!("{error} in glob {}", quoted(&entry.text));
                let mut diagnostic = self.about(Code::GlobSyntax, list, index, entry, message);
                if let Some(place) = inside(entry, error.offset, error.length) {
                    (diagnostic.column, diagnostic.length) = (place.column, place.length);
                }
                self.lowering.push(match error.kind.help() {
                    Some(help) => diagnostic.with_help(help),
                    None => diagnostic,
                });
                return None;
            }
        };
        if parsed.bare_name && reach == Reach::Below {
            let message =
                format!("{} is no directory: it must be an absolute path", quoted(&entry.text));
            self.report(Code::GlobSyntax, list, index, entry, message);
            return None;
        }
        for warning in &parsed.warnings {
            self.warn_normalised(list, index, entry, warning);
        }
        // Presets name both the link and the directory it leads to.
        let asked = list != List::Presets && self.policy.platform == Platform::Linux;
        let merged = parsed.globs.iter().find_map(merged_directory).filter(|_| asked);
        if let Some((link, real)) = merged {
            let message = format!(
                "`{link}` is a link to `{real}` on most systems, and the real path decides"
            );
            let diagnostic = self.about(Code::MergedDirectory, list, index, entry, message);
            // Braces may name another directory beside.
            self.lowering.push(match entry.text.strip_prefix(link) {
                Some(rest) => {
                    let better = format!("{real}{rest}");
                    diagnostic
                        .with_help(format!("write `{better}`"))
                        .replacing_word(&entry.text, &better)
                }
                None => diagnostic,
            });
        }
        if self.policy.platform == Platform::Linux && parsed.globs.iter().any(is_magic_link) {
            let message = format!(
                "{} goes through a magic link, where nothing can match: events with such a path are invalid",
                quoted(&entry.text)
            );
            self.report(Code::NeverMatches, list, index, entry, message);
        }
        let globs = covered(&parsed, reach);
        match self.dialect(list) {
            Dialect::Registry => self.keys(list, index, entry, globs),
            _ => Some(globs),
        }
    }

    /// How the entries of a list are written.
    pub(super) fn dialect(&self, list: List) -> Dialect {
        match (list, self.kind) {
            (List::Values, _) => Dialect::RegistryValue,
            (List::Keys | List::ExceptKeys, _) | (List::Presets, Kind::Registry) => {
                Dialect::Registry
            }
            _ => Dialect::of_paths(self.policy.platform),
        }
    }

    fn warn_normalised(&mut self, list: List, index: usize, entry: &Entry, warning: &GlobWarning) {
        let message = format!("{warning} in glob {}", quoted(&entry.text));
        self.report(Code::GlobNormalised, list, index, entry, message);
    }
}

/// The place of some bytes of an entry, if it stands in the document as it
/// reads, bare or in quotes.
fn inside(entry: &Entry, offset: usize, length: usize) -> Option<Span> {
    let before = entry.text.get(..offset)?.chars().count() as u32;
    let length = entry.text.get(offset..offset.checked_add(length)?)?.chars().count().max(1);
    let quotes = entry.span.length.checked_sub(entry.text.chars().count() as u32)?;
    let opening = match quotes {
        0 => 0,
        2 => 1,
        _ => return None,
    };
    let column = entry.span.column + opening + before;
    Some(Span { column, length: length as u32, ..entry.span })
}

/// The globs of an entry under a control's reach.
pub(super) fn covered(parsed: &Parsed, reach: Reach) -> Vec<Glob> {
    let mut globs = Vec::new();
    for (glob, ends) in parsed.ends() {
        let below = match reach {
            Reach::Below => {
                globs.push(with(glob, Component::AnyDepth));
                continue;
            }
            Reach::Whole => Some(Component::AnyDepth),
            _ if ends => Some(Component::AnyDepth),
            Reach::Tree if parsed.bare_name || parsed.is_literal(glob) => Some(Component::AnyDepth),
            Reach::Entries if parsed.is_literal(glob) => Some(Component::Wild(vec![Token::AnyRun])),
            Reach::Tree | Reach::Entries | Reach::Exact => None,
        };
        globs.push(glob.clone());
        globs.extend(below.map(|below| with(glob, below)));
    }
    globs
}

/// The glob with one more component; `**` after `**` adds nothing.
fn with(glob: &Glob, component: Component) -> Glob {
    let mut glob = glob.clone();
    if component != Component::AnyDepth || glob.components.last() != Some(&Component::AnyDepth) {
        glob.components.push(component);
    }
    glob
}

/// Whether a glob lies at or below a magic link, as far as it has no wildcards.
fn is_magic_link(glob: &Glob) -> bool {
    let mut path = Vec::new();
    for component in &glob.components {
        let Component::Literal(name) = component else { break };
        path.push(b'/');
        path.extend_from_slice(name);
    }
    let path = LinuxPath::new(&path, &Base::NONE).map(|path| path.components().finish());
    path == Ok(Err(Invalid::PathMagicLink))
}

/// Directories that are links on most systems, and where they lead.
const MERGED: [(&str, &str); 6] = [
    ("/bin", "/usr/bin"),
    ("/sbin", "/usr/sbin"),
    ("/lib", "/usr/lib"),
    ("/lib64", "/usr/lib64"),
    ("/var/run", "/run"),
    ("/var/lock", "/run/lock"),
];

/// The one of them that a glob lies at or below.
fn merged_directory(glob: &Glob) -> Option<(&'static str, &'static str)> {
    let is_below = |link: &str| {
        let mut names = glob.components.iter();
        link.split('/').skip(1).all(|wanted| match names.next() {
            Some(Component::Literal(name)) => name == wanted.as_bytes(),
            _ => false,
        })
    };
    MERGED.into_iter().find(|(link, _)| is_below(link))
}
