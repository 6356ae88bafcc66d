//! Scopes of a bundle as text again, for whoever inspects one.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::scope::Expression;
use super::scope_token::is_escaped;
use crate::scope::{AND, NOT, OR, TEST, text};

/// The scopes of one policy of a bundle, as expressions that mean what was
/// written. [`Engine::scopes`](crate::Engine::scopes) gives them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PolicyScopes<'a> {
    /// The policy's name.
    pub policy: &'a str,
    /// Where it applies; everywhere if there is none.
    pub scope: Option<String>,
    /// Where the default policy does not apply.
    pub bypass_scope: Option<String>,
}

/// The text of an encoded scope; `None` if there is none, or damage.
pub(crate) fn written(code: &[u8]) -> Option<String> {
    decode(code).map(|expression| expression.to_string())
}

fn decode(code: &[u8]) -> Option<Expression> {
    // With each expression its depth: a forged bundle must not cost a stack.
    let mut stack: Vec<(Expression, usize)> = Vec::new();
    let mut rest = code;
    while let Some((&operation, after)) = rest.split_first() {
        rest = after;
        let value = match operation {
            TEST => {
                let (name, after) = text(rest)?;
                let (&count, mut after) = after.split_first_chunk()?;
                let mut globs = Vec::new();
                for _ in 0..u16::from_le_bytes(count) {
                    let glob;
                    (glob, after) = text(after)?;
                    globs.push(glob.to_string());
                }
                rest = after;
                (Expression::Test { attribute: name.to_string(), globs }, 0)
            }
            NOT => {
                let (inner, depth) = stack.pop()?;
                (Expression::Not(Box::new(inner)), depth + 1)
            }
            AND | OR => {
                let ((right, deep), (left, depth)) = (stack.pop()?, stack.pop()?);
                let depth = depth.max(deep + 1);
                match (operation, left) {
                    (AND, Expression::And(mut parts)) => {
                        parts.push(right);
                        (Expression::And(parts), depth)
                    }
                    (OR, Expression::Or(mut parts)) => {
                        parts.push(right);
                        (Expression::Or(parts), depth)
                    }
                    (AND, left) => (Expression::And(vec![left, right]), depth + 1),
                    (_, left) => (Expression::Or(vec![left, right]), depth + 1),
                }
            }
            _ => return None,
        };
        if value.1 > DEEPEST {
            return None;
        }
        stack.push(value);
    }
    let (expression, _) = stack.pop()?;
    stack.is_empty().then_some(expression)
}

/// More than any scope that a policy can write.
const DEEPEST: usize = 200;

impl fmt::Display for Expression {
    /// As a policy writes it, with the fewest parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Test { attribute, globs } => {
                attribute_name(f, attribute)?;
                match globs.as_slice() {
                    [only] => write!(f, " == {}", Quoted(only)),
                    several => {
                        f.write_str(" in [")?;
                        for (index, glob) in several.iter().enumerate() {
                            let comma = if index > 0 { ", " } else { "" };
                            write!(f, "{comma}{}", Quoted(glob))?;
                        }
                        f.write_str("]")
                    }
                }
            }
            Expression::Not(inner) => match &**inner {
                Expression::Test { attribute, globs } if globs.len() == 1 => {
                    attribute_name(f, attribute)?;
                    write!(f, " != {}", Quoted(&globs[0]))
                }
                Expression::Not(_) => write!(f, "!{inner}"),
                _ => write!(f, "!({inner})"),
            },
            Expression::And(parts) => joined(f, parts, " && "),
            Expression::Or(parts) => joined(f, parts, " || "),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expression], sign: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(sign)?;
        }
        let whole = matches!(part, Expression::Test { .. } | Expression::Not(_));
        // `&&` binds more tightly, so only it may stand bare, and only below `||`.
        let bare = whole || (sign == " || " && matches!(part, Expression::And(_)));
        if bare { write!(f, "{part}")? } else { write!(f, "({part})")? }
    }
    Ok(())
}

/// Labels are attributes that begin with `label.`.
fn attribute_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    match name.strip_prefix("label.") {
        Some(label) => write!(f, "label[{}]", Quoted(label)),
        None => f.write_str(name),
    }
}

/// A text in quotes, escaped as the scope language does.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for character in self.0.chars() {
            if is_escaped(character) {
                f.write_str("\\")?;
            }
            write!(f, "{character}")?;
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Source, Span};

    fn code(text: &str) -> Vec<u8> {
        let source = Source { name: "test".into() };
        let scope = crate::policy::Scope::new(&source, text, Span::default()).unwrap();
        scope.expression.encode()
    }

    macro_rules! t {
        ($name:ident, $text:literal => $want:literal) => {
            #[test]
            fn $name() {
                let found = written(&code($text)).unwrap();
                assert_eq!(found, $want);
                // What is printed means the same.
                assert_eq!(written(&code(&found)).unwrap(), found);
            }
        };
    }

    t!(test, r#"host.name=="web-*""# => r#"host.name == "web-*""#);
    t!(not_equal, r#"! (a == "b")"# => r#"a != "b""#);
    t!(several, r#"!(a in ["b","c"])"# => r#"!(a in ["b", "c"])"#);
    t!(label, r#"label["a b"] == "\"\\""# => r#"label["a b"] == "\"\\""#);
    t!(signs, r#"label["a\[0\]"] == "\{x,y\}""# => r#"label["a\[0\]"] == "\{x,y\}""#);
    t!(chain, r#"a=="1"&&b=="2"&&c=="3"||d=="4""# => r#"a == "1" && b == "2" && c == "3" || d == "4""#);
    t!(parentheses, r#"(a=="1"||b=="2")&&!(c=="3"&&d=="4")"# => r#"(a == "1" || b == "2") && !(c == "3" && d == "4")"#);
    t!(twice, r#"!!(a=="1"||b=="2")"# => r#"!!(a == "1" || b == "2")"#);

    #[test]
    fn damage_has_no_text() {
        assert_eq!(written(&[]), None);
        assert_eq!(written(&[NOT]), None);
        assert_eq!(written(&[9]), None);
        let mut deep = code(r#"a == "1""#);
        deep.extend([NOT; 100_000]);
        assert_eq!(written(&deep), None);
    }
}
