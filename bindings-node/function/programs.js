'use strict';
// The programs that a call starts: the file itself, what a shell is told to run,
// and what the arguments of `env`, `nice` and the like name.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { isAbsolute, taken } = require('./paths.js');
const { createOptions } = require('./options.js');
const { commandsOf, programsOf, toldTo, splitBy, disarms, isShell, startsOthers, baseName } = require('./shell.js');

const { accessSync, statSync, constants } = fs;
const { X_OK, S_IFMT, S_IFDIR } = constants;
const { cwd, execPath } = process;
/** Shells in shells are followed so far. */
const DEPTH = 8;
/** An AWS access key id has this many characters or more. */
const KEY = 16;

/** `started(call, file, argv, folder, path, environment)`: the first error of all of them. */
function createPrograms(judge, preloads) {
  const keys = judge.has('credential');
  const { resolve } = judge;
  const options = createOptions(judge);
  function started(call, file, argv, folder, path, parent, depth = 0, seen = { __proto__: null }) {
    // `env env env …` names the same over and over. Deeper than before there is nothing more.
    const key = keyOf(file, parent, argv);
    if (seen[key] <= depth) return undefined;
    seen[key] = depth;
    const name = find(file, folder, path);
    // What is nowhere cannot run; a bare name is still asked about.
    const real = name === undefined ? `/nowhere/${file}` : resolve(name) ?? name;
    const error = judge.exec(call, file, real, name ?? file, argv, parent)
      ?? options(call, argv, 1, folder, isNode(file) || (typeof real === 'string' && isNode(real))) ?? accessKeys(call, argv);
    if (error !== undefined || depth > DEPTH) return error;
    const own = typeof real === 'string' ? real : undefined;
    // A link may call a shell by another name, and a shell's name may lead to anything.
    if (isShell(file) || (own !== undefined && isShell(own))) {
      const told = toldTo(argv);
      for (let index = 0; index < told.length; index++) {
        const inner = line(call, told[index], folder, path, own, depth, seen);
        if (inner !== undefined) return inner;
      }
      return undefined;
    }
    const split = baseName(file) === 'env' ? splitBy(argv) : undefined;
    if (split !== undefined) {
      const error = line(call, split, folder, path, own, depth, seen);
      if (error !== undefined) return error;
    }
    return startsOthers(file) ? each(call, argv, P.part(argv, 1), folder, path, own, depth, seen) : undefined;
  }

  /** Asks about the programs of a shell's command. */
  function line(call, command, folder, path, parent, depth, seen) {
    const commands = commandsOf(command);
    for (let index = 0; index < commands.length; index++) {
      const error = each(call, commands[index], commands[index], folder, path, parent, depth, seen);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** Asks about all programs among `words`, which belong to `command`. */
  function each(call, command, words, folder, path, parent, depth, seen) {
    if (disarms(command)) {
      const error = judge.around(call, command[0]);
      if (error !== undefined) return error;
    }
    const loaded = preloads.inWords(call, folder, command);
    if (loaded !== undefined) return loaded;
    const found = programsOf(words);
    for (let index = 0; index < found.length; index++) {
      const error = started(call, found[index][0], found[index], folder, path, parent, depth + 1, seen);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** Ids of access keys among the arguments: some may be decoys. */
  function accessKeys(call, argv) {
    if (!keys) return undefined;
    for (let index = 0; index < argv.length; index++) {
      const word = argv[index];
      for (let at = keyIn(word, 0); at >= 0; at = keyIn(word, at + 4)) {
        let end = at;
        while (end < word.length && isKeyCharacter(P.charCodeAt(word, end))) end++;
        const error = end - at >= KEY ? judge.accessKey(call, P.slice(word, at, end)) : undefined;
        if (error !== undefined) return error;
      }
    }
    return undefined;
  }

  return started;
}

const isNode = (file) => file === execPath || baseName(file) === 'node' || baseName(file) === 'nodejs';

/** Text that no other program, parent and arguments have. */
function keyOf(file, parent, argv) {
  let key = `${file.length}:${file}${parent === undefined ? '' : `${parent.length}:${parent}`}`;
  for (let index = 0; index < argv.length; index++) key = `${key}/${argv[index].length}:${argv[index]}`;
  return key;
}

/** Where the next id begins: those of users and those of sessions. */
function keyIn(word, from) {
  const user = P.indexOf(word, 'AKIA', from);
  const session = P.indexOf(word, 'ASIA', from);
  return user < 0 || (session >= 0 && session < user) ? session : user;
}

const isKeyCharacter = (code) => (code >= 65 && code <= 90) || (code >= 48 && code <= 57);

/** Where the system finds a program. */
function find(file, folder, path) {
  const base = folder === undefined || folder === null ? cwd() : P.String(folder);
  const at = (name) => (isAbsolute(name) ? name : `${base}/${name}`);
  if (P.textIncludes(file, '/')) return at(file);
  const all = `${path ?? '/usr/bin:/bin'}:`;
  for (let from = 0; from < all.length;) {
    const end = P.indexOf(all, ':', from);
    const name = at(`${end === from ? '.' : P.slice(all, from, end)}/${file}`);
    from = end + 1;
    try {
      accessSync(name, X_OK);
      // The system goes on after a directory.
      if ((statSync(name).mode & S_IFMT) !== S_IFDIR) return name;
    } catch {
      // Not there: the next one.
    }
  }
  return undefined;
}

/** A working directory as text. */
function folderOf(given) {
  const path = taken(given);
  return path === undefined || path === null || typeof path === 'string' ? path : P.latin1Slice(path);
}

module.exports = { createPrograms, folderOf };
