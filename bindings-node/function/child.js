'use strict';
// Programs: everything asynchronous ends in ChildProcess.prototype.spawn, and that in
// the method of Node's own handle, which everybody can get at; the Sync forms are looked
// at one by one. Children get the preload back if the program took it out of their
// environment.

const { channel } = require('node:diagnostics_channel');
const { promisify: { custom } } = require('node:util');
const P = require('../lib/primordials.js');
const { inBuiltin } = require('./builtin.js');
const { replace } = require('./replace.js');
const { createPrograms, folderOf } = require('./programs.js');
const { rearmed } = require('./inherited.js');
const { createChildWrites } = require('./diagnostics.js');
const { createOptions, wordsOf } = require('./options.js');

/** The asynchronous ones, which all end in `spawn` of a ChildProcess. */
const FORMS = ['spawn', 'fork', 'exec', 'execFile'];

function install(judge, settings) {
  const environment = process.env;
  const programs = createPrograms(judge);
  const writes = createChildWrites(judge);
  const options = createOptions(judge);
  // Whatever the program is: what it starts has the same environment.
  const started = (call, file, argv, folder, env) => (
    programs(call, file, argv, folder, env) ?? options(call, wordsOf(env.NODE_OPTIONS), 0, folder, true) ?? writes(call, env, folder)
  );

  // Replaces the process itself by another program, where Node has it. Nobody is told of it:
  // a subscriber could change the arguments and the environment that were asked about.
  if (process.execve !== undefined) P.defineProperty(channel('process.execve'), 'hasSubscribers', { __proto__: null, value: false, writable: false, configurable: false });
  replace(process, 'execve', (original) => function (file, args, env) {
    const path = P.String(file);
    const argv = args === undefined ? [] : texts(args);
    const kept = rearmed(P.copy(env ?? environment), settings);
    const error = started('execve', path, argv.length > 0 ? argv : [path], undefined, kept);
    if (error !== undefined) throw error;
    return P.apply(original, this, [path, argv, kept]);
  });

  inBuiltin('child_process', (child) => {
    // What was asked about and is to start, while Node hands it on: code that runs meanwhile
    // (a subscriber of `child_process.spawn`) may change it.
    let allowed;

    replace(child.ChildProcess.prototype, 'spawn', (original) => function (options) {
      if (typeof options !== 'object' || options === null) return P.apply(original, this, [options]);
      const given = P.copy(options);
      const error = asksSpawn(given);
      if (error !== undefined) throw error;
      const { file, args, cwd, envPairs } = given;
      allowed = { file, args: args && P.part(args, 0), cwd, envPairs: P.part(envPairs, 0) };
      try {
        return P.apply(original, this, [given]);
      } finally {
        allowed = undefined;
      }
    });
    replace(P.getPrototypeOf(new child.ChildProcess()._handle), 'spawn', (original) => function (...args) {
      // Up to Node 22 and some of 24, members of an object.
      const first = P.at(args, 0);
      const isObject = typeof first === 'object' && first !== null;
      const given = isObject ? P.copy(first) : { __proto__: null, file: first, args: P.at(args, 1), cwd: P.at(args, 2), envPairs: P.at(args, 3) };
      const known = allowed;
      allowed = undefined;
      const error = known !== undefined && isSame(given, known) ? undefined : asksSpawn(given);
      if (error !== undefined) return error.errno;
      if (isObject) return P.apply(original, this, [given]);
      P.put(args, 0, given.file);
      P.put(args, 1, given.args);
      P.put(args, 2, given.cwd);
      P.put(args, 3, given.envPairs);
      return P.apply(original, this, args);
    });

    for (let index = 0; index < FORMS.length; index++) {
      const name = FORMS[index];
      const promised = P.hasOwn(child[name], custom) ? child[name][custom] : undefined;
      replace(child, name, (original) => {
        const called = function (...args) {
          return P.apply(original, this, given(args));
        };
        if (promised === undefined) return called;
        const value = function (...args) {
          return P.apply(promised, this, given(args));
        };
        // As Node has it; `replace` leaves what cannot be defined again.
        return P.defineProperty(called, custom, { __proto__: null, value, enumerable: false });
      });
    }

    replace(child, 'spawnSync', (original) => function (file, args, options) {
      const call = form(file, args, options);
      const error = asked('spawnSync', call);
      // As on a real EPERM: the result has the error, nothing is thrown.
      if (error !== undefined) return { pid: 0, output: null, stdout: null, stderr: null, status: null, signal: null, error };
      return P.apply(original, this, [call.file, call.args, call.options]);
    });
    replace(child, 'execFileSync', (original) => function (file, args, options) {
      const call = form(file, args, options);
      const error = asked('execFileSync', call);
      if (error !== undefined) throw error;
      return P.apply(original, this, [call.file, call.args, call.options]);
    });
    replace(child, 'execSync', (original) => function (command, options) {
      const call = form(command, [], options);
      call.options.shell = call.options.shell || true;
      const error = asked('execSync', call);
      if (error !== undefined) throw error;
      // Node puts the default shell in itself.
      if (call.options.shell === true) call.options.shell = undefined;
      return P.apply(original, this, [call.file, call.options]);
    });
  });

  /** Asks about the program that `given` names; its members are taken once. */
  function asksSpawn(given) {
    given.file = P.String(given.file);
    given.args = given.args === undefined ? undefined : texts(given.args);
    given.cwd = folderOf(given.cwd);
    const env = given.envPairs === undefined ? P.copy(environment) : unpaired(given.envPairs);
    given.envPairs = paired(rearmed(env, settings));
    return started('spawn', given.file, given.args ?? [given.file], given.cwd, env);
  }

  // Node copies `process.env` for a child that is given none: that is no read of
  // the program's, and must not touch the decoys among it.
  const given = (args) => {
    const list = P.part(args, 0);
    for (let at = 1; at < list.length; at++) {
      if (typeof list[at] !== 'object' || list[at] === null || P.isArray(list[at])) continue;
      const options = P.copy(list[at]);
      // `process.env` itself, which may be watched by now, is no read either.
      if (options.env === undefined || options.env === null || options.env === process.env) options.env = environment;
      P.put(list, at, options);
      return list;
    }
    let length = list.length;
    const callback = typeof list[length - 1] === 'function' ? list[--length] : undefined;
    while (length > 1 && (list[length - 1] === undefined || list[length - 1] === null)) length--;
    const all = P.part(list, 0, length);
    P.push(all, { __proto__: null, env: environment });
    if (callback !== undefined) P.push(all, callback);
    return all;
  };

  /** The arguments of a Sync form, each taken once. */
  function form(file, args, options) {
    const list = P.isArray(args) ? texts(args) : [];
    const given = P.isArray(args) || args === undefined || args === null ? options : args;
    const copied = typeof given === 'object' && given !== null ? P.copy(given) : { __proto__: null };
    const own = copied.env === undefined || copied.env === null || copied.env === process.env ? environment : copied.env;
    copied.env = rearmed(textual(P.copy(own)), settings);
    copied.cwd = folderOf(copied.cwd);
    if (copied.argv0 !== undefined) copied.argv0 = P.String(copied.argv0);
    return { file: P.String(file), args: list, options: copied };
  }

  function asked(call, { file, args, options: { shell, cwd, env, argv0 } }) {
    if (!shell) return started(call, file, joined([argv0 ?? file], args), cwd, env);
    const program = typeof shell === 'string' ? shell : '/bin/sh';
    let command = file;
    for (let index = 0; index < args.length; index++) command = `${command} ${args[index]}`;
    return started(call, program, [program, '-c', command], cwd, env);
  }
}

