'use strict';
// What this package uses of the language, taken when it is loaded: code that
// runs later may replace any of it, and must not change a decision by that.

const { bind, call } = Function.prototype;

/** A method as a function of its receiver. */
const uncurry = bind.bind(call);

const typed = Object.getPrototypeOf(Uint8Array.prototype);

module.exports = Object.freeze({
  uncurry,
  hasOwn: uncurry(Object.prototype.hasOwnProperty),
  freeze: Object.freeze,
  isArray: Array.isArray,
  isInteger: Number.isInteger,
  isSafeInteger: Number.isSafeInteger,
  BigInt,
  Number,
  SharedArrayBuffer,
  Uint8Array,
  Uint32Array,
  Buffer,
  bufferFrom: Buffer.from,
  alloc: Buffer.alloc,
  byteLength: Buffer.byteLength,
  isWellFormed: uncurry(String.prototype.isWellFormed),
  typedTag: uncurry(Object.getOwnPropertyDescriptor(typed, Symbol.toStringTag).get),
  typedBuffer: uncurry(Object.getOwnPropertyDescriptor(typed, 'buffer').get),
  typedLength: uncurry(Object.getOwnPropertyDescriptor(typed, 'length').get),
  typedSet: uncurry(typed.set),
  typedFrom: (words) => new Uint32Array(words),
  typedSubarray: uncurry(typed.subarray),
  utf8Write: uncurry(Buffer.prototype.utf8Write),
  parse: JSON.parse,
  stringify: JSON.stringify,
});
