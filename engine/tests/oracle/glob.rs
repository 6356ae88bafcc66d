//! Path patterns read from their text and matched by trying everything, with
//! the tries remembered.

use std::collections::HashMap;

use super::{windows, world};

/// What an entry without wildcard covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reach {
    /// It and everything below; a bare name, even with wildcards, likewise.
    Tree,
    /// It and its direct entries.
    Entries,
    /// Itself.
    Exact,
    /// Everything below it.
    Below,
    /// It and everything below, whatever it has.
    Whole,
}

/// An entry of a policy as understood.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// One pattern for each way to resolve the braces.
    patterns: Vec<Pattern>,
    bare: bool,
    /// So many components were put before what the entry writes: `**` before a bare
    /// name, what a variable stands for.
    before: usize,
    /// Of each pattern, whether it ends in a separator.
    directories: Vec<bool>,
}

type Pattern = Vec<Part>;

#[derive(Clone, Debug, Eq, PartialEq)]
enum Part {
    /// `**`
    AnyDepth,
    One(Vec<Token>),
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Token {
    Character(char),
    Any,
    Run,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// What `?` stands for in a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Unit {
    Character(char),
    /// A byte that is part of no character.
    Byte,
}

impl Entry {
    pub(crate) fn parse(text: &str) -> Entry {
        if world::is_windows() {
            return Entry::windows(text);
        }
        let texts = braces(text);
        let bare = components(text).len() == 1;
        let patterns = texts.iter().map(|text| pattern(&tidy(text), bare)).collect();
        Entry::new(patterns, bare, &texts)
    }

    fn new(patterns: Vec<Pattern>, bare: bool, texts: &[String]) -> Entry {
        let directory = |text: &String| text.len() > 1 && text.ends_with('/');
        let directories = texts.iter().map(directory).collect();
        Entry { patterns, bare, before: usize::from(bare), directories }
    }

    /// A Windows path: its beginning is resolved, then it is read with `\\` as `/`
    /// and in upper case.
    fn windows(text: &str) -> Entry {
        let known = [
            ("%SYSTEMROOT%", "C:\\Windows"),
            ("%WINDIR%", "C:\\Windows"),
            ("%SYSTEMDRIVE%", "C:"),
            ("%PROGRAMDATA%", "C:\\ProgramData"),
            ("%PROGRAMFILES%", "C:\\Program Files"),
            ("%USERPROFILE%", "C:\\Users\\*"),
            ("%APPDATA%", "C:\\Users\\*\\AppData\\Roaming"),
            ("%TEMP%", "C:\\Users\\*\\AppData\\Local\\Temp"),
        ];
        let mut text = text.to_owned();
        let mut before = 0;
        if text.starts_with('%') {
            let (_, path) = known
                .iter()
                .find(|(name, _)| text.to_ascii_uppercase().starts_with(name))
                .expect("a known variable");
            let end = 1 + text[1..].find('%').unwrap();
            text = format!("{path}{}", &text[end + 1..]);
            before = path.split('\\').count();
        }
        let text = text.replace('\\', "/");
        let prefix = ["//?/", "//./", "/??/"].iter().find_map(|prefix| text.strip_prefix(prefix));
        let text = match prefix {
            Some(rest) if rest.to_ascii_uppercase().starts_with("UNC/") => {
                format!("//{}", &rest[4..])
            }
            Some(rest) => rest.to_owned(),
            None => text.clone(),
        };
        let mut entry = Entry::of(&text, |text| {
            let Some(share) = text.strip_prefix("//") else { return split(&tidy(text)) };
            // Host and share are one component.
            let mut parts = split(&tidy(share));
            let (host, share) = (parts.remove(0), parts.remove(0));
            parts.insert(0, format!("\\\\{host}\\{share}"));
            parts
        });
        entry.before += before;
        entry
    }

