'use strict';
// What each call does, and what it does with wrong arguments.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, test } = require('node:test');
const { Actor, Batch, compile, CompileError, compileSync, Decision, Decisions, Engine, SharedEngine, State, WardlineError } = require('wardline');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wardline-'));
after(() => fs.rmSync(folder, { recursive: true }));

const policy = (controls, header = '') => ({
  name: 'p.yaml',
  text: `wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\n${header}\ncontrols:\n${controls}\n`,
});
const engineOf = (controls, options, header) => Engine.load(compileSync(policy(controls, header)).bytes, options);
const shadow = '  file_block: { paths: [/etc/shadow, "/x/**"] }';
const read = (name) => ({ kind: 'file', operation: 'read', path: name });
const code = (wanted) => (error) => error.code === wanted || assert.fail(`${error.code}: ${error.message}`);

test('a policy that does not compile says where and what to do', () => {
  assert.throws(() => compileSync({ name: 'bad.yaml', text: 'wardline: 1\nkind: host\nname: p\nplatfrom: linux\n' }), (error) => {
    assert.ok(error instanceof CompileError && error instanceof WardlineError);
    assert.equal(error.code, 'ERR_WARDLINE_POLICY');
    const [first] = error.diagnostics.filter((one) => one.code === 'unknown-key');
    assert.deepEqual([first.file, first.line, first.column, first.severity], ['bad.yaml', 4, 1, 'error']);
    assert.match(first.help, /platform/);
    return true;
  });
});

test('the promise is rejected with the same error', async () => {
  await assert.rejects(compile({ name: 'bad.json', text: '{}' }), (error) => error instanceof CompileError && error.diagnostics.length > 0);
});

test('errors of several policies are told together', () => {
  const bad = (name) => ({ name, text: 'wardline: 2\n' });
  assert.throws(() => compileSync([bad('a.yaml'), bad('b.yaml')]), (error) =>
    new Set(error.diagnostics.map((one) => one.file)).size === 2);
});

test('policies and their lists are read from files', () => {
  fs.writeFileSync(path.join(folder, 'feed.txt'), 'evil.example\n# comment\nnot a name\n');
  const file = path.join(folder, 'lists.yaml');
  fs.writeFileSync(file, policy('  dns_ip_reputation: { lists: [feed] }', 'lists: { feed: { file: feed.txt, format: domains } }').text);
  const { bytes, warnings, report } = compileSync(file);
  assert.equal(Engine.load(bytes).decide({ kind: 'dns', name: 'a.EVIL.example' }).action, 'block');
  assert.equal(warnings[0].code, 'list-line');
  assert.equal(report.lists[0].used, 1);
  assert.throws(() => compileSync(path.join(folder, 'none.yaml')), (error) => error.diagnostics[0].code === 'unreadable');
});

test('a list may be given as text', () => {
  const source = policy('  dns_ip_reputation: { lists: [feed] }', 'lists: { feed: { file: f.txt, format: domains } }');
  const { bytes } = compileSync(source, { lists: { p: { feed: 'evil.example' } } });
  assert.equal(Engine.load(bytes).decide({ kind: 'dns', name: 'evil.example' }).action, 'block');
});

test('bytes that are no bundle are refused with a code', () => {
  const { bytes } = compileSync(policy(shadow));
  const changed = Uint8Array.from(bytes);
  changed[changed.length - 1] ^= 1;
  assert.throws(() => Engine.load(new Uint8Array(64)), code('ERR_WARDLINE_NOT_A_BUNDLE'));
  assert.throws(() => Engine.load(changed), code('ERR_WARDLINE_CHECKSUM'));
  assert.throws(() => Engine.load(bytes.subarray(0, bytes.length - 1)), code('ERR_WARDLINE_LENGTH'));
  assert.throws(() => Engine.load(bytes.buffer), code('ERR_WARDLINE_ARGUMENT'));
  assert.throws(() => Engine.open(path.join(folder, 'none.wlb')), code('ERR_WARDLINE_UNREADABLE'));
  fs.writeFileSync(path.join(folder, 'bad.wlb'), 'no');
  assert.throws(() => Engine.open(path.join(folder, 'bad.wlb')), /bad\.wlb: not a bundle/);
});

