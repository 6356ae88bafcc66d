//! Ways to damage a document.

use super::Random;
use super::documents::Document;

/// No damaged document is longer.
pub(crate) const LONGEST: usize = 128 << 10;

/// A document with one to four kinds of damage, mostly one.
pub(crate) fn damaged(random: &mut Random, document: &Document, others: &[Document]) -> Vec<u8> {
    let mut text = document.text.clone().into_bytes();
    let kinds = if random.one_in(3) { 1 + random.below(4) } else { 1 };
    for _ in 0..kinds {
        damage(random, &mut text, others);
    }
    text.truncate(LONGEST);
    text
}

fn damage(random: &mut Random, text: &mut Vec<u8>, others: &[Document]) {
    if text.is_empty() {
        text.push(b'a');
    }
    let at = random.below(text.len());
    match random.below(20) {
        0 => text[at] ^= 1 << random.below(8),
        1 => text[at] = *random.pick(b"{}[]:,#&*!|>'\"%@`\\-?~ \t\r\n\x00\x7f\xff0a"),
        2 => {
            let end = (at + 1 + random.below(24)).min(text.len());
            text.drain(at..end);
        }
        3 => {
            // A piece twice.
            let end = (at + 1 + random.below(60)).min(text.len());
            let piece = text[at..end].to_vec();
            insert(text, at, &piece);
        }
        4 => {
            // A piece of another one.
            let other = random.pick(others).text.as_bytes();
            let from = random.below(other.len().max(1)).min(other.len());
            let end = (from + random.below(200)).min(other.len());
            insert(text, at, &other[from..end]);
        }
        5 => {
            // A line twice, or at another place.
            let (start, end) = line(text, at);
            let piece = text[start..end].to_vec();
            if random.one_in(2) {
                text.drain(start..end);
            }
            let to = random.below(text.len() + 1);
            let (to, _) = line(text, to);
            insert(text, to, &piece);
        }
        6 => {
            // A word for another one.
            let (start, end) = word(text, at);
            let other = random.below(text.len());
            let (from, to) = word(text, other);
            let piece = text[from..to].to_vec();
            text.splice(start..end, piece);
        }
        7 | 8 => {
            let (start, end) = word(text, at);
            let words = WORDS[random.below(WORDS.len())];
            text.splice(start..end, words.bytes());
        }
        9 => {
            let (start, end) = word(text, at);
            text.splice(start..end, number(random).bytes());
        }
        10 => {
            let (start, end) = word(text, at);
            let bomb = braces(random);
            text.splice(start..end, bomb.bytes());
        }
        11 => {
            let bomb = aliases(random);
            let (to, _) = line(text, at);
            insert(text, to, bomb.as_bytes());
        }
        12 => {
            let shapes = ["[", "{a: ", "- ", "? ", "{\"a\":", "(", "!(", "[{a: [", "\n - "];
            let most = if random.one_in(20) { 4_000 } else { 90 };
            let depth = 1 + random.below(most);
            let deep = random.pick(&shapes).repeat(depth);
            insert(text, at, deep.as_bytes());
        }
        13 => {
            let long = *random.pick(&["a", "/a", "*", "?", "[", "é", " ", "a.", "\\", "\"", "\n"]);
            let most = *random.pick(&[40, 40, 40, 40, 40, 40, 40, 400, 5_000, 20_000]);
            let count = 1 + random.below(most);
            let long = long.repeat(count);
            insert(text, at, long.as_bytes());
        }
        14 => {
            // Numbers of many digits wherever numbers are.
            if let Some(digit) = text.iter().skip(at).position(u8::is_ascii_digit) {
                insert(text, at + digit, number(random).as_bytes());
            }
        }
        15 => {
            let ends: &[u8] = if random.one_in(2) { b"\r\n" } else { b"\r" };
            let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
            *text = lines.join(ends);
        }
        16 => text.truncate(at),
        17 => {
            // A key, as long as it is one.
            if let Some(colon) = text.iter().skip(at).position(|&byte| byte == b':') {
                let key = at + colon.saturating_sub(1);
                text[key] = *random.pick(b"abz_- \"");
            }
        }
        _ => {
            let marks = MARKS[random.below(MARKS.len())];
            let (start, _) = line(text, at);
            let place = if random.one_in(2) { start } else { at };
            insert(text, place, marks.as_bytes());
        }
    }
}

fn insert(text: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let at = at.min(text.len());
    text.splice(at..at, piece.iter().copied());
}

/// Where the line at a place begins and where the next one does.
fn line(text: &[u8], at: usize) -> (usize, usize) {
    let at = at.min(text.len());
    let start = text[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let end = text[at..].iter().position(|&byte| byte == b'\n');
    (start, end.map_or(text.len(), |end| at + end + 1))
}

/// The word at a place.
fn word(text: &[u8], at: usize) -> (usize, usize) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_/.*".contains(byte);
    let start = text[..at].iter().rposition(|byte| !is_word(byte)).map_or(0, |before| before + 1);
    let end = text[at..].iter().position(|byte| !is_word(byte)).map_or(text.len(), |end| at + end);
    (start.min(end), end)
}

fn number(random: &mut Random) -> String {
    let zeros = "0".repeat(random.below(400));
    match random.below(8) {
        0 => format!("1{zeros}"),
        1 => format!("-1{zeros}"),
        2 => format!("0x{zeros}f"),
        3 => format!("1e{}", random.below(1_000_000)),
        4 => u64::MAX.to_string(),
        5 => format!("{}s", u64::MAX),
        6 => format!("1_{zeros}.5"),
        _ => random.below(100_000).to_string(),
    }
}

/// Braces whose alternatives multiply.
fn braces(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("\"/{}\"", "{a,b}".repeat(random.below(40))),
        1 => format!("\"/{}{}\"", "{a,".repeat(random.below(9)), "}".repeat(random.below(9))),
        2 => format!("\"/{{{}}}\"", "a,".repeat(random.below(200))),
        _ => format!("\"/{}x\"", "**/*a*b/".repeat(random.below(60))),
    }
}

/// Aliases that multiply.
fn aliases(random: &mut Random) -> String {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..2 + random.below(20) {
        let below = format!("*a{}, ", level - 1).repeat(9);
        bomb += &format!("a{level}: &a{level} [{below}]\n");
    }
    bomb
}

const WORDS: &[&str] = &[
    "true",
    "null",
    "~",
    "yes",
    "[]",
    "{}",
    "\"\"",
    "''",
    "linux",
    "windows",
    "enforce",
    "audit",
    "host",
    "function",
    "controls",
    "file_block",
    "paths",
    "honeypot",
    "lists",
    "scope",
    "1",
    "-1",
    "/etc/shadow",
    "\"C:\\\\x\"",
    "uid:0",
    "30d",
    "31d",
    "2026-12-01T00:00:00Z",
    "!!str a",
    "&a b",
    "*a",
    "<<: {}",
    "|\n  a",
    ">\n  a",
    "? a",
    "- - - a",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\u{feff}",
    "10.0.0.0/8",
    "*.example.com",
    "$HOME",
    "a**b",
    "[z-a]",
    "host.name == \"x\"",
    "0o17",
    ".inf",
];
const MARKS: &[&str] = &[
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "# x\n",
    "\t",
    "<<: *a\n",
    "!x ",
    "&b ",
    "*b ",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "\u{7f}",
    "wardline: 2\n",
    "wardline: 1\n",
    "kind: host\n",
    "unknown: 1\n",
    "\"",
    "'",
    "|",
    ">",
    ", ",
    ": ",
    "- ",
    "\\",
    "/* */",
    "//",
    "NaN",
    "[,]",
];
