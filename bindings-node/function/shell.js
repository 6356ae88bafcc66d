'use strict';
// The programs that a shell's command names, as far as they stand there as words.
// What is put together when the command runs (`$x`, globs, `eval`) is not seen.

const P = require('../lib/primordials.js');

const words = (text) => {
  const all = { __proto__: null };
  for (const word of text.split(' ')) all[word] = true;
  return P.freeze(all);
};
const SHELLS = words('ash bash dash fish ksh ksh93 mksh rbash sh zsh');
const KEYWORDS = words('! { } if then elif else fi for while until do done case esac in function select time coproc');
/** What more than one simple command begins with; only before it has a `coproc` a name. */
const COMPOUND = words('{ if while until for case select [[');
/** Words before the program that is run: they are programs themselves. */
const PREFIXES = words('builtin command env exec ionice nice nohup setsid stdbuf sudo timeout xargs');

/** The programs of one simple command, with the words that follow: those that start others count too. */
function programsOf(command) {
  const found = [];
  let before = true;
  for (let index = 0; before && index < command.length; index++) {
    const word = command[index];
    if (word === 'function') index++;
    if (word === 'coproc' && COMPOUND[command[index + 2]]) index++;
    if (KEYWORDS[word] || isAssignment(word) || isOption(word)) continue;
    P.push(found, P.part(command, index));
    before = startsOthers(word);
  }
  return found;
}

/**
 * Whether words take away from a program what arms it: they clear the
 * environment, or give another `NODE_OPTIONS`.
 */
function disarms(command) {
  let clears = false;
  for (let index = 0; index < command.length; index++) {
    const word = command[index];
    const name = baseName(word);
    if (P.startsWith(word, 'NODE_OPTIONS=') || (index > 0 && word === 'NODE_OPTIONS')) return true;
    if (clears && (word === '-' || P.startsWith(word, '--ignore-env') || P.startsWith(word, '--unset=NODE_OPTIONS') || isShortOption(word, 'i'))) return true;
    if (name === 'env' || name === 'exec') clears = true;
  }
  return false;
}

/** Words with quotes and backslashes taken away, command by command. */
function simpleCommands(command) {
  const commands = [];
  let current = [];
  let word = null;
  let quote = '';
  const end = () => {
    if (word !== null) P.push(current, word);
    word = null;
  };
  const next = () => {
    end();
    if (current.length > 0) P.push(commands, current);
    current = [];
  };
  for (let at = 0; at < command.length; at++) {
    const character = command[at];
    if (quote === "'") {
      if (character === "'") quote = '';
      else word += character;
    } else if (character === '\\' && at + 1 < command.length) {
      at++;
      if (command[at] !== '\n') word = (word ?? '') + command[at];
    } else if (character === '`' || (character === '$' && command[at + 1] === '(')) {
      // A command inside: its words are looked at like all others.
      next();
      if (character === '$') at++;
      quote = '';
    } else if (character === '"' || (character === "'" && quote === '')) {
      word ??= '';
      quote = quote === '' ? character : '';
    } else if (quote === '' && P.textIncludes(';&|()\n', character)) {
      next();
    } else if (quote === '' && P.textIncludes(' \t\r\v\f<>', character)) {
      end();
    } else {
      word = (word ?? '') + character;
    }
  }
  next();
  return commands;
}

/** The same, with what aliases stand for: what they are given, and what they are given behind their names. */
function commandsOf(command) {
  const found = [];
  const aliases = { __proto__: null };
  const all = simpleCommands(command);
  for (let index = 0; index < all.length; index++) {
    const own = all[index];
    P.push(found, own);
    let at = 0;
    while (at < own.length && (KEYWORDS[own[at]] || isAssignment(own[at]))) at++;
    if (own[at] === 'alias') {
      for (at++; at < own.length; at++) {
        const end = P.indexOf(own[at], '=');
        if (end < 0) continue;
        const value = simpleCommands(P.slice(own[at], end + 1));
        for (let place = 0; place < value.length; place++) P.push(found, value[place]);
        if (value.length > 0) aliases[P.slice(own[at], 0, end)] = value[value.length - 1];
      }
    } else if (aliases[own[at]] !== undefined) {
      const whole = P.part(aliases[own[at]], 0);
      for (at++; at < own.length; at++) P.push(whole, own[at]);
      P.push(found, whole);
    }
  }
  return found;
}