    /// A registry key; the names that it stands for.
    pub(crate) fn key(text: &str, denies: bool) -> Vec<Entry> {
        let mut entries = Vec::new();
        for text in group_braces(text) {
            let rooted = text.starts_with('\\');
            let parts: Vec<String> =
                text.split('\\').filter(|part| !part.is_empty()).map(str::to_owned).collect();
            let upper: Vec<String> = parts.iter().map(|part| part.to_ascii_uppercase()).collect();
            let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
            let (leads, dropped): (&[&[&str]], usize) = match (rooted, upper.as_slice()) {
                (true, [_, "MACHINE", ..]) => (&[&["HKLM"]], 2),
                (true, [_, "USER", ..]) => (&[&["HKU"]], 2),
                (true, _) => (&[&["\\REGISTRY"]], 1),
                (_, ["**", ..]) => (&[&[]], 0),
                (_, ["HK*", ..]) => (&[&["HKLM"], &["HKU", "*"]], 1),
                (_, ["HKLM" | "HKEY_LOCAL_MACHINE", ..]) => (&[&["HKLM"]], 1),
                (_, ["HKU" | "HKEY_USERS", ..]) => (&[&["HKU"]], 1),
                (_, ["HKCU" | "HKEY_CURRENT_USER", ..]) => (&[&["HKU", "*"]], 1),
                (_, ["HKCR" | "HKEY_CLASSES_ROOT", ..]) => {
                    (&[&["HKLM", "SOFTWARE", "CLASSES"], &["HKU", "*", "SOFTWARE", "CLASSES"]], 1)
                }
                _ => {
                    (&[&["HKLM", "SYSTEM", "CurrentControlSet", "Hardware Profiles", "Current"]], 1)
                }
            };
            for lead in leads {
                let lead = lead.iter().map(|part| (*part).to_owned());
                let parts: Vec<String> = lead.chain(parts[dropped..].iter().cloned()).collect();
                for parts in names_of_key(parts, denies) {
                    entries.push(Entry::listed(&parts, text.ends_with('\\')));
                }
            }
        }
        entries
    }

    fn listed(parts: &[String], directory: bool) -> Entry {
        let pattern = folded_pattern(parts, false);
        Entry { patterns: vec![pattern], bare: false, before: 0, directories: vec![directory] }
    }

    /// The name of a registry value.
    pub(crate) fn value(text: &str) -> Entry {
        let text = if text.is_empty() { "(Default)" } else { text };
        let patterns: Vec<_> = group_braces(text)
            .iter()
            .map(|text| folded_pattern(std::slice::from_ref(text), false))
            .collect();
        let directories = patterns.iter().map(|_| false).collect();
        Entry { patterns, bare: false, before: 0, directories }
    }

    fn of(text: &str, components: impl Fn(&str) -> Vec<String>) -> Entry {
        let bare = !text.contains('/');
        let pattern = |text: &String| folded_pattern(&components(text), bare);
        let texts = group_braces(text);
        Entry::new(texts.iter().map(pattern).collect(), bare, &texts)
    }

    /// Whether the entry covers a path.
    pub(crate) fn covers(&self, path: &[Vec<u8>], reach: Reach) -> bool {
        let mut patterns = self.patterns.iter().zip(&self.directories);
        patterns.any(|(pattern, &ends)| self.pattern_covers((pattern, ends), path, reach))
    }

    /// Whether the entry, if it is a name without directory, covers something
    /// of which only the last components are known.
    pub(crate) fn covers_name(&self, last: &[Vec<u8>], reach: Reach) -> bool {
        let floats = |pattern: &&Pattern| {
            matches!(
                pattern.as_slice(),
                [Part::AnyDepth, Part::One(_)] | [Part::AnyDepth, Part::One(_), Part::AnyDepth]
            )
        };
        // A name is a file's or a directory's; the direct entries of a directory
        // are not known without the directory.
        let reach = if reach == Reach::Entries { Reach::Exact } else { reach };
        let patterns = self.patterns.iter().zip(&self.directories);
        let mut patterns = patterns.filter(|(pattern, _)| floats(pattern));
        patterns.any(|(pattern, &ends)| self.pattern_covers((pattern, ends), last, reach))
    }

