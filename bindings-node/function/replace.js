'use strict';
// Replaces functions of modules so that nothing leads back to the original.

const P = require('../lib/primordials.js');

/**
 * Puts `make(original)` in the place of `object[name]`, with its name, length and
 * further properties. Nothing happens where this Node has no such function.
 */
function replace(object, name, make) {
  const descriptor = P.getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined) return;
  // Node loads some only when they are asked for, through a getter.
  const original = object[name];
  if (typeof original !== 'function') return;
  put(object, name, imitated(make(original), original), descriptor);
}

/**
 * The same for a class: `make(original)` is a function that constructs. Its
 * instances, and what inherits from it, name it as their constructor.
 */
function replaceClass(object, name, make) {
  const descriptor = P.getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined || typeof object[name] !== 'function') return;
  const original = object[name];
  const replaced = imitated(make(original), original);
  const { prototype } = original;
  P.defineProperty(replaced, 'prototype', { __proto__: null, value: prototype, writable: false });
  P.defineProperty(prototype, 'constructor', { __proto__: null, value: replaced, writable: true, enumerable: false, configurable: true });
  P.setPrototypeOf(replaced, P.getPrototypeOf(original));
  put(object, name, replaced, descriptor);
}

function imitated(replaced, original) {
  const keys = P.ownKeys(original);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
    const own = P.getOwnPropertyDescriptor(replaced, key);
    if (own !== undefined && !own.configurable) continue;
    const found = P.getOwnPropertyDescriptor(original, key);
    if (!P.hasOwn(found, 'value')) continue;
    const { value, enumerable, writable, configurable } = found;
    // Some name themselves as their own promise form.
    P.defineProperty(replaced, key, { __proto__: null, value: value === original ? replaced : value, enumerable, writable, configurable });
  }
  return replaced;
}

function put(object, name, value, { enumerable, configurable }) {
  P.defineProperty(object, name, { __proto__: null, value, writable: true, enumerable, configurable });
}

module.exports = { replace, replaceClass };
