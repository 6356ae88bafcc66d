'use strict';
// What this package uses of the language, taken when it is loaded: code that
// runs later may replace any of it, and must not change a decision by that.
//
// Where a decision is made nothing else is used: no method is called on a value,
// and nothing that asks for one behind the scenes – `for … of`, spread, array
// patterns, regular expressions, `await`, `in` and `=` on what may inherit.
// `test/poison.mjs` replaces everything there is and looks who notices.

const { bind, call } = Function.prototype;
const { apply, construct, ownKeys } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Object;
const { Date } = globalThis;

/** A method as a function of its receiver. */
const uncurry = bind.bind(call);

const typed = Object.getPrototypeOf(Uint8Array.prototype);
const getter = (object, name) => uncurry(getOwnPropertyDescriptor(object, name).get);

/** Adds to an array although somebody may have given all arrays a setter. */
function push(list, value) {
  put(list, list.length, value);
}

/** Puts a member into an array or object, whatever it inherits. */
function put(object, name, value) {
  defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** The element, or `undefined`: not what somebody may have given all arrays. */
function at(list, index) {
  return index >= 0 && index < list.length ? list[index] : undefined;
}

/** Own and inherited enumerable members, each read once, with no prototype. */
function copy(object) {
  const copied = { __proto__: null };
  for (const name in object) copied[name] = object[name];
  return copied;
}

/** As `list.slice(from, to)`. */
function part(list, from, to = list.length) {
  const found = [];
  for (let index = from; index < to; index++) push(found, list[index]);
  return found;
}

const { alloc } = Buffer;
const latin1Write = uncurry(Buffer.prototype.latin1Write);
const utf8Write = uncurry(Buffer.prototype.utf8Write);
const typedSet = uncurry(typed.set);
const typedLength = getter(typed, 'length');

// `Buffer.from` writes with whatever methods buffers have by then.

/** Text as Latin-1. */
function latin1(text) {
  const bytes = alloc(text.length);
  latin1Write(bytes, text, 0, text.length);
  return bytes;
}

/** Text as UTF-8. */
function utf8(text) {
  const bytes = alloc(3 * text.length);
  const length = utf8Write(bytes, text, 0, 3 * text.length);
  const exact = alloc(length);
  for (let index = 0; index < length; index++) exact[index] = bytes[index];
  return exact;
}

/** Bytes that nobody else has. */
function copyOf(bytes) {
  const copied = alloc(typedLength(bytes));
  typedSet(copied, bytes);
  return copied;
}

const isoTime = uncurry(Date.prototype.toISOString);

const then = uncurry(Promise.prototype.then);
const reject = bind.call(Promise.reject, Promise);

module.exports = Object.freeze({
  uncurry,
  apply,
  construct,
  ownKeys,
  push,
  put,
  at,
  copy,
  part,
  reject,
  /** As `promise.then`, but nobody learns of the promise by being its constructor. */
  then(promise, done, failed) {
    defineProperty(promise, 'constructor', { __proto__: null, value: undefined, configurable: true });
    return then(promise, done, failed);
  },
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf: Object.getPrototypeOf,
  setPrototypeOf,
  array: Array.prototype,
  /** Where every chain of prototypes ends. */
  top: Object.prototype,
  hasOwn: uncurry(Object.prototype.hasOwnProperty),
  keys: Object.keys,
  freeze: Object.freeze,
  isArray: Array.isArray,
  includes: uncurry(Array.prototype.includes),
  isInteger: Number.isInteger,
  parseInt,
  Number,
  String,
  Error,
  SharedArrayBuffer,
  Uint8Array,
  Uint32Array,
  DataView,
  bufferFrom: Buffer.from,
  alloc,
  latin1,
  utf8,
  copyOf,
  latin1Slice: uncurry(Buffer.prototype.latin1Slice),
  utf8Write,
  isWellFormed: uncurry(String.prototype.isWellFormed),
  textIncludes: uncurry(String.prototype.includes),
  indexOf: uncurry(String.prototype.indexOf),
  lastIndexOf: uncurry(String.prototype.lastIndexOf),
  slice: uncurry(String.prototype.slice),
  charCodeAt: uncurry(String.prototype.charCodeAt),
  startsWith: uncurry(String.prototype.startsWith),
  endsWith: uncurry(String.prototype.endsWith),
  setUint32: uncurry(DataView.prototype.setUint32),
  mapGet: uncurry(Map.prototype.get),
  WeakMap,
  weakGet: uncurry(WeakMap.prototype.get),
  weakSet: uncurry(WeakMap.prototype.set),
  typedTag: getter(typed, Symbol.toStringTag),
  typedBuffer: getter(typed, 'buffer'),
  typedLength,
  typedOffset: getter(typed, 'byteOffset'),
  typedSet,
  typedFrom: (words) => new Uint32Array(words),
  parse: JSON.parse,
  stringify: JSON.stringify,
  now: Date.now,
  /** Milliseconds since 1970 as text, in UTC. */
  isoTime: (time) => isoTime(new Date(time)),
});
