'use strict';
// The examples of docs/node.md run as they stand.

const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const repository = process.env.WARDLINE_REPOSITORY;
const skip = repository ? false : 'needs WARDLINE_REPOSITORY, where docs/node.md is';
if (skip) console.log(`skipped: ${skip}`);

const text = repository ? fs.readFileSync(path.join(repository, 'docs/node.md'), 'utf8') : '';
const examples = [...text.matchAll(/## (.*?)\n(?:(?!\n## )[^])*?```js\n([^]*?)```/g)];

test('there are examples', { skip }, () => {
  if (examples.length < 4) throw new Error(`${examples.length} examples`);
});

for (const [, title, code] of examples) {
  test(`docs/node.md: ${title}`, () => {
    new Function('require', code)(require);
  });
}
