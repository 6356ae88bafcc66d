'use strict';
// What the wrapper costs: per hooked call, at start, in memory. Each number is the
// median of processes with it less that of processes without, taken in turn.
//
//     node bench/function.js
//
// Run where the package is installed, so that `wardline/function` is found. Some calls need a
// look-up of a path by the kernel more than without the wrapper: they are judged as they are,
// and less what that costs here.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { compileSync } = require('wardline');

// In memory, where there is such a place: a disk's own times hide the wrapper's.
const folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'wardline-bench-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));
const text = `
wardline: 1
kind: function
name: bench
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow, /root/.ssh, "**/.aws/credentials"] }
  executables_blocked: { executables: [nc, xmrig] }
  network_block: { networks: [169.254.169.254], domains: [.blocked.test] }
`;
const env = { ...process.env, WARDLINE_BUNDLE: path.join(folder, 'f.wlb') };
fs.writeFileSync(env.WARDLINE_BUNDLE, compileSync({ name: 'f.yaml', text }).bytes);
const deep = path.join(folder, 'a', 'b', 'c');
fs.mkdirSync(deep, { recursive: true });
// Read apart from what is written: for an empty file Node takes 64 KB, and when V8 gives those
// back hangs on how large its heap has become.
for (const name of ['d', 'read']) fs.writeFileSync(path.join(deep, name), 'x');

/** By name: what is measured, how many hooked calls it makes, and look-ups that these need. */
const CALLS = {
  'openSync and closeSync': ['fs.closeSync(fs.openSync("/etc/hostname"))', 1, 0],
  'openSync to write': ['fs.closeSync(fs.openSync(file, "w"))', 1, 0],
  'openSync to append': ['fs.closeSync(fs.openSync(file, "a"))', 1, 0],
  'readFileSync': ['fs.readFileSync("/etc/hostname")', 1, 0],
  'readFileSync five folders deep': ['fs.readFileSync(read)', 1, 0],
  'readFileSync of a relative path': ['fs.readFileSync("read")', 1, 0],
  'writeFileSync': ['fs.writeFileSync(file, "x")', 1, 0],
  'appendFileSync': ['fs.appendFileSync(file, "")', 1, 0],
  'readdirSync': ['fs.readdirSync(deep)', 1, 0],
  'openSync of a new file and unlinkSync': ['fs.closeSync(fs.openSync(fresh, "w")); fs.unlinkSync(fresh)', 2, 1],
  'mkdirSync and rmdirSync': ['fs.mkdirSync(fresh); fs.rmdirSync(fresh)', 2, 2],
  'mkdirSync and rmdirSync by relative paths': ['fs.mkdirSync("new"); fs.rmdirSync("new")', 2, 0],
  'renameSync that fails': ['try { fs.renameSync("/nowhere/a", "/nowhere/b"); } catch {}', 1, 0],
  'renameSync there and back': ['fs.renameSync(file, fresh); fs.renameSync(fresh, file)', 2, 2],
  'chmodSync': ['fs.chmodSync(file, 0o644)', 1, 1],
  'utimesSync': ['fs.utimesSync(file, 1, 1)', 1, 1],
  'copyFileSync': ['fs.copyFileSync(file, copy)', 1, 0],
};
const LOOKUP = 'a look-up by the kernel';
const MEASURE = `
  const fs = require('node:fs');
  const time = (f, count) => { for (let i = 0; i < count; i++) f(); const start = process.hrtime.bigint(); for (let i = 0; i < count; i++) f(); return Number(process.hrtime.bigint() - start) / count; };
  const deep = ${JSON.stringify(deep)};
  const [file, read, fresh, copy] = ['d', 'read', 'new', 'copy'].map((name) => deep + '/' + name);
  process.chdir(deep);
  const times = { '${LOOKUP}': time(() => fs.existsSync(file), 4000) };
  ${Object.entries(CALLS).map(([name, [call]]) => `times['${name}'] = time(() => { ${call}; }, 4000);`).join('\n  ')}
  console.log(JSON.stringify(times));
`;
const run = (armed, program) => execFileSync(process.execPath, [...(armed ? ['--require', 'wardline/function'] : []), '-e', program], { env, encoding: 'utf8' });
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];

const GOAL = 1000;
const goals = { start: 20, memory: 8 };
const rows = {};
const add = (name, armed, value) => ((rows[name] ??= { true: [], false: [] })[armed].push(value));
for (let round = 0; round < 9; round++) {
  for (const armed of [false, true]) {
    for (const [name, value] of Object.entries(JSON.parse(run(armed, MEASURE)))) add(name, armed, value);
    const start = process.hrtime.bigint();
    const memory = Number(run(armed, 'console.log(process.memoryUsage.rss())'));
    add('start', armed, Number(process.hrtime.bigint() - start) / 1e6);
    add('memory', armed, memory / 2 ** 20);
  }
}
const lookup = median(rows[LOOKUP].false);
console.log(`${lookup.toFixed(0).padStart(7)} ns  ${LOOKUP}, without the wrapper`);
delete rows[LOOKUP];
for (const [name, { true: armed, false: bare }] of Object.entries(rows)) {
  const more = median(armed) - median(bare);
  const [, calls, lookups] = CALLS[name] ?? [];
  const unit = name === 'start' ? 'ms' : name === 'memory' ? 'MB' : 'ns';
  const goal = goals[name] ?? calls * GOAL;
  const judged = (value) => (value <= goal ? 'ok' : 'short');
  const less = lookups > 0 ? `, less ${lookups === 1 ? 'a look-up' : `${lookups} look-ups`} ${(more - lookups * lookup).toFixed(0)}: ${judged(more - lookups * lookup)}` : '';
  const shown = (value) => value.toFixed(unit === 'ns' ? 0 : 1).padStart(7);
  console.log(`${shown(median(bare))} ${unit}, armed ${shown(median(armed))} ${unit}: ${shown(more)} ${unit} more (goal ${goal}: ${judged(more)}${less})  ${name}`);
}
