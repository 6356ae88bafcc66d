'use strict';
// Records in a buffer, as `src/wire.rs` describes them. Nothing here runs code of
// others: what is written was read before, by `record.js`.

const P = require('./primordials.js');
const { WardlineError } = require('./errors.js');
const { GROUPS } = require('./record.js');

const NUMBERS = 4;
const TEXTS = 12;
const RAW = 2 ** 31;
const TWO_32 = 2 ** 32;
/** Lengths are words: more than this would be taken for less. */
const MOST = TWO_32 - 1;

class Writer {
  constructor(capacity = 1024) {
    this.take(P.alloc(capacity), capacity);
    this.length = 0;
  }

  /** Makes room for `count` more bytes. */
  room(count) {
    const wanted = this.length + count;
    if (wanted <= this.capacity) return;
    if (wanted > MOST) throw new WardlineError('ERR_WARDLINE_ARGUMENT', 'events of more than 4 GiB');
    const double = 2 * this.capacity < MOST ? 2 * this.capacity : MOST;
    const capacity = wanted > double ? wanted : double;
    const buffer = P.alloc(capacity);
    P.typedSet(buffer, this.buffer);
    this.take(buffer, capacity);
  }

  /**
   * All three change together, after all that may fail for want of memory or stack: in a
   * buffer smaller than `capacity` texts would be cut short without a word.
   */
  take(buffer, capacity) {
    const view = new P.DataView(P.typedBuffer(buffer), P.typedOffset(buffer), capacity);
    this.buffer = buffer;
    this.view = view;
    this.capacity = capacity;
  }

  word(value) {
    P.setUint32(this.view, this.length, value, true);
    this.length += 4;
  }

  number(value) {
    if (typeof value === 'bigint') {
      this.word(P.Number(value & 0xffffffffn));
      this.word(P.Number(value >> 32n));
    } else {
      this.word(value % TWO_32);
      this.word(value / TWO_32);
    }
  }

  text(value) {
    if (typeof value === 'string') {
      this.room(4 + 3 * value.length);
      const length = P.utf8Write(this.buffer, value, this.length + 4, 3 * value.length);
      // No character has fewer bytes than units.
      if (length < value.length) throw new WardlineError('ERR_WARDLINE_CALL', 'a text was not written whole');
      this.word(length);
      this.length += length;
    } else {
      const length = P.typedLength(value);
      this.room(4 + length);
      this.word(length + RAW);
      P.typedSet(this.buffer, value, this.length);
      this.length += length;
    }
  }

  group(group) {
    this.room(12);
    this.word((group.name !== undefined ? 1 : 0) | (group.id !== undefined ? 2 : 0) | (group.sid !== undefined ? 4 : 0));
    if (group.name !== undefined) this.text(group.name);
    if (group.id !== undefined) {
      this.room(8);
      this.number(group.id);
    }
    if (group.sid !== undefined) this.text(group.sid);
  }

  /** Appends what `record.js` read: whole, or nothing of it. */
  record(reading) {
    const { length } = this;
    try {
      this.members(reading);
    } catch (error) {
      this.length = length;
      throw error;
    }
  }

  members(reading) {
    const { mask, values } = reading;
    this.room(8 + 8 * NUMBERS);
    this.word(reading.head);
    this.word(mask);
    let slot = 0;
    for (; slot < NUMBERS; slot++) if (mask & (1 << slot)) this.number(values[slot]);
    for (; slot < NUMBERS + TEXTS; slot++) if (mask & (1 << slot)) this.text(values[slot]);
    for (; mask >> slot !== 0; slot++) {
      if ((mask & (1 << slot)) === 0) continue;
      const list = values[slot];
      this.room(4);
      this.word(list.length);
      for (let index = 0; index < list.length; index++) {
        if (slot === GROUPS) this.group(list[index]);
        else this.text(list[index]);
      }
    }
  }
}

// Whoever else finds this file must not change what is written.
P.freeze(Writer.prototype);

module.exports = { Writer };
