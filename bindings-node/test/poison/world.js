'use strict';
// What a program can replace: every method, getter and constructor of the language,
// and the functions of Node's modules. `[where, object, key]` for each.

const TYPED = Object.getPrototypeOf(Uint8Array);
const prototypesOf = (value) => Object.getPrototypeOf(value);

/** Objects by name. */
function places() {
  const all = {
    Reflect, JSON, Math, Atomics, TYPED, 'TYPED.prototype': TYPED.prototype,
    ArrayIterator: prototypesOf([][Symbol.iterator]()), StringIterator: prototypesOf(''[Symbol.iterator]()),
    MapIterator: prototypesOf(new Map().entries()), SetIterator: prototypesOf(new Set().values()),
    RegExpStringIterator: prototypesOf(''.matchAll(/x/g)),
    GeneratorFunction: prototypesOf(function* () {}).constructor, Generator: prototypesOf(function* () {}).prototype,
    AsyncFunction: prototypesOf(async () => {}),
  };
  const names = ['Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'RegExp', 'Date', 'Map', 'Set', 'WeakMap',
    'WeakSet', 'WeakRef', 'Promise', 'Proxy', 'Error', 'TypeError', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Uint8Array', 'Uint32Array',
    'Buffer', 'URL', 'URLSearchParams'];
  for (const name of names) {
    all[name] = globalThis[name];
    if (globalThis[name].prototype !== undefined) all[`${name}.prototype`] = globalThis[name].prototype;
  }
  // Those that the wrapper changes when somebody loads them, unless that is to come later.
  const late = process.env.WARDLINE_TEST_LATE ? [] : ['net', 'dns', 'child_process', 'crypto', 'tls', 'v8'];
  for (const name of ['path', 'url', 'util', 'os', 'fs', 'querystring', 'module', ...late]) all[`node:${name}`] = require(`node:${name}`);
  all.process = process;
  return all;
}

/** Every function and getter there that can be replaced. */
function targets() {
  const found = [];
  const all = places();
  for (const where of Object.keys(all)) {
    for (const key of Reflect.ownKeys(all[where])) {
      if (key === 'constructor' || key === 'prototype' || (where === 'process' && key === 'exit') || (where === 'Function.prototype' && (key === 'caller' || key === 'arguments'))) continue;
      const descriptor = Object.getOwnPropertyDescriptor(all[where], key);
      if (!descriptor.configurable && !descriptor.writable) continue;
      if (typeof (descriptor.value ?? descriptor.get) === 'function') found.push({ where, object: all[where], key, descriptor });
    }
  }
  return found;
}

module.exports = { targets };
