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
    one.steps.forEach(({ event, want }, index) => {
      const line = typeof event === 'string' ? event : json(event);
      const found = words(engine.decideBatch(Buffer.from(line.replaceAll('\n', ' ')), states[0]).at(0));
      for (const key of Object.keys(want)) {
        const wanted = key === 'matched' ? Number(want[key]) : want[key];
        assert.deepEqual(found[key], wanted, `event ${index}: ${key}`);
      }
      if (typeof event === 'string') return;
      const object = asObject(event);
      assert.deepEqual(words(engine.decide(object, states[1])), found, `event ${index} as an object`);
      const batch = new Batch().add(object);
      assert.deepEqual(words(engine.decideBatch(batch, states[2]).at(0)), found, `event ${index} in a batch`);
    });
  });
}
