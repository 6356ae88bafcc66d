'use strict';
// Every case of tests/cases is decided as it says: from an object, from a record,
// from a batch and from a line of JSON alike.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Batch, compileSync, Engine, State } = require('wardline');
const { all, asObject, json, words } = require('./cases.js');

const cases = all();
const skip = cases === null ? 'needs WARDLINE_REPOSITORY, where tests/cases are' : false;
if (skip) console.log(`skipped: ${skip}`);

test('there are cases', { skip }, () => {
  assert.ok(cases.length > 100, `${cases.length}`);
  console.log(`${cases.length} cases`);
});

for (const one of cases ?? []) {
  test(`${one.file}/${one.name}`, () => {
    const policies = one.policies.map((policy) => ({ name: 'case.json', text: json(policy) }));
    const { bytes } = compileSync(policies, { lists: one.lists, platform: one.policies[0].platform });
    const { target, fail, mode_cap: modeCap, volumes } = one.binding;
    const engine = Engine.load(bytes, { target, fail, modeCap, volumes });
    const states = one.sequence ? [0, 1, 2].map(() => new State({ budget: 1 << 14, seed: new Uint8Array(16).fill(7) })) : [];
    const acted = one.sequence ? [0, 1].map(() => new State({ budget: 1 << 14, seed: new Uint8Array(16).fill(7) })) : [];
    one.steps.forEach(({ event, want }, index) => {
      const line = typeof event === 'string' ? event : json(event);
      const found = words(engine.decideBatch(Buffer.from(line.replaceAll('\n', ' ')), states[0]).at(0));
      for (const key of Object.keys(want)) {
        const wanted = typeof want[key] === 'bigint' ? Number(want[key]) : want[key];
        assert.deepEqual(found[key], wanted, `event ${index}: ${key}`);
      }
      if (typeof event === 'string') return;
      const object = asObject(event);
      assert.deepEqual(words(engine.decide(object, states[1])), found, `event ${index} as an object`);
      const batch = new Batch().add(object);
      assert.deepEqual(words(engine.decideBatch(batch, states[2]).at(0)), found, `event ${index} in a batch`);
      const of = ofActor(engine, object) ?? object;
      assert.deepEqual(words(engine.decide(of, acted[0])), found, `event ${index} of an actor`);
      assert.deepEqual(words(engine.decideBatch([of], acted[1]).at(0)), found, `event ${index} of an actor in a batch`);
    });
  });
}

/** The same event of an actor; `null` if who acts cannot be told by one. */
function ofActor(engine, event) {
  if (typeof event !== 'object' || event === null || event.kind === 'login') return null;
  const { process, user, groups, ...rest } = event;
  try {
    return { ...rest, actor: engine.actor({ process, user, groups }) };
  } catch (error) {
    // A fault in the event; a program's mistake in an actor.
    assert.equal(error.code, 'ERR_WARDLINE_ARGUMENT');
    return null;
  }
}
