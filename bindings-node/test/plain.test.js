'use strict';
// What is read of an event and of options: plain objects, and their own members only.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const vm = require('node:vm');
const { compileSync, Engine, SharedEngine, State } = require('wardline');

const policy = (controls, more) => ({ name: 'p.json', text: JSON.stringify({ wardline: 1, kind: 'host', name: 'p', platform: 'linux', mode: 'enforce', controls, ...more }) });
const load = (controls, options) => Engine.load(compileSync(policy(controls)).bytes, options);
const nc = { executables_blocked: { executables: ['nc'] } };
const code = (wanted) => (error) => error.code === wanted || assert.fail(`${error.code}: ${error.message}`);

class Named {
  #name;
  constructor(name) { this.#name = name; }
  get path() { return this.#name; }
  get name() { return this.#name; }
}
const hidden = Object.create(Object.create(Object.prototype, { path: { get: () => '/bin/bash' }, name: { get: () => 'evil' } }));
/** Objects of which nothing can be read that somebody may have meant. */
const OTHERS = [new Map([['path', '/bin/bash']]), new Set(), Promise.resolve({ path: '/bin/bash' }), new Date(), new Number(5), new String('x'), /x/, new Error('x'),
  new Uint8Array(0), Buffer.from('x'), new ArrayBuffer(8), new Named('/bin/bash'), Object.create({ path: '/bin/bash' }), hidden, new Proxy(new Map(), {}),
  vm.runInNewContext('new Map()'), vm.runInNewContext('Promise.resolve()'), Object.create(Object.create(null, { path: { value: '/bin/bash' } }))];
const PLAIN = [(members) => members, (members) => Object.assign(Object.create(null), members), (members) => JSON.parse(JSON.stringify(members)),
  (members) => structuredClone(members), (members) => Object.freeze({ ...members }), (members) => new Proxy(members, {}),
  (members) => vm.runInNewContext(`(${JSON.stringify(members)})`), (members) => vm.runInNewContext(`JSON.parse('${JSON.stringify(members)}')`),
  (members) => Object.defineProperties({}, Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { enumerable: true, get: () => value }])))];

test('an object of another type is no process, user, group or event', () => {
  const shell = load({ reverse_shell_block: {} });
  const accounts = load({ os_users_and_groups_blocked: { users: ['guest'], groups: ['evil'] } });
  const connection = { kind: 'network', direction: 'outbound', ip: '8.8.8.8', port: 443 };
  const login = { kind: 'login', user: { name: 'alice', id: 5 } };
  assert.equal(shell.decide({ ...connection, process: { path: '/bin/bash' } }).reason, 'matched');
  assert.equal(accounts.decide({ ...login, groups: [{ name: 'evil' }] }).reason, 'matched');
  for (const other of OTHERS) {
    const name = Object.prototype.toString.call(other);
    const asked = [[shell, (one) => ({ ...connection, process: one })], [shell, (one) => ({ ...connection, process: one, aliases: undefined, groups: [{ id: 1 }] })],
      [accounts, (one) => ({ ...login, user: one })], [accounts, (one) => ({ ...login, groups: [one] })]];
    for (const [engine, event] of asked) {
      // As of a number in its place.
      const [wanted] = engine.decideBatch(Buffer.from(JSON.stringify(event(5))));
      for (const decision of [engine.decide(event(other)), engine.decideBatch([event(other)]).at(0)]) {
        assert.deepEqual([decision.action, decision.reason, decision.code], ['block', wanted.reason, wanted.code], name);
      }
    }
    assert.deepEqual([shell.decide(other).action, shell.decide(other).code], [shell.decide(5).action, 'not_an_event'], name);
    assert.throws(() => shell.actor(other), code('ERR_WARDLINE_ARGUMENT'), name);
    assert.throws(() => shell.actor({ process: other }), code('ERR_WARDLINE_ARGUMENT'), name);
  }
});

test('no bytes are no group, as in JSON', () => {
  const engine = load({ os_users_and_groups_blocked: { groups: ['evil'] } });
  const login = { kind: 'login', user: { name: 'alice' }, groups_complete: true };
  const [line] = engine.decideBatch(Buffer.from(JSON.stringify({ ...login, groups: [{ hex: '' }] })));
  assert.deepEqual([line.reason, line.action], ['invalid_event', 'block']);
  const decision = engine.decide({ ...login, groups: [Buffer.from([])] });
  assert.deepEqual([decision.reason, decision.action], ['invalid_event', 'block']);
});

test('an event of a class whose members are accessors is not taken for less', () => {
  class Start {
    constructor(path) { this.kind = 'exec'; this.path = path; }
    get requested() { return '/usr/bin/nc'; }
  }
  const engine = load(nc);
  for (const decision of [engine.decide(new Start('/usr/bin/x')), engine.decideBatch([new Start('/usr/bin/x')]).at(0)]) {
    assert.deepEqual([decision.action, decision.code], ['block', 'not_an_event']);
  }
});

