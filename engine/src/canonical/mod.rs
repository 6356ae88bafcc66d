//! One spelling per object, for rules and events alike.
