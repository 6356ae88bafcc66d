//! Scope expressions: where a policy applies.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::source::Span;

/// A scope as written and as understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// As understood.
    pub expression: Expression,
}

/// A scope expression.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expression {
    /// The attribute matches one of these globs. `label["k"]` is `label.k`.
    Test {
        /// The attribute's name.
        attribute: String,
        /// `*` any run, `?` one character; at least one.
        globs: Vec<String>,
    },
    /// `!` and `!=`.
    Not(Box<Expression>),
    /// `&&`.
    And(Box<Expression>, Box<Expression>),
    /// `||`.
    Or(Box<Expression>, Box<Expression>),
}
