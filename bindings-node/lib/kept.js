'use strict';
// What is kept of one generation of an engine, so that what it decided can be told after
// it was replaced: the engine itself, and what its rules are called.

const P = require('./primordials.js');
const native = require('./native.js');

class Kept {
  #rules;

  constructor(handle, generation, place) {
    const held = native.holdEngine(handle, generation) ?? undefined;
    this.generation = generation;
    this.origin = P.freeze({ place, held });
    // Another thread has replaced it already: its description stays for a while.
    if (held === undefined) this.#rules = rulesOf(native.describeEngine(handle, generation));
    P.freeze(this);
  }

  get rules() {
    if (this.#rules === undefined) this.#rules = rulesOf(native.describeHeld(this.origin.held));
    return this.#rules;
  }

  rule(number) {
    return this.rules[number] ?? P.freeze({ id: number });
  }
}

function rulesOf(json) {
  const { rules } = json === null ? { rules: [] } : P.parse(json);
  return rules.map((rule) => P.freeze({ ...rule, tags: P.freeze(rule.tags) }));
}

module.exports = { Kept };
