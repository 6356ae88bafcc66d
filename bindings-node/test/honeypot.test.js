'use strict';
// Decoys of every kind that a process can see: touching one is reported, and in an
// enforcing function the process is quarantined, all of its threads.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { test } = require('node:test');
const { bundle, run, world } = require('./worlds.js');

const SECRET = 'wJalrXUtnFEMIK7MDENGbPxRfiCYDECOYKEY';
const DECOYS = (root) => `
  honeypot:
    decoys:
      - { kind: environment, name: BAIT }
      - { kind: file, path: "**/.aws/credentials" }
      - { kind: file, path: ${root}/bin/rotate-keys }
      - { kind: domain, name: .decoy.test }
      - { kind: access_key, id: AKIADECOYDECOY00, secret: ${SECRET} }
    quarantine: { block: [exec, network, dns, file] }
`;

/** Name, and the program that touches a decoy; `$` is the world. */
const TOUCHES = {
  'a variable': 'process.env.BAIT',
  'a variable by its descriptor': 'Object.getOwnPropertyDescriptor(process.env, "BAIT")',
  'the whole environment': 'JSON.stringify(process.env)',
  'a copy of the environment': '({ ...process.env })',
  'the environment that is shown': 'require("node:util").inspect(process.env)',
  'the environment that is shown in another object': 'require("node:util").format("%o", { env: process.env })',
  'the environment as a file': 'fs.readFileSync("/proc/self/environ")',
  'the environment as a file of the process': 'fs.readFileSync(`/proc/${process.pid}/environ`)',
  'the environment in a report': 'process.report.getReport()',
  'a file': 'fs.readFileSync("$/.aws/credentials")',
  'a file by a link': 'fs.readFileSync("$/link")',
  'a file that is overwritten': 'fs.writeFileSync("$/.aws/credentials", "")',
  'a file in a promise': 'fs.promises.readFile("$/.aws/credentials")',
  'a program': 'cp.execFileSync("$/bin/rotate-keys")',
  'a program in a shell': 'cp.execSync("$/bin/rotate-keys")',
  'a domain looked up': 'dns.promises.lookup("vault.decoy.test")',
  'a domain connected to': 'new Promise((resolve, reject) => net.connect(9, "vault.decoy.test").on("error", reject).on("connect", resolve))',
  'a domain by fetch': 'fetch("http://vault.decoy.test:9901/").catch((error) => { throw error.cause ?? error; })',
  'a domain in a datagram': 'new Promise((resolve, reject) => dgram.createSocket("udp4").send("x", 9, "vault.decoy.test", (error) => (error ? reject(error) : resolve())))',
  'a secret in an argument': `cp.execFileSync("true", ["--secret=${SECRET}"])`,
  'a secret in a command': `cp.execSync("true ${SECRET}")`,
  'an access key in an argument': 'cp.execFileSync("true", ["AKIADECOYDECOY00"])',
  'an access key in a command': 'cp.execSync("env AWS_ACCESS_KEY_ID=AKIADECOYDECOY00 true")',
};

const PROGRAM = (touch, root) => `
  const cp = require('node:child_process'), dgram = require('node:dgram'), dns = require('node:dns'), fs = require('node:fs'), net = require('node:net');
  const { Worker } = require('node:worker_threads');
  const attempt = async (f) => { try { await f(); return 'open'; } catch (error) { return error.code === 'EPERM' ? 'EPERM' : 'open'; } };
  (async () => {
    const before = await attempt(() => cp.execFileSync('true'));
    const touched = await attempt(() => ${touch.replaceAll('$/', `${root}/`)});
    const after = await attempt(() => cp.execFileSync('true'));
    const looked = await attempt(() => dns.promises.lookup('localhost'));
    const connected = await attempt(() => new Promise((resolve, reject) => net.connect(1, '127.0.0.1').on('error', reject).on('connect', resolve)));
    const worker = await attempt(() => new Promise((resolve, reject) => new Worker('require("node:child_process").execFileSync("true")', { eval: true }).on('error', reject).on('exit', resolve)));
    console.log([before, touched, after, looked, connected, worker].join(' '));
    process.exit(0);
  })();
`;

for (const [name, touch] of Object.entries(TOUCHES)) {
  test(`${name} is a decoy`, () => {
    const root = world(`honeypot-${name.replaceAll(' ', '-')}`);
    bundle(`${root}/h.wlb`, DECOYS(root));
    fs.mkdirSync(`${root}/.aws`);
    fs.writeFileSync(`${root}/.aws/credentials`, '[default]\n');
    fs.symlinkSync(`${root}/.aws/credentials`, `${root}/link`);
    fs.writeFileSync(`${root}/bin/rotate-keys`, '#!/bin/sh\n', { mode: 0o755 });
    const audit = `${root}/audit.jsonl`;
    const env = { WARDLINE_BUNDLE: `${root}/h.wlb`, WARDLINE_AUDIT: audit, BAIT: 'AKIADECOYDECOY00' };
    const watched = (more) => {
      fs.writeFileSync(audit, '');
      const { stdout, stderr } = run(['--require', 'wardline/function', '-e', PROGRAM(touch, root)], { ...env, ...more });
      const lines = fs.readFileSync(audit, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
      return { actions: stdout.trim(), stderr, lines };
    };
    const enforced = watched({});
    assert.equal(enforced.actions, 'open EPERM EPERM EPERM EPERM EPERM', enforced.stderr);
    assert.ok(enforced.lines.some((line) => line.control === 'honeypot' && line.reason === 'matched' && line.action === 'block'));
    assert.ok(enforced.lines.some((line) => line.reason === 'quarantined'));
    // What a decoy hides is in no report.
    assert.ok(!JSON.stringify(enforced.lines).includes(SECRET));
    const audited = watched({ WARDLINE_MODE: 'audit' });
    assert.equal(audited.actions, 'open open open open open open', audited.stderr);
    assert.ok(audited.lines.some((line) => line.control === 'honeypot' && line.action === 'audit'));
  });
}

test('what touches no decoy is not quarantined', () => {
  const root = world('honeypot-none');
  bundle(`${root}/h.wlb`, DECOYS(root));
  const touch = 'Object.keys(process.env).length > 0 && "BAIT" in process.env && process.env.HOME && (process.env.OTHER = "x") && fs.readFileSync("/etc/hostname") && cp.execSync("echo $HOME", { env: process.env })';
  const { stdout, stderr } = run(['--require', 'wardline/function', '-e', PROGRAM(touch, root)], { WARDLINE_BUNDLE: `${root}/h.wlb`, BAIT: 'AKIADECOYDECOY00' });
  assert.equal(stdout.trim(), 'open open open open open open', stderr);
});
