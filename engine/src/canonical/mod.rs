//! One spelling per object, for rules and events alike.

pub(crate) mod address;
pub(crate) mod digest;
pub(crate) mod domain;
pub(crate) mod path_linux;
