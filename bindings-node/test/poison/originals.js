'use strict';
// Loaded before the wrapper: remembers the functions that it will replace, and
// walks over everything that can be reached afterwards. Nothing may lead back.

const { builtinModules } = require('node:module');
const skipped = /^(?:_|internal|repl$|trace_events|test|punycode|sys$)/;
const modules = () => builtinModules.filter((name) => !skipped.test(name)).map((name) => [name, require(name)]);
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Every `[name, function]` among the members of an object and of its prototypes. */
function members(name, object) {
  const found = [];
  for (let level = object; isObject(level) && level !== Object.prototype && level !== Function.prototype; level = Object.getPrototypeOf(level)) {
    for (const key of Reflect.ownKeys(level)) {
      const { value } = Object.getOwnPropertyDescriptor(level, key);
      if (typeof value === 'function') found.push([`${name}.${String(key)}`, level, key, value]);
    }
  }
  return found;
}

// Node makes some of its parts when they are first asked for.
require('node:fs').promises;
require('node:dns').promises;
const before = [];
for (const [name, module] of [...modules(), ['process', process], ['process.report', process.report]]) {
  before.push(...members(name, module));
  for (const [inner, , key, value] of members(name, module)) if (key !== 'constructor' && isObject(value.prototype)) before.push(...members(`${inner}.prototype`, value.prototype));
  if (isObject(module.promises)) before.push(...members(`${name}.promises`, module.promises));
}

// Node's own handles, by what the public classes have of them.
const handles = () => {
  const { ChildProcess } = require('node:child_process');
  const socket = new (require('node:net').Socket)().on('error', () => {});
  socket.connect(9, '127.0.0.1');
  const tcp = socket._handle;
  socket.destroy();
  const datagrams = require('node:dgram').createSocket('udp4');
  const udp = Reflect.ownKeys(datagrams).map((key) => datagrams[key]).find((value) => value?.handle !== undefined).handle;
  datagrams.close();
  return [['Process', new ChildProcess()._handle], ['TCP', tcp], ['UDP', udp], ['ChannelWrap', new (require('node:dns').Resolver)()._handle]];
};
for (const [name, handle] of handles()) before.push(...members(name, handle));

process.on('exit', () => {
  const originals = new Map();
  for (const [name, object, key, value] of before) if (Object.getOwnPropertyDescriptor(object, key)?.value !== value) originals.set(value, name);
  const seen = new Set();
  const todo = [['globalThis', globalThis], ['process', process], ['cache', require.cache], ...modules(), ...handles()];
  const leaks = [];
  while (todo.length > 0) {
    const [name, object] = todo.pop();
    if (seen.has(object) || object === originals || object === before || object === seen) continue;
    seen.add(object);
    if (originals.has(object)) leaks.push(`${originals.get(object)} by ${name}`);
    const above = Object.getPrototypeOf(object);
    if (isObject(above)) todo.push([`${name}.__proto__`, above]);
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
      for (const one of [value, get, set]) if (isObject(one)) todo.push([`${name}.${String(key)}`, one]);
    }
  }
  require('node:fs').writeSync(1, JSON.stringify({ replaced: originals.size, seen: seen.size, leaks }));
});
