'use strict';
// Files that are open already. What may be read and written was decided when they
// were opened; mode, owner and times need no right to write, and are asked about.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { replace } = require('./replace.js');
const { modeOf } = require('./flags.js');

const { readlinkSync } = fs;
const { nextTick } = process;
const CALLS = { __proto__: null, fchmod: 'chmod', fchown: 'chown', futimes: 'utimes' };

function installDescriptors(judge) {
  /** The object that every FileHandle inherits from: Node gives it to nobody before one is open. */
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

  /** Before the first handle is given to the program, its methods ask. */
  const opened = (handle) => {
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

  const isHandle = (value) => {
    if (typeof value !== 'object' || value === null || handles === undefined) return false;
    for (let above = P.getPrototypeOf(value); above !== null; above = P.getPrototypeOf(above)) if (above === handles) return true;
    return false;
  };
  return { opened, isHandle };
}

module.exports = { installDescriptors };
