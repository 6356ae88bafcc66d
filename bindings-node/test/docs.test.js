'use strict';
// The examples of docs/node.md print what their comments say; the types hold.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const repository = process.env.WARDLINE_REPOSITORY;
const skip = repository ? false : 'needs WARDLINE_REPOSITORY, where docs/node.md is';
if (skip) console.log(`skipped: ${skip}`);

test('the examples of docs/node.md', { skip }, () => {
  const text = fs.readFileSync(path.join(repository, 'docs/node.md'), 'utf8');
  const examples = [...text.matchAll(/```js\n([^]*?)```/g)].map((match) => match[1]);
  assert.equal(examples.length, 2);
  for (const example of examples) {
    const wanted = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map((match) => match[1]);
    assert.ok(wanted.length > 0);
    const output = execFileSync(process.execPath, ['-e', example], { cwd: __dirname, encoding: 'utf8' });
    assert.deepEqual(output.trim().split('\n'), wanted);
  }
});

test('tsc --strict takes the types and refuses what they must refuse', () => {
  const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', __dirname], { encoding: 'utf8' });
  assert.equal(result.status, 0, result.stdout + result.stderr);
});
