'use strict';
// The smallest whole way: a policy, a bundle, an engine, a decision.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { compileSync, compile, Engine, Action, Decision } = require('wardline');

const policy = {
  name: 'p.yaml',
  text: `
wardline: 1
kind: host
name: secrets
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow], except_users: ["uid:0"] }
  executables_blocked: { executables: [nc] }
`,
};

test('a listed file is blocked however its path is spelled', () => {
  const engine = Engine.load(compileSync(policy).bytes);
  const decision = engine.decide({ kind: 'file', operation: 'read', path: '/etc//./shadow' });
  assert.ok(decision instanceof Decision);
  assert.equal(decision.action, 'block');
  assert.equal(decision.reason, 'matched');
  assert.equal(decision.policy, 'secrets');
  assert.equal(decision.control, 'file_block');
  assert.equal(decision.rule.severity, 'medium');
  assert.deepEqual(decision.rules, [decision.rule]);
});

test('an exception for root holds for root only', () => {
  const engine = Engine.load(compileSync(policy).bytes);
  const event = { kind: 'file', operation: 'read', path: '/etc/shadow' };
  assert.equal(engine.decide({ ...event, user: { id: 0 } }).action, 'allow');
  assert.equal(engine.decide({ ...event, user: { id: 1000 } }).action, 'block');
});

test('compiling on another thread gives the same bundle', async () => {
  assert.deepEqual((await compile(policy)).bytes, compileSync(policy).bytes);
});

test('a misspelt field is an invalid event and never allowed', () => {
  const engine = Engine.load(compileSync(policy).bytes);
  const decision = engine.decide({ kind: 'exec', path: '/usr/bin/true', usr: { id: 0 } });
  assert.equal(decision.action, 'block');
  assert.equal(decision.reason, 'invalid_event');
  assert.equal(decision.code, 'unknown_field');
});

test('the calls that give only an action agree with decide', () => {
  const engine = Engine.load(compileSync(policy).bytes);
  assert.equal(engine.checkExec('/usr/bin/nc'), Action.BLOCK);
  assert.equal(engine.checkExec('/usr/bin/true', '/usr/bin/sh'), Action.ALLOW);
  // By the quick way or the other: bytes, what is no Unicode, what does not fit the stack.
  for (const path of [Buffer.from('/usr/bin/nc'), '/usr/bin/\ud800', `/${'long/'.repeat(4000)}nc`, `/${'länger/'.repeat(4000)}true`, '', 'nc']) {
    for (const process of [undefined, '/usr/bin/sh', Buffer.from('/usr/bin/sh'), '\udc00']) {
      const event = process === undefined ? { kind: 'exec', path } : { kind: 'exec', path, process: { path: process } };
      assert.equal(engine.checkExec(path, process), Action[engine.decide(event).action.toUpperCase()]);
    }
  }
  assert.equal(engine.checkFile('read', '/etc/shadow'), Action.BLOCK);
  assert.equal(engine.checkFile('read', '/etc/shadow\ud800'), Action.BLOCK);
});

test('they agree too about what is half understood', () => {
  const half = '/opt/\ud800';
  for (const fail of ['open', 'closed']) {
    const engine = Engine.load(compileSync(policy).bytes, { fail });
    const answers = [
      [engine.checkExec('/usr/bin/nc', half), { kind: 'exec', path: '/usr/bin/nc', process: { path: half } }],
      [engine.checkExec(Buffer.from('/usr/bin/nc'), half), { kind: 'exec', path: '/usr/bin/nc', process: { path: half } }],
      [engine.checkExec(half, '/usr/bin/sh'), { kind: 'exec', path: half, process: { path: '/usr/bin/sh' } }],
      [engine.checkFile('read', '/etc/shadow', half), { kind: 'file', operation: 'read', path: '/etc/shadow', process: { path: half } }],
      [engine.checkFile('read', half, '/usr/bin/sh'), { kind: 'file', operation: 'read', path: half, process: { path: '/usr/bin/sh' } }],
      [engine.checkNetwork('outbound', half, 23), { kind: 'network', direction: 'outbound', ip: half, port: 23 }],
      [engine.checkDns(half), { kind: 'dns', name: half }],
    ];
    for (const [action, event] of answers) {
      const [line] = engine.decideBatch(Buffer.from(JSON.stringify(event)));
      assert.equal(action, Action[line.action.toUpperCase()], JSON.stringify(event));
      assert.equal(engine.decide(event).action, line.action, JSON.stringify(event));
    }
    assert.equal(engine.checkExec('/usr/bin/nc', half), Action.BLOCK);
  }
});
