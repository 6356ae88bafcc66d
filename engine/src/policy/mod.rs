//! What a person writes, as types: policies, controls, scopes, globs.

pub mod glob;
