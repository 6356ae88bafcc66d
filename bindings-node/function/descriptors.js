'use strict';
// Files that are open already. What may be read and written was decided when they
// were opened; mode, owner and times need no right to write, and are asked about.

const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const { isProxy } = require('node:util').types;
const P = require('../lib/primordials.js');
const { ownClasses } = require('./builtin.js');
const { replace, replaceClass } = require('./replace.js');
const { modeOf } = require('./flags.js');

const { readlinkSync } = fs;
const { nextTick } = process;
const CALLS = { __proto__: null, fchmod: 'chmod', fchown: 'chown', futimes: 'utimes' };
/** What only our own definition of a handle's `href` can be. */
const NO_ADDRESS = { __proto__: null, value: undefined, writable: false, enumerable: false, configurable: false };

// A promise asks what it is given for `then`: a getter that somebody gave to all objects
// would have the first handle before its methods ask. Handles inherit from emitters.
P.defineProperty(EventEmitter.prototype, 'then', {
  __proto__: null,
  get() { return undefined; },
  set(value) { if (this !== EventEmitter.prototype) P.put(this, 'then', value); },
  enumerable: false,
  configurable: false,
});

function installDescriptors(judge) {
  /** What every FileHandle inherits from: Node gives it to nobody before one is open. */
  let handles;

  const ask = (call, descriptor, mode) => {
    const number = P.Number(descriptor);
    let path;
    try {
      path = readlinkSync(`/proc/self/fd/${number}`);
    } catch {
      return undefined;
    }
    if (P.charCodeAt(path, 0) !== 47) return undefined;
    return judge.file(call, path, 'attributes', path, undefined, call === 'fchmod' ? modeOf(mode) : undefined);
  };

  /** The program's own reports must not end: nobody may take the descriptor's number. */
  const closes = (descriptor) => (descriptor === judge.descriptor && descriptor !== 2 ? judge.around('close', `${descriptor}`) : undefined);

  const hook = (name, question) => {
    replace(fs, `${name}Sync`, (original) => function (...args) {
      const error = question(args);
      if (error !== undefined) throw error;
      return P.apply(original, this, args);
    });
    replace(fs, name, (original) => function (...args) {
      const error = question(args);
      const callback = P.at(args, args.length - 1);
      if (error === undefined || typeof callback !== 'function') return P.apply(original, this, args);
      nextTick(callback, error);
      return undefined;
    });
  };
  for (const call in CALLS) hook(call, (args) => ask(call, P.at(args, 0), P.at(args, 1)));
  hook('close', (args) => closes(P.at(args, 0)));

  // What is made of a number closes it. Node gives the class to nobody, but a handle names it.
  const { FileHandle } = ownClasses('fs');
  if (FileHandle !== undefined) replaceClass(FileHandle.prototype, 'constructor', (original) => function (...args) {
    P.put(args, 0, P.Number(P.at(args, 0)));
    const error = closes(args[0] | 0);
    if (error !== undefined) throw error;
    return P.construct(original, args, new.target ?? original);
  });

  /** Before a handle is given to the program: its methods ask, and it is no path for good. */
  const opened = (handle) => {
    // Node takes for the address of a file whatever has one, and looks at the class of a
    // handle later than we do.
    P.defineProperty(handle, 'href', NO_ADDRESS);
    if (handles !== undefined) return handle;
    handles = P.getPrototypeOf(handle);
    const number = P.uncurry(P.getOwnPropertyDescriptor(handles, 'fd').get);
    for (const call in CALLS) {
      replace(handles, CALLS[call], (original) => function (...args) {
        const error = ask(call, number(this), P.at(args, 0));
        return error === undefined ? P.apply(original, this, args) : P.reject(error);
      });
    }
    return handle;
  };

  /** Whether Node can take a value for no path, whatever somebody makes of it meanwhile. */
  const isHandle = (value) => {
    if (typeof value !== 'object' || value === null || isProxy(value) || P.typedTag(value) !== undefined) return false;
    const address = P.getOwnPropertyDescriptor(value, 'href');
    return address !== undefined && !address.configurable && P.hasOwn(address, 'value') && !address.writable && address.value === undefined;
  };
  return { opened, isHandle };
}

module.exports = { installDescriptors };