function texts(list) {
  const found = [];
  for (let index = 0; index < list.length; index++) P.push(found, P.String(list[index]));
  return found;
}

function joined(first, second) {
  const all = P.part(first, 0);
  for (let index = 0; index < second.length; index++) P.push(all, second[index]);
  return all;
}

/** Whether `given` is what is `known`, and in its environment only the channel that Node adds; its lists are copied. */
function isSame(given, known) {
  if (given.file !== known.file || given.cwd !== known.cwd || (given.args === undefined) !== (known.args === undefined)) return false;
  if (given.args !== undefined) {
    given.args = texts(given.args);
    if (given.args.length !== known.args.length || !begins(given.args, known.args)) return false;
  }
  if (!P.isArray(given.envPairs)) return false;
  given.envPairs = texts(given.envPairs);
  if (!begins(given.envPairs, known.envPairs)) return false;
  for (let index = known.envPairs.length; index < given.envPairs.length; index++) {
    if (!P.startsWith(given.envPairs[index], 'NODE_CHANNEL_')) return false;
  }
  return true;
}

function begins(list, beginning) {
  for (let index = 0; index < beginning.length; index++) if (list[index] !== beginning[index]) return false;
  return true;
}

/** Values as Node makes them text, once. */
function textual(env) {
  for (const name in env) if (env[name] !== undefined) env[name] = `${env[name]}`;
  return env;
}

/** `NAME=value` pairs as an object, and back. The first of a name counts, as for the system. */
function unpaired(pairs) {
  const env = { __proto__: null };
  for (let index = 0; index < pairs.length; index++) {
    const pair = P.String(pairs[index]);
    const at = P.indexOf(pair, '=', 1);
    const name = P.slice(pair, 0, at);
    if (at > 0 && !(name in env)) env[name] = P.slice(pair, at + 1);
  }
  return env;
}

function paired(env) {
  const pairs = [];
  for (const name in env) P.push(pairs, `${name}=${env[name]}`);
  return pairs;
}

module.exports = { install };
