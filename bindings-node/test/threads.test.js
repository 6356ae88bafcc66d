'use strict';
// Worker threads, both module systems, and memory.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { compileSync, Engine, SharedEngine, State } = require('wardline');

const bundle = (name) => compileSync({
  name: 'p.yaml',
  text: `wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols: { file_block: { paths: [/${name}] }, brute_force_login_detection: { max_failures: 200, window: 30d } }\n`,
}).bytes;

test('four threads decide with one engine and one state while it is replaced', async () => {
  const engine = SharedEngine.load(bundle('a'));
  const state = new State({ budget: 1 << 18 });
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { SharedEngine, State } = require('wardline');
    const engine = SharedEngine.attach(workerData.engine);
    const state = State.attach(workerData.state);
    let last = 0, wrong = 0;
    for (let count = 0; count < 20000; count++) {
      const decision = engine.decide({ kind: 'file', operation: 'read', path: '/a' });
      const other = decision.generation % 2 === 0;
      if (decision.generation < last || decision.isBlocked === other) wrong++;
      last = decision.generation;
      if (count < 49) engine.decide({ kind: 'login', time: count, user: { name: 'root' }, source: '203.0.113.9', success: false }, state);
    }
    parentPort.postMessage({ wrong, last });
  `;
  const workers = [1, 2, 3, 4].map(() => new Worker(program, { eval: true, workerData: { engine: engine.token, state: state.token } }));
  const done = Promise.all(workers.map((worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))));
  const others = [Engine.load(bundle('b')), Engine.load(bundle('a'))];
  const timer = setInterval(() => engine.replace(others[engine.generation % 2 === 1 ? 0 : 1]), 1);
  const results = await done;
  clearInterval(timer);
  for (const { wrong } of results) assert.equal(wrong, 0);
  assert.ok(engine.generation > 2, `${engine.generation}`);
  // 4 × 49 failures and these four reach the limit of 200, if none was lost.
  const last = [1, 2, 3, 4].map((time) => engine.decide({ kind: 'login', time, user: { name: 'root' }, source: '203.0.113.9', success: false }, state));
  assert.deepEqual(last.map((decision) => decision.alert?.count), [undefined, undefined, undefined, 200]);
});

test('a token outlives no engine', () => {
  assert.throws(() => SharedEngine.attach(4_000_000_000), (error) => error.code === 'ERR_WARDLINE_DISPOSED');
});

test('import gives the same as require, by name and by default', () => {
  const program = `
    import wardline, { Engine, compile, Action, SharedEngine, State, Actor, Batch, Decision, Decisions, CompileError, WardlineError, compileSync } from 'wardline';
    import { createRequire } from 'node:module';
    const required = createRequire(import.meta.url)('wardline');
    const named = { Engine, compile, Action, SharedEngine, State, Actor, Batch, Decision, Decisions, CompileError, WardlineError, compileSync };
    for (const name of Object.keys(required)) if (required[name] !== named[name] || wardline[name] !== named[name]) throw new Error(name);
    console.log(Object.keys(named).length === Object.keys(required).length);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: __dirname });
  assert.equal(output.toString().trim(), 'true');
});

test('engines, states and decisions are freed', { timeout: 60_000 }, () => {
  const program = `
    const { Engine, State, compileSync } = require('wardline');
    const bytes = compileSync({ name: 'p.yaml', text: 'wardline: 1\\nkind: host\\nname: a\\nplatform: linux\\nmode: enforce\\ncontrols: { file_block: { paths: [/a, "/b/**"] } }\\n' }).bytes;
    const big = Buffer.from('{"kind":"exec","path":"/b/x"}\\n'.repeat(1000));
    async function round() {
      for (let count = 0; count < 400; count++) {
        const engine = Engine.load(bytes);
        const state = new State({ budget: 1 << 18 });
        engine.decide({ kind: 'file', operation: 'read', path: '/a', aliases: ['/c'] }, state);
        engine.decide({ kind: 'file', operation: 'read', path: '/a'.repeat(3000) });
        if (count % 20 === 0) engine.decideBatch(big).counts();
      }
      // Finalizers run when the loop turns.
      for (let turn = 0; turn < 5; turn++) { globalThis.gc(); await new Promise(setImmediate); }
      return process.memoryUsage().rss;
    }
    (async () => {
      for (let warm = 0; warm < 3; warm++) await round();
      const before = await round();
      for (let count = 0; count < 6; count++) await round();
      const grown = (await round()) - before;
      console.log(grown);
      if (grown > 24 * 2 ** 20) process.exit(1);
    })();
  `;
  // Seven rounds without freeing would be 700 MB of states alone.
  execFileSync(process.execPath, ['--expose-gc', '-e', program], { cwd: __dirname });
});

test('the loader reads no variable and runs no program, and its error lists what it tried', () => {
  const program = `
    require('node:child_process').spawnSync = () => { throw new Error('ran a program'); };
    Object.defineProperty(process, 'arch', { value: 'pdp11' });
    try { require('wardline'); } catch (error) { console.log(error.code, error.message); }
  `;
  const env = { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: '/nonexistent.node' };
  const output = execFileSync(process.execPath, ['-e', program], { cwd: __dirname, env }).toString();
  assert.match(output, /ERR_WARDLINE_NO_ADDON[^]*@wardline\/linux-pdp11-gnu: not installed[^]*@wardline\/linux-pdp11-musl: not installed/);
});
