//! What programs are told to start: by a shell's command, by `env`, `find` and the
//! like, by the loader, by `#!`.
//!
//! Nothing is decided here and nothing is run. [`Starting`] finds every program that
//! may run in the end and tells whoever asks about it ([`Asks`]): both function
//! wrappers, which so know the same. A word that a program puts together when it
//! runs is told as unresolved; a program that nobody lists in `known.rs` starts
//! others unseen.

mod known;
pub mod libraries;
mod line;
pub mod paths;
mod shell;
mod start;

pub use known::{base, is};
pub use shell::{Line, Word, assignment, is_keyword, parse};
pub use start::{Asks, Search, Starting};
