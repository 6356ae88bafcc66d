'use strict';
// Of test/late.test.js: `node late.js WAY ROOT [MODULE]` gets each module that the wrapper
// changes in one way, for the first time in the process, and tries what must be refused.

const fs = require('node:fs');
const loader = require('node:module');
const vm = require('node:vm');

const [way, root, only] = process.argv.slice(2);
const secret = `${root}/secret/1`;
const TOOL = `${root}/bin/blocked-tool`;
const failed = (emitter, good) => new Promise((resolve, reject) => emitter.once('error', reject).once(good, resolve));

/** What must be refused, by the module that does it. */
const ATTACKS = {
  net: (net) => failed(net.connect(9, '127.0.0.2'), 'connect'),
  child_process: ({ spawnSync }) => { const { error } = spawnSync(TOOL); if (error) throw error; },
  dgram: (dgram) => new Promise((resolve, reject) => { const socket = dgram.createSocket('udp4'); socket.send('x', 9, '127.0.0.2', (error) => { socket.close(); if (error) reject(error); else resolve(); }); }),
  dns: (dns) => new Promise((resolve, reject) => { dns.lookup('a.blocked.test', (error) => (error ? reject(error) : resolve())); }),
  'dns/promises': (dns) => dns.lookup('a.blocked.test'),
  'fs/promises': (promises) => promises.readFile(secret),
  crypto: (crypto) => crypto.setEngine(secret),
  tls: (tls) => tls.createSecureContext({ clientCertEngine: secret }),
  _tls_common: (common) => common.createSecureContext().context.setClientCertEngine(secret),
  https: (https) => failed(https.get({ host: '127.0.0.2', port: 9 }), 'response'),
  http2: (http2) => failed(http2.connect('http://127.0.0.2:9'), 'connect'),
  v8: (v8) => v8.writeHeapSnapshot(secret),
  worker_threads: ({ Worker }) => failed(new Worker(`require('node:fs').readFileSync(${JSON.stringify(secret)})`, { eval: true, execArgv: [], env: {} }), 'exit'),
  'inspector/promises': (inspector) => new inspector.Session().connect(),
  inspector: (inspector) => new inspector.Session().connect(),
  wasi: ({ WASI }) => new WASI({ version: 'preview1', preopens: { '/': '/' } }),
  trace_events: (events) => { process.chdir(`${root}/secret`); events.createTracing({ categories: ['node'] }).enable(); },
  sqlite: ({ DatabaseSync }) => new DatabaseSync(secret),
};

/** Programs and Node itself load many inside of others. */
const inside = async () => {
  await fetch('http://127.0.0.1:9').catch(() => {});
  process.stdout;
  for (const name of ['cluster', 'repl', 'http2', 'readline', 'perf_hooks']) require(name);
};

const WAYS = {
  'require': (name) => require(`node:${name}`),
  'createRequire': (name) => loader.createRequire('/nowhere/x.js')(`node:${name}`),
  'Module._load': (name) => loader._load(`node:${name}`),
  'the main module': (name) => process.mainModule.require(`node:${name}`),
  'getBuiltinModule': (name) => process.getBuiltinModule(`node:${name}`),
  'import': async (name) => (await import(`node:${name}`)).default,
  'the names of import': (name) => import(`node:${name}`),
  'a vm that imports': (name) => vm.runInThisContext('(s) => import(s)', { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER })(`node:${name}`),
  'a module': (name) => import(`data:text/javascript,import * as all from 'node:${name}'; export { all };`).then(({ all }) => all),
  'after Node': async (name) => { await inside(); return import(`node:${name}`); },
  // Attempts to learn of a module, or to have Node not tell.
  'an emptied list': (name) => { process.moduleLoadList.length = 0; return require(`node:${name}`); },
  'a list of its own': (name) => { Object.setPrototypeOf(process.moduleLoadList, null); Object.freeze(process.moduleLoadList); Object.defineProperty(process, 'moduleLoadList', { value: [] }); return require(`node:${name}`); },
  'another push': (name) => { const { push } = Array.prototype; Array.prototype.push = () => 0; try { return require(`node:${name}`); } finally { Array.prototype.push = push; } },
  'no more stack': (name) => exhausted(() => process.getBuiltinModule(`node:${name}`)),
  'little time': (name) => hurried(() => process.getBuiltinModule(`node:${name}`), () => vm.runInThisContext('work()', { timeout: 2 })),
  'little time of its own': (name) => hurried(() => process.getBuiltinModule(`node:${name}`), () => Object.getPrototypeOf(vm.Script.prototype).runInContext.call(new vm.Script('work()'), null, 2, true, false, false)),
};

/** Calls `load` with less stack than it needs, then a little more, until it works. */
function exhausted(load) {
  // Frames of another size end elsewhere.
  const names = Array.from({ length: Number(process.env.FRAME ?? 0) }, (_, index) => `v${index}`);
  const descend = new Function('left', 'then', `${names.map((name) => `let ${name} = left + 1;`).join('')} const found = left === 0 ? then() : arguments.callee(left - 1, then); return found ?? [${names}];`);
  let low = 1, high = 1 << 16;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    try { descend(middle, () => 0); low = middle; } catch { high = middle; }
  }
  for (; low > 0; low--) {
    try { return descend(low, load); } catch (error) { if (!(error instanceof RangeError)) throw error; }
  }
  throw new Error('never');
}

/** Calls `load` with a limit of time that ends somewhere in it. */
function hurried(load, limited) {
  const spent = Number(process.env.SPENT ?? 0);
  const until = process.hrtime.bigint() + 2_000_000n - BigInt(spent);
  globalThis.work = () => { while (process.hrtime.bigint() < until); load(); for (;;); };
  try { limited(); } catch (error) { if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error; }
  return load();
}

if (root !== undefined) {
  (async () => {
    for (const name of only === undefined ? Object.keys(ATTACKS) : [only]) {
      if (!loader.isBuiltin(`node:${name}`)) continue;
      let code = 'open';
      try {
        await ATTACKS[name](await WAYS[way](name));
      } catch (error) {
        code = error.code ?? error.message;
      }
      fs.writeSync(1, `${JSON.stringify({ name, code })}\n`);
    }
    process.exit(0);
  })();
}

module.exports = { MODULES: Object.keys(ATTACKS), WAYS: Object.keys(WAYS) };
