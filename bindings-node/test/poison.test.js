'use strict';
// The program replaces what the language and Node are made of. The wrapper does
// not notice.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { attack, run, world } = require('./worlds.js');

test('a language that lies to the wrapper, and to nobody else, changes no row', { timeout: 300_000 }, () => {
  const rows = attack(world('liar'), ['--require', 'wardline/function', '--require', require.resolve('./poison/liar.js')], {});
  const { lies, count } = rows.find((row) => row.group === 'LIES');
  assert.deepEqual(lies, []);
  assert.ok(count > 800, `${count} functions replaced`);
  const attacks = rows.filter((row) => row.group === 'ROWS');
  assert.ok(attacks.length >= 100, `${attacks.length}`);
  assert.deepEqual(attacks.filter((row) => row.code !== 'EPERM' || !row.reported), []);
  console.log(`${count} functions lie, ${attacks.length} attacks`);
});

test('whichever function is replaced, by whatever lie, no attack comes through', { timeout: 300_000 }, () => {
  const root = world('each');
  const result = run(['--require', 'wardline/function', './poison/each.js', root], { WARDLINE_BUNDLE: `${root}/f.wlb`, WARDLINE_AUDIT: '/dev/null' }, root);
  assert.equal(result.status, 0, result.stderr.slice(-2000));
  const { open, attempts, replaced } = JSON.parse(result.stdout);
  assert.deepEqual(open, []);
  console.log(`${attempts} attempts, ${replaced} functions`);
});

test('nothing that can be reached leads back to a function that was replaced', () => {
  const root = world('originals');
  const result = run(['--no-warnings', '--require', './poison/originals.js', '--require', 'wardline/function', '-e', '0'], { WARDLINE_BUNDLE: `${root}/f.wlb` });
  assert.equal(result.status, 0, result.stderr);
  const { leaks, replaced, seen } = JSON.parse(result.stdout);
  assert.deepEqual(leaks, []);
  assert.ok(replaced >= 100, `${replaced}`);
  console.log(`${replaced} functions were replaced, ${seen} objects looked at`);
});
