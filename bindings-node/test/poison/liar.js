'use strict';
// Loaded after the wrapper: replaces everything by something that works as before
// for everybody, except that it lies to the wrapper – and says so at the end.

const fs = require('node:fs');
const path = require('node:path');
const { targets } = require('./world.js');

const { apply, construct } = Reflect;
const { writeSync } = fs;
const { captureStackTrace } = Error;
const { defineProperty } = Object;
const includes = Function.prototype.call.bind(String.prototype.includes);
const home = path.dirname(path.dirname(require.resolve('wardline')));
const parts = [path.join(home, 'function') + path.sep, path.join(home, 'lib') + path.sep];

const lies = { __proto__: null };
let looking = false;

/** Whether the first code above `below` that stands in a file is the wrapper's. */
function isWrapper(below) {
  if (looking) return undefined;
  looking = true;
  const { prepareStackTrace, stackTraceLimit } = Error;
  let file;
  Error.prepareStackTrace = (_, sites) => {
    for (let index = 0; index < sites.length; index++) {
      const name = sites[index].getFileName();
      if (typeof name === 'string') {
        file = `${name}:${sites[index].getLineNumber()}`;
        break;
      }
    }
    return '';
  };
  Error.stackTraceLimit = 6;
  const trace = { __proto__: null };
  captureStackTrace(trace, below);
  void trace.stack;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  looking = false;
  return file !== undefined && (includes(file, parts[0]) || includes(file, parts[1])) ? file : undefined;
}

function lying(name, original) {
  function replaced(...args) {
    const file = isWrapper(replaced);
    if (file !== undefined) {
      lies[`${name} at ${file}`] = true;
      return undefined;
    }
    return new.target === undefined ? apply(original, this, args) : construct(original, args, new.target === replaced ? original : new.target);
  }
  return replaced;
}

let count = 0;
for (const { where, object, key, descriptor } of targets()) {
  // Constructors are captured as they are; what they inherit is replaced.
  const name = `${where}.${String(key)}`;
  const original = descriptor.value ?? descriptor.get;
  const replaced = lying(name, original);
  for (const own of Reflect.ownKeys(original)) {
    const there = Object.getOwnPropertyDescriptor(replaced, own);
    if (there === undefined || there.configurable) defineProperty(replaced, own, Object.getOwnPropertyDescriptor(original, own));
  }
  if (original.prototype !== undefined) replaced.prototype = original.prototype;
  try {
    defineProperty(object, key, descriptor.get ? { ...descriptor, get: replaced } : { ...descriptor, value: replaced });
    count++;
  } catch {
    // What cannot be replaced lies to nobody.
  }
}

/** Every object has these now; who assigns one meets a setter. */
for (const name of ['kind', 'path', 'process', 'time', 'user', 'operation', 'flag', 'mode', 'code', 'shell', 'target', 'argv',
  'modeCap', 'fail', 'capabilities', 'volumes', 'lists', 'platform', 'text', 'format', 'budget', 'seed', 'metadata',
   '0', '1', '2', '3', '4', '5', '6', '7', '8', '16', '19', '20']) {
  const seen = (what) => {
    const file = isWrapper(what);
    if (file !== undefined) lies[`${what.name} ${name} at ${file}`] = true;
    return file !== undefined;
  };
  defineProperty(Object.prototype, name, {
    __proto__: null,
    configurable: true,
    get: function getter() {
      return seen(getter) ? '/nowhere' : undefined;
    },
    set: function setter(value) {
      if (!seen(setter)) defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
  });
}

process.on('exit', () => {
  writeSync(1, `${JSON.stringify({ group: 'LIES', name: 'lies', count, lies: Object.keys(lies) })}\n`);
});
