'use strict';
// Many events at once, and their decisions.

const P = require('./primordials.js');
const { read, isBytes } = require('./record.js');
const { Writer } = require('./writer.js');
const { Decision, MAKE, NO_RULE, NONE } = require('./decision.js');
const { notMadeSo } = require('./errors.js');
const { ACTIONS } = require('./vocabulary.js');

/** So many words has an answer without a state; see `src/hot.rs`. */
const SHORT = 3;

/** Events packed for `Engine.decideBatch`; may be filled, decided and cleared again. */
class Batch {
  #writer = new Writer(1 << 14);
  #size = 0;

  static from(events) {
    const batch = new Batch();
    for (let index = 0; index < events.length; index++) batch.add(events[index]);
    return batch;
  }

  /** Adds an event as it is now. */
  add(event) {
    this.#writer.record(read(event));
    this.#size++;
    return this;
  }

  clear() {
    this.#writer.length = 0;
    this.#size = 0;
  }

  get length() {
    return this.#size;
  }

  static contents(batch) {
    return { buffer: batch.#writer.buffer, length: batch.#writer.length, size: batch.#size };
  }
}

/** The decisions of a batch, made into objects when they are asked for. */
class Decisions {
  #words;
  #stride;
  #lines;
  #count;
  /** The generation that decided. */
  #kept;

  constructor(token, words, stride, count, lines, kept) {
    if (token !== MAKE) throw notMadeSo('use engine.decideBatch');
    this.#words = words;
    this.#stride = stride;
    this.#lines = lines;
    this.#count = count;
    this.#kept = kept;
  }

  /** How many there are. */
  get length() {
    return this.#count;
  }

  /** What to do about the event at `index`. */
  action(index) {
    return ACTIONS[this.#word(index, 0) & 3];
  }

  /** The number of the line that the event at `index` stood in, from 1. */
  line(index) {
    this.#word(index, 0);
    return this.#lines === null ? undefined : this.#lines(index);
  }

  /** The decision at `index`; its `rules` has only the rule that won. */
  at(index) {
    const word = (place) => this.#word(index, place);
    const short = this.#stride === SHORT;
    const kept = this.#kept;
    const rule = word(1) === NO_RULE ? null : kept.rule(word(1));
    const alert = short || word(5) === 0 ? null : P.freeze({ count: word(5), others: word(6), rule: kept.rule(word(7)) });
    const won = word(2) > 0 && ((word(0) >> 4) & 3) !== 3;
    return new Decision(MAKE, word(0), word(2), kept.generation, rule, won ? P.freeze([rule]) : NONE, alert, short ? 0 : word(8), kept.origin);
  }

  /** How many are allowed, audited and blocked. */
  counts() {
    const counts = { allow: 0, audit: 0, block: 0 };
    for (let index = 0; index < this.length; index++) counts[this.action(index)]++;
    return counts;
  }

  *[Symbol.iterator]() {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  #word(index, place) {
    if (!P.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`index ${String(index)} is not among ${this.length} decisions`);
    }
    return this.#words[index * this.#stride + place];
  }
}

/** Bytes that nobody else may write while they are read. */
function linesOf(bytes) {
  return P.typedBuffer(bytes) instanceof P.SharedArrayBuffer ? P.bufferFrom(bytes) : bytes;
}

module.exports = { Batch, Decisions, SHORT, linesOf, isBytes };
