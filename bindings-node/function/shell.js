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
const KEYWORDS = words('! { } if then elif else fi for while until do done case esac in function select time');
/** Words before the program that is run: they are programs themselves. */
const PREFIXES = words('builtin command env exec ionice nice nohup setsid stdbuf sudo timeout xargs');

/** The programs of one simple command, with the words that follow: those that start others count too. */
function programsOf(command) {
  const found = [];
  let before = true;
  for (let index = 0; before && index < command.length; index++) {
    const word = command[index];
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

/** What follows a shell's `-c` in its arguments. */
function commandOf(argv) {
  for (let index = 1; index < argv.length; index++) if (isShortOption(argv[index], 'c')) return commandAfter(argv, index + 1);
  return undefined;
}

/** Further options may stand between `-c` and the command. */
function commandAfter(argv, index) {
  while (index < argv.length && argv[index].length > 1 && (argv[index][0] === '-' || argv[index][0] === '+')) index++;
  return argv[index];
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

module.exports = { simpleCommands, programsOf, commandOf, disarms, isShell, startsOthers, baseName };
