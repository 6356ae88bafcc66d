//! What a shell's command says: simple commands as words, with quotes taken away.
//!
//! Follows POSIX.1-2017, Shell Command Language, as far as words and separators go,
//! and what bash adds to them. Nothing is expanded: a word that the shell would put
//! together when it runs is marked, and what a substitution runs counts like any
//! other command.

/// One word of a command.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Word {
    /// Without quotes and backslashes.
    pub text: Vec<u8>,
    /// The shell makes something else of it: variables, substitutions, globs, tilde.
    pub expands: bool,
    /// Some of it stood in quotes, so that it is no keyword.
    pub quoted: bool,
}

impl Word {
    /// A word that stands for itself.
    pub fn plain(text: &[u8]) -> Word {
        Word { text: text.to_vec(), expands: false, quoted: true }
    }
}

/// A command line taken apart.
#[derive(Debug, Default)]
pub struct Line {
    /// Its simple commands, those of substitutions among them.
    pub commands: Vec<Vec<Word>>,
    /// The functions that it defines.
    pub functions: Vec<Vec<u8>>,
    /// The variables that it reads.
    pub variables: Vec<Vec<u8>>,
}

/// Takes a command line apart.
pub fn parse(command: &[u8]) -> Line {
    let mut reader = Reader { bytes: command, at: 0, line: Line::default(), documents: Vec::new() };
    reader.list(End::Input, 0);
    reader.line
}

/// Substitutions inside substitutions are followed so far; what is deeper is marked
/// as something that expands all the same.
const DEPTH: usize = 16;

#[derive(Clone, Copy, Eq, PartialEq)]
enum End {
    Input,
    /// The `)` of a substitution.
    Parenthesis,
    /// The backtick of one.
    Backtick,
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    line: Line,
    /// The words that end the here-documents which begin with the next line.
    documents: Vec<Vec<u8>>,
}

/// One simple command while it is read.
#[derive(Default)]
struct Command {
    words: Vec<Word>,
    word: Option<Word>,
    /// The next word is where something is redirected to.
    redirected: Option<Redirection>,
    /// Patterns of a `case` are read, up to their `)`.
    pattern: bool,
    /// How many `case` are open.
    cases: usize,
}

