'use strict';
// Records in a buffer, as `src/wire.rs` describes them. Nothing here runs code of
// others: what is written was read before, by `record.js`.

const P = require('./primordials.js');
const { GROUPS } = require('./record.js');

const NUMBERS = 4;
const TEXTS = 12;
const RAW = 2 ** 31;
const TWO_32 = 2 ** 32;

class Writer {
  constructor(capacity = 1024) {
    this.take(capacity);
    this.length = 0;
  }

  /** Makes room for `count` more bytes. */
  room(count) {
    const wanted = this.length + count;
    if (wanted <= this.capacity) return;
    const { buffer } = this;
    this.take(wanted > 2 * this.capacity ? wanted : 2 * this.capacity);
    P.typedSet(this.buffer, buffer);
  }

  take(capacity) {
    this.capacity = capacity;
    this.buffer = P.alloc(capacity);
    this.view = new P.DataView(P.typedBuffer(this.buffer), P.typedOffset(this.buffer), capacity);
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

  /** Appends what `record.js` read. */
  record(reading) {
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