    /// Whether something covered may be a value of a key, or lie below it: up to
    /// a `**`, of which nothing is known.
    pub(crate) fn is_above_key(&self, key: &[Vec<u8>]) -> bool {
        self.patterns.iter().any(|pattern| {
            key.len() < pattern.len()
                && key.iter().zip(pattern).all(|(component, part)| match part {
                    Part::One(tokens) => component_matches(tokens, &units(component)),
                    Part::AnyDepth => false,
                })
        })
    }

    /// Whether one pattern, which ends in a separator or not, covers a path.
    fn pattern_covers(
        &self,
        (pattern, ends): (&Pattern, bool),
        path: &[Vec<u8>],
        reach: Reach,
    ) -> bool {
        let itself = matches(pattern, path);
        let below = (0..path.len()).any(|length| matches(pattern, &path[..length]));
        let entry = path.split_last().is_some_and(|(_, directory)| matches(pattern, directory));
        let written = pattern.iter().skip(self.before);
        let plain = written.into_iter().all(|part| match part {
            Part::AnyDepth => false,
            Part::One(tokens) => literal(tokens).is_some(),
        });
        match reach {
            // Below `/a/**` is what `/a/**` covers.
            Reach::Below => below || itself && pattern.last() == Some(&Part::AnyDepth),
            Reach::Whole => itself || below,
            _ if ends => itself || below,
            Reach::Tree if self.bare || plain => itself || below,
            Reach::Entries if plain => itself || entry,
            _ => itself,
        }
    }

