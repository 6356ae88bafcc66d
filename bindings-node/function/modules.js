'use strict';
// Ways around the hooks: bindings of Node itself, workers without preload,
// threads that are none of the program's, and what looks into a running program.

const P = require('../lib/primordials.js');
const { replace, replaceClass } = require('./replace.js');
const { installWasi, installWorkers } = require('./classes.js');
const { builtin, inBuiltin, loadAll } = require('./builtin.js');
const { shown } = require('./paths.js');
const { rearmed } = require('./inherited.js');
const { createOptions, wordsOf } = require('./options.js');

function install(judge, settings) {
  const { resolve, taken } = judge;
  const environment = process.env;
  const asked = createOptions(judge);
  const around = (object, name, call, what) => replace(object, name, (original) => function (...args) {
    const error = judge.around(call, what === undefined ? undefined : what(args));
    if (error !== undefined) throw error;
    return P.apply(original, this, args);
  });

  for (const name of ['binding', '_linkedBinding']) around(process, name, `process.${name}`, (args) => `${P.at(args, 0)}`);
  around(process, '_debugProcess', 'process._debugProcess');

  if (judge.has('file')) {
    replace(process, 'loadEnvFile', (original) => function (given = '.env') {
      const path = taken(given);
      const real = resolve(path);
      const error = real === undefined ? undefined : judge.file('loadEnvFile', shown(path), 'read', real);
      if (error !== undefined) throw error;
      return P.apply(original, this, [path]);
    });
  }

  // Hooks of the module loader run in a thread of their own, which nobody arms.
  const loader = require('node:module');
  around(loader, 'register', 'module.register', (args) => {
    // Node starts a worker of its own then, and shows it to the program.
    builtin('worker_threads');
    return typeof P.at(args, 0) === 'string' ? P.at(args, 0) : 'a URL';
  });

  // Nothing may be half loaded when a script's time ends. All that run one end here.
  inBuiltin('vm', ({ Script, SourceTextModule }) => {
    if (SourceTextModule !== undefined) loadAll();
    replace(P.getPrototypeOf(Script.prototype), 'runInContext', (original) => function (...args) {
      // Its limit of time, and whether a signal ends it.
      if (P.at(args, 1) !== -1 || P.at(args, 3) !== false) loadAll();
      return P.apply(original, this, args);
    });
  });

  // These open files themselves, or show what is hidden.
  inBuiltin('inspector/promises', (inspector) => around(inspector, 'open', 'inspector.open'));
  inBuiltin('inspector', (inspector) => {
    around(inspector, 'open', 'inspector.open');
    // With it a function's hidden variables can be read.
    for (let proto = inspector.Session.prototype; proto && proto !== P.top; proto = P.getPrototypeOf(proto)) {
      around(proto, 'connect', 'inspector.Session.connect');
      around(proto, 'connectToMainThread', 'inspector.Session.connectToMainThread');
    }
  });
  if (judge.has('file')) installWasi(judge);

  installWorkers(judge);
  inBuiltin('worker_threads', (threads) => replaceClass(threads, 'Worker', (original) => function Worker(file, options) {
    const given = typeof options === 'object' && options !== null ? P.copy(options) : { __proto__: null };
    const words = given.execArgv ?? process.execArgv;
    given.execArgv = ['--require', settings.preload];
    if (P.isArray(words)) for (let index = 0; index < words.length; index++) addWord(given.execArgv, words, index);
    // Each may be one: a thread's script stands elsewhere. It reads no file of variables.
    for (let index = 2; index < given.execArgv.length; index++) {
      const error = asked('Worker', [given.execArgv[index]], 0, undefined, false);
      if (error !== undefined) throw error;
    }
    if (typeof given.env === 'object' && given.env !== null) {
      // To hand on what is watched reads nothing.
      given.env = rearmed(P.copy(given.env === process.env ? environment : given.env), settings);
      const error = asked('Worker', wordsOf(given.env.NODE_OPTIONS), 0, undefined, false);
      if (error !== undefined) throw error;
    }
    return P.construct(original, [file, given], new.target ?? Worker);
  }));
}

/** `--require` by a name would be looked for from the working directory, which may have changed. */
function addWord(list, words, index) {
  const word = P.String(words[index]);
  if (word === BY_NAME && index > 0 && P.includes(PRELOADS, words[index - 1])) return;
  if (P.includes(PRELOADS, word) && words[index + 1] === BY_NAME) return;
  P.push(list, word);
}

const BY_NAME = 'wardline/function';
const PRELOADS = ['-r', '--require', '--import'];

module.exports = { install };
