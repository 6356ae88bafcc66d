'use strict';
// What the flags that a file is opened with let the program do.

const fs = require('node:fs');
const P = require('../lib/primordials.js');

const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND } = fs.constants;
const ACCESS = 3;

/** As Node takes it: what is nothing is the call's own default. */
function flagOf(given, otherwise) {
  return given ? given : typeof given === 'number' && otherwise === 'r' ? given : otherwise;
}

/** Flags as Node reads them: text in any of its orders, or a number. */
function touchesFlags(flags) {
  const bits = typeof flags === 'number' ? flags : typeof flags === 'string' ? bitsOf(flags) : 0;
  const access = bits & ACCESS;
  return {
    reads: access !== O_WRONLY,
    writes: access !== 0 || (bits & (O_CREAT | O_TRUNC | O_APPEND)) !== 0,
    creates: (bits & O_CREAT) !== 0,
  };
}

function bitsOf(text) {
  const plus = P.textIncludes(text, '+');
  if (P.textIncludes(text, 'w')) return (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
  if (P.textIncludes(text, 'a')) return (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
  return plus ? O_RDWR : 0;
}

/** A mode as a number, if it is one. */
function modeOf(mode) {
  const number = typeof mode === 'string' ? P.parseInt(mode, 8) : mode;
  return P.isInteger(number) && number >= 0 && number <= 0xffffffff ? number : undefined;
}

module.exports = { touchesFlags, flagOf, modeOf };
