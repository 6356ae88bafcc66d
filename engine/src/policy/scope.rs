//! Scope expressions: where a policy applies.
//!
//! ```text
//! or    = and { "||" and }
//! and   = not { "&&" not }
//! not   = "!" not | "(" or ")" | test
//! test  = attribute ( "==" string | "!=" string | "in" "[" string { "," string } "]" )
//! attribute = name { "." name } | "label" "[" string "]"
//! ```
//!
//! A string stands in double quotes. In it `*` is any run and `?` one character;
//! what paths know besides, `[…]` and `{…}`, is refused rather than taken for what
//! values hardly have. `\"`, `\\`, `\[`, `\]`, `\{` and `\}` are the characters
//! themselves. `label["k"]` is the attribute `label.k`. Its encoding is described,
//! and evaluated, by `scope.rs` of the reader.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::iter::Peekable;

use super::scope_token::{Kind, ScopeError, Token, tokens};
use super::source::{MAX_ENTRY, Source, Span};
use crate::diagnostic::{Code, Diagnostic};
use crate::scope::{AND, NOT, OR, TEST};

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

impl Scope {
    /// Understands an expression that stands at `span`, character by character.
    ///
    /// # Errors
    ///
    /// [`Code::ScopeSyntax`], [`Code::TooDeep`], [`Code::TooLarge`], and for its texts
    /// [`Code::EntryLines`] and [`Code::EmptyEntry`].
    pub fn new(source: &Source, text: &str, span: Span) -> Result<Scope, Diagnostic> {
        if text.len() > MAX_ENTRY {
            let message =
                format!("a scope of {} bytes, at most {MAX_ENTRY} are accepted", text.len());
            return Err(Diagnostic::new(Code::TooLarge, source, span, message));
        }
        match parse(text) {
            Ok(expression) => Ok(Scope { text: text.to_string(), span, expression }),
            Err(error) => {
                let column = span.column.saturating_add(error.offset);
                let place = Span { column, length: error.length, ..span };
                let diagnostic = Diagnostic::new(error.code, source, place, error.message);
                let diagnostic = match error.help {
                    Some(help) => diagnostic.with_help(help),
                    None => diagnostic,
                };
                Err(match error.replacement {
                    Some(replacement) => diagnostic.replacing(replacement),
                    None => diagnostic,
                })
            }
        }
    }
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
    /// `&&`, two or more.
    And(Vec<Expression>),
    /// `||`, two or more.
    Or(Vec<Expression>),
}

impl Expression {
    /// Its encoding, for the bundle.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut code = Vec::new();
        self.append(&mut code);
        code
    }

    /// Whether one of its globs is like this.
    #[cfg(feature = "text")]
    pub(crate) fn any_glob(&self, wanted: &impl Fn(&str) -> bool) -> bool {
        match self {
            Expression::Test { globs, .. } => globs.iter().any(|glob| wanted(glob)),
            Expression::Not(inner) => inner.any_glob(wanted),
            Expression::And(parts) | Expression::Or(parts) => {
                parts.iter().any(|part| part.any_glob(wanted))
            }
        }
    }

    fn append(&self, code: &mut Vec<u8>) {
        match self {
            Expression::Test { attribute, globs } => {
                code.push(TEST);
                append_text(code, attribute);
                // A scope has at most 4,096 bytes, so every count fits.
                code.extend_from_slice(&(globs.len() as u16).to_le_bytes());
                globs.iter().for_each(|glob| append_text(code, glob));
            }
            Expression::Not(inner) => {
                inner.append(code);
                code.push(NOT);
            }
            Expression::And(parts) => append_joined(code, parts, AND),
            Expression::Or(parts) => append_joined(code, parts, OR),
        }
    }
}

fn append_text(code: &mut Vec<u8>, text: &str) {
    code.extend_from_slice(&(text.len() as u16).to_le_bytes());
    code.extend_from_slice(text.as_bytes());
}

fn append_joined(code: &mut Vec<u8>, parts: &[Expression], operator: u8) {
    for (index, part) in parts.iter().enumerate() {
        part.append(code);
        if index > 0 {
            code.push(operator);
        }
    }
}

