'use strict';
// Arms this process: `node --require wardline/function`, `--import`, NODE_OPTIONS
// or AWS_LAMBDA_EXEC_WRAPPER. It must be loaded before the program.
//
// A bundle that does not load ends the process, unless WARDLINE_FAIL is `open`:
// a function must not run unwatched because a file is damaged.

const { readConfig } = require('./config.js');
const ARMED = Symbol.for('wardline.function');

function arm() {
  if (process[ARMED]) return;
  let judge;
  try {
    judge = require('./judge.js').createJudge(readConfig(process.env));
  } catch (error) {
    notArmed(error.message.slice(error.message.indexOf('|') + 1));
    return;
  }
  // With Node's own bindings nothing that is replaced counts.
  if (require('node:module').isBuiltin('internal/test/binding') && judge.around('--expose-internals', process.execPath) !== undefined) {
    process.stderr.write('wardline: the process ends: `--expose-internals` goes around the hooks\n');
    process.exit(1);
  }
  Object.defineProperty(process, ARMED, { value: true });
  const settings = require('./inherited.js').settingsOf(__filename, process.env);
  // The environment last: the others keep the one that is not watched.
  for (const part of [
    require('./fs.js'), require('./sockets.js'), require('./child.js'), require('./connections.js'), require('./datagrams.js'), require('./lookups.js'),
    require('./libraries.js'), require('./databases.js'), require('./diagnostics.js'), require('./modules.js'), require('./environment.js'),
  ]) part.install(judge, settings);
  // So that `import { readFile } from 'node:fs'` gets the replaced ones.
  require('node:module').syncBuiltinESMExports();
}

/** Loud, as an audit event and in words; and the end, unless told otherwise. */
function notArmed(message) {
  // That an option keeps the addon or the bundle away is no damage.
  const kept = process.permission !== undefined || message.includes('addons is disabled');
  const open = process.env.WARDLINE_FAIL === 'open' && !kept;
  const action = open ? 'allow' : 'block';
  const event = { version: 1, type: 'function_runtime', time: Date.now(), action, reason: 'not_armed', message };
  process.stderr.write(`${JSON.stringify(event)}\n`);
  const outcome = open ? 'the function runs unprotected' : 'the process ends (WARDLINE_FAIL=open lets it run)';
  process.stderr.write(`wardline: not armed, ${outcome}: ${message}\n`);
  if (!open) process.exit(1);
}

arm();
