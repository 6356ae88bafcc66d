//! One spelling per object, for rules and events alike.

pub(crate) mod digest;
pub(crate) mod path_linux;
