'use strict';
// Files: callbacks, the Sync forms and promises. Streams open with `fs.open`.
//
// What is asked about is what is used: paths are taken once, options copied once,
// and calls that go on after they return get the real path that was asked about.

const fs = require('node:fs');
const { promisify } = require('node:util');
const P = require('../lib/primordials.js');
const { replace } = require('./replace.js');
const { taken, resolve, absolute, shown } = require('./paths.js');
const { touchesFlags, flagOf, modeOf } = require('./flags.js');
const { installDescriptors } = require('./descriptors.js');
const { tree } = require('./tree.js');
const { touchAll } = require('./environment.js');

const { existsSync } = fs;
const { nextTick } = process;

/** Calls with one path, and the operation that they are. */
const ONE = {
  __proto__: null,
  readFile: 'open', writeFile: 'open', appendFile: 'open', open: 'open', openAsBlob: 'read', readdir: 'read', opendir: 'read',
  rm: 'delete', rmdir: 'delete', unlink: 'delete', mkdir: 'create', mkdtemp: 'create', mkdtempDisposable: 'create', truncate: 'modify',
  chmod: 'attributes', lchmod: 'attributes', chown: 'attributes', lchown: 'attributes', utimes: 'attributes', lutimes: 'attributes',
};
const TWO = ['rename', 'link', 'copyFile', 'cp', 'symlink'];
/** Calls on the name itself, not on what a link at its end leads to. */
const NOFOLLOW = ['rm', 'rmdir', 'unlink', 'mkdir', 'lchmod', 'lchown', 'lutimes'];
/** Calls whose path is never given back, so that the real one may stand in for it. */
const SUBSTITUTED = ['readFile', 'writeFile', 'appendFile', 'open', 'openAsBlob', 'truncate'];
/** Where the options stand that say how a file is opened. */
const OPTIONS = { __proto__: null, readFile: 1, writeFile: 2, appendFile: 2 };

function install(judge) {
  if (!judge.has('file') && !judge.has('credential')) return;
  const { isHandle, opened } = installDescriptors(judge);

  const environment = process.env;
  const file = (call, operation, path, real, mode) => {
    if (real === undefined) return undefined;
    if (operation === 'read' && isEnvironment(real)) {
      const error = touchAll(judge, call, environment);
      if (error !== undefined) return error;
    }
    return judge.file(call, shown(path), operation, real, undefined, mode);
  };

  /** Asks about a call with one path, and changes its arguments to what was asked about. */
  const askOne = (call, operation, args, later) => {
    if (typeof P.at(args, 0) === 'number' || isHandle(P.at(args, 0))) return undefined;
    const path = taken(P.at(args, 0));
    const nofollow = P.includes(NOFOLLOW, call);
    const real = resolve(path, nofollow);
    P.put(args, 0, later ? kept(call, path, real) : path);
    if (operation !== 'open') {
      return file(call, operation, path, real, P.textIncludes(call, 'chmod') ? modeOf(P.at(args, 1)) : undefined);
    }
    const { flags, mode } = howOpened(call, args);
    const touches = touchesFlags(flags);
    const error = touches.reads ? file(call, 'read', path, real) : undefined;
    if (error !== undefined || !touches.writes) return error;
    const creates = touches.creates && !existsSync(path);
    return file(call, creates ? 'create' : 'modify', path, real, creates ? modeOf(mode) : undefined);
  };

  const askTwo = (call, args, later) => {
    // The text of a symbolic link is no path yet.
    const from = call === 'symlink' ? P.at(args, 0) : taken(P.at(args, 0));
    const to = taken(P.at(args, 1));
    P.put(args, 0, call === 'symlink' || !later ? from : kept(call, from));
    P.put(args, 1, later ? kept(call, to) : to);
    switch (call) {
      case 'symlink':
        return file(call, 'create', to, resolve(to, true));
      case 'copyFile':
        return file(call, 'read', from, resolve(from)) ?? file(call, existsSync(to) ? 'modify' : 'create', to, resolve(to));
      case 'cp': {
        if (typeof P.at(args, 2) === 'object' && P.at(args, 2) !== null) P.put(args, 2, P.copy(P.at(args, 2)));
        let error;
        tree(from, to, P.at(args, 2), (source, target) => {
          error ??= file(call, 'read', source, resolve(source));
          error ??= file(call, existsSync(target) ? 'modify' : 'create', target, resolve(target));
          return error === undefined;
        });
        return error;
      }
      default: {
        const real = resolve(from, true);
        const target = resolve(to, true);
        return real === undefined || target === undefined ? undefined : judge.file(call, shown(from), call, real, target);
      }
    }
  };

  const hook = (name, ask) => {
    replace(fs, `${name}Sync`, (original) => function (...args) {
      const error = ask(args, false);
      if (error !== undefined) throw error;
      return P.apply(original, this, args);
    });
    replace(fs.promises, name, (original) => function (...args) {
      let error;
      try {
        error = ask(args, true);
      } catch (wrong) {
        error = wrong;
      }
      if (error !== undefined) return P.reject(error);
      const promise = P.apply(original, this, args);
      return name === 'open' ? P.then(promise, opened) : promise;
    });
    replace(fs, name, (original) => {
      const called = function (...args) {
        const error = ask(args, true);
        if (error === undefined) return P.apply(original, this, args);
        if (name === 'openAsBlob') return P.reject(error);
        const callback = P.at(args, args.length - 1);
        // Without a callback Node throws, before it does anything.
        if (typeof callback !== 'function') return P.apply(original, this, args);
        nextTick(callback, error);
        return undefined;
      };
      // Some callback forms name the promise form.
      if (P.hasOwn(original, promisify.custom)) P.defineProperty(called, promisify.custom, { __proto__: null, value: fs.promises[name], enumerable: false });
      return called;
    });
  };
  for (const name in ONE) hook(name, (args, later) => askOne(name, ONE[name], args, later));
  for (const name of TWO) hook(name, (args, later) => askTwo(name, args, later));
}

/**
 * The path for a call that ends after it returned: a change of directory, and
 * for the commonest calls a link that is turned round, come too late.
 */
function kept(call, path, real) {
  if (real !== undefined && P.includes(SUBSTITUTED, call)) return real;
  return typeof path === 'string' && path !== '' ? absolute(path) : path;
}

/** `/proc/<pid>/environ`, of whatever process. */
function isEnvironment(real) {
  return typeof real === 'string' && P.startsWith(real, '/proc/') && P.slice(real, -8) === '/environ';
}

/** Flags and mode of a call that opens; its options become a copy. */
function howOpened(call, args) {
  if (call === 'open') return { flags: flagOf(P.at(args, 1), 'r'), mode: P.at(args, 2) };
  const at = OPTIONS[call];
  if (typeof P.at(args, at) === 'object' && P.at(args, at) !== null) P.put(args, at, P.copy(P.at(args, at)));
  const options = typeof P.at(args, at) === 'object' && P.at(args, at) !== null ? P.at(args, at) : {};
  const flag = P.hasOwn(options, 'flag') ? options.flag : undefined;
  const mode = P.hasOwn(options, 'mode') ? options.mode : undefined;
  return { flags: flagOf(flag, call === 'readFile' ? 'r' : call === 'writeFile' ? 'w' : 'a'), mode };
}

module.exports = { install };
