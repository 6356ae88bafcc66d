'use strict';
// Files: callbacks, the Sync forms and promises. Streams open with `fs.open`.
//
// What is asked about is what is used: paths are taken once, options copied once,
// and calls that go on after they return get the real path that was asked about.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { whenLoaded } = require('./builtin.js');
const { replace } = require('./replace.js');
const { touchesFlags, flagOf, modeOf } = require('./flags.js');
const { installDescriptors } = require('./descriptors.js');
const { createOpening, copied, howOpened } = require('./opening.js');
const { installActing } = require('./acting.js');
const { tree } = require('./tree.js');
const { touchAll } = require('./environment.js');
const { isGone } = require('./paths.js');

const { nextTick } = process;
/** Loads the promises when they are asked for; by now it may be the program's own. */
const { get: promisesOf } = P.getOwnPropertyDescriptor(fs, 'promises');

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
/** Calls whose second argument is the mode that a file gets. */
const MODES = ['chmod', 'lchmod'];
/** Where the options stand. */
const OPTIONS = {
  __proto__: null, readFile: 1, writeFile: 2, appendFile: 2,
  openAsBlob: 1, readdir: 1, opendir: 1, rm: 1, rmdir: 1, mkdir: 1, mkdtemp: 1, mkdtempDisposable: 1,
};
const NOTHING = P.freeze([]);

function install(judge) {
  if (!judge.has('file') && !judge.has('credential')) return;
  const { isHandle, opened } = installDescriptors(judge);
  const { list, taken, fixed } = judge;

  const environment = process.env;
  const readsAll = (call) => touchAll(judge, call, environment);
  const file = (call, operation, path, nofollow, mode) => judge.touch(call, path, operation, nofollow, mode, undefined, readsAll);

  /** Asks about a call with one path, and changes its arguments to what was asked about. */
  const askOne = (call, args, later) => {
    if (args.length === 0 || typeof args[0] === 'number' || isHandle(args[0])) return undefined;
    // Before the question: what reads them may change what the path names.
    const at = OPTIONS[call.name];
    if (at < args.length) args[at] = copied(args[at]);
    const path = later ? fixed(args[0]) : taken(args[0]);
    const error = call.operation === 'open'
      ? askOpened(call.name, path, args)
      : file(call.name, call.operation, path, call.nofollow, call.mode ? modeOf(P.at(args, 1)) : undefined);
    // An own element: no setter that somebody gave to all arrays is met.
    // For the commonest calls, a link that is turned round after the call comes too late.
    args[0] = later && call.substituted ? judge.real() ?? path : path;
    return error;
  };

  const askOpened = (name, path, args) => {
    if (name === 'open') return askOpen(name, path, flagOf(P.at(args, 1), 'r'), P.at(args, 2));
    const { flags, mode } = howOpened(name, P.at(args, OPTIONS[name]));
    return askOpen(name, path, flags, mode);
  };

  const askOpen = (name, path, flags, mode) => {
    if (flags === 'r') return file(name, 'read', path, false, undefined);
    const { reads, writes } = touchesFlags(flags);
    const error = reads ? file(name, 'read', path, false, undefined) : undefined;
    if (error !== undefined || writes === undefined) return error;
    return file(name, writes, path, false, writes === 'write' ? modeOf(mode) : undefined);
  };

  const askTwo = ({ name }, args, later) => {
    if (args.length < 2) return undefined;
    // The text of a symbolic link is no path yet.
    const path = later ? fixed : taken;
    const from = name === 'symlink' ? args[0] : path(args[0]);
    const to = path(args[1]);
    args[0] = from;
    args[1] = to;
    switch (name) {
      case 'symlink':
        return file(name, 'create', to, true);
      case 'copyFile':
        return file(name, 'read', from, false) ?? file(name, 'write', to, false);
      case 'cp': {
        if (typeof P.at(args, 2) === 'object' && args[2] !== null) args[2] = P.copy(args[2]);
        let error;
        tree(from, to, P.at(args, 2), (source, target) => {
          error ??= file(name, 'read', source, false);
          error ??= file(name, 'write', target, false);
          return error === undefined;
        });
        return error;
      }
      default:
        return judge.touch(name, from, name, true, undefined, to, readsAll);
    }
  };

  const opening = createOpening(judge, isHandle, askOpen);
  /** Changes to the promises, which Node loads when somebody asks for them. */
  const promised = [];
  const hook = (call, ask) => {
    const { name } = call;
    replace(fs, `${name}Sync`, opening[name] ?? ((original) => function (...args) {
      const error = ask(call, args, false);
      if (error !== undefined) throw error;
      return P.apply(original, this, args);
    }));
    P.push(promised, (promises) => replace(promises, name, (original) => function (...args) {
      let error;
      try {
        error = ask(call, args, true);
      } catch (wrong) {
        error = wrong;
      }
      if (error !== undefined) return P.reject(error);
      const promise = P.apply(original, this, args);
      return name === 'open' ? P.then(promise, opened) : promise;
    }));
    replace(fs, name, (original) => {
      return function (...args) {
        let error;
        try {
          error = ask(call, args, true);
        } catch (wrong) {
          // What else is wrong with arguments, Node throws too.
          if (!isGone(wrong)) throw wrong;
          error = wrong;
        }
        if (error === undefined) return P.apply(original, this, args);
        if (name === 'openAsBlob') return P.reject(error);
        const callback = P.at(args, args.length - 1);
        // Without a callback Node throws, before it does anything.
        if (typeof callback !== 'function') return P.apply(original, this, args);
        nextTick(callback, error);
        return undefined;
      };
    });
  };
  for (const name in ONE) {
    const [nofollow, substituted, mode] = [NOFOLLOW, SUBSTITUTED, MODES].map((names) => names.includes(name));
    hook(P.freeze({ name, operation: ONE[name], nofollow, substituted, mode }), askOne);
  }
  for (const name of TWO) hook(P.freeze({ name }), askTwo);
  replace(fs, 'readdirSync', (other) => function (path, options) {
    const plain = list !== undefined && typeof path === 'string' && (options === undefined || options === 'utf8');
    const names = plain ? list(path) : undefined;
    return names === undefined ? other(path, options) : P.parse(names);
  });
  installActing(judge);
  whenLoaded('internal/fs/promises', () => {
    const promises = P.apply(promisesOf, fs, NOTHING);
    for (let index = 0; index < promised.length; index++) promised[index](promises);
  });
}

module.exports = { install };
