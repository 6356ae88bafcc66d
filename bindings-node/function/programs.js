'use strict';
// The programs that a call starts: the file itself, and what it is told to start in
// turn. The addon finds them (`src/programs.rs`); here they are asked about.

const P = require('../lib/primordials.js');
const { programs } = require('../lib/native.js');
const { touchAll } = require('./environment.js');
const { createOptions } = require('./options.js');
const { taken } = require('./paths.js');

const { execPath } = process;

/** Variables that name libraries for the loader to put into every program. */
const PRELOADS = ['LD_PRELOAD', 'LD_AUDIT'];

/** `started(call, file, argv, folder, env)`: the first error of all that is started. */
function createPrograms(judge) {
  const environment = process.env;
  // What this process was started with is loaded already.
  const loaded = { __proto__: null };
  for (const name of PRELOADS) loaded[name] = environment[name];
  const keys = judge.has('credential');
  const options = createOptions(judge);

  function started(call, file, argv, folder, env) {
    const preloaded = [];
    for (let index = 0; index < PRELOADS.length; index++) {
      const value = env[PRELOADS[index]];
      if (typeof value === 'string' && value !== loaded[PRELOADS[index]]) P.push(preloaded, value);
    }
    // What is no text Node refuses later.
    const path = typeof env.PATH === 'string' ? env.PATH : undefined;
    const libraries = typeof env.LD_LIBRARY_PATH === 'string' ? env.LD_LIBRARY_PATH : undefined;
    const questions = P.parse(programs(file, argv, folder, path, preloaded, libraries));
    for (let index = 0; index < questions.length; index++) {
      const error = asked(call, questions[index], folder);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  function asked(call, question, folder) {
    const { name } = question;
    switch (question.ask) {
      case 'program': {
        const program = exec(question);
        return judge.program(call, name, program) ?? options(call, program.argv, 1, folder, isNode(name) || isNode(program.path));
      }
      case 'library': {
        const library = exec(question);
        // A file in memory has no path.
        return (library.memfd ? undefined : judge.file(call, name, 'execute', library.path)) ?? judge.program(call, name, library);
      }
      case 'key': return keys ? judge.accessKey(call, name) : undefined;
      case 'variable': return keys ? judge.credential(call, name) : undefined;
      case 'environment': return keys ? touchAll(judge, call, environment) : undefined;
      case 'unresolved': return judge.unresolved(call, name);
      default: return judge.around(call, name);
    }
  }

  return started;
}

/** Whether a program is Node by its name. */
function isNode(file) {
  if (file === execPath) return true;
  if (typeof file !== 'string') return false;
  return file === 'node' || file === 'nodejs' || P.endsWith(file, '/node') || P.endsWith(file, '/nodejs');
}

/** A program as events have it. */
const exec = ({ path, requested, aliases, argv, script, memfd, deleted, by }) => ({
  __proto__: null, path: text(path), requested: text(requested), aliases: texts(aliases), argv: texts(argv), script: text(script), memfd, deleted, by: text(by),
});

/** A name, or the bytes of one that is no text. */
function text(value) {
  if (value === null) return undefined;
  return typeof value === 'string' ? value : P.latin1(value.bytes);
}

function texts(list) {
  const found = [];
  for (let index = 0; index < list.length; index++) P.push(found, text(list[index]));
  return found;
}

/** A working directory as text. */
function folderOf(given) {
  const path = taken(given);
  return path === undefined || path === null || typeof path === 'string' ? path : P.latin1Slice(path);
}

module.exports = { createPrograms, folderOf };
