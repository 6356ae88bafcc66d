//! The `wardline` command.
#![forbid(unsafe_code)]

fn main() {}
