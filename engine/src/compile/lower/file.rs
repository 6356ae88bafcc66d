//! Controls on file events.

use alloc::format;
use alloc::vec::Vec;

use super::overlap::overlaps;
use super::path::Reach;
use super::{Draft, Lowering};
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::control::Control as Name;
use crate::decide::file_operation as number;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::{FileOperation, Kind};
use crate::explain::List;
use crate::policy::control::{
    BlockMaliciousExecutables, FileBlock, FileIntegrityMonitoring, ReadOnlyFiles,
};
use crate::policy::glob::{Glob, parse};
use crate::policy::preset::{self, Preset};
use crate::policy::{Entry, Policy};

/// What an operation does to `path` and to `target`.
fn effects(operation: FileOperation) -> (Vec<FileOperation>, Vec<FileOperation>) {
    use FileOperation::{Attributes, Create, Delete, Link, Modify, Rename};
    match operation {
        Rename => ([Delete, Modify].into(), [Create, Modify].into()),
        Link => ([Attributes, Modify].into(), [Create].into()),
        other => ([other].into(), Vec::new()),
    }
}

impl<'p> Lowering<'p> {
    pub(super) fn file_block(&mut self, index: u32, policy: &'p Policy, own: &'p FileBlock) {
        for kind in [Kind::File, Kind::Exec] {
            let mut draft = self.draft((index, policy), (Name::FileBlock, true), kind);
            if kind == Kind::File {
                draft.acts_on(|_| true);
            }
            draft.paths(List::Paths, &own.paths, Reach::Tree, Role::Listed);
            let exceptions =
                draft.paths(List::ExceptPaths, &own.except_paths, Reach::Tree, Role::Excepted);
            draft.warn_swallowed_globs(List::Paths, &own.paths, Reach::Tree, &exceptions);
            draft.actors(&own.actors);
        }
    }

    pub(super) fn read_only_files(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p ReadOnlyFiles,
    ) {
        let mut draft = self.draft((index, policy), (Name::ReadOnlyFiles, true), Kind::File);
        draft.acts_on(|effect| !matches!(effect, FileOperation::Read | FileOperation::Execute));
        draft.paths(List::Paths, &own.paths, Reach::Tree, Role::Listed);
        let exceptions =
            draft.paths(List::ExceptPaths, &own.except_paths, Reach::Tree, Role::Excepted);
        draft.warn_swallowed_globs(List::Paths, &own.paths, Reach::Tree, &exceptions);
        draft.actors(&own.actors);
    }

    pub(super) fn file_integrity_monitoring(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p FileIntegrityMonitoring,
    ) {
        let name = Name::FileIntegrityMonitoring;
        let mut draft = self.draft((index, policy), (name, false), Kind::File);
        draft.acts_on(|effect| own.operations.iter().any(|chosen| chosen.value == effect));
        let mut listed = draft.paths(List::Paths, &own.paths, Reach::Entries, Role::Listed);
        let known = preset::files(policy.platform);
        listed.extend(draft.presets(&own.presets, known));
        let exceptions =
            draft.paths(List::ExceptPaths, &own.except_paths, Reach::Entries, Role::Excepted);
        draft.warn_swallowed_globs(List::Paths, &own.paths, Reach::Entries, &exceptions);
        draft.check_exceptions(&own.except_paths, &listed);
        draft.actors(&own.actors);
    }

    /// The file side: a program that appears is reported, not refused.
    pub(super) fn scratch_programs(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p BlockMaliciousExecutables,
    ) {
        let name = Name::BlockMaliciousExecutables;
        let mut draft = self.draft((index, policy), (name, false), Kind::File);
        draft.operation(number::on_path_executable(FileOperation::Create));
        draft.operation(number::on_path_executable(FileOperation::Attributes));
        // One that is moved or linked there appears there, too.
        draft.operation(number::on_target_executable(FileOperation::Rename));
        draft.operation(number::on_target_executable(FileOperation::Link));
        draft.paths(List::Directories, &own.directories, Reach::Below, Role::Listed);
        draft.actors(&own.actors);
    }
}

impl Draft<'_, '_> {
    /// Sets the operations of which some effect is acted on.
    pub(super) fn acts_on(&mut self, chosen: impl Fn(FileOperation) -> bool) {
        for &operation in FileOperation::ALL {
            let (path, target) = effects(operation);
            if path.into_iter().any(&chosen) {
                self.operation(number::on_path(operation));
                self.operation(number::on_path_executable(operation));
            }
            if target.into_iter().any(&chosen) {
                self.operation(number::on_target(operation));
                self.operation(number::on_target_executable(operation));
            }
        }
    }

    /// Adds the paths or keys of named presets.
    pub(super) fn presets(&mut self, names: &[Entry], known: &'static [Preset]) -> Vec<Glob> {
        let mut all = Vec::new();
        for (index, entry) in names.iter().enumerate() {
            let Some(preset) = preset::find(known, &entry.text) else {
                self.unknown_preset(index, entry, known.iter().map(|preset| preset.name));
                continue;
            };
            let mut globs = Vec::new();
            for path in preset.paths {
                let path = Entry { text: (*path).into(), span: entry.span };
                let reach = if self.kind == Kind::File { Reach::Entries } else { Reach::Exact };
                globs.extend(self.globs(List::Presets, index, &path, reach).unwrap_or_default());
            }
            self.cold(List::Presets, EntryKey::Globs(&globs), entry);
            self.patterns(List::Presets, index, entry, &globs, Role::Listed);
            all.extend(globs);
        }
        all
    }

    pub(super) fn unknown_preset(
        &mut self,
        index: usize,
        entry: &Entry,
        names: impl Iterator<Item = &'static str>,
    ) {
        let message = format!("unknown preset `{}`", entry.text);
        let (source, field) = (&self.policy.source, self.field(List::Presets, index));
        let diagnostic = Diagnostic::new(Code::UnknownPreset, source, entry.span, message);
        let diagnostic = diagnostic.in_field(field).suggesting(&entry.text, names);
        self.lowering.push(diagnostic);
    }

    /// An exception that shares no path with what is monitored is a mistake.
    fn check_exceptions(&mut self, exceptions: &[Entry], listed: &[Glob]) {
        for (index, entry) in exceptions.iter().enumerate() {
            let Ok(parsed) = parse(&entry.text, self.dialect(List::ExceptPaths)) else { continue };
            let shares = |glob: &Glob| listed.iter().any(|listed| overlaps(glob, listed));
            if !parsed.globs.iter().any(shares) {
                let message =
                    format!("`{}` excepts nothing: no monitored path is among it", entry.text);
                self.report(Code::UselessException, List::ExceptPaths, index, entry, message);
            }
        }
    }
}