test('the binding decides scopes, fail mode and cap', () => {
  const scoped = compileSync(policy(shadow, `scope: 'host.name == "web-*"'`)).bytes;
  assert.throws(() => Engine.load(scoped), code('ERR_WARDLINE_TARGET_MISSING'));
  const action = (options, event = read('/etc/shadow')) => Engine.load(scoped, options).decide(event).action;
  assert.equal(action({ target: { 'host.name': 'web-1' } }), 'block');
  assert.equal(action({ target: { 'host.name': 'db' } }), 'allow');
  assert.equal(action({ target: {}, modeCap: 'audit' }), 'audit');
  assert.equal(action({ target: { 'host.name': 'web-1' }, fail: 'open' }, read('/a/../b')), 'audit');
  assert.equal(action({ target: { 'host.name': 'web-1' } }, read('/a/../b')), 'block');
  for (const options of [{ fale: 'open' }, { fail: 'opne' }, { modeCap: 1 }, { target: { a: 1 } }, { capabilities: ['exce'] }, null]) {
    assert.throws(() => Engine.load(scoped, options), code('ERR_WARDLINE_ARGUMENT'), JSON.stringify(options));
  }
});

test('the report says what the enforcer cannot prevent', () => {
  const [control] = engineOf(shadow, { capabilities: ['exec'] }).controls;
  assert.deepEqual(control, { policy: 'p', control: 'file_block', enforcement: 'partial', lacking: ['file'] });
});

test('a decision is no plain value', () => {
  const decision = engineOf(shadow).decide(read('/etc/shadow'));
  assert.throws(() => decision == 'block', TypeError);
  assert.throws(() => `${decision}`, TypeError);
  assert.throws(() => +decision, TypeError);
  assert.equal(decision.isBlocked, true);
  assert.deepEqual(JSON.parse(JSON.stringify(decision)), { action: 'block', intent: 'block', reason: 'matched', policy: 'p', control: 'file_block', matched: 1, generation: 1 });
  assert.throws(() => { decision.action = 'allow'; }, TypeError);
});

test('every rule that matches is listed', () => {
  const engine = engineOf(`${shadow}\n  read_only_files: { paths: [/etc] }`);
  const decision = engine.decide({ kind: 'file', operation: 'modify', path: '/etc/shadow' });
  assert.equal(decision.matched, 2);
  assert.deepEqual(decision.rules.map((rule) => rule.control), ['file_block', 'read_only_files']);
  assert.equal(engine.rule(decision.rule.id).control, decision.control);
});

test('explain names the entry and its line, or the condition that fails', () => {
  const engine = engineOf('  file_block: { paths: [/etc/shadow], except_users: ["uid:0"] }');
  const [matches] = engine.explain(read('/etc/shadow'));
  assert.deepEqual([matches.result, matches.entry.text, matches.entry.line], ['matches', '/etc/shadow', 8]);
  const [fails] = engine.explain({ ...read('/etc/shadow'), user: { id: 0 } });
  assert.deepEqual([fails.result, fails.condition, fails.entry.text], ['fails', 'user', 'uid:0']);
  assert.deepEqual(engine.explain({ kind: 'dns', name: 'a' }), []);
});

test('explain names the list that lacks what is not allowed, and what depends on earlier events', () => {
  const allowed = engineOf('  executables_allowed: { executables: [/usr/**] }');
  const [unlisted] = allowed.explain({ kind: 'exec', path: '/tmp/x' });
  assert.deepEqual([unlisted.result, unlisted.entry, unlisted.notOn], ['matches', null, ['executables']]);
  const logins = engineOf('  brute_force_login_detection: { max_failures: 1 }');
  const [counted] = logins.explain({ kind: 'login', time: 1, user: { name: 'a' }, success: false });
  assert.equal(counted.result, 'over_time');
});

test('an audit event carries what happened, metadata and target, but no arguments', () => {
  const engine = engineOf('  executables_blocked: { executables: [nc] }', { target: { 'host.name': 'web-1' } });
  const event = { kind: 'exec', path: '/usr/bin/nc', argv: ['nc', 'secret'], metadata: { sensor: 'ebpf' } };
  const audit = JSON.parse(engine.auditEvent(event, engine.decide(event)));
  assert.equal(audit.action, 'block');
  assert.equal(audit.entry.text, 'nc');
  assert.deepEqual([audit.metadata, audit.target, audit.arguments_removed], [{ sensor: 'ebpf' }, { 'host.name': 'web-1' }, 2]);
  assert.ok(!JSON.stringify(audit).includes('secret'));
  assert.throws(() => engine.auditEvent(event, { action: 'allow' }), code('ERR_WARDLINE_ARGUMENT'));
});

