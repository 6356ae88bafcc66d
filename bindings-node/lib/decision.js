'use strict';
// Decisions: values that never change, made from the nine words of `src/handle.rs`.

const P = require('./primordials.js');
const { notMadeSo } = require('./errors.js');
const { ACTIONS, REASONS, INVALID } = require('./vocabulary.js');

const NO_RULE = 0xffffffff;
const NONE = P.freeze([]);
/** How many words an answer has. */
const WORDS = 9;

/** What the engine answered about one event. */
class Decision {
  #code;
  #matched;
  #generation;
  #rule;
  #rules;
  #alert;
  #before;
  /** In which place the engine is that decided, and itself if it is held. */
  #origin;

  constructor(token, code, matched, generation, rule, rules, alert, before, origin) {
    if (token !== MAKE) throw notMadeSo('use engine.decide');
    this.#code = code;
    this.#matched = matched;
    this.#generation = generation;
    this.#rule = rule;
    this.#rules = rules;
    this.#alert = alert;
    this.#before = before;
    this.#origin = origin;
  }

  get action() { return ACTIONS[this.#code & 3]; }
  get intent() { return ACTIONS[(this.#code >> 2) & 3]; }
  get reason() { return REASONS[(this.#code >> 4) & 3]; }
  get code() { return INVALID[(this.#code >> 8) & 63]; }
  get remediation() { return this.#code & 64 ? 'delete' : 'none'; }
  get overload() { return (this.#code & 128) !== 0; }
  get suppressed() { return (this.#code & (1 << 14)) !== 0; }
  get suppressedBefore() { return this.#before; }
  get matched() { return this.#matched; }
  get generation() { return this.#generation; }
  get rule() { return this.#rule; }
  get rules() { return this.#rules; }
  get policy() { return this.#rule?.policy; }
  get control() { return this.#rule?.control; }
  get alert() { return this.#alert; }
  get isAllowed() { return (this.#code & 3) === 0; }
  get isAudited() { return (this.#code & 3) === 1; }
  get isBlocked() { return (this.#code & 3) === 2; }

  /** The words again, for the addon. */
  static words(decision) {
    const generation = decision.#generation;
    const alert = decision.#alert;
    return P.typedFrom([
      decision.#code,
      decision.#rule === null ? NO_RULE : decision.#rule.id,
      decision.#matched,
      generation % 2 ** 32,
      generation / 2 ** 32,
      alert === null ? 0 : alert.count,
      alert === null ? 0 : alert.others,
      alert === null ? NO_RULE : alert.rule.id,
      decision.#before,
    ]);
  }

  static origin(decision) {
    return decision.#origin;
  }

  static is(value) {
    return typeof value === 'object' && value !== null && #code in value;
  }

  toJSON() {
    const json = { action: this.action, intent: this.intent, reason: this.reason };
    if (this.code !== undefined) json.code = this.code;
    if (this.#rule !== null) {
      json.policy = this.policy;
      json.control = this.control;
    }
    if (this.remediation !== 'none') json.remediation = this.remediation;
    if (this.overload) json.overload = true;
    if (this.suppressed) json.suppressed = true;
    if (this.#before > 0) json.suppressedBefore = this.#before;
    if (this.#alert !== null) json.alert = { count: this.#alert.count, others: this.#alert.others };
    json.matched = this.#matched;
    json.generation = this.#generation;
    return json;
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return `Decision ${inspect(this.toJSON(), options)}`;
  }

  // `if (decision == 'block')` and `!!+decision` would be silent mistakes.
  [Symbol.toPrimitive]() {
    throw new TypeError('a Decision is no plain value: ask for its `action`');
  }
}

// What all decisions say must not be changed. One by itself can be: to freeze each costs more
// than to decide.
P.freeze(Decision.prototype);

/** Only the engine and its batches make decisions. */
const MAKE = Symbol('make');

module.exports = { Decision, MAKE, NO_RULE, NONE, WORDS };
