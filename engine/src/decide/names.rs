//! The names of an object: what its path tables say about each of them.
//!
//! A deny-type rule matches if any known name does; exceptions and allow-lists
//! look at the real name only.

use super::Tables;
use crate::canonical::path_linux::{LinuxPath, raw_components};
use crate::decision::Invalid;
use crate::event::Base;
use crate::matcher::path::PathTable;
use crate::matcher::rows::{Condition, Hits, Rows};

/// What the object's names but the real one say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<const W: usize> {
    pub(crate) hits: Hits<W>,
    /// An alias has no canonical form: it could be any name.
    pub(crate) fault: Option<Invalid>,
}

/// Looks up the real name.
pub(crate) fn real<const W: usize>(
    table: PathTable<'_>,
    rows: &Rows<'_, W>,
    path: Result<LinuxPath<'_>, Invalid>,
) -> Result<Hits<W>, Invalid> {
    let mut components = path?.components();
    let mut hits = Hits::NONE;
    table.search(components.by_ref(), |outcome| rows.add(outcome, &mut hits));
    components.finish()?;
    Ok(hits)
}

/// Looks up the further names a process used. One without canonical form is
/// no path, but bare names are still tested on it: it must not be a way around
/// a name rule to write a name oddly.
pub(crate) fn others<'a, const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    base: &Base<'a>,
    used: [Option<&'a [u8]>; 2],
    aliases: &[&'a [u8]],
) -> Names<W> {
    let mut names = Names { hits: Hits::NONE, fault: None };
    for name in used.into_iter().flatten() {
        match real(tables.objects(), rows, LinuxPath::new(name, base)) {
            Ok(found) => names.add(&found),
            Err(_) => bare(tables, rows, name, &mut names.hits),
        }
    }
    for name in aliases {
        match real(tables.objects(), rows, LinuxPath::new(name, &Base::NONE)) {
            Ok(found) => names.add(&found),
            Err(_) if rows.condition(Condition::Paths) == [0; W] => {}
            Err(code) => names.fault = names.fault.or(Some(code)),
        }
    }
    names
}

/// Tests bare names on a name that is no canonical path.
pub(crate) fn bare<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    name: &[u8],
    hits: &mut Hits<W>,
) {
    tables.objects().search_names(raw_components(name), |outcome| rows.add(outcome, hits));
}

impl<const W: usize> Names<W> {
    fn add(&mut self, found: &Hits<W>) {
        for (word, found) in self.hits.listed.iter_mut().zip(found.listed) {
            *word |= found;
        }
        for (word, found) in self.hits.ancestor.iter_mut().zip(found.ancestor) {
            *word |= found;
        }
    }
}
