//! The names of an object: what its path tables say about each of them.
//!
//! A deny-type rule matches if any known name does; exceptions and allow-lists
//! look at the strict form of the real name only.

use super::{Fault, Tables};
use crate::canonical::names::{Form, Names as Canonical, PathName, Visit};
use crate::canonical::plain::Plain;
use crate::decision::Invalid;
use crate::event::Base;
use crate::matcher::path::PathTable;
use crate::matcher::rows::{Condition, Hits, Rows, Truth, Words};

/// What a path says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<const W: usize> {
    /// In its strict form, unless that is doubtful.
    pub(crate) strict: Hits<W>,
    /// In its other forms.
    pub(crate) loose: Hits<W>,
}

impl<const W: usize> Path<W> {
    pub(crate) const NONE: Self = Path { strict: Hits::NONE, loose: Hits::NONE };

    /// Rules that list it in any form.
    pub(crate) fn listed(&self) -> Truth<W> {
        Truth::known(self.strict.listed).or(Truth::known(self.loose.listed))
    }

    /// Rules that list something below it.
    pub(crate) fn above(&self) -> Truth<W> {
        Truth::known(self.strict.ancestor).or(Truth::known(self.loose.ancestor))
    }
}

/// What the object's names but the real one say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<const W: usize> {
    pub(crate) hits: Hits<W>,
    /// An alias has no canonical form: it could be any name.
    pub(crate) fault: Option<Invalid>,
}

/// Looks the forms of a name up.
struct Search<'s, 'a, const W: usize> {
    table: PathTable<'a>,
    rows: &'s Rows<'a, W>,
    found: Path<W>,
}

impl<const W: usize> Visit for Search<'_, '_, W> {
    #[inline]
    fn visit<'p>(&mut self, form: Form, components: &mut (impl Iterator<Item = &'p [u8]> + Clone)) {
        let Search { table, rows, found } = self;
        let hits = if form == Form::Strict { &mut found.strict } else { &mut found.loose };
        let emit = &mut |outcome| rows.add(outcome, hits);
        match form {
            Form::Strict | Form::Doubtful | Form::Loose => table.search(components, emit),
            Form::Bare => table.search_names(components, emit),
        }
    }

    #[inline]
    fn visit_plain(&mut self, path: &Plain<'_>) {
        let Search { table, rows, found } = self;
        table.search_plain(path, &mut |outcome| rows.add(outcome, &mut found.strict));
    }
}

/// Looks up a path.
#[inline]
pub(crate) fn path<const W: usize>(
    names: &Canonical,
    table: PathTable<'_>,
    rows: &Rows<'_, W>,
    path: &PathName<'_>,
) -> Result<Path<W>, Invalid> {
    let mut search = Search { table, rows, found: Path::NONE };
    names.path(path, &mut search)?;
    Ok(search.found)
}

/// Looks up the further names a process used. One without canonical form is
/// no path, but bare names are still tested on it: it must not be a way around
/// a name rule to write a name oddly. `None` if there are none.
#[inline]
pub(crate) fn others<'a, const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    real: &PathName<'a>,
    used: [Option<&'a [u8]>; 2],
    aliases: &[&'a [u8]],
) -> Option<Names<W>> {
    if let ([None, None], []) = (used, aliases) {
        return None;
    }
    Some(known_others(tables, rows, real, used, aliases))
}

/// Not on the way of the many events without.
#[inline(never)]
fn known_others<'a, const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    real: &PathName<'a>,
    used: [Option<&'a [u8]>; 2],
    aliases: &[&'a [u8]],
) -> Names<W> {
    let mut names = Names { hits: Hits::NONE, fault: None };
    let program = real.program;
    for name in used.into_iter().flatten() {
        let used = PathName { program, ..PathName::from(name, real.base) };
        match path(tables.names(), tables.objects(), rows, &used) {
            Ok(found) => names.add(&found),
            Err(_) => bare(tables, rows, name, &mut names.hits),
        }
    }
    for name in aliases {
        let alias = PathName { program, ..PathName::from(name, &Base::NONE) };
        match path(tables.names(), tables.objects(), rows, &alias) {
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
    let mut search = Search { table: tables.objects(), rows, found: Path::NONE };
    tables.names().bare(name, &mut search);
    add(&mut hits.listed, search.found.loose.listed);
}

impl<const W: usize> Names<W> {
    /// The fault as one in a field that is not required.
    pub(crate) fn doubt(&self) -> Option<Fault> {
        self.fault.map(|code| Fault { code, required: false })
    }

    pub(super) fn add(&mut self, found: &Path<W>) {
        for hits in [&found.strict, &found.loose] {
            add(&mut self.hits.listed, hits.listed);
            add(&mut self.hits.ancestor, hits.ancestor);
        }
    }
}

fn add<const W: usize>(words: &mut Words<W>, more: Words<W>) {
    for (word, more) in words.iter_mut().zip(more) {
        *word |= more;
    }
}
