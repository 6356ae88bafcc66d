'use strict';
// What controls over time remember: one for the life of the enforcer.

const P = require('./primordials.js');
const native = require('./native.js');
const { WardlineError, wrongArgument, translated } = require('./errors.js');
const { own } = require('./plain.js');
const { isBytes } = require('./record.js');

const OPTIONS = P.freeze(['budget', 'seed']);

class State {
  #handle;

  /** A state of `budget` bytes, never exceeded; `seed` are 16 bytes nobody else knows. */
  constructor(options = {}, handle) {
    if (options === MAKE) {
      this.#handle = handle;
      return;
    }
    const { budget = 1 << 20, seed } = own('options', options, OPTIONS);
    if (!P.isInteger(budget) || budget < 0 || budget > 0xffffffff) throw wrongArgument('budget', 'a number of bytes', budget);
    if (seed !== undefined && (!isBytes(seed) || P.typedLength(seed) !== 16)) throw wrongArgument('seed', 'a Uint8Array of 16 bytes', seed);
    this.#handle = translated(() => native.createState(budget, seed));
  }

  /** The state that `save` gave. */
  static restore(saved) {
    if (!isBytes(saved)) throw wrongArgument('saved', 'a Uint8Array', saved);
    return new this(MAKE, translated(() => native.restoreState(saved)));
  }

  /** The state of a token, as long as some thread holds it. */
  static attach(token) {
    if (typeof token !== 'number') throw wrongArgument('token', 'the token of a State', token);
    const handle = native.attachState(token);
    if (handle === null) throw new WardlineError('ERR_WARDLINE_DISPOSED', 'no thread holds this state any more');
    return new this(MAKE, handle);
  }

  /** What another thread needs for `State.attach`. */
  get token() { return native.numberOfState(State.handle(this)); }

  /** The bytes, with the seed in them: keep them as secret as the policies. */
  save() { return native.saveState(State.handle(this)); }

  get entries() { return this.#describe().entries; }
  get forgotten() { return this.#describe().forgotten; }
  /** How many audits a throttle suppressed that no decision has told of yet. */
  get suppressed() { return this.#describe().suppressed; }

  /** Who is quarantined. */
  get quarantines() {
    return this.#describe().quarantines.map(({ text, ...one }) => ({ ...one, text: P.bufferFrom(text, 'hex') }));
  }

  /** Ends a quarantine, by its id; whether there was one. */
  release(id) {
    if (!isId(id)) throw wrongArgument('id', 'the id of a quarantine, 32 hexadecimal digits', id);
    return translated(() => native.release(State.handle(this), P.bufferFrom(id, 'hex')));
  }

  /** Forgets everything. Nothing can be asked afterwards. */
  [Symbol.dispose]() { this.#handle = undefined; }

  #describe() { return P.parse(native.describeState(State.handle(this))); }

  static handle(state) {
    if (typeof state !== 'object' || state === null || !(#handle in state)) throw wrongArgument('state', 'a State', state);
    if (state.#handle === undefined) throw new WardlineError('ERR_WARDLINE_DISPOSED', 'the state was disposed of');
    return state.#handle;
  }
}

/** Only this module makes states of handles. */
const MAKE = Symbol('make');

/** `bufferFrom` would take what comes before the first character that is no digit. */
function isId(id) {
  if (typeof id !== 'string' || id.length !== 32) return false;
  for (let index = 0; index < id.length; index++) if (!P.textIncludes('0123456789abcdefABCDEF', id[index])) return false;
  return true;
}

module.exports = { State };
