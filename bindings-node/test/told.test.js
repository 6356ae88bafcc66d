'use strict';
// Audit events are told, whatever the metadata is, and of decisions that are older than
// the engine.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Batch, compileSync, Engine, SharedEngine, State } = require('wardline');

const bytes = (name, controls) => compileSync({ name: `${name}.json`, text: JSON.stringify({ wardline: 1, kind: 'host', name, platform: 'linux', mode: 'enforce', controls }) }).bytes;
const first = bytes('first', { executables_blocked: { executables: ['nc'] } });
const second = bytes('second', { file_block: { paths: ['/etc/shadow'] } });
const start = { kind: 'exec', path: '/usr/bin/nc' };
const nested = (depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

test('metadata that is no JSON is left out, and the event is told', () => {
  const engine = Engine.load(first);
  const loop = {};
  loop.loop = loop;
  let deep = [];
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  const failing = { toJSON() { throw new Error('no'); } };
  const left = [loop, [1n], NaN, Infinity, new Date(NaN), { toJSON: () => null }, { toJSON() {} }, failing, nested(64), { a: nested(63) }, deep, '\ud800', { '\udc00': 1 }, { a: ['x\\\ud800'] }];
  const kept = [7, '', 'a"b\\ud800', '[[', { '{': '}' }, { a: NaN }, new Map(), new Date(0), nested(63), { a: nested(62) }, Array(200).fill([]), 'line\nline', '\u{1f600}'];
  for (const metadata of [...left, ...kept]) {
    const event = { ...start, metadata };
    const line = engine.auditEvent(event, engine.decide(event));
    assert.ok(!line.includes('\n'));
    const found = JSON.parse(line);
    assert.deepEqual([found.action, found.policy], ['block', 'first']);
    if (left.includes(metadata)) assert.ok(!('metadata' in found), line);
    else assert.deepEqual(found.metadata, JSON.parse(JSON.stringify(metadata)));
    // Every reader takes it.
    const again = found.metadata === undefined ? start : { ...start, metadata: found.metadata };
    assert.equal(engine.decideBatch(Buffer.from(JSON.stringify(again))).at(0).reason, 'matched', line);
  }
  assert.equal(engine.decide({ kind: 'exec', path: '/usr/bin/ls', metadata: null }).code, 'field_type');
});

test('metadata is that of the event, not of all objects', () => {
  const engine = Engine.load(first);
  Object.prototype.metadata = 7;
  try {
    assert.ok(!engine.auditEvent(start, engine.decide(start)).includes('metadata'));
  } finally {
    delete Object.prototype.metadata;
  }
});

test('what a batch decided is told after any number of replacements', () => {
  const batch = Batch.from([start, { ...start, path: '/usr/bin/ls' }]);
  const lines = Buffer.from(`${JSON.stringify(start)}\n{"kind":"exec","path":"/usr/bin/ls"}`);
  for (const kind of [Engine, SharedEngine]) {
    for (const state of [undefined, new State()]) {
      for (const given of [[start, start], batch, lines]) {
        for (const times of [1, 20]) {
          // Another one tells: nothing may have been asked of this before.
          const [engine, same] = [kind.load(first), Engine.load(first)];
          const decisions = engine.decideBatch(given, state);
          for (let count = 0; count < times; count++) engine.replace(Engine.load(second));
          const decision = decisions.at(0);
          assert.deepEqual([decision.control, decision.generation], ['executables_blocked', 1]);
          assert.equal(engine.auditEvent(start, decision), same.auditEvent(start, same.decide(start)));
          assert.equal(decisions.at(1).generation, 1);
        }
      }
    }
  }
});

test('decisions of a batch are there after the engine was disposed of', () => {
  const engine = Engine.load(first);
  const decisions = engine.decideBatch([start]);
  engine[Symbol.dispose]();
  assert.deepEqual([decisions.action(0), decisions.at(0).control], ['block', 'executables_blocked']);
});
