//! From typed policies to a bundle: `lower` turns controls into rules, one
//! writer per matcher builds its table, `write` lays out the bytes.

pub(crate) mod outcome;
