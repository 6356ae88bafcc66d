'use strict';
// Modules of Node that a program loads after the wrapper: however it comes by them, they
// are changed.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { attack, run, world } = require('./worlds.js');
const { MODULES, WAYS } = require('./late.js');

const HARD = ['no more stack', 'little time', 'little time of its own'];
const late = (root, args, env) => run(['--no-warnings', '--require', 'wardline/function', path.join(__dirname, 'late.js'), ...args], {
  WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: '/dev/null', ...env,
});
const rows = ({ stdout }) => stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

for (const way of WAYS.filter((one) => !HARD.includes(one))) {
  test(`by ${way}`, { timeout: 120_000 }, () => {
    const root = world(way.replaceAll(' ', '-'));
    // Each as the first in a process, and one after the other.
    for (const args of [[way, root], ...MODULES.map((name) => [way, root, name])]) {
      const result = late(root, args);
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(rows(result).filter(({ code }) => code !== 'EPERM'), [], args.join(' '));
    }
  });
}

for (const [way, variable, values] of [
  ['no more stack', 'FRAME', [0, 1, 2, 3, 5, 8, 13]],
  ['little time', 'SPENT', [0, 200_000, 800_000, 1_500_000]],
  ['little time of its own', 'SPENT', [200_000, 800_000]],
]) {
  test(`with ${way}, a module is changed, or the process ends`, { timeout: 240_000 }, () => {
    const root = world(way.replaceAll(' ', '-'));
    let ended = 0;
    for (const name of ['net', 'child_process', 'dns', 'dgram', 'fs/promises', 'crypto', 'v8', 'worker_threads', 'inspector', '_tls_common']) {
      for (const value of values) {
        const result = late(root, [way, root, name], { [variable]: String(value) });
        if (result.signal === 'SIGABRT') {
          assert.match(result.stderr, /wardline: the process ends/);
          ended++;
          continue;
        }
        assert.equal(result.status, 0, result.stderr);
        assert.deepEqual(rows(result), [{ name, code: 'EPERM' }], `${value}`);
      }
    }
    console.log(`${ended} processes ended`);
  });
}

