'use strict';
// What the wrapper costs: per hooked call, at start, in memory. Each number is the
// median of processes with it less that of processes without, taken in turn.
//
//     node bench/function.js
//
// Run where the package is installed, so that `wardline/function` is found.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { compileSync } = require('wardline');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wardline-bench-'));
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
fs.writeFileSync(path.join(deep, 'd'), 'x');

const MEASURE = `
  const fs = require('node:fs');
  const time = (f, count) => { for (let i = 0; i < count; i++) f(); const start = process.hrtime.bigint(); for (let i = 0; i < count; i++) f(); return Number(process.hrtime.bigint() - start) / count; };
  console.log(JSON.stringify({
    'openSync and closeSync': time(() => fs.closeSync(fs.openSync('/etc/hostname')), 20000),
    'readFileSync': time(() => fs.readFileSync('/etc/hostname'), 20000),
    'readFileSync five folders deep': time(() => fs.readFileSync(${JSON.stringify(path.join(deep, 'd'))}), 20000),
    'readdirSync': time(() => fs.readdirSync(${JSON.stringify(deep)}), 5000),
    'renameSync that fails': time(() => { try { fs.renameSync('/nowhere/a', '/nowhere/b'); } catch {} }, 5000),
  }));
`;
const run = (armed, program) => execFileSync(process.execPath, [...(armed ? ['--require', 'wardline/function'] : []), '-e', program], { env, encoding: 'utf8' });
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];

const goals = { 'openSync and closeSync': 1000, readFileSync: 1000, 'readFileSync five folders deep': 1000, readdirSync: 1000, 'renameSync that fails': 1000, start: 20, memory: 8 };
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
for (const [name, { true: armed, false: bare }] of Object.entries(rows)) {
  const more = median(armed) - median(bare);
  const unit = name === 'start' ? 'ms' : name === 'memory' ? 'MB' : 'ns';
  const shown = (value) => value.toFixed(unit === 'ns' ? 0 : 1).padStart(7);
  console.log(`${shown(median(bare))} ${unit}, armed ${shown(median(armed))} ${unit}: ${shown(more)} ${unit} more (goal ${goals[name]}: ${more <= goals[name] ? 'ok' : 'short'})  ${name}`);
}
