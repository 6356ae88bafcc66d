'use strict';
// The Sync calls that change what a path names and leave nothing open. About most nothing is to
// be said: the addon decides on what the paths say and makes the change, in one call. All others
// are asked about first.

const fs = require('node:fs');
const { getSystemErrorMap } = require('node:util');
const P = require('../lib/primordials.js');
const { replace } = require('./replace.js');

/** See `src/act.rs`. */
const UNLINK = 0, RMDIR = 1, MKDIR = 2, CHMOD = 3, UTIMES = 4, RENAME = 5, LINK = 6, SYMLINK = 7, COPY = 8;
/** What the addon answers, if not the number of an error. */
const DONE = 0, ASK = -1;
/** The mode that Node gives a new folder. */
const NEW = 0o777;

/** Name and text of each error by its number; Node makes another map each time, which takes long. */
let errors;

/** Puts them before the longer ways, which are in their places. */
function installActing(judge) {
  const { act } = judge;
  if (act === undefined) return;

  const removes = (call, what) => replace(fs, `${call}Sync`, (other) => function (path, options) {
    const answer = typeof path === 'string' && options === undefined ? act(what, path) : ASK;
    return isDone(answer, call, path) ? undefined : other(path, options);
  });
  removes('unlink', UNLINK);
  removes('rmdir', RMDIR);

  const moves = (call, what) => replace(fs, `${call}Sync`, (other) => function (from, to, mode) {
    const answer = typeof from === 'string' && typeof to === 'string' && mode === undefined ? act(what, from, to) : ASK;
    return isDone(answer, call, from, to) ? undefined : other(from, to, mode);
  });
  moves('rename', RENAME);
  moves('link', LINK);
  moves('copyFile', COPY);

  replace(fs, 'symlinkSync', (other) => function (target, path, type) {
    const answer = typeof target === 'string' && typeof path === 'string' && type === undefined ? act(SYMLINK, path, target) : ASK;
    return isDone(answer, 'symlink', target, path) ? undefined : other(target, path, type);
  });
  replace(fs, 'mkdirSync', (other) => function (path, mode) {
    const answer = typeof path === 'string' && (mode === undefined || isWord(mode)) ? act(MKDIR, path, mode === undefined ? NEW : bitsOf(mode)) : ASK;
    return isDone(answer, 'mkdir', path) ? undefined : other(path, mode);
  });
  replace(fs, 'chmodSync', (other) => function (path, mode) {
    const answer = typeof path === 'string' && isWord(mode) ? act(CHMOD, path, bitsOf(mode)) : ASK;
    return isDone(answer, 'chmod', path) ? undefined : other(path, mode);
  });
  // How parts of a second are rounded depends on the version of Node.
  replace(fs, 'utimesSync', (other) => function (path, atime, mtime) {
    const answer = typeof path === 'string' && isWord(atime) && isWord(mtime) ? act(UTIMES, path, atime, mtime) : ASK;
    return isDone(answer, 'utime', path) ? undefined : other(path, atime, mtime);
  });
}

/** Whether there is nothing left to do. Throws the error that the system gave. */
function isDone(answer, call, path, target) {
  if (answer === DONE) return true;
  if (answer === ASK) return false;
  errors ??= getSystemErrorMap();
  const known = P.mapGet(errors, -answer);
  // How an error shows half a surrogate pair depends on the version of Node.
  if (known === undefined || !P.isWellFormed(path) || (target !== undefined && !P.isWellFormed(target))) return false;
  const message = `${known[0]}: ${known[1]}, ${call} '${path}'`;
  if (target === undefined) throw new Refused(new P.Error(message), -answer, known[0], call, path);
  throw new RefusedTwo(new P.Error(`${message} -> '${target}'`), -answer, known[0], call, path, target);
}

class Given {
  constructor(given) { return given; }
}

/** Gives an error its members: fields meet no setter, and `Object.defineProperty` takes 3 µs for them. */
class Refused extends Given {
  errno; code; syscall; path;
  constructor(error, errno, code, syscall, path) {
    super(error);
    this.errno = errno;
    this.code = code;
    this.syscall = syscall;
    this.path = path;
  }
}

class RefusedTwo extends Refused {
  dest;
  constructor(error, errno, code, syscall, path, dest) {
    super(error, errno, code, syscall, path);
    this.dest = dest;
  }
}

function isWord(number) {
  return P.isInteger(number) && number >= 0 && number <= 0xffffffff;
}

/** The kernel looks at these bits alone. */
function bitsOf(mode) {
  return mode & 0o7777;
}

module.exports = { installActing };
