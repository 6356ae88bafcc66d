'use strict';
// The object that a path names, as the kernel would find it now.

const fs = require('node:fs');
const { fileURLToPath } = require('node:url');
const P = require('../lib/primordials.js');

const { native: realpath } = fs.realpathSync;
const { readlinkSync, statSync } = fs;
const { cwd } = process;
const lastIndexOf = P.uncurry(String.prototype.lastIndexOf);
const slice = P.uncurry(String.prototype.slice);
const charAt = P.uncurry(String.prototype.charAt);
const includes = P.uncurry(String.prototype.includes);
const bufferText = P.uncurry(Buffer.prototype.latin1Slice);

const LINKS = 40;

/**
 * The real path: a string, or bytes where it is no UTF-8. With `nofollow`, a link
 * at the end is the object itself. `undefined` for what is no path, and for
 * pipes, terminals and sockets, which no rule is about.
 */
function resolve(given, nofollow) {
  let path = given;
  if (typeof path === 'object' && path !== null && typeof path.href === 'string') path = fileURLToPath(path);
  if (P.typedTag(path) === 'Uint8Array') return resolveBytes(path, nofollow);
  if (typeof path !== 'string' || path === '' || includes(path, '\0')) return undefined;
  return resolveText(path, nofollow, 'utf8', 0);
}

/** Latin-1 keeps every byte apart while text functions take the path to pieces. */
function resolveBytes(bytes, nofollow) {
  const text = bufferText(P.bufferFrom(bytes));
  const found = text === '' || includes(text, '\0') ? undefined : resolveText(text, nofollow, 'latin1', 0);
  return found === undefined ? undefined : P.bufferFrom(found, 'latin1');
}

function resolveText(path, nofollow, encoding, links) {
  const asked = (text) => (encoding === 'utf8' ? text : P.bufferFrom(text, 'latin1'));
  if (!nofollow) {
    try {
      return realpath(asked(path), { encoding });
    } catch (error) {
      if (error.code !== 'ENOENT') return absolute(path);
    }
  }
  // What is open but has no name: a pipe, a terminal, a socket.
  if (!nofollow && isNameless(asked(path))) return undefined;
  // The last component is a link that leads nowhere yet, or new.
  if (!nofollow && links < LINKS) {
    try {
      const target = readlinkSync(asked(path), { encoding });
      return resolveText(charAt(target, 0) === '/' ? target : `${parent(path)}/${target}`, false, encoding, links + 1);
    } catch {
      // No link: new.
    }
  }
  while (path.length > 1 && charAt(path, path.length - 1) === '/') path = slice(path, 0, -1);
  const name = slice(path, lastIndexOf(path, '/') + 1);
  if (name === '..' || name === '.' || path === '/') return absolute(path);
  const above = resolveText(parent(path), false, encoding, links + 1);
  return above === undefined ? undefined : `${above === '/' ? '' : above}/${name}`;
}

function parent(path) {
  const at = lastIndexOf(path, '/');
  return at < 0 ? '.' : at === 0 ? '/' : slice(path, 0, at);
}

/** What cannot be resolved is asked about as it is. */
function absolute(path) {
  return charAt(path, 0) === '/' ? path : `${cwd()}/${path}`;
}

function isNameless(path) {
  try {
    const stat = statSync(path);
    return !stat.isFile() && !stat.isDirectory();
  } catch {
    return false;
  }
}

module.exports = { resolve };
