'use strict';
// Options of Node with which a child is not armed, or reads a file before it is.

const P = require('../lib/primordials.js');
const { isAbsolute, untilZero } = require('./paths.js');

const list = (text) => {
  const all = { __proto__: null };
  for (const word of text.split(' ')) all[`--${word}`] = true;
  return P.freeze(all);
};
/** Ways to Node's own bindings, which no hook sees, and to run something before or instead of a preload. */
const AROUND = list('expose-internals build-snapshot build-snapshot-config snapshot-blob run experimental-sea-config build-sea '
  + 'experimental-config-file experimental-default-config-file');
/** Of these the names that other programs have too. The rest is Node's whatever its name, which a copy may choose. */
const COMMON = list('run');
const FILES = list('env-file env-file-if-exists');
/** No word follows that belongs to them; of all others one may. */
const ALONE = list('inspect inspect-brk inspect-wait enable-source-maps expose-gc harmony preserve-symlinks preserve-symlinks-main test watch '
  + 'throw-deprecation pending-deprecation experimental-strip-types experimental-transform-types experimental-vm-modules '
  + 'trace-warnings trace-deprecation trace-uncaught trace-exit use-openssl-ca use-bundled-ca use-system-ca abort-on-uncaught-exception');

/**
 * `asked(call, words, folder, isNode)`: the first error of what a child's options ask for, which
 * are `words` from `from` on up to its script. Of a program that is not known as Node only
 * what no other program is told is looked at.
 */
function createOptions(judge) {
  const files = judge.has('file');
  return function asked(call, words, from, folder, isNode) {
    for (let index = from; index < words.length; index++) {
      const word = words[index];
      if (word === '--' || word === '-') return undefined;
      // Bytes that are no text are no option.
      if (typeof word !== 'string' || word[0] !== '-') {
        if (!mayTake(words, index - 1, from)) return undefined;
        continue;
      }
      const end = P.indexOf(word, '=');
      const name = plain(end < 0 ? word : P.slice(word, 0, end));
      let error;
      if (AROUND[name] && (isNode || !COMMON[name])) error = judge.around(call, name);
      else if (isNode && files && FILES[name]) {
        const given = end < 0 ? P.at(words, index + 1) : P.slice(word, end + 1);
        const path = end < 0 && given !== undefined && P.startsWith(given, '\\-') ? P.slice(given, 1) : given;
        if (path !== undefined && path !== '') {
          const base = typeof folder === 'string' && !isAbsolute(path) ? `${folder}/` : '';
          error = judge.touch(call, untilZero(`${base}${path}`), 'read', false);
        }
      }
      if (error !== undefined) return error;
    }
    return undefined;
  };
}

/** Whether the word at `index` is an option of which the next word may be the value. */
function mayTake(words, index, from) {
  if (index < from || typeof words[index] !== 'string' || words[index][0] !== '-') return false;
  return !P.textIncludes(words[index], '=') && !P.startsWith(words[index], '--no-') && ALONE[plain(words[index])] !== true;
}

/** Node takes either, anywhere in a name. */
function plain(name) {
  let text = '';
  for (let at = 0; at < name.length; at++) text = `${text}${name[at] === '_' ? '-' : name[at]}`;
  return text;
}

/** The words of `NODE_OPTIONS`, as Node takes it apart (`ParseNodeOptionsEnvVar` in its src/node_options.cc). */
function wordsOf(text) {
  const words = [];
  if (typeof text !== 'string') return words;
  let word = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    let character = text[at];
    if (character === '\\' && quoted && at + 1 < text.length) character = text[++at];
    else if (character === '"') {
      quoted = !quoted;
      continue;
    } else if (character === ' ' && !quoted) {
      if (word !== '') P.push(words, word);
      word = '';
      continue;
    }
    word = `${word}${character}`;
  }
  if (word !== '') P.push(words, word);
  return words;
}

module.exports = { createOptions, wordsOf };