test('what an object of a class has of its own decides all the same', () => {
  class Own {
    constructor(members) { Object.assign(this, members); }
  }
  const start = { kind: 'exec', path: '/usr/bin/nc' };
  const access = { kind: 'file', operation: 'read', path: '/etc/shadow', process: new Own({ path: '/usr/sbin/sshd' }) };
  for (const fail of ['closed', 'open']) {
    assert.equal(load(nc, { fail }).decide(new Own(start)).reason, 'matched');
    const shadow = load({ file_block: { paths: ['/etc/shadow'], processes: ['/usr/sbin/sshd'] } }, { fail });
    assert.equal(shadow.decide(access).action, 'block');
    assert.equal(shadow.decide({ ...access, process: new Own({ path: '/bin/cat' }) }).action, fail === 'open' ? 'audit' : 'block');
  }
});

test('plain objects are plain wherever they come from', () => {
  const engine = load({ file_block: { paths: ['/etc/shadow'], except_processes: ['/usr/sbin/sshd'] } });
  for (const plain of PLAIN) {
    const event = (path) => plain({ kind: 'file', operation: 'read', path: '/etc/shadow', process: { path }, user: { id: 5 } });
    for (const [path, action] of [['/usr/sbin/sshd', 'allow'], ['/bin/cat', 'block']]) {
      assert.equal(engine.decide(event(path)).action, action, plain.toString());
      assert.equal(engine.decide({ ...event(path), process: plain({ path }), groups: [plain({ id: 5 })] }).action, action, plain.toString());
      assert.equal(engine.decideBatch([event(path)]).action(0), action, plain.toString());
    }
  }
});

test('who gives options to all objects gives them to nobody', () => {
  const { bytes } = compileSync(policy(nc));
  const start = { kind: 'exec', path: '/usr/bin/nc' };
  const answers = () => {
    const text = policy(nc);
    const engine = Engine.load(bytes);
    const replaced = SharedEngine.load(bytes, { fail: 'closed' });
    replaced.replace(Engine.load(compileSync([text], {}).bytes, {}));
    return [engine, replaced].flatMap((one) => [one.decide(start).action, one.decide({ ...start, path: '/bin/\ud800' }).action, one.controls[0].enforcement])
      .concat(new State().entries, new State({}).entries, compileSync({ text: text.text, format: 'json' }).report.policies);
  };
  const wanted = answers();
  const given = { modeCap: 'audit', fail: 'open', capabilities: [], volumes: { x: 'y' }, target: { 'host.name': 1 }, lists: 7, platform: 'windows', name: 7, format: 'yaml', text: '', budget: 1, seed: 7, metadata: 7 };
  for (const [name, value] of Object.entries(given)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    try {
      assert.deepEqual(answers(), wanted, name);
    } finally {
      delete Object.prototype[name];
    }
  }
});

test('nothing of an event is asked that it may inherit', () => {
  const engine = load(nc);
  const asked = [];
  const event = { kind: 'exec', path: '/usr/bin/nc', process: { path: '/bin/sh' }, user: { id: 5 } };
  for (const name of ['constructor', 'toString', 'valueOf', 'requested', 'aliases', 'actor', 'groups', 'name', 'pid', 'sid']) {
    const descriptor = Object.getOwnPropertyDescriptor(Object.prototype, name);
    Object.defineProperty(Object.prototype, name, { configurable: true, get() { asked.push(name); this.path = '/usr/bin/ls'; return Object; } });
    const actions = [];
    try {
      actions.push(engine.decide(event).action, engine.decide({ ...event, argv: [] }).action);
    } finally {
      delete Object.prototype[name];
      if (descriptor !== undefined) Object.defineProperty(Object.prototype, name, descriptor);
    }
    assert.deepEqual([...actions, ...asked], ['block', 'block'], name);
  }
});

test('options are plain objects of known members', () => {
  const { bytes } = compileSync(policy(nc));
  for (const options of [null, 5, [], new Map([['fail', 'open']]), Object.create({ fail: 'open' }), { fali: 'open' }, { target: new Map([['host.name', 'a']]) }, { volumes: new Map() }]) {
    assert.throws(() => Engine.load(bytes, options), code('ERR_WARDLINE_ARGUMENT'));
  }
  for (const options of [null, 5, [], new Map(), { buget: 1 }]) assert.throws(() => new State(options), code('ERR_WARDLINE_ARGUMENT'));
  for (const options of [null, new Map(), { list: {} }, { lists: null }, { lists: new Map() }, { lists: { p: null } }, { lists: { p: new Map() } }]) {
    assert.throws(() => compileSync(policy(nc), options), code('ERR_WARDLINE_ARGUMENT'));
  }
  assert.throws(() => compileSync(Object.create(policy(nc))), code('ERR_WARDLINE_ARGUMENT'));
});
