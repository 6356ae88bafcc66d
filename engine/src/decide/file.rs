//! File events: operations by their effect on `path` and `target`.

use super::names::{self, Names, Path};
use super::{Fault, Tables};
use crate::canonical::names::PathName;
use crate::decision::Invalid;
use crate::event::{File, FileOperation};
use crate::matcher::rows::{Condition, Rows, Truth};

/// How an event's operation is numbered in `Rows::operation`.
///
/// The compiler gives each rule the numbers it acts on; what an operation does
/// to `path` and `target` (a rename deletes and modifies the one, creates and
/// modifies the other) is known only there.
pub(crate) mod number {
    use crate::event::FileOperation;

    /// On `path`.
    pub(crate) const fn on_path(operation: FileOperation) -> usize {
        operation as usize
    }

    /// On `path`, giving it an execute permission.
    pub(crate) const fn on_path_executable(operation: FileOperation) -> usize {
        (operation as usize).wrapping_add(8)
    }

    /// On `target`.
    pub(crate) const fn on_target(operation: FileOperation) -> usize {
        (operation as usize).wrapping_add(16)
    }

    /// On `target`, which gets an execute permission with it.
    pub(crate) const fn on_target_executable(operation: FileOperation) -> usize {
        (operation as usize).wrapping_add(24)
    }

    /// How many numbers there are.
    pub(crate) const COUNT: usize = 32;
}

/// Which rules the object and the operation satisfy.
pub(crate) fn object<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    file: &File<'_>,
) -> (Truth<W>, Option<Fault>) {
    let path = PathName::of_file(file);
    let real = names::path(tables.names(), tables.objects(), rows, &path);
    let others = names::others(tables, rows, &path, [file.requested, None], file.aliases);
    let mut fault = required(&real);
    if let Some(others) = &others {
        fault = Fault::worse(fault, others.doubt());
    }

    // Whoever removes or renames a directory does it to all that is below.
    let removes = matches!(file.operation, FileOperation::Delete | FileOperation::Rename);
    let mut truth = Truth::known(rows.operation(path_number(file)));
    truth = truth.and(listed(rows, &real, others.as_ref(), removes));

    if matches!(file.operation, FileOperation::Rename | FileOperation::Link) {
        let (target, target_fault) = target(tables, rows, file);
        fault = Fault::worse(fault, target_fault);
        truth = truth.or(target);
    }
    (truth, fault)
}

/// Which rules the target and what is done to it satisfy.
#[inline(never)]
fn target<const W: usize>(
    tables: &Tables<'_>,
    rows: &Rows<'_, W>,
    file: &File<'_>,
) -> (Truth<W>, Option<Fault>) {
    let target = match file.target {
        Some(target) => {
            let path = PathName::from(target, &file.base);
            names::path(tables.names(), tables.objects(), rows, &path)
        }
        None => Err(Invalid::MissingField),
    };
    let acts = Truth::known(rows.operation(target_number(file)));
    (acts.and(listed(rows, &target, None, false)), required(&target))
}

/// Which rules act on the operation, on either object.
pub(crate) fn operation<const W: usize>(rows: &Rows<'_, W>, file: &File<'_>) -> Truth<W> {
    let path = Truth::known(rows.operation(path_number(file)));
    path.or(Truth::known(rows.operation(target_number(file))))
}

/// The number of the operation on `path`.
pub(crate) fn path_number(file: &File<'_>) -> usize {
    let gives = matches!(file.operation, FileOperation::Create | FileOperation::Attributes);
    if gives && is_executable(file) {
        number::on_path_executable(file.operation)
    } else {
        number::on_path(file.operation)
    }
}

/// The number of the operation on `target`.
pub(crate) fn target_number(file: &File<'_>) -> usize {
    if is_executable(file) {
        number::on_target_executable(file.operation)
    } else {
        number::on_target(file.operation)
    }
}

fn is_executable(file: &File<'_>) -> bool {
    file.mode.is_some_and(|mode| mode & 0o111 != 0)
}

pub(super) fn required<const W: usize>(real: &Result<Path<W>, Invalid>) -> Option<Fault> {
    real.as_ref().err().map(|&code| Fault { code, required: true })
}

/// Which rules list one of the names and do not except the real one.
pub(crate) fn listed<const W: usize>(
    rows: &Rows<'_, W>,
    real: &Result<Path<W>, Invalid>,
    others: Option<&Names<W>>,
    removes: bool,
) -> Truth<W> {
    let could_be_any = || Truth::unknown(rows.condition(Condition::Paths));
    let (mut listed, mut above, excepted) = match real {
        Ok(path) => (path.listed(), path.above(), Truth::known(path.strict.excepted)),
        Err(_) => {
            (could_be_any(), Truth::NO, Truth::unknown(rows.condition(Condition::ExceptPaths)))
        }
    };
    if let Some(others) = others {
        listed = listed.or(Truth::known(others.hits.listed));
        above = above.or(Truth::known(others.hits.ancestor));
        if others.fault.is_some() {
            listed = listed.or(could_be_any());
        }
    }
    if removes {
        listed = listed.or(above);
    }
    listed.and(excepted.not())
}
