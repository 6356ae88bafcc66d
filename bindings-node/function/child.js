'use strict';
// Programs: everything asynchronous ends in ChildProcess.prototype.spawn; the
// Sync forms are looked at one by one. Children get the preload back if the
// program took it out of their environment.

const child = require('node:child_process');
const { promisify } = require('node:util');
const { apply, replace } = require('./replace.js');
const { resolve } = require('./paths.js');
const { programs, isShell } = require('./shell.js');
const { accessSync, constants } = require('node:fs');

/** Shells in shells are followed so far. */
const DEPTH = 8;

function install(judge, settings) {
  const environment = process.env;

  const find = (file, cwd, path) => {
    const base = cwd === undefined || cwd === null ? process.cwd() : String(cwd.href ? new URL(cwd).pathname : cwd);
    const at = (name) => (name.startsWith('/') ? name : `${base}/${name}`);
    if (file.includes('/')) return at(file);
    for (const folder of (path ?? environment.PATH ?? '/usr/bin:/bin').split(':')) {
      try {
        const name = at(`${folder === '' ? '.' : folder}/${file}`);
        accessSync(name, constants.X_OK);
        return name;
      } catch {
        // Not there: the next one.
      }
    }
    return undefined;
  };

  const judged = (call, file, argv, cwd, path, actor, depth = 0) => {
    const name = find(file, cwd, path);
    // What is nowhere cannot run; a bare name is still asked about.
    const real = name === undefined ? `/nowhere/${file}` : resolve(name) ?? name;
    const event = { kind: 'exec', path: real, requested: name ?? file, argv };
    if (actor !== undefined) event.process = { path: actor };
    const error = judge.judge(event, call, file);
    if (error !== undefined || depth > DEPTH || !isShell(file)) return error;
    const at = argv.findIndex((word, index) => index > 0 && /^-[a-z]*c$/.test(word));
    if (at < 0 || argv[at + 1] === undefined) return undefined;
    for (const words of programs(argv[at + 1])) {
      const inner = judged(call, words[0], words, cwd, path, typeof real === 'string' ? real : undefined, depth + 1);
      if (inner !== undefined) return inner;
    }
    return undefined;
  };

  /** `NAME=value` pairs with the wrapper's own. */
  const armed = (pairs) => {
    const kept = {};
    for (const pair of pairs) {
      const at = pair.indexOf('=', 1);
      kept[pair.slice(0, at)] = pair.slice(at + 1);
    }
    return Object.entries(rearmed(kept, settings)).map(([name, value]) => `${name}=${value}`);
  };

  replace(child.ChildProcess.prototype, 'spawn', (original) => function (options) {
    if (typeof options !== 'object' || options === null) return apply(original, this, [options]);
    const given = { ...options, file: String(options.file), args: options.args === undefined ? undefined : [...options.args].map(String) };
    given.envPairs = armed(options.envPairs ?? pairsOf(environment));
    const error = judged('spawn', given.file, given.args ?? [given.file], given.cwd, pathOf(given.envPairs));
    if (error !== undefined) throw error;
    return apply(original, this, [given]);
  });

  // Node copies `process.env` for a child that is given none: that is no read of
  // the program's, and must not touch the decoys among it.
  const given = (args) => {
    const list = [...args];
    const at = list.findIndex((one, index) => index > 0 && typeof one === 'object' && one !== null && !Array.isArray(one));
    if (at > 0) {
      list[at] = { ...list[at], env: list[at].env ?? environment };
      return list;
    }
    const callback = typeof list[list.length - 1] === 'function' ? list.pop() : undefined;
    while (list.length > 1 && (list[list.length - 1] === undefined || list[list.length - 1] === null)) list.pop();
    list.push({ env: environment });
    return callback === undefined ? list : [...list, callback];
  };
  for (const name of ['spawn', 'fork', 'exec', 'execFile']) {
    const promised = child[name][promisify.custom];
    replace(child, name, (original) => {
      const called = function (...args) {
        return apply(original, this, given(args));
      };
      if (promised === undefined) return called;
      const value = function (...args) {
        return apply(promised, this, given(args));
      };
      // As Node has it; `replace` leaves what cannot be defined again.
      return Object.defineProperty(called, promisify.custom, { value, enumerable: false });
    });
  }

  replace(child, 'spawnSync', (original) => function (file, args, options) {
    const call = form(file, args, options);
    const error = judgeForm('spawnSync', call);
    // As on a real EPERM: the result has the error, nothing is thrown.
    if (error !== undefined) return { pid: 0, output: null, stdout: null, stderr: null, status: null, signal: null, error };
    return apply(original, this, [call.file, call.args, call.options]);
  });
  replace(child, 'execFileSync', (original) => function (file, args, options) {
    const call = form(file, args, options);
    const error = judgeForm('execFileSync', call);
    if (error !== undefined) throw error;
    return apply(original, this, [call.file, call.args, call.options]);
  });
  replace(child, 'execSync', (original) => function (command, options) {
    const call = form(command, [], { shell: true, ...options });
    const error = judgeForm('execSync', call);
    if (error !== undefined) throw error;
    return apply(original, this, [call.file, { ...options, env: call.options.env }]);
  });

  function form(file, args, options) {
    const given = Array.isArray(args) ? options : args ?? options;
    const env = rearmed({ ...(given?.env ?? environment) }, settings);
    return { file: String(file), args: Array.isArray(args) ? [...args].map(String) : [], options: { ...given, env } };
  }

  function judgeForm(call, { file, args, options: { shell, cwd, env, argv0 } }) {
    if (!shell) return judged(call, file, [argv0 ?? file, ...args], cwd, env.PATH);
    const program = typeof shell === 'string' ? shell : '/bin/sh';
    return judged(call, program, [program, '-c', [file, ...args].join(' ')], cwd, env.PATH);
  }
}

/** The environment of a child, with what arms it. */
function rearmed(env, { preload, env: own }) {
  const options = env.NODE_OPTIONS ?? '';
  const armed = options.includes(preload) ? options : `--require ${JSON.stringify(preload)} ${options}`.trim();
  return { ...env, ...own, NODE_OPTIONS: armed };
}

const pairsOf = (env) => Object.entries(env).map(([name, value]) => `${name}=${value}`);
const pathOf = (pairs) => pairs.findLast((pair) => pair.startsWith('PATH='))?.slice(5);

module.exports = { install, rearmed };
