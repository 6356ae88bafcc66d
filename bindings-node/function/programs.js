'use strict';
// The programs that a call starts: the file itself, what a shell is told to run,
// and what the arguments of `env`, `nice` and the like name.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { resolve, isAbsolute, taken } = require('./paths.js');
const { programs, programsOf, commandOf, disarms, isShell, startsOthers, baseName } = require('./shell.js');

const { accessSync, constants } = fs;
const { cwd, execPath } = process;
/** Shells in shells are followed so far. */
const DEPTH = 8;
/** Ways to Node's own bindings, which no hook sees. */
const INTERNALS = ['--expose-internals', '--expose_internals'];

/** `started(call, file, argv, folder, path, environment)`: the first error of all of them. */
function createPrograms(judge) {
  function started(call, file, argv, folder, path, parent, depth = 0) {
    const name = find(file, folder, path);
    // What is nowhere cannot run; a bare name is still asked about.
    const real = name === undefined ? `/nowhere/${file}` : resolve(name) ?? name;
    const error = judge.exec(call, file, real, name ?? file, argv, parent) ?? aroundBy(call, file, real, argv);
    if (error !== undefined || depth > DEPTH) return error;
    const own = typeof real === 'string' ? real : undefined;
    // A link may call a shell by another name, and a shell's name may lead to anything.
    if (isShell(file) || (own !== undefined && isShell(own))) {
      const command = commandOf(argv);
      return command === undefined ? undefined : each(call, programs(command), folder, path, own, depth);
    }
    if (!startsOthers(file)) return undefined;
    return each(call, programsOf(P.part(argv, 1), []), folder, path, own, depth);
  }

  function each(call, found, folder, path, parent, depth) {
    for (let index = 0; index < found.length; index++) {
      const words = found[index];
      const error = disarms(words) ? judge.around(call, words[0]) : undefined;
      const inner = error ?? started(call, words[0], words, folder, path, parent, depth + 1);
      if (inner !== undefined) return inner;
    }
    return undefined;
  }

  function aroundBy(call, file, real, argv) {
    if (startsOthers(file) && disarms(argv)) return judge.around(call, file);
    if (real !== execPath && baseName(file) !== 'node') return undefined;
    for (let index = 1; index < argv.length; index++) if (P.includes(INTERNALS, argv[index])) return judge.around(call, argv[index]);
    return undefined;
  }

  return started;
}

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
      accessSync(name, constants.X_OK);
      return name;
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