#[derive(Clone, Copy)]
enum Redirection {
    File,
    Document,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Reads commands up to `end`, which is taken.
    fn list(&mut self, end: End, depth: usize) {
        let mut command = Command::default();
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b')' if command.pattern => {
                    command.word = None;
                    command.words.clear();
                    command.pattern = false;
                }
                b')' if end == End::Parenthesis => break,
                b'`' if end == End::Backtick => break,
                b' ' | b'\t' | b'\r' => self.end_word(&mut command),
                b'\n' => {
                    self.end_command(&mut command);
                    self.skip_documents(depth);
                }
                b'#' if command.word.is_none() => self.skip_comment(),
                b';' => {
                    self.end_command(&mut command);
                    if matches!(self.peek(0), Some(b';' | b'&')) {
                        self.at += 1;
                        command.pattern = command.cases > 0;
                    }
                }
                b'&' if self.peek(0) == Some(b'>') => {
                    self.end_word(&mut command);
                    self.redirection(&mut command, b'&');
                }
                b'|' | b'&' if command.pattern => self.end_word(&mut command),
                b'|' | b'&' => self.end_command(&mut command),
                b'(' => self.open_parenthesis(&mut command, depth),
                b')' => self.end_command(&mut command),
                b'<' | b'>' if self.peek(0) == Some(b'(') => {
                    // Process substitution: a command, and a name that bash makes up.
                    self.at += 1;
                    command.word.get_or_insert_default().expands = true;
                    self.inner(End::Parenthesis, depth);
                }
                b'<' | b'>' => {
                    // A number right before it is a descriptor, not a word.
                    let number = |word: &Word| word.text.iter().all(u8::is_ascii_digit);
                    if command.word.as_ref().is_some_and(number) {
                        command.word = None;
                    }
                    self.end_word(&mut command);
                    self.redirection(&mut command, byte);
                }
                _ => self.part(&mut command, byte, depth),
            }
        }
        self.end_command(&mut command);
    }

    /// One byte of a word, or what begins with it.
    fn part(&mut self, command: &mut Command, byte: u8, depth: usize) {
        if byte == b'\\' && self.peek(0) == Some(b'\n') {
            self.at += 1;
            return;
        }
        let begins = command.word.is_none();
        let mut word = command.word.take().unwrap_or_default();
        match byte {
            b'\\' => {
                word.quoted = true;
                word.text.extend(self.peek(0));
                self.at += 1;
            }
            b'\'' => {
                word.quoted = true;
                self.single_quotes(&mut word);
            }
            b'"' => {
                word.quoted = true;
                self.double_quotes(&mut word, depth);
            }
            b'$' if self.peek(0) == Some(b'\'') => {
                // Escapes of `$'…'` are not taken apart: the word is not known.
                self.at += 1;
                word.quoted = true;
                word.expands = true;
                self.single_quotes(&mut word);
            }
            b'$' if self.peek(0) == Some(b'"') => {}
            b'$' | b'`' => self.expansion(&mut word, byte, depth),
            _ => {
                let glob =
                    matches!(byte, b'*' | b'?' | b'[') && !is_test(&word, byte, self.peek(0));
                let tilde = byte == b'~' && begins;
                let brace =
                    byte == b'{' && !matches!(self.peek(0), None | Some(b' ' | b'\n' | b'\t'));
                word.expands |= glob || tilde || brace;
                word.text.push(byte);
            }
        }
        command.word = Some(word);
    }

    fn single_quotes(&mut self, word: &mut Word) {
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\'' => return,
                _ => word.text.push(byte),
            }
        }
    }

    fn double_quotes(&mut self, word: &mut Word, depth: usize) {
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match (byte, self.peek(0)) {
                (b'"', _) => return,
                (b'\\', Some(next @ (b'$' | b'`' | b'"' | b'\\'))) => {
                    word.text.push(next);
                    self.at += 1;
                }
                (b'\\', Some(b'\n')) => self.at += 1,
                (b'$' | b'`', _) => self.expansion(word, byte, depth),
                _ => word.text.push(byte),
            }
        }
    }

    /// What begins with `$` or a backtick.
    fn expansion(&mut self, word: &mut Word, first: u8, depth: usize) {
        match (first, self.peek(0)) {
            (b'`', _) => {
                word.expands = true;
                self.inner(End::Backtick, depth);
            }
            (_, Some(b'(')) => {
                self.at += 1;
                word.expands = true;
                self.inner(End::Parenthesis, depth);
            }
            (_, Some(b'{')) => {
                self.at += 1;
                word.expands = true;
                self.variable();
                // The rest is a word of its own: `${X:-$(command)}`.
                let mut rest = Word::default();
                while let Some(byte) = self.peek(0) {
                    self.at += 1;
                    match byte {
                        b'}' => break,
                        b'\\' => self.at += 1,
                        b'$' | b'`' if depth < DEPTH => self.expansion(&mut rest, byte, depth + 1),
                        _ => {}
                    }
                }
            }
            (_, Some(next)) if next == b'_' || next.is_ascii_alphanumeric() => {
                word.expands = true;
                self.variable();
            }
            (_, Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')) => {
                word.expands = true;
                self.at += 1;
            }
            _ => word.text.push(b'$'),
        }
    }

    fn variable(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let rest = rest.strip_prefix(b"!").or(rest.strip_prefix(b"#")).unwrap_or(rest);
        let length = rest.iter().take_while(|&&byte| is_name(byte)).count();
        self.line.variables.push(rest.get(..length).unwrap_or_default().to_vec());
        self.at = self.bytes.len() - rest.len() + length;
    }

    /// The commands of a substitution.
    fn inner(&mut self, end: End, depth: usize) {
        if depth < DEPTH {
            self.list(end, depth + 1);
        }
    }

    /// `name()` defines a function; elsewhere a list of its own begins.
    fn open_parenthesis(&mut self, command: &mut Command, depth: usize) {
        let blanks = self.bytes.get(self.at..).unwrap_or_default();
        let blanks = blanks.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.end_word(command);
        match command.words.as_slice() {
            [.., name] if self.peek(blanks) == Some(b')') => {
                // After `function` it is known already.
                if self.line.functions.last() != Some(&name.text) {
                    self.line.functions.push(name.text.clone());
                }
                self.at += blanks + 1;
                command.words.clear();
            }
            _ if command.pattern => {}
            _ => {
                self.end_command(command);
                self.inner(End::Parenthesis, depth);
            }
        }
    }

    /// Reads the rest of an operator whose first byte was read.
    fn redirection(&mut self, command: &mut Command, first: u8) {
        let mut operator = vec![first];
        while let Some(byte @ (b'<' | b'>' | b'&' | b'|' | b'-')) = self.peek(0) {
            let more = match operator.as_slice() {
                b"<" => matches!(byte, b'<' | b'>' | b'&'),
                b"<<" => matches!(byte, b'<' | b'-'),
                b">" => matches!(byte, b'>' | b'|' | b'&'),
                b"&" | b"&>" => byte == b'>',
                _ => false,
            };
            if !more {
                break;
            }
            operator.push(byte);
            self.at += 1;
        }
        let document = matches!(operator.as_slice(), b"<<" | b"<<-");
        command.redirected = Some(if document { Redirection::Document } else { Redirection::File });
    }

    fn end_word(&mut self, command: &mut Command) {
        let Some(word) = command.word.take() else { return };
        match command.redirected.take() {
            Some(Redirection::Document) => self.documents.push(word.text),
            Some(Redirection::File) => {}
            None => {
                let is = |text: &[u8]| !word.quoted && word.text == text;
                if is(b"case") && command.words.iter().all(is_keyword) {
                    command.cases += 1;
                } else if is(b"esac") && command.words.is_empty() {
                    command.cases = command.cases.saturating_sub(1);
                    command.pattern = false;
                } else if is(b"in") && command.cases > 0 {
                    command.pattern = command.words.iter().any(|word| word.text == b"case");
                }
                if !command.pattern {
                    if let [before] = command.words.as_slice()
                        && self::is(before, b"function")
                    {
                        self.line.functions.push(word.text.clone());
                    }
                    command.words.push(word);
                }
            }
        }
        if command.pattern {
            command.words.clear();
        }
    }

    fn end_command(&mut self, command: &mut Command) {
        self.end_word(command);
        command.redirected = None;
        let words = std::mem::take(&mut command.words);
        if !words.is_empty() {
            self.line.commands.push(words);
        }
    }

    fn skip_comment(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Skips the here-documents that begin here. What they substitute is run.
    fn skip_documents(&mut self, depth: usize) {
        for delimiter in std::mem::take(&mut self.documents) {
            while self.at < self.bytes.len() {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                let line = rest.get(..length).unwrap_or_default();
                let end = self.at + length;
                if line.trim_ascii_start() == delimiter {
                    self.at = end + 1;
                    break;
                }
                let mut text = Word::default();
                while self.at < end {
                    let byte = self.peek(0).unwrap_or_default();
                    self.at += 1;
                    if matches!(byte, b'$' | b'`') {
                        self.expansion(&mut text, byte, depth);
                    }
                }
                self.at = self.at.max(end + 1);
            }
        }
    }
}

