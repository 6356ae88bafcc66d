//! Registry events: a key by its names, and the value below it.

use super::{Fault, Tables};
use crate::canonical::registry::{RegistryKey, VALUE};
use crate::canonical::room::with_room;
use crate::decision::Invalid;
use crate::event::{Registry, RegistryOperation};
use crate::matcher::rows::{Condition, Hits, Rows, Truth};

/// Which rules the key and the value satisfy.
///
/// Patterns of keys are tested on the key and, for a value, on the key with the
/// value as one more component; rules may be restricted to values by name. Whoever
/// deletes a key deletes all its values, and what lies below it.
pub(super) fn object<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    registry: &Registry<'_>,
) -> (Truth<W>, Option<Fault>) {
    let removes = registry.operation == RegistryOperation::Delete && registry.value.is_none();
    let (found, excepted, values, fault) = match look_up(tables, rows, registry, removes) {
        Ok(Found { listed, excepted, values }) => {
            (listed, excepted, Truth::known(values.second), None)
        }
        Err(code) => (
            Truth::unknown(rows.condition(Condition::Paths)),
            Truth::unknown(rows.condition(Condition::ExceptPaths)),
            Truth::unknown(rows.condition(Condition::Values)),
            Some(Fault { code, required: true }),
        ),
    };
    let restricted = Truth::known(rows.condition(Condition::Values));
    let values = if removes { Truth::YES } else { restricted.not().or(values) };
    (found.and(values).and(excepted.not()), fault)
}

/// What the tables say about a key and its value.
struct Found<const W: usize> {
    listed: Truth<W>,
    excepted: Truth<W>,
    values: Hits<W>,
}

fn look_up<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    registry: &Registry<'_>,
    removes: bool,
) -> Result<Found<W>, Invalid> {
    let listed = |hits: &Hits<W>| {
        let above = Truth::known(hits.ancestor);
        Truth::known(hits.listed).or(if removes { above } else { Truth::NO })
    };
    let table = tables.objects();
    let length = registry.key.len().saturating_add(registry.value.map_or(0, <[u8]>::len));
    with_room(length, |room| {
        let key = RegistryKey::read(registry.key, registry.value, room)?;
        let value = key.value();
        let mut found = Found { listed: Truth::NO, excepted: Truth::YES, values: Hits::NONE };
        for name in key.names() {
            let mut strict = Hits::NONE;
            let mut add = |outcome| rows.add(outcome, &mut strict);
            table.search(&mut name.strict(), &mut add);
            if value.is_some() {
                table.search(&mut name.strict().chain(value), &mut add);
            }
            found.listed = found.listed.or(listed(&strict));
            // Which of two names is the real one is not known: both must be.
            found.excepted = found.excepted.and(Truth::known(strict.excepted));
            if let Some(loose) = name.loose() {
                let mut hits = Hits::NONE;
                let mut add = |outcome| rows.add(outcome, &mut hits);
                table.search(&mut loose.clone(), &mut add);
                if value.is_some() {
                    table.search(&mut loose.chain(value), &mut add);
                }
                found.listed = found.listed.or(listed(&hits));
            }
        }
        if let Some(value) = value {
            let named = &mut [VALUE, value].into_iter();
            table.search(named, &mut |outcome| rows.add(outcome, &mut found.values));
        }
        Ok(found)
    })
}
