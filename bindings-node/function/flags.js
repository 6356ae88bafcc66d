'use strict';
// What the flags that a file is opened with let the program do.

const fs = require('node:fs');
const P = require('../lib/primordials.js');
const { FILE_OPERATIONS } = require('../lib/vocabulary.js');

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC } = fs.constants;
const ACCESS = 3;
/** Flags with which a file opens as any does. */
const PLAIN = ACCESS | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_SYNC;
const READ = 1 << FILE_OPERATIONS.read, CREATE = 1 << FILE_OPERATIONS.create, MODIFY = 1 << FILE_OPERATIONS.modify;
/** The texts that Node takes. */
const TEXTS = 'r rs sr r+ rs+ sr+ w wx xw w+ wx+ xw+ a ax xa as sa a+ ax+ xa+ as+ sa+';
const BITS = { __proto__: null };
for (const text of TEXTS.split(' ')) BITS[text] = bitsOf(text);
P.freeze(BITS);

/** As Node takes it: what is nothing is the call's own default. */
function flagOf(given, otherwise) {
  return given ? given : typeof given === 'number' && otherwise === 'r' ? given : otherwise;
}

/** Flags as a number; `undefined` for those that Node does not take, and for unusual ones. */
function plainFlags(flags) {
  const bits = typeof flags === 'string' ? BITS[flags] : flags;
  if (typeof bits !== 'number' || (bits & PLAIN) !== bits || (bits & ACCESS) === ACCESS) return undefined;
  return (bits & (O_CREAT | O_EXCL)) === O_EXCL ? undefined : bits;
}

/** The operations that a number of flags may be, one bit for each. */
function operationsOf(bits) {
  const access = bits & ACCESS;
  const reads = access !== O_WRONLY ? READ : 0;
  if (access === 0 && (bits & (O_CREAT | O_TRUNC | O_APPEND)) === 0) return reads;
  if ((bits & O_CREAT) === 0) return reads | MODIFY;
  // What must be new is not there already.
  return reads | CREATE | ((bits & O_EXCL) === 0 ? MODIFY : 0);
}

/** What is asked about flags as Node reads them: text in any of its orders, or a number. */
function touchesFlags(flags) {
  const operations = operationsOf(typeof flags === 'number' ? flags : typeof flags === 'string' ? bitsOf(flags) : 0);
  return {
    reads: (operations & READ) !== 0,
    writes: (operations & CREATE) !== 0 ? 'write' : (operations & MODIFY) !== 0 ? 'modify' : undefined,
  };
}

function bitsOf(text) {
  const plus = P.textIncludes(text, '+');
  const more = (P.textIncludes(text, 'x') ? O_EXCL : 0) | (P.textIncludes(text, 's') ? O_SYNC : 0);
  if (P.textIncludes(text, 'w')) return more | (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
  if (P.textIncludes(text, 'a')) return more | (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
  return more | (plus ? O_RDWR : 0);
}

/** A mode as a number, if it is one. */
function modeOf(mode) {
  const number = typeof mode === 'string' ? P.parseInt(mode, 8) : mode;
  return P.isInteger(number) && number >= 0 && number <= 0xffffffff ? number : undefined;
}

module.exports = { plainFlags, operationsOf, touchesFlags, flagOf, modeOf };