/// Understands an expression.
fn parse(text: &str) -> Result<Expression, ScopeError> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), depth: 0 };
    let expression = parser.or()?;
    match parser.tokens.next() {
        Some(Token { kind: Kind::End, .. }) | None => Ok(expression),
        Some(token) => Err(token.unexpected("`&&`, `||` or the end")),
    }
}

struct Parser {
    tokens: Peekable<vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn or(&mut self) -> Result<Expression, ScopeError> {
        let mut parts = vec![self.and()?];
        while self.accept("||") {
            parts.push(self.and()?);
        }
        Ok(joined(parts, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression, ScopeError> {
        let mut parts = vec![self.not()?];
        while self.accept("&&") {
            parts.push(self.not()?);
        }
        Ok(joined(parts, Expression::And))
    }

    fn not(&mut self) -> Result<Expression, ScopeError> {
        let token = self.next();
        match &token.kind {
            Kind::Sign("!") => {
                let inner = self.deeper(&token, Parser::not)?;
                Ok(Expression::Not(Box::new(inner)))
            }
            Kind::Sign("(") => {
                let inner = self.deeper(&token, Parser::or)?;
                self.expect(")", "`&&`, `||` or `)`")?;
                Ok(inner)
            }
            Kind::Name(name)
                if matches!(name.to_ascii_lowercase().as_str(), "not" | "and" | "or") =>
            {
                Err(token.unexpected("an attribute, `!` or `(`"))
            }
            Kind::Name(name) => self.test(name),
            _ => Err(token.unexpected("an attribute, `!` or `(`")),
        }
    }

    fn test(&mut self, name: &str) -> Result<Expression, ScopeError> {
        let mut attribute = name.to_string();
        if name == "label" {
            self.expect("[", "`[`, as in `label[\"name\"]`")?;
            let token = self.next();
            match &token.kind {
                Kind::Text(key) if key.is_empty() => {
                    return Err(token.error("an empty label name".to_string(), None));
                }
                Kind::Text(key) => {
                    token.can_be_meant(key)?;
                    attribute = format!("label.{key}");
                }
                _ => return Err(token.unexpected("the label's name as a text")),
            }
            self.expect("]", "`]`")?;
        }
        let token = self.next();
        match &token.kind {
            Kind::Sign("==") => {
                let globs = vec![self.glob(&attribute)?];
                Ok(Expression::Test { attribute, globs })
            }
            Kind::Sign("!=") => {
                let globs = vec![self.glob(&attribute)?];
                Ok(Expression::Not(Box::new(Expression::Test { attribute, globs })))
            }
            Kind::Name(word) if word == "in" => {
                self.expect("[", "`[`")?;
                let mut globs = vec![self.glob(&attribute)?];
                while self.accept(",") {
                    globs.push(self.glob(&attribute)?);
                }
                self.expect("]", "`,` or `]`")?;
                Ok(Expression::Test { attribute, globs })
            }
            _ => Err(token.unexpected("`==`, `!=` or `in`")),
        }
    }

    /// What the values of an attribute are compared with.
    fn glob(&mut self, attribute: &str) -> Result<String, ScopeError> {
        let token = self.next();
        let Kind::Text(glob) = &token.kind else {
            return Err(token.unexpected("a text"));
        };
        token.can_be_meant(glob)?;
        // Kubernetes has labels without value, such as those of nodes' roles.
        if glob.is_empty() && !attribute.starts_with("label.") {
            let message = "an empty text, which is the value of labels only".to_string();
            let help = "leave the test out, or write \"?*\" for any value that is not empty";
            return Err(ScopeError { code: Code::EmptyEntry, ..token.error(message, Some(help)) });
        }
        Ok(glob.clone())
    }

    fn deeper(
        &mut self,
        token: &Token,
        inner: impl FnOnce(&mut Parser) -> Result<Expression, ScopeError>,
    ) -> Result<Expression, ScopeError> {
        if self.depth >= MAX_DEPTH {
            let message = format!("`!` and parentheses nested more than {MAX_DEPTH} deep");
            return Err(ScopeError { code: Code::TooDeep, ..token.error(message, None) });
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn accept(&mut self, sign: &str) -> bool {
        self.tokens
            .next_if(|token| matches!(token.kind, Kind::Sign(found) if found == sign))
            .is_some()
    }

    fn expect(&mut self, sign: &str, expected: &str) -> Result<(), ScopeError> {
        if self.accept(sign) {
            return Ok(());
        }
        Err(self.next().unexpected(expected))
    }

    /// The next token; the end again and again.
    fn next(&mut self) -> Token {
        let end = || Token { kind: Kind::End, offset: 0, length: 1 };
        match self.tokens.peek() {
            Some(token) if token.kind == Kind::End => token.clone(),
            _ => self.tokens.next().unwrap_or_else(end),
        }
    }
}

/// One part is itself.
fn joined(
    mut parts: Vec<Expression>,
    several: impl FnOnce(Vec<Expression>) -> Expression,
) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            several(parts)
        }
    }
}

/// `!` and parentheses inside one another, at most.
const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::evaluate;

    const TARGET: &[(&str, &str)] = &[
        ("os.type", "linux"),
        ("host.name", "db-1"),
        ("host.group", "blue"),
        ("host.group", "green"),
        ("label.app/name", r"a\b"),
        ("label.empty", ""),
        ("label.json", r#"{"a":[1]}"#),
    ];

    /// What an expression says about [`TARGET`].
    macro_rules! holds {
        ($name:ident, $text:literal => $want:expr) => {
            #[test]
            fn $name() {
                let expression = parse($text).unwrap();
                assert_eq!(meaning(&expression, TARGET), $want);
                assert_eq!(evaluate(&expression.encode(), TARGET), $want);
            }
        };
    }

    holds!(equal, r#"os.type == "linux""# => Some(true));
    holds!(case_is_exact, r#"os.type == "Linux""# => Some(false));
    holds!(unequal, r#"os.type != "linux""# => Some(false));
    holds!(one_of_several, r#"host.name in ["web-?", "db-?"]"# => Some(true));
    holds!(none_of_several, r#"host.name in ["web-?", "db-??"]"# => Some(false));
    holds!(missing_attribute, r#"cloud.region == "*""# => None);
    holds!(missing_attribute_is_not_unequal, r#"cloud.region != "x""# => None);
    holds!(negated_missing, r#"!(cloud.region == "x")"# => None);
    holds!(false_and_missing, r#"os.type == "x" && cloud.region == "x""# => Some(false));
    holds!(missing_and_true, r#"cloud.region == "x" && os.type == "linux""# => None);
    holds!(missing_or_true, r#"cloud.region == "x" || os.type == "linux""# => Some(true));
    holds!(missing_or_false, r#"cloud.region == "x" || os.type == "x""# => None);
    holds!(and_before_or, r#"os.type == "linux" || os.type == "x" && os.type == "x""# => Some(true));
    holds!(parentheses_win, r#"(os.type == "linux" || os.type == "x") && os.type == "x""# => Some(false));
    holds!(not_before_and, r#"!os.type == "x" && os.type == "linux""# => Some(true));
    holds!(any_of_repeated_values, r#"host.group == "green""# => Some(true));
    holds!(unequal_to_none_of_repeated_values, r#"host.group != "green""# => Some(false));
    holds!(label_with_any_name, r#"label["app/name"] == "a\\b""# => Some(true));
    holds!(empty_value, r#"label["empty"] == """# => Some(true));
    holds!(star_takes_nothing, r#"label["empty"] == "*""# => Some(true));
    holds!(question_mark_takes_one, r#"label["empty"] == "?""# => Some(false));
    holds!(escaped_signs, r#"label["json"] == "\{\"a\":\[?\]\}""# => Some(true));
    holds!(white_space_is_free, "os.type==\"linux\"\n\t&&!(host.name==\"x\")" => Some(true));

    /// An error: offset, length, message.
    macro_rules! wrong {
        ($name:ident, $text:literal => $offset:literal, $length:literal, $message:literal) => {
            #[test]
            fn $name() {
                let error = parse($text).unwrap_err();
                let message = match error.help {
                    Some(help) => format!("{}; {help}", error.message),
                    None => error.message,
                };
                assert_eq!(
                    (error.offset, error.length, message.as_str()),
                    ($offset, $length, $message)
                );
            }
        };
    }

    wrong!(nothing, " " => 1, 1, "expected an attribute, `!` or `(`, found the end");
    wrong!(single_equals, r#"a = "b""# => 2, 1, "unexpected `=`; write == to compare");
    wrong!(single_ampersand, r#"a == "b" & c == "d""# => 9, 1, "unexpected `&`; write && for and");
    wrong!(word_for_and, r#"a == "b" and c == "d""# => 9, 3, "expected `&&`, `||` or the end, found `and`; write && for and");
    wrong!(word_for_not, r#"not a == "b""# => 0, 3, "expected an attribute, `!` or `(`, found `not`; write ! for not");
    wrong!(single_quotes, "a == 'b'" => 5, 1, "unexpected `'`; put texts in double quotes");
    wrong!(no_quotes, "a == b" => 5, 1, "expected a text, found `b`; put texts in double quotes");
    wrong!(unclosed_text, r#"a == "b"# => 5, 1, "a text without closing quote");
    wrong!(unclosed_parenthesis, r#"(a == "b""# => 9, 1, "expected `&&`, `||` or `)`, found the end");
    wrong!(unopened_parenthesis, r#"a == "b")"# => 8, 1, "expected `&&`, `||` or the end, found `)`");
    wrong!(bare_attribute, "os.type" => 7, 1, "expected `==`, `!=` or `in`, found the end");
    wrong!(chained, r#"a == "b" == "c""# => 9, 2, "expected `&&`, `||` or the end, found `==`");
    wrong!(empty_list, "a in []" => 6, 1, "expected a text, found `]`");
    wrong!(trailing_comma, r#"a in ["b",]"# => 10, 1, "expected a text, found `]`");
    wrong!(bare_label, r#"label == "x""# => 6, 2, "expected `[`, as in `label[\"name\"]`, found `==`");
    wrong!(empty_label, r#"label[""] == "x""# => 6, 2, "an empty label name");
    wrong!(other_escape, r#"a == "\d""# => 6, 2, "an unknown escape; write \\\\ for a backslash");
    wrong!(braces, r#"a == "{b,c}""# => 6, 1, "`{` in a text, which knows `*` and `?` only; write alternatives with `||` or as in [\"a\", \"b\"]; \\{ is the character itself");
    wrong!(class, r#"a in ["ä", "b[0-9]"]"# => 13, 1, "`[` in a text, which knows `*` and `?` only; write alternatives with `||` or as in [\"a\", \"b\"]; \\[ is the character itself");
    wrong!(hidden, "a == \"b\u{200b}c\"" => 5, 5, "`b\u{200b}c` holds what cannot be seen; leave it out");
    wrong!(tab, "a == \"b\tc\"" => 5, 5, "`b\tc` holds a control character; leave it out");
    wrong!(line_break, "a == \"b\nc\"" => 5, 5, "`b\nc` holds a line break; leave it out");
    wrong!(outer_space, r#"a == " b""# => 5, 4, "` b` begins or ends with a space; leave it out");
    wrong!(outer_space_of_a_label, r#"label["b "] == "c""# => 6, 4, "`b ` begins or ends with a space; leave it out");
    wrong!(empty_text, r#"a != """# => 5, 2, "an empty text, which is the value of labels only; leave the test out, or write \"?*\" for any value that is not empty");
    wrong!(empty_part, r#"a..b == "x""# => 0, 4, "an attribute with an empty part");
    wrong!(offsets_count_characters, r#"a == "äöü" ä"# => 11, 1, "unexpected `ä`");

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize, open: &str, close: &str| {
            open.repeat(depth) + "a == \"b\"" + &close.repeat(depth)
        };
        assert!(parse(&nested(MAX_DEPTH, "(", ")")).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1, "(", ")")).unwrap_err().code, Code::TooDeep);
        assert!(parse(&nested(MAX_DEPTH, "!", "")).is_ok());
        assert_eq!(parse(&nested(1_000, "!(", ")")).unwrap_err().code, Code::TooDeep);
    }

    /// The deepest expression there is: every level keeps two values waiting.
    #[test]
    fn deepest_expression_is_evaluated() {
        let level = r#"os.type == "x" || os.type == "linux" && ("#;
        let text = level.repeat(MAX_DEPTH) + r#"os.type == "linux""# + &")".repeat(MAX_DEPTH);
        let expression = parse(&text).unwrap();
        assert_eq!(evaluate(&expression.encode(), TARGET), Some(true));
    }

    #[test]
    fn long_chains_cost_no_stack() {
        let text = r#"a=="b"&&"#.repeat(100_000) + r#"a=="b""#;
        let expression = parse(&text).unwrap();
        assert_eq!(evaluate(&expression.encode(), &[("a", "b")]), Some(true));
    }

    /// The obvious evaluation of an expression.
    fn meaning(expression: &Expression, target: &[(&str, &str)]) -> Option<bool> {
        match expression {
            Expression::Test { attribute, globs } => {
                let mut values = target.iter().filter(|(name, _)| name == attribute).peekable();
                values.peek()?;
                Some(values.any(|(_, value)| globs.iter().any(|glob| obvious_match(glob, value))))
            }
            Expression::Not(inner) => meaning(inner, target).map(|value| !value),
            Expression::And(parts) => {
                let values: Vec<_> = parts.iter().map(|part| meaning(part, target)).collect();
                if values.contains(&Some(false)) {
                    return Some(false);
                }
                (!values.contains(&None)).then_some(true)
            }
            Expression::Or(parts) => {
                let values: Vec<_> = parts.iter().map(|part| meaning(part, target)).collect();
                if values.contains(&Some(true)) {
                    return Some(true);
                }
                (!values.contains(&None)).then_some(false)
            }
        }
    }

    fn obvious_match(glob: &str, value: &str) -> bool {
        let Some(wanted) = glob.chars().next() else {
            return value.is_empty();
        };
        let glob_rest = &glob[wanted.len_utf8()..];
        let first = value.chars().next();
        let rest = || &value[first.map_or(0, char::len_utf8)..];
        match wanted {
            '*' => {
                obvious_match(glob_rest, value) || (first.is_some() && obvious_match(glob, rest()))
            }
            '?' => first.is_some() && obvious_match(glob_rest, rest()),
            _ => first == Some(wanted) && obvious_match(glob_rest, rest()),
        }
    }

    #[test]
    fn encoding_means_what_the_expression_means() {
        let mut random = Random(7);
        for _ in 0..20_000 {
            let expression = random.expression(5);
            let values: Vec<(String, String)> = (0..random.below(4))
                .map(|_| (random.word("abc", 1), random.word("xyä", 6)))
                .collect();
            let target: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let code = expression.encode();
            assert_eq!(
                evaluate(&code, &target),
                meaning(&expression, &target),
                "{expression:?} {target:?}"
            );
        }
    }

    #[test]
    fn any_bytes_are_evaluated() {
        let mut random = Random(11);
        for _ in 0..50_000 {
            let mut code = random.expression(4).encode();
            for _ in 0..=random.below(3) {
                let at = random.below(code.len());
                match random.below(4) {
                    0 => code.truncate(at + 1),
                    1 => code.insert(at, random.below(256) as u8),
                    2 => code[at] = random.below(6) as u8,
                    _ => code[at] = random.below(256) as u8,
                }
            }
            evaluate(&code, &[("a", "xyx"), ("b", "")]);
        }
        assert_eq!(evaluate(&[], TARGET), None);
        assert_eq!(evaluate(&[TEST], TARGET), None);
        assert_eq!(evaluate(&[NOT], TARGET), None);
        assert_eq!(evaluate(&[TEST; 10_000], TARGET), None);
    }

    #[test]
    fn globs_do_not_explode() {
        let glob = "*a".repeat(500) + "b";
        let test = Expression::Test { attribute: "a".into(), globs: vec![glob] };
        assert_eq!(evaluate(&test.encode(), &[("a", &"a".repeat(4_000))]), Some(false));
    }

    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % bound.max(1) as u64) as usize
        }

        fn word(&mut self, letters: &str, longest: usize) -> String {
            let letters: Vec<char> = letters.chars().collect();
            let len = if longest == 1 { 1 } else { self.below(longest + 1) };
            (0..len).map(|_| letters[self.below(letters.len())]).collect()
        }

        fn expression(&mut self, depth: usize) -> Expression {
            match self.below(if depth == 0 { 1 } else { 4 }) {
                0 => {
                    let globs = (0..=self.below(3)).map(|_| self.word("xyä*?", 5)).collect();
                    Expression::Test { attribute: self.word("abc", 1), globs }
                }
                1 => Expression::Not(Box::new(self.expression(depth - 1))),
                joined => {
                    let parts =
                        (0..2 + self.below(2)).map(|_| self.expression(depth - 1)).collect();
                    if joined == 2 { Expression::And(parts) } else { Expression::Or(parts) }
                }
            }
        }
    }
}
