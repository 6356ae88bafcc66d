'use strict';
// Plain objects: what `{…}`, `JSON.parse` and `structuredClone` make, and what has no
// prototype. Own members are all that is read of any object. So a promise that nobody
// awaited, a map, or an object of a class whose members are accessors, would count as one
// in which nothing is said: what is not plain is wrong.

const P = require('./primordials.js');
const { WardlineError, wrongArgument } = require('./errors.js');

function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  const above = P.getPrototypeOf(value);
  return above === P.top || isTop(above);
}

/** No prototype, or that of plain objects in another context of `vm`. */
function isTop(prototype) {
  return prototype === null || (P.getPrototypeOf(prototype) === null && P.hasOwn(prototype, 'hasOwnProperty'));
}

/**
 * The own members of an object of options, each read once: what somebody gave to all
 * objects is nobody's choice. Others than the `known` are refused, if these are given.
 */
function own(name, options, known) {
  if (!isPlain(options)) throw wrongArgument(name, 'a plain object', options);
  const found = { __proto__: null };
  const names = P.keys(options);
  for (let index = 0; index < names.length; index++) {
    if (known !== undefined && !P.includes(known, names[index])) {
      throw new WardlineError('ERR_WARDLINE_ARGUMENT', `${name}: unknown \`${names[index]}\`; expected one of ${known.join(', ')}`);
    }
    found[names[index]] = options[names[index]];
  }
  return found;
}

module.exports = { isPlain, own };
