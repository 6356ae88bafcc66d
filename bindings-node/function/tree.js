'use strict';
// What a copy of a directory reads and writes.

const fs = require('node:fs');
const P = require('../lib/primordials.js');

const { lstatSync, statSync, readdirSync } = fs;
const IFMT = 0o170000, IFDIR = 0o040000, IFLNK = 0o120000;

/**
 * Visits `from` and, if the options say that directories are copied, everything
 * below, each with the name that it gets below `to`; ends when `visit` says so. A
 * link that is copied as a link is not read.
 */
function tree(from, to, options, visit) {
  const recursive = options?.recursive === true;
  const stat = options?.dereference ? statSync : lstatSync;
  const walk = (source, target, top) => {
    let type;
    try {
      type = stat(source).mode & IFMT;
    } catch {
      // Not there: the copy fails as it does without a wrapper.
    }
    if ((top || type !== IFLNK) && !visit(source, target)) return false;
    if (type !== IFDIR || !recursive) return true;
    const names = readdirSync(source, 'latin1');
    for (let index = 0; index < names.length; index++) {
      if (!walk(below(source, names[index]), below(target, names[index]), false)) return false;
    }
    return true;
  };
  walk(from, to, true);
}

/** The path of an entry, whatever bytes its name has. */
function below(folder, name) {
  const path = P.latin1(`${P.latin1Slice(typeof folder === 'string' ? P.utf8(folder) : folder)}/${name}`);
  return path;
}

module.exports = { tree };
