'use strict';
// The Sync calls that open a file. About most nothing is to be said: the addon decides on
// what the path says and opens it, in one call. All others are asked about first.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { plainFlags, operationsOf, flagOf } = require('./flags.js');

const unwatched = { openSync: fs.openSync, closeSync: fs.closeSync, writeFileSync: fs.writeFileSync };
/** How these open, if not told otherwise. */
const FLAGS = P.freeze({ __proto__: null, readFile: 'r', writeFile: 'w', appendFile: 'a' });
/** Encodings that every Node takes, by their usual names. */
const ENCODINGS = { __proto__: null };
for (const name of ['utf8', 'utf-8', 'latin1', 'binary', 'ascii', 'hex', 'base64', 'base64url', 'utf16le', 'ucs2']) ENCODINGS[name] = true;
P.freeze(ENCODINGS);

/**
 * What makes the Sync calls, by name. `asked(name, path, flags, mode)` is the error of
 * opening a file; `isHandle` knows values that name none.
 */
function createOpening(judge, isHandle, asked) {
  const { openSync, closeSync, writeFileSync } = unwatched;
  const { open, taken } = judge;

  // A descriptor, or -1. What is wrong with the arguments is left to Node.
  const directly = (path, flags, mode) => {
    if (open === undefined || typeof path !== 'string') return -1;
    const bits = plainFlags(flags);
    if (bits === undefined) return -1;
    if (mode === undefined || mode === null) return open(path, operationsOf(bits), bits, -1);
    // The kernel looks at these bits alone.
    return P.isInteger(mode) && mode >= 0 && mode <= 0xffffffff ? open(path, operationsOf(bits), bits, mode & 0o7777) : -1;
  };

  const isNoPath = (path) => typeof path === 'number' || isHandle(path);

  /** Opens what Node is to read or write: given the path, it would ask again by `fs.openSync`. */
  const opened = (name, path, { flags, mode }) => {
    const descriptor = directly(path, flags, mode);
    if (descriptor >= 0) return descriptor;
    const error = asked(name, path, flags, mode);
    if (error !== undefined) throw error;
    return openSync(path, flags, mode);
  };

  const writes = (name) => (original) => function (path, data, options) {
    if (isNoPath(path)) return original(path, data, options);
    const own = taken(path);
    const given = copied(options);
    const how = howOpened(name, given);
    // Node refuses some before it opens anything, and a file that it did not open stays whole.
    if (!isSure(data, given)) {
      const error = asked(name, own, how.flags, how.mode);
      if (error !== undefined) throw error;
      return original(own, data, given);
    }
    const descriptor = opened(name, own, how);
    try {
      return writeFileSync(descriptor, data, given);
    } finally {
      closeSync(descriptor);
    }
  };

  return {
    __proto__: null,
    open: (original) => function (path, flags, mode) {
      const descriptor = directly(path, flags ?? 'r', mode);
      if (descriptor >= 0) return descriptor;
      if (isNoPath(path)) return original(path, flags, mode);
      const own = taken(path);
      const error = asked('open', own, flagOf(flags, 'r'), mode);
      if (error !== undefined) throw error;
      return original(own, flags, mode);
    },
    readFile: (original) => function (path, options) {
      if (isNoPath(path)) return original(path, options);
      const given = copied(options);
      const descriptor = opened('readFile', taken(path), howOpened('readFile', given));
      try {
        return original(descriptor, given);
      } finally {
        closeSync(descriptor);
      }
    },
    writeFile: writes('writeFile'),
    appendFile: writes('appendFile'),
  };
}

/** Options that nobody else can change. */
function copied(options) {
  return typeof options === 'object' && options !== null ? P.copy(options) : options;
}

/** Flags and mode of a call that opens and reads or writes, by its options, which are copied. */
function howOpened(call, options) {
  const has = typeof options === 'object' && options !== null;
  const flags = flagOf(has ? options.flag : undefined, FLAGS[call]);
  return { flags, mode: has && call !== 'readFile' ? options.mode : undefined };
}

/** Whether Node takes what is written, and all options but those that it opens with. */
function isSure(data, options) {
  if (typeof data !== 'string' && P.typedTag(data) === undefined) return false;
  if (options === undefined || options === null) return true;
  if (typeof options === 'string') return ENCODINGS[options] === true;
  if (typeof options !== 'object' || options.signal !== undefined) return false;
  if (options.flush !== undefined && typeof options.flush !== 'boolean') return false;
  return options.encoding === undefined || (typeof options.encoding === 'string' && ENCODINGS[options.encoding] === true);
}

module.exports = { createOpening, copied, howOpened };
