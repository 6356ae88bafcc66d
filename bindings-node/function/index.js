'use strict';
// Arms this process: `node --require wardline/function`, `--import`, NODE_OPTIONS
// or AWS_LAMBDA_EXEC_WRAPPER. It must be loaded before the program.
//
// A bundle that does not load ends the process, unless WARDLINE_FAIL is `open`:
// a function must not run unwatched because a file is damaged.

const { readConfig, inherited } = require('./config.js');
const ARMED = Symbol.for('wardline.function');

// The environment last: the others keep the one that is not watched.
const PARTS = ['fs', 'child', 'network', 'modules', 'environment'];

function arm() {
  if (process[ARMED]) return;
  let judge;
  try {
    judge = require('./judge.js').createJudge(readConfig(process.env));
  } catch (error) {
    const message = error.message.slice(error.message.indexOf('|') + 1);
    if (process.env.WARDLINE_FAIL === 'open') {
      process.stderr.write(`wardline: not armed: ${message}\n`);
      return;
    }
    process.stderr.write(`wardline: not armed, so the process ends (WARDLINE_FAIL=open lets it run): ${message}\n`);
    process.exit(1);
  }
  Object.defineProperty(process, ARMED, { value: true });
  const settings = Object.freeze({ preload: __filename, env: Object.freeze(inherited(process.env)) });
  for (const part of PARTS) require(`./${part}.js`).install(judge, settings);
  // So that `import { readFile } from 'node:fs'` gets the replaced ones.
  require('node:module').syncBuiltinESMExports();
}

arm();
