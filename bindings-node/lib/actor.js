'use strict';
// Actors: a process, its user and groups, found out once for all of their events.

const native = require('./native.js');
const P = require('./primordials.js');
const { notMadeSo } = require('./errors.js');

class Actor {
  #engine;
  /** As `record.js` read it, and the same as bytes. */
  #reading;
  #record;
  /** The functions that decide for this actor where `#base` would for anybody. */
  #base;
  #functions;

  constructor(token, engine, reading, record) {
    if (token !== MAKE) throw notMadeSo('use engine.actor');
    this.#engine = engine;
    this.#reading = reading;
    this.#record = record;
  }

  /** What was read of an actor; `undefined` for anything that is none. */
  static reading(value) {
    return typeof value === 'object' && value !== null && #reading in value ? value.#reading : undefined;
  }

  /** The functions to be called in the place of others; `undefined` if the engine is another. */
  static functions(value, base) {
    if (typeof value !== 'object' || value === null || !(#reading in value)) return undefined;
    if (value.#base === base) return value.#functions;
    if (value.#engine !== base.engine) return undefined;
    value.#functions = native.bind(base.engine, base.state, value.#record, base.out);
    value.#base = base;
    return value.#functions;
  }
}

/** Only the engine makes actors. */
const MAKE = Symbol('make');

// What decides asks these, and nobody may change what they say.
P.freeze(Actor);
P.freeze(Actor.prototype);

module.exports = { Actor, MAKE };
