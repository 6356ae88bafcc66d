//! What is read out of a shell's command.

use wardline_commands::{Word, assignment, is_keyword, parse};

/// The commands, words that expand with `…` behind.
fn commands(line: &str) -> Vec<String> {
    let shown = |word: &Word| {
        String::from_utf8_lossy(&word.text).into_owned() + if word.expands { "…" } else { "" }
    };
    let all = parse(line.as_bytes()).commands;
    all.iter().map(|words| words.iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
}

macro_rules! t {
    ($name:ident, $line:expr => [$($command:expr),* $(,)?]) => {
        #[test]
        fn $name() {
            let wanted: Vec<String> = vec![$($command.to_string()),*];
            assert_eq!(commands($line), wanted, "{}", $line);
        }
    };
}

t!(words, " a  b\tc " => ["a b c"]);
t!(quotes, r#"'a b' "c d" e'f'"g" \h\ i"# => ["a b c d efg h i"]);
t!(quotes_inside_quotes, r#""a 'b' \"c\" \d" 'e "f" \g'"# => [r#"a 'b' "c" \d e "f" \g"#]);
t!(separators, "a;b&&c||d|e&f\ng" => ["a", "b", "c", "d", "e", "f", "g"]);
t!(continued_line, "a\\\nb c" => ["ab c"]);
t!(comment, "a # b; c\nd#e" => ["a", "d#e"]);
t!(subshell, "(a; b) && { c; }" => ["a", "b", "{ c", "}"]);
t!(substitution, "a $(b c) d" => ["b c", "a … d"]);
t!(substitution_in_quotes, r#"a "x$(b "c d")y""# => ["b c d", "a xy…"]);
t!(backticks, "a `b c` d" => ["b c", "a … d"]);
t!(substitution_in_substitution, "a $(b $(c))" => ["c", "b …", "a …"]);
t!(substitution_in_a_default, "a ${X:-$(b)}" => ["b", "a …"]);
t!(process_substitution, "a <(b)" => ["b", "a …"]);
t!(variables, "$a \"$b\" '$c' \\$d x$ {e" => ["… … $c $d x$ {e…"]);
t!(globs, "a* 'b*' ~/c [d] [ e ]" => ["a*… b* ~/c… [d]… [ e ]"]);
t!(redirections, "a >b 2>&1 <c d &>e f>>g" => ["a d f"]);
t!(redirected_first, ">x a" => ["a"]);
t!(here_document, "a <<E b\nno\n$(c)\nE\nd" => ["a b", "c", "d"]);
t!(here_string, "a <<< b c" => ["a c"]);
t!(case, "case x in a|b) c;; *) d;; esac; e" => ["c", "d", "esac", "e"]);
t!(function, "f() { a; }; f x" => ["{ a", "}", "f x"]);
t!(ansi_quotes_are_not_known, r"$'\x61' b" => [r"\x61… b"]);
t!(unfinished, "a 'b" => ["a b"]);

#[test]
fn functions_and_variables_are_told() {
    let line = parse(b"f() { a \"$X\"; }; echo ${Y%z} $1");
    assert_eq!(line.functions, [b"f"]);
    assert_eq!(parse(b"function g { a; }; function h() (b)").functions, [b"g", b"h"]);
    assert_eq!(line.variables, [b"X", b"Y", b"1"]);
}

#[test]
fn assignments_and_keywords() {
    let words = &parse(b"A=b C+=d 1=e if 'if' f").commands[0];
    let assigned: Vec<_> = words.iter().map(|word| assignment(word).is_some()).collect();
    assert_eq!(assigned, [true, true, false, false, false, false]);
    let keywords: Vec<_> = words.iter().map(is_keyword).collect();
    assert_eq!(keywords, [false, false, false, true, false, false]);
}

/// Whatever is given, it ends.
#[test]
fn any_bytes() {
    let alphabet = b"ab '\"\\$`(){}<>|&;\n#=*~!";
    let mut seed = 1u64;
    for _ in 0..20_000 {
        let line: Vec<u8> = (0..24)
            .map(|_| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                alphabet[(seed >> 33) as usize % alphabet.len()]
            })
            .collect();
        let parsed = parse(&line);
        assert!(parsed.commands.iter().map(Vec::len).sum::<usize>() <= line.len());
    }
}