test('names that are no UTF-8 are bytes, and text is not cut or replaced', () => {
  const engine = engineOf('  file_block: { paths: ["/x/\\u00fc", "/r/\\uFFFD"] }');
  assert.equal(engine.decide(read(Buffer.from('/x/ü'))).action, 'block');
  assert.equal(engine.decide(read(Buffer.from([0x2f, 0x78, 0x2f, 0xfc]))).action, 'allow');
  assert.equal(engine.decide(read('/r/\uFFFD')).action, 'block');
  // Half a surrogate pair would become U+FFFD, another name.
  assert.deepEqual([engine.decide(read('/r/\ud800')).code, engine.decide(read('/r/\udc00x')).action], ['field_type', 'block']);
  for (const length of [1000, 1360, 1366, 4090, 4095, 4096, 5000, 30000]) {
    const long = `/x/${'ü'.repeat(length)}`;
    assert.equal(engineOf(`  file_block: { paths: ["/x/${'?'.repeat(Math.min(length, 1300))}"] }`).decide(read(long)).action, length <= 1300 ? 'block' : 'allow', `${length}`);
    assert.equal(engine.explain(read(long))[0].result, 'fails');
  }
});

test('a name in a detached or shared buffer is never taken for an empty one', () => {
  const engine = engineOf(shadow);
  const bytes = Uint8Array.from(Buffer.from('/etc/shadow'));
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assert.equal(engine.decide(read(bytes)).code, 'field_type');
  assert.equal(engine.decide({ ...read('/a'), requested: bytes }).code, 'field_type');
  const shared = new Uint8Array(new SharedArrayBuffer(11));
  shared.set(Buffer.from('/etc/shadow'));
  assert.equal(engine.decide(read(shared)).reason, 'matched');
  assert.equal(engine.decide(read(new Uint8Array(0))).code, 'path_empty');
});

test('a wrong event is an invalid event, whatever its type', () => {
  const engine = engineOf(shadow);
  const wrong = [undefined, null, 7, 'file', true, Symbol('x'), 1n, () => {}, [], [read('/x/a')], {}, new Map(), new Date(), new Uint8Array(4),
    { kind: 'fil' }, { kind: null }, { kind: 'file' }, { ...read('/x/a'), operation: 'reed' }, { ...read('/x/a'), pth: 1 },
    { ...read('/x/a'), user: 'root' }, { ...read('/x/a'), process: [] }, { ...read('/x/a'), time: -1 }, { ...read('/x/a'), time: 1.5 },
    { ...read('/x/a'), time: NaN }, { ...read('/x/a'), groups: 'wheel' }, { ...read('/x/a'), mode: '755' }, { ...read('/x/a'), aliases: [1] },
    { ...read('/x/a'), metadata: null }, { ...read('/x/a'), truncated: 1 }, { ...read('/x/a'), requested: null }, read(7), read(null), read(undefined)];
  for (const event of wrong) {
    const decision = engine.decide(event);
    assert.notEqual(decision.action, 'allow', String(event && JSON.stringify(event, (key, value) => typeof value === 'bigint' ? 0 : value)));
  }
  assert.equal(engine.decide(7).code, 'not_an_event');
});

test('only own fields count, so that a polluted prototype excepts nobody', () => {
  const engine = engineOf('  file_block: { paths: [/etc/shadow], except_users: ["uid:0"] }');
  Object.prototype.user = { id: 0 };
  Object.prototype.id = 0;
  try {
    assert.equal(engine.decide(read('/etc/shadow')).action, 'block');
    assert.equal(engine.decide({ ...read('/etc/shadow'), user: { name: 'eve' }, aliases: [] }).action, 'block');
  } finally {
    delete Object.prototype.user;
    delete Object.prototype.id;
  }
});

test('an event whose fields run code decides as what they gave', () => {
  const engine = engineOf(shadow);
  const nested = { get kind() { engine.decide(read('/x/nested')); return 'file'; }, operation: 'read', get path() { engine.decide({ ...read('/y'), aliases: ['/z'] }); return '/etc/shadow'; } };
  assert.equal(engine.decide(nested).action, 'block');
  assert.equal(engine.decide({ ...read('/a'), get aliases() { engine.decide({ ...read('/b'), aliases: [] }); return ['/etc/shadow']; } }).action, 'block');
  assert.throws(() => engine.decide({ get kind() { throw new RangeError('own'); } }), RangeError);
  assert.equal(engine.decide(new Proxy(read('/etc/shadow'), {})).action, 'block');
});

