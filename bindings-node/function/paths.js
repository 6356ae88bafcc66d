'use strict';
// The object that a path names, as the kernel would find it now.

const fs = require('node:fs');
const nodePath = require('node:path');
const { fileURLToPath } = require('node:url');
const P = require('../lib/primordials.js');

const { native: realpath } = fs.realpathSync;
const { lstatSync, readlinkSync, statSync } = fs;
const { cwd } = process;

const LINKS = 40;
const SLASH = 47;
const UTF8 = { __proto__: null, encoding: 'utf8' };
const LATIN1 = { __proto__: null, encoding: 'latin1' };
const QUIET = { __proto__: null, throwIfNoEntry: false };

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

/**
 * The real path of what `taken` gave: a string, or bytes where it is no UTF-8.
 * With `nofollow`, a link at the end is the object itself. `undefined` for what
 * is no path, and for pipes, terminals and sockets, which no rule is about.
 */
function resolve(path, nofollow) {
  if (typeof path !== 'string') return P.typedTag(path) === 'Uint8Array' ? resolveBytes(path, nofollow) : undefined;
  if (path === '' || P.textIncludes(path, '\0')) return undefined;
  const found = resolveText(path, nofollow, UTF8, 0);
  // Half a surrogate pair, or a name on disk that is no UTF-8: by its bytes.
  if (found === undefined || !P.textIncludes(found, '\ufffd') && P.isWellFormed(found)) return found;
  return resolveBytes(P.utf8(path), nofollow);
}

/** Latin-1 keeps every byte apart while text functions take the path to pieces. */
function resolveBytes(bytes, nofollow) {
  const text = P.latin1Slice(bytes);
  const found = text === '' || P.textIncludes(text, '\0') ? undefined : resolveText(text, nofollow, LATIN1, 0);
  return found === undefined ? undefined : P.latin1(found);
}

function resolveText(path, nofollow, encoding, links) {
  const asked = encoding === UTF8 ? path : P.latin1(path);
  if (!nofollow) {
    try {
      return realpath(asked, encoding);
    } catch (error) {
      if (error.code !== 'ENOENT') return absolute(path);
    }
    // Either new, or a link: to what is open but has no name (a pipe, a terminal, a
    // socket), or to what is not there yet. Errors are slow, so it is asked first.
    if (typeOf(lstatSync, asked) === IFLNK) {
      const type = typeOf(statSync, asked);
      if (type !== undefined && type !== IFREG && type !== IFDIR) return undefined;
      if (links < LINKS) {
        try {
          const target = readlinkSync(asked, encoding);
          return resolveText(isAbsolute(target) ? target : `${parent(path)}/${target}`, false, encoding, links + 1);
        } catch {
          // Gone meanwhile: new.
        }
      }
    }
  }
  while (path.length > 1 && P.charCodeAt(path, path.length - 1) === SLASH) path = P.slice(path, 0, -1);
  const name = P.slice(path, P.lastIndexOf(path, '/') + 1);
  if (name === '..' || name === '.' || path === '/' || links > LINKS) return absolute(path);
  const above = resolveText(parent(path), false, encoding, links + 1);
  return above === undefined ? undefined : `${above === '/' ? '' : above}/${name}`;
}

function parent(path) {
  const at = P.lastIndexOf(path, '/');
  return at < 0 ? '.' : at === 0 ? '/' : P.slice(path, 0, at);
}

function isAbsolute(path) {
  return P.charCodeAt(path, 0) === SLASH;
}

/** What cannot be resolved is asked about as it is. */
function absolute(path) {
  return isAbsolute(path) ? path : `${cwd()}/${path}`;
}

const IFMT = 0o170000, IFREG = 0o100000, IFDIR = 0o040000, IFLNK = 0o120000;

function typeOf(stat, path) {
  try {
    const found = stat(path, QUIET);
    return found === undefined ? undefined : found.mode & IFMT;
  } catch {
    return undefined;
  }
}

/** How errors show it. */
function shown(path) {
  return typeof path === 'string' ? path : P.latin1Slice(path);
}

module.exports = { taken, resolve, absolute, isAbsolute, shown };
