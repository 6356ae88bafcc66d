'use strict';
// What a child process or a worker needs to be armed too.

const P = require('../lib/primordials.js');

const NAMES = ['WARDLINE_BUNDLE', 'WARDLINE_MODE', 'WARDLINE_FAIL', 'WARDLINE_AUDIT', 'WARDLINE_TARGET'];

/** The wrapper's own variables, as they were when this process was armed. */
function settingsOf(preload, env) {
  const own = { __proto__: null };
  for (const name of NAMES) own[name] = env[name] || undefined;
  return P.freeze({ preload, own: P.freeze(own), option: `--require ${P.stringify(preload)}` });
}

/** Puts them into the environment of a child, which has no prototype. */
function rearmed(env, { option, own }) {
  for (let index = 0; index < NAMES.length; index++) {
    const name = NAMES[index];
    // Empty, not absent: a file of variables could give it (`--env-file`), before the child is armed.
    env[name] = own[name] ?? '';
  }
  const options = typeof env.NODE_OPTIONS === 'string' ? env.NODE_OPTIONS : '';
  // At the beginning only: elsewhere the words could be part of something else.
  env.NODE_OPTIONS = options === option || P.startsWith(options, `${option} `) ? options : options === '' ? option : `${option} ${options}`;
  return env;
}

module.exports = { settingsOf, rearmed };