test('wrong arguments of calls are errors of type', () => {
  const engine = engineOf(shadow);
  for (const call of [() => engine.decide(read('/a'), {}), () => engine.checkExec(7), () => engine.checkExec('/a', 7), () => engine.checkFile('rename', '/a'),
    () => engine.checkNetwork('up', '10.0.0.1', 1), () => engine.checkNetwork('outbound', '10.0.0.1', 70000), () => engine.checkDns(null), () => engine.decideBatch('x'),
    () => engine.decideBatch({}), () => engine.replace({}), () => State.attach('1'), () => SharedEngine.attach(null), () => new State({ budget: -1 }),
    () => new State({ seed: 'abc' }), () => compileSync(7), () => compileSync({ name: 'a.yaml' }), () => engine.shouldScan(7)]) {
    assert.throws(call, code('ERR_WARDLINE_ARGUMENT'), call.toString());
  }
  assert.throws(() => new Engine(), TypeError);
  assert.throws(() => compileSync([]), code('ERR_WARDLINE_ARGUMENT'));
  assert.throws(() => compileSync('policy.txt'), code('ERR_WARDLINE_ARGUMENT'));
  assert.throws(() => compileSync(policy(shadow), { list: {} }), code('ERR_WARDLINE_ARGUMENT'));
});

test('replacing takes over whole, and what is no engine leaves the old one', () => {
  const engine = engineOf(shadow);
  const other = engineOf('  file_block: { paths: [/other] }');
  const before = engine.decide(read('/etc/shadow'));
  assert.equal(engine.replace(other), 2);
  assert.equal(engine.decide(read('/etc/shadow')).action, 'allow');
  assert.deepEqual([...engine.decideBatch([read('/other'), read('/etc/shadow')])], [engine.decide(read('/other')), engine.decide(read('/etc/shadow'))]);
  assert.equal(engine.decideBatch([read('/other')]).at(0).generation, 2);
  assert.equal(engine.decide(read('/other')).generation, 2);
  assert.equal(before.control, 'file_block');
  assert.throws(() => engine.replace(compileSync(policy(shadow)).bytes));
  assert.equal(engine.generation, 2);
});

test('an audit event is told by the engine that decided', () => {
  const one = (name, controls) => ({ name: `${name}.json`, text: JSON.stringify({ wardline: 1, kind: 'host', name, platform: 'linux', mode: 'enforce', controls }) });
  const first = compileSync(one('first', { executables_blocked: { executables: ['curl'] } })).bytes;
  const keeps = compileSync(one('keeps', { forensics: { os_user_activity: true, full_command_arguments: true } })).bytes;
  const event = { kind: 'exec', path: '/usr/bin/curl', argv: ['curl', '-u', 'eve:hunter2'] };
  const other = { ...event, path: '/usr/bin/wget' };
  for (const kind of [Engine, SharedEngine]) {
    const engine = kind.load(first, { target: { 'host.name': 'web-1' } });
    const decisions = [engine.decide(event), engine.decideBatch([event]).at(0)];
    const plain = [engine.decide(other)];
    const batched = engine.decideBatch([other]).at(0);
    const lines = decisions.map((decision) => engine.auditEvent(event, decision));
    assert.equal(engine.replace(Engine.load(keeps, { target: { 'host.name': 'web-2' } })), 2);
    // A batch keeps its engine, whatever it decided.
    assert.deepEqual(JSON.parse(engine.auditEvent(other, batched)).target, { 'host.name': 'web-1' });
    decisions.forEach((decision, index) => {
      assert.equal(engine.auditEvent(event, decision), lines[index]);
      const found = JSON.parse(lines[index]);
      assert.deepEqual([found.policy, found.generation, found.target], ['first', 1, { 'host.name': 'web-1' }]);
      assert.ok(!lines[index].includes('hunter2'));
    });
    for (const decision of plain) {
      // Of a generation that nobody keeps, what needs no policy is told.
      const found = JSON.parse(engine.auditEvent(other, decision));
      assert.deepEqual([found.action, found.generation, found.arguments_removed], ['allow', 1, 3]);
      assert.ok(!('bundle' in found || 'policy' in found || 'target' in found));
    }
    assert.ok(engine.auditEvent(event, engine.decide(event)).includes('hunter2'));
    const again = kind.load(keeps);
    for (const decision of [...decisions, ...plain, engine.decide(event), engine.decide({ kind: 'dns', name: 'a.test' })]) {
      assert.throws(() => again.auditEvent(event, decision), code('ERR_WARDLINE_DECISION'));
    }
  }
});

