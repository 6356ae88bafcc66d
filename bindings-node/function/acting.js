'use strict';
// The Sync calls that change what a path names and leave nothing open. About most nothing is to be said: the
// addon decides on what the paths say and makes the change, in one call. All others are asked
// about first.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { replace } = require('./replace.js');

const { unlinkSync, rmdirSync, mkdirSync, chmodSync, utimesSync, renameSync, linkSync, symlinkSync, copyFileSync } = fs;
/** See `src/act.rs`. */
const UNLINK = 0, RMDIR = 1, MKDIR = 2, CHMOD = 3, UTIMES = 4, RENAME = 5, LINK = 6, SYMLINK = 7, COPY = 8;
/** What the addon answers: it is done, or allowed, and Node is to make the error. */
const DONE = 0, ALLOWED = 1;
/** What else is asked about, and what Node may not take. */
const ASK = -1;
/** The mode that Node gives a new folder. */
const NEW = 0o777;

/** Puts them before the longer ways, which are in their places. */
function installActing(judge) {
  const { act } = judge;
  if (act === undefined) return;

  const removes = (name, what, remove) => replace(fs, name, (other) => function (path, options) {
    const answer = typeof path === 'string' && options === undefined ? act(what, path) : ASK;
    return answer === DONE ? undefined : answer === ALLOWED ? remove(path) : other(path, options);
  });
  removes('unlinkSync', UNLINK, unlinkSync);
  removes('rmdirSync', RMDIR, rmdirSync);

  const moves = (name, what, move) => replace(fs, name, (other) => function (from, to, mode) {
    const answer = typeof from === 'string' && typeof to === 'string' && mode === undefined ? act(what, from, to) : ASK;
    return answer === DONE ? undefined : answer === ALLOWED ? move(from, to) : other(from, to, mode);
  });
  moves('renameSync', RENAME, renameSync);
  moves('linkSync', LINK, linkSync);
  moves('copyFileSync', COPY, copyFileSync);

  replace(fs, 'symlinkSync', (other) => function (target, path, type) {
    const answer = typeof target === 'string' && typeof path === 'string' && type === undefined ? act(SYMLINK, path, target) : ASK;
    return answer === DONE ? undefined : answer === ALLOWED ? symlinkSync(target, path) : other(target, path, type);
  });
  replace(fs, 'mkdirSync', (other) => function (path, mode) {
    const answer = typeof path === 'string' && (mode === undefined || isWord(mode)) ? act(MKDIR, path, mode === undefined ? NEW : bitsOf(mode)) : ASK;
    return answer === DONE ? undefined : answer === ALLOWED ? mkdirSync(path, mode) : other(path, mode);
  });
  replace(fs, 'chmodSync', (other) => function (path, mode) {
    const answer = typeof path === 'string' && isWord(mode) ? act(CHMOD, path, bitsOf(mode)) : ASK;
    return answer === DONE ? undefined : answer === ALLOWED ? chmodSync(path, mode) : other(path, mode);
  });
  // How parts of a second are rounded depends on the version of Node.
  replace(fs, 'utimesSync', (other) => function (path, atime, mtime) {
    const answer = typeof path === 'string' && isWord(atime) && isWord(mtime) ? act(UTIMES, path, atime, mtime) : ASK;
    return answer === DONE ? undefined : answer === ALLOWED ? utimesSync(path, atime, mtime) : other(path, atime, mtime);
  });
}

function isWord(number) {
  return P.isInteger(number) && number >= 0 && number <= 0xffffffff;
}

/** The kernel looks at these bits alone. */
function bitsOf(mode) {
  return mode & 0o7777;
}

module.exports = { installActing };
