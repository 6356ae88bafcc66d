'use strict';
// The numbers of lib/vocabulary.js are those of the engine's sources.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const repository = process.env.WARDLINE_REPOSITORY;
const skip = repository ? false : 'needs WARDLINE_REPOSITORY, where the engine is';
if (skip) console.log(`skipped: ${skip}`);

const V = require(path.join(path.dirname(require.resolve('wardline')), 'vocabulary.js'));

test('every word has the number that the engine gives it', { skip }, () => {
  const sources = ['event.rs', 'decision.rs'].map((file) => fs.readFileSync(path.join(repository, 'engine/src', file), 'utf8')).join('\n');
  const words = (name) => {
    const body = sources.split(`    ${name} {`)[1].split('\n    }')[0];
    return Object.fromEntries([...body.matchAll(/= (\d+) "(\w+)"/g)].map(([, number, word]) => [word, Number(number)]));
  };
  const calls = ['truncate', 'chmod', 'chown', 'utime', 'setxattr'];
  const plain = (table) => Object.fromEntries(Object.entries(table).filter(([word]) => !calls.includes(word)));
  for (const [name, table] of [['Kind', V.KINDS], ['FileOperation', plain(V.FILE_OPERATIONS)], ['Direction', V.DIRECTIONS], ['Protocol', V.PROTOCOLS],
    ['Subject', V.SUBJECTS], ['AccountOperation', V.ACCOUNT_OPERATIONS], ['RegistryOperation', V.REGISTRY_OPERATIONS], ['SystemChange', V.SYSTEM_CHANGES]]) {
    assert.deepEqual({ ...table }, words(name), name);
  }
  const invalid = Object.fromEntries(V.INVALID.map((word, number) => [word, number]).filter(([word]) => word !== undefined));
  assert.deepEqual(invalid, words('Invalid'));
  assert.deepEqual(V.ACTIONS, Object.keys(words('Action')));
});
