//! Controls on system and malware events.

use super::path::Reach;
use super::{Draft, Lowering};
use crate::compile::outcome::Role;
use crate::control::Control as Name;
use crate::event::{Kind, SystemChange};
use crate::explain::List;
use crate::matcher::rows::Condition;
use crate::policy::Policy;
use crate::policy::control::{
    MalwareResponse, RealtimeMalwareProtection, SystemIntegrityMonitoring,
};

impl<'p> Lowering<'p> {
    pub(super) fn system_integrity_monitoring(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p SystemIntegrityMonitoring,
    ) {
        use SystemChange::{
            LogClear, LogTamper, ServiceChange, ServiceCreate, ServiceDelete, TimeChange,
        };
        let control = (Name::SystemIntegrityMonitoring, false);
        let mut draft = self.draft((index, policy), control, Kind::System);
        draft.condition(Condition::AnyObject);
        draft.changes(own.system_time, &[TimeChange]);
        draft.changes(own.services, &[ServiceCreate, ServiceDelete, ServiceChange]);
        draft.changes(own.audit_log, &[LogClear, LogTamper]);
        draft.actors(&own.actors);
    }

    pub(super) fn realtime_malware_protection(
        &mut self,
        index: u32,
        policy: &'p Policy,
        own: &'p RealtimeMalwareProtection,
    ) {
        let can_block = own.response != MalwareResponse::Alert;
        let control = (Name::RealtimeMalwareProtection, can_block);
        let mut draft = self.draft((index, policy), control, Kind::Malware);
        if own.response == MalwareResponse::Delete {
            draft.deletes();
        }
        if own.paths.is_empty() {
            draft.condition(Condition::AnyObject);
        }
        draft.paths(List::Paths, &own.paths, Reach::Whole, Role::Listed);
        let exceptions =
            draft.paths(List::ExceptPaths, &own.except_paths, Reach::Tree, Role::Excepted);
        draft.warn_swallowed_globs(List::Paths, &own.paths, Reach::Whole, &exceptions);
        draft.actors(&own.actors);
    }
}

impl Draft<'_, '_> {
    fn changes(&mut self, wanted: bool, changes: &[SystemChange]) {
        for change in changes.iter().filter(|_| wanted) {
            self.operation(*change as usize);
        }
    }
}
