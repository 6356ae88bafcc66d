'use strict';
// Paths as the program gives them. What object one names, the addon finds out
// (`src/paths.rs`).

const nodePath = require('node:path');
const { fileURLToPath } = require('node:url');
const P = require('../lib/primordials.js');

const { cwd } = process;
const SLASH = 47;
const WHERE = 'uv_cwd';

// Node's `fs` asks it each time, and what it answers is opened.
for (const module of [nodePath, nodePath.posix]) {
  P.defineProperty(module, 'toNamespacedPath', { __proto__: null, value: nodePath.toNamespacedPath, writable: false, configurable: false });
}

/**
 * A path argument as a string, or as bytes that nobody else can change: what is
 * asked about must be what is used. Numbers are descriptors; what is no path
 * throws, as in Node.
 */
function taken(given) {
  if (typeof given !== 'object' || given === null) return given;
  if (P.typedTag(given) === 'Uint8Array') return P.copyOf(given);
  return fileURLToPath(given);
}

function isAbsolute(path) {
  return P.charCodeAt(path, 0) === SLASH;
}

/** From the working directory of now. */
function absolute(path) {
  return isAbsolute(path) ? path : `${cwd()}/${path}`;
}

/**
 * A path that was taken, below the directory that `folder` names, as text or bytes, if it is
 * relative: it names the same whatever the working directory becomes. Throws if that has no
 * name: a path that stays relative would be asked about in one directory and used in another.
 */
function settled(path, folder) {
  if (typeof path === 'string' ? path === '' || isAbsolute(path) : P.typedTag(path) !== 'Uint8Array' || path[0] === undefined || path[0] === SLASH) return path;
  // Node itself may give a name that the directory had before.
  const name = folder();
  if (name === undefined || !(typeof name === 'string' ? isAbsolute(name) : name[0] === SLASH)) throw gone();
  return typeof path === 'string' && typeof name === 'string' ? `${name}/${path}` : P.latin1(`${latin1(name)}/${latin1(path)}`);
}

/** The error of Node where there is no working directory. */
function gone() {
  const error = new P.Error(`ENOENT: no such file or directory, ${WHERE}`);
  const members = { __proto__: null, errno: -2, code: 'ENOENT', syscall: WHERE };
  for (const name in members) P.defineProperty(error, name, { __proto__: null, value: members[name], writable: true, enumerable: true, configurable: true });
  return error;
}

/** Whether that is what was thrown. */
function isGone(error) {
  return typeof error === 'object' && error !== null && error.syscall === WHERE;
}

/** The bytes of text, or bytes, one character each. */
function latin1(path) {
  return P.latin1Slice(typeof path === 'string' ? P.utf8(path) : path);
}

/** As the system reads text that Node does not look into: up to a zero byte. */
function untilZero(text) {
  const end = P.indexOf(text, '\0');
  return end < 0 ? text : P.slice(text, 0, end);
}

/** How errors show it. */
function shown(path) {
  return typeof path === 'string' ? path : P.latin1Slice(path);
}

module.exports = { taken, settled, isGone, absolute, isAbsolute, untilZero, shown };
