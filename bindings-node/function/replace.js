'use strict';
// Replaces functions of modules so that nothing leads back to the original.

const { apply } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;

/**
 * Puts `make(original)` in the place of `object[name]`, with its name, length and
 * further properties. Nothing happens where this Node has no such function.
 */
function replace(object, name, make) {
  const descriptor = getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined) return;
  // Node loads some only when they are asked for, through a getter.
  const original = object[name];
  if (typeof original !== 'function') return;
  const replaced = make(original);
  for (const key of [...getOwnPropertyNames(original), ...Object.getOwnPropertySymbols(original)]) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
    const own = getOwnPropertyDescriptor(replaced, key);
    if (own === undefined || own.configurable) defineProperty(replaced, key, getOwnPropertyDescriptor(original, key));
  }
  const { enumerable, configurable } = descriptor;
  defineProperty(object, name, { value: replaced, writable: true, enumerable, configurable });
}

module.exports = { apply, replace };
