'use strict';
// Memory and stack may end anywhere while an event is written; what is decided later must
// not change by it.

const assert = require('node:assert/strict');
const { test } = require('node:test');

// Before the package takes it.
const { alloc } = Buffer;
let left = Infinity;
Buffer.alloc = (...args) => {
  if (--left < 0) throw new RangeError('no memory');
  return alloc(...args);
};
const { Batch, compileSync, Engine } = require('wardline');

const policy = (controls) => ({ name: 'p.json', text: JSON.stringify({ wardline: 1, kind: 'host', name: 'p', platform: 'linux', mode: 'enforce', controls }) });
const engine = Engine.load(compileSync(policy({ executables_blocked: { executables: ['nc'] } })).bytes);
// A bigint goes as a record.
const event = (path) => ({ kind: 'exec', path, user: { id: 5n } });
const failing = (f) => {
  left = 0;
  try {
    assert.throws(f, RangeError);
  } finally {
    left = Infinity;
  }
};

test('a name is not cut short after memory ran out', () => {
  const long = `/opt/${'a/'.repeat(600)}nc`;
  failing(() => engine.decide(event(`/opt/${'b'.repeat(5000)}`)));
  assert.equal(engine.decide(event(long)).action, 'block');
  assert.equal(engine.decide(event(`/opt/${'a/'.repeat(6000)}nc`)).action, 'block');
});

test('an event of which only a part could be written is not in the batch', () => {
  for (const part of [{ path: 'y'.repeat(20_000) }, { aliases: ['/a', '/b', 'y'.repeat(20_000)] }]) {
    const batch = new Batch();
    batch.add(event('/bin/ls'));
    failing(() => batch.add({ ...event('/bin/cat'), ...part }));
    batch.add(event('/bin/nc')).add(event(`/${'x'.repeat(210)}/nc`)).add(event('/bin/ls')).add(event(`/${'z'.repeat(20_000)}/nc`));
    const decisions = engine.decideBatch(batch);
    assert.equal(batch.length, 5);
    assert.deepEqual([...decisions].map((one) => one.action), ['allow', 'block', 'block', 'allow', 'block']);
  }
});


test('bytes of 2 GiB and more are no name, and not the name they begin with', () => {
  const bytes = new Uint8Array(2 ** 31 + 7);
  bytes.set(Buffer.from('/opt/ok'));
  const given = { kind: 'exec', path: bytes };
  assert.deepEqual([engine.decide(given).action, engine.decide(given).code], ['block', 'path_too_long']);
  for (const decision of [engine.decide(event(bytes)), engine.decide({ ...given, aliases: [] }), engine.decide({ ...event('/opt/ok'), argv: [bytes] }), engine.decideBatch([given]).at(0)]) {
    assert.deepEqual([decision.action, decision.code], ['block', 'field_type']);
  }
});

test('events of more than 4 GiB together are refused', () => {
  const most = new Uint8Array(2 ** 31 - 1);
  const batch = new Batch();
  assert.throws(() => batch.add({ ...event('/bin/nc'), aliases: [most, most, most] }), (error) => error.code === 'ERR_WARDLINE_ARGUMENT');
  assert.equal(batch.length, 0);
  assert.equal(engine.decideBatch(batch.add(event('/bin/nc'))).action(0), 'block');
});
