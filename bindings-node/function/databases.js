'use strict';
// Databases of SQLite, where this Node has it. SQL that names other files is not
// looked into.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { replace, replaceClass } = require('./replace.js');
const { inBuiltin } = require('./builtin.js');
const { taken } = require('./paths.js');

const { existsSync } = fs;
const { decodeURIComponent } = globalThis;
const SCHEME = 'file:';

function install(judge) {
  if (!judge.has('file')) return;

  /** Asks about the files that a location may be; SQLite reads some text as a URI. */
  const opens = (call, location, reads, writes) => {
    const error = one(call, location, reads, writes);
    if (error !== undefined || typeof location !== 'string' || !P.startsWith(location, SCHEME)) return error;
    const path = pathOf(location);
    return path === undefined ? judge.around(call, location) : one(call, path, reads, writes);
  };
  const one = (call, path, reads, writes) => {
    if (path === ':memory:' || path === '') return undefined;
    const error = reads ? judge.touch(call, path, 'read', false) : undefined;
    return error !== undefined || !writes ? error : judge.touch(call, path, existsSync(path) ? 'modify' : 'create', false);
  };

  // What SQLite does not take for a path stays what it is.
  const named = (given) => {
    const name = taken(given);
    const text = P.typedTag(name) === 'Uint8Array' ? P.latin1Slice(name) : name;
    return text === ':memory:' || (typeof text === 'string' && P.startsWith(text, SCHEME)) ? name : judge.taken(name);
  };

  inBuiltin('sqlite', (sqlite) => {
    replaceClass(sqlite, 'DatabaseSync', (original) => function DatabaseSync(given, options) {
      const path = named(given);
      const own = typeof options === 'object' && options !== null ? P.copy(options) : options;
      const error = isPath(path) ? opens('DatabaseSync', path, true, own?.readOnly !== true) : undefined;
      if (error !== undefined) throw error;
      return P.construct(original, own === undefined ? [path] : [path, own], new.target ?? DatabaseSync);
    });
    replace(sqlite, 'backup', (original) => function (...args) {
      if (args.length < 2) return P.apply(original, this, args);
      const path = named(args[1]);
      const error = isPath(path) ? opens('backup', path, false, true) : undefined;
      if (error !== undefined) return P.reject(error);
      // It goes on after it returned, when the working directory may be another.
      P.put(args, 1, typeof path === 'string' && path !== '' && !P.startsWith(path, SCHEME) ? judge.real() ?? path : path);
      return P.apply(original, this, args);
    });
  });
}

/** Anything else fails in Node itself. */
const isPath = (path) => typeof path === 'string' || (typeof path === 'object' && path !== null);

/**
 * The path of a URI as SQLite reads it (sqlite.org/uri.html): without authority,
 * query and fragment, decoded. `undefined` if it cannot be told.
 */
function pathOf(uri) {
  let path = P.slice(uri, SCHEME.length, endOf(uri));
  if (P.startsWith(path, '//')) {
    const at = P.indexOf(path, '/', 2);
    if (at < 0) return undefined;
    path = P.slice(path, at);
  }
  try {
    path = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  return P.textIncludes(path, '\0') ? undefined : path;
}

function endOf(uri) {
  const query = P.indexOf(uri, '?');
  const fragment = P.indexOf(uri, '#');
  const end = query < 0 || (fragment >= 0 && fragment < query) ? fragment : query;
  return end < 0 ? uri.length : end;
}

module.exports = { install };
