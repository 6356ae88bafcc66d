'use strict';
// Replaces one function of the language or of Node after the other by things that
// lie, and tries the attacks each time: each must throw, whatever it throws.

const fs = require('node:fs');
const child = require('node:child_process');
const { targets } = require('./world.js');

const [root] = process.argv.slice(2);
const secret = `${root}/secret/1`;
const tool = `${root}/bin/blocked-tool`;
const { readFileSync, openSync, writeFileSync, renameSync, copyFileSync, fchmodSync, mkdirSync, writeSync } = fs;
const { spawnSync, execFileSync, execSync, ChildProcess } = child;
const { binding, report } = process;
const { writeHeapSnapshot } = require('node:v8');
const { writeReport } = report;
const { apply } = Reflect;
const { defineProperty } = Object;
/** A secret was read, not whatever a lie led to. */
const reads = (found) => {
  if (found.length !== 2 || found[0] !== 123) throw 1;
};
const bytes = Buffer.from(secret);
const address = new URL(`file://${secret}`);
const descriptor = 3;

/** Node's own handles, and how many arguments this Node gives that of a child. */
const { constructor: Process } = new ChildProcess()._handle;
const datagrams = require('node:dgram').createSocket('udp4');
const { constructor: UDP } = Reflect.ownKeys(datagrams).map((key) => datagrams[key]).find((value) => value?.handle !== undefined).handle;
const socket = new (require('node:net').Socket)().on('error', () => {});
socket.connect(9, '127.0.0.1');
const { constructor: TCP } = socket._handle;
let count;
const faked = new ChildProcess();
faked._handle = { spawn(...args) { count = args.length; } };
faked.spawn({ file: 'true', stdio: 'ignore' });

const ATTACKS = [
  () => reads(readFileSync(secret)),
  () => reads(readFileSync(bytes)),
  () => reads(readFileSync(address)),
  () => reads(readFileSync(`/proc/self/root${secret}`)),
  () => reads(readFileSync(`${root}/bin/../secret/2`, { flag: 'r' })),
  () => openSync(secret, 'r'),
  () => openSync(secret, 2),
  () => writeFileSync(secret, 'x'),
  () => renameSync(secret, `${root}/taken`),
  () => copyFileSync(secret, `${root}/copy`),
  () => mkdirSync(`${root}/secret/new`),
  () => fchmodSync(descriptor, 0o600),
  () => { const { error, status } = spawnSync(tool); if (error !== undefined || status !== 0) throw 1; },
  () => execFileSync(tool, ['x'], { stdio: 'ignore' }),
  () => execSync(`true && env A=1 ${tool}`, { stdio: 'ignore' }),
  () => { const own = new ChildProcess(); own.spawn({ file: tool, args: [tool], stdio: [] }); if (own.pid === undefined) throw 1; },
  () => { const handle = new Process(); if ((count === 1 ? handle.spawn({ file: tool, args: [tool], stdio: [] }) : handle.spawn(tool, [tool], undefined, undefined, [], 0)) !== 0) throw 1; },
  () => { if (new UDP().connect('127.0.0.2', 9) !== 0) throw 1; },
  () => { const handle = new TCP(1); handle.bind('127.0.0.2', 0); const failed = handle.listen(1); handle.close(); if (failed !== 0) throw 1; },
  () => writeHeapSnapshot(secret),
  () => writeReport(secret),
  () => apply(binding, process, ['fs']),
];
const LIES = [() => undefined, () => true, () => '/etc/hostname', function () { return this; }, (first) => first, () => 0, () => { throw new Error('no'); }];

const all = targets();
const open = [];
let attempts = 0;
for (let index = 0; index < all.length; index++) {
  const { where, object, key, descriptor: was } = all[index];
  for (let lie = 0; lie < LIES.length; lie++) {
    for (let attack = 0; attack < ATTACKS.length; attack++) {
      const changed = was.get ? { ...was, get: LIES[lie] } : { ...was, value: LIES[lie] };
      changed.__proto__ = null;
      was.__proto__ = null;
      let failed = false;
      try {
        defineProperty(object, key, changed);
        ATTACKS[attack]();
      } catch {
        failed = true;
      }
      try {
        defineProperty(object, key, was);
      } catch {
        // It was not replaced.
      }
      attempts++;
      if (!failed) open[open.length] = `${where}.${String(key)} lie ${lie} attack ${attack}`;
    }
  }
}
writeSync(1, JSON.stringify({ replaced: all.length, attempts, open }));
process.exit(0);
