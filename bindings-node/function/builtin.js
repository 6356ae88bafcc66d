'use strict';
// Built-in modules that not every Node has.

const loader = require('node:module');

/**
 * Has `change` replace what is in a built-in module, where this Node has it. A
 * built-in is one object however the program finds it, so it is loaded now.
 */
function inBuiltin(name, change) {
  if (!loader.isBuiltin(`node:${name}`)) return;
  // The program did not ask for what Node calls experimental: no warning.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    change(require(`node:${name}`));
  } finally {
    process.emitWarning = emitWarning;
  }
}

module.exports = { inBuiltin };
