'use strict';
// Processes that the wrapper watches, and worlds for them: secrets, a tool, a bundle.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after } = require('node:test');
const { compileSync } = require('wardline');

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wardline-')));
after(() => fs.rmSync(folder, { recursive: true }));

/** Writes a bundle of a function policy with these controls. */
function bundle(file, controls) {
  const text = `wardline: 1\nkind: function\nname: shop\nplatform: linux\nmode: enforce\ncontrols:\n${controls}`;
  fs.writeFileSync(file, compileSync({ name: 'shop.yaml', text }).bytes);
}

function world(name) {
  const root = path.join(folder, name);
  for (const part of ['secret/tree', 'bin', 'way-to']) fs.mkdirSync(path.join(root, part), { recursive: true });
  for (let index = 0; index < 320; index++) fs.writeFileSync(path.join(root, 'secret', String(index)), '{}');
  fs.writeFileSync(path.join(root, 'secret', 'fork'), '');
  fs.writeFileSync(path.join(root, 'bin', 'blocked-tool'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  fs.writeFileSync(path.join(root, 'reads.js'), `try { require('node:fs').readFileSync(process.argv[2]); } catch (error) { process.exit(error.code === 'EPERM' ? 7 : 8); }`);
  fs.writeFileSync(path.join(root, 'audit.jsonl'), '');
  bundle(path.join(root, 'f.wlb'), `
  file_block: { paths: [${root}/secret] }
  executables_blocked: { executables: [blocked-tool] }
  network_block: { networks: [127.0.0.2], domains: [.blocked.test] }
`);
  return root;
}

/** Runs Node, with a descriptor 3 of a secret if there is a world. */
function run(args, env, root) {
  const secret = root === undefined ? 'ignore' : fs.openSync(path.join(root, 'secret', 'fork'));
  const result = spawnSync(process.execPath, args, {
    cwd: __dirname, encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', secret], timeout: 240_000, maxBuffer: 1 << 26,
  });
  if (root !== undefined) fs.closeSync(secret);
  return result;
}

/** Runs the attacks, with these options of Node; one row for each. */
function attack(root, options, env) {
  const audit = path.join(root, 'audit.jsonl');
  const result = run([...options, path.join(__dirname, 'attacks.mjs'), root, audit], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: audit, ...env }, root);
  assert.equal(result.status, 0, result.stderr);
  return result.stdout.trim().split('\n').map((line) => JSON.parse(line));
}

module.exports = { attack, bundle, run, world };
