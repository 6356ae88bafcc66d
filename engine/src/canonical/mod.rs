//! One spelling per object, for rules and events alike.

pub(crate) mod address;
pub(crate) mod digest;
pub(crate) mod domain;
pub(crate) mod names;
pub(crate) mod path_linux;
pub(crate) mod path_windows;
pub(crate) mod plain;
pub(crate) mod registry;
pub(crate) mod room;
pub(crate) mod sid;
pub(crate) mod upcase;
pub(crate) mod volumes;