/// `[` and `[[` as programs are no globs.
fn is_test(word: &Word, byte: u8, next: Option<u8>) -> bool {
    let first = word.text.is_empty() || word.text == b"[";
    byte == b'[' && first && matches!(next, None | Some(b' ' | b'\t' | b'\n' | b'['))
}

fn is_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// Whether a word only structures what follows.
pub fn is_keyword(word: &Word) -> bool {
    let known = "! { } if then elif else fi while until do done time";
    !word.quoted && known.split(' ').any(|known| known.as_bytes() == word.text)
}

/// Whether a word is this one, as a keyword.
pub(crate) fn is(word: &Word, text: &[u8]) -> bool {
    !word.quoted && word.text == text
}

/// Whether a word begins what is more than one simple command.
pub(crate) fn begins(word: &Word) -> bool {
    ["{", "if", "while", "until", "for", "case", "select", "[["]
        .iter()
        .any(|known| is(word, known.as_bytes()))
}

/// Whether a word gives a variable a value for the command that follows.
pub fn assignment(word: &Word) -> Option<(&[u8], &[u8])> {
    let at = word.text.iter().position(|&byte| byte == b'=')?;
    let (name, value) = word.text.split_at_checked(at)?;
    let name = name.strip_suffix(b"+").unwrap_or(name);
    let begins = name.first().is_some_and(|byte| !byte.is_ascii_digit());
    (begins && name.iter().copied().all(is_name))
        .then(|| (name, value.get(1..).unwrap_or_default()))
}