/** Options of bash that a value follows, and its other long ones: with one dash or two. */
const VALUES = words('init-file rcfile');
const LONG = words('debug debugger dump-po-strings dump-strings help login noediting noprofile norc posix pretty-print protected restricted verbose version wordexp');

/**
 * The commands that a shell is told in its arguments. Each `o` and `O` in a cluster takes one of the
 * arguments that follow, in shells such as zsh the rest of the cluster if there is any.
 */
function toldTo(argv) {
  const found = [];
  for (let attached = 0; attached < 2; attached++) {
    const command = commandIn(argv, attached === 1);
    if (command !== undefined && command !== found[0]) P.push(found, command);
  }
  return found;
}

function commandIn(argv, attached) {
  let told = false;
  let index = 1;
  while (index < argv.length) {
    const word = argv[index];
    if (word[0] !== '-' && word[0] !== '+') break;
    index++;
    if (word === '-' || word === '--') break;
    const long = P.slice(word, P.startsWith(word, '--') ? 2 : 1);
    if (word[0] === '-' && VALUES[long]) index++;
    if (P.startsWith(word, '--') || (word[0] === '-' && (VALUES[long] || LONG[long]))) continue;
    for (let at = 1; at < word.length; at++) {
      if (word[at] === 'c') told = true;
      if (word[at] !== 'o' && word[at] !== 'O') continue;
      if (attached && at + 1 < word.length) break;
      index++;
    }
  }
  return told && index < argv.length ? argv[index] : undefined;
}

/** The line that `env` takes apart into words, with those that follow; `undefined` if it is told none. */
function splitBy(argv) {
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index];
    let value, name;
    if (P.startsWith(word, '--')) {
      const end = P.indexOf(word, '=');
      name = P.slice(word, 2, end < 0 ? word.length : end);
      if (end >= 0) value = P.slice(word, end + 1);
      // Each by any beginning of its name.
      if (name === '' || !P.startsWith('split-string', name)) {
        if (end < 0 && name !== '' && (P.startsWith('unset', name) || P.startsWith('chdir', name) || P.startsWith('argv0', name))) index++;
        continue;
      }
    } else if (word[0] === '-') {
      let at = 1;
      while (at < word.length && !P.textIncludes('SCau', word[at])) at++;
      if (at >= word.length) continue;
      if (word[at] !== 'S') {
        if (at + 1 >= word.length) index++;
        continue;
      }
      if (at + 1 < word.length) value = P.slice(word, at + 1);
    } else if (isAssignment(word)) {
      continue;
    } else {
      return undefined;
    }
    let line = value ?? '';
    for (index++; index < argv.length; index++) line = `${line} ${argv[index]}`;
    return line;
  }
  return undefined;
}

const baseName = (word) => P.slice(word, P.lastIndexOf(word, '/') + 1);
const isShell = (name) => SHELLS[baseName(name)] === true;
const startsOthers = (name) => PREFIXES[baseName(name)] === true;
const isShortOption = (word, letter) => word.length > 1 && word[0] === '-' && word[1] !== '-' && P.textIncludes(word, letter);

/** Options of what starts others, and the numbers of `timeout` and `nice`. */
function isOption(word) {
  if (word === '' || word[0] === '-') return true;
  for (let at = 0; at < word.length; at++) {
    const code = P.charCodeAt(word, at);
    const digit = (code >= 48 && code <= 57) || code === 46;
    if (!digit && (at === 0 || at < word.length - 1 || !P.textIncludes('smhd', word[at]))) return false;
  }
  return true;
}

function isAssignment(word) {
  const at = P.indexOf(word, '=');
  for (let index = 0; index < at; index++) {
    const code = P.charCodeAt(word, index) | 32;
    if (!((code >= 97 && code <= 122) || word[index] === '_' || (index > 0 && word[index] >= '0' && word[index] <= '9'))) return false;
  }
  return at > 0;
}

module.exports = { commandsOf, programsOf, toldTo, splitBy, disarms, isShell, startsOthers, baseName };
