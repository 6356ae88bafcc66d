'use strict';
// The programs that a shell's command names, as far as they stand there as words.
// What is put together when the command runs (`$x`, globs, `eval`) is not seen.

const SHELL = /^(?:ash|bash|dash|fish|ksh|ksh93|mksh|rbash|sh|zsh)$/;
const KEYWORD = /^(?:!|\{|\}|if|then|elif|else|fi|for|while|until|do|done|case|esac|in|function|select|time)$/;
/** Words before the program that is run: they are programs themselves. */
const PREFIX = /^(?:builtin|command|env|exec|ionice|nice|nohup|setsid|stdbuf|sudo|timeout|xargs)$/;
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** Every program, with the words that follow it. */
function programs(command) {
  const found = [];
  for (const words of simpleCommands(command)) {
    let before = true;
    words.forEach((word, index) => {
      if (!before || KEYWORD.test(word) || ASSIGNMENT.test(word)) return;
      if (word.startsWith('-') || /^[0-9.]+[smhd]?$/.test(word)) return;
      found.push(words.slice(index));
      before = PREFIX.test(word.slice(word.lastIndexOf('/') + 1));
    });
  }
  return found;
}

/** Words with quotes and backslashes taken away, command by command. */
function simpleCommands(command) {
  const commands = [[]];
  let word = null;
  let quote = '';
  const end = () => {
    if (word !== null) commands[commands.length - 1].push(word);
    word = null;
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
      end();
      commands.push([]);
      if (character === '$') at++;
      quote = '';
    } else if (character === '"' || (character === "'" && quote === '')) {
      word ??= '';
      quote = quote === '' ? character : '';
    } else if (quote === '' && /[;&|()\n]/.test(character)) {
      end();
      commands.push([]);
    } else if (quote === '' && /[\s<>]/.test(character)) {
      end();
    } else {
      word = (word ?? '') + character;
    }
  }
  end();
  return commands;
}

const isShell = (name) => SHELL.test(name.slice(name.lastIndexOf('/') + 1));

module.exports = { programs, isShell };
