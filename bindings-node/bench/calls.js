'use strict';
// What a call costs, in nanoseconds: medians of rounds, everything in one process.
//
//     node bench/calls.js
//
// "raw" is a Node-API call that reads the same arguments and decides nothing: the
// engine has no rule of that kind. The core's own time is what is left over raw.

const { BlockList } = require('node:net');
const { Batch, compileSync, Engine } = require('wardline');

const policy = (rules) => ({
  name: 'bench.yaml',
  text: `wardline: 1\nkind: host\nname: bench\nplatform: linux\nmode: enforce\ncontrols:\n${rules}`,
});
const names = Array.from({ length: 500 }, (_, index) => `/srv/app${index}/bin/tool${index}`);
const full = Engine.load(compileSync(policy(`  executables_blocked: { executables: [${names.join(', ')}, nc, xmrig, "/tmp/**"] }\n`)).bytes);
const empty = Engine.load(compileSync(policy('  system_integrity_monitoring: { system_time: true }\n')).bytes);

const COUNT = 1000;
const paths = Array.from({ length: COUNT }, (_, index) => `/usr/lib/x86_64-linux-gnu/program-${index}`);
const events = paths.map((path) => ({ kind: 'exec', path, process: { path: '/usr/sbin/nginx' } }));
const lines = Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'));
const batch = Batch.from(events);
const list = new Set(names);
const pattern = new RegExp(`^(?:${names.join('|')}|/tmp/.*|.*/nc|.*/xmrig)$`);
const blocks = new BlockList();
for (let index = 0; index < 500; index++) blocks.addSubnet(`10.${index >> 8}.${index & 255}.0`, 24);

const each = (f) => () => {
  let sum = 0;
  for (let index = 0; index < COUNT; index++) sum += f(index);
  return sum;
};
const rows = {
  'loop': each((index) => index),
  'raw: checkExec(path, process), no rules': each((index) => empty.checkExec(paths[index], '/usr/sbin/nginx')),
  'checkExec(path, process)': each((index) => full.checkExec(paths[index], '/usr/sbin/nginx')),
  'raw: decide(event), no rules': each((index) => empty.decide(events[index]).matched),
  'decide(event)': each((index) => full.decide(events[index]).matched),
  'raw: decideBatch(packed), no rules': () => empty.decideBatch(batch).length,
  'decideBatch(packed)': () => full.decideBatch(batch).length,
  'decideBatch(array)': () => full.decideBatch(events).length,
  'decideBatch(JSON lines)': () => full.decideBatch(lines).length,
  'by hand: Set and prefix': each((index) => {
    const path = paths[index];
    const base = path.slice(path.lastIndexOf('/') + 1);
    return list.has(path) || path.startsWith('/tmp/') || base === 'nc' || base === 'xmrig' ? 1 : 0;
  }),
  'RegExp': each((index) => (pattern.test(paths[index]) ? 1 : 0)),
  'net.BlockList of 500': each((index) => (blocks.check(`192.0.2.${index & 255}`) ? 1 : 0)),
};

// Others that match paths, where they are installed beside: npm install picomatch minimatch
const globs = [...names, '/tmp/**', '**/nc', '**/xmrig'];
for (const name of ['picomatch', 'minimatch']) {
  let matcher;
  try {
    const found = require(name);
    const make = found.Minimatch ?? found;
    matcher = found.Minimatch === undefined ? make(globs) : ((all) => (path) => all.some((one) => one.match(path)))(globs.map((glob) => new make(glob)));
  } catch {
    console.log(`skipped: needs ${name}`);
    continue;
  }
  rows[name] = each((index) => (matcher(paths[index]) ? 1 : 0));
}

const times = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
let sum = 0;
for (let round = 0; round < 60; round++) {
  for (const [name, run] of Object.entries(rows)) {
    const start = process.hrtime.bigint();
    for (let again = 0; again < 5; again++) sum += run();
    times[name].push(Number(process.hrtime.bigint() - start) / (5 * COUNT));
  }
}
for (const [name, all] of Object.entries(times)) {
  all.sort((a, b) => a - b);
  console.log(`${all[all.length >> 1].toFixed(1).padStart(9)} ns  ${name}`);
}
// What is beyond the same call to an engine that has no rule for it: the price of
// deciding, of which the engine's own part is not told apart here.
const median = (name) => times[name][times[name].length >> 1];
for (const [name, raw, most] of [
  ['checkExec(path, process)', 'raw: checkExec(path, process), no rules', 120],
  ['decide(event)', 'raw: decide(event), no rules', median('raw: decide(event), no rules')],
]) {
  const more = median(name) - median(raw);
  console.log(`${more.toFixed(1).padStart(9)} ns  ${name} over ${raw} (goal ${most.toFixed(0)}: ${more <= most ? 'ok' : 'short'})`);
}
if (!Number.isFinite(sum)) process.exit(1);
