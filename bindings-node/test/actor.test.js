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
  assert.deepEqual([login.reason, login.code], ['invalid_event', 'duplicate_field']);
  for (const wrong of [undefined, 1, { process: 1 }, { proces: {} }, { user: { id: 'x' } }]) {
    assert.throws(() => engine.actor(wrong), { code: 'ERR_WARDLINE_ARGUMENT' });
  }
  assert.throws(() => new Actor(), TypeError);
});

/** Every kind of event, without who acts. */
const EVENTS = [
  { kind: 'file', operation: 'read', path: '/srv/decoy' },
  { kind: 'file', operation: 'rename', path: '/srv/a', target: '/srv/b' },
  { kind: 'exec', path: '/usr/bin/nc', argv: ['nc', '-e', 'secret'] },
  { kind: 'exec', path: '/usr/bin/vi' },
  { kind: 'network', direction: 'outbound', ip: '203.0.113.9', port: 22 },
  { kind: 'network', direction: 'outbound', ip: '198.51.100.1', port: 23 },
  { kind: 'dns', name: 'a.evil.test' },
  { kind: 'login' },
  { kind: 'login', success: false, source: '203.0.113.7' },
  { kind: 'login', groups_complete: false },
  { kind: 'login', groups_complete: true, success: true },
  { kind: 'account', subject: 'user', operation: 'create', name: 'eve' },
  { kind: 'system', what: 'time_change' },
  { kind: 'malware', path: '/srv/x' },
  { kind: 'credential', name: 'TOKEN' },
  { kind: 'registry', operation: 'modify', key: 'HKLM\\SOFTWARE\\Run' },
  { kind: 'file', path: '/srv/x' },
  { kind: 'login', sorce: '203.0.113.7' },
];
const PROCESSES = [undefined, {}, { path: '/usr/sbin/nginx', pid: 7, argv: ['nginx', '-p', 'hunter2-decoy'] }, { path: '/bin/sh', name: 'sh' }, { path: 'relative' }, { pid: 7 }];
const USERS = [undefined, {}, { name: 'eve' }, { name: 'alice' }, { id: 0 }, { id: 33, name: 'bob' }, { id: 2 ** 40 }, { sid: 'S-1-5-18' }];
const GROUPS = [undefined, [], [{}], [{ name: 'users' }], [{ name: 'users' }, { name: 'wheel' }], [{ id: 0 }], [{ name: '' }]];

for (const fail of ['closed', 'open']) {
  test(`an actor is what it is made of: ${fail}`, () => {
    const acting = { processes: ['/usr/sbin/nginx', '/opt/**'], except_users: ['alice', 'uid:0'] };
    const other = { except_processes: ['/usr/sbin/nginx'], users: ['bob', 'uid:33'] };
    const policies = [
      policy('first', { controls: {
        file_block: { paths: ['/srv'], ...acting },
        executables_blocked: { executables: ['nc'], ...other },
        network_block: { networks: ['203.0.113.0/24'], domains: ['.evil.test'], ...acting },
        os_users_and_groups_blocked: { users: ['eve'], groups: ['wheel', 'gid:0'] },
        brute_force_login_detection: { max_failures: 2, window: '10m', block_for: '1h' },
        port_scan_detection: { max_ports: 2, window: '1m' },
        realtime_malware_protection: { response: 'delete', except_processes: ['/usr/sbin/nginx'] },
        reverse_shell_block: {},
        system_integrity_monitoring: { system_time: true },
        forensics: { full_command_arguments: true, failed_logins: true, successful_logins: true, os_user_activity: true },
      } }),
      policy('second', { mode: 'audit', controls: {
        executables_allowed: { executables: ['/usr/bin/**'], root_executables: ['/usr/bin/id'], ...acting },
        os_users_and_groups_allowed: { users: ['alice', 'uid:33'], groups: ['wheel', 'staff'] },
        forensics: { user_account_management: true },
      } }),
      policy('shop', { kind: 'function', controls: { honeypot: { decoys: [{ kind: 'file', path: '/srv/decoy' }, { kind: 'environment', name: 'TOKEN', value: 'hunter2-decoy' }] } } }),
    ];
    const engine = Engine.load(compileSync(policies).bytes, { fail });
    const answers = new Set();
    let number = 0;
    for (const process of PROCESSES) for (const user of USERS) for (const groups of GROUPS) {
      const who = Object.fromEntries(Object.entries({ process, user, groups }).filter(([, value]) => value !== undefined));
      const actor = engine.actor(who);
      const states = [0, 1, 2].map(() => new State({ budget: 1 << 14, seed: Buffer.alloc(16) }));
      const every = [...EVENTS, ...EVENTS].map((event, time) => ({ time, ...event }));
      const batch = engine.decideBatch(every.map((event) => ({ ...event, actor })), states[2]);
      every.forEach((event, time) => {
        const plain = { ...event, ...who };
        const acted = { ...event, actor };
        assert.deepEqual(engine.decide(acted).toJSON(), engine.decide(plain).toJSON(), JSON.stringify(plain));
        const found = engine.decide(acted, states[1]);
        const wanted = engine.decide(plain, states[0]);
        assert.deepEqual(found.toJSON(), wanted.toJSON(), JSON.stringify(plain));
        assert.deepEqual(found.rules, wanted.rules);
        assert.deepEqual(batch.at(time).toJSON(), wanted.toJSON(), JSON.stringify(plain));
        answers.add(`${event.kind} ${found.action} ${found.reason}`);
        // These cost more, and are asked of some.
        if (number % 7 === time % 7) {
          assert.deepEqual(engine.explain(acted), engine.explain(plain), JSON.stringify(plain));
          assert.equal(engine.auditEvent(acted, found), engine.auditEvent(plain, wanted));
        }
      });
      const [saved, ...others] = states.map((state) => Buffer.from(state.save()));
      for (const one of others) assert.ok(one.equals(saved), JSON.stringify(who));
      number++;
    }
    assert.ok(answers.size > 12, [...answers].join(', '));
  });
}

test('a login of an actor is that of its user, with the groups it was given', () => {
  const engine = Engine.load(compileSync(policy('p', { controls: { os_users_and_groups_blocked: { groups: ['wheel'] } } })).bytes);
  const login = (acting) => { const { action, code } = engine.decide({ kind: 'login', actor: engine.actor(acting) }); return code ?? action; };
  const user = { name: 'bob' };
  assert.equal(login({ user, groups: [] }), 'allow');
  assert.equal(login({ user, groups: [{ name: 'wheel' }] }), 'block');
  assert.equal(login({ user }), 'groups_incomplete');
  assert.equal(login({ process: { path: '/usr/sbin/sshd' } }), 'missing_field');
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