    /// Whether a path is a directory, not the root, in which something covered
    /// must lie because the entry spells that directory out.
    pub(crate) fn is_above(&self, path: &[Vec<u8>]) -> bool {
        self.patterns.iter().any(|pattern| {
            !path.is_empty()
                && path.len() < pattern.len()
                && path.iter().zip(pattern).all(|(component, part)| match part {
                    Part::One(tokens) => {
                        literal(tokens).is_some_and(|text| text.as_bytes() == component)
                    }
                    Part::AnyDepth => false,
                })
        })
    }
}

/// A pattern of keys, and what it is for keys that events call otherwise than it
/// does.
fn names_of_key(parts: Vec<String>, denies: bool) -> Vec<Vec<String>> {
    let with = |lead: &[&str], rest: &[String]| -> Vec<String> {
        lead.iter().map(|part| (*part).to_owned()).chain(rest.iter().cloned()).collect()
    };
    let mut names = vec![parts];
    let classes: Vec<_> = beginnings(&names[0], 2)
        .into_iter()
        .filter(|(_, parts)| fits(&parts[0], "HKU"))
        .filter_map(|(_, parts)| {
            let end = parts[1].len().checked_sub("_CLASSES".len())?;
            let (user, classes) = parts[1].split_at_checked(end)?;
            classes
                .eq_ignore_ascii_case("_CLASSES")
                .then(|| with(&["HKU", user, "SOFTWARE", "CLASSES"], &parts[2..]))
        })
        .collect();
    names.extend(classes);
    if !denies {
        return names;
    }
    for name in names.clone() {
        // What numbered sets add to what the pattern says of the current one.
        let sets = |is_set: &dyn Fn(&str) -> bool| -> Vec<Vec<String>> {
            beginnings(&name, 3)
                .into_iter()
                .map(|(_, parts)| parts)
                .filter(|parts| {
                    fits(&parts[0], "HKLM") && fits(&parts[1], "SYSTEM") && is_set(&parts[2])
                })
                .map(|parts| parts[3..].to_vec())
                .collect()
        };
        let current = sets(&|set| fits(set, "CURRENTCONTROLSET"));
        let numbered =
            |set: &str| (0..1000).any(|number| fits(set, &format!("CONTROLSET{number:03}")));
        for rest in sets(&numbered).iter().filter(|rest| !current.contains(rest)) {
            names.push(with(&["HKLM", "SYSTEM", "CURRENTCONTROLSET"], rest));
        }
        // One user of many may be the one that is not named.
        for (floats, parts) in beginnings(&name, 2) {
            let user = parts[1].to_ascii_uppercase();
            let known = user.starts_with("S-") || user == ".DEFAULT";
            let one = user != "*" && !user.ends_with("_CLASSES");
            if fits(&parts[0], "HKU") && one && (known || !floats) {
                names.push(with(&["HKU", "HKCU"], &parts[2..]));
            }
        }
    }
    names
}

/// All ways to write a pattern with so many components at its beginning that are
/// no `**`, and whether there was one.
fn beginnings(parts: &[String], count: usize) -> Vec<(bool, Vec<String>)> {
    let Some((first, rest)) = parts.split_first().filter(|_| count > 0) else {
        return if count == 0 { vec![(false, parts.to_vec())] } else { vec![] };
    };
    let after = |first: &str, (floats, rest): (bool, Vec<String>)| {
        (floats, std::iter::once(first.to_owned()).chain(rest).collect::<Vec<_>>())
    };
    if first != "**" {
        let rest = beginnings(rest, count - 1).into_iter();
        return rest.map(|rest| after(first, rest)).collect();
    }
    let mut all = beginnings(parts, count - 1);
    if rest.is_empty() && count == 1 {
        all.push((true, vec![]));
    }
    let mut all: Vec<_> = all.into_iter().map(|rest| after("*", rest)).collect();
    all.extend(beginnings(rest, count));
    all.into_iter().map(|(_, parts)| (true, parts)).collect()
}

/// Whether a part of a pattern matches a name in upper case.
fn fits(part: &str, name: &str) -> bool {
    let pattern = folded_pattern(std::slice::from_ref(&part.to_owned()), false);
    matches(&pattern, &[name.as_bytes().to_vec()])
}

fn split(text: &str) -> Vec<String> {
    text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A pattern of Windows names: nothing escapes, and case does not count.
fn folded_pattern(parts: &[String], bare: bool) -> Pattern {
    let mut pattern = if bare { vec![Part::AnyDepth] } else { vec![] };
    for part in parts {
        if part == "**" {
            if pattern.last() != Some(&Part::AnyDepth) {
                pattern.push(Part::AnyDepth);
            }
            continue;
        }
        // An escape of each backslash, so that it stands for itself.
        let tokens = tokens(&part.replace('\\', "\\\\"));
        let folded = tokens.into_iter().map(|token| match token {
            Token::Character(character) => Token::Character(windows::upper(character)),
            other => other,
        });
        pattern.push(Part::One(folded.collect()));
    }
    pattern
}

/// The texts that braces with a comma stand for; others are characters.
fn group_braces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    for open in (0..characters.len()).filter(|&at| characters[at] == '{') {
        let (mut depth, mut commas, mut close) = (0, Vec::new(), None);
        for (at, character) in characters.iter().enumerate().skip(open) {
            match character {
                '{' => depth += 1,
                ',' if depth == 1 => commas.push(at),
                '}' if depth == 1 => {
                    close = Some(at);
                    break;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        let Some(close) = close.filter(|_| !commas.is_empty()) else { continue };
        let ends: Vec<usize> =
            std::iter::once(open).chain(commas).chain(std::iter::once(close)).collect();
        let piece = |range: &[char]| range.iter().collect::<String>();
        let (before, after) = (piece(&characters[..open]), piece(&characters[close + 1..]));
        return ends
            .windows(2)
            .flat_map(|pair| {
                group_braces(&format!(
                    "{before}{}{after}",
                    piece(&characters[pair[0] + 1..pair[1]])
                ))
            })
            .collect();
    }
    vec![text.to_owned()]
}

fn literal(tokens: &[Token]) -> Option<String> {
    let character = |token: &Token| match token {
        Token::Character(character) => Some(*character),
        _ => None,
    };
    tokens.iter().map(character).collect()
}

/// The texts that a text with braces stands for.
fn braces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut depth = 0;
    let mut open = None;
    let mut commas = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        match characters[at] {
            '\\' => at += 1,
            '[' => at = class_end(&characters, at),
            '{' => {
                open = open.or(Some(at));
                depth += 1;
            }
            ',' if depth == 1 => commas.push(at),
            '}' if depth == 1 => {
                let open = open.expect("a depth above 0 was opened");
                let mut ends = vec![open];
                ends.extend(&commas);
                ends.push(at);
                let piece = |range: &[char]| range.iter().collect::<String>();
                let (before, after) = (piece(&characters[..open]), piece(&characters[at + 1..]));
                let one = |pair: &[usize]| {
                    braces(&format!("{before}{}{after}", piece(&characters[pair[0] + 1..pair[1]])))
                };
                return ends.windows(2).flat_map(one).collect();
            }
            '}' if depth > 1 => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    vec![text.to_owned()]
}

/// Where the class that starts at `open` ends.
fn class_end(text: &[char], open: usize) -> usize {
    let mut at = open + 1;
    if matches!(text.get(at), Some('!' | '^')) {
        at += 1;
    }
    let first = at;
    while at < text.len() {
        match text[at] {
            ']' if at > first => return at,
            '\\' => at += 1,
            '[' if is_named(&text[at..]) => {
                while at < text.len() && !(text[at] == ':' && text.get(at + 1) == Some(&']')) {
                    at += 1;
                }
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    panic!("unclosed class in {text:?}")
}

/// Whether a name of POSIX stands here: `[:digit:]`.
fn is_named(text: &[char]) -> bool {
    text.starts_with(&['[', ':']) && text[2..].windows(2).any(|two| two == [':', ']'])
}

/// What stands between the separators, of which there are none in a class; one
/// that is escaped separates too.
fn components(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let mut all = vec![String::new()];
    let mut at = 0;
    while at < text.len() {
        let end = match text[at] {
            '/' => {
                all.push(String::new());
                at += 1;
                continue;
            }
            '\\' if text[at + 1] == '/' => {
                at += 1;
                continue;
            }
            '\\' => at + 1,
            '[' => class_end(&text, at),
            _ => at,
        };
        all.last_mut().expect("there is one").extend(&text[at..=end]);
        at = end + 1;
    }
    all
}

/// Without `//`, `/./` and a trailing `/`.
fn tidy(text: &str) -> String {
    let all = components(text).into_iter();
    all.filter(|part| !part.is_empty() && part != ".").collect::<Vec<_>>().join("/")
}

fn pattern(text: &str, bare: bool) -> Pattern {
    let part = |part: &str| if part == "**" { Part::AnyDepth } else { Part::One(tokens(part)) };
    let mut pattern = Vec::new();
    if bare {
        pattern.push(Part::AnyDepth);
    }
    for part in components(text).iter().filter(|part| !part.is_empty()).map(|text| part(text)) {
        // `/**/**/` is no more than `/**/`.
        if !(part == Part::AnyDepth && pattern.last() == Some(&Part::AnyDepth)) {
            pattern.push(part);
        }
    }
    pattern
}

fn tokens(text: &str) -> Vec<Token> {
    let text: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            '\\' => {
                at += 1;
                tokens.push(Token::Character(text[at]));
            }
            '?' => tokens.push(Token::Any),
            '*' => tokens.push(Token::Run),
            '[' => {
                let end = class_end(&text, at);
                tokens.push(class(&text[at + 1..end]));
                at = end;
            }
            character => tokens.push(Token::Character(character)),
        }
        at += 1;
    }
    tokens
}

/// What stands between `[` and `]`.
fn class(text: &[char]) -> Token {
    let (negated, text) = match text {
        ['!' | '^', text @ ..] => (true, text),
        text => (false, text),
    };
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if is_named(&text[at..]) {
            let end =
                at + 2 + text[at + 2..].iter().position(|&character| character == ':').unwrap();
            let name: String = text[at + 2..end].iter().collect();
            ranges.extend(posix(&name));
            at = end + 2;
            continue;
        }
        let first = unescaped(text, &mut at);
        if text.get(at) == Some(&'-') && at + 1 < text.len() {
            at += 1;
            ranges.push((first, unescaped(text, &mut at)));
        } else {
            ranges.push((first, first));
        }
    }
    // A class of one character is that character, written otherwise.
    let mut inside = ranges.iter().flat_map(|&(first, last)| first..=last).filter(|&c| c != '/');
    match inside.next() {
        Some(only) if !negated && inside.all(|other| other == only) => Token::Character(only),
        _ => Token::Class { negated, ranges },
    }
}

fn unescaped(text: &[char], at: &mut usize) -> char {
    if text[*at] == '\\' {
        *at += 1;
    }
    *at += 1;
    text[*at - 1]
}

fn posix(name: &str) -> Vec<(char, char)> {
    match name {
        "digit" => vec![('0', '9')],
        "lower" => vec![('a', 'z')],
        "upper" => vec![('A', 'Z')],
        "alpha" => vec![('A', 'Z'), ('a', 'z')],
        "alnum" => vec![('0', '9'), ('A', 'Z'), ('a', 'z')],
        "xdigit" => vec![('0', '9'), ('A', 'F'), ('a', 'f')],
        "blank" => vec![(' ', ' '), ('\t', '\t')],
        "space" => vec![(' ', ' '), ('\t', '\r')],
        "punct" => vec![('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "cntrl" => vec![('\0', '\x1f'), ('\x7f', '\x7f')],
        "graph" => vec![('!', '~')],
        "print" => vec![(' ', '~')],
        other => panic!("no POSIX class {other}"),
    }
}

fn units(component: &[u8]) -> Vec<Unit> {
    let mut units = Vec::new();
    for chunk in component.utf8_chunks() {
        units.extend(chunk.valid().chars().map(Unit::Character));
        units.extend(chunk.invalid().iter().map(|_| Unit::Byte));
    }
    units
}

/// Whether a pattern matches a whole path.
fn matches(pattern: &[Part], path: &[Vec<u8>]) -> bool {
    fn rest(pattern: &[Part], path: &[Vec<u8>], known: &mut HashMap<(usize, usize), bool>) -> bool {
        let key = (pattern.len(), path.len());
        if let Some(&answer) = known.get(&key) {
            return answer;
        }
        let answer = match pattern.split_first() {
            None => path.is_empty(),
            // At the end it stands for everything below, not for nothing.
            Some((Part::AnyDepth, [])) => !path.is_empty(),
            Some((Part::AnyDepth, later)) => {
                (0..=path.len()).any(|skipped| rest(later, &path[skipped..], known))
            }
            Some((Part::One(tokens), later)) => {
                path.split_first().is_some_and(|(component, below)| {
                    component_matches(tokens, &units(component)) && rest(later, below, known)
                })
            }
        };
        known.insert(key, answer);
        answer
    }
    if !pattern.contains(&Part::AnyDepth) && pattern.len() != path.len() {
        return false;
    }
    rest(pattern, path, &mut HashMap::new())
}

fn component_matches(tokens: &[Token], units: &[Unit]) -> bool {
    fn rest(tokens: &[Token], units: &[Unit], known: &mut HashMap<(usize, usize), bool>) -> bool {
        let key = (tokens.len(), units.len());
        if let Some(&answer) = known.get(&key) {
            return answer;
        }
        let answer = match tokens.split_first() {
            None => units.is_empty(),
            Some((Token::Run, later)) => {
                (0..=units.len()).any(|skipped| rest(later, &units[skipped..], known))
            }
            Some((token, later)) => units.split_first().is_some_and(|(&unit, more)| {
                token_matches(token, unit) && rest(later, more, known)
            }),
        };
        known.insert(key, answer);
        answer
    }
    if !tokens.contains(&Token::Run) && tokens.len() != units.len() {
        return false;
    }
    rest(tokens, units, &mut HashMap::new())
}

fn token_matches(token: &Token, unit: Unit) -> bool {
    match (token, unit) {
        (Token::Any | Token::Run, _) => true,
        (Token::Character(wanted), Unit::Character(character)) => *wanted == character,
        (Token::Character(_), Unit::Byte) => false,
        (Token::Class { negated, ranges }, unit) => {
            let alike = match unit {
                Unit::Byte => vec![],
                Unit::Character(character) if world::is_windows() => windows::alike(character),
                Unit::Character(character) => vec![character],
            };
            let inside = alike.iter().any(|character| {
                ranges.iter().any(|&(first, last)| (first..=last).contains(character))
            });
            inside != *negated
        }
    }
}
