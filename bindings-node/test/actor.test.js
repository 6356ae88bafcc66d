'use strict';
// Actors: a process, its user and groups, looked up once; and throttles.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Actor, Batch, compileSync, Engine, State } = require('wardline');

const policy = (name, members) => ({
  name: `${name}.json`,
  text: JSON.stringify({ wardline: 1, kind: 'host', name, platform: 'linux', mode: 'enforce', ...members }),
});
const keys = policy('keys', { controls: { file_block: { paths: ['/etc/ssl/private'], except_processes: ['/usr/sbin/nginx'], except_users: ['uid:0'] } } });
const load = () => Engine.load(compileSync(keys).bytes);
const read = (who) => ({ kind: 'file', operation: 'read', path: '/etc/ssl/private/site.key', ...who });

test('an actor stands for process, user and groups', () => {
  const engine = load();
  const nginx = engine.actor({ process: { path: '/usr/sbin/nginx', pid: 7 } });
  const root = engine.actor({ user: { id: 0 }, groups: [{ id: 0 }] });
  const other = engine.actor({ process: { path: Buffer.from('/usr/bin/cat') }, user: { name: 'eve', id: 1000n } });
  assert.ok(nginx instanceof Actor);
  assert.deepEqual([nginx, root, other].map((actor) => engine.decide(read({ actor })).action), ['allow', 'allow', 'block']);
  // Cold calls take it too.
  const event = read({ actor: other });
  const line = JSON.parse(engine.auditEvent(event, engine.decide(event)));
  assert.deepEqual([line.event.process.path, line.event.user], ['/usr/bin/cat', { name: 'eve', id: 1000 }]);
  assert.equal(engine.explain(read({ actor: nginx }))[0].result, 'fails');
  assert.deepEqual(new Batch().add(event).length, 1);
});

test('who acts is said once', () => {
  const engine = load();
  const actor = engine.actor({ process: { path: '/usr/sbin/nginx' } });
  const twice = engine.decide(read({ actor, process: { path: '/usr/bin/cat' } }));
  assert.deepEqual([twice.action, twice.reason, twice.code], ['block', 'invalid_event', 'duplicate_field']);
  const forged = engine.decide({ ...read({ actor: { process: { path: '/usr/sbin/nginx' } } }), path: '/etc/motd' });
  assert.deepEqual([forged.action, forged.code], ['block', 'field_type']);
  const login = engine.decide({ kind: 'login', user: { name: 'a' }, actor });
  assert.deepEqual([login.reason, login.code], ['invalid_event', 'unknown_field']);
  for (const wrong of [undefined, 1, { process: 1 }, { proces: {} }, { user: { id: 'x' } }]) {
    assert.throws(() => engine.actor(wrong), { code: 'ERR_WARDLINE_ARGUMENT' });
  }
  assert.throws(() => new Actor(), TypeError);
});

test('another engine looks at what the actor is, and so does one that was replaced', () => {
  const engine = load();
  const actor = engine.actor({ process: { path: '/usr/sbin/nginx' } });
  const strict = policy('keys', { controls: { file_block: { paths: ['/etc/ssl/private'] } } });
  const other = Engine.load(compileSync(strict).bytes);
  assert.equal(other.decide(read({ actor })).action, 'block');
  assert.equal(engine.decide(read({ actor })).action, 'allow');
  engine.replace(other);
  assert.equal(engine.decide(read({ actor })).action, 'block');
  assert.equal(engine.decide(read({ actor: engine.actor({ process: { path: '/usr/sbin/nginx' } }) })).action, 'block');
});

test('an actor outlives its engine', () => {
  const engine = load();
  const actor = engine.actor({ process: { path: '/usr/sbin/nginx' } });
  engine[Symbol.dispose]();
  assert.equal(load().decide(read({ actor })).action, 'allow');
});

test('a throttle suppresses audits and tells of them', () => {
  const watch = policy('watch', {
    throttle: { max_alerts: 1, window: '1m' },
    controls: { file_integrity_monitoring: { operations: ['read'], paths: ['/x'] } },
  });
  const engine = Engine.load(compileSync(watch).bytes);
  assert.ok(engine.needsState);
  const state = new State({ budget: 1 << 14 });
  const at = (time) => ({ kind: 'file', operation: 'read', path: '/x', time });
  const decisions = [1, 2, 3].map((time) => engine.decide(at(time), state));
  assert.deepEqual(decisions.map((one) => one.suppressed), [false, true, true]);
  assert.deepEqual(decisions.map((one) => one.action), ['audit', 'audit', 'audit']);
  assert.equal(state.suppressed, 2);
  const [left] = engine.suppressed(state);
  assert.deepEqual([left.rule.policy, left.rule.control, left.count], ['watch', 'file_integrity_monitoring', 2]);
  const next = engine.decide(at(60_001), state);
  assert.deepEqual([next.suppressed, next.suppressedBefore, state.suppressed], [false, 2, 0]);
  assert.equal(JSON.parse(engine.auditEvent(at(60_001), next)).suppressed_before, 2);
  assert.equal(JSON.parse(engine.auditEvent(at(2), decisions[1])).suppressed, true);
  assert.equal(engine.decide(at(1)).suppressed, false, 'without a state');
  const lines = Buffer.from([60_002, 60_003].map((time) => JSON.stringify(at(time))).join('\n'));
  assert.deepEqual([...engine.decideBatch(lines, state)].map((one) => one.suppressed), [true, true]);
});