test('a state remembers, is saved and restored, and lets go', () => {
  const engine = engineOf('  brute_force_login_detection: { max_failures: 3, window: 1m, block_for: 1h }');
  assert.equal(engine.needsState, true);
  const login = (time) => ({ kind: 'login', time, user: { name: 'root' }, source: '203.0.113.9', success: false });
  let state = new State({ budget: 1 << 16, seed: new Uint8Array(16).fill(7) });
  assert.deepEqual([0, 1].map((time) => engine.decide(login(time), state).action), ['allow', 'allow']);
  state = State.restore(state.save());
  const third = engine.decide(login(2), state);
  assert.deepEqual([third.action, third.alert.count, third.alert.rule.control], ['audit', 3, 'brute_force_login_detection']);
  assert.match(engine.auditEvent(login(2), third), /"alert":\{"count":3/);
  assert.equal(engine.decide(login(3), state).action, 'block');
  assert.ok(state.entries > 0);
  assert.ok(engineOf(shadow).adopt(state) > 0);
  assert.equal(state.entries, 0);
  assert.throws(() => State.restore(new Uint8Array(10)), code('ERR_WARDLINE_STATE'));
  assert.throws(() => new State({ budget: 10 }), code('ERR_WARDLINE_STATE'));
});

test('a batch decides as single calls do', () => {
  const engine = engineOf(shadow);
  const events = [read('/etc/shadow'), read('/a'), 7, { kind: 'exec', path: '/x/y' }];
  const wanted = events.map((event) => engine.decide(event).action);
  const decisions = engine.decideBatch(events);
  assert.deepEqual([...decisions].map((one) => one.action), wanted);
  assert.deepEqual(decisions.counts(), { allow: 1, audit: 1, block: 2 });
  assert.equal(decisions.at(0).control, 'file_block');
  const lines = engine.decideBatch(Buffer.from('{"kind":"file","operation":"read","path":"/etc/shadow"}\n\nno\n'));
  assert.deepEqual([...lines].map((one) => one.reason), ['matched', 'invalid_event']);
  assert.equal(lines.line(1), 3);
  assert.throws(() => decisions.at(4), RangeError);
  const batch = new Batch();
  for (let count = 0; count < 3000; count++) batch.add(read(`/x/${'y'.repeat(1 + (count % 97))}`));
  assert.deepEqual(engine.decideBatch(batch).counts(), { allow: 0, audit: 0, block: 3000 });
  batch.clear();
  assert.equal(engine.decideBatch(batch).length, 0);
});

test('malware findings say whether to delete, and files whether to scan', () => {
  const engine = engineOf('  realtime_malware_protection: { response: delete, except_paths: [/quarantine] }');
  assert.equal(engine.decide({ kind: 'malware', path: '/a' }).remediation, 'delete');
  assert.deepEqual([engine.shouldScan('/a'), engine.shouldScan('/quarantine/a')], [true, false]);
});

test('what was disposed of says so', () => {
  const engine = engineOf(shadow);
  const state = new State();
  engine[Symbol.dispose]();
  state[Symbol.dispose]();
  /** Disposed of while the event is read. */
  const during = (call, path = '/etc/shadow') => {
    const other = engineOf(`${shadow}\n  read_only_files: { paths: [/etc] }`);
    return call(other, { kind: 'file', operation: 'modify', get path() { other[Symbol.dispose](); return path; } });
  };
  for (const call of [() => engine.decide(read('/a')), () => engine.checkExec('/a'), () => engine.rules, () => engine.explain(read('/a')),
    () => engineOf(shadow).decide(read('/a'), state), () => state.entries, () => engine.decideBatch([]), () => engine.decideBatch(Buffer.from('{}')),
    () => during((other, event) => other.decide(event)), () => during((other, event) => other.decideBatch([event]))]) {
    assert.throws(call, code('ERR_WARDLINE_DISPOSED'), call.toString());
  }
  assert.equal(during((other, event) => other.decide(event), '/a').action, 'allow');
});

test('handles, decisions and actors are made by this package only', () => {
  const engine = engineOf(shadow);
  const decision = engine.decide(read('/etc/shadow'));
  for (const make of [() => new Decision(), () => new Decision(0, 0, 1, null, [], null, 0, {}), () => new Decisions(), () => new Engine(), () => new Actor(), () => new SharedEngine({}, {})]) {
    assert.throws(make, (error) => error instanceof TypeError && error.code === 'ERR_WARDLINE_ARGUMENT', make.toString());
  }
  // What is given besides is no handle.
  assert.equal(new State({ budget: 1 << 16 }, {}).entries, 0);
  assert.throws(() => Object.defineProperty(Decision.prototype, 'action', { value: 'allow' }), TypeError);
  assert.equal(decision.action, 'block');
});

test('a quarantine is released by its id and nothing else', () => {
  const text = JSON.stringify({ wardline: 1, kind: 'function', name: 'f', platform: 'linux', mode: 'enforce', controls: { honeypot: { decoys: [{ kind: 'environment', name: 'DB_PASSWORD', value: 'hunter2-decoy' }] } } });
  const engine = Engine.load(compileSync({ name: 'f.json', text }).bytes);
  const state = new State();
  engine.decide({ kind: 'credential', name: 'DB_PASSWORD', time: 1, process: { path: '/a', pid: 7 } }, state);
  const [{ id }] = state.quarantines;
  for (const wrong of ['zz', '', `${id}zz`, id.slice(2), `${id.slice(0, 31)}g`, `${id}00`, 7, null]) {
    assert.throws(() => state.release(wrong), code('ERR_WARDLINE_ARGUMENT'), String(wrong));
  }
  assert.equal(state.release(id), true);
  assert.equal(state.release(id), false);
});

test('half of a surrogate pair is of the wrong type in a word too, as in JSON', () => {
  const engine = engineOf(shadow);
  const event = { kind: 'account', subject: 'user', operation: '\udc00', name: 'x' };
  assert.equal(engine.decide(event).code, 'field_type');
  assert.equal(engine.decideBatch(Buffer.from(JSON.stringify(event))).at(0).code, 'field_type');
  assert.equal(engine.decide({ ...event, operation: 'no' }).code, 'unknown_value');
});

test('code that replaces built-ins later changes no decision', () => {
  const engine = engineOf(shadow);
  const saved = [Object.prototype.hasOwnProperty, Array.isArray, Number.isInteger, Buffer.prototype.utf8Write];
  Object.prototype.hasOwnProperty = () => false;
  Array.isArray = () => false;
  Number.isInteger = () => false;
  Buffer.prototype.utf8Write = () => 0;
  let actions;
  try {
    actions = [engine.decide(read('/etc/shadow')).action, engine.decide({ ...read('/a'), aliases: ['/etc/shadow'] }).action];
  } finally {
    [Object.prototype.hasOwnProperty, Array.isArray, Number.isInteger, Buffer.prototype.utf8Write] = saved;
  }
  assert.deepEqual(actions, ['block', 'block']);
  assert.ok(engine.decide(read('/etc/shadow')) instanceof Decision);
});

test('devices on Windows are what the volumes say', () => {
  const policy = { name: 'p.json', text: JSON.stringify({
    wardline: 1, kind: 'host', name: 'p', platform: 'windows', mode: 'enforce',
    controls: { file_block: { paths: ['C:\\secret'] } },
  }) };
  const { bytes } = compileSync([policy], { platform: 'windows' });
  const event = { kind: 'file', operation: 'read', path: '\\Device\\HarddiskVolume2\\Secret' };
  const mapped = Engine.load(bytes, { volumes: { '\\Device\\HarddiskVolume2': 'C:' } });
  assert.equal(mapped.decide(event).reason, 'matched');
  assert.equal(Engine.load(bytes).decide(event).code, 'path_volume');
  assert.throws(() => Engine.load(bytes, { volumes: { x: 'C:' } }), code('ERR_WARDLINE_VOLUME'));
  assert.throws(() => Engine.load(bytes, { volumes: { '\\Device\\x': 7 } }), code('ERR_WARDLINE_ARGUMENT'));
});