test('a change that fails ends the process', () => {
  const root = world('failing');
  // No program can bring that about: what the wrapper uses is broken before it is there.
  fs.writeFileSync(`${root}/breaks.js`, `const { defineProperty } = Object;
    Object.defineProperty = (object, name, given) => { if (name === 'writeHeapSnapshot') throw new Error('no'); return defineProperty(object, name, given); };`);
  const program = `
    try { require('node:v8'); } catch {}
    console.log(require('node:v8'));`;
  const { signal, stdout, stderr } = run(['--require', `${root}/breaks.js`, '--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.deepEqual([signal, stdout], ['SIGABRT', '']);
  assert.match(stderr, /wardline: the process ends/);
});

test('what all objects inherit is given nothing of a module that is loaded', () => {
  const root = world('inherited');
  const program = `
    const seen = [];
    const taken = (object, name) => Object.defineProperty(object, name, { configurable: true, set(value) {
      seen.push(name);
      Object.defineProperty(this, name, { value, writable: true, configurable: true });
    } });
    for (const name of ['connect', 'spawn', 'send', 'resolve4', 'lookup']) taken(Object.prototype, name);
    taken(require('node:stream').Duplex.prototype, 'connect');
    const names = ['net', 'child_process', 'dgram', 'dns', 'dns/promises'];
    for (const name of names) require('node:' + name);
    const then = { configurable: true, get() { if (typeof this.chmod === 'function') seen.push('then'); } };
    Object.defineProperty(Object.prototype, 'then', then);
    require('node:fs').promises.open('/dev/null').then((handle) => {
      delete Object.prototype.then;
      console.log(JSON.stringify(seen));
      return handle.close();
    });`;
  const result = run(['--no-warnings', '--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.equal(result.stdout, '[]\n', result.stderr);
});

test('contexts of TLS are watched where Node has permissions of its own', () => {
  const root = world('permissions');
  const option = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  for (const first of ['tls', 'https', '_tls_common', '_tls_wrap']) {
    const program = `
      require('node:${first}');
      const { context } = require('node:_tls_common').createSecureContext();
      for (const [name, ...args] of [['setClientCertEngine', '${root}/secret/1'], ['setEngineKey', 'key', '${root}/secret/1']]) {
        try { context[name](...args); } catch (error) { require('node:fs').writeSync(1, error.code + ' '); }
      }`;
    const options = ['--no-warnings', option, '--allow-fs-read=*', '--allow-addons'].filter((one) => one !== '--allow-addons' || process.allowedNodeEnvironmentFlags.has(one));
    const { stdout, stderr } = run([...options, '--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
    if (stderr.includes('ERR_DLOPEN_DISABLED')) return;
    assert.equal(stdout, 'EPERM EPERM ', `${first}: ${stderr}`);
  }
});

test('a language that lies before they are loaded changes no row', { timeout: 240_000 }, () => {
  const all = attack(world('late-liar'), ['--require', 'wardline/function', '--require', require.resolve('./poison/liar.js')], { WARDLINE_TEST_LATE: '1' });
  assert.deepEqual(all.find((row) => row.group === 'LIES').lies, []);
  const attacks = all.filter((row) => row.group === 'ROWS');
  assert.ok(attacks.length >= 100, `${attacks.length}`);
  assert.deepEqual(attacks.filter((row) => row.code !== 'EPERM' || !row.reported), []);
});

test('most are not loaded before the program asks for them, and what is loaded is told', () => {
  const root = world('list');
  const program = `
    const before = process.moduleLoadList;
    require('node:tls');
    const after = process.moduleLoadList;
    require('node:fs').writeSync(1, JSON.stringify({ before, after, more: after.length > before.length }));`;
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', program], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.equal(stderr, '');
  const { before, after, more } = JSON.parse(stdout);
  for (const name of ['tls', 'crypto', 'v8', 'worker_threads', 'trace_events']) assert.ok(!before.includes(`NativeModule ${name}`), name);
  assert.ok(before.includes('NativeModule fs') && after.includes('NativeModule tls') && more);
});

test('folders are listed as Node lists them', () => {
  const root = world('folders');
  const folder = `${root}/listed`;
  const many = `${root}/many`;
  for (const one of [folder, many, `${root}/empty`, `${folder}/z`]) fs.mkdirSync(one);
  for (const name of ['a', 'B', 'ä', '"quoted\\"', 'new\nline', '\u{1f600}', '\u2028', 'x'.repeat(255), ' ', '.hidden', '-', '__proto__']) fs.writeFileSync(`${folder}/${name}`, '');
  for (const bytes of [[0xff], [0x61, 0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xc0, 0xaf, 0x62]]) fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes)]), '');
  for (let index = 0; index < 2000; index++) fs.writeFileSync(`${many}/${'n'.repeat(index % 50)}${index}`, '');
  fs.symlinkSync(folder, `${root}/link`);
  const program = `
    const fs = require('node:fs');
    const found = [];
    for (const folder of ['listed', 'many', 'empty', 'link', 'nowhere', 'reads.js', 'listed/', './listed', '']) {
      for (const options of [undefined, 'utf8', 'UTF-8', 'latin1', 'buffer', null, {}, { encoding: 'utf8' }, { withFileTypes: true }, { recursive: true }]) {
        for (const path of [folder, folder && '${root}/' + folder, Buffer.from('${root}/' + folder)]) {
          try { found.push(fs.readdirSync(path, options)); } catch ({ message, code, errno, syscall, path: named }) { found.push({ message, code, errno, syscall, named }); }
        }
      }
    }
    try { fs.readdirSync('${root}/a\\0b'); } catch ({ code }) { found.push(code); }
    try { fs.readdirSync(); } catch ({ code }) { found.push(code); }
    const own = fs.readdirSync('${root}/listed');
    found.push(Object.getOwnPropertyDescriptor(own, 0), Array.isArray(own), fs.readdirSync.length, fs.readdirSync.name);
    fs.writeFileSync(1, JSON.stringify(found));`;
  const [bare, armed] = [[], ['--require', 'wardline/function']].map((args) => {
    const { stdout, stderr } = run([...args, '-e', `process.chdir('${root}');${program}`], { WARDLINE_BUNDLE: `${root}/f.wlb` });
    assert.equal(stderr, '');
    return stdout;
  });
  assert.ok(bare.length > 100_000);
  assert.equal(armed, bare);
});
